/* Arrow lists, structs and dictionaries as columns. */
#include "base/alloc.h"
#include "batch/arrow_read.h"
#include "batch/bits.h"

/* The items of a list are read whole: the offsets lead to them. */
static oz_status
read_items(const ozi_arrow_part *part, ozi_column_draft *draft, const int64_t *offsets)
{
    const struct ArrowArray *items = part->array->children[0];
    for (int64_t i = 0; i < part->length; i++) {
        if (offsets[i] < 0 || offsets[i + 1] < offsets[i]) {
            return oz_error_set(part->import->error, OZ_INVALID, "row %lld: bad offsets",
                                (long long)i);
        }
    }
    if (offsets[part->length] > items->length) {
        return oz_error_set(part->import->error, OZ_INVALID, "offsets lead beyond the items");
    }
    OZ_TRY_CONTEXT(ozi_arrow_read(part->import, part->schema->children[0], items, items->offset,
                                  items->length, &draft->children[0]),
                   part->import->error, "items");
    draft->column.child_count = 1;
    return OZ_OK;
}

/* A list without rows may have no offsets at all. */
static oz_status
read_empty_list(const ozi_arrow_part *part, ozi_column_draft *draft)
{
    OZ_TRY(ozi_column_draft_values(draft, 1, sizeof(int64_t)));
    int64_t *offsets = ozi_column_draft_array(draft);
    offsets[0] = 0;
    return read_items(part, draft, offsets);
}

oz_status
ozi_arrow_read_list(const ozi_arrow_part *part, ozi_column_draft *draft)
{
    if (part->length == 0) {
        return read_empty_list(part, draft);
    }
    OZ_TRY(ozi_column_draft_values(draft, part->length + 1, sizeof(int64_t)));
    int64_t *offsets = ozi_column_draft_array(draft);
    part->format->widen(offsets, part->array->buffers[1], part->offset, part->length + 1);
    return read_items(part, draft, offsets);
}

oz_status
ozi_arrow_read_large_list(const ozi_arrow_part *part, ozi_column_draft *draft)
{
    if (part->length == 0) {
        return read_empty_list(part, draft);
    }
    const int64_t *offsets = (const int64_t *)part->array->buffers[1] + part->offset;
    draft->column.values = offsets;
    ozi_arrow_lend(part, draft);
    return read_items(part, draft, offsets);
}

/* The rows of a struct are those of its fields from its own offset on. */
oz_status
ozi_arrow_read_fields(const ozi_arrow_part *part, ozi_column_draft *draft)
{
    for (int64_t i = 0; i < part->array->n_children; i++) {
        const struct ArrowSchema *schema = part->schema->children[i];
        const struct ArrowArray *array = part->array->children[i];
        const char *name = schema->name == NULL ? "" : schema->name;
        if (array->length < part->offset + part->length) {
            return oz_error_set(part->import->error, OZ_INVALID, "field '%s' is too short", name);
        }
        OZ_TRY_CONTEXT(ozi_arrow_read(part->import, schema, array, array->offset + part->offset,
                                      part->length, &draft->children[i]),
                       part->import->error, "field '%s'", name);
        draft->column.child_count = (uint32_t)i + 1;
    }
    return OZ_OK;
}

/* Indices as take wants them; NULLs take row 0. INVALID for one that leads nowhere. */
static oz_status
take_indices(const ozi_arrow_part *part, const oz_column *indices, int64_t values, int32_t *out)
{
    const int64_t *source = indices->values;
    for (int64_t i = 0; i < indices->length; i++) {
        bool null = oz_column_is_null(indices, i);
        if (!null && (source[i] < 0 || source[i] >= values)) {
            return oz_error_set(part->import->error, OZ_INVALID,
                                "row %lld: index %lld leads beyond a dictionary of %lld",
                                (long long)i, (long long)source[i], (long long)values);
        }
        out[i] = null ? 0 : (int32_t)source[i];
    }
    return OZ_OK;
}

/* `taken` with NULLs where `indices` has some. */
static oz_status
add_nulls(const oz_column *taken, const oz_column *indices, const oz_column **out)
{
    ozi_column_draft draft = ozi_column_draft_like(taken, taken->length);
    draft.column.values = taken->values;
    draft.like = taken;
    draft.keep = OZI_KEEP_ALL;
    oz_status status = ozi_column_draft_validity(&draft, taken->length);
    for (int64_t i = 0; i < taken->length && status == OZ_OK; i++) {
        if (!oz_column_is_null(taken, i) && !oz_column_is_null(indices, i)) {
            ozi_bits_set(ozi_column_draft_bits(&draft), i);
        }
    }
    return ozi_column_seal_if(status, &draft, out);
}

static oz_status
take_values(const ozi_arrow_part *part, const oz_column *values, const oz_column *indices,
            const oz_column **out)
{
    size_t bytes = (size_t)part->length * sizeof(int32_t) + 1;
    int32_t *rows = ozi_alloc_new(part->import->alloc, bytes);
    if (rows == NULL) {
        return OZ_NO_MEMORY;
    }
    const oz_column *taken = NULL;
    oz_status status = take_indices(part, indices, values->length, rows);
    if (status == OZ_OK && values->length == 0) {
        status = ozi_column_of_nulls(part->import->alloc, values->type, part->length, &taken);
    } else if (status == OZ_OK) {
        status = oz_column_take(values, rows, part->length, &taken);
    }
    ozi_alloc_free(part->import->alloc, rows, bytes);
    OZ_TRY(status);
    if (indices->validity == NULL) {
        *out = taken;
        return OZ_OK;
    }
    status = add_nulls(taken, indices, out);
    oz_column_release(&taken);
    return status;
}

oz_status
ozi_arrow_read_dictionary(const ozi_arrow_part *part, const oz_column *indices,
                          const oz_column **out)
{
    const struct ArrowArray *array = part->array->dictionary;
    const oz_column *values = NULL;
    if (array == NULL || array->length > INT32_MAX || indices->type != OZ_INT64) {
        return oz_error_set(part->import->error, OZ_INVALID, "a bad dictionary");
    }
    OZ_TRY_CONTEXT(ozi_arrow_read(part->import, part->schema->dictionary, array, array->offset,
                                  array->length, &values),
                   part->import->error, "dictionary");
    oz_status status = OZ_OK;
    if (values->type == OZ_LIST || values->type == OZ_STRUCT) {
        status = oz_error_set(part->import->error, OZ_UNSUPPORTED, "a dictionary of %s values",
                              oz_type_name(values->type));
    } else {
        status = take_values(part, values, indices, out);
    }
    oz_column_release(&values);
    return status;
}
