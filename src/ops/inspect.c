/*
 * inspect: calls a function with each row and passes the row on.
 *
 * in       any rows
 * out      the same rows, unchanged
 * dead     rows for which the function failed, under the policy dead_letter; they are not passed on
 * time     watermarks pass
 * state    none
 *
 * Example: inspect(print)
 *     in   1 2
 *     out  1 2
 */
#include "op/apply.h"

typedef struct inspect_options {
    oz_function *function;
} inspect_options;

static const oz_option OPTIONS[] = {
    {.name = "function",
     .kind = OZ_OPTION_FUNCTION,
     .offset = offsetof(inspect_options, function),
     .by_default = "required",
     .help = "called with each row, in order; its result is dropped"},
    {.name = NULL},
};

static const oz_port INPUTS[] = {{.name = "in"}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = "dead"}, {.name = NULL}};

static oz_step
pass_rows(void *state, oz_context *context, const oz_call *call, const oz_batch *results)
{
    (void)state;
    (void)results;
    if (call->end - call->begin == call->batch->row_count) {
        return oz_emit(context, 0, call->batch);
    }
    const oz_batch *part = NULL;
    oz_status status = oz_batch_slice(call->batch, call->begin, call->end, &part);
    if (status != OZ_OK) {
        return oz_failed(context, status);
    }
    oz_step step = oz_emit(context, 0, part);
    oz_batch_release(&part);
    return step;
}

static oz_step
on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)input;
    const inspect_options *options = oz_options(context);
    return ozi_apply(context, options->function, OZ_CALL_SINK, batch, pass_rows, state);
}

static oz_step
on_object(void *state, oz_context *context, oz_object row, const oz_rows *rows, oz_object *result)
{
    (void)state;
    const inspect_options *options = oz_options(context);
    return ozi_apply_object(context, options->function, OZ_CALL_SINK, row, rows, result);
}

const oz_operator ozi_op_inspect = {
    .name = "inspect",
    .summary = "Calls a function with each row and passes the row on.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(inspect_options),
    .on_batch = on_batch,
    .on_object = on_object,
};
