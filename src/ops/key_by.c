/*
 * key_by: gives each row a key.
 *
 * in       any rows
 * out      the same rows with the key that the function gives, or with the row itself as key; the
 *          key stays through map, filter and flat_map until the next key_by
 * dead     rows for which the function failed or whose key is not hashable, under dead_letter
 * time     watermarks pass
 * state    none
 *
 * Example: key_by(len)
 *     in   "a" "bb"
 *     out  "a" with key 1, "bb" with key 2
 */
#include "op/apply.h"

typedef struct key_by_options {
    oz_function *function;
} key_by_options;

static const oz_option OPTIONS[] = {
    {.name = "function",
     .kind = OZ_OPTION_FUNCTION,
     .offset = offsetof(key_by_options, function),
     .help = "called with each row; gives its key. Without it the row is its own key"},
    {.name = NULL},
};

static const oz_port INPUTS[] = {{.name = "in"}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = "dead"}, {.name = NULL}};

/* Emits rows with the keys in `column`, which has one entry a row; a bad key follows the policy. */
static oz_step
emit_keyed(oz_context *context, const oz_batch *batch, const oz_column *column)
{
    int64_t bad_row = -1;
    const oz_batch *keyed = NULL;
    oz_error *error = oz_context_error(context);
    oz_status status = oz_batch_key_by(batch, column, oz_context_seed(context), &keyed, &bad_row, error);
    if (status == OZ_OK) {
        oz_step step = oz_emit(context, 0, keyed);
        oz_batch_release(&keyed);
        return step;
    }
    if (bad_row < 0) {
        return oz_failed(context, status);
    }
    /* The rows before and after it, each as a batch of their own. */
    oz_error saved = *error;
    oz_step step = OZ_NEED;
    int64_t bounds[2][2] = {{0, bad_row}, {bad_row + 1, batch->row_count}};
    for (int i = 0; i < 2 && step != OZ_FAILED && step != OZ_DONE; i++) {
        const oz_batch *part = NULL;
        const oz_column *keys = NULL;
        if (i == 1) {
            *error = saved;
            if (oz_bad_record(context, batch, bad_row) == OZ_FAILED) {
                return OZ_FAILED;
            }
        }
        if (bounds[i][0] == bounds[i][1]) {
            continue;
        }
        status = oz_batch_slice(batch, bounds[i][0], bounds[i][1], &part);
        if (status == OZ_OK) {
            status = oz_column_slice(column, bounds[i][0], bounds[i][1], &keys);
        }
        step = status == OZ_OK ? emit_keyed(context, part, keys) : oz_failed(context, status);
        oz_column_release(&keys);
        oz_batch_release(&part);
    }
    return step;
}

/* The function's results for rows [call->begin, call->end) are their keys. */
static oz_step
emit_results(void *state, oz_context *context, const oz_call *call, const oz_batch *results)
{
    (void)state;
    if (call->end - call->begin == call->batch->row_count) {
        return emit_keyed(context, call->batch, results->columns[0]);
    }
    const oz_batch *part = NULL;
    oz_status status = oz_batch_slice(call->batch, call->begin, call->end, &part);
    if (status != OZ_OK) {
        return oz_failed(context, status);
    }
    oz_step step = emit_keyed(context, part, results->columns[0]);
    oz_batch_release(&part);
    return step;
}

static oz_step
key_by_row(oz_context *context, const oz_batch *batch)
{
    if (batch->column_count == 1) {
        return emit_keyed(context, batch, batch->columns[0]);
    }
    const oz_column *column = NULL;
    const oz_object_class *objects = oz_context_objects(context);
    if (objects == NULL) {
        return oz_fail(context, OZ_UNSUPPORTED, "rows of several columns need a key function");
    }
    oz_status status = oz_batch_to_objects(batch, objects, &column);
    if (status != OZ_OK) {
        return oz_failed(context, status);
    }
    oz_step step = emit_keyed(context, batch, column);
    oz_column_release(&column);
    return step;
}

static oz_step
on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)input;
    const key_by_options *options = oz_options(context);
    if (options->function == NULL) {
        return key_by_row(context, batch);
    }
    return ozi_apply(context, options->function, OZ_CALL_MAP, batch, emit_results, state);
}

static oz_status
bind(const void *options, const oz_schema *inputs, uint32_t input_count, oz_schema *outputs,
     oz_error *error)
{
    (void)options;
    (void)input_count;
    (void)error;
    outputs[0] = inputs[0];
    outputs[0].keyed = true;
    outputs[1] = inputs[0];
    return OZ_OK;
}

const oz_operator ozi_op_key_by = {
    .name = "key_by",
    .summary = "Gives each row a key.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(key_by_options),
    .bind = bind,
    .on_batch = on_batch,
};
