/* How a kernel gives its results; see kernel.h. */
#include <string.h>

#include "batch/buffer.h"
#include "batch/column.h"
#include "expr/kernel.h"

/* What Python's bool() says of a value. */
static void
truth_of(oz_type type, const void *values, int64_t count, uint8_t *truths)
{
    switch (type) {
    case OZ_BOOL:
        memcpy(truths, values, (size_t)count);
        return;
    case OZ_INT64:
        for (int64_t i = 0; i < count; i++) {
            truths[i] = ((const int64_t *)values)[i] != 0;
        }
        return;
    case OZ_FLOAT64:
        for (int64_t i = 0; i < count; i++) {
            truths[i] = ((const double *)values)[i] != 0;
        }
        return;
    default:
        for (int64_t i = 0; i < count; i++) {
            truths[i] = ((const oz_view *)values)[i].size != 0;
        }
    }
}

void
ozi_truth_of(const oz_column *column, int64_t begin, int64_t count, uint8_t *truths)
{
    size_t skipped = (size_t)begin * ozi_type_width(column->type);
    truth_of(column->type, (const char *)column->values + skipped, count, truths);
}

static bool
has_truth(oz_type type)
{
    return type == OZ_BOOL || type == OZ_INT64 || type == OZ_FLOAT64 || type == OZ_STRING ||
           type == OZ_BYTES;
}

/* The answer when `count` rows were treated; `column` is NULL for a FILTER. */
static oz_status
answer(oz_call *call, int64_t count, const oz_column *column)
{
    call->end = call->begin + count;
    call->count = count;
    call->column = column;
    return OZ_OK;
}

oz_status
ozi_give_nothing(oz_call *call)
{
    (void)answer(call, 0, NULL);
    return call->begin < call->stop ? OZ_UNSUPPORTED : OZ_OK;
}

/* What a FILTER, or a call that treated nothing, does instead of making a column. */
static oz_status
give_short(oz_call *call, oz_type type, void **values, int64_t count)
{
    if (count > 0) {
        truth_of(type, *values, count, call->truths);
    }
    oz_values_free(values);
    return count > 0 ? answer(call, count, NULL) : ozi_give_nothing(call);
}

oz_status
ozi_give_values(oz_call *call, oz_type type, void **values, int64_t count)
{
    if (count == 0 || call->kind == OZ_CALL_FILTER) {
        return give_short(call, type, values, count);
    }
    const oz_column *column = NULL;
    OZ_TRY(oz_column_of_values(call->alloc, type, values, count, count, &column));
    return answer(call, count, column);
}

oz_status
ozi_column_over(const oz_alloc *alloc, oz_view **views, int64_t count, const oz_column *source,
                oz_buffer *text, const oz_column **out)
{
    ozi_pins pins = {.items = &text, .count = text != NULL};
    ozi_pins copied = {.alloc = alloc};
    ozi_column_draft draft = {.column = {.type = OZ_STRING, .length = count, .alloc = alloc},
                              .values = ozi_buffer_of(*views),
                              .like = source,
                              .keep = OZI_KEEP_TEXT,
                              .pins = &pins};
    draft.column.values = *views;
    *views = NULL;
    oz_status status = ozi_column_draft_own_text(&draft, &copied);
    status = ozi_column_seal_if(status, &draft, out);
    ozi_pins_clear(&copied);
    return status;
}

oz_status
ozi_give_views(oz_call *call, oz_view **views, int64_t count, const oz_column *source,
               oz_buffer **text)
{
    const oz_column *column = NULL;
    oz_status status;
    bool is_short = count == 0 || call->kind == OZ_CALL_FILTER;
    if (is_short) {
        void *values = *views;
        *views = NULL;
        status = give_short(call, OZ_STRING, &values, count);
    } else {
        oz_buffer *pin = text == NULL ? NULL : *text;
        status = ozi_column_over(call->alloc, views, count, source, pin, &column);
    }
    if (text != NULL) {
        oz_buffer_release(text);
    }
    return status != OZ_OK || is_short ? status : answer(call, count, column);
}

oz_status
ozi_give_rows(oz_call *call, const oz_column *column, int64_t count)
{
    if (count == 0) {
        return ozi_give_nothing(call);
    }
    if (call->kind == OZ_CALL_FILTER && has_truth(column->type)) {
        ozi_truth_of(column, call->begin, count, call->truths);
        return answer(call, count, NULL);
    }
    if (call->kind == OZ_CALL_FILTER) {
        return ozi_give_nothing(call);
    }
    const oz_column *rows = NULL;
    OZ_TRY(oz_column_slice(column, call->begin, call->begin + count, &rows));
    return answer(call, count, rows);
}

uint8_t *
ozi_truths_new(oz_call *call, int64_t count)
{
    return call->kind == OZ_CALL_FILTER ? call->truths : oz_values_new(call->alloc, OZ_BOOL, count);
}

oz_status
ozi_give_truths(oz_call *call, uint8_t **truths, int64_t count)
{
    void *values = *truths;
    *truths = NULL;
    if (call->kind != OZ_CALL_FILTER) {
        return ozi_give_values(call, OZ_BOOL, &values, count);
    }
    return count > 0 ? answer(call, count, NULL) : ozi_give_nothing(call);
}
