/*
 * An instance inside: the engine that its nodes share, its lock, and where the loop stands.
 */
#ifndef OUZEL_RUN_INSTANCE_H
#define OUZEL_RUN_INSTANCE_H

#include "checkpoint/store.h"
#include "graph/graph.h"
#include "op/context.h"
#include "op/exchange.h"
#include "ouzel/engine.h"
#include "run/aside.h"
#include "run/lock.h"
#include "state/table.h"

/* How far the checkpoint is that is being made; see checkpoint.h. */
typedef enum ozi_phase {
    OZI_PHASE_NONE,
    OZI_PHASE_PACK,      /* large tables are packed, slice by slice */
    OZI_PHASE_SYNC,      /* the state file and those of sinks come to the disk: aside */
    OZI_PHASE_WRITTEN,   /* they are there; `link` and `error` say how that went */
    OZI_PHASE_COMMIT,    /* the manifest is replaced: aside */
    OZI_PHASE_COMMITTED, /* it was; `error` says how that went */
    OZI_PHASE_SHOW,      /* what shows the epoch comes to the disk: aside */
} ozi_phase;

/* How far a source has read, as the checkpoint has it that is being made. */
typedef struct ozi_read_up_to {
    oz_context *node;
    uint32_t partition;
    int64_t position;
} ozi_read_up_to;

/* Of an instance with a state folder; see checkpoint.h. */
typedef struct ozi_state {
    ozi_store store;
    ozi_phase phase;
    ozi_pack pack;      /* of the state file that is being written */
    ozi_later later;    /* large tables, which are packed while rows go on, */
    uint32_t later_min; /* and have so many entries */
    ozi_link link;
    oz_error error; /* what is the folder's fault */
    ozi_aside aside;
    ozi_vec positions; /* ozi_read_up_to */
    int64_t interval_ns;
    int64_t paced_ns;    /* when the last step began; see ozi_checkpoint_pace */
    int64_t due_ns;      /* the next checkpoint; 0: the clock has not been read yet */
    int64_t saved_moves; /* `moves` at the last one */
    uint64_t restored;   /* the epoch that was loaded */
    int64_t failures;
    int failures_in_a_row;
    oz_error last_failure;
    bool is_loaded;
    bool has_ended;   /* the job had come to its end before */
    bool is_quieting; /* sources are not polled: a checkpoint is to be begun */
    bool is_last;     /* after it nothing more is done */
    bool is_ending;   /* and it is the one that says that all has ended */
} ozi_state;

/* Of an instance that is a worker of a job; see joint.h. */
typedef struct ozi_joint {
    int64_t poller;   /* of the bell alone: for a worker at rest; -1: none */
    uint64_t attempt; /* the checkpoint in which it takes part, or the last one */
    bool is_resting;  /* nothing is on its way here, and nothing begins by itself */
    bool has_taken;   /* its state for that attempt: rows may go on */
    bool has_written; /* it has said that it is on the disk */
    bool knows_end;   /* how the attempt went out; what that asks for is being done */
    bool is_stopping; /* it was told so */
    bool has_ended;   /* all its steps have, and it has said so */
    bool has_parcel;  /* its file is there, of a move that is over */
    bool lets_go;     /* worker 0: what those that have no keys any more had written holds */
    int64_t quiet_ns; /* when it began to read no more */
} ozi_joint;

struct oz_instance {
    ozi_engine engine;
    ozi_lock lock;
    const oz_graph *graph;
    oz_run_options options;
    int64_t source_rows;     /* most rows of one poll */
    int64_t source_rows_max; /* 1 when the plan needs rows one at a time, else batch_rows */
    oz_context **sources;    /* the nodes to poll, in the order of the graph */
    uint32_t source_count;
    int64_t moves;       /* see oz_instance_moves */
    bool has_looked;     /* oz_wait has just treated what the descriptors had */
    uint32_t pushing;    /* depth of oz_push and its like on the stack */
    uint64_t sampled;    /* pushes and polls since the last one that was measured */
    int64_t wake_file;   /* of oz_wake_by */
    _Atomic _Bool woken; /* it was written, or oz_wake was called, since the last oz_wait */
    bool draining;
    ozi_state state;
    ozi_joint joint;
};

/* The poller's tokens of what no node watches: the descriptor of oz_wake_by, a job's bell. */
enum { OZI_WAKE_TOKEN = INT32_MAX, OZI_BELL_TOKEN = INT32_MAX - 1 };

/* Every how many small pieces of work one is measured. */
enum { OZI_SAMPLE_EVERY = 128, OZI_SAMPLE_ROWS = 64 };

/* Around what blocks: a host may give its lock away. */
static inline void
ozi_before_block(const oz_run_options *options)
{
    if (options->before_block != NULL) {
        options->before_block(options->context);
    }
}

static inline void
ozi_after_block(const oz_run_options *options)
{
    if (options->after_block != NULL) {
        options->after_block(options->context);
    }
}

/* Starts the clock of a piece of work of up to `rows` rows, now and then. */
static inline void
ozi_measure_begin(oz_instance *instance, int64_t rows)
{
    if (rows >= OZI_SAMPLE_ROWS) {
        instance->engine.measure = 1;
    } else if (++instance->sampled >= OZI_SAMPLE_EVERY) {
        instance->sampled = 0;
        instance->engine.measure = OZI_SAMPLE_EVERY;
    }
}

static inline void
ozi_measure_end(oz_instance *instance)
{
    instance->engine.measure = 0;
}

/* Goes on with nodes that said MORE until none can (run/loop.c). True when any work was done. */
oz_step
ozi_resume_held(oz_instance *instance, bool *worked);

#endif
