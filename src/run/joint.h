/*
 * What the workers of a job do together: start, stop, checkpoints, and the end.
 *
 *     worker 0   attempt 7 --QUIET--.        .--WRITE--.                .--HOLDS--.
 *                                   v        ^         v                ^         v
 *     others                   at rest ------'    state is taken ---- is there   commit
 *                                                 rows go on
 *
 * A checkpoint is an attempt with a number, which worker 0 begins. QUIET: sources are not polled,
 * and what is on its way goes through. A worker is at rest when nothing is on its way in it; from
 * then on it fires no timers and polls nothing, but it goes on as soon as rows come from another
 * worker. When all are at rest and no lane has bytes, the state of all of them together is that
 * after some rows and before all others, without anything in between: WRITE. Each worker takes its
 * state, before it looks at any row that comes now, and goes on; what it has taken is brought to
 * the disk aside (checkpoint.h). When all have that, worker 0 commits the manifest: HOLDS, and the
 * sinks commit. An attempt that ends the job is the same, but nothing goes on.
 *
 * That all are at rest at one time, worker 0 sees so: all say that they are; no lane has bytes; and
 * all still say so without having been stirred in between (two rounds, as in Mattern, "Algorithms
 * for distributed termination detection", 1987).
 */
#ifndef OUZEL_RUN_JOINT_H
#define OUZEL_RUN_JOINT_H

#include "run/instance.h"

static inline bool
ozi_is_joint(const oz_instance *instance)
{
    return instance->options.job != NULL;
}

/*
 * Before the state folder is opened: compares the graphs, and waits until worker 0 has opened it.
 * REFUSED: the program has drawn another graph than that of worker 0.
 */
OZ_MUST_USE oz_status
ozi_joint_begin_open(oz_instance *instance, const oz_graph *graph, oz_error *error);
/* After that: worker 0 says that it is open, and each gets its gates. */
OZ_MUST_USE oz_status
ozi_joint_open(oz_instance *instance, const oz_graph *graph, oz_error *error);
void
ozi_joint_close(oz_instance *instance);

/* At the begin of a step: obeys what was told, and begins an attempt when one is due. */
oz_step
ozi_joint_begin(oz_instance *instance);
/* Whether somebody has asked for a checkpoint that has not begun: sources wait for it. */
bool
ozi_joint_is_asked(const oz_instance *instance);
/*
 * Before a worker looks at rows: WAIT when it is at rest and nothing has come from others, so that
 * a step does nothing; NEED: it goes on; FAILED.
 */
oz_step
ozi_joint_rest(oz_instance *instance);
/*
 * While quieting, at the end of a step: goes on with the attempt as far as can be. MORE: the state
 * is taken; WAIT: others have to do something first.
 */
oz_step
ozi_joint_try(oz_instance *instance);
/*
 * From then on, at the end of a step. DONE: the attempt is over, and was the last one; MORE: it is
 * over, or goes on; NEED or WAIT: something has to be done first, by others or aside.
 */
oz_step
ozi_joint_go_on(oz_instance *instance);
/* All steps of this worker have ended. DONE; with a state folder WAIT until those of all have. */
oz_step
ozi_joint_end(oz_instance *instance);
/* The worker has come to its end: `error` says how, when it is not a good one. */
void
ozi_joint_leave(oz_job *job, const oz_error *error);
/* When worker 0 has to look whether a checkpoint is due. */
int64_t
ozi_joint_due(const oz_instance *instance);

/* Before blocking: says that it is asleep. False: there is something to do. */
bool
ozi_joint_sleep(oz_instance *instance);
void
ozi_joint_wake(oz_instance *instance);
/* It waits, and does not any more: for who wants to know how busy it is. */
void
ozi_joint_begin_wait(oz_instance *instance);
void
ozi_joint_end_wait(oz_instance *instance);

#endif
