/*
 * Rows from worker to worker: an edge of the graph whose two ends lie in different processes.
 *
 *     worker 0   ... -> send --.--> lane --> receive -> ...    worker 1
 *                              '--> kept ----> receive -> ...  worker 0
 *
 * The plan puts a pair of steps, "send" and "receive", into such an edge (graph/spread.c). A send
 * step splits each batch by the owners of its keys; what belongs to its own worker is kept and
 * handed over as it is, the rest is packed (batch/packed.h) into lanes. A receive step is a source:
 * it emits what comes, in the order in which each sender gave it, and the least watermark of all
 * senders that have not ended.
 *
 *     message   ROWS | a packed batch |      MARK | i64 time |      END | |
 *
 * All of it belongs to the thread that drives the instance.
 */
#ifndef OUZEL_OP_EXCHANGE_H
#define OUZEL_OP_EXCHANGE_H

#include "exchange/job.h"
#include "op/context.h"
#include "state/owners.h"

/* Who gets a row of an exchange. */
typedef enum ozi_way {
    OZI_WAY_OWNER, /* the worker that owns its key */
    OZI_WAY_ONE,   /* worker 0 */
    OZI_WAY_ALL,   /* every worker */
} ozi_way;

/* One exchange, as this worker sees it. */
typedef struct ozi_gate {
    oz_context *send; /* NULL: it is not on this worker */
    oz_context *receive;
    ozi_lane_writer *writers; /* by worker; its own is not used */
    ozi_lane_reader *readers;
    int64_t *marks;        /* by sender: its watermark */
    bool *ended;           /* by sender */
    ozi_waiting_list kept; /* by this worker, for itself */
    bool keeps;            /* the receive step is here, and wants more */
    bool is_told;          /* the readers have been told of the end of the input */
    uint32_t next;         /* the sender to look at first */
    int64_t mark;          /* the watermark that was emitted */
} ozi_gate;

typedef struct ozi_exchange {
    oz_job *job;
    ozi_owners owners; /* of the keys */
    ozi_engine *engine;
    ozi_gate *gates;
    uint32_t gate_count;
} ozi_exchange;

/* Whether this worker reads that partition of a source: they are shared out by their order. */
static inline bool
ozi_exchange_reads(const oz_context *node, uint32_t partition)
{
    const ozi_exchange *exchange = node->engine->exchange;
    return exchange == NULL || node->op->source->partitions == NULL ||
           partition % exchange->job->workers == exchange->job->worker;
}

/* The gates of an instance that has joined `job`; sets engine->exchange. */
OZ_MUST_USE oz_status
ozi_exchange_open(ozi_engine *engine, oz_job *job, uint32_t gate_count, oz_error *error);
/* After its steps have been closed. */
void
ozi_exchange_close(ozi_engine *engine);
/*
 * Before keys move, when no row is on its way: lanes to this worker that were closed, because it
 * wanted no more, are open again, for it may get something else to read.
 */
void
ozi_exchange_reopen_lanes(const ozi_exchange *exchange);
/* They do not move after all: lanes of which this worker wants no more are closed again. */
void
ozi_exchange_close_lanes(ozi_exchange *exchange);
/*
 * Before sources are polled: marks receive steps for which something has come, and lets send steps
 * go on that have room again.
 */
oz_step
ozi_exchange_look(ozi_exchange *exchange, bool *worked);
/* Whether nothing has come that has not been emitted, also where it cannot be emitted now. */
bool
ozi_exchange_is_empty(const ozi_exchange *exchange);
/* Whether anything has come that can be taken, or there is room that is waited for. */
bool
ozi_exchange_has_work(const ozi_exchange *exchange);

extern const oz_operator ozi_op_send, ozi_op_receive;

#endif
