/*
 * sink: calls a function with each row.
 *
 * in       any rows
 * dead     rows for which the function failed, under the policy dead_letter
 * time     watermarks end here
 * state    none
 *
 * Example: sink(print)
 *     in   1 2
 *     calls print(1), then print(2)
 */
#include "op/apply.h"

typedef struct sink_options {
    oz_function *function;
} sink_options;

static const oz_option OPTIONS[] = {
    {.name = "function",
     .kind = OZ_OPTION_FUNCTION,
     .offset = offsetof(sink_options, function),
     .by_default = "required",
     .help = "called with each row, in order; its result is dropped"},
    {.name = NULL},
};

static const oz_port INPUTS[] = {{.name = "in"}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "dead"}, {.name = NULL}};

static oz_step
drop_results(void *state, oz_context *context, const oz_call *call, const oz_batch *results)
{
    (void)state;
    (void)context;
    (void)call;
    (void)results;
    return OZ_NEED;
}

static oz_step
on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)input;
    const sink_options *options = oz_options(context);
    return ozi_apply(context, options->function, OZ_CALL_SINK, batch, drop_results, state);
}

static oz_step
on_object(void *state, oz_context *context, oz_object row, const oz_rows *rows, oz_object *result)
{
    (void)state;
    const sink_options *options = oz_options(context);
    oz_step step = ozi_apply_object(context, options->function, OZ_CALL_SINK, row, rows, result);
    *result = NULL;
    return step;
}

const oz_operator ozi_op_sink = {
    .name = "sink",
    .summary = "Calls a function with each row.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(sink_options),
    .on_batch = on_batch,
    .on_object = on_object,
    .guarantee = OZ_AT_LEAST_ONCE,
};
