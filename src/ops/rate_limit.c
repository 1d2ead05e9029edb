/*
 * rate_limit: lets rows go at least a fixed time apart.
 *
 * in       any rows
 * out      the same rows, in order; the first at once, each other `interval` after the one before
 *          or later
 * time     watermarks wait behind the rows that came before them
 * state    "rows": at most n rows and the rest of one batch; "last": when the last one went
 *
 * Example: rate_limit(interval=1.0)
 *     in   1 at 0.0 s, 2 at 0.2 s, 3 at 5.0 s
 *     out  1 at 0.0 s, 2 at 1.0 s, 3 at 5.0 s
 */
#include "op/queue.h"

typedef struct rate_limit_options {
    int64_t interval;
    int64_t n;
} rate_limit_options;

static const oz_option OPTIONS[] = {
    {.name = "interval",
     .kind = OZ_OPTION_DURATION,
     .offset = offsetof(rate_limit_options, interval),
     .minimum = 0,
     .maximum = 9e9,
     .help = "the least time between two rows"},
    {.name = "n",
     .kind = OZ_OPTION_INT64,
     .offset = offsetof(rate_limit_options, n),
     .by_default = "1",
     .minimum = 1,
     .maximum = 9e18,
     .help = "rows it holds before what feeds it has to wait"},
    {.name = NULL},
};

static const oz_table_decl TABLES[] = {
    {.name = "rows", .kind = OZ_TABLE_QUEUE, .help = "rows that wait"},
    {.name = "last",
     .kind = OZ_TABLE_VALUE,
     .fields = {OZ_FIELD_INT64, OZ_FIELD_INT64},
     .help = "whether a row went, and until when the next must wait"},
    {.name = NULL},
};

static const oz_port INPUTS[] = {{.name = "in", .routing = OZ_ROUTE_SINGLE}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = NULL}};

/* The one entry of "last". */
typedef struct last {
    int64_t is_set;
    int64_t next_ns;
} last;

/* The next row must wait until `interval` from now. */
static int64_t
note_passage(oz_context *context)
{
    const rate_limit_options *options = oz_options(context);
    last *last = oz_table_single(oz_context_table(context, 1));
    *last = (struct last){.is_set = 1, .next_ns = oz_now_ns(context) + options->interval};
    return last->next_ns;
}

static oz_step
on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)state;
    (void)input;
    const rate_limit_options *options = oz_options(context);
    const last *last = oz_table_single(oz_context_table(context, 1));
    int64_t due_ns = oz_now_ns(context);
    if (last->is_set != 0 && last->next_ns > due_ns) {
        due_ns = last->next_ns;
    }
    bool may_pass = batch->row_count == 1 && oz_table_count(oz_context_table(context, 0)) == 0;
    if (may_pass && due_ns <= oz_now_ns(context)) {
        (void)note_passage(context);
        oz_step step = oz_emit(context, 0, batch);
        return step == OZ_FAILED || step == OZ_DONE ? step : OZ_NEED;
    }
    return ozi_queue_put(context, batch, due_ns, options->n);
}

/* When what is below is held up, no row leaves, and the next may leave at once. */
static oz_step
on_timer(void *state, oz_context *context, int64_t id)
{
    (void)state;
    (void)id;
    const rate_limit_options *options = oz_options(context);
    int64_t next_ns = ozi_is_blocked(context) ? INT64_MIN : note_passage(context);
    return ozi_queue_let_go(context, 1, options->n, next_ns);
}

static oz_step
on_watermark(void *state, oz_context *context, int64_t time_ns)
{
    (void)state;
    return ozi_queue_watermark(context, time_ns);
}

static oz_step
on_flush(void *state, oz_context *context)
{
    (void)state;
    return ozi_queue_flush(context);
}

static oz_step
on_end(void *state, oz_context *context, uint32_t input, uint32_t open_inputs)
{
    (void)state;
    (void)input;
    (void)open_inputs;
    return ozi_queue_end(context);
}

const oz_operator ozi_op_rate_limit = {
    .name = "rate_limit",
    .summary = "Lets rows go at least a fixed time apart.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(rate_limit_options),
    .tables = TABLES,
    .holds = true,
    .on_batch = on_batch,
    .on_timer = on_timer,
    .on_watermark = on_watermark,
    .on_flush = on_flush,
    .on_end = on_end,
};
