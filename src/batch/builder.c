/* Appending values to a column that grows; what type it has is decided in builder_type.c. */
#include "batch/builder.h"

#include "base/alloc.h"
#include "batch/bits.h"
#include "batch/buffer.h"
#include "batch/column.h"

/* Strings are copied into buffers that double from the first size to the last. */
enum { TEXT_BYTES_MIN = 1024, TEXT_BYTES_MAX = 1 << 20 };

oz_builder *
oz_builder_new(const oz_alloc *alloc, oz_type type, const oz_object_class *objects)
{
    oz_builder *builder = ozi_alloc_zero(alloc, sizeof(*builder));
    if (builder == NULL) {
        return NULL;
    }
    builder->alloc = alloc;
    builder->objects = objects;
    builder->declared = type;
    builder->type = type;
    builder->pins.alloc = alloc;
    return builder;
}

oz_status
oz_builder_reserve(oz_builder *builder, int64_t rows)
{
    if (builder->type != OZ_ANY) {
        return ozi_builder_grow(builder, builder->length + rows);
    }
    builder->wanted =
        builder->wanted > builder->length + rows ? builder->wanted : builder->length + rows;
    return OZ_OK;
}

/* The last row is there and has a value. */
static void
append_valid(oz_builder *builder)
{
    if (builder->validity != NULL) {
        ozi_bits_set(builder->validity, builder->length);
    }
    builder->length++;
}

/* Boxes a value for a builder that holds objects. */
static oz_status
append_boxed(oz_builder *builder, const oz_scalar *value)
{
    oz_object *slot = (oz_object *)builder->values + builder->length;
    OZ_TRY(builder->objects->box(value, slot));
    append_valid(builder);
    return OZ_OK;
}

oz_status
oz_builder_append_int64(oz_builder *builder, int64_t value)
{
    OZ_TRY(ozi_builder_ready(builder, OZ_INT64));
    if (builder->type == OZ_OBJECT) {
        return append_boxed(builder, &(oz_scalar){.kind = OZ_SCALAR_INT64, .as.int64 = value});
    }
    ((int64_t *)builder->values)[builder->length] = value;
    append_valid(builder);
    return OZ_OK;
}

static oz_status
append_time(oz_builder *builder, int64_t value)
{
    OZ_TRY(ozi_builder_ready(builder, OZ_TIME));
    if (builder->type == OZ_OBJECT) {
        return append_boxed(builder, &(oz_scalar){.kind = OZ_SCALAR_TIME, .as.int64 = value});
    }
    ((int64_t *)builder->values)[builder->length] = value;
    append_valid(builder);
    return OZ_OK;
}

oz_status
oz_builder_append_float64(oz_builder *builder, double value)
{
    OZ_TRY(ozi_builder_ready(builder, OZ_FLOAT64));
    if (builder->type == OZ_OBJECT) {
        return append_boxed(builder, &(oz_scalar){.kind = OZ_SCALAR_FLOAT64, .as.float64 = value});
    }
    ((double *)builder->values)[builder->length] = value;
    append_valid(builder);
    return OZ_OK;
}

oz_status
oz_builder_append_bool(oz_builder *builder, bool value)
{
    OZ_TRY(ozi_builder_ready(builder, OZ_BOOL));
    if (builder->type == OZ_OBJECT) {
        return append_boxed(builder, &(oz_scalar){.kind = OZ_SCALAR_BOOL, .as.boolean = value});
    }
    ((uint8_t *)builder->values)[builder->length] = value;
    append_valid(builder);
    return OZ_OK;
}

/* Text goes into a builder of STRING or BYTES alike; else it is a value of type `type`. */
static oz_status
prepare_text(oz_builder *builder, oz_type type, size_t size)
{
    if (size > UINT32_MAX) {
        return OZ_INVALID;
    }
    bool declared = ozi_type_is_text(builder->declared);
    return ozi_builder_ready(builder, declared ? builder->declared : type);
}

static oz_status
append_boxed_text(oz_builder *builder, oz_type type, oz_view view)
{
    oz_scalar scalar = {.kind = type == OZ_STRING ? OZ_SCALAR_STRING : OZ_SCALAR_BYTES,
                        .size = view.size,
                        .as.data = view.data};
    return append_boxed(builder, &scalar);
}

/* Room for `size` bytes of text; views into the buffers before stay as they are. */
static oz_status
open_text(oz_builder *builder, size_t size)
{
    size_t room = builder->text == NULL ? 0 : oz_buffer_size(builder->text);
    if (room - builder->text_used >= size && room > 0) {
        return OZ_OK;
    }
    size_t next = room * 2 < TEXT_BYTES_MIN ? TEXT_BYTES_MIN : room * 2;
    next = next > TEXT_BYTES_MAX ? TEXT_BYTES_MAX : next;
    oz_buffer *buffer = oz_buffer_new(builder->alloc, next < size ? size : next);
    if (buffer == NULL) {
        return OZ_NO_MEMORY;
    }
    oz_buffer_release(&builder->text);
    builder->text = buffer;
    builder->text_used = 0;
    return OZ_OK;
}

static oz_status
append_text(oz_builder *builder, oz_type type, const char *data, size_t size)
{
    OZ_TRY(prepare_text(builder, type, size));
    oz_view view = {.data = data, .size = (uint32_t)size};
    if (builder->type == OZ_OBJECT) {
        return append_boxed_text(builder, type, view);
    }
    OZ_TRY(open_text(builder, size));
    OZ_TRY(ozi_pins_add(&builder->pins, builder->text));
    char *copy = oz_buffer_data(builder->text) + builder->text_used;
    if (size > 0) {
        memcpy(copy, data, size);
    }
    builder->text_used += size;
    view.data = copy;
    ((oz_view *)builder->values)[builder->length] = view;
    append_valid(builder);
    return OZ_OK;
}

oz_status
oz_builder_append_string(oz_builder *builder, const char *data, size_t size)
{
    return append_text(builder, OZ_STRING, data, size);
}

oz_status
oz_builder_append_view(oz_builder *builder, oz_view view)
{
    OZ_TRY(prepare_text(builder, OZ_STRING, view.size));
    if (builder->type == OZ_OBJECT) {
        return append_boxed_text(builder, OZ_STRING, view);
    }
    ((oz_view *)builder->values)[builder->length] = view;
    append_valid(builder);
    return OZ_OK;
}

oz_status
oz_builder_pin(oz_builder *builder, oz_buffer *buffer)
{
    return ozi_pins_add(&builder->pins, buffer);
}

oz_status
oz_builder_pin_column(oz_builder *builder, const oz_column *column)
{
    return ozi_pins_add_column(&builder->pins, column);
}

oz_status
oz_builder_append_object(oz_builder *builder, oz_object *object)
{
    oz_object taken = *object;
    *object = NULL;
    oz_status status = ozi_builder_ready(builder, OZ_OBJECT);
    if (status != OZ_OK) {
        if (builder->objects != NULL) {
            builder->objects->release(taken);
        }
        return status;
    }
    ((oz_object *)builder->values)[builder->length] = taken;
    append_valid(builder);
    return OZ_OK;
}

oz_status
oz_builder_append_null(oz_builder *builder)
{
    if (builder->type == OZ_OBJECT) {
        OZ_TRY(ozi_builder_ready(builder, OZ_OBJECT));
        return append_boxed(builder, &(oz_scalar){.kind = OZ_SCALAR_NULL});
    }
    if (builder->type == OZ_ANY) {
        builder->length++;
        return OZ_OK;
    }
    OZ_TRY(ozi_builder_ready(builder, builder->type));
    if (builder->validity == NULL) {
        OZ_TRY(ozi_builder_open_validity(builder, builder->length));
    }
    size_t width = ozi_type_width(builder->type);
    memset((char *)builder->values + (size_t)builder->length * width, 0, width);
    builder->length++;
    return OZ_OK;
}

oz_status
oz_builder_append(oz_builder *builder, const oz_scalar *value)
{
    switch (value->kind) {
    case OZ_SCALAR_NULL:
        return oz_builder_append_null(builder);
    case OZ_SCALAR_BOOL:
        return oz_builder_append_bool(builder, value->as.boolean);
    case OZ_SCALAR_INT64:
        return oz_builder_append_int64(builder, value->as.int64);
    case OZ_SCALAR_FLOAT64:
        return oz_builder_append_float64(builder, value->as.float64);
    case OZ_SCALAR_TIME:
        return append_time(builder, value->as.int64);
    case OZ_SCALAR_STRING:
        return append_text(builder, OZ_STRING, value->as.data, value->size);
    case OZ_SCALAR_BYTES:
        return append_text(builder, OZ_BYTES, value->as.data, value->size);
    case OZ_SCALAR_OBJECT:
        break;
    }
    if (builder->objects == NULL) {
        return OZ_INVALID;
    }
    oz_object object = builder->objects->retain(value->as.object);
    return oz_builder_append_object(builder, &object);
}

int64_t
oz_builder_length(const oz_builder *builder)
{
    return builder->length;
}

/* As new, without arrays. The next column is expected to be as long as this one. */
static void
reset(oz_builder *builder)
{
    builder->wanted = builder->length;
    ozi_pins_clear(&builder->pins);
    builder->type = builder->declared;
    builder->values = NULL;
    builder->validity = NULL;
    builder->length = 0;
    builder->capacity = 0;
}

oz_status
oz_builder_finish(oz_builder *builder, const oz_column **out)
{
    OZ_TRY(ozi_builder_settle(builder));
    bool objects = builder->type == OZ_OBJECT;
    ozi_column_draft draft = {.column = {.type = builder->type,
                                         .length = builder->length,
                                         .validity = builder->validity,
                                         .objects = objects ? builder->objects : NULL,
                                         .alloc = builder->alloc},
                              .pins = &builder->pins};
    ozi_pins_unique(&builder->pins);
    ozi_column_draft_take(&draft, &builder->values);
    if (objects) {
        ozi_buffer_hold_objects(draft.values, builder->objects, builder->length);
    }
    if (builder->validity != NULL) {
        draft.validity = ozi_buffer_of(builder->validity);
    }
    oz_status status = ozi_column_seal(&draft, out);
    reset(builder);
    return status;
}

void
oz_builder_free(oz_builder **builder)
{
    oz_builder *held = *builder;
    *builder = NULL;
    if (held == NULL) {
        return;
    }
    if (held->type == OZ_OBJECT && held->length > 0) {
        held->objects->release_many(held->values, held->length);
    }
    ozi_builder_drop_arrays(held);
    ozi_pins_clear(&held->pins);
    oz_buffer_release(&held->text);
    ozi_alloc_free(held->alloc, held, sizeof(*held));
}
