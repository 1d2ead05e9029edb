/*
 * max: keeps the greatest row, for each key or all together.
 *
 * in       rows that compare with each other
 * out      current: (key, greatest) for each row, or the greatest alone without a key;
 *          final: one such row a key at the end of the input. Of equal rows the first is kept
 * dead     rows that do not compare with the one kept, under the policy dead_letter
 * time     watermarks pass
 * state    "maxs": 16 bytes a key, and what text or an object needs
 *
 * Example: max()
 *     in   2 3 1
 *     out  2 3 3
 */
#include "op/aggregate.h"
#include "op/number.h"

static const oz_option OPTIONS[] = {OZI_AGGREGATE_OPTION, {.name = NULL}};

static const oz_table_decl TABLES[] = {
    {.name = "maxs",
     .kind = OZ_TABLE_VALUE,
     .keyed = true,
     .fields = {OZ_FIELD_SCALAR},
     .help = "the greatest row of each key"},
    {.name = NULL},
};

static const oz_port INPUTS[] = {{.name = "in", .routing = OZ_ROUTE_KEY}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = "dead"}, {.name = NULL}};

static oz_status
update(oz_context *context, void *value, const oz_batch *batch, int64_t row, oz_error *error)
{
    oz_scalar *field = value;
    oz_scalar scalar;
    bool is_better = true;
    OZ_TRY(ozi_row_scalar(batch, row, &scalar, error));
    if (field->kind != OZ_SCALAR_NULL) {
        OZ_TRY(ozi_number_less(context, field, &scalar, &is_better, error));
    }
    oz_table *table = oz_context_table(context, 0);
    return is_better ? ozi_number_keep(context, table, field, &scalar, error) : OZ_OK;
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

const oz_operator ozi_op_max = {
    .name = "max",
    .summary = "Keeps the greatest row, for each key or all together.",
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
