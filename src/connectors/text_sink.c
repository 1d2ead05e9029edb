/*
 * text_sink: writes each row to a file, by default as a line.
 *
 * in       one column of STRING, BYTES, or OBJECT that is text or bytes; text is written as UTF-8
 * dead     rows that cannot be written, under the policy dead_letter
 * time     rows are written 256 KiB at a time, at latest after `flush` seconds, at a flush and at
 *          the end. Watermarks end here.
 * state    "committed": with a state folder the file is exactly once. It grows; so much of it as
 *          "out.txt.committed" says is final, and what was written later is cut off when the job
 *          goes on after a crash. Without one the file is made anew, or emptied, at each start
 * counts   bytes written
 *
 * A file that cannot be made or written (a full disk) fails the step; the message says how many
 * bytes were written. A pipe whose reader has gone ends it.
 *
 * Example: text_sink(path="out.txt")
 *     in   "the cat" "sat"
 *     the file has "the cat\nsat\n"
 */
#include "connectors/committed.h"

typedef struct text_sink_options {
    const char *path;
    const char *framing;
    int64_t flush;
} text_sink_options;

static const oz_option OPTIONS[] = {
    {.name = "path",
     .kind = OZ_OPTION_STRING,
     .offset = offsetof(text_sink_options, path),
     .help = "the file; it is overwritten"},
    OZI_FRAMING_OPTION(text_sink_options),
    {.name = "flush",
     .kind = OZ_OPTION_DURATION,
     .offset = offsetof(text_sink_options, flush),
     .by_default = "0.1",
     .minimum = 0,
     .maximum = 3600,
     .help = "how long a row may wait to be written with others"},
    {.name = NULL},
};

static const oz_table_decl TABLES[] = {OZI_COMMITTED_TABLE, {.name = NULL}};

enum { COUNT_BYTES };
static const oz_counter COUNTERS[] = {
    {"bytes", "bytes", "written to the file"},
    {NULL, NULL, NULL},
};

enum { FULL_BYTES = 256 * 1024 };

typedef struct text_sink_state {
    ozi_outlet outlet;
    bool timed; /* the timer runs */
} text_sink_state;

static oz_status
bind(const void *options, const oz_schema *inputs, uint32_t input_count, oz_schema *outputs,
     oz_error *error)
{
    (void)input_count;
    (void)outputs;
    return ozi_outlet_bind(((const text_sink_options *)options)->framing, inputs, error);
}

static oz_status
open(void *memory, oz_context *context, oz_error *error)
{
    text_sink_state *sink = memory;
    const text_sink_options *options = oz_options(context);
    OZ_TRY(ozi_outlet_init(&sink->outlet, context, options->framing, error));
    return ozi_committed_open(&sink->outlet, context, options->path, error);
}

static oz_step
flush(text_sink_state *sink, oz_context *context)
{
    int64_t before = sink->outlet.written;
    const text_sink_options *options = oz_options(context);
    oz_step step = ozi_outlet_flush(&sink->outlet, context, options->path);
    oz_count(context, COUNT_BYTES, sink->outlet.written - before);
    return step;
}

static oz_step
on_batch(void *memory, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)input;
    text_sink_state *sink = memory;
    oz_step step = ozi_outlet_rows(&sink->outlet, context, batch);
    if (step != OZ_NEED || oz_bytes_size(&sink->outlet.bytes) >= FULL_BYTES) {
        return step == OZ_NEED ? flush(sink, context) : step;
    }
    if (!sink->timed) {
        const text_sink_options *options = oz_options(context);
        oz_status status = oz_timer_set(context, 0, oz_now_ns(context) + options->flush);
        sink->timed = true;
        return status == OZ_OK ? OZ_NEED : oz_failed(context, status);
    }
    return OZ_NEED;
}

static oz_step
on_timer(void *memory, oz_context *context, int64_t id)
{
    (void)id;
    text_sink_state *sink = memory;
    sink->timed = false;
    return flush(sink, context);
}

static oz_step
on_ready(void *memory, oz_context *context, uint64_t token, uint32_t ready)
{
    (void)token;
    (void)ready;
    return flush(memory, context);
}

static oz_step
on_flush(void *memory, oz_context *context)
{
    return flush(memory, context);
}

static oz_step
on_end(void *memory, oz_context *context, uint32_t input, uint32_t open_inputs)
{
    (void)input;
    return open_inputs > 0 ? OZ_NEED : flush(memory, context);
}

static void
close_node(void *memory, oz_context *context)
{
    (void)context;
    text_sink_state *sink = memory;
    if (sink->outlet.file >= 0) {
        /* After a failure of another step: rows that came are still delivered. */
        (void)ozi_outlet_push(&sink->outlet);
    }
    ozi_outlet_close(&sink->outlet);
}

static oz_status
prepare(void *memory, oz_context *context, uint64_t epoch)
{
    (void)epoch;
    text_sink_state *sink = memory;
    const text_sink_options *options = oz_options(context);
    oz_step step = flush(sink, context);
    if (step == OZ_FAILED) {
        return OZ_IO; /* latched already */
    }
    return ozi_committed_prepare(&sink->outlet, context, options->path);
}

static oz_status
commit(void *memory, oz_context *context, uint64_t epoch)
{
    (void)memory;
    (void)epoch;
    const text_sink_options *options = oz_options(context);
    return ozi_committed_commit(context, options->path);
}

static int64_t
rows_held(const void *memory)
{
    return ozi_outlet_rows_held(&((const text_sink_state *)memory)->outlet);
}

static const oz_port INPUTS[] = {
    {.name = "in", .routing = OZ_ROUTE_SINGLE, .help = "rows of text"},
    {.name = NULL},
};
static const oz_port OUTPUTS[] = {{.name = "dead"}, {.name = NULL}};

static const oz_sink_verbs SINK = {.prepare = prepare, .commit = commit};

const oz_operator ozi_op_text_sink = {
    .name = "text_sink",
    .summary = "Writes each row to a file, by default as a line.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(text_sink_options),
    .tables = TABLES,
    .counters = COUNTERS,
    .state_size = sizeof(text_sink_state),
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
    .sink = &SINK,
    .guarantee = OZ_EXACTLY_ONCE,
};
