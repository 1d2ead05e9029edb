/*
 * accumulate: combines each row with a state, which is the result.
 *
 * in       any rows; after key_by there is one state for each key
 * out      one result for each row, as soon as it is there (a result that is a mutable object goes
 *          through everything below before the function is called again)
 * dead     rows for which the function failed, under the policy dead_letter; the state stays
 * time     watermarks pass
 * state    "states": one object a key; grows with the number of keys
 *
 * Without `start` the first row is the first state and the first result, and the function is not
 * called for it. With `returns_state` the function returns (state, result).
 *
 * Example: accumulate(operator.add)
 *     in   1 2 3
 *     out  1 3 6
 */
#include "op/fold.h"

typedef struct accumulate_options {
    oz_function *function;
    oz_scalar start;
    bool returns_state;
} accumulate_options;

static const oz_option OPTIONS[] = {
    {.name = "function",
     .kind = OZ_OPTION_FUNCTION,
     .offset = offsetof(accumulate_options, function),
     .by_default = "required",
     .help = "called with (state, row)"},
    {.name = "start",
     .kind = OZ_OPTION_OBJECT,
     .offset = offsetof(accumulate_options, start),
     .help = "the first state; copied for each run and key"},
    {.name = "returns_state",
     .kind = OZ_OPTION_BOOL,
     .offset = offsetof(accumulate_options, returns_state),
     .by_default = "false",
     .help = "the function returns (state, result) instead of a state that is the result"},
    {.name = NULL},
};

static const oz_table_decl TABLES[] = {
    {.name = "states",
     .kind = OZ_TABLE_VALUE,
     .keyed = true,
     .fields = {OZ_FIELD_SCALAR},
     .help = "the state of each key, or the only one"},
    {.name = NULL},
};

static const oz_port INPUTS[] = {{.name = "in", .routing = OZ_ROUTE_KEY}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = "dead"}, {.name = NULL}};

static ozi_fold
fold_of(oz_context *context)
{
    const accumulate_options *options = oz_options(context);
    return (ozi_fold){.function = options->function,
                      .kind = options->returns_state ? OZ_CALL_SCAN : OZ_CALL_FOLD,
                      .start = &options->start,
                      .table = 0,
                      .take = ozi_fold_emit};
}

static oz_step
on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)state;
    (void)input;
    ozi_fold fold = fold_of(context);
    return ozi_fold_batch(context, &fold, batch);
}

static oz_step
on_object(void *state, oz_context *context, oz_object row, const oz_rows *rows, oz_object *result)
{
    (void)state;
    ozi_fold fold = fold_of(context);
    return ozi_fold_object(context, &fold, row, rows, result);
}

const oz_operator ozi_op_accumulate = {
    .name = "accumulate",
    .summary = "Combines each row with a state, which is the result.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(accumulate_options),
    .tables = TABLES,
    .on_batch = on_batch,
    .on_object = on_object,
};
