/* Plain arrays that become columns: the way of inner loops, which write pointers and counts. */
#include "base/alloc.h"
#include "batch/buffer.h"
#include "batch/column.h"

/* An array is cut to its rows when that gives back much: most of it, and more than a page. */
enum { CUT_BYTES_MIN = 4096, CUT_FACTOR = 4 };

void *
oz_values_new(const oz_alloc *alloc, oz_type type, int64_t capacity)
{
    oz_buffer *buffer = ozi_buffer_array(alloc, capacity, ozi_type_width(type));
    return buffer == NULL ? NULL : buffer->data;
}

void
oz_values_free(void **values)
{
    oz_buffer *buffer = *values == NULL ? NULL : ozi_buffer_of(*values);
    *values = NULL;
    oz_buffer_release(&buffer);
}

oz_status
ozi_values_grow(void **values, oz_type type, int64_t *capacity, int64_t needed)
{
    if (needed <= *capacity) {
        return OZ_OK;
    }
    int64_t room = *capacity < INT64_MAX / 4 ? *capacity * 2 : needed;
    room = room < needed ? needed : room;
    size_t size;
    if (__builtin_mul_overflow((size_t)room, ozi_type_width(type), &size)) {
        return OZ_NO_MEMORY;
    }
    oz_buffer *buffer = ozi_buffer_of(*values);
    OZ_TRY(ozi_buffer_resize(&buffer, size));
    *values = buffer->data;
    *capacity = room;
    return OZ_OK;
}

void
ozi_column_draft_take(ozi_column_draft *draft, void **values)
{
    size_t rows = (size_t)draft->column.length + (draft->column.type == OZ_LIST ? 1U : 0U);
    size_t used = rows * ozi_type_width(draft->column.type);
    oz_buffer *buffer = ozi_buffer_of(*values);
    *values = NULL;
    if (buffer->size > CUT_BYTES_MIN && buffer->size / CUT_FACTOR > used) {
        (void)ozi_buffer_resize(&buffer, used); /* when it fails the array is only too large */
    }
    draft->values = buffer;
    draft->column.values = buffer->data;
}

oz_status
oz_column_of_values(const oz_alloc *alloc, oz_type type, void **values, int64_t capacity,
                    int64_t count, const oz_column **out)
{
    (void)capacity;
    ozi_column_draft draft = {.column = {.type = type, .length = count, .alloc = alloc}};
    ozi_column_draft_take(&draft, values);
    return ozi_column_seal(&draft, out);
}

oz_object *
oz_objects_new(const oz_alloc *alloc, int64_t capacity)
{
    return oz_values_new(alloc, OZ_OBJECT, capacity);
}

void
oz_objects_free(const oz_alloc *alloc, oz_object **objects, int64_t capacity)
{
    (void)alloc;
    (void)capacity;
    void *values = *objects;
    *objects = NULL;
    oz_values_free(&values);
}

oz_status
oz_column_of_objects(const oz_alloc *alloc, const oz_object_class *objects, oz_object **array,
                     int64_t capacity, int64_t count, const oz_column **out)
{
    (void)capacity;
    ozi_column_draft draft = {
        .column = {.type = OZ_OBJECT, .length = count, .objects = objects, .alloc = alloc}};
    void *values = *array;
    *array = NULL;
    ozi_column_draft_take(&draft, &values);
    ozi_buffer_hold_objects(draft.values, objects, count);
    return ozi_column_seal(&draft, out);
}

oz_status
ozi_column_of_lists(const oz_alloc *alloc, int64_t **offsets, int64_t count,
                    const oz_column **child, const oz_column **out)
{
    ozi_column_draft draft = {
        .column = {.type = OZ_LIST, .length = count, .child_count = 1, .alloc = alloc},
        .children = child};
    void *values = *offsets;
    *offsets = NULL;
    ozi_column_draft_take(&draft, &values);
    return ozi_column_seal(&draft, out);
}

oz_status
ozi_column_of_fields(const oz_alloc *alloc, const oz_column **children, const char *const *names,
                     uint32_t count, const oz_column **out)
{
    ozi_column_draft draft = {.column = {.type = OZ_STRUCT,
                                         .length = count == 0 ? 0 : children[0]->length,
                                         .child_names = names,
                                         .child_count = count,
                                         .alloc = alloc},
                              .children = children};
    return ozi_column_seal(&draft, out);
}

oz_status
ozi_column_of_nulls(const oz_alloc *alloc, oz_type type, int64_t length, const oz_column **out)
{
    size_t width = ozi_type_width(type);
    ozi_column_draft draft = {.column = {.type = type, .length = length, .alloc = alloc}};
    oz_status status = ozi_column_draft_values(&draft, length, width);
    if (status == OZ_OK) {
        memset(ozi_column_draft_array(&draft), 0, (size_t)length * width);
        status = ozi_column_draft_validity(&draft, length);
    }
    return ozi_column_seal_if(status, &draft, out);
}
