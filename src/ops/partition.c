/*
 * partition: gathers n rows into one tuple.
 *
 * in       any rows; after key_by there is one group for each key
 * out      a tuple of n rows; with `timeout` a shorter one that many seconds after its first row;
 *          at the end of the input, and by flush, what is left, first opened first
 * time     watermarks pass at once; a full tuple has the event time of its last row, a shorter one
 *          the latest of its rows, or the watermark when that has passed it
 * state    "rows", "open": fewer than n rows a key
 *
 * Example: partition(n=2)
 *     in   1 2 3
 *     out  (1, 2) and, at the end, (3,)
 */
#include "batch/rows.h"
#include "op/group.h"

typedef struct partition_options {
    int64_t n;
    int64_t timeout;
} partition_options;

static const oz_option OPTIONS[] = {
    {.name = "n",
     .kind = OZ_OPTION_INT64,
     .offset = offsetof(partition_options, n),
     .minimum = 1,
     .maximum = 1e9,
     .help = "rows of a tuple"},
    {.name = "timeout",
     .kind = OZ_OPTION_DURATION,
     .offset = offsetof(partition_options, timeout),
     .by_default = "-1",
     .minimum = -1,
     .maximum = 9e9,
     .help = "seconds after its first row when a tuple leaves, full or not; -1: never"},
    {.name = NULL},
};

static const oz_table_decl TABLES[] = {OZI_GROUP_TABLES, {.name = NULL}};

static const oz_port INPUTS[] = {{.name = "in", .routing = OZ_ROUTE_KEY}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = NULL}};

enum { TIMER = 0 };

static int64_t
due_ns(oz_context *context)
{
    const partition_options *options = oz_options(context);
    return options->timeout < 0 ? INT64_MAX : oz_now_ns(context) + options->timeout;
}

/* The timer stands at the group that is due first; a new one is never due before an older one. */
static oz_step
set_timer(oz_context *context, int64_t at_ns)
{
    if (at_ns == INT64_MAX) {
        return OZ_NEED;
    }
    oz_status status = oz_timer_set(context, TIMER, at_ns);
    return status == OZ_OK ? OZ_NEED : oz_failed(context, status);
}

static oz_step
add_row(oz_context *context, const oz_batch *batch, int64_t row)
{
    const partition_options *options = oz_options(context);
    bool was_empty = oz_table_count(oz_context_table(context, 1)) == 0;
    int64_t row_count;
    uint64_t hash;
    oz_status status = ozi_group_add(context, batch, row, due_ns(context), &row_count);
    if (status != OZ_OK) {
        return oz_failed(context, status);
    }
    if (was_empty && set_timer(context, due_ns(context)) == OZ_FAILED) {
        return OZ_FAILED;
    }
    if (row_count < options->n) {
        return OZ_NEED;
    }
    const oz_rows *rows = NULL;
    const oz_key *key = ozi_group_key(batch, row, &hash);
    status = ozi_rows_slice(batch->rows, row, row + 1, &rows);
    oz_step step = status == OZ_OK ? ozi_group_emit(context, key, hash, OZI_GROUP_TUPLE, rows)
                                   : oz_failed(context, status);
    oz_rows_release(&rows);
    return step;
}

static oz_step
on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)state;
    (void)input;
    oz_step step = OZ_NEED;
    for (int64_t row = 0; row < batch->row_count && step != OZ_FAILED && step != OZ_DONE; row++) {
        step = add_row(context, batch, row);
    }
    return step == OZ_MORE || step == OZ_WAIT ? OZ_NEED : step;
}

static oz_step
on_timer(void *state, oz_context *context, int64_t id)
{
    (void)state;
    (void)id;
    oz_step step = ozi_group_emit_due(context, oz_now_ns(context), OZI_GROUP_TUPLE);
    if (step == OZ_FAILED || step == OZ_DONE) {
        return step;
    }
    return set_timer(context, ozi_group_next_due(context));
}

static oz_step
on_flush(void *state, oz_context *context)
{
    (void)state;
    oz_timer_cancel(context, TIMER);
    oz_step step = ozi_group_emit_due(context, INT64_MAX, OZI_GROUP_TUPLE);
    return step == OZ_FAILED || step == OZ_DONE ? step : OZ_NEED;
}

static oz_step
on_end(void *state, oz_context *context, uint32_t input, uint32_t open_inputs)
{
    (void)input;
    (void)open_inputs;
    return on_flush(state, context);
}

const oz_operator ozi_op_partition = {
    .name = "partition",
    .summary = "Gathers n rows into one tuple.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(partition_options),
    .tables = TABLES,
    .on_batch = on_batch,
    .on_timer = on_timer,
    .on_flush = on_flush,
    .on_end = on_end,
};
