/*
 * flaky_sink: takes rows but fails for every n-th, for tests of policies.
 *
 * in       anything
 * dead     the rows it failed for, under the policy dead_letter
 * time     watermarks end here
 * state    how many rows have come; with `into`, those it did not fail for are kept there
 * counts   failures
 *
 * Example: flaky_sink(every=2)
 *     in   "the cat" "sat" "on"
 *     fails for "sat": "row 2 fails, as one in 2 does"
 */
#include "connectors/collected.h"

typedef struct flaky_sink_options {
    int64_t every;
    oz_function *into;
} flaky_sink_options;

static const oz_option OPTIONS[] = {
    {.name = "every",
     .kind = OZ_OPTION_INT64,
     .offset = offsetof(flaky_sink_options, every),
     .by_default = "2",
     .minimum = 1,
     .maximum = 1e15,
     .help = "it fails for row n, 2 n, 3 n, ..."},
    {.name = "into",
     .kind = OZ_OPTION_FUNCTION,
     .offset = offsetof(flaky_sink_options, into),
     .help = "the function of an ozi_collected"},
    {.name = NULL},
};

enum { COUNT_FAILURES };
static const oz_counter COUNTERS[] = {
    {"failures", "rows", "that it failed for"},
    {NULL, NULL, NULL},
};

typedef struct flaky_sink_state {
    ozi_collected *into;
    int64_t rows; /* that have come */
} flaky_sink_state;

static oz_status
open(void *memory, oz_context *context, oz_error *error)
{
    const flaky_sink_options *options = oz_options(context);
    return ozi_collected_of(options->into, &((flaky_sink_state *)memory)->into, error);
}

/* Row `row` of `batch` is one to fail for. */
static oz_step
fail_for(flaky_sink_state *sink, oz_context *context, const oz_batch *batch, int64_t row)
{
    const flaky_sink_options *options = oz_options(context);
    (void)oz_error_set(oz_context_error(context), OZ_BAD_RECORD,
                       "row %lld fails, as one in %lld does", (long long)sink->rows,
                       (long long)options->every);
    oz_count(context, COUNT_FAILURES, 1);
    return oz_bad_record(context, batch, row);
}

static oz_step
on_batch(void *memory, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)input;
    flaky_sink_state *sink = memory;
    const flaky_sink_options *options = oz_options(context);
    int64_t begin = 0;
    for (int64_t row = 0; row < batch->row_count; row++) {
        bool fails = ++sink->rows % options->every == 0;
        if (!fails && row + 1 < batch->row_count) {
            continue;
        }
        oz_status status = ozi_collected_add(sink->into, batch, begin, fails ? row : row + 1);
        if (status != OZ_OK) {
            return oz_failed(context, status);
        }
        begin = row + 1;
        if (fails && fail_for(sink, context, batch, row) == OZ_FAILED) {
            return OZ_FAILED;
        }
    }
    return OZ_NEED;
}

static oz_step
on_end(void *memory, oz_context *context, uint32_t input, uint32_t open_inputs)
{
    (void)context;
    (void)input;
    flaky_sink_state *sink = memory;
    if (sink->into != NULL) {
        sink->into->ended = open_inputs == 0;
    }
    return OZ_NEED;
}

static const oz_port INPUTS[] = {
    {.name = "in", .help = "anything"},
    {.name = NULL},
};
static const oz_port OUTPUTS[] = {{.name = "dead"}, {.name = NULL}};

const oz_operator ozi_op_flaky_sink = {
    .name = "flaky_sink",
    .summary = "Takes rows but fails for every n-th, for tests of policies.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(flaky_sink_options),
    .counters = COUNTERS,
    .state_size = sizeof(flaky_sink_state),
    .open = open,
    .on_batch = on_batch,
    .on_end = on_end,
    .guarantee = OZ_AT_LEAST_ONCE,
};
