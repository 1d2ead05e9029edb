/*
 * A sender: gives records to a sequenced_source of an engine, each exactly once (docs/protocol.md).
 *
 *     oz_sender_options options = {.host = "127.0.0.1", .port = 7020, .stream = "orders"};
 *     oz_sender *sender = NULL;
 *     oz_status status = oz_sender_open(&options, &sender, &error);
 *     if (status == OZ_OK) { status = oz_sender_send(sender, "cat", 3, &error); }
 *     if (status == OZ_OK) { status = oz_sender_end(sender, -1, &error); }
 *     oz_sender_close(&sender);
 *
 * Records have numbers from 1 on, and are kept until the engine says that they are safe. A
 * connection that is lost is made again, and what was not acknowledged is sent again; the engine
 * leaves out what it has. A program that begins anew asks oz_sender_acknowledged() where its stream
 * stands, and goes on with the record after that one.
 *
 * A function of a sender may wait: for the connection, for room, for an acknowledgement. One thread
 * at a time. A refusal that may pass is tried again; five of them without an acknowledgement are
 * one that does not. After IO or REFUSED the sender is over: every later call fails in the same
 * way.
 */
#ifndef OUZEL_CLIENT_H
#define OUZEL_CLIENT_H

#include "ouzel/io.h"
#include "ouzel/status.h"

typedef struct oz_sender oz_sender;

typedef struct oz_sender_options {
    const oz_io *io; /* NULL: the system */
    const char *host;
    uint16_t port;
    const char *stream; /* its name, 1 to 255 bytes of UTF-8 */
    /* Of two senders of one stream the one with the higher session has it; 0: the time of now. */
    uint64_t session;
    int64_t patience_ns; /* without a connection for so long: IO; 0: 30 s; negative: never */
} oz_sender_options;

/* Connects, and waits until it is welcome. REFUSED: the engine says why. */
OZ_API oz_status
oz_sender_open(const oz_sender_options *options, oz_sender **out, oz_error *error);
/* The number of the last record that the engine has safely; 0: none. */
OZ_API uint64_t
oz_sender_acknowledged(const oz_sender *sender);
/* The number of the last record that was given to the sender, or that is acknowledged. */
OZ_API uint64_t
oz_sender_last(const oz_sender *sender);
/*
 * Takes a record, copied, as number oz_sender_last() + 1; it leaves with others, 64 KiB at a time
 * or with flush. Waits while as much is not acknowledged as the engine allows.
 */
OZ_API oz_status
oz_sender_send(oz_sender *sender, const void *data, size_t size, oz_error *error);
/* Waits until a send() need not wait, at most so long (negative: no limit): TIMED_OUT. */
OZ_API oz_status
oz_sender_room(oz_sender *sender, int64_t timeout_ns, oz_error *error);
/* Sends what was given, and looks for acknowledgements; waits for neither. */
OZ_API oz_status
oz_sender_flush(oz_sender *sender, oz_error *error);
/* Sends all, and waits until it is acknowledged, at most so long (negative: no limit): TIMED_OUT.
 */
OZ_API oz_status
oz_sender_wait(oz_sender *sender, int64_t timeout_ns, oz_error *error);
/* The stream has no more records: waits until the engine has that safely, as wait does. */
OZ_API oz_status
oz_sender_end(oz_sender *sender, int64_t timeout_ns, oz_error *error);
/* What is not acknowledged is given up. Frees it, and sets `*sender` to NULL. */
OZ_API void
oz_sender_close(oz_sender **sender);

#endif
