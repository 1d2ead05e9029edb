/*
 * stdout_sink: writes each row to the standard output, by default as a line.
 *
 * in       one column of STRING, BYTES, or OBJECT that is text or bytes
 * dead     rows that cannot be written, under the policy dead_letter
 * time     rows are written as soon as they come; several batches in one step of the loop share a
 *          call. Watermarks end here.
 * state    none. A pipe that is full makes the step wait, and whatever feeds it
 * counts   bytes written
 *
 * When the reader of a pipe has gone (`... | head`), the step wants no more rows: a graph whose
 * other readers want none either ends, without an error.
 *
 * Example: stdout_sink()
 *     in   "the cat" "sat"
 *     writes "the cat\nsat\n"
 */
#include "base/io_error.h"
#include "connectors/outlet.h"

typedef struct stdout_sink_options {
    const char *framing;
} stdout_sink_options;

static const oz_option OPTIONS[] = {
    OZI_FRAMING_OPTION(stdout_sink_options),
    {.name = NULL},
};

enum { COUNT_BYTES };
static const oz_counter COUNTERS[] = {
    {"bytes", "bytes", "written"},
    {NULL, NULL, NULL},
};

static const char NAME[] = "<stdout>";

typedef struct stdout_sink_state {
    ozi_outlet outlet;
    int64_t written_ns; /* the step of the loop in which something was last written */
    bool timed;         /* the rest is written with the next step */
} stdout_sink_state;

static oz_status
bind(const void *options, const oz_schema *inputs, uint32_t input_count, oz_schema *outputs,
     oz_error *error)
{
    (void)input_count;
    (void)outputs;
    return ozi_outlet_bind(((const stdout_sink_options *)options)->framing, inputs, error);
}

static oz_status
open(void *memory, oz_context *context, oz_error *error)
{
    stdout_sink_state *sink = memory;
    const stdout_sink_options *options = oz_options(context);
    sink->written_ns = INT64_MIN;
    OZ_TRY(ozi_outlet_init(&sink->outlet, context, options->framing, error));
    const oz_io *io = sink->outlet.io;
    int64_t file = io->open(io->self, "/dev/stdout", OZ_IO_APPEND);
    if (file < 0) {
        return ozi_io_error(error, file, "write to", NAME);
    }
    sink->outlet.file = file;
    return OZ_OK;
}

static oz_step
write_now(stdout_sink_state *sink, oz_context *context)
{
    int64_t before = sink->outlet.written;
    oz_step step = ozi_outlet_flush(&sink->outlet, context, NAME);
    oz_count(context, COUNT_BYTES, sink->outlet.written - before);
    return step;
}

static oz_step
on_batch(void *memory, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)input;
    stdout_sink_state *sink = memory;
    oz_step step = ozi_outlet_rows(&sink->outlet, context, batch);
    if (step != OZ_NEED || sink->timed) {
        return step;
    }
    if (sink->written_ns != oz_now_ns(context)) {
        sink->written_ns = oz_now_ns(context);
        return write_now(sink, context);
    }
    sink->timed = true;
    oz_status status = oz_timer_set(context, 0, oz_now_ns(context));
    return status == OZ_OK ? OZ_NEED : oz_failed(context, status);
}

static oz_step
on_timer(void *memory, oz_context *context, int64_t id)
{
    (void)id;
    stdout_sink_state *sink = memory;
    sink->timed = false;
    return write_now(sink, context);
}

static oz_step
on_ready(void *memory, oz_context *context, uint64_t token, uint32_t ready)
{
    (void)token;
    (void)ready;
    return write_now(memory, context);
}

static oz_step
on_flush(void *memory, oz_context *context)
{
    return write_now(memory, context);
}

static oz_step
on_end(void *memory, oz_context *context, uint32_t input, uint32_t open_inputs)
{
    (void)input;
    return open_inputs > 0 ? OZ_NEED : write_now(memory, context);
}

static void
close_node(void *memory, oz_context *context)
{
    (void)context;
    stdout_sink_state *sink = memory;
    if (sink->outlet.file >= 0) {
        (void)ozi_outlet_push(&sink->outlet);
        ozi_outlet_close(&sink->outlet);
    }
}

static int64_t
rows_held(const void *memory)
{
    return ozi_outlet_rows_held(&((const stdout_sink_state *)memory)->outlet);
}

static const oz_port INPUTS[] = {
    {.name = "in", .routing = OZ_ROUTE_SINGLE, .help = "rows of text"},
    {.name = NULL},
};
static const oz_port OUTPUTS[] = {{.name = "dead"}, {.name = NULL}};

const oz_operator ozi_op_stdout_sink = {
    .name = "stdout_sink",
    .summary = "Writes each row to the standard output, by default as a line.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(stdout_sink_options),
    .counters = COUNTERS,
    .state_size = sizeof(stdout_sink_state),
    .holds = true,
    .bind = bind,
    .open = open,
    .on_batch = on_batch,
    .on_timer = on_timer,
    .on_ready = on_ready,
    .on_flush = on_flush,
    .on_end = on_end,
    .close = close_node,
    .rows_held = rows_held,
    .guarantee = OZ_AT_LEAST_ONCE,
};
