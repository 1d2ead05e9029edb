/*
 * tcp_sink: writes each row to a TCP peer, by default as a line.
 *
 * in       one column of STRING, BYTES, or OBJECT that is text or bytes
 * dead     rows that cannot be written, under the policy dead_letter
 * time     rows are sent as soon as they come; several batches in one step of the loop share a
 *          call. Watermarks end here.
 * state    none that survives. Rows wait in memory until the peer takes them; when `pending_max`
 *          bytes wait, whatever feeds the step has to wait, too
 * counts   connections, lost connections, bytes
 *
 * It tries again until the peer is there, and when the connection is lost; see dial.h. A new
 * connection begins with a whole record. What the system had taken of the old one may be lost.
 *
 * Example: tcp_sink(host="127.0.0.1", port=7011)
 *     in   "the cat" "sat"
 *     the peer reads "the cat\nsat\n"
 */
#include "connectors/dial.h"
#include "connectors/outlet.h"

typedef struct tcp_sink_options {
    const char *host;
    int64_t port;
    const char *framing;
    int64_t pending_max;
    int64_t patience;
} tcp_sink_options;

static const oz_option OPTIONS[] = {
    {.name = "host",
     .kind = OZ_OPTION_STRING,
     .offset = offsetof(tcp_sink_options, host),
     .help = "the address to connect to"},
    {.name = "port",
     .kind = OZ_OPTION_INT64,
     .offset = offsetof(tcp_sink_options, port),
     .minimum = 1,
     .maximum = 65535,
     .help = "its port"},
    OZI_FRAMING_OPTION(tcp_sink_options),
    {.name = "pending_max",
     .kind = OZ_OPTION_INT64,
     .offset = offsetof(tcp_sink_options, pending_max),
     .by_default = "4194304",
     .minimum = 1,
     .maximum = 1 << 30,
     .help = "bytes that may wait for the peer before the step takes no more rows"},
    {.name = "patience",
     .kind = OZ_OPTION_DURATION,
     .offset = offsetof(tcp_sink_options, patience),
     .by_default = "0",
     .minimum = 0,
     .maximum = 1e9,
     .help = "without a connection for so long the step fails; 0: never"},
    {.name = NULL},
};

enum { COUNT_CONNECTIONS, COUNT_LOST, COUNT_BYTES };
static const oz_counter COUNTERS[] = {
    {"connections", "connections", "that came about"},
    {"lost", "connections", "that the peer or the network ended"},
    {"bytes", "bytes", "that the system has taken"},
    {NULL, NULL, NULL},
};

enum { TIMER_DIAL, TIMER_SEND };
enum { TOKEN_DIAL, TOKEN_PEER };

typedef struct tcp_sink_state {
    ozi_dial dial;
    ozi_outlet outlet; /* its file is -1 while there is no connection */
    uint32_t interest; /* what of the connection is watched */
    int64_t connected_ns;
    int64_t sent_ns; /* the step of the loop in which something was last sent */
    bool timed;      /* the rest is sent with the next step */
    bool full;       /* the last answer was WAIT */
} tcp_sink_state;

static oz_status
bind(const void *options, const oz_schema *inputs, uint32_t input_count, oz_schema *outputs,
     oz_error *error)
{
    (void)input_count;
    (void)outputs;
    return ozi_outlet_bind(((const tcp_sink_options *)options)->framing, inputs, error);
}

static oz_status
open(void *memory, oz_context *context, oz_error *error)
{
    tcp_sink_state *sink = memory;
    const tcp_sink_options *options = oz_options(context);
    sink->sent_ns = INT64_MIN;
    OZ_TRY(ozi_outlet_init(&sink->outlet, context, options->framing, error));
    sink->outlet.socket = true;
    ozi_dial_init(&sink->dial, context, options->host, options->port, options->patience, TIMER_DIAL,
                  TOKEN_DIAL);
    return ozi_dial_start(&sink->dial, context);
}

/* Whether there is room again for whatever feeds the step. */
static oz_step
answer(tcp_sink_state *sink, oz_context *context)
{
    const tcp_sink_options *options = oz_options(context);
    size_t most = (size_t)options->pending_max;
    size_t waiting = oz_bytes_size(&sink->outlet.bytes);
    sink->full = waiting > (sink->full ? most / 2 : most);
    return sink->full ? OZ_WAIT : OZ_NEED;
}

/* Reading is watched to notice that the peer has gone, writing while something waits. */
static oz_status
watch(tcp_sink_state *sink, oz_context *context)
{
    uint32_t wanted = OZ_IO_READABLE;
    if (oz_bytes_size(&sink->outlet.bytes) > 0) {
        wanted |= OZ_IO_WRITABLE;
    }
    if (wanted == sink->interest) {
        return OZ_OK;
    }
    sink->interest = wanted;
    return oz_watch(context, sink->outlet.file, wanted, TOKEN_PEER);
}

static oz_step
lost(tcp_sink_state *sink, oz_context *context)
{
    const oz_io *io = sink->outlet.io;
    oz_count(context, COUNT_LOST, 1);
    (void)!oz_watch(context, sink->outlet.file, OZ_IO_NONE, TOKEN_PEER);
    (void)io->close(io->self, sink->outlet.file);
    sink->outlet.file = -1;
    sink->interest = OZ_IO_NONE;
    ozi_outlet_rewind(&sink->outlet);
    oz_step step = ozi_dial_again(&sink->dial, context, oz_now_ns(context) - sink->connected_ns);
    return step == OZ_NEED ? answer(sink, context) : step;
}

/* Sends what the peer takes. */
static oz_step
send_now(tcp_sink_state *sink, oz_context *context)
{
    if (sink->outlet.file < 0) {
        return answer(sink, context);
    }
    int64_t before = sink->outlet.written;
    int64_t result = ozi_outlet_push(&sink->outlet);
    oz_count(context, COUNT_BYTES, sink->outlet.written - before);
    if (result < 0 && result != OZ_IO_AGAIN) {
        return lost(sink, context);
    }
    oz_status status = watch(sink, context);
    return status == OZ_OK ? answer(sink, context) : oz_failed(context, status);
}

static oz_step
on_batch(void *memory, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)input;
    tcp_sink_state *sink = memory;
    oz_step step = ozi_outlet_rows(&sink->outlet, context, batch);
    if (step != OZ_NEED || sink->timed) {
        return step == OZ_NEED ? answer(sink, context) : step;
    }
    if (sink->sent_ns != oz_now_ns(context)) {
        sink->sent_ns = oz_now_ns(context);
        return send_now(sink, context);
    }
    sink->timed = true;
    oz_status status = oz_timer_set(context, TIMER_SEND, oz_now_ns(context));
    return status == OZ_OK ? answer(sink, context) : oz_failed(context, status);
}

static oz_step
on_timer(void *memory, oz_context *context, int64_t id)
{
    tcp_sink_state *sink = memory;
    if (id == TIMER_SEND) {
        sink->timed = false;
        return send_now(sink, context);
    }
    oz_step step = ozi_dial_timer(&sink->dial, context);
    return step == OZ_NEED ? answer(sink, context) : step;
}

static oz_step
dial_ready(tcp_sink_state *sink, oz_context *context)
{
    int64_t socket;
    oz_step step = ozi_dial_ready(&sink->dial, context, &socket);
    if (step != OZ_NEED || socket < 0) {
        return step == OZ_NEED ? answer(sink, context) : step;
    }
    sink->outlet.file = socket;
    sink->connected_ns = oz_now_ns(context);
    oz_count(context, COUNT_CONNECTIONS, 1);
    return send_now(sink, context);
}

/* What the peer says is of no interest; that it says no more is. */
static oz_step
listen_to_peer(tcp_sink_state *sink, oz_context *context)
{
    char bytes[4096];
    const oz_io *io = sink->outlet.io;
    int64_t result = io->receive(io->self, sink->outlet.file, bytes, sizeof bytes);
    return result > 0 || result == OZ_IO_AGAIN ? answer(sink, context) : lost(sink, context);
}

static oz_step
on_ready(void *memory, oz_context *context, uint64_t token, uint32_t ready)
{
    tcp_sink_state *sink = memory;
    if (token == TOKEN_DIAL) {
        return dial_ready(sink, context);
    }
    oz_step step = answer(sink, context);
    if ((ready & OZ_IO_WRITABLE) != 0 && sink->outlet.file >= 0) {
        step = send_now(sink, context);
    }
    if (step != OZ_FAILED && (ready & OZ_IO_READABLE) != 0 && sink->outlet.file >= 0) {
        step = listen_to_peer(sink, context);
    }
    return step;
}

static oz_step
on_flush(void *memory, oz_context *context)
{
    return send_now(memory, context);
}

static oz_step
on_end(void *memory, oz_context *context, uint32_t input, uint32_t open_inputs)
{
    (void)input;
    tcp_sink_state *sink = memory;
    oz_step step = open_inputs > 0 ? answer(sink, context) : send_now(sink, context);
    if (step == OZ_FAILED || open_inputs > 0) {
        return step;
    }
    /* The last rows wait for the peer, and the step with them. */
    return oz_bytes_size(&sink->outlet.bytes) > 0 ? OZ_WAIT : OZ_NEED;
}

static void
close_node(void *memory, oz_context *context)
{
    (void)context;
    tcp_sink_state *sink = memory;
    const oz_io *io = sink->outlet.io;
    if (sink->outlet.file >= 0) {
        (void)ozi_outlet_push(&sink->outlet);
        (void)io->shut(io->self, sink->outlet.file);
    }
    ozi_dial_close(&sink->dial);
    ozi_outlet_close(&sink->outlet);
}

static int64_t
rows_held(const void *memory)
{
    return ozi_outlet_rows_held(&((const tcp_sink_state *)memory)->outlet);
}

static const oz_port INPUTS[] = {
    {.name = "in", .routing = OZ_ROUTE_SINGLE, .help = "rows of text"},
    {.name = NULL},
};
static const oz_port OUTPUTS[] = {{.name = "dead"}, {.name = NULL}};

const oz_operator ozi_op_tcp_sink = {
    .name = "tcp_sink",
    .summary = "Writes each row to a TCP peer, by default as a line.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(tcp_sink_options),
    .counters = COUNTERS,
    .state_size = sizeof(tcp_sink_state),
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
