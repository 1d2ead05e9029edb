/*
 * slow_sink: takes rows, and time for each of them, for tests of what waits.
 *
 * in       anything
 * time     after each batch it takes `delay` seconds of the engine's clock for every row of it
 *          before it takes more; meanwhile whatever feeds it waits. It never sleeps.
 * state    none; with `into`, what came is kept there
 * counts   waits
 *
 * Example: slow_sink(delay=0.5)
 *     in   "the cat" "sat"     (one batch)
 *     takes more a second later
 */
#include "connectors/collected.h"

typedef struct slow_sink_options {
    int64_t delay;
    oz_function *into;
} slow_sink_options;

static const oz_option OPTIONS[] = {
    {.name = "delay",
     .kind = OZ_OPTION_DURATION,
     .offset = offsetof(slow_sink_options, delay),
     .by_default = "0.001",
     .minimum = 0,
     .maximum = 1e6,
     .help = "how long a row takes"},
    {.name = "into",
     .kind = OZ_OPTION_FUNCTION,
     .offset = offsetof(slow_sink_options, into),
     .help = "the function of an ozi_collected"},
    {.name = NULL},
};

enum { COUNT_WAITS };
static const oz_counter COUNTERS[] = {
    {"waits", "waits", "that were begun"},
    {NULL, NULL, NULL},
};

typedef struct slow_sink_state {
    ozi_collected *into;
    bool waiting;
} slow_sink_state;

static oz_status
open(void *memory, oz_context *context, oz_error *error)
{
    const slow_sink_options *options = oz_options(context);
    return ozi_collected_of(options->into, &((slow_sink_state *)memory)->into, error);
}

static oz_step
on_batch(void *memory, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)input;
    slow_sink_state *sink = memory;
    const slow_sink_options *options = oz_options(context);
    oz_status status = ozi_collected_add(sink->into, batch, 0, batch->row_count);
    int64_t delay_ns;
    if (__builtin_mul_overflow(options->delay, batch->row_count, &delay_ns)) {
        delay_ns = INT64_MAX / 2;
    }
    if (status == OZ_OK) {
        status = oz_timer_set(context, 0, oz_now_ns(context) + delay_ns);
    }
    if (status != OZ_OK) {
        return oz_failed(context, status);
    }
    oz_count(context, COUNT_WAITS, 1);
    sink->waiting = true;
    return OZ_WAIT;
}

static oz_step
on_timer(void *memory, oz_context *context, int64_t id)
{
    (void)context;
    (void)id;
    ((slow_sink_state *)memory)->waiting = false;
    return OZ_NEED;
}

static oz_step
on_end(void *memory, oz_context *context, uint32_t input, uint32_t open_inputs)
{
    (void)context;
    (void)input;
    slow_sink_state *sink = memory;
    if (sink->into != NULL) {
        sink->into->ended = open_inputs == 0;
    }
    return sink->waiting ? OZ_WAIT : OZ_NEED;
}

static const oz_port INPUTS[] = {
    {.name = "in", .help = "anything"},
    {.name = NULL},
};

const oz_operator ozi_op_slow_sink = {
    .name = "slow_sink",
    .summary = "Takes rows, and time for each of them, for tests of what waits.",
    .inputs = INPUTS,
    .options = OPTIONS,
    .options_size = sizeof(slow_sink_options),
    .counters = COUNTERS,
    .state_size = sizeof(slow_sink_state),
    .holds = true,
    .open = open,
    .on_batch = on_batch,
    .on_timer = on_timer,
    .on_end = on_end,
    .guarantee = OZ_AT_LEAST_ONCE,
};
