/*
 * Checkpoints of an instance with a state folder; going on from the last one is in restore.h.
 *
 * The loop sets `quieting` when one is due. Sources are then no longer polled, and what they have
 * given goes through; when nothing is on its way any more, the state is taken, and rows go on while
 * it is brought to the disk:
 *
 *     the flow  --rows--. take: sinks prepare,  .--rows, slices--.--rows-----. commit .--rows--
 *                       | state is packed       | of the tables  |           |        |
 *     aside             '-----------------------'                '-sync,     |        '-names->
 *                                                                  manifest--'
 *
 * Of large tables only the entries that are about to change, and a slice of all others now and
 * then, are packed while rows go on (state/capture.h): what stops the flow does not grow with them.
 * What comes after the state was taken belongs to the next epoch. That one can only be taken when
 * the one before it is over: shown, or lost; of what a lost one had prepared the next one takes
 * care.
 */
#ifndef OUZEL_RUN_CHECKPOINT_H
#define OUZEL_RUN_CHECKPOINT_H

#include "run/instance.h"

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
/* While quieting: steps give on what they do not keep over a checkpoint. NEED or FAILED. */
oz_step
ozi_checkpoint_flush(oz_instance *instance, bool *worked);
/*
 * While quieting: begins the checkpoint if nothing is on its way, nor one being made. WAIT: there
 * is; MORE: rows go on; DONE: it was the last one, and it is made; FAILED: as below.
 */
oz_step
ozi_checkpoint_try(oz_instance *instance);
/*
 * Goes on with one that was begun, as far as can be without waiting. MORE: there is more to do;
 * WAIT: something is done aside; NEED: nothing is being made; FAILED: a step failed at it, or the
 * folder again and again.
 */
oz_step
ozi_checkpoint_go_on(oz_instance *instance);
/* Waits until none is being made by this instance alone. NEED or FAILED. */
oz_step
ozi_checkpoint_finish(oz_instance *instance);
/* All has ended: the last checkpoint says so. DONE or FAILED. */
oz_step
ozi_checkpoint_end(oz_instance *instance);
/* Before the nodes are freed or replaced: nothing is done aside any more. */
void
ozi_checkpoint_abandon(oz_instance *instance);

/* ---- the parts of a checkpoint, of one worker or of several (joint.h) ------------------------ */

/* Whether nothing is on its way between the nodes. */
bool
ozi_checkpoint_is_quiet(const oz_instance *instance);
/*
 * Takes the state: prepares the sinks and packs what is remembered. FAILED: a step did; what is the
 * folder's fault is left in `error`. `is_whole`: all state, not only changes.
 */
oz_step
ozi_checkpoint_take(oz_instance *instance, bool is_whole);
/*
 * From then on until it is WRITTEN, and from the beginning of the commit until it is COMMITTED.
 * MORE, WAIT, NEED and FAILED as above, NEED in those two phases.
 */
oz_step
ozi_checkpoint_advance(oz_instance *instance);
/* Commits the manifest, aside. */
void
ozi_checkpoint_commit(oz_instance *instance, bool has_ended);
/* It holds: what sinks have prepared is shown, and sources are told. */
oz_step
ozi_checkpoint_show(oz_instance *instance);
/* It could not be written: the epoch before it holds. FAILED when that is so again and again. */
oz_step
ozi_checkpoint_lost(oz_instance *instance);

#endif
