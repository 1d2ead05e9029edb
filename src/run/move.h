/*
 * Keys that go to other workers while the job runs: what one worker does of it (joint.h says when).
 *
 *     worker 0   tables --.--> parcel 0 --.     .--> tables without what has gone, new nodes
 *                         '--- stays -----|-----'
 *     worker 1   (new)                    '--------> its part of each parcel, new nodes
 *
 * It is restoring, but for what stays: the entries of keys that a worker keeps do not leave its
 * memory. All that is not of keys (positions, watermarks, timers, queues) goes through the parcels,
 * those of a worker itself included, and is shared out as when a job begins again with another
 * number of workers. Steps begin anew with what they get; those on worker 0 alone go on as they
 * are, and so does each sink: it is one of its worker, and has what its epoch has.
 *
 * A worker that gets nothing any more keeps its sinks until the next epoch holds.
 */
#ifndef OUZEL_RUN_MOVE_H
#define OUZEL_RUN_MOVE_H

#include "run/instance.h"

/* INVALID, with the name of a step of the graph that cannot go on elsewhere. */
OZ_MUST_USE oz_status
ozi_move_check(const oz_graph *graph, oz_error *error);
/* Writes the parcel of this worker, for so many that will share the keys. Changes nothing. */
OZ_MUST_USE oz_status
ozi_move_give(oz_instance *instance, uint32_t workers, int64_t *entries, oz_error *error);
/*
 * All have given: takes what is its own. FAILED when that cannot be done: then the instance is of
 * no more use, and the job has to begin again from the epoch that holds.
 */
oz_step
ozi_move_take(oz_instance *instance, uint32_t workers);
/* All have taken: removes the parcel of this worker. */
void
ozi_move_forget(const oz_instance *instance);

#endif
