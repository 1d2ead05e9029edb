/* Objects that are all of one exact native type become a native column of it. */
#include "base/alloc.h"
#include "batch/bits.h"
#include "batch/column.h"

/* The first row that is not NULL decides; a column of nothing else stays what it is. */
static oz_type
first_type(const oz_column *column)
{
    const oz_object *objects = column->values;
    for (int64_t row = 0; row < column->length; row++) {
        oz_scalar scalar;
        column->objects->unbox(objects[row], &scalar);
        if (scalar.kind != OZ_SCALAR_NULL) {
            return ozi_type_of_scalar(scalar.kind);
        }
    }
    return OZ_OBJECT;
}

/* The first NULL brings the bitmap; its values are zero. */
static oz_status
store_null(ozi_column_draft *draft, int64_t row)
{
    size_t width = ozi_type_width(draft->column.type);
    memset((char *)ozi_column_draft_array(draft) + (size_t)row * width, 0, width);
    if (draft->validity == NULL) {
        OZ_TRY(ozi_column_draft_validity(draft, draft->column.length));
        ozi_bits_append(ozi_column_draft_bits(draft), 0, NULL, draft->column.length);
    }
    ozi_bits_clear(ozi_column_draft_bits(draft), row);
    return OZ_OK;
}

/* `*fits` is false when a row is of another type. */
static oz_status
unbox_rows(ozi_column_draft *draft, const oz_column *column, bool *fits)
{
    const oz_object *objects = column->values;
    *fits = true;
    for (int64_t row = 0; row < column->length && *fits; row++) {
        oz_scalar scalar;
        column->objects->unbox(objects[row], &scalar);
        oz_type type = ozi_type_of_scalar(scalar.kind);
        if (type == draft->column.type) {
            ozi_column_draft_store(draft, row, &scalar);
        } else if (type == OZ_ANY) {
            OZ_TRY(store_null(draft, row));
        } else {
            *fits = false;
        }
    }
    return OZ_OK;
}

/* `column` is on the heap: text stays in its objects, which the new column keeps. */
static oz_status
unbox_heap(const oz_column *column, oz_type type, const oz_column **out)
{
    bool fits;
    ozi_column_draft draft = ozi_column_draft_like(column, column->length);
    draft.column.type = type;
    draft.column.objects = NULL;
    if (ozi_type_is_text(type)) {
        draft.like = column;
        draft.keep = OZI_KEEP_TEXT;
    }
    oz_status status = ozi_column_draft_values(&draft, column->length, ozi_type_width(type));
    if (status == OZ_OK) {
        status = unbox_rows(&draft, column, &fits);
    }
    if (status == OZ_OK && fits) {
        return ozi_column_seal(&draft, out);
    }
    ozi_column_draft_drop(&draft);
    *out = status == OZ_OK ? oz_column_retain(column) : NULL;
    return status;
}

oz_status
oz_column_to_native(const oz_column *column, const oz_column **out)
{
    oz_type type = column->type == OZ_OBJECT ? first_type(column) : OZ_OBJECT;
    const oz_column *heap = oz_column_retain(column);
    if (heap == NULL || type == OZ_OBJECT) {
        *out = heap;
        return heap == NULL ? OZ_NO_MEMORY : OZ_OK;
    }
    oz_status status = unbox_heap(heap, type, out);
    oz_column_release(&heap);
    return status;
}
