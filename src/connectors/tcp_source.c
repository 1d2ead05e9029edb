/*
 * tcp_source: reads records from TCP connections, as a server or as a client.
 *
 * out      one row a record, STRING or BYTES; each batch is of one connection and carries it, so
 *          that reply can answer, and its place: "message 3 of 127.0.0.1:40112"
 * dead     records that are not text, over the limit or torn, when this port is read
 * time     what one receive gives is one batch, at once: a lone message does not wait for others
 * state    none that survives: bytes that were received and not dealt with are lost with the
 *          process. Memory: at most about twice `record_max` for each connection with an
 *          unfinished record, else nothing
 * counts   connections, refused, resets, idle, long_records, torn_records, bad_text, bytes
 *
 * A client tries again until the peer is there, and when the connection is lost; see dial.h. What a
 * peer sends never fails the source. With `sessions` it ends after so many connections.
 *
 * Example: tcp_source(host="127.0.0.1", port=7010, listen=true)
 *     a peer sends "the cat\nsat\n"  ->  "the cat", "sat"
 */
#include <errno.h>
#include <string.h>

#include "connectors/dial.h"
#include "connectors/listener.h"
#include "connectors/peers.h"

typedef struct tcp_source_options {
    const char *host;
    int64_t port;
    bool listen;
    ozi_format format;
    int64_t connections;
    int64_t idle;
    int64_t sessions;
    int64_t patience;
    int64_t chunk;
    int64_t spin;
} tcp_source_options;

static const oz_option OPTIONS[] = {
    {.name = "host",
     .kind = OZ_OPTION_STRING,
     .offset = offsetof(tcp_source_options, host),
     .help = "the address to listen on or to connect to"},
    {.name = "port",
     .kind = OZ_OPTION_INT64,
     .offset = offsetof(tcp_source_options, port),
     .minimum = 0,
     .maximum = 65535,
     .help = "its port; 0 lets the system choose one to listen on"},
    {.name = "listen",
     .kind = OZ_OPTION_BOOL,
     .offset = offsetof(tcp_source_options, listen),
     .by_default = "false",
     .help = "wait for peers instead of connecting to one"},
    OZI_FORMAT_OPTIONS(tcp_source_options, "lines", "1048576"),
    {.name = "connections",
     .kind = OZ_OPTION_INT64,
     .offset = offsetof(tcp_source_options, connections),
     .by_default = "1000",
     .minimum = 1,
     .maximum = 1000000,
     .help = "connections at a time; more are closed at once"},
    {.name = "idle",
     .kind = OZ_OPTION_DURATION,
     .offset = offsetof(tcp_source_options, idle),
     .by_default = "0",
     .minimum = 0,
     .maximum = 1e9,
     .help = "a connection without a whole record for so long is closed; 0: never"},
    {.name = "sessions",
     .kind = OZ_OPTION_INT64,
     .offset = offsetof(tcp_source_options, sessions),
     .by_default = "0",
     .minimum = 0,
     .maximum = 1e15,
     .help = "the input ends after so many connections; 0: never"},
    {.name = "patience",
     .kind = OZ_OPTION_DURATION,
     .offset = offsetof(tcp_source_options, patience),
     .by_default = "0",
     .minimum = 0,
     .maximum = 1e9,
     .help = "a client that finds no peer for so long fails; 0: never"},
    {.name = "chunk",
     .kind = OZ_OPTION_INT64,
     .offset = offsetof(tcp_source_options, chunk),
     .by_default = "65536",
     .minimum = 1,
     .maximum = 1 << 26,
     .help = "bytes that are received at once"},
    {.name = "spin",
     .kind = OZ_OPTION_DURATION,
     .offset = offsetof(tcp_source_options, spin),
     .by_default = "0",
     .minimum = 0,
     .maximum = 1e9,
     .help = "looks for more for so long before it sleeps: answers sooner, and costs a core"},
    {.name = NULL},
};

static const oz_counter COUNTERS[] = {OZI_PEERS_COUNTERS, {NULL, NULL, NULL}};

enum { TIMER_DIAL = OZI_TIMER_SWEEP + 1, TIMER_IDLE, TIMER_ACCEPT };
enum { TOKEN_OWN = 0, PORT_OUT = 0, PORT_DEAD = 1 };

typedef struct tcp_source_state {
    ozi_peers peers;
    ozi_dial dial;
    ozi_listener listener;
    int64_t begun;        /* connections that came about */
    int64_t connected_ns; /* the last of them, of a client */
    int64_t sessions;     /* the options that are asked for often */
    bool listens;
    bool opened;
    bool idle_timed;
    char name[OZ_IO_ADDRESS_MAX];
} tcp_source_state;

/* The state, at the beginning of each call. */
static tcp_source_state *
enter(void *memory, oz_context *context)
{
    tcp_source_state *source = memory;
    source->peers.context = context;
    return source;
}

static oz_status
bind(const void *options, const oz_schema *inputs, uint32_t input_count, oz_schema *outputs,
     oz_error *error)
{
    (void)inputs;
    (void)input_count;
    const tcp_source_options *given = options;
    if (given->port == 0 && !given->listen) {
        return oz_error_set(error, OZ_INVALID, "port 0 is for listening: nobody can connect to it");
    }
    return ozi_format_bind(&given->format, &outputs[PORT_OUT], error);
}

static oz_status
open(void *memory, oz_context *context, oz_error *error)
{
    tcp_source_state *source = memory;
    const tcp_source_options *options = oz_options(context);
    ozi_listener_init(&source->listener, context, TIMER_ACCEPT, TOKEN_OWN);
    source->opened = true;
    source->listens = options->listen;
    source->sessions = options->sessions;
    oz_spin(context, options->spin);
    ozi_address(source->name, options->host, options->port);
    return ozi_peers_init(&source->peers, context, &options->format, (size_t)options->chunk,
                          PORT_DEAD, error);
}

/* The address, with the port that the system chose. */
static const char *
partition_name(void *memory, uint32_t partition)
{
    (void)partition;
    return ((tcp_source_state *)memory)->name;
}

static oz_status
open_partition(void *memory, oz_context *context, uint32_t partition, int64_t position)
{
    (void)partition;
    (void)position;
    tcp_source_state *source = enter(memory, context);
    const tcp_source_options *options = oz_options(context);
    if (options->listen) {
        return ozi_listener_start(&source->listener, context, options->host, options->port,
                                  source->name);
    }
    ozi_dial_init(&source->dial, context, options->host, options->port, options->patience,
                  TIMER_DIAL, TOKEN_OWN);
    return ozi_dial_start(&source->dial, context);
}

/* ---- connections come and go ----------------------------------------------------------------- */

static bool
enough_sessions(const tcp_source_state *source)
{
    return source->sessions > 0 && source->begun >= source->sessions;
}

static oz_status
add_peer(tcp_source_state *source, oz_context *context, int64_t socket, const char *address)
{
    const tcp_source_options *options = oz_options(context);
    OZ_TRY(ozi_peers_add(&source->peers, socket, address));
    source->begun++;
    source->connected_ns = oz_now_ns(context);
    if (options->idle > 0 && !source->idle_timed) {
        source->idle_timed = true;
        return oz_timer_set(context, TIMER_IDLE, oz_now_ns(context) + options->idle);
    }
    return OZ_OK;
}

static oz_status
accept_peers(tcp_source_state *source, oz_context *context)
{
    const oz_io *io = oz_context_io(context);
    const tcp_source_options *options = oz_options(context);
    for (int i = 0; i < OZI_ACCEPT_MAX && source->listener.socket >= 0; i++) {
        char address[OZ_IO_ADDRESS_MAX];
        int64_t socket;
        OZ_TRY(ozi_listener_accept(&source->listener, context, &socket, address));
        if (socket < 0) {
            return OZ_OK;
        }
        if (source->peers.count >= options->connections) {
            ozi_peers_make_room(&source->peers);
        }
        if (source->peers.count >= options->connections) {
            (void)io->close(io->self, socket);
            oz_count(context, OZI_COUNT_REFUSED, 1);
            continue;
        }
        OZ_TRY(add_peer(source, context, socket, address));
        if (enough_sessions(source)) {
            ozi_listener_stop(&source->listener, context);
        }
    }
    return OZ_OK;
}

/* A client whose connection has ended tries again, unless it was the last one. */
static oz_step
reconnect(tcp_source_state *source, oz_context *context)
{
    if (source->listens || source->peers.reading > 0 || source->peers.ended == 0 ||
        source->peers.draining || enough_sessions(source) || source->connected_ns < 0) {
        return OZ_NEED;
    }
    int64_t lived_ns = oz_now_ns(context) - source->connected_ns;
    source->connected_ns = -1;
    return ozi_dial_again(&source->dial, context, lived_ns);
}

static oz_step
own_ready(tcp_source_state *source, oz_context *context)
{
    if (source->listens) {
        oz_status status = accept_peers(source, context);
        return status == OZ_OK ? OZ_NEED : oz_failed(context, status);
    }
    int64_t socket;
    oz_step step = ozi_dial_ready(&source->dial, context, &socket);
    if (step != OZ_NEED || socket < 0) {
        return step;
    }
    oz_status status = add_peer(source, context, socket, source->dial.name);
    return status == OZ_OK ? OZ_NEED : oz_failed(context, status);
}

static oz_step
on_ready(void *memory, oz_context *context, uint64_t token, uint32_t ready)
{
    tcp_source_state *source = enter(memory, context);
    if (token == TOKEN_OWN) {
        return own_ready(source, context);
    }
    oz_status status = ozi_peers_ready(&source->peers, token, ready);
    return status == OZ_OK ? OZ_NEED : oz_failed(context, status);
}

/* ---- timers ---------------------------------------------------------------------------------- */

static oz_status
close_idle(tcp_source_state *source, oz_context *context)
{
    int64_t idle_ns = ((const tcp_source_options *)oz_options(context))->idle;
    int64_t oldest_ns;
    OZ_TRY(ozi_peers_close_idle(&source->peers, oz_now_ns(context) - idle_ns, &oldest_ns));
    source->idle_timed = source->peers.count > 0;
    if (!source->idle_timed) {
        return OZ_OK;
    }
    /* Not for each connection by itself: once in an eighth of the time is enough. */
    int64_t soonest_ns = oz_now_ns(context) + idle_ns / 8;
    int64_t at_ns = oldest_ns == INT64_MAX ? soonest_ns : oldest_ns + idle_ns;
    return oz_timer_set(context, TIMER_IDLE, at_ns > soonest_ns ? at_ns : soonest_ns);
}

static oz_step
on_timer(void *memory, oz_context *context, int64_t id)
{
    tcp_source_state *source = enter(memory, context);
    oz_status status = OZ_OK;
    switch (id) {
    case TIMER_DIAL:
        return ozi_dial_timer(&source->dial, context);
    case TIMER_IDLE:
        status = close_idle(source, context);
        break;
    case TIMER_ACCEPT:
        status = ozi_listener_timer(&source->listener, context);
        break;
    default:
        status = ozi_peers_sweep(&source->peers);
    }
    return status == OZ_OK ? OZ_NEED : oz_failed(context, status);
}

/* ---- reading --------------------------------------------------------------------------------- */

static oz_step
poll(void *memory, oz_context *context, int64_t rows)
{
    tcp_source_state *source = enter(memory, context);
    oz_step step = ozi_peers_poll(&source->peers, rows);
    if (step == OZ_NEED) {
        step = reconnect(source, context);
    }
    if (step == OZ_NEED && enough_sessions(source) && source->peers.reading == 0) {
        return OZ_DONE;
    }
    return step;
}

static int64_t
position(void *memory, uint32_t partition)
{
    (void)memory;
    (void)partition;
    return -1; /* a socket cannot be read again */
}

/* A drain: nobody is let in any more, and what was received comes out. */
static oz_step
on_flush(void *memory, oz_context *context)
{
    tcp_source_state *source = enter(memory, context);
    if (!source->peers.draining) {
        ozi_listener_stop(&source->listener, context);
        ozi_dial_close(&source->dial);
        ozi_peers_drain(&source->peers);
    }
    return ozi_peers_poll(&source->peers, oz_batch_rows(context));
}

static void
close_node(void *memory, oz_context *context)
{
    tcp_source_state *source = enter(memory, context);
    if (source->opened) {
        ozi_listener_stop(&source->listener, context);
        ozi_dial_close(&source->dial);
        ozi_peers_close(&source->peers);
    }
}

static int64_t
rows_held(const void *memory)
{
    return ozi_peers_rows_held(&((const tcp_source_state *)memory)->peers);
}

static const oz_port OUTPUTS[] = {
    {.name = "out", .help = "one row a record"},
    {.name = "dead", .help = "records that cannot be treated"},
    {.name = NULL},
};

static const oz_source_verbs SOURCE = {
    .partition_name = partition_name,
    .open = open_partition,
    .poll = poll,
    .position = position,
};

const oz_operator ozi_op_tcp_source = {
    .name = "tcp_source",
    .summary = "Reads records from TCP connections, as a server or as a client.",
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(tcp_source_options),
    .counters = COUNTERS,
    .state_size = sizeof(tcp_source_state),
    .bind = bind,
    .open = open,
    .on_ready = on_ready,
    .on_timer = on_timer,
    .on_flush = on_flush,
    .close = close_node,
    .rows_held = rows_held,
    .source = &SOURCE,
    .guarantee = OZ_AT_MOST_ONCE,
};
