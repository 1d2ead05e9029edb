/*
 * Checkpoints of an instance with a state folder, and going on from the last one.
 *
 * The loop sets `quieting` when one is due. Sources are then no longer polled, and what they have
 * given goes through; when nothing is on its way any more, the checkpoint is made in one go.
 */
#ifndef OUZEL_RUN_CHECKPOINT_H
#define OUZEL_RUN_CHECKPOINT_H

#include "run/instance.h"
#include "run/nodes.h"

/* Opens the state folder of the options. */
OZ_MUST_USE oz_status
ozi_state_open(oz_instance *instance, oz_error *error);
/* Fills new nodes from the epoch that holds, if there is one. Once per instance. */
OZ_MUST_USE oz_status
ozi_state_load(oz_instance *instance, const oz_graph *graph, const ozi_node_set *set,
               oz_error *error);
void
ozi_state_close(oz_instance *instance);

/*
 * A step must not take much of the time between two checkpoints, however slow the functions of the
 * user are: fewer rows are taken from sources when the last step took long, more when it did not.
 */
void
ozi_checkpoint_pace(oz_instance *instance);
/* Starts quieting when a checkpoint is due or was asked for. */
void
ozi_checkpoint_begin(oz_instance *instance);
/* When the next one is due, by the engine's clock; INT64_MAX: nothing has changed. */
int64_t
ozi_checkpoint_due(const oz_instance *instance);
/*
 * While quieting: makes the checkpoint if nothing is on its way. WAIT: something is; MORE: it is
 * made; DONE: it was the last one; FAILED: a step failed at it, or the folder again and again.
 */
oz_step
ozi_checkpoint_try(oz_instance *instance);

/* ---- the parts of a checkpoint, of one worker or of several (joint.h) ------------------------ */

/* Whether nothing is on its way between the nodes. */
bool
ozi_checkpoint_is_quiet(const oz_instance *instance);
/*
 * Prepares the sinks and writes the state file of this worker. FAILED: a step did; what is the
 * folder's fault is left in `error`. `out->is_whole` set before: all state, not only changes.
 */
oz_step
ozi_checkpoint_write(oz_instance *instance, ozi_link *out, oz_error *error);
/* Commits the manifest, unless there is an error already, and shows it or counts the failure. */
oz_step
ozi_checkpoint_close(oz_instance *instance, bool has_ended, oz_error *error);
/* It holds: what sinks have prepared is shown, and sources are told. */
oz_step
ozi_checkpoint_show(oz_instance *instance);
/* It could not be written: the epoch before it holds. FAILED when that is so again and again. */
oz_step
ozi_checkpoint_lost(oz_instance *instance, const oz_error *error);

/* All has ended: the last checkpoint says so. DONE or FAILED. */
oz_step
ozi_checkpoint_end(oz_instance *instance);

#endif
