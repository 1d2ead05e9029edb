/*
 * A run of rows, without copying: the new column points into the arrays of the old one and keeps
 * them alive whole. Only a bitmap that does not begin at a byte is copied.
 */
#include "batch/bits.h"
#include "batch/column.h"

static oz_status
slice_validity(ozi_column_draft *draft, const oz_column *column, int64_t begin)
{
    if (column->validity == NULL) {
        return OZ_OK;
    }
    if ((begin & 7) == 0) {
        draft->column.validity = column->validity + (begin >> 3);
        return OZ_OK;
    }
    OZ_TRY(ozi_column_draft_validity(draft, draft->column.length));
    ozi_bits_copy(ozi_column_draft_bits(draft), column->validity, begin, draft->column.length);
    return OZ_OK;
}

/* The fields of a STRUCT are cut; the items of a LIST stay, its offsets lead to them. */
static oz_status
slice_children(ozi_column_draft *draft, const oz_column *column, int64_t begin, int64_t end)
{
    for (uint32_t i = 0; i < column->child_count; i++) {
        if (column->type == OZ_STRUCT) {
            OZ_TRY(oz_column_slice(column->children[i], begin, end, &draft->children[i]));
        } else {
            draft->children[i] = oz_column_retain(column->children[i]);
            if (draft->children[i] == NULL) {
                return OZ_NO_MEMORY;
            }
        }
        draft->column.child_count = i + 1;
    }
    return OZ_OK;
}

static oz_status
slice_heap(const oz_column *column, int64_t begin, int64_t end, const oz_column **out)
{
    ozi_children children;
    OZ_TRY(ozi_children_open(&children, column->alloc, column->child_count));
    ozi_column_draft draft = ozi_column_draft_like(column, end - begin);
    draft.children = children.items;
    draft.like = column;
    draft.keep = OZI_KEEP_ALL;
    if (column->values != NULL) {
        size_t skipped = (size_t)begin * ozi_type_width(column->type);
        draft.column.values = (const char *)column->values + skipped;
    }
    oz_status status = slice_validity(&draft, column, begin);
    if (status == OZ_OK) {
        status = slice_children(&draft, column, begin, end);
    }
    status = ozi_column_seal_if(status, &draft, out);
    ozi_children_close(&children);
    return status;
}

oz_status
oz_column_slice(const oz_column *column, int64_t begin, int64_t end, const oz_column **out)
{
    const oz_column *heap = oz_column_retain(column);
    if (heap == NULL) {
        return OZ_NO_MEMORY;
    }
    if (begin == 0 && end == column->length) {
        *out = heap;
        return OZ_OK;
    }
    oz_status status = slice_heap(heap, begin, end, out);
    oz_column_release(&heap);
    return status;
}
