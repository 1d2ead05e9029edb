/*
 * reduce: combines the rows of each key, or all rows, to one value.
 *
 * in       any rows
 * out      current: (key, value) for each row, or the value alone without a key;
 *          final: one such row a key at the end of the input. The first row of a key is its first
 *          value, for which the function is not called
 * dead     rows for which the function failed, under the policy dead_letter
 * time     watermarks pass
 * state    "values": one object a key
 *
 * Example: key_by(fn).reduce(operator.mul)
 *     in   2 3 4 with keys "a" "b" "a"
 *     out  ("a", 2) ("b", 3) ("a", 8)
 */
#include "op/aggregate.h"
#include "op/fold.h"

typedef struct reduce_options {
    ozi_aggregate_options aggregate;
    oz_function *function;
} reduce_options;

static const oz_option OPTIONS[] = {
    OZI_AGGREGATE_OPTION,
    {.name = "function",
     .kind = OZ_OPTION_FUNCTION,
     .offset = offsetof(reduce_options, function),
     .by_default = "required",
     .help = "called with (value, row); returns the new value"},
    {.name = NULL},
};

static const oz_table_decl TABLES[] = {
    {.name = "values",
     .kind = OZ_TABLE_VALUE,
     .keyed = true,
     .fields = {OZ_FIELD_SCALAR},
     .help = "the value of each key, or the only one"},
    {.name = NULL},
};

static const oz_port INPUTS[] = {{.name = "in", .routing = OZ_ROUTE_KEY}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = "dead"}, {.name = NULL}};

static oz_status
result(oz_context *context, const void *value, oz_scalar *out, bool *is_owned)
{
    (void)context;
    *out = *(const oz_scalar *)value;
    *is_owned = false;
    return OZ_OK;
}

static const ozi_aggregate AGGREGATE = {.result = result};

static oz_step
drop(void *state, oz_context *context, const oz_batch *batch, int64_t begin, oz_object *objects,
     int64_t count)
{
    (void)state;
    (void)batch;
    (void)begin;
    oz_context_objects(context)->release_many(objects, count);
    return OZ_NEED;
}

static oz_step
on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)state;
    (void)input;
    const reduce_options *options = oz_options(context);
    bool is_current = options->aggregate.emit == OZI_EMIT_CURRENT;
    ozi_fold fold = {.function = options->function,
                     .kind = OZ_CALL_FOLD,
                     .table = 0,
                     .take = is_current ? ozi_fold_emit_keyed : drop};
    return ozi_fold_batch(context, &fold, batch);
}

static oz_step
on_end(void *state, oz_context *context, uint32_t input, uint32_t open_inputs)
{
    (void)input;
    (void)open_inputs;
    return ozi_aggregate_end(context, &AGGREGATE, state);
}

static void
close_state(void *state, oz_context *context)
{
    (void)context;
    ozi_aggregate_close(state);
}

const oz_operator ozi_op_reduce = {
    .name = "reduce",
    .summary = "Combines the rows of each key, or all rows, to one value.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(reduce_options),
    .tables = TABLES,
    .state_size = sizeof(ozi_aggregate_state),
    .on_batch = on_batch,
    .on_end = on_end,
    .close = close_state,
};
