#include "op/keys.h"

#include "op/apply.h"

typedef struct taker {
    ozi_take_keyed take;
    void *state;
} taker;

static oz_step
take_column(const taker *to, oz_context *node, const oz_batch *batch, const oz_column *column);

/* Rows [begin, end) with their keys. */
static oz_step
take_part(const taker *to, oz_context *node, const oz_batch *batch, const oz_column *column,
          int64_t begin, int64_t end)
{
    const oz_batch *part = NULL;
    const oz_column *keys = NULL;
    if (begin == end) {
        return OZ_NEED;
    }
    oz_status status = oz_batch_slice(batch, begin, end, &part);
    if (status == OZ_OK) {
        status = oz_column_slice(column, begin, end, &keys);
    }
    oz_step step = status == OZ_OK ? take_column(to, node, part, keys) : oz_failed(node, status);
    oz_column_release(&keys);
    oz_batch_release(&part);
    return step;
}

/* The rows before one with a bad key, that row's policy, and the rows after it. */
static oz_step
take_around(const taker *to, oz_context *node, const oz_batch *batch, const oz_column *column,
            int64_t bad_row)
{
    oz_error error = *oz_context_error(node);
    oz_step step = take_part(to, node, batch, column, 0, bad_row);
    if (step == OZ_FAILED || step == OZ_DONE) {
        return step;
    }
    *oz_context_error(node) = error;
    if (oz_bad_record(node, batch, bad_row) == OZ_FAILED) {
        return OZ_FAILED;
    }
    return take_part(to, node, batch, column, bad_row + 1, batch->row_count);
}

static oz_step
take_column(const taker *to, oz_context *node, const oz_batch *batch, const oz_column *column)
{
    int64_t bad_row = -1;
    const oz_batch *keyed = NULL;
    oz_status status = oz_batch_key_by(batch, column, oz_context_seed(node), &keyed, &bad_row,
                                       oz_context_error(node));
    if (status == OZ_OK) {
        oz_step step = to->take(to->state, node, batch, keyed);
        oz_batch_release(&keyed);
        return step;
    }
    return bad_row < 0 ? oz_failed(node, status) : take_around(to, node, batch, column, bad_row);
}

/* The function's results for rows [call->begin, call->end) are their keys. */
static oz_step
take_results(void *state, oz_context *node, const oz_call *call, const oz_batch *results)
{
    const oz_batch *part = NULL;
    if (call->end - call->begin == call->batch->row_count) {
        return take_column(state, node, call->batch, results->columns[0]);
    }
    oz_status status = oz_batch_slice(call->batch, call->begin, call->end, &part);
    oz_step step = status == OZ_OK ? take_column(state, node, part, results->columns[0])
                                   : oz_failed(node, status);
    oz_batch_release(&part);
    return step;
}

oz_step
ozi_apply_keys(oz_context *node, oz_function *function, const oz_batch *batch, ozi_take_keyed take,
               void *state)
{
    taker to = {.take = take, .state = state};
    if (function != NULL) {
        return ozi_apply(node, function, OZ_CALL_MAP, batch, take_results, &to);
    }
    if (batch->column_count == 1) {
        return take_column(&to, node, batch, batch->columns[0]);
    }
    const oz_column *column = NULL;
    const oz_object_class *objects = oz_context_objects(node);
    if (objects == NULL) {
        return oz_fail(node, OZ_UNSUPPORTED, "rows of several columns need a key function");
    }
    oz_status status = oz_batch_to_objects(batch, objects, &column);
    oz_step step =
        status == OZ_OK ? take_column(&to, node, batch, column) : oz_failed(node, status);
    oz_column_release(&column);
    return step;
}
