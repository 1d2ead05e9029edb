/* What the files of joint.h share. */
#ifndef OUZEL_RUN_JOINT_INSIDE_H
#define OUZEL_RUN_JOINT_INSIDE_H

#include "run/joint.h"

static inline oz_job *
ozi_joint_job(const oz_instance *instance)
{
    return instance->options.job;
}

/* How many workers take part in attempts. */
static inline uint32_t
ozi_joint_present(const oz_job *job)
{
    return atomic_load(&job->block->present);
}

/* ---- joint.c --------------------------------------------------------------------------------- */

/* Rests, if nothing is on its way here; and does not any more. */
void
ozi_joint_settle_down(oz_instance *instance);
void
ozi_joint_stir(oz_instance *instance);
/* Whether all are at rest, and no lane has bytes. */
bool
ozi_joint_all_rest(const oz_job *job, uint64_t attempt);
/* Whether all have said what has become of their part of the attempt. */
bool
ozi_joint_all_have_written(const oz_instance *instance);

/* ---- joint_move.c ---------------------------------------------------------------------------- */

/* Whether another number of workers is to share the keys, and can. Worker 0. */
bool
ozi_joint_is_to_move(const oz_instance *instance);
/* Such an attempt begins: who takes part in it. */
void
ozi_joint_begin_move(oz_job *job);
/* Goes on with it as far as can be, as ozi_joint_try. */
oz_step
ozi_joint_try_move(oz_instance *instance);
/* Whether the keys move, or do not after all, and this worker has not done its part of that. */
bool
ozi_joint_must_settle(const oz_instance *instance);
/* Does it, and goes on. */
oz_step
ozi_joint_settle(oz_instance *instance);
/* Those that have no keys any more, and what they had written holds: they are gone. Worker 0. */
void
ozi_joint_let_go(oz_instance *instance);

#endif
