/*
 * operator.itemgetter(i): a column of a batch of several, by place in a tuple or by name in a dict.
 * NULLs come along: None is a value here like any other.
 */
#include <string.h>

#include "expr/kernel.h"

/* The column that the argument means, or NULL. */
static const oz_column *
pick(const oz_batch *batch, const oz_scalar *item)
{
    int64_t count = batch->column_count;
    if (batch->names == NULL && item->kind == OZ_SCALAR_INT64 && count > 1) {
        int64_t at = item->as.int64 < 0 ? item->as.int64 + count : item->as.int64;
        return at >= 0 && at < count ? batch->columns[at] : NULL;
    }
    if (batch->names == NULL || item->kind != OZ_SCALAR_STRING) {
        return NULL;
    }
    for (int64_t i = 0; i < count; i++) {
        const char *name = batch->names[i];
        if (strlen(name) == item->size && memcmp(name, item->as.data, item->size) == 0) {
            return batch->columns[i];
        }
    }
    return NULL;
}

static oz_status
itemgetter(const oz_scalar *arguments, uint32_t argument_count, oz_call *call, oz_error *error)
{
    if (argument_count != 1 ||
        (arguments[0].kind != OZ_SCALAR_INT64 && arguments[0].kind != OZ_SCALAR_STRING)) {
        return oz_error_set(error, OZ_INVALID, "takes one place or name");
    }
    call->column = NULL;
    if (call->batch == NULL) {
        return ozi_give_nothing(call);
    }
    const oz_column *column = pick(call->batch, &arguments[0]);
    if (column == NULL) {
        return oz_error_set(error, OZ_INVALID, "the rows have no such column");
    }
    OZ_TRY(ozi_give_rows(call, column, call->stop - call->begin));
    for (int64_t i = 0; call->kind == OZ_CALL_FILTER && i < call->count; i++) {
        call->truths[i] &= !oz_column_is_null(column, call->begin + i);
    }
    return OZ_OK;
}

static const oz_kernel kernels[] = {
    OZI_KERNEL("operator.itemgetter", OZ_ANY, itemgetter),
};

const ozi_family ozi_family_item = OZI_FAMILY(kernels);
