/*
 * sequenced_source: records from senders that number them, each exactly once (docs/protocol.md).
 *
 * out      one row a record, BYTES, or STRING with encoding="utf-8"; a batch is of one stream, with
 *          its place: "record 3 of stream orders"
 * time     what one frame holds goes on at once
 * state    "streams": of each stream the number of its last record, its session, and whether it has
 *          ended. Memory: of each connection a frame that is not whole, at most `record_max` and
 *          64 KiB; records wait at their sender until an epoch that has them holds
 * counts   connections, refused, faults, repeated, bad_text, bytes
 *
 * A sender connects, names its stream, and is told up to which number its records are safe; it
 * sends what comes after that, and keeps it until it is acknowledged. Records that came already are
 * left out. Of two senders of one stream the one that began later has it. A frame that is damaged,
 * or no frame, ends its connection; nothing that a peer sends fails the source.
 *
 * Example: sequenced_source(host="127.0.0.1", port=7020, ends=1)
 *     a sender sends 1 "the", 2 "cat", and after a new connection 2 "cat", 3 "sat"
 *     out  "the" "cat" "sat"
 */
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "batch/rows.h"
#include "connectors/dial.h"
#include "connectors/listener.h"
#include "connectors/streams.h"

typedef struct sequenced_source_options {
    const char *host;
    int64_t port;
    int64_t encoding;
    int64_t record_max;
    int64_t streams;
    int64_t window;
    int64_t ends;
} sequenced_source_options;

enum { ENCODING_BYTES, ENCODING_UTF8 };

static const oz_option OPTIONS[] = {
    {.name = "host",
     .kind = OZ_OPTION_STRING,
     .offset = offsetof(sequenced_source_options, host),
     .by_default = "required",
     .help = "the address to listen on"},
    {.name = "port",
     .kind = OZ_OPTION_INT64,
     .offset = offsetof(sequenced_source_options, port),
     .minimum = 0,
     .maximum = 65535,
     .help = "its port; 0 lets the system choose one"},
    {.name = "encoding",
     .kind = OZ_OPTION_CHOICE,
     .offset = offsetof(sequenced_source_options, encoding),
     .by_default = "bytes",
     .choices = "bytes|utf-8",
     .help = "what records are; one that is not UTF-8 is left out, and counted"},
    {.name = "record_max",
     .kind = OZ_OPTION_INT64,
     .offset = offsetof(sequenced_source_options, record_max),
     .by_default = "1048576",
     .minimum = 1,
     .maximum = 1 << 25,
     .help = "bytes that a record may have at most; a longer one ends its connection"},
    {.name = "streams",
     .kind = OZ_OPTION_INT64,
     .offset = offsetof(sequenced_source_options, streams),
     .by_default = "1000",
     .minimum = 1,
     .maximum = 1000000,
     .help = "streams that may ever be; senders of more are refused"},
    {.name = "window",
     .kind = OZ_OPTION_INT64,
     .offset = offsetof(sequenced_source_options, window),
     .by_default = "16777216",
     .minimum = 65536,
     .maximum = 1 << 30,
     .help = "bytes that a sender may send beyond what was acknowledged; at half of it an epoch is "
             "asked for"},
    {.name = "ends",
     .kind = OZ_OPTION_INT64,
     .offset = offsetof(sequenced_source_options, ends),
     .by_default = "0",
     .minimum = 0,
     .maximum = 1e9,
     .help = "the input ends when so many streams have; 0: never"},
    {.name = NULL},
};

static const oz_table_decl TABLES[] = {OZI_STREAMS_TABLE, {.name = NULL}};

enum { COUNT_CONNECTIONS, COUNT_REFUSED, COUNT_FAULTS, COUNT_REPEATED, COUNT_TEXT, COUNT_BYTES };
static const oz_counter COUNTERS[] = {
    {"connections", "connections", "that came about"},
    {"refused", "connections", "that were told why, and closed"},
    {"faults", "connections", "that ended with damaged bytes, or half a frame for ten seconds"},
    {"repeated", "records", "that came again, and were left out"},
    {"bad_text", "records", "left out because they are not text"},
    {"bytes", "bytes", "received"},
    {NULL, NULL, NULL},
};

enum { TIMER_STALLED, TIMER_ACCEPT, TOKEN_LISTENER = 0, OPEN_MORE = 64 };
enum { CHUNK_BYTES = 64 * 1024, ANSWERS_MAX = 64 * 1024 };
static const int64_t stalled_ns = INT64_C(10000000000);

typedef struct connection connection;
struct connection {
    uint64_t id; /* the token: counts up from 1 */
    int64_t socket;
    int64_t heard_ns;   /* when it was accepted, or last sent something */
    ozi_stream *stream; /* NULL: it has not said hello */
    oz_bytes in;        /* received, from the frame that is next */
    oz_bytes out;       /* answers */
    bool may_read;
    bool is_closing; /* nothing more is read */
    bool is_refused; /* and was told why */
    uint32_t interest;

    /* A frame of records that is being emitted: it lies at the front of `in`. */
    size_t frame_size; /* 0: there is none */
    ozi_frame rest;
    uint32_t left;   /* records in it */
    uint64_t number; /* of the next of them */
};

typedef struct sequenced_source_state {
    const oz_io *io;
    const oz_alloc *alloc;
    ozi_listener listener;
    char address[OZ_IO_ADDRESS_MAX];
    ozi_streams streams;
    ozi_vec connections; /* connection * */
    size_t turn;         /* whose turn it is to be read */
    uint64_t next_id;
    bool is_draining;
    bool is_timed;
} sequenced_source_state;

/* ---- connections ----------------------------------------------------------------------------- */

static connection *
connection_at(const sequenced_source_state *source, size_t index)
{
    return *(connection **)ozi_vec_at(&source->connections, index);
}

static void
close_connection(sequenced_source_state *source, oz_context *context, size_t index)
{
    connection *peer = connection_at(source, index);
    if (peer->stream != NULL && peer->stream->sender == peer) {
        peer->stream->sender = NULL;
    }
    (void)!oz_watch(context, peer->socket, OZ_IO_NONE, peer->id);
    if (peer->is_refused) {
        ozi_hang_up(source->io, peer->socket);
    }
    (void)source->io->close(source->io->self, peer->socket);
    oz_bytes_free(&peer->in);
    oz_bytes_free(&peer->out);
    ozi_alloc_free(source->alloc, peer, sizeof *peer);
    ozi_vec_remove(&source->connections, index);
}

/* Sends what the peer takes. False: the connection is lost. */
static bool
send_answers(sequenced_source_state *source, oz_context *context, connection *peer)
{
    oz_bytes *out = &peer->out;
    int64_t result = 1;
    while (oz_bytes_size(out) > 0 && result > 0) {
        result = source->io->send(source->io->self, peer->socket, out->data + out->begin,
                                  oz_bytes_size(out));
        oz_bytes_drop(out, result > 0 ? (size_t)result : 0);
    }
    uint32_t interest = OZ_IO_READABLE | (oz_bytes_size(out) > 0 ? OZ_IO_WRITABLE : 0);
    if (result < 0 && result != OZ_IO_AGAIN) {
        return false;
    }
    if (interest != peer->interest) {
        peer->interest = interest;
        return oz_watch(context, peer->socket, interest, peer->id) == OZ_OK;
    }
    return true;
}

/* Tells the sender up to where its records are safe, unless it takes no answers. */
static oz_status
acknowledge_stream(sequenced_source_state *source, oz_context *context, ozi_stream *of)
{
    connection *peer = of->sender;
    if (peer == NULL || peer->is_closing || oz_bytes_size(&peer->out) > ANSWERS_MAX) {
        return OZ_OK;
    }
    OZ_TRY(ozi_put_number(&peer->out, OZI_FRAME_ACK, of->acked));
    peer->is_closing |= !send_answers(source, context, peer);
    return OZ_OK;
}

static oz_status
refuse(sequenced_source_state *source, oz_context *context, connection *peer, ozi_refusal reason,
       const char *text)
{
    oz_count(context, COUNT_REFUSED, 1);
    OZ_TRY(ozi_put_refused(&peer->out, reason, text));
    (void)send_answers(source, context, peer);
    peer->is_closing = peer->is_refused = true;
    return OZ_OK;
}

static oz_status
add_connection(sequenced_source_state *source, oz_context *context, int64_t socket)
{
    connection *peer = ozi_alloc_zero(source->alloc, sizeof *peer);
    if (peer == NULL || ozi_vec_append(&source->connections, &peer, 1) != OZ_OK) {
        ozi_alloc_free(source->alloc, peer, sizeof *peer);
        (void)source->io->close(source->io->self, socket);
        return OZ_NO_MEMORY;
    }
    peer->id = ++source->next_id;
    peer->socket = socket;
    peer->heard_ns = oz_now_ns(context);
    peer->in.alloc = peer->out.alloc = source->alloc;
    peer->may_read = true;
    peer->interest = OZ_IO_READABLE;
    oz_count(context, COUNT_CONNECTIONS, 1);
    OZ_TRY(oz_watch(context, socket, OZ_IO_READABLE, peer->id));
    if (!source->is_timed) {
        source->is_timed = true;
        return oz_timer_set(context, TIMER_STALLED, oz_now_ns(context) + stalled_ns);
    }
    return OZ_OK;
}

/* So many that each stream has a sender, and some that have not said who they are. */
static oz_status
accept_senders(sequenced_source_state *source, oz_context *context)
{
    const sequenced_source_options *options = oz_options(context);
    for (int i = 0; i < OZI_ACCEPT_MAX && source->listener.socket >= 0; i++) {
        char address[OZ_IO_ADDRESS_MAX];
        int64_t socket;
        OZ_TRY(ozi_listener_accept(&source->listener, context, &socket, address));
        if (socket < 0) {
            return OZ_OK;
        }
        if ((int64_t)source->connections.count >= options->streams + OPEN_MORE) {
            oz_count(context, COUNT_REFUSED, 1);
            (void)source->io->close(source->io->self, socket);
            continue;
        }
        OZ_TRY(add_connection(source, context, socket));
    }
    return OZ_OK;
}

/* ---- frames ---------------------------------------------------------------------------------- */

static oz_status
welcome(sequenced_source_state *source, oz_context *context, connection *peer, ozi_stream *of,
        uint64_t session)
{
    const sequenced_source_options *options = oz_options(context);
    if (of->sender != NULL) {
        connection *other = of->sender;
        of->sender = NULL;
        other->stream = NULL;
        if (session > of->session) {
            OZ_TRY(refuse(source, context, other, OZI_REFUSED_FENCED,
                          "a sender that began later has this stream now"));
        }
        other->is_closing = true;
    }
    if (session != of->session) {
        of->session = session;
        OZ_TRY(ozi_stream_save(context, of));
    }
    of->sender = peer;
    peer->stream = of;
    OZ_TRY(ozi_put_welcome(&peer->out, of->acked, (uint32_t)options->window));
    peer->is_closing |= !send_answers(source, context, peer);
    return OZ_OK;
}

static oz_status
say_hello(sequenced_source_state *source, oz_context *context, connection *peer,
          const ozi_hello *hello)
{
    const sequenced_source_options *options = oz_options(context);
    if (hello->version != OZI_SEQUENCED_VERSION ||
        memchr(hello->stream, 0, hello->stream_size) != NULL) {
        return refuse(source, context, peer, OZI_REFUSED_PROTOCOL,
                      "this side speaks version 1, and names of streams have no NUL");
    }
    ozi_stream *of = ozi_stream_find(&source->streams, hello->stream, hello->stream_size);
    if (of != NULL && hello->session < of->session) {
        return refuse(source, context, peer, OZI_REFUSED_FENCED,
                      "a sender that began later has this stream now");
    }
    if (of == NULL && (int64_t)source->streams.list.count >= options->streams) {
        return refuse(source, context, peer, OZI_REFUSED_FULL,
                      "there are as many streams as there may be (option \"streams\")");
    }
    if (of == NULL) {
        of = ozi_stream_add(&source->streams, hello->stream, hello->stream_size);
    }
    return of == NULL ? OZ_NO_MEMORY : welcome(source, context, peer, of, hello->session);
}

/* Records: they are looked at by emit_records(); here is whether they fit to what was there. */
static oz_status
begin_records(sequenced_source_state *source, oz_context *context, connection *peer,
              ozi_frame frame, size_t size)
{
    uint64_t first;
    uint32_t count;
    if (!ozi_take_u64(&frame, &first) || !ozi_take_u32(&frame, &count) || first == 0) {
        return refuse(source, context, peer, OZI_REFUSED_PROTOCOL,
                      "a frame of records without head");
    }
    if (first > peer->stream->last + 1) {
        return refuse(source, context, peer, OZI_REFUSED_GAP, "records before these are missing");
    }
    if (peer->stream->has_ended && first + count > peer->stream->last + 1) {
        return refuse(source, context, peer, OZI_REFUSED_ENDED, "the stream has ended");
    }
    peer->frame_size = size;
    peer->rest = frame;
    peer->left = count;
    peer->number = first;
    peer->stream->unacked += size;
    return OZ_OK;
}

/* The end of a stream has a number, as a record has, and is acknowledged like one. */
static oz_status
end_stream(sequenced_source_state *source, oz_context *context, connection *peer, ozi_frame frame)
{
    uint64_t number;
    ozi_stream *of = peer->stream;
    if (!ozi_take_u64(&frame, &number) || frame.size != 0 || number > of->last + 1) {
        return refuse(source, context, peer, OZI_REFUSED_GAP, "records before the end are missing");
    }
    if (of->has_ended || number <= of->last) {
        return acknowledge_stream(source, context, of);
    }
    of->has_ended = true;
    source->streams.ended++;
    OZ_TRY(ozi_stream_move_on(&source->streams, context, of, number));
    if (oz_has_epochs(context)) {
        oz_ask_checkpoint(context);
        return OZ_OK;
    }
    of->acked = of->last;
    return acknowledge_stream(source, context, of);
}

static oz_status
take_frame(sequenced_source_state *source, oz_context *context, connection *peer,
           const ozi_frame *frame, size_t size)
{
    ozi_hello hello;
    if (peer->stream == NULL && ozi_take_hello(*frame, &hello)) {
        return say_hello(source, context, peer, &hello);
    }
    if (peer->stream != NULL && frame->kind == OZI_FRAME_RECORDS) {
        return begin_records(source, context, peer, *frame, size);
    }
    if (peer->stream != NULL && frame->kind == OZI_FRAME_END) {
        return end_stream(source, context, peer, *frame);
    }
    oz_count(context, COUNT_FAULTS, 1);
    return refuse(source, context, peer, OZI_REFUSED_PROTOCOL,
                  "a frame that is not one of a sender, or not its turn");
}

/* ---- records --------------------------------------------------------------------------------- */

/* The next record of the frame. False: it is none. */
static bool
next_record(connection *peer, const char **data, uint32_t *size)
{
    return ozi_take_u32(&peer->rest, size) && ozi_take_bytes(&peer->rest, *size, data);
}

/* Builds at most `rows` rows; records that came before, or are no text, are left out. */
static oz_status
build(oz_context *context, connection *peer, int64_t rows, oz_builder *builder, int64_t *positions)
{
    const sequenced_source_options *options = oz_options(context);
    bool is_text = options->encoding == ENCODING_UTF8;
    while (oz_builder_length(builder) < rows && peer->left > 0) {
        const char *data;
        uint32_t size;
        if (!next_record(peer, &data, &size)) {
            return OZ_CORRUPT;
        }
        uint64_t number = peer->number++;
        peer->left--;
        if (number <= peer->stream->last) {
            oz_count(context, COUNT_REPEATED, 1);
        } else if (is_text && ozi_utf8_check(data, size, NULL) < size) {
            oz_count(context, COUNT_TEXT, 1);
        } else {
            positions[oz_builder_length(builder)] = (int64_t)number;
            OZ_TRY(oz_builder_append_string(builder, data, size));
        }
    }
    return OZ_OK;
}

static oz_step
emit_built(oz_context *context, const ozi_stream *of, oz_builder *builder, const int64_t *numbers)
{
    const oz_alloc *alloc = oz_context_alloc(context);
    const oz_column *column = NULL;
    const oz_batch *batch = NULL;
    oz_rows *rows = NULL;
    int64_t count = oz_builder_length(builder);
    oz_status status = oz_builder_finish(builder, &column);
    if (status == OZ_OK) {
        status = ozi_rows_derive(alloc, NULL, count, OZI_ROWS_POSITIONS, &rows);
    }
    if (status == OZ_OK) {
        memcpy(ozi_rows_positions(rows), numbers, (size_t)count * sizeof *numbers);
        ozi_rows_set_origin(rows, of->origin);
        status = oz_batch_new(alloc, &column, NULL, 1, rows, &batch);
    }
    oz_column_release(&column);
    const oz_rows *held = rows;
    oz_rows_release(&held);
    oz_step step = status == OZ_OK ? oz_emit(context, 0, batch) : oz_failed(context, status);
    oz_batch_release(&batch);
    return step;
}

static oz_status
end_frame(sequenced_source_state *source, oz_context *context, connection *peer)
{
    const sequenced_source_options *options = oz_options(context);
    ozi_stream *of = peer->stream;
    oz_bytes_drop(&peer->in, peer->frame_size);
    peer->frame_size = 0;
    if (!oz_has_epochs(context)) {
        of->acked = of->last;
        of->unacked = 0;
        return acknowledge_stream(source, context, of);
    }
    if (of->unacked >= (size_t)options->window / 2) {
        of->unacked = 0;
        oz_ask_checkpoint(context);
    }
    return OZ_OK;
}

/* A batch out of the frame that is being emitted. */
static oz_step
emit_records(sequenced_source_state *source, oz_context *context, connection *peer, int64_t rows)
{
    enum { ROWS_MAX = 4096 };
    int64_t numbers[ROWS_MAX];
    const sequenced_source_options *options = oz_options(context);
    ozi_stream *of = peer->stream;
    oz_type type = options->encoding == ENCODING_UTF8 ? OZ_STRING : OZ_BYTES;
    int64_t most = rows < oz_batch_rows(context) ? rows : oz_batch_rows(context);
    oz_builder *builder = oz_builder_new(source->alloc, type, NULL);
    if (builder == NULL) {
        return oz_failed(context, OZ_NO_MEMORY);
    }
    oz_status status = build(context, peer, most < ROWS_MAX ? most : ROWS_MAX, builder, numbers);
    oz_step step = OZ_MORE;
    if (status == OZ_CORRUPT) {
        /* A checksum that matches, around what is no record: those before it stay. */
        peer->left = 0;
        oz_count(context, COUNT_FAULTS, 1);
        status = refuse(source, context, peer, OZI_REFUSED_PROTOCOL, "a record that is cut");
    }
    if (status == OZ_OK && peer->number - 1 > of->last) {
        status = ozi_stream_move_on(&source->streams, context, of, peer->number - 1);
    }
    if (status == OZ_OK && oz_builder_length(builder) > 0) {
        step = emit_built(context, of, builder, numbers);
        step = step == OZ_NEED || step == OZ_WAIT ? OZ_MORE : step;
    }
    oz_builder_free(&builder);
    if (status == OZ_OK && step != OZ_FAILED && peer->left == 0) {
        status = end_frame(source, context, peer);
    }
    return status == OZ_OK ? step : oz_failed(context, status);
}

/* ---- reading --------------------------------------------------------------------------------- */

/* Receives once. False: there is nothing now, or the connection has ended. */
static bool
receive(sequenced_source_state *source, oz_context *context, connection *peer, size_t more)
{
    oz_bytes *in = &peer->in;
    if (oz_bytes_reserve(in, more > CHUNK_BYTES ? more : CHUNK_BYTES) != OZ_OK) {
        peer->is_closing = true;
        return false;
    }
    int64_t result = source->io->receive(source->io->self, peer->socket, in->data + in->end,
                                         in->capacity - in->end);
    if (result <= 0) {
        peer->may_read = false;
        peer->is_closing |= result != OZ_IO_AGAIN;
        return false;
    }
    in->end += (size_t)result;
    peer->heard_ns = oz_now_ns(context);
    oz_count(context, COUNT_BYTES, result);
    return true;
}

/* One connection: until it has a frame of records, has nothing, or is to be closed. */
static oz_status
read_connection(sequenced_source_state *source, oz_context *context, connection *peer)
{
    const sequenced_source_options *options = oz_options(context);
    size_t body_max = (size_t)options->record_max + CHUNK_BYTES + 16;
    while (!peer->is_closing && peer->frame_size == 0) {
        ozi_frame frame;
        size_t taken;
        size_t needed;
        size_t size = oz_bytes_size(&peer->in);
        if (ozi_frame_take(peer->in.data + peer->in.begin, size, body_max, &frame, &taken,
                           &needed) != OZ_OK) {
            oz_count(context, COUNT_FAULTS, 1);
            return refuse(source, context, peer, OZI_REFUSED_PROTOCOL,
                          "no frame, a damaged one, or one that is too long");
        }
        if (taken == 0) {
            if (!peer->may_read || !receive(source, context, peer, needed - size)) {
                return OZ_OK;
            }
            continue;
        }
        OZ_TRY(take_frame(source, context, peer, &frame, taken));
        if (peer->frame_size == 0) {
            oz_bytes_drop(&peer->in, taken);
        }
    }
    return OZ_OK;
}

static bool
has_ended(const sequenced_source_state *source, oz_context *context)
{
    const sequenced_source_options *options = oz_options(context);
    return options->ends > 0 && source->streams.ended >= options->ends;
}

static oz_step
poll(void *memory, oz_context *context, int64_t rows)
{
    sequenced_source_state *source = memory;
    if (source->is_draining) {
        return OZ_NEED;
    }
    for (size_t i = source->connections.count; i > 0; i--) {
        source->turn = source->turn == 0 || source->turn > source->connections.count
                           ? source->connections.count - 1
                           : source->turn - 1;
        size_t index = source->turn;
        connection *peer = connection_at(source, index);
        oz_status status = read_connection(source, context, peer);
        if (status != OZ_OK) {
            return oz_failed(context, status);
        }
        if (peer->frame_size > 0 && !peer->is_closing) {
            return emit_records(source, context, peer, rows);
        }
        if (peer->is_closing) {
            close_connection(source, context, index);
        }
    }
    return has_ended(source, context) ? OZ_DONE : OZ_NEED;
}

/* ---- what the engine asks -------------------------------------------------------------------- */

static oz_status
bind(const void *options, const oz_schema *inputs, uint32_t input_count, oz_schema *outputs,
     oz_error *error)
{
    (void)inputs;
    (void)input_count;
    (void)error;
    const sequenced_source_options *given = options;
    outputs[0] = (oz_schema){.column_count = 1,
                             .types = {given->encoding == ENCODING_UTF8 ? OZ_STRING : OZ_BYTES}};
    return OZ_OK;
}

static oz_status
open(void *memory, oz_context *context, oz_error *error)
{
    sequenced_source_state *source = memory;
    const sequenced_source_options *options = oz_options(context);
    source->io = oz_context_io(context);
    source->alloc = oz_context_alloc(context);
    ozi_listener_init(&source->listener, context, TIMER_ACCEPT, TOKEN_LISTENER);
    ozi_vec_init(&source->connections, source->alloc, sizeof(connection *));
    ozi_address(source->address, options->host, options->port);
    oz_status status = ozi_streams_init(&source->streams, context);
    return status == OZ_OK          ? OZ_OK
           : status == OZ_NO_MEMORY ? oz_error_set(error, status, "out of memory")
                                    : oz_error_set(error, status, "its table is not its own");
}

static const char *
partition_name(void *memory, uint32_t partition)
{
    (void)partition;
    return ((sequenced_source_state *)memory)->address;
}

static oz_status
open_partition(void *memory, oz_context *context, uint32_t partition, int64_t position)
{
    (void)partition;
    sequenced_source_state *source = memory;
    const sequenced_source_options *options = oz_options(context);
    source->streams.emitted = source->streams.asked = position < 0 ? 0 : position;
    return ozi_listener_start(&source->listener, context, options->host, options->port,
                              source->address);
}

static oz_step
on_ready(void *memory, oz_context *context, uint64_t token, uint32_t ready)
{
    sequenced_source_state *source = memory;
    if (token == TOKEN_LISTENER) {
        oz_status status = accept_senders(source, context);
        return status == OZ_OK ? OZ_NEED : oz_failed(context, status);
    }
    for (size_t i = 0; i < source->connections.count; i++) {
        connection *peer = connection_at(source, i);
        if (peer->id == token) {
            peer->may_read |= (ready & OZ_IO_READABLE) != 0;
            peer->is_closing |=
                (ready & OZ_IO_WRITABLE) != 0 && !send_answers(source, context, peer);
        }
    }
    return OZ_NEED;
}

/* Half a frame, or none to begin with, and nothing more for ten seconds. */
static bool
is_stalled(const connection *peer, int64_t now_ns)
{
    bool is_waited_for =
        peer->stream == NULL || (peer->frame_size == 0 && oz_bytes_size(&peer->in) > 0);
    return is_waited_for && peer->heard_ns + stalled_ns <= now_ns;
}

static oz_status
close_stalled(sequenced_source_state *source, oz_context *context)
{
    for (size_t i = source->connections.count; i > 0; i--) {
        if (is_stalled(connection_at(source, i - 1), oz_now_ns(context))) {
            oz_count(context, COUNT_FAULTS, 1);
            close_connection(source, context, i - 1);
        }
    }
    source->is_timed = source->connections.count > 0;
    return source->is_timed
               ? oz_timer_set(context, TIMER_STALLED, oz_now_ns(context) + stalled_ns / 2)
               : OZ_OK;
}

static oz_step
on_timer(void *memory, oz_context *context, int64_t id)
{
    sequenced_source_state *source = memory;
    oz_status status = id == TIMER_ACCEPT ? ozi_listener_timer(&source->listener, context)
                                          : close_stalled(source, context);
    return status == OZ_OK ? OZ_NEED : oz_failed(context, status);
}

static int64_t
position(void *memory, uint32_t partition)
{
    (void)partition;
    sequenced_source_state *source = memory;
    source->streams.asked = source->streams.emitted;
    return source->streams.emitted;
}

/* An epoch holds that has all records up to `safe`: what each stream had then is acknowledged. */
static oz_status
acknowledge(void *memory, oz_context *context, uint32_t partition, int64_t safe)
{
    (void)partition;
    sequenced_source_state *source = memory;
    for (size_t i = 0; i < source->streams.list.count; i++) {
        ozi_stream *of = ozi_stream_at(&source->streams, i);
        if (ozi_stream_is_safe(of, safe) && acknowledge_stream(source, context, of) != OZ_OK) {
            return oz_error_set(oz_context_error(context), OZ_NO_MEMORY, "out of memory");
        }
    }
    return OZ_OK;
}

/* A drain: what has not come out is not acknowledged, and is sent again to the next life. */
static oz_step
on_flush(void *memory, oz_context *context)
{
    sequenced_source_state *source = memory;
    source->is_draining = true;
    ozi_listener_stop(&source->listener, context);
    return OZ_NEED;
}

static void
close_node(void *memory, oz_context *context)
{
    sequenced_source_state *source = memory;
    if (source->io == NULL) {
        return; /* it was never opened */
    }
    while (source->connections.count > 0) {
        close_connection(source, context, source->connections.count - 1);
    }
    ozi_vec_free(&source->connections);
    ozi_streams_free(&source->streams);
    ozi_listener_stop(&source->listener, context);
}

static const oz_port OUTPUTS[] = {{.name = "out", .help = "one row a record"}, {.name = NULL}};

static const oz_source_verbs SOURCE = {
    .partition_name = partition_name,
    .open = open_partition,
    .poll = poll,
    .position = position,
    .acknowledge = acknowledge,
};

const oz_operator ozi_op_sequenced_source = {
    .name = "sequenced_source",
    .summary = "Records from senders that number them, each exactly once.",
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(sequenced_source_options),
    .tables = TABLES,
    .counters = COUNTERS,
    .state_version = 1,
    .state_size = sizeof(sequenced_source_state),
    .bind = bind,
    .open = open,
    .on_ready = on_ready,
    .on_timer = on_timer,
    .on_flush = on_flush,
    .close = close_node,
    .source = &SOURCE,
    .guarantee = OZ_EXACTLY_ONCE,
};
