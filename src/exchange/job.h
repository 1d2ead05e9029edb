/*
 * The memory of a job as its workers see it.
 *
 *     +--------+--------+--------+-- ... --+-----------+-----------+-- ... --+
 *     | block  | slot 0 | slot 1 |         | 0 -> 0    | 0 -> 1    |         |
 *     +--------+--------+--------+-- ... --+-----------+-----------+-- ... --+
 *                                            a pair: OZI_PAIR_BYTES, divided into one lane (lane.h)
 *                                            for each exchange of the graph, all of the same size
 *
 * There are slots and pairs for as many workers as the job can ever have, its seats; memory that
 * nobody has touched takes none. The block is written by worker 0 and by the host, a slot by its
 * worker, but for what says otherwise. Whoever changes something that others wait for calls
 * ozi_job_tell.
 *
 * One lane for each exchange, not one for each pair: rows of one exchange that cannot go on must
 * not stop those of another behind them, for which a join may wait.
 *
 * Sleeping: a worker says that it is asleep, looks once more whether there is anything to do, and
 * blocks; who has put something into a lane, made room in one, or told something, wakes it when it
 * is. Both sides have a full fence between what they write and what they read.
 */
#ifndef OUZEL_EXCHANGE_JOB_H
#define OUZEL_EXCHANGE_JOB_H

#include <stdatomic.h>

#include "exchange/lane.h"
#include "ouzel/job.h"

enum { OZI_PAIR_BYTES = 1 << 20, OZI_EXCHANGES_MAX = 64 };

/* Where a checkpoint of all workers stands; see run/joint.h. */
typedef enum ozi_stage {
    OZI_STAGE_NONE,
    OZI_STAGE_QUIET, /* sources pause; what is on its way goes through */
    OZI_STAGE_WRITE, /* nothing was on its way: each worker takes its state, and goes on */
    OZI_STAGE_HOLDS, /* the epoch holds: each worker commits */
    OZI_STAGE_LOST,  /* it could not be written: the epoch before it holds */
    OZI_STAGE_GIVE,  /* nothing was on its way: each worker puts down what others will have */
    OZI_STAGE_HAND,  /* all have: each takes what is its own now, and goes on */
} ozi_stage;

typedef enum ozi_attempt_kind {
    OZI_ATTEMPT_PLAIN,
    OZI_ATTEMPT_LAST,  /* the job stops after it */
    OZI_ATTEMPT_ENDED, /* all has ended */
    OZI_ATTEMPT_MOVE,  /* no checkpoint: another number of workers share the keys after it */
} ozi_attempt_kind;

/* What a worker has made of its part of an attempt. */
typedef struct ozi_written {
    uint64_t size; /* of its state file */
    uint32_t crc;
    uint32_t is_whole; /* the file has all state, else what has changed */
    uint32_t status;   /* oz_status; the message is in `failure` */
    char failure[OZ_ERROR_TEXT_MAX];
} ozi_written;

/* What a worker is doing, for who finds it dead. */
typedef struct ozi_trace {
    uint64_t calls;   /* so far */
    uint32_t depth;   /* steps that have been called with rows and have not come back */
    uint32_t node;    /* the step that was called last, + 1; 0: none */
    uint32_t rows;    /* of its batch; 0: it was not a batch */
    int64_t position; /* of the first of them, in `origin`; -1: unknown */
    char origin[96];  /* "in.txt" */
    char unit[16];    /* "line" */
    char record[96];  /* the beginning of its text, when rows pass one at a time; or "" */
    uint64_t hash;    /* of all of its text */
} ozi_trace;

/*
 * A record with which workers have died at a step. It is known by its text; but only deaths at the
 * same place of the input, one after the other without a checkpoint in between, count together: to
 * be killed there by somebody else twice would be a strange chance.
 */
typedef struct ozi_blamed {
    uint64_t hash;
    uint64_t place; /* and epoch, hashed */
    uint32_t node;  /* + 1 */
    uint32_t deaths;
} ozi_blamed;

enum { OZI_NAMED_STEPS_MAX = 64, OZI_STEP_NAME_MAX = 128 };

typedef struct ozi_slot {
    _Alignas(128) _Atomic uint32_t is_asleep; /* cleared by who wakes it */
    _Atomic uint32_t phase;                   /* oz_worker_phase */
    _Atomic int64_t moves;
    _Atomic uint64_t fingerprint; /* of the graph; 0: not there yet */
    _Atomic uint64_t at_rest;     /* the attempt for which nothing is on its way here; 0: none */
    _Atomic uint64_t stirred;     /* how often that has stopped being so */
    _Atomic uint64_t resolved;    /* the last attempt of which it knows how it went out */
    _Atomic uint32_t has_ended;   /* all its steps have */
    _Atomic uint64_t attempt;     /* the last one for which `written` is there */
    ozi_written written;
    _Atomic int64_t waited_ns;      /* so far, but for the wait that goes on: */
    _Atomic int64_t waits_since_ns; /* 0: it does not wait */
    _Atomic int64_t paused_ns; /* in the last move, from when it read no more until it went on */
    _Atomic int64_t gave;      /* in it, entries of tables that went to others */
    char message[OZ_ERROR_TEXT_MAX]; /* when it has failed */
    ozi_trace trace;
    char steps[OZI_NAMED_STEPS_MAX][OZI_STEP_NAME_MAX]; /* what they are called, by node */
} ozi_slot;

enum {
    OZI_BLAMED_MAX = 16, /* records */
    OZI_DEATHS_MAX = 2,  /* with one of them; then it is a bad record of its step */
    OZI_BLOCK_SIZE = 4096,
};

typedef struct ozi_block {
    char magic[8];
    uint32_t version;
    uint32_t seats;
    _Atomic uint64_t told; /* changes whenever something that others wait for does */
    /* How many workers share the keys; and how many take part in attempts: more than that when some
     * have been joined but own nothing yet, or own nothing any more but have not left. */
    _Atomic uint32_t workers;
    _Atomic uint32_t present;
    _Atomic uint32_t wanted;     /* as many are to share them; 0: as it is */
    uint32_t attempt_workers;    /* will, after the move that is tried */
    _Atomic uint64_t moved;      /* times that came to hold */
    _Atomic uint64_t lost_moves; /* times that did not */
    char move_failure[OZ_ERROR_TEXT_MAX];
    _Atomic uint32_t must_stop;
    _Atomic uint32_t is_asked; /* for a checkpoint */
    uint64_t seed;             /* of key hashes; with a state folder set by worker 0 */
    _Atomic uint32_t is_ready; /* worker 0 has opened the state folder, if there is one */
    _Atomic uint64_t epoch;    /* that holds */
    _Atomic uint64_t attempt;
    uint64_t attempt_epoch; /* the one that it is to make */
    _Atomic uint32_t stage;
    uint32_t attempt_kind;
    ozi_blamed blamed[OZI_BLAMED_MAX]; /* in earlier lives of the job */
} ozi_block;

struct oz_job {
    const oz_alloc *alloc;
    ozi_block *block;
    ozi_slot *slots;
    char *pairs;
    size_t size;
    int64_t file;
    int64_t *bells;
    uint32_t seats;     /* the most workers that it can have */
    uint32_t workers;   /* those that share the keys, as this one knows: it learns of moves */
    uint32_t worker;    /* this one; UINT32_MAX: the host */
    bool is_host;       /* it owns the descriptors */
    uint64_t told;      /* as this worker last saw it */
    uint32_t lanes;     /* in a pair */
    uint64_t lane_room; /* bytes, a power of two */
    uint64_t room_max;  /* most that a lane may have; 0: as much as there is. For tests */
};

static inline ozi_slot *
ozi_job_slot(const oz_job *job)
{
    return &job->slots[job->worker];
}

/* Whether this worker has none of the keys: not yet, or not any more. */
static inline bool
ozi_job_is_outside(const oz_job *job)
{
    return job->worker >= job->workers;
}

static inline bool
ozi_job_leads(const oz_job *job)
{
    return job->worker == 0;
}

/* Whether workers have died again and again at step `node` (+ 1), with that record or any. */
bool
ozi_job_blames(const oz_job *job, uint32_t node, const uint64_t *hash);

/* Divides the pairs into `count` lanes each. INVALID above OZI_EXCHANGES_MAX. */
OZ_MUST_USE oz_status
ozi_job_divide(oz_job *job, uint32_t count, oz_error *error);
ozi_lane *
ozi_job_lane(const oz_job *job, uint32_t from, uint32_t to, uint32_t exchange);
/* Whether every lane of the job is empty, or closed by its reader. */
bool
ozi_job_lanes_are_empty(const oz_job *job);

/* Wakes a worker if it is asleep. After what it is to see. */
void
ozi_job_wake(const oz_job *job, uint32_t worker);
/* Something has changed that others wait for: wakes all of them. */
void
ozi_job_tell(const oz_job *job);
/* Whether somebody has told something since the last call. */
bool
ozi_job_was_told(oz_job *job);

#endif
