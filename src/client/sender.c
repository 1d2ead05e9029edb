/* A sender of records that are numbered and acknowledged: see ouzel/client.h. */
#include "ouzel/client.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/vec.h"
#include "codecs/sequenced.h"

enum { FRAME_BYTES = 64 * 1024, ANSWER_MAX = 4096, REFUSALS_MAX = 5 };
static const int64_t pause_min_ns = INT64_C(50000000);
static const int64_t pause_max_ns = INT64_C(2000000000);
static const int64_t try_ns = INT64_C(10000000000); /* a try that hangs is given up */
static const int64_t patience_default_ns = INT64_C(30000000000);

/* A frame that waits to be acknowledged: it ends so many bytes behind the first of `out`. */
typedef struct sent_frame {
    uint64_t last; /* the number of its last record */
    size_t end;
} sent_frame;

struct oz_sender {
    const oz_io *io;
    const oz_alloc *alloc;
    char *host;
    size_t host_size;
    uint16_t port;
    char stream[OZI_STREAM_MAX + 1];
    uint64_t session;
    int64_t patience_ns;

    int64_t poller;
    int64_t socket; /* -1: none */
    bool is_welcome;
    uint32_t interest;
    uint32_t attempt;
    int64_t lost_ns; /* since when there is no connection */
    oz_bytes in;
    oz_bytes greeting; /* the hello, on its way out */

    oz_bytes out;   /* whole frames that are not acknowledged */
    ozi_vec frames; /* sent_frame: of `out` */
    size_t sent;    /* so much of `out` has left on this connection */
    oz_bytes frame; /* the one that is being filled */
    uint64_t first; /* its first record */
    uint32_t count; /* its records; 0: there is none */
    uint64_t last;  /* was given */
    uint64_t acked;
    uint32_t window;
    bool has_ended;   /* its end has a number, too */
    int64_t pause_ns; /* before the next try, which is */
    int64_t next_try_ns;
    int64_t tries;
    int64_t last_errno; /* of the last one; 0: it came about */
    uint32_t refusals;  /* that may pass, since something was acknowledged */
    oz_error refusal;   /* the last of them, or OK */
    oz_error failure;   /* what ended it, or OK */
};

/* ---- failing --------------------------------------------------------------------------------- */

static oz_status
fail(oz_sender *sender, const oz_error *why, oz_error *error)
{
    sender->failure = *why;
    return oz_error_set(error, why->status, "%s", why->text);
}

/* What every call begins with. */
static oz_status
check(const oz_sender *sender, oz_error *error)
{
    return sender->failure.status == OZ_OK
               ? OZ_OK
               : oz_error_set(error, sender->failure.status, "%s", sender->failure.text);
}

static oz_status
no_memory(oz_sender *sender, oz_error *error)
{
    oz_error why;
    (void)oz_error_set(&why, OZ_NO_MEMORY, "out of memory");
    return fail(sender, &why, error);
}

/* ---- the connection -------------------------------------------------------------------------- */

static void
disconnect(oz_sender *sender)
{
    const oz_io *io = sender->io;
    if (sender->socket >= 0) {
        (void)io->watch(io->self, sender->poller, sender->socket, OZ_IO_NONE, 0);
        (void)io->close(io->self, sender->socket);
        sender->socket = -1;
    }
    /* Who was welcome comes back soon, who was not waits longer each time. */
    int64_t now_ns = io->now_ns(io->self);
    if (sender->is_welcome) {
        sender->lost_ns = now_ns;
    }
    if (sender->is_welcome && sender->refusals == 0) {
        sender->pause_ns = pause_min_ns;
    } else if (sender->pause_ns < pause_max_ns) {
        sender->pause_ns *= 2;
    }
    sender->next_try_ns = now_ns + sender->pause_ns;
    sender->is_welcome = false;
    sender->interest = OZ_IO_NONE;
    sender->sent = 0;
    oz_bytes_drop(&sender->in, oz_bytes_size(&sender->in));
    oz_bytes_drop(&sender->greeting, oz_bytes_size(&sender->greeting));
}

static oz_status
watch(oz_sender *sender, uint32_t interest)
{
    const oz_io *io = sender->io;
    if (interest == sender->interest) {
        return OZ_OK;
    }
    sender->interest = interest;
    return io->watch(io->self, sender->poller, sender->socket, interest, 0) < 0 ? OZ_IO : OZ_OK;
}

/* Until the socket can do it, or that time has come. */
static void
wait_until(oz_sender *sender, int64_t at_ns)
{
    const oz_io *io = sender->io;
    oz_io_event event;
    int64_t left_ns = at_ns - io->now_ns(io->self);
    (void)io->wait(io->self, sender->poller, &event, 1, left_ns < 0 ? 0 : left_ns);
}

/* Begins a connection with a hello. A negated errno. */
static int64_t
connect_once(oz_sender *sender)
{
    const oz_io *io = sender->io;
    const ozi_hello hello = {.version = OZI_SEQUENCED_VERSION,
                             .session = sender->session,
                             .stream = sender->stream,
                             .stream_size = (uint16_t)strlen(sender->stream)};
    int64_t socket = io->connect(io->self, sender->host, sender->port, sender->attempt++);
    if (socket < 0) {
        return socket;
    }
    sender->socket = socket;
    if (ozi_put_hello(&sender->greeting, &hello) != OZ_OK) {
        return -ENOMEM;
    }
    int64_t limit_ns = io->now_ns(io->self) + try_ns;
    int64_t result;
    while ((result = io->connected(io->self, socket)) == OZ_IO_AGAIN &&
           io->now_ns(io->self) < limit_ns) {
        if (watch(sender, OZ_IO_WRITABLE) != OZ_OK) {
            return -EIO;
        }
        wait_until(sender, limit_ns);
    }
    return result == OZ_IO_AGAIN ? -ETIMEDOUT : result;
}

/* ---- frames that leave, and answers ---------------------------------------------------------- */

/* Sends of `bytes` what is behind the first `*done`. A negated errno, OZ_IO_AGAIN or 0. */
static int64_t
push(oz_sender *sender, const oz_bytes *bytes, size_t *done)
{
    const oz_io *io = sender->io;
    int64_t result = 0;
    while (*done < oz_bytes_size(bytes) && result >= 0) {
        result = io->send(io->self, sender->socket, bytes->data + bytes->begin + *done,
                          oz_bytes_size(bytes) - *done);
        *done += result > 0 ? (size_t)result : 0;
    }
    return result < 0 ? result : 0;
}

static int64_t
push_all(oz_sender *sender)
{
    size_t greeted = 0;
    int64_t result = push(sender, &sender->greeting, &greeted);
    oz_bytes_drop(&sender->greeting, greeted);
    return result < 0 || !sender->is_welcome ? result : push(sender, &sender->out, &sender->sent);
}

/* Frames up to `acked` are done with. */
static void
forget(oz_sender *sender, uint64_t acked)
{
    size_t done = 0;
    size_t bytes = 0;
    sent_frame *frames = sender->frames.items;
    if (acked > sender->acked) {
        sender->acked = acked;
        sender->refusals = 0;
    }
    if (acked > sender->last) {
        sender->last = acked;
    }
    while (done < sender->frames.count && frames[done].last <= acked) {
        bytes = frames[done++].end;
    }
    if (done == 0) {
        return;
    }
    for (size_t i = done; i < sender->frames.count; i++) {
        frames[i - done] = (sent_frame){frames[i].last, frames[i].end - bytes};
    }
    sender->frames.count -= done;
    oz_bytes_drop(&sender->out, bytes);
    sender->sent = sender->sent > bytes ? sender->sent - bytes : 0;
}

/* Refused: some of it passes. */
static oz_status
refused(oz_sender *sender, ozi_frame frame, oz_error *error)
{
    uint8_t reason = 0;
    oz_error why;
    (void)ozi_take_u8(&frame, &reason);
    (void)oz_error_set(&why, OZ_REFUSED, "stream '%s' is refused by %s:%u: %.*s", sender->stream,
                       sender->host, sender->port, (int)frame.size, frame.body);
    bool is_final =
        reason == OZI_REFUSED_FENCED || reason == OZI_REFUSED_ENDED || reason == OZI_REFUSED_FULL;
    if (is_final || ++sender->refusals == REFUSALS_MAX) {
        return fail(sender, &why, error);
    }
    sender->refusal = why;
    disconnect(sender);
    return OZ_OK;
}

static oz_status
take_answer(oz_sender *sender, ozi_frame frame, oz_error *error)
{
    uint64_t number;
    if (frame.kind == OZI_FRAME_REFUSED) {
        return refused(sender, frame, error);
    }
    if (frame.kind == OZI_FRAME_WELCOME && !sender->is_welcome && ozi_take_u64(&frame, &number) &&
        ozi_take_u32(&frame, &sender->window) && frame.size == 0) {
        sender->is_welcome = true;
        sender->refusal.status = OZ_OK;
        forget(sender, number);
    } else if (frame.kind == OZI_FRAME_ACK && sender->is_welcome && ozi_take_u64(&frame, &number) &&
               frame.size == 0) {
        forget(sender, number);
    } else {
        disconnect(sender); /* it speaks something else */
    }
    return OZ_OK;
}

static oz_status
take_answers(oz_sender *sender, oz_error *error)
{
    const oz_io *io = sender->io;
    oz_bytes *in = &sender->in;
    while (sender->socket >= 0) {
        ozi_frame frame;
        size_t taken;
        size_t needed;
        oz_status status = ozi_frame_take(in->data + in->begin, oz_bytes_size(in), ANSWER_MAX,
                                          &frame, &taken, &needed);
        if (status == OZ_OK && taken > 0) {
            OZ_TRY(take_answer(sender, frame, error));
            oz_bytes_drop(in, sender->socket < 0 ? 0 : taken);
            continue;
        }
        if (status == OZ_OK && oz_bytes_reserve(in, ANSWER_MAX) != OZ_OK) {
            return no_memory(sender, error);
        }
        int64_t result = status != OZ_OK ? -EPROTO
                                         : io->receive(io->self, sender->socket, in->data + in->end,
                                                       in->capacity - in->end);
        if (result == OZ_IO_AGAIN) {
            return OZ_OK;
        }
        if (result <= 0) {
            disconnect(sender);
        } else {
            in->end += (size_t)result;
        }
    }
    return OZ_OK;
}

/* ---- steps ----------------------------------------------------------------------------------- */

/* One try, unless it is too early, or too late: then the message says what the last one met. */
static oz_status
reconnect(oz_sender *sender, int64_t at_ns, oz_error *error)
{
    const oz_io *io = sender->io;
    int64_t now_ns = io->now_ns(io->self);
    if (sender->patience_ns >= 0 && now_ns - sender->lost_ns >= sender->patience_ns &&
        sender->tries > 0) {
        oz_error why = sender->refusal;
        if (why.status == OZ_OK) {
            (void)oz_error_set(&why, OZ_IO, "stream '%s': no connection to %s:%u: %s",
                               sender->stream, sender->host, sender->port,
                               sender->last_errno != 0 ? strerror((int)sender->last_errno)
                                                       : "it ends before an answer");
        }
        return fail(sender, &why, error);
    }
    if (now_ns < sender->next_try_ns) {
        wait_until(sender, sender->next_try_ns < at_ns ? sender->next_try_ns : at_ns);
        return OZ_OK;
    }
    sender->tries++;
    int64_t result = connect_once(sender);
    sender->last_errno = result < 0 ? -result : 0;
    if (result < 0) {
        disconnect(sender);
    }
    return OZ_OK;
}

/*
 * Sends and takes what there is; waits at most until `at_ns` for something to change. It makes a
 * connection when there is none.
 */
static oz_status
step(oz_sender *sender, int64_t at_ns, oz_error *error)
{
    OZ_TRY(check(sender, error));
    if (sender->socket < 0) {
        OZ_TRY(reconnect(sender, at_ns, error));
        if (sender->socket < 0) {
            return OZ_OK;
        }
    }
    int64_t result = push_all(sender);
    uint64_t acked = sender->acked;
    bool was_welcome = sender->is_welcome;
    OZ_TRY(take_answers(sender, error)); /* also after a failure: it may have said why */
    bool is_broken = result < 0 && result != OZ_IO_AGAIN;
    uint32_t interest = OZ_IO_READABLE | (result == OZ_IO_AGAIN ? OZ_IO_WRITABLE : 0);
    if (sender->socket < 0 || sender->acked != acked || sender->is_welcome != was_welcome) {
        return OZ_OK;
    }
    if (is_broken || watch(sender, interest) != OZ_OK) {
        disconnect(sender);
        return OZ_OK;
    }
    wait_until(sender, at_ns);
    return OZ_OK;
}

/* All of `out` behind the last frame is one, and record `last` its last. There is room for it. */
static void
note_frame(oz_sender *sender)
{
    const sent_frame frame = {.last = sender->last, .end = oz_bytes_size(&sender->out)};
    (void)!ozi_vec_append(&sender->frames, &frame, 1);
}

/* The frame that is being filled is whole: it goes behind the others. */
static oz_status
seal(oz_sender *sender, oz_error *error)
{
    size_t begin;
    size_t body = sizeof(uint64_t) + sizeof(uint32_t) + oz_bytes_size(&sender->frame);
    oz_bytes *out = &sender->out;
    if (sender->count == 0) {
        return OZ_OK;
    }
    if (ozi_vec_reserve(&sender->frames, 1) != OZ_OK ||
        ozi_frame_begin(out, OZI_FRAME_RECORDS, body, &begin) != OZ_OK) {
        return no_memory(sender, error);
    }
    ozi_put_u64(out, sender->first);
    ozi_put_u32(out, sender->count);
    ozi_put_bytes(out, sender->frame.data + sender->frame.begin, oz_bytes_size(&sender->frame));
    ozi_frame_end(out, begin);
    note_frame(sender);
    oz_bytes_drop(&sender->frame, oz_bytes_size(&sender->frame));
    sender->count = 0;
    return OZ_OK;
}

/* ---- what users call ------------------------------------------------------------------------- */

static oz_status
set_up(oz_sender *sender, const oz_sender_options *options, oz_error *error)
{
    const oz_io *io = sender->io;
    size_t size = options->stream == NULL ? 0 : strlen(options->stream);
    if (size == 0 || size > OZI_STREAM_MAX) {
        return oz_error_set(error, OZ_INVALID, "the name of a stream has 1 to %d bytes, not %zu",
                            OZI_STREAM_MAX, size);
    }
    memcpy(sender->stream, options->stream, size);
    sender->host_size = strlen(options->host) + 1;
    sender->host = ozi_alloc_new(sender->alloc, sender->host_size);
    if (sender->host == NULL) {
        return oz_error_set(error, OZ_NO_MEMORY, "out of memory");
    }
    memcpy(sender->host, options->host, sender->host_size);
    sender->port = options->port;
    sender->session = options->session != 0 ? options->session : (uint64_t)io->wall_ns(io->self);
    sender->patience_ns = options->patience_ns == 0 ? patience_default_ns : options->patience_ns;
    sender->pause_ns = pause_min_ns;
    sender->lost_ns = sender->next_try_ns = io->now_ns(io->self);
    sender->poller = io->poller(io->self);
    if (sender->poller < 0) {
        return oz_error_set(error, OZ_IO, "cannot wait for sockets: %s",
                            strerror((int)-sender->poller));
    }
    while (!sender->is_welcome) {
        OZ_TRY(step(sender, io->now_ns(io->self) + try_ns, error));
    }
    return OZ_OK;
}

oz_status
oz_sender_open(const oz_sender_options *options, oz_sender **out, oz_error *error)
{
    const oz_alloc *alloc = oz_alloc_default();
    oz_sender *sender = ozi_alloc_zero(alloc, sizeof *sender);
    if (sender == NULL) {
        return oz_error_set(error, OZ_NO_MEMORY, "out of memory");
    }
    sender->io = options->io == NULL ? oz_io_system() : options->io;
    sender->alloc = alloc;
    sender->socket = sender->poller = -1;
    sender->in.alloc = sender->out.alloc = sender->frame.alloc = sender->greeting.alloc = alloc;
    ozi_vec_init(&sender->frames, alloc, sizeof(sent_frame));
    oz_status status = set_up(sender, options, error);
    if (status != OZ_OK) {
        oz_sender_close(&sender);
    }
    *out = sender;
    return status;
}

uint64_t
oz_sender_acknowledged(const oz_sender *sender)
{
    return sender->acked;
}

uint64_t
oz_sender_last(const oz_sender *sender)
{
    return sender->last;
}

static oz_status
timed_out(const oz_sender *sender, oz_error *error)
{
    return oz_error_set(error, OZ_TIMED_OUT,
                        "stream '%s': record %" PRIu64 " is not acknowledged yet, the last one is "
                        "%" PRIu64,
                        sender->stream, sender->last, sender->acked);
}

oz_status
oz_sender_room(oz_sender *sender, int64_t timeout_ns, oz_error *error)
{
    const oz_io *io = sender->io;
    int64_t begin_ns = io->now_ns(io->self);
    OZ_TRY(check(sender, error));
    while (oz_bytes_size(&sender->out) > sender->window) {
        int64_t now_ns = io->now_ns(io->self);
        if (timeout_ns >= 0 && now_ns - begin_ns >= timeout_ns) {
            return timed_out(sender, error);
        }
        OZ_TRY(step(sender, timeout_ns < 0 ? now_ns + try_ns : begin_ns + timeout_ns, error));
    }
    return OZ_OK;
}

oz_status
oz_sender_send(oz_sender *sender, const void *data, size_t size, oz_error *error)
{
    oz_bytes *frame = &sender->frame;
    if (size > OZI_FRAME_BODY_MAX - FRAME_BYTES) {
        return oz_error_set(error, OZ_INVALID, "a record of %zu bytes is too long: at most %d",
                            size, OZI_FRAME_BODY_MAX - FRAME_BYTES);
    }
    if (sender->has_ended) {
        return oz_error_set(error, OZ_CLOSED, "stream '%s' has ended", sender->stream);
    }
    OZ_TRY(oz_sender_room(sender, -1, error));
    if (oz_bytes_reserve(frame, sizeof(uint32_t) + size) != OZ_OK) {
        return no_memory(sender, error);
    }
    if (sender->count == 0) {
        sender->first = sender->last + 1;
    }
    ozi_put_u32(frame, (uint32_t)size);
    ozi_put_bytes(frame, data, size);
    sender->count++;
    sender->last++;
    return oz_bytes_size(frame) < FRAME_BYTES ? OZ_OK : oz_sender_flush(sender, error);
}

oz_status
oz_sender_flush(oz_sender *sender, oz_error *error)
{
    OZ_TRY(seal(sender, error));
    return step(sender, 0, error);
}

/* Until all up to `number` is acknowledged. */
static oz_status
wait_for(oz_sender *sender, uint64_t number, int64_t timeout_ns, oz_error *error)
{
    const oz_io *io = sender->io;
    int64_t begin_ns = io->now_ns(io->self);
    while (sender->acked < number) {
        int64_t now_ns = io->now_ns(io->self);
        if (timeout_ns >= 0 && now_ns - begin_ns >= timeout_ns) {
            return timed_out(sender, error);
        }
        OZ_TRY(step(sender, timeout_ns < 0 ? now_ns + try_ns : begin_ns + timeout_ns, error));
    }
    return OZ_OK;
}

oz_status
oz_sender_wait(oz_sender *sender, int64_t timeout_ns, oz_error *error)
{
    OZ_TRY(seal(sender, error));
    return wait_for(sender, sender->last, timeout_ns, error);
}

oz_status
oz_sender_end(oz_sender *sender, int64_t timeout_ns, oz_error *error)
{
    OZ_TRY(seal(sender, error));
    if (!sender->has_ended) {
        if (ozi_vec_reserve(&sender->frames, 1) != OZ_OK ||
            ozi_put_number(&sender->out, OZI_FRAME_END, sender->last + 1) != OZ_OK) {
            return no_memory(sender, error);
        }
        sender->has_ended = true;
        sender->last++;
        note_frame(sender);
    }
    return wait_for(sender, sender->last, timeout_ns, error);
}

void
oz_sender_close(oz_sender **handle)
{
    oz_sender *sender = *handle;
    if (sender == NULL) {
        return;
    }
    const oz_io *io = sender->io;
    if (sender->poller >= 0) {
        disconnect(sender);
        (void)io->unpoll(io->self, sender->poller);
    }
    oz_bytes_free(&sender->in);
    oz_bytes_free(&sender->out);
    oz_bytes_free(&sender->frame);
    oz_bytes_free(&sender->greeting);
    ozi_vec_free(&sender->frames);
    ozi_alloc_free(sender->alloc, sender->host, sender->host_size);
    ozi_alloc_free(sender->alloc, sender, sizeof *sender);
    *handle = NULL;
}
