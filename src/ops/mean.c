/*
 * mean: the arithmetic mean of rows, for each key or all together.
 *
 * in       numbers
 * out      current: (key, mean) for each row, or the mean alone without a key;
 *          final: one such row a key at the end of the input. A float: the sum, added in order
 *          from 0, divided by the count (an int sum beyond 64 bits is made a float first)
 * dead     rows that are no numbers, under the policy dead_letter
 * time     watermarks pass
 * state    "means": 24 bytes a key
 *
 * Example: mean()
 *     in   1 2 6
 *     out  1.0 1.5 3.0
 */
#include "op/aggregate.h"
#include "op/number.h"

static const oz_option OPTIONS[] = {OZI_AGGREGATE_OPTION, {.name = NULL}};

static const oz_table_decl TABLES[] = {
    {.name = "means",
     .kind = OZ_TABLE_VALUE,
     .keyed = true,
     .fields = {OZ_FIELD_SCALAR, OZ_FIELD_INT64},
     .help = "the sum and the count of each key"},
    {.name = NULL},
};

static const oz_port INPUTS[] = {{.name = "in", .routing = OZ_ROUTE_KEY}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = "dead"}, {.name = NULL}};

/* The value of a key, laid out as its fields are declared. */
typedef struct entry {
    oz_scalar sum;
    int64_t count;
} entry;

static oz_status
update(oz_context *context, void *value, const oz_batch *batch, int64_t row, oz_error *error)
{
    entry *entry = value;
    oz_scalar scalar;
    OZ_TRY(ozi_row_scalar(batch, row, &scalar, error));
    OZ_TRY(ozi_number_add(context, oz_context_table(context, 0), &entry->sum, &scalar, error));
    entry->count++;
    return OZ_OK;
}

static oz_status
result(oz_context *context, const void *value, oz_scalar *out, bool *is_owned)
{
    const entry *entry = value;
    double mean;
    *is_owned = false;
    *out = (oz_scalar){.kind = OZ_SCALAR_NULL};
    if (entry->count == 0) {
        return OZ_OK;
    }
    if (!ozi_number_mean(context, &entry->sum, entry->count, &mean)) {
        return oz_error_set(oz_context_error(context), OZ_INVALID, "the sum is not a real number");
    }
    *out = (oz_scalar){.kind = OZ_SCALAR_FLOAT64, .as.float64 = mean};
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

const oz_operator ozi_op_mean = {
    .name = "mean",
    .summary = "The arithmetic mean of rows, for each key or all together.",
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
