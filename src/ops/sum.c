/*
 * sum: adds rows up, for each key or all together, in order and from 0.
 *
 * in       numbers, or whatever adds to 0
 * out      current: (key, sum) for each row, or the sum alone without a key;
 *          final: one such row a key at the end of the input
 * dead     rows that cannot be added, under the policy dead_letter
 * time     watermarks pass
 * state    "sums": 16 bytes a key; an int sum beyond 64 bits becomes an object
 *
 * Example: key_by(fn).sum()
 *     in   1 2 3 with keys "a" "b" "a"
 *     out  ("a", 1) ("b", 2) ("a", 4)
 */
#include "op/aggregate.h"
#include "op/number.h"

static const oz_option OPTIONS[] = {OZI_AGGREGATE_OPTION, {.name = NULL}};

static const oz_table_decl TABLES[] = {
    {.name = "sums",
     .kind = OZ_TABLE_VALUE,
     .keyed = true,
     .fields = {OZ_FIELD_SCALAR},
     .help = "the sum of each key"},
    {.name = NULL},
};

static const oz_port INPUTS[] = {{.name = "in", .routing = OZ_ROUTE_KEY}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = "dead"}, {.name = NULL}};

static oz_status
update(oz_context *context, void *value, const oz_batch *batch, int64_t row, oz_error *error)
{
    oz_scalar scalar;
    OZ_TRY(ozi_row_scalar(batch, row, &scalar, error));
    return ozi_number_add(context, oz_context_table(context, 0), value, &scalar, error);
}

static oz_status
result(oz_context *context, const void *value, oz_scalar *out, bool *is_owned)
{
    (void)context;
    *out = *(const oz_scalar *)value;
    *is_owned = false;
    return OZ_OK;
}

static const ozi_aggregate AGGREGATE = {.update = update, .result = result};

static oz_step
on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)state;
    (void)input;
    return ozi_aggregate_batch(context, &AGGREGATE, batch);
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

const oz_operator ozi_op_sum = {
    .name = "sum",
    .summary = "Adds rows up, for each key or all together, in order and from 0.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(ozi_aggregate_options),
    .tables = TABLES,
    .state_size = sizeof(ozi_aggregate_state),
    .on_batch = on_batch,
    .on_end = on_end,
    .close = close_state,
};
