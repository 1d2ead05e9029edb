/*
 * The engine as operators' contexts see it: what all nodes of one instance share.
 *
 * src/run makes and drives it; src/op only reads and writes the fields that a step of a node
 * changes (the error, who is held, timers, descriptors). One thread at a time owns all of it: the
 * holder of the instance's lock.
 */
#ifndef OUZEL_OP_ENGINE_H
#define OUZEL_OP_ENGINE_H

#include "base/vec.h"
#include "op/timers.h"
#include "ouzel/op.h"

enum { OZI_RECORD_PRINT_MAX = 200 }; /* bytes of a record in a message */

/* A descriptor that a node watches; its index is the poller's token. */
typedef struct ozi_watched {
    oz_context *node; /* NULL: the place is free */
    int64_t file;
    uint64_t token;
} ozi_watched;

/* An object that the nodes of an instance share by name; see ozi_context_shared. */
typedef struct ozi_shared {
    struct ozi_shared *next;
    const char *name;
    void (*destroy)(void *);
    size_t size;
    max_align_t data[]; /* `size` bytes, zeroed at first */
} ozi_shared;

/* What steps have to do on the disk for an epoch; see errands.h. */
typedef struct ozi_errands {
    ozi_vec list;
    size_t failed;   /* the number of the one that did, */
    int64_t failure; /* and how: a negated errno; of work of a step: -1, and */
    oz_error error;  /* what it said */
} ozi_errands;

void
ozi_errands_init(ozi_errands *errands, const oz_alloc *alloc);

struct ozi_exchange;
struct ozi_trace;

/* A call into an operator, as a worker writes it down. */
typedef struct ozi_traced {
    const oz_context *node; /* NULL: none */
    const oz_batch *batch;  /* the rows it is called with, or NULL */
    bool may_rest;          /* a poll of a source, which may take its time */
} ozi_traced;

typedef struct ozi_engine {
    const oz_alloc *alloc;
    const oz_object_class *objects;
    const oz_io *io;
    uint64_t seed;

    oz_context **nodes; /* in the order of the graph: a node comes after those that it reads */
    uint32_t node_count;

    /*
     * Who cannot take more, as a count and as a bit set of `held_words` words, so that "is anything
     * below this node held?" is a few ANDs.
     */
    uint32_t held_count;
    uint32_t held_words;
    uint64_t *held;
    uint32_t stalled_count; /* queue steps with due rows that wait for what is below them */

    struct ozi_exchange *exchange; /* with other workers; NULL: there are none (exchange.h) */
    struct ozi_trace *trace;       /* where a worker says what it does; or NULL */
    ozi_traced traced;             /* what it has said last */

    bool has_epochs;               /* there is a state folder: see oz_has_epochs */
    _Atomic _Bool asks_checkpoint; /* by oz_checkpoint, in any thread, or oz_ask_checkpoint */
    ozi_errands errands;

    int64_t batch_rows;     /* see oz_batch_rows */
    int64_t now_ns;         /* the clock, read once per step of the loop */
    int64_t clock_ahead_ns; /* of the clock of io: a restored job's goes on from where it stood */
    bool uses_clock;        /* a node sets timers: pushing reads the clock, too */
    ozi_timers timers;

    int64_t poller;  /* -1: not opened yet */
    int64_t spin_ns; /* the longest that a node has asked for: see oz_spin */
    ozi_watched *watched;
    uint32_t watched_count;
    ozi_shared *shared;

    /*
     * Time is measured at the dispatcher. While `measure` is not 0, every call of a node is timed
     * and counts `measure` times; `nested_ns` is what the calls below the present one have taken.
     */
    int64_t measure;
    int64_t nested_ns;

    oz_error error; /* the first error, latched */
    uint32_t failed_node;
    const oz_batch *failed_batch; /* one row, or NULL */
    oz_error scratch;             /* for oz_context_error */
} ozi_engine;

/* Reads the clock. */
static inline int64_t
ozi_engine_clock(const ozi_engine *engine)
{
    return engine->io->now_ns(engine->io->self) + engine->clock_ahead_ns;
}

/* Opens the poller unless it is there. */
oz_status
ozi_engine_open_poller(ozi_engine *engine);

#endif
