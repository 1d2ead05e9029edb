/* Attempts after which other workers own keys: the part of joint.c that is about moves. */
#include <stdio.h>
#include <string.h>

#include "run/joint_inside.h"
#include "run/move.h"

/* ---- beginning ------------------------------------------------------------------------------- */

/* Whether those that are to be new have made their instances. */
static bool
newcomers_are_there(const oz_job *job, uint32_t wanted)
{
    for (uint32_t i = job->workers; i < wanted; i++) {
        if (atomic_load(&job->slots[i].phase) != OZ_WORKER_RUNNING) {
            return false;
        }
    }
    return true;
}

static void
say_lost(oz_job *job, const char *why)
{
    ozi_block *block = job->block;
    (void)snprintf(block->move_failure, sizeof block->move_failure, "%s", why);
    atomic_store(&block->wanted, 0);
    atomic_fetch_add(&block->lost_moves, 1);
}

bool
ozi_joint_is_to_move(const oz_instance *instance)
{
    oz_job *job = ozi_joint_job(instance);
    ozi_block *block = job->block;
    oz_error error;
    uint32_t wanted = atomic_load(&block->wanted);
    if (wanted == job->workers) {
        atomic_store(&block->wanted, 0);
        return false;
    }
    if (wanted == 0 || ozi_joint_present(job) != job->workers ||
        !newcomers_are_there(job, wanted)) {
        return false;
    }
    if (ozi_move_check(instance->graph, &error) != OZ_OK) {
        say_lost(job, error.text);
        return false;
    }
    return true;
}

void
ozi_joint_let_go(oz_instance *instance)
{
    oz_job *job = ozi_joint_job(instance);
    if (instance->joint.lets_go) {
        instance->joint.lets_go = false;
        atomic_store(&job->block->present, job->workers);
        ozi_job_tell(job);
    }
}

void
ozi_joint_begin_move(oz_job *job)
{
    ozi_block *block = job->block;
    uint32_t wanted = atomic_load(&block->wanted);
    block->attempt_workers = wanted;
    for (uint32_t i = 0; i < job->seats; i++) {
        atomic_store(&job->slots[i].paused_ns, 0);
        atomic_store(&job->slots[i].gave, 0);
    }
    atomic_store(&block->present, wanted > job->workers ? wanted : job->workers);
}

/* ---- giving ---------------------------------------------------------------------------------- */

static void
give(oz_instance *instance)
{
    oz_job *job = ozi_joint_job(instance);
    ozi_slot *slot = ozi_job_slot(job);
    oz_error error = {.status = OZ_OK};
    int64_t entries;
    oz_status status = ozi_move_give(instance, job->block->attempt_workers, &entries, &error);
    slot->written.status = (uint32_t)status;
    atomic_store(&slot->gave, status == OZ_OK ? entries : 0);
    if (status != OZ_OK) {
        memcpy(slot->written.failure, error.text, sizeof slot->written.failure);
    }
    instance->joint.has_written = true;
    instance->joint.has_parcel = true;
    atomic_store(&slot->attempt, instance->joint.attempt);
    ozi_job_tell(job);
}

/* Worker 0, when all have given: whether the keys move. */
static void
decide(oz_instance *instance)
{
    oz_job *job = ozi_joint_job(instance);
    ozi_block *block = job->block;
    const char *failure = NULL;
    for (uint32_t i = 0; i < ozi_joint_present(job) && failure == NULL; i++) {
        bool is_good = job->slots[i].written.status == OZ_OK;
        failure = is_good ? NULL : job->slots[i].written.failure;
    }
    if (failure == NULL) {
        atomic_store(&block->workers, block->attempt_workers);
        atomic_store(&block->wanted, 0);
        atomic_fetch_add(&block->moved, 1);
        atomic_store(&block->is_asked, 1); /* those that have nothing left wait for it */
    } else {
        say_lost(job, failure);
        atomic_store(&block->present, job->workers);
    }
    atomic_store(&block->stage, failure == NULL ? OZI_STAGE_HAND : OZI_STAGE_LOST);
    ozi_job_tell(job);
}

/* Worker 0: the attempt goes on as far as all have come. */
static void
lead_move(oz_instance *instance)
{
    oz_job *job = ozi_joint_job(instance);
    ozi_block *block = job->block;
    ozi_stage stage = (ozi_stage)atomic_load(&block->stage);
    if (stage == OZI_STAGE_QUIET && ozi_joint_all_rest(job, instance->joint.attempt)) {
        atomic_store(&block->stage, OZI_STAGE_GIVE);
        ozi_job_tell(job);
    } else if (stage == OZI_STAGE_GIVE && ozi_joint_all_have_written(instance)) {
        decide(instance);
    }
}

/* ---- taking ---------------------------------------------------------------------------------- */

oz_step
ozi_joint_settle(oz_instance *instance)
{
    oz_job *job = ozi_joint_job(instance);
    ozi_stage stage = (ozi_stage)atomic_load(&job->block->stage);
    ozi_slot *slot = ozi_job_slot(job);
    const oz_io *io = instance->engine.io;
    oz_step step = OZ_MORE;
    if (stage == OZI_STAGE_HAND) {
        step = ozi_move_take(instance, job->block->attempt_workers);
        instance->joint.has_ended = false;
        instance->joint.is_stopping = false; /* sources that are new have not been told */
        atomic_store(&slot->has_ended, ozi_job_is_outside(job));
        atomic_store(&slot->paused_ns, io->now_ns(io->self) - instance->joint.quiet_ns);
    } else {
        ozi_exchange_close_lanes(instance->engine.exchange);
    }
    instance->state.is_quieting = false;
    ozi_joint_stir(instance);
    atomic_store(&slot->resolved, instance->joint.attempt);
    ozi_job_tell(job);
    return step;
}

bool
ozi_joint_must_settle(const oz_instance *instance)
{
    const ozi_block *block = ozi_joint_job(instance)->block;
    uint32_t stage = atomic_load(&block->stage);
    return block->attempt_kind == OZI_ATTEMPT_MOVE && instance->joint.has_written &&
           (stage == OZI_STAGE_HAND || stage == OZI_STAGE_LOST);
}

oz_step
ozi_joint_try_move(oz_instance *instance)
{
    oz_job *job = ozi_joint_job(instance);
    ozi_joint_settle_down(instance);
    if (ozi_job_leads(job)) {
        lead_move(instance);
    }
    ozi_stage stage = (ozi_stage)atomic_load(&job->block->stage);
    if (stage == OZI_STAGE_GIVE && !instance->joint.has_written) {
        give(instance);
        return OZ_MORE;
    }
    return ozi_joint_must_settle(instance) ? ozi_joint_settle(instance) : OZ_WAIT;
}
