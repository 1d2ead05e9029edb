/*
 * Gathering rows: out[i] = column[indices[i]]. Numbers and views are copied, handles retained in
 * one run, text stays where it is; a LIST gathers the rows of its child.
 */
#include "base/alloc.h"
#include "batch/bits.h"
#include "batch/buffer.h"
#include "batch/column.h"

static void
gather_1(uint8_t *target, const uint8_t *source, const int32_t *indices, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        target[i] = source[indices[i]];
    }
}

static void
gather_8(uint64_t *target, const uint64_t *source, const int32_t *indices, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        target[i] = source[indices[i]];
    }
}

static void
gather_views(oz_view *target, const oz_view *source, const int32_t *indices, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        target[i] = source[indices[i]];
    }
}

/* NULLs among the taken rows; a column without any gets no bitmap. */
static oz_status
take_validity(ozi_column_draft *draft, const oz_column *column, const int32_t *indices)
{
    int64_t count = draft->column.length;
    if (column->validity == NULL) {
        return OZ_OK;
    }
    OZ_TRY(ozi_column_draft_validity(draft, count));
    uint8_t *bits = ozi_column_draft_bits(draft);
    ozi_bits_take(bits, column->validity, indices, count);
    if (ozi_bits_count(bits, 0, count) == count) {
        draft->column.validity = NULL;
        oz_buffer_release(&draft->validity);
    }
    return OZ_OK;
}

static oz_status
take_numbers(ozi_column_draft *draft, const oz_column *column, const int32_t *indices)
{
    int64_t count = draft->column.length;
    size_t width = ozi_type_width(column->type);
    OZ_TRY(ozi_column_draft_values(draft, count, width));
    if (width == 1) {
        gather_1(ozi_column_draft_array(draft), column->values, indices, count);
    } else {
        gather_8(ozi_column_draft_array(draft), column->values, indices, count);
    }
    return OZ_OK;
}

static oz_status
take_objects(ozi_column_draft *draft, const oz_column *column, const int32_t *indices)
{
    OZ_TRY(take_numbers(draft, column, indices));
    int64_t count = draft->column.length;
    if (count > 0) {
        column->objects->retain_many(draft->column.values, count);
    }
    ozi_buffer_hold_objects(draft->values, column->objects, count);
    return OZ_OK;
}

static oz_status
take_views(ozi_column_draft *draft, const oz_column *column, const int32_t *indices, ozi_pins *text)
{
    OZ_TRY(ozi_column_draft_values(draft, draft->column.length, sizeof(oz_view)));
    gather_views(ozi_column_draft_array(draft), column->values, indices, draft->column.length);
    draft->like = column;
    draft->keep = OZI_KEEP_TEXT;
    return ozi_column_draft_own_text(draft, text);
}

/* Offsets of the taken lists; a NULL has no items. INVALID when an index would not fit. */
static oz_status
take_offsets(int64_t *target, const oz_column *column, const int32_t *indices, int64_t count)
{
    const int64_t *source = column->values;
    int64_t total = 0;
    for (int64_t i = 0; i < count; i++) {
        int64_t row = indices[i];
        target[i] = total;
        total += oz_column_is_null(column, row) ? 0 : source[row + 1] - source[row];
    }
    target[count] = total;
    return total > INT32_MAX || column->children[0]->length > INT32_MAX ? OZ_INVALID : OZ_OK;
}

static void
list_indices(int32_t *items, const int64_t *target, const oz_column *column, const int32_t *indices,
             int64_t count)
{
    const int64_t *source = column->values;
    for (int64_t i = 0; i < count; i++) {
        int64_t first = source[indices[i]];
        for (int64_t j = target[i]; j < target[i + 1]; j++) {
            items[j] = (int32_t)(first + j - target[i]);
        }
    }
}

static oz_status
take_lists(ozi_column_draft *draft, const oz_column *column, const int32_t *indices)
{
    int64_t count = draft->column.length;
    OZ_TRY(ozi_column_draft_values(draft, count + 1, sizeof(int64_t)));
    int64_t *offsets = ozi_column_draft_array(draft);
    OZ_TRY(take_offsets(offsets, column, indices, count));
    size_t bytes = (size_t)offsets[count] * sizeof(int32_t) + 1;
    int32_t *items = ozi_alloc_new(column->alloc, bytes);
    if (items == NULL) {
        return OZ_NO_MEMORY;
    }
    list_indices(items, offsets, column, indices, count);
    oz_status status =
        oz_column_take(column->children[0], items, offsets[count], &draft->children[0]);
    draft->column.child_count = status == OZ_OK;
    ozi_alloc_free(column->alloc, items, bytes);
    return status;
}

static oz_status
take_fields(ozi_column_draft *draft, const oz_column *column, const int32_t *indices)
{
    for (uint32_t i = 0; i < column->child_count; i++) {
        OZ_TRY(oz_column_take(column->children[i], indices, draft->column.length,
                              &draft->children[i]));
        draft->column.child_count = i + 1;
    }
    return OZ_OK;
}

static oz_status
take_values(ozi_column_draft *draft, const oz_column *column, const int32_t *indices,
            ozi_pins *text)
{
    switch (column->type) {
    case OZ_LIST:
        return take_lists(draft, column, indices);
    case OZ_STRUCT:
        return take_fields(draft, column, indices);
    case OZ_OBJECT:
        return take_objects(draft, column, indices);
    case OZ_STRING:
    case OZ_BYTES:
        return take_views(draft, column, indices, text);
    default:
        return take_numbers(draft, column, indices);
    }
}

oz_status
oz_column_take(const oz_column *column, const int32_t *indices, int64_t count,
               const oz_column **out)
{
    ozi_pins text = {0};
    ozi_children children;
    ozi_column_draft draft = ozi_column_draft_like(column, count);
    OZ_TRY(ozi_children_open(&children, column->alloc, column->child_count));
    draft.children = children.items;
    oz_status status = take_validity(&draft, column, indices);
    if (status == OZ_OK) {
        status = take_values(&draft, column, indices, &text);
    }
    status = ozi_column_seal_if(status, &draft, out);
    ozi_children_close(&children);
    ozi_pins_clear(&text);
    return status;
}
