/*
 * Instances: a graph that works.
 *
 * One instance is single-threaded: all its functions are called by one thread at a time (oz_enter
 * and oz_leave are the lock), and it has no thread, blocking call or global of its own, so that a
 * program or a simulation can hold many. The same instance is
 *
 *   pushed  by oz_push: the element has gone through the whole graph when it returns;
 *   pulled  by oz_step_once until the host's own sink operator has what it wants;
 *   run     by oz_step_once and oz_wait in a loop until it returns OZ_DONE.
 */
#ifndef OUZEL_ENGINE_H
#define OUZEL_ENGINE_H

#include "ouzel/graph.h"
#include "ouzel/job.h"

typedef struct oz_instance oz_instance;

typedef struct oz_run_options {
    const oz_io *io;    /* NULL: the real world */
    int64_t batch_rows; /* most rows of a batch from a source; 0: 1,024; 1: strict order */
    uint64_t seed;      /* of key hashes; 0: drawn from io->random. A state folder has its own */
    /*
     * The state folder, made when it is not there; NULL: what the job remembers ends with it. What
     * is there is gone on with, unless `fresh` says to forget it. `allow_dropped_state`: state of
     * steps that the graph does not have any more is dropped; else it is an error.
     */
    const char *state;
    bool fresh;
    bool allow_dropped_state;
    int64_t checkpoint_ns; /* from one checkpoint to the next; 0: a second */
    /*
     * What is asked of the job; NO_GUARANTEE: nothing. Opening fails with INVALID when there is no
     * state folder, or a step gives less: the message names it.
     */
    oz_guarantee guarantee;
    /*
     * The job that this instance is a worker of (oz_job_join), of a graph that was spread over its
     * workers; NULL: it works alone. Opening waits until worker 0 has opened the state folder. The
     * job must outlive the instance, which is run by oz_step_once and oz_wait.
     */
    oz_job *job;
    /*
     * Called before and after the engine blocks in oz_wait, or opening waits for worker 0, and
     * around long native work, so that a host can give its lock away. May be NULL.
     */
    void (*before_block)(void *context);
    void (*after_block)(void *context);
    void *context;
} oz_run_options;

/* Opens all nodes, readers first. `graph` must be sealed and outlive the instance. */
OZ_API oz_status
oz_instance_new(const oz_graph *graph, const oz_run_options *options, oz_instance **out,
                oz_error *error);
/*
 * The graph was changed: nodes of the same id, operator and state version go on with their state,
 * tables, timers and descriptors; new ones are opened, those that are gone are closed. On failure
 * the instance is as before. Not from inside a step.
 */
OZ_API oz_status
oz_instance_update(oz_instance *instance, const oz_graph *graph, oz_error *error);
OZ_API void
oz_instance_free(oz_instance **instance);

/* The lock of the instance; recursive. oz_try_enter answers false instead of waiting. */
OZ_API bool
oz_try_enter(oz_instance *instance);
OZ_API void
oz_enter(oz_instance *instance);
OZ_API void
oz_leave(oz_instance *instance);

/*
 * Emits `batch` from node `node`, which must be an "input" (the push source), through everything
 * below it. NEED: dealt with; MORE or WAIT: accepted, but oz_step_once has work to do before the
 * next one; DONE: nobody listens; FAILED: see oz_instance_error. From inside a step it runs at once
 * except at nodes that are at work, where it waits its turn until they return.
 */
OZ_API oz_step
oz_push(oz_instance *instance, uint32_t node, const oz_batch *batch);
/* The same for one row that is one object, borrowed, with the row data `rows` (may be NULL). */
OZ_API oz_step
oz_push_object(oz_instance *instance, uint32_t node, oz_object object, const oz_rows *rows);
/* Declares that an "input" node will get no more. */
OZ_API oz_step
oz_push_end(oz_instance *instance, uint32_t node);
/* Deliver what partitions and windows hold, in the order of the graph. */
OZ_API oz_step
oz_flush(oz_instance *instance);
/*
 * Sources read no more; what was read goes through; then the graph ends as if its input had. With a
 * state folder nothing ends: a last checkpoint is made, and the next run goes on from it; sources
 * that have positions stop at once.
 */
OZ_API oz_step
oz_drain(oz_instance *instance);

/*
 * One bounded piece of work: goes on with steps that said MORE, fires due timers, treats ready
 * descriptors, then polls each source once for at most `batch_rows` rows. MORE: call again at once;
 * WAIT: nothing to do until oz_instance_wake_at or a descriptor; DONE: everything has ended;
 * FAILED: see oz_instance_error.
 */
OZ_API oz_step
oz_step_once(oz_instance *instance);
/* How many steps have found work: to see whether something has moved. */
OZ_API int64_t
oz_instance_moves(const oz_instance *instance);
/* The time of the engine's clock when a timer is due; INT64_MAX: none. */
OZ_API int64_t
oz_instance_wake_at(const oz_instance *instance);
/*
 * Blocks until there is work or `timeout_ns` has passed (negative: no limit). INTERRUPTED: no
 * descriptor was ready; a timer is due, the time has passed, a signal came, or oz_wake was called.
 */
OZ_API oz_status
oz_wait(oz_instance *instance, int64_t timeout_ns);
/* Makes oz_wait in another thread return. Any thread, also from a signal handler. */
OZ_API void
oz_wake(oz_instance *instance);
/*
 * Makes oz_wait return INTERRUPTED whenever `file`, a pipe that does not block, can be read; what
 * is in it is read and dropped. For signals: a handler that writes into it loses no wake-up, also
 * when it runs just before oz_wait blocks. Once per instance; the file stays the caller's.
 */
OZ_API oz_status
oz_wake_by(oz_instance *instance, int64_t file);
/* One descriptor that is readable when oz_step_once has work: for a foreign event loop. */
OZ_API int64_t
oz_instance_fd(oz_instance *instance);

/* ---- checkpoints: of an instance with a state folder ----------------------------------------- */

/*
 * oz_step_once makes one every `checkpoint_ns` while something moves, and when all has ended:
 * sources pause, what they have given goes through, sinks prepare, and rows go on. The following
 * steps write the tables and positions as they were then, while a thread of the io table waits for
 * the disk; at last sinks commit. A folder that cannot be written makes the checkpoint fail; the
 * job goes on and tries again, and fails itself with the third failure in a row.
 */

/* Asks for one now. Any thread: it wakes oz_wait. */
OZ_API void
oz_checkpoint(oz_instance *instance);
/* The epoch that holds: 0 until the first checkpoint of a job. */
OZ_API uint64_t
oz_instance_epoch(const oz_instance *instance);
/* The epoch from which this instance has gone on; 0: it began anew. */
OZ_API uint64_t
oz_instance_restored(const oz_instance *instance);
/* The job had come to the end of its input before: nothing is left to do, oz_step_once says DONE.
 */
OZ_API bool
oz_instance_had_ended(const oz_instance *instance);
/* Checkpoints that failed; `error` (may be NULL) gets the message of the last one. */
OZ_API int64_t
oz_instance_failed_checkpoints(const oz_instance *instance, oz_error *error);

/* ---- what an instance tells ------------------------------------------------------------------ */

/* The first error, latched; its text names the node, the line that built it, and the record. */
OZ_API const oz_error *
oz_instance_error(const oz_instance *instance);
/*
 * Forgets the latched error, so that a pushed graph goes on with the next element. Rows that were
 * waiting inside the dispatcher stay.
 */
OZ_API void
oz_instance_forgive(oz_instance *instance);
/* The node and the record of the latched error; false when it has none. The batch is borrowed. */
OZ_API bool
oz_instance_failure(const oz_instance *instance, uint32_t *node, const oz_batch **batch,
                    int64_t *row);

OZ_API void
oz_instance_stats(const oz_instance *instance, uint32_t node, oz_node_stats *out);
/* Rows that wait inside: in queue steps, and where a step could take no more. */
OZ_API int64_t
oz_instance_rows_held(const oz_instance *instance);
/* A counter that the operator declared; `name` of the built-in one: "bad_records". -1: unknown. */
OZ_API int64_t
oz_instance_counter(const oz_instance *instance, uint32_t node, const char *name);
OZ_API oz_table *
oz_instance_table(const oz_instance *instance, uint32_t node, const char *name);
/* Visits every object that tables, steps and held batches own: for a garbage collector. */
OZ_API int
oz_instance_visit(const oz_instance *instance, oz_object_visit visit, void *context);

#endif
