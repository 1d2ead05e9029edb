/*
 * count: counts rows, for each key or all together.
 *
 * in       any rows
 * out      current: (key, count) for each row, or the count alone without a key;
 *          final: one such row a key at the end of the input
 * time     watermarks pass
 * state    "counts": 8 bytes a key; grows with the number of keys
 *
 * Example: key_by().count()
 *     in   "a" "b" "a"
 *     out  ("a", 1) ("b", 1) ("a", 2)
 */
#include "op/aggregate.h"
#include "op/count_parts.h"
#include "state/table_inline.h"

static const oz_option OPTIONS[] = {OZI_AGGREGATE_OPTION, {.name = NULL}};

static const oz_table_decl TABLES[] = {
    {.name = "counts",
     .kind = OZ_TABLE_VALUE,
     .keyed = true,
     .fields = {OZ_FIELD_INT64},
     .help = "rows seen, by key"},
    {.name = NULL},
};

static const oz_port INPUTS[] = {{.name = "in", .routing = OZ_ROUTE_KEY}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = NULL}};

static oz_status
update(oz_context *context, void *value, const oz_batch *batch, int64_t row, oz_error *error)
{
    (void)context;
    (void)batch;
    (void)row;
    (void)error;
    ++*(int64_t *)value;
    return OZ_OK;
}

static oz_status
result(oz_context *context, const void *value, oz_scalar *out, bool *is_owned)
{
    (void)context;
    int64_t count = *(const int64_t *)value;
    *out = (oz_scalar){.kind = count == 0 ? OZ_SCALAR_NULL : OZ_SCALAR_INT64, .as.int64 = count};
    *is_owned = false;
    return OZ_OK;
}

/* All rows of a batch without results. */
static oz_step
update_all(oz_context *context, const oz_batch *batch)
{
    const oz_rows *rows = batch->rows;
    if (rows == NULL || rows->keys == NULL) {
        *(int64_t *)oz_table_single(oz_context_table(context, 0)) += batch->row_count;
        return OZ_NEED;
    }
    return ozi_count_rows(context, batch);
}

static const ozi_aggregate AGGREGATE = {.update = update,
                                        .result = result,
                                        .update_all = update_all};

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

/* ---- of parts -------------------------------------------------------------------------------- */

static inline oz_status
add_part(void *context, int64_t row, void *value, bool is_new)
{
    (void)is_new;
    *(int64_t *)value += ((const int64_t *)context)[row];
    return OZ_OK;
}

/* Rows (key, n) of count_parts, and rows without a key. */
static oz_step
on_parts(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    int64_t done;
    const oz_rows *rows = batch->rows;
    if (rows == NULL || rows->keys == NULL) {
        return on_batch(state, context, input, batch);
    }
    void *parts = (void *)(uintptr_t)batch->columns[1]->values; /* read only */
    oz_status status = ozi_table_update_many(oz_context_table(context, 0), rows->keys, rows->hashes,
                                             0, batch->row_count, add_part, parts, &done);
    return status == OZ_OK ? OZ_NEED : oz_failed(context, status);
}

/* Each update has to be seen one by one. */
static bool
is_final(const void *options)
{
    return ((const ozi_aggregate_options *)options)->emit == OZI_EMIT_FINAL;
}

/* ---- the descriptors ------------------------------------------------------------------------- */

/* ---- the descriptors ------------------------------------------------------------------------- */

/* What both have. */
#define COMMON                                                                                     \
    .summary = "Counts rows, for each key or all together.", .inputs = INPUTS, .outputs = OUTPUTS, \
    .options = OPTIONS, .options_size = sizeof(ozi_aggregate_options), .tables = TABLES,           \
    .state_size = sizeof(ozi_aggregate_state), .on_end = on_end, .close = close_state

static const oz_operator WHOLE = {.name = "count", COMMON, .on_batch = on_parts};
static const oz_combiner COMBINER = {.applies = is_final,
                                     .parts = &ozi_op_count_parts,
                                     .whole = &WHOLE};

const oz_operator ozi_op_count = {
    .name = "count",
    COMMON,
    .on_batch = on_batch,
    .combiner = &COMBINER,
};
