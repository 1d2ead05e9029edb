/*
 * A lane: bytes from one process to another, through memory that both see.
 *
 *          head                tail                     positions go on for ever; a byte lies at
 *           v                   v                       position & mask
 *     [ . . m e s s a g e , m e s s a g e . . . ]
 *
 *     message   | u32 bytes of the body | u32 kind | body |
 *
 * The writer copies bytes in and publishes its position once for all that it has; the reader copies
 * them out and gives the room back once. A message may be longer than the lane: it crosses in
 * pieces. One writer and one reader, each on one thread; neither ever waits here. Who sleeps is
 * woken by whoever owns the lane (job.h).
 *
 * The two positions are the whole protocol: the writer stores `tail` with release after the bytes,
 * the reader loads it with acquire before it reads them; likewise `head` the other way round.
 * (Single producer, single consumer: Lamport, "Specifying Concurrent Program Modules", 1983.)
 */
#ifndef OUZEL_EXCHANGE_LANE_H
#define OUZEL_EXCHANGE_LANE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/alloc.h"

enum { OZI_LANE_LINE = 64, OZI_LANE_MIN = 4096 };

/* In shared memory, before its bytes. Each side writes its own cache line. */
typedef struct ozi_lane {
    _Alignas(OZI_LANE_LINE) _Atomic uint64_t tail; /* written by the writer */
    _Atomic uint32_t wants_room;                   /* the writer waits for the reader */
    _Alignas(OZI_LANE_LINE) _Atomic uint64_t head; /* written by the reader */
    _Atomic uint32_t is_closed;                    /* the reader wants no more */
    _Alignas(OZI_LANE_LINE) char bytes[];
} ozi_lane;

/* ---- writing --------------------------------------------------------------------------------- */

/* The writer's side: what has not gone into the lane yet waits in `pending`. */
typedef struct ozi_lane_writer {
    ozi_lane *lane;
    uint64_t mask;
    uint64_t tail;
    uint64_t head; /* as last seen */
    const oz_alloc *alloc;
    char *pending;
    size_t size; /* of what is in `pending`, from its start */
    size_t sent; /* of that, how much the lane has got */
    size_t capacity;
    size_t message; /* where the message that is being made begins */
} ozi_lane_writer;

/* `bytes`, a power of two, is the room behind `lane`. */
void
ozi_lane_writer_init(ozi_lane_writer *writer, const oz_alloc *alloc, ozi_lane *lane,
                     uint64_t bytes);
void
ozi_lane_writer_free(ozi_lane_writer *writer);
/* A message: its kind, its bytes in as many parts as one likes, its end. */
OZ_MUST_USE oz_status
ozi_lane_begin(ozi_lane_writer *writer, uint32_t kind);
OZ_MUST_USE oz_status
ozi_lane_append(ozi_lane_writer *writer, const void *data, size_t size);
void
ozi_lane_end(ozi_lane_writer *writer);
/* Gives up the message that was begun. */
void
ozi_lane_cancel(ozi_lane_writer *writer);
/*
 * Moves as much as fits into the lane and publishes it. True when nothing is left; false when the
 * reader must make room first: it is told so. `*moved`: whether anything was published.
 */
bool
ozi_lane_flush(ozi_lane_writer *writer, bool *moved);
/* Whether a flush would move anything; when not, the reader is asked for room. */
bool
ozi_lane_has_room(ozi_lane_writer *writer);
/* Whether the reader wants no more; what is pending is then dropped by the next flush. */
bool
ozi_lane_is_closed(const ozi_lane_writer *writer);

/* ---- reading --------------------------------------------------------------------------------- */

typedef struct ozi_lane_reader {
    ozi_lane *lane;
    uint64_t mask;
    uint64_t head;
    uint64_t tail; /* as last seen */
    const oz_alloc *alloc;
    uint32_t head_bytes; /* of the message's 8, how many are here */
    uint32_t prefix[2];  /* size, kind */
    char *body;
    size_t got;
    size_t capacity;
} ozi_lane_reader;

void
ozi_lane_reader_init(ozi_lane_reader *reader, const oz_alloc *alloc, ozi_lane *lane,
                     uint64_t bytes);
void
ozi_lane_reader_free(ozi_lane_reader *reader);
/*
 * The next message, when it is there as a whole: `*body` is valid until the next call. NOT_FOUND:
 * it is not (yet). CORRUPT: it says that it is longer than any message is.
 */
OZ_MUST_USE oz_status
ozi_lane_take(ozi_lane_reader *reader, uint32_t *kind, const char **body, size_t *size);
/* Whether there is anything to take, a part of a message included. */
bool
ozi_lane_has_bytes(ozi_lane_reader *reader);
/* Wants no more: the writer may drop what it has. */
void
ozi_lane_close(ozi_lane_reader *reader);
/* True, once, when the writer waits and there is room for it now. */
bool
ozi_lane_must_wake_writer(ozi_lane_reader *reader);

#endif
