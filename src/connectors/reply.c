/*
 * reply: answers each row on the connection that it came from.
 *
 * in       one column of STRING, BYTES, or OBJECT that is text or bytes, of rows that came over a
 *          connection (tcp_source); steps in between keep where a row came from
 * dead     rows that cannot be written, under the policy dead_letter
 * time     an answer is sent as soon as it comes; several batches in one step of the loop share a
 *          call. Watermarks end here.
 * state    none; at most `pending_max` bytes wait for a peer that takes them too slowly, and a peer
 *          behind which more would wait is disconnected. While answers wait, nothing more is read
 *          from that peer.
 * counts   answers without a connection (the peer had gone, or the row never had one), and peers
 *          that were too slow
 *
 * Example: tcp_source(listen) -> map(str.upper) -> reply
 *     a peer sends "hello\n" and reads "HELLO\n"
 */
#include <string.h>

#include "connectors/connections.h"

typedef struct reply_options {
    const char *framing;
    int64_t pending_max;
} reply_options;

static const oz_option OPTIONS[] = {
    {.name = "framing",
     .kind = OZ_OPTION_STRING,
     .offset = offsetof(reply_options, framing),
     .by_default = "auto",
     .help = "how answers are told apart; auto: like what came over the connection"},
    {.name = "pending_max",
     .kind = OZ_OPTION_INT64,
     .offset = offsetof(reply_options, pending_max),
     .by_default = "16777216",
     .minimum = 1,
     .maximum = 1 << 30,
     .help = "bytes that may wait for one peer before it is disconnected"},
    {.name = NULL},
};

enum { COUNT_GONE, COUNT_SLOW };
static const oz_counter COUNTERS[] = {
    {"gone", "rows", "answers whose connection was closed, or that had none"},
    {"slow_peers", "peers", "disconnected because they did not take their answers"},
    {NULL, NULL, NULL},
};

enum { TIMER_SEND, TIMER_END };
#define END_PAUSE_NS INT64_C(5000000)

typedef struct reply_state {
    ozi_connections *registry;
    const oz_codec *codec; /* NULL: that of the connection */
} reply_state;

static oz_status
bind(const void *memory, const oz_schema *inputs, uint32_t input_count, oz_schema *outputs,
     oz_error *error)
{
    (void)input_count;
    (void)outputs;
    const reply_options *options = memory;
    bool same = strcmp(options->framing, "auto") == 0;
    return ozi_outlet_bind(same ? "lines" : options->framing, inputs, error);
}

static oz_status
open(void *memory, oz_context *context, oz_error *error)
{
    (void)error;
    reply_state *reply = memory;
    reply->codec = oz_codec_find(((const reply_options *)oz_options(context))->framing);
    reply->registry = ozi_connections_of(context);
    if (reply->registry == NULL) {
        return OZ_NO_MEMORY;
    }
    reply->registry->repliers++;
    return OZ_OK;
}

/* Sends now the first time in a step of the loop, and what else comes in it with the next step. */
static oz_status
send_soon(reply_state *reply, oz_context *context, ozi_connection *connection)
{
    if (connection->dirty) {
        return OZ_OK;
    }
    if (connection->sent_ns != oz_now_ns(context)) {
        connection->sent_ns = oz_now_ns(context);
        return ozi_connection_send(connection);
    }
    connection->dirty = true;
    connection->next_dirty = reply->registry->dirty;
    reply->registry->dirty = connection;
    return oz_timer_set(context, TIMER_SEND, oz_now_ns(context));
}

static oz_status
after_rows(reply_state *reply, oz_context *context, ozi_connection *connection)
{
    const reply_options *options = oz_options(context);
    OZ_TRY(send_soon(reply, context, connection));
    size_t waiting = oz_bytes_size(&connection->outlet.bytes);
    if (waiting > (size_t)options->pending_max) {
        /* What waits may only wait for its turn: ask the peer first. */
        OZ_TRY(ozi_connection_send(connection));
        waiting = oz_bytes_size(&connection->outlet.bytes);
    }
    if (waiting > (size_t)options->pending_max) {
        oz_count(context, COUNT_SLOW, 1);
        return ozi_connection_break(connection);
    }
    if (waiting > OZI_HOLD_BYTES && !connection->held) {
        connection->held = true;
        return ozi_connection_watch(connection);
    }
    return OZ_OK;
}

static oz_step
on_batch(void *memory, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)input;
    reply_state *reply = memory;
    const oz_origin *origin = batch->rows == NULL ? NULL : batch->rows->origin;
    ozi_connection *connection =
        origin == NULL ? NULL : ozi_connection_find(reply->registry, origin->connection);
    if (connection == NULL || connection->broken) {
        oz_count(context, COUNT_GONE, batch->row_count);
        return OZ_NEED;
    }
    connection->outlet.codec = reply->codec != NULL ? reply->codec : connection->codec;
    oz_step step = ozi_outlet_rows(&connection->outlet, context, batch);
    if (step != OZ_NEED) {
        return step;
    }
    oz_status status = after_rows(reply, context, connection);
    return status == OZ_OK ? OZ_NEED : oz_failed(context, status);
}

static oz_status
send_dirty(reply_state *reply)
{
    while (reply->registry->dirty != NULL) {
        ozi_connection *connection = reply->registry->dirty;
        reply->registry->dirty = connection->next_dirty;
        connection->dirty = false;
        OZ_TRY(ozi_connection_send(connection));
    }
    return OZ_OK;
}

/* The sources may have ended before the peers took their answers: nobody else sends them now. */
static oz_status
send_all(reply_state *reply, size_t *left)
{
    *left = 0;
    OZ_TRY(send_dirty(reply));
    for (uint32_t i = 0; i < reply->registry->slot_count; i++) {
        ozi_connection *connection = reply->registry->slots[i];
        if (connection != NULL && oz_bytes_size(&connection->outlet.bytes) > 0) {
            OZ_TRY(ozi_connection_send(connection));
            *left += oz_bytes_size(&connection->outlet.bytes);
        }
    }
    return OZ_OK;
}

static oz_step
on_end(void *memory, oz_context *context, uint32_t input, uint32_t open_inputs)
{
    (void)input;
    size_t left = 0;
    oz_status status = open_inputs > 0 ? OZ_OK : send_all(memory, &left);
    if (status == OZ_OK && left > 0) {
        status = oz_timer_set(context, TIMER_END, oz_now_ns(context) + END_PAUSE_NS);
    }
    if (status != OZ_OK) {
        return oz_failed(context, status);
    }
    return left > 0 ? OZ_WAIT : OZ_NEED;
}

static oz_step
on_timer(void *memory, oz_context *context, int64_t id)
{
    if (id == TIMER_END) {
        return on_end(memory, context, 0, 0);
    }
    oz_status status = send_dirty(memory);
    return status == OZ_OK ? OZ_NEED : oz_failed(context, status);
}

static oz_step
on_flush(void *memory, oz_context *context)
{
    oz_status status = send_dirty(memory);
    return status == OZ_OK ? OZ_NEED : oz_failed(context, status);
}

static void
close_node(void *memory, oz_context *context)
{
    (void)context;
    reply_state *reply = memory;
    if (reply->registry != NULL) {
        (void)!send_dirty(reply);
        reply->registry->repliers--;
    }
}

static int64_t
rows_held(const void *memory)
{
    const reply_state *reply = memory;
    int64_t rows = 0;
    for (uint32_t i = 0; reply->registry != NULL && i < reply->registry->slot_count; i++) {
        const ozi_connection *connection = reply->registry->slots[i];
        rows += connection == NULL ? 0 : ozi_outlet_rows_held(&connection->outlet);
    }
    return rows;
}

static const oz_port INPUTS[] = {
    {.name = "in", .routing = OZ_ROUTE_SOURCE, .help = "answers, as text"},
    {.name = NULL},
};
static const oz_port OUTPUTS[] = {{.name = "dead"}, {.name = NULL}};

const oz_operator ozi_op_reply = {
    .name = "reply",
    .summary = "Answers each row on the connection that it came from.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(reply_options),
    .counters = COUNTERS,
    .state_size = sizeof(reply_state),
    .holds = true,
    .bind = bind,
    .open = open,
    .on_batch = on_batch,
    .on_timer = on_timer,
    .on_flush = on_flush,
    .on_end = on_end,
    .close = close_node,
    .rows_held = rows_held,
    .guarantee = OZ_AT_MOST_ONCE,
};
