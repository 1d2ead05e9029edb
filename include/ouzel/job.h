/*
 * Jobs: one graph at work in several processes, its workers.
 *
 * A host makes the job, starts its workers, each with the descriptors of the job open, and in each
 * an instance that has joined (oz_run_options.job). Every worker draws the same graph; rows go to
 * the worker that owns their key. Worker 0 leads: it holds the state folder, decides when there is
 * a checkpoint, and does what only one worker may do.
 *
 *     host       oz_job_new ---- descriptors ----.---------------.
 *                    |                           |               |
 *     worker 0       '--> oz_job_join, instance  |   worker 1    '--> oz_job_join, instance
 *
 * A job can grow and shrink while it runs (oz_job_scale): the host starts those workers that are
 * new, and the keys of some key groups go over to them; or what the last ones have goes over to the
 * others, and they come to their end. Meanwhile no row is on its way.
 *
 * When a worker dies, the host ends the others and makes a new job: what they share is then in an
 * unknown state. All functions but oz_job_new, oz_job_join and oz_job_free may be called by any
 * thread.
 */
#ifndef OUZEL_JOB_H
#define OUZEL_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "ouzel/alloc.h"
#include "ouzel/status.h"

typedef struct oz_job oz_job;

enum { OZ_WORKERS_MAX = 256 }; /* as many as there are key groups */

typedef enum oz_worker_phase {
    OZ_WORKER_STARTING,
    OZ_WORKER_RUNNING,
    OZ_WORKER_DONE,   /* all has ended, or the job was stopped and has drained */
    OZ_WORKER_FAILED, /* a step failed: see the message */
} oz_worker_phase;

/* What a worker has last said of itself. */
typedef struct oz_worker_status {
    oz_worker_phase phase;
    int64_t moves;     /* steps that have found work */
    uint64_t calls;    /* of steps: one that does not come back makes none */
    bool is_busy;      /* in a step, with rows */
    int64_t waited_ns; /* so far, for rows, for others, or for the disk */
    char message[OZ_ERROR_TEXT_MAX];
    /*
     * Where it was last: 'step "explode" (app.py:12), at line 812 of in.txt'. When it has died by
     * itself, it was there that it did. Empty: in no step.
     */
    char place[OZ_ERROR_TEXT_MAX];
} oz_worker_status;

/*
 * A job that begins with `workers` workers and may have up to `seats` (0: as many). INVALID: these
 * are not 1 to OZ_WORKERS_MAX, or `seats` is less.
 */
OZ_API oz_status
oz_job_new(const oz_alloc *alloc, uint32_t workers, uint32_t seats, oz_job **out, oz_error *error);
/* Joins as worker `worker`: `file` and `bells` are those of the job, in this process. */
OZ_API oz_status
oz_job_join(const oz_alloc *alloc, int64_t file, const int64_t *bells, uint32_t worker,
            oz_job **out, oz_error *error);
/* Closes the descriptors of a job that was made here, not those of one that was joined. */
OZ_API void
oz_job_free(oz_job **job);

/* How many share the keys now, and how many may. */
OZ_API uint32_t
oz_job_workers(const oz_job *job);
OZ_API uint32_t
oz_job_seats(const oz_job *job);
/* The descriptors to hand on: the memory, and the bell of each worker that there may be. */
OZ_API int64_t
oz_job_file(const oz_job *job);
OZ_API int64_t
oz_job_bell(const oz_job *job, uint32_t worker);

/* Of a worker that could not make its instance: says so, and why. */
OZ_API void
oz_job_fail(oz_job *job, const char *message);
/* Asks all workers to drain and end; with a state folder after a last checkpoint. */
OZ_API void
oz_job_stop(oz_job *job);
/*
 * Asks for another number of workers; of a job with a state folder. What those that are new need is
 * that they have been started: the keys move when they have made their instances. A step that
 * cannot go on elsewhere, or a full disk, leaves everything as it is; see oz_job_moves. INVALID:
 * not 1 to the seats of the job.
 */
OZ_API oz_status
oz_job_scale(oz_job *job, uint32_t workers, oz_error *error);

/* What has become of that. */
typedef struct oz_moves {
    uint32_t workers;  /* that share the keys */
    uint32_t present;  /* and have not left, or are about to share them */
    uint64_t made;     /* times that keys have moved */
    uint64_t lost;     /* times that they could not: */
    int64_t paused_ns; /* in the last one that was made, the longest that a worker read nothing */
    int64_t entries;   /* of tables that went over to other workers in it */
    char failure[OZ_ERROR_TEXT_MAX]; /* why, of the last one that was lost; or "" */
} oz_moves;

OZ_API void
oz_job_moves(const oz_job *job, oz_moves *out);
/* Asks for a checkpoint. */
OZ_API void
oz_job_checkpoint(oz_job *job);
/* The epoch that holds; 0: none. */
OZ_API uint64_t
oz_job_epoch(const oz_job *job);
OZ_API void
oz_job_status(const oz_job *job, uint32_t worker, oz_worker_status *out);
/*
 * Of a worker that has died by itself: remembers the record at which it did, if that is known: rows
 * must have passed one at a time. True when the worker before has died with it, too, in the same
 * epoch; in the jobs that follow, the record is then a bad one of its step, and treated by the
 * policy of that.
 */
OZ_API bool
oz_job_blame(oz_job *job, uint32_t worker);
/* What is remembered so goes over to `job`, the next life of the same program, before it begins. */
OZ_API void
oz_job_follow(oz_job *job, const oz_job *last);

#endif
