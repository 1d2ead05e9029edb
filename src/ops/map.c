/*
 * map: gives one result for each row.
 *
 * in       any rows
 * out      the results, in the order of the rows; keys, event times and origins stay on the row
 * dead     rows for which the function failed, under the policy dead_letter
 * time     watermarks pass
 * state    none
 *
 * Example: map(str.upper)
 *     in   "a" "b"
 *     out  "A" "B"
 */
#include "op/apply.h"

typedef struct map_options {
    oz_function *function;
} map_options;

static const oz_option OPTIONS[] = {
    {.name = "function",
     .kind = OZ_OPTION_FUNCTION,
     .offset = offsetof(map_options, function),
     .by_default = "required",
     .help = "called with each row; what it returns is the result"},
    {.name = NULL},
};

static const oz_port INPUTS[] = {{.name = "in"}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = "dead"}, {.name = NULL}};

static oz_step
emit_results(void *state, oz_context *context, const oz_call *call, const oz_batch *results)
{
    (void)state;
    (void)call;
    return oz_emit(context, 0, results);
}

static oz_step
on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)input;
    const map_options *options = oz_options(context);
    return ozi_apply(context, options->function, OZ_CALL_MAP, batch, emit_results, state);
}

static oz_step
on_object(void *state, oz_context *context, oz_object row, const oz_rows *rows, oz_object *result)
{
    (void)state;
    const map_options *options = oz_options(context);
    return ozi_apply_object(context, options->function, OZ_CALL_MAP, row, rows, result);
}

const oz_operator ozi_op_map = {
    .name = "map",
    .summary = "Gives one result for each row.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(map_options),
    .on_batch = on_batch,
    .on_object = on_object,
};
