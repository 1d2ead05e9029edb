/*
 * stateful: calls a function with each row and a state of the user's own, which it changes.
 *
 * in       any rows; after key_by there is one state for each key
 * out      what the function returned, one result for each row
 * dead     rows for which the function failed, under the policy dead_letter; what it had changed in
 *          the state before it failed stays changed
 * time     watermarks pass
 * state    "states": one object a key, made by `init` at the key's first row
 *
 * Example: stateful(lambda seen, x: (seen.append(x), len(seen))[1], init=list)
 *     in   "a" "b"
 *     out  1 2
 */
#include "op/fold.h"

typedef struct stateful_options {
    oz_function *function;
} stateful_options;

static const oz_option OPTIONS[] = {
    {.name = "function",
     .kind = OZ_OPTION_FUNCTION,
     .offset = offsetof(stateful_options, function),
     .by_default = "required",
     .help = "called with (state, row); makes the state when there is none"},
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
    const stateful_options *options = oz_options(context);
    return (ozi_fold){.function = options->function, .kind = OZ_CALL_UPDATE, .take = ozi_fold_emit};
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

const oz_operator ozi_op_stateful = {
    .name = "stateful",
    .summary = "Calls a function with each row and a state of the user's own, which it changes.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(stateful_options),
    .tables = TABLES,
    .on_batch = on_batch,
    .on_object = on_object,
};
