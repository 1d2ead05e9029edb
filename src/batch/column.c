/* Columns: sealing a draft, counting references, single values. The layout is drawn in column.h. */
#include "batch/column.h"

#include "base/alloc.h"
#include "batch/bits.h"
#include "batch/buffer.h"
#include "batch/column_names.h"

typedef struct column_block {
    oz_column column;
    size_t size;
    void *lists[]; /* children, names, pins; then the text of the names */
} column_block;

ozi_column_draft
ozi_column_draft_like(const oz_column *column, int64_t length)
{
    return (ozi_column_draft){.column = {.type = column->type,
                                         .length = length,
                                         .objects = column->objects,
                                         .child_names = column->child_names,
                                         .alloc = column->alloc}};
}

void
ozi_column_draft_drop(ozi_column_draft *draft)
{
    for (uint32_t i = 0; i < draft->column.child_count; i++) {
        oz_column_release(&draft->children[i]);
    }
    draft->column.child_count = 0;
    oz_buffer_release(&draft->values);
    oz_buffer_release(&draft->validity);
}

oz_status
ozi_column_draft_values(ozi_column_draft *draft, int64_t count, size_t item_size)
{
    draft->values = ozi_buffer_array(draft->column.alloc, count, item_size);
    if (draft->values == NULL) {
        return OZ_NO_MEMORY;
    }
    draft->column.values = draft->values->data;
    return OZ_OK;
}

oz_status
ozi_column_draft_validity(ozi_column_draft *draft, int64_t count)
{
    draft->validity = ozi_buffer_array(draft->column.alloc, (int64_t)ozi_bits_bytes(count), 1);
    if (draft->validity == NULL) {
        return OZ_NO_MEMORY;
    }
    memset(draft->validity->data, 0, draft->validity->size);
    draft->column.validity = (const uint8_t *)draft->validity->data;
    return OZ_OK;
}

static bool
keeps(const ozi_column_draft *draft, const oz_buffer *pin)
{
    return draft->keep == OZI_KEEP_ALL ||
           (draft->keep == OZI_KEEP_TEXT && pin->role != OZI_BUFFER_ARRAY);
}

static uint32_t
count_pins(const ozi_column_draft *draft)
{
    uint32_t count = (draft->values != NULL ? 1U : 0U) + (draft->validity != NULL ? 1U : 0U);
    for (uint32_t i = 0; draft->like != NULL && i < draft->like->pin_count; i++) {
        count += keeps(draft, draft->like->pins[i]);
    }
    return count + (draft->pins != NULL ? draft->pins->count : 0);
}

/* Moves the buffers of the draft, and references to what it keeps of others, into `pins`. */
static void
fill_pins(ozi_column_draft *draft, oz_buffer **pins)
{
    if (draft->values != NULL) {
        *pins++ = draft->values;
        draft->values = NULL;
    }
    if (draft->validity != NULL) {
        *pins++ = draft->validity;
        draft->validity = NULL;
    }
    for (uint32_t i = 0; draft->like != NULL && i < draft->like->pin_count; i++) {
        if (keeps(draft, draft->like->pins[i])) {
            *pins++ = oz_buffer_retain(draft->like->pins[i]);
        }
    }
    for (uint32_t i = 0; draft->pins != NULL && i < draft->pins->count; i++) {
        *pins++ = oz_buffer_retain(draft->pins->items[i]);
    }
}

oz_status
ozi_column_seal(ozi_column_draft *draft, const oz_column **out)
{
    const oz_column *column = &draft->column;
    uint32_t children = column->child_count;
    uint32_t names = column->child_names == NULL ? 0 : children;
    uint32_t pins = count_pins(draft);
    size_t size = sizeof(column_block) + ((size_t)children + names + pins) * sizeof(void *) +
                  ozi_column_names_bytes(column->child_names, names);
    column_block *block = ozi_alloc_new(column->alloc, size);
    if (block == NULL) {
        ozi_column_draft_drop(draft);
        return OZ_NO_MEMORY;
    }
    block->column = *column;
    block->size = size;
    void **list = block->lists;
    for (uint32_t i = 0; i < children; i++) {
        list[i] = (void *)(uintptr_t)draft->children[i];
        draft->children[i] = NULL;
    }
    block->column.children = (const oz_column *const *)(void *)list;
    list += children;
    char **name_list = (char **)(void *)list;
    block->column.child_names = names == 0 ? NULL : (const char *const *)name_list;
    list += names;
    fill_pins(draft, (oz_buffer **)(void *)list);
    block->column.pins = (oz_buffer *const *)(void *)list;
    block->column.pin_count = pins;
    ozi_column_names_copy(name_list, (char *)(list + pins), column->child_names, names);
    block->column.references = 1;
    draft->column.child_count = 0;
    *out = &block->column;
    return OZ_OK;
}

oz_status
ozi_column_seal_if(oz_status status, ozi_column_draft *draft, const oz_column **out)
{
    if (status == OZ_OK) {
        return ozi_column_seal(draft, out);
    }
    ozi_column_draft_drop(draft);
    return status;
}

/* A column on the stack comes to the heap by taking all of its rows. */
static const oz_column *
copy_to_heap(const oz_column *column)
{
    static const int32_t first = 0;
    const oz_column *copy = NULL;
    if (column->length == 1) {
        return oz_column_take(column, &first, 1, &copy) == OZ_OK ? copy : NULL;
    }
    size_t bytes = (size_t)column->length * sizeof(int32_t);
    int32_t *indices = ozi_alloc_new(column->alloc, bytes + 1);
    if (indices == NULL) {
        return NULL;
    }
    for (int64_t i = 0; i < column->length; i++) {
        indices[i] = (int32_t)i;
    }
    oz_status status = oz_column_take(column, indices, column->length, &copy);
    ozi_alloc_free(column->alloc, indices, bytes + 1);
    return status == OZ_OK ? copy : NULL;
}

const oz_column *
oz_column_retain(const oz_column *column)
{
    if (column->references == OZ_ON_STACK) {
        return copy_to_heap(column);
    }
    ozi_count_up(&column->references);
    return column;
}

void
oz_column_release(const oz_column **column)
{
    oz_column *held = (oz_column *)(uintptr_t)*column;
    *column = NULL;
    if (held == NULL || held->references == OZ_ON_STACK || !ozi_count_down(&held->references)) {
        return;
    }
    for (uint32_t i = 0; i < held->child_count; i++) {
        const oz_column *child = held->children[i];
        oz_column_release(&child);
    }
    for (uint32_t i = 0; i < held->pin_count; i++) {
        oz_buffer *pin = held->pins[i];
        oz_buffer_release(&pin);
    }
    ozi_alloc_free(held->alloc, held, ((column_block *)(void *)held)->size);
}

void
ozi_column_value(const oz_column *column, int64_t row, oz_scalar *out)
{
    switch (column->type) {
    case OZ_BOOL:
        out->kind = OZ_SCALAR_BOOL;
        out->as.boolean = ((const uint8_t *)column->values)[row] != 0;
        return;
    case OZ_INT64:
    case OZ_TIME:
        out->kind = column->type == OZ_INT64 ? OZ_SCALAR_INT64 : OZ_SCALAR_TIME;
        out->as.int64 = ((const int64_t *)column->values)[row];
        return;
    case OZ_FLOAT64:
        out->kind = OZ_SCALAR_FLOAT64;
        out->as.float64 = ((const double *)column->values)[row];
        return;
    case OZ_STRING:
    case OZ_BYTES: {
        oz_view view = ((const oz_view *)column->values)[row];
        out->kind = column->type == OZ_STRING ? OZ_SCALAR_STRING : OZ_SCALAR_BYTES;
        out->size = view.size;
        out->as.data = view.data;
        return;
    }
    default:
        out->kind = OZ_SCALAR_OBJECT;
        out->as.object = ((const oz_object *)column->values)[row];
        return;
    }
}

void
ozi_column_draft_store(ozi_column_draft *draft, int64_t row, const oz_scalar *scalar)
{
    void *values = ozi_column_draft_array(draft);
    switch (draft->column.type) {
    case OZ_BOOL:
        ((uint8_t *)values)[row] = scalar->as.boolean;
        return;
    case OZ_FLOAT64:
        ((double *)values)[row] = scalar->as.float64;
        return;
    case OZ_STRING:
    case OZ_BYTES:
        ((oz_view *)values)[row] = (oz_view){.data = scalar->as.data, .size = scalar->size};
        return;
    default:
        ((int64_t *)values)[row] = scalar->as.int64;
        return;
    }
}

oz_status
oz_column_scalar(const oz_column *column, int64_t row, oz_scalar *out)
{
    if (oz_column_is_null(column, row)) {
        *out = (oz_scalar){.kind = OZ_SCALAR_NULL};
        return OZ_OK;
    }
    if (ozi_type_width(column->type) == 0 || column->type == OZ_LIST) {
        return OZ_INVALID;
    }
    ozi_column_value(column, row, out);
    return OZ_OK;
}
