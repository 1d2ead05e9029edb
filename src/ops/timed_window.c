/*
 * timed_window: gathers what comes within an interval of the clock into one list.
 *
 * in       any rows; after key_by there is one list for each key that had rows
 * out      every `interval` a list; without keys also an empty one when nothing came; at the end of
 *          the input, and by flush, what is left
 * time     watermarks pass at once; the interval is one of the engine's clock; a list has the
 *          latest event time of its rows, or the watermark when that is later
 * state    "rows", "open": all rows of an interval
 *
 * Example: timed_window(interval=1.0)
 *     in   1 at 0.2 s, 2 at 0.7 s, 3 at 2.5 s
 *     out  [1, 2] at 1.0 s, [] at 2.0 s, [3] at 3.0 s
 */
#include "op/group.h"

typedef struct timed_window_options {
    int64_t interval;
} timed_window_options;

static const oz_option OPTIONS[] = {
    {.name = "interval",
     .kind = OZ_OPTION_DURATION,
     .offset = offsetof(timed_window_options, interval),
     .minimum = 1e-6,
     .maximum = 9e9,
     .help = "seconds from one list to the next"},
    {.name = NULL},
};

static const oz_table_decl TABLES[] = {
    OZI_GROUP_TABLES,
    {.name = "ticks",
     .kind = OZ_TABLE_VALUE,
     .fields = {OZ_FIELD_INT64, OZ_FIELD_INT64},
     .help = "when the next list is due, and whether a row had a key"},
    {.name = NULL},
};

/* The one entry of "ticks". */
typedef struct ticks {
    int64_t next_ns;
    int64_t is_keyed;
} ticks;

static const oz_port INPUTS[] = {{.name = "in", .routing = OZ_ROUTE_KEY}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = NULL}};

enum { TIMER = 0, TABLE_TICKS = 3 };

static oz_status
open_window(void *state, oz_context *context, oz_error *error)
{
    (void)state;
    (void)error;
    const timed_window_options *options = oz_options(context);
    ticks *ticks = oz_table_single(oz_context_table(context, TABLE_TICKS));
    if (ticks->next_ns == 0) { /* else it goes on from a checkpoint */
        ticks->next_ns = oz_now_ns(context) + options->interval;
        ticks->is_keyed = oz_is_keyed(context);
    }
    return oz_timer_set(context, TIMER, ticks->next_ns);
}

static oz_step
on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)state;
    (void)input;
    ticks *ticks = oz_table_single(oz_context_table(context, TABLE_TICKS));
    ticks->is_keyed |= batch->rows != NULL && batch->rows->keys != NULL;
    for (int64_t row = 0; row < batch->row_count; row++) {
        int64_t row_count;
        oz_status status = ozi_group_add(context, batch, row, 0, &row_count);
        if (status != OZ_OK) {
            return oz_failed(context, status);
        }
    }
    return OZ_NEED;
}

static oz_step
emit_lists(oz_context *context, bool also_empty)
{
    const ticks *ticks = oz_table_single(oz_context_table(context, TABLE_TICKS));
    if (oz_table_count(oz_context_table(context, 1)) == 0 && ticks->is_keyed == 0 && also_empty) {
        return ozi_group_emit(context, &oz_key_single, OZ_HASH_SINGLE, OZI_GROUP_LIST, NULL);
    }
    return ozi_group_emit_due(context, INT64_MAX, OZI_GROUP_LIST);
}

/* The next tick is reckoned from the last one, not from now: the windows do not drift. */
static oz_step
on_timer(void *state, oz_context *context, int64_t id)
{
    (void)state;
    (void)id;
    const timed_window_options *options = oz_options(context);
    ticks *ticks = oz_table_single(oz_context_table(context, TABLE_TICKS));
    ticks->next_ns += options->interval;
    if (ticks->next_ns <= oz_now_ns(context)) {
        ticks->next_ns = oz_now_ns(context) + options->interval;
    }
    oz_status status = oz_timer_set(context, TIMER, ticks->next_ns);
    return status == OZ_OK ? emit_lists(context, true) : oz_failed(context, status);
}

static oz_step
on_flush(void *state, oz_context *context)
{
    (void)state;
    oz_step step = emit_lists(context, false);
    return step == OZ_FAILED || step == OZ_DONE ? step : OZ_NEED;
}

static oz_step
on_end(void *state, oz_context *context, uint32_t input, uint32_t open_inputs)
{
    (void)input;
    (void)open_inputs;
    oz_timer_cancel(context, TIMER);
    return on_flush(state, context);
}

const oz_operator ozi_op_timed_window = {
    .name = "timed_window",
    .summary = "Gathers what comes within an interval of the clock into one list.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(timed_window_options),
    .tables = TABLES,
    .open = open_window,
    .on_batch = on_batch,
    .on_timer = on_timer,
    .on_flush = on_flush,
    .on_end = on_end,
};
