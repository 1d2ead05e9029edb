/*
 * starmap: gives one result for each row, with the items of the row as arguments.
 *
 * in       rows of several columns, or tuples
 * out      the results, in the order of the rows; keys, event times and origins stay on the row
 * dead     rows for which the function failed, under the policy dead_letter
 * time     watermarks pass
 * state    none
 *
 * Example: starmap(operator.add)
 *     in   (1, 2) (3, 4)
 *     out  3 7
 */
#include "op/apply.h"

typedef struct starmap_options {
    oz_function *function;
} starmap_options;

static const oz_option OPTIONS[] = {
    {.name = "function",
     .kind = OZ_OPTION_FUNCTION,
     .offset = offsetof(starmap_options, function),
     .by_default = "required",
     .help = "called with the items of each row; what it returns is the result"},
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
    const starmap_options *options = oz_options(context);
    return ozi_apply(context, options->function, OZ_CALL_MAP, batch, emit_results, state);
}

static oz_step
on_object(void *state, oz_context *context, oz_object row, const oz_rows *rows, oz_object *result)
{
    (void)state;
    const starmap_options *options = oz_options(context);
    return ozi_apply_object(context, options->function, OZ_CALL_MAP, row, rows, result);
}

const oz_operator ozi_op_starmap = {
    .name = "starmap",
    .summary = "Gives one result for each row, with the items of the row as arguments.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(starmap_options),
    .on_batch = on_batch,
    .on_object = on_object,
};
