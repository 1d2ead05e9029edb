/* The workers of a job together: the protocol is told in joint.h. */
#include "run/joint.h"

#include <stdio.h>
#include <string.h>

#include "run/checkpoint.h"
#include "run/joint_inside.h"
#include "run/move.h"

enum { READY_LOOK_NS = 100000000 };

/* ---- opening and leaving --------------------------------------------------------------------- */

/* The bell wakes a worker that waits, and one at rest, which looks at nothing else. */
static oz_status
open_bell(oz_instance *instance, oz_error *error)
{
    ozi_engine *engine = &instance->engine;
    const oz_io *io = engine->io;
    int64_t bell = oz_job_bell(ozi_joint_job(instance), ozi_joint_job(instance)->worker);
    if (ozi_engine_open_poller(engine) != OZ_OK) {
        return oz_error_set(error, OZ_IO, "%s", engine->scratch.text);
    }
    instance->joint.poller = io->poller(io->self);
    int64_t result = instance->joint.poller;
    if (result >= 0) {
        result = io->watch(io->self, instance->joint.poller, bell, OZ_IO_READABLE, OZI_BELL_TOKEN);
    }
    if (result >= 0) {
        result = io->watch(io->self, engine->poller, bell, OZ_IO_READABLE, OZI_BELL_TOKEN);
    }
    return result >= 0 ? OZ_OK
                       : oz_error_set(error, OZ_IO, "cannot watch the bell of a worker: %s",
                                      strerror((int)-result));
}

static void
silence_bell(oz_instance *instance)
{
    char ignored[8];
    const oz_io *io = instance->engine.io;
    int64_t bell = oz_job_bell(ozi_joint_job(instance), ozi_joint_job(instance)->worker);
    (void)io->read(io->self, bell, ignored, sizeof ignored);
}

static oz_status
wait_for_leader(oz_instance *instance, oz_error *error)
{
    const oz_io *io = instance->engine.io;
    oz_job *job = ozi_joint_job(instance);
    while (atomic_load(&job->block->is_ready) == 0) {
        oz_io_event event;
        if (atomic_load(&job->slots[0].phase) == OZ_WORKER_FAILED) {
            return oz_error_set(error, OZ_CLOSED, "worker 0 has failed");
        }
        atomic_store(&ozi_job_slot(job)->is_asleep, 1);
        ozi_before_block(&instance->options);
        int64_t count = io->wait(io->self, instance->joint.poller, &event, 1, READY_LOOK_NS);
        ozi_after_block(&instance->options);
        if (count > 0) {
            silence_bell(instance);
        }
    }
    return OZ_OK;
}

oz_status
ozi_joint_begin_open(oz_instance *instance, const oz_graph *graph, oz_error *error)
{
    oz_job *job = ozi_joint_job(instance);
    uint64_t fingerprint = ozi_graph_fingerprint(graph);
    if (graph->workers != job->seats) {
        return oz_error_set(error, OZ_INVALID,
                            "the graph is spread over %u workers, but the job may have %u",
                            graph->workers, job->seats);
    }
    OZ_TRY(open_bell(instance, error));
    atomic_store(&ozi_job_slot(job)->fingerprint, fingerprint);
    if (ozi_job_leads(job)) {
        return OZ_OK;
    }
    OZ_TRY(wait_for_leader(instance, error));
    instance->engine.seed = job->block->seed;
    return atomic_load(&job->slots[0].fingerprint) == fingerprint
               ? OZ_OK
               : oz_error_set(error, OZ_REFUSED,
                              "worker %u has drawn another graph than worker 0: the program must "
                              "draw the same steps, in the same order, whenever it is run",
                              job->worker);
}

/* So that whoever finds the worker dead can say where it was. */
static void
name_steps(oz_instance *instance, const oz_graph *graph)
{
    ozi_slot *slot = ozi_job_slot(ozi_joint_job(instance));
    for (uint32_t i = 0; i < graph->node_count && i < OZI_NAMED_STEPS_MAX; i++) {
        const ozi_node *node = &graph->nodes[i];
        const char *where = node->where != NULL ? node->where : "no line";
        (void)snprintf(slot->steps[i], OZI_STEP_NAME_MAX, "step \"%s\" (%s)", ozi_node_label(node),
                       where);
    }
    instance->engine.trace = &slot->trace;
}

oz_status
ozi_joint_open(oz_instance *instance, const oz_graph *graph, oz_error *error)
{
    oz_job *job = ozi_joint_job(instance);
    if (ozi_job_leads(job)) {
        if (!instance->engine.has_epochs) {
            instance->engine.seed = job->block->seed;
        }
        job->block->seed = instance->engine.seed;
        atomic_store(&job->block->epoch, oz_instance_epoch(instance));
        atomic_store(&job->block->is_ready, 1);
        ozi_job_tell(job);
    }
    name_steps(instance, graph);
    return ozi_exchange_open(&instance->engine, job, graph->exchange_count, error);
}

void
ozi_joint_close(oz_instance *instance)
{
    const oz_io *io = instance->engine.io;
    ozi_exchange_close(&instance->engine);
    if (ozi_is_joint(instance) && instance->joint.poller >= 0) {
        (void)io->unpoll(io->self, instance->joint.poller);
        instance->joint.poller = -1;
    }
}

void
ozi_joint_leave(oz_job *job, const oz_error *error)
{
    if (error != NULL) {
        oz_job_fail(job, error->text);
        return;
    }
    atomic_store(&ozi_job_slot(job)->phase, OZ_WORKER_DONE);
    ozi_job_tell(job);
}

/* ---- beginning an attempt -------------------------------------------------------------------- */

static int64_t
sum_of_moves(const oz_job *job)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < ozi_joint_present(job); i++) {
        sum += atomic_load(&job->slots[i].moves);
    }
    return sum;
}

static bool
all_have_ended(const oz_job *job)
{
    for (uint32_t i = 0; i < ozi_joint_present(job); i++) {
        if (atomic_load(&job->slots[i].has_ended) == 0) {
            return false;
        }
    }
    return true;
}

/* Somebody has not seen yet how the attempt before went out. */
static bool
is_under_way(const oz_job *job)
{
    for (uint32_t i = 0; i < ozi_joint_present(job); i++) {
        if (atomic_load(&job->slots[i].resolved) != atomic_load(&job->block->attempt)) {
            return true;
        }
    }
    return false;
}

static bool
is_due(oz_instance *instance)
{
    ozi_state *state = &instance->state;
    oz_job *job = ozi_joint_job(instance);
    bool is_asked = atomic_exchange(&job->block->is_asked, 0) != 0;
    if (state->due_ns == 0) {
        state->due_ns = instance->engine.now_ns + state->interval_ns;
    }
    if (is_asked || state->due_ns > instance->engine.now_ns) {
        return is_asked;
    }
    state->due_ns = instance->engine.now_ns + state->interval_ns;
    return sum_of_moves(job) != state->saved_moves;
}

static void
begin_attempt(oz_instance *instance)
{
    oz_job *job = ozi_joint_job(instance);
    ozi_block *block = job->block;
    if (instance->state.is_quieting || is_under_way(job)) {
        return;
    }
    ozi_joint_let_go(instance);
    if (all_have_ended(job)) {
        block->attempt_kind = OZI_ATTEMPT_ENDED;
    } else if (instance->state.is_last) {
        block->attempt_kind = OZI_ATTEMPT_LAST;
    } else if (ozi_joint_is_to_move(instance)) {
        block->attempt_kind = OZI_ATTEMPT_MOVE;
    } else if (is_due(instance)) {
        block->attempt_kind = OZI_ATTEMPT_PLAIN;
    } else {
        return;
    }
    if (block->attempt_kind == OZI_ATTEMPT_MOVE) {
        ozi_joint_begin_move(job);
    } else {
        ozi_store_begin(&instance->state.store, ozi_joint_present(job));
        block->attempt_epoch = instance->state.store.next->epoch;
    }
    atomic_store(&block->stage, OZI_STAGE_QUIET);
    atomic_fetch_add(&block->attempt, 1);
    ozi_job_tell(job);
}

/* An attempt has begun: it takes part, unless it has not come to that yet. */
static void
join_attempt(oz_instance *instance, uint64_t attempt)
{
    oz_job *job = ozi_joint_job(instance);
    ozi_joint *joint = &instance->joint;
    joint->attempt = attempt;
    if (job->worker >= ozi_joint_present(job)) {
        return;
    }
    joint->has_taken = joint->has_written = false;
    if (joint->has_parcel) {
        ozi_move_forget(instance); /* all have read it, for this attempt has begun */
        joint->has_parcel = false;
    }
    joint->quiet_ns = instance->engine.io->now_ns(instance->engine.io->self);
    instance->state.is_quieting = true;
}

oz_step
ozi_joint_begin(oz_instance *instance)
{
    oz_job *job = ozi_joint_job(instance);
    ozi_joint *joint = &instance->joint;
    atomic_store(&ozi_job_slot(job)->moves, instance->moves);
    (void)ozi_job_was_told(job);
    if (atomic_exchange(&instance->engine.asks_checkpoint, false)) {
        atomic_store(&job->block->is_asked, 1);
    }
    if (atomic_load(&job->block->must_stop) != 0 && !joint->is_stopping) {
        joint->is_stopping = true;
        if (oz_drain(instance) == OZ_FAILED) {
            return OZ_FAILED;
        }
    }
    if (instance->engine.has_epochs && ozi_job_leads(job)) {
        begin_attempt(instance);
    }
    uint64_t attempt = atomic_load(&job->block->attempt);
    if (attempt != joint->attempt) {
        join_attempt(instance, attempt);
    }
    return OZ_NEED;
}

bool
ozi_joint_is_asked(const oz_instance *instance)
{
    const oz_job *job = ozi_joint_job(instance);
    return instance->engine.has_epochs && atomic_load(&job->block->is_asked) != 0;
}

int64_t
ozi_joint_due(const oz_instance *instance)
{
    const ozi_state *state = &instance->state;
    bool can_begin = !state->is_quieting && state->phase == OZI_PHASE_NONE;
    return ozi_job_leads(ozi_joint_job(instance)) && can_begin ? state->due_ns : INT64_MAX;
}

/* ---- rest ------------------------------------------------------------------------------------ */

void
ozi_joint_stir(oz_instance *instance)
{
    ozi_slot *slot = ozi_job_slot(ozi_joint_job(instance));
    if (instance->joint.is_resting) {
        instance->joint.is_resting = false;
        atomic_fetch_add(&slot->stirred, 1);
        atomic_store(&slot->at_rest, 0);
    }
}

/* Rows go on, unless it is the last time. */
static oz_step
take(oz_instance *instance)
{
    oz_job *job = ozi_joint_job(instance);
    const ozi_block *block = job->block;
    bool is_plain = block->attempt_kind == OZI_ATTEMPT_PLAIN;
    if (!ozi_job_leads(job)) {
        ozi_store_follow(&instance->state.store, atomic_load(&block->epoch), block->attempt_epoch,
                         ozi_joint_present(job));
    }
    instance->joint.has_taken = true;
    if (is_plain) {
        instance->state.is_quieting = false;
        ozi_joint_stir(instance);
    }
    return ozi_checkpoint_take(instance, block->attempt_kind == OZI_ATTEMPT_LAST);
}

/*
 * Rows that have come are rows after the state was to be taken, or after the keys have moved, when
 * they come from a worker that has seen that: then this one sees it, too, if it looks after it has
 * seen the rows.
 */
static bool
must_take(const oz_instance *instance)
{
    const oz_job *job = ozi_joint_job(instance);
    return !instance->joint.has_taken && atomic_load(&job->block->stage) == OZI_STAGE_WRITE;
}

oz_step
ozi_joint_rest(oz_instance *instance)
{
    bool has_rows = instance->joint.is_resting && !ozi_exchange_is_empty(instance->engine.exchange);
    if (instance->state.is_quieting && must_take(instance) && take(instance) == OZ_FAILED) {
        return OZ_FAILED;
    }
    if (instance->state.is_quieting && ozi_joint_must_settle(instance) &&
        ozi_joint_settle(instance) == OZ_FAILED) {
        return OZ_FAILED;
    }
    if (has_rows) {
        ozi_joint_stir(instance);
    }
    return instance->joint.is_resting ? OZ_WAIT : OZ_NEED;
}

void
ozi_joint_settle_down(oz_instance *instance)
{
    oz_job *job = ozi_joint_job(instance);
    ozi_slot *slot = ozi_job_slot(job);
    if (!instance->joint.is_resting && ozi_checkpoint_is_quiet(instance) &&
        ozi_exchange_is_empty(instance->engine.exchange)) {
        instance->joint.is_resting = true;
        atomic_store(&slot->moves, instance->moves);
        atomic_store(&slot->at_rest, instance->joint.attempt);
        ozi_job_tell(job);
    }
}

/* How often all have been stirred, when all are at rest. */
static bool
look_around(const oz_job *job, uint64_t attempt, uint64_t *stirred)
{
    *stirred = 0;
    for (uint32_t i = 0; i < ozi_joint_present(job); i++) {
        *stirred += atomic_load(&job->slots[i].stirred);
        if (atomic_load(&job->slots[i].at_rest) != attempt) {
            return false;
        }
    }
    return true;
}

bool
ozi_joint_all_rest(const oz_job *job, uint64_t attempt)
{
    uint64_t before;
    uint64_t after;
    return look_around(job, attempt, &before) && ozi_job_lanes_are_empty(job) &&
           look_around(job, attempt, &after) && before == after;
}

/* ---- going on with an attempt ---------------------------------------------------------------- */

/* The state file of this worker is there, or it is known why not. */
static void
hand_over(oz_instance *instance)
{
    oz_job *job = ozi_joint_job(instance);
    ozi_slot *slot = ozi_job_slot(job);
    const ozi_state *state = &instance->state;
    slot->written.size = state->link.size;
    slot->written.crc = state->link.crc;
    slot->written.is_whole = state->link.is_whole;
    slot->written.status = (uint32_t)state->error.status;
    if (state->error.status != OZ_OK) {
        memcpy(slot->written.failure, state->error.text, sizeof slot->written.failure);
    }
    instance->joint.has_written = true;
    atomic_store(&slot->attempt, instance->joint.attempt);
    ozi_job_tell(job);
}

bool
ozi_joint_all_have_written(const oz_instance *instance)
{
    const oz_job *job = ozi_joint_job(instance);
    for (uint32_t i = 0; i < ozi_joint_present(job); i++) {
        if (atomic_load(&job->slots[i].attempt) != instance->joint.attempt) {
            return false;
        }
    }
    return true;
}

/* What all have written goes into the manifest. */
static void
gather(oz_instance *instance, oz_error *error)
{
    const oz_job *job = ozi_joint_job(instance);
    ozi_store *store = &instance->state.store;
    *error = (oz_error){.status = OZ_OK};
    for (uint32_t i = 0; i < ozi_joint_present(job); i++) {
        const ozi_slot *slot = &job->slots[i];
        const ozi_link link = {.size = slot->written.size,
                               .crc = slot->written.crc,
                               .is_whole = slot->written.is_whole != 0};
        ozi_store_add(store, i, &link);
        if (slot->written.status != OZ_OK && error->status == OZ_OK) {
            error->status = (oz_status)slot->written.status;
            memcpy(error->text, slot->written.failure, sizeof error->text);
        }
    }
}

/* Worker 0 says how the attempt went out. */
static oz_step
close_attempt(oz_instance *instance)
{
    oz_job *job = ozi_joint_job(instance);
    ozi_state *state = &instance->state;
    bool holds = state->error.status == OZ_OK;
    oz_step step = holds ? OZ_NEED : ozi_checkpoint_lost(instance);
    state->phase = OZI_PHASE_COMMITTED;
    atomic_store(&job->block->epoch, state->store.manifest->epoch);
    atomic_store(&job->block->stage, holds ? OZI_STAGE_HOLDS : OZI_STAGE_LOST);
    ozi_job_tell(job);
    return step;
}

/* Of worker 0, when its own part is written. */
static oz_step
lead_on(oz_instance *instance)
{
    oz_job *job = ozi_joint_job(instance);
    ozi_state *state = &instance->state;
    if (state->phase == OZI_PHASE_WRITTEN && ozi_joint_all_have_written(instance)) {
        gather(instance, &state->error);
        if (state->error.status != OZ_OK) {
            return close_attempt(instance);
        }
        ozi_checkpoint_commit(instance, job->block->attempt_kind == OZI_ATTEMPT_ENDED);
    }
    return state->phase == OZI_PHASE_COMMITTED ? close_attempt(instance) : OZ_NEED;
}

/* It is known how the attempt went out. */
static oz_step
take_note(oz_instance *instance, ozi_stage stage)
{
    oz_job *job = ozi_joint_job(instance);
    ozi_state *state = &instance->state;
    if (!ozi_job_leads(job)) {
        state->store.manifest->epoch = atomic_load(&job->block->epoch);
    }
    if (stage == OZI_STAGE_HOLDS) {
        return ozi_checkpoint_show(instance);
    }
    if (!ozi_job_leads(job)) {
        ozi_store_begin_anew(&state->store);
    }
    state->phase = OZI_PHASE_NONE;
    return OZ_NEED;
}

/* The attempt is over: another one may begin, or it was the last one. */
static oz_step
resolve(oz_instance *instance, ozi_stage stage)
{
    oz_job *job = ozi_joint_job(instance);
    bool is_last = job->block->attempt_kind != OZI_ATTEMPT_PLAIN || ozi_job_is_outside(job);
    instance->joint.lets_go = stage == OZI_STAGE_HOLDS && ozi_joint_present(job) > job->workers;
    instance->joint.knows_end = false;
    instance->state.is_quieting = false;
    ozi_joint_stir(instance);
    atomic_store(&ozi_job_slot(job)->resolved, instance->joint.attempt);
    ozi_job_tell(job);
    return stage == OZI_STAGE_HOLDS && is_last ? OZ_DONE : OZ_MORE;
}

oz_step
ozi_joint_go_on(oz_instance *instance)
{
    oz_job *job = ozi_joint_job(instance);
    ozi_state *state = &instance->state;
    ozi_joint *joint = &instance->joint;
    oz_step step = ozi_checkpoint_advance(instance);
    if (step == OZ_FAILED) {
        return OZ_FAILED;
    }
    if (state->phase == OZI_PHASE_WRITTEN && !joint->has_written) {
        hand_over(instance);
    }
    if (ozi_job_leads(job) && !joint->knows_end && lead_on(instance) == OZ_FAILED) {
        return OZ_FAILED;
    }
    ozi_stage stage = (ozi_stage)atomic_load(&job->block->stage);
    bool is_known = joint->has_written && (stage == OZI_STAGE_HOLDS || stage == OZI_STAGE_LOST);
    if (is_known && !joint->knows_end) {
        joint->knows_end = true;
        if (take_note(instance, stage) == OZ_FAILED) {
            return OZ_FAILED;
        }
    }
    return joint->knows_end && state->phase == OZI_PHASE_NONE ? resolve(instance, stage) : step;
}

/* ---- trying ---------------------------------------------------------------------------------- */

oz_step
ozi_joint_try(oz_instance *instance)
{
    oz_job *job = ozi_joint_job(instance);
    ozi_block *block = job->block;
    if (block->attempt_kind == OZI_ATTEMPT_MOVE) {
        return ozi_joint_try_move(instance);
    }
    if (instance->joint.has_taken) {
        return OZ_WAIT; /* it is the last one: nothing goes on */
    }
    ozi_joint_settle_down(instance);
    if (atomic_load(&block->stage) == OZI_STAGE_QUIET && ozi_job_leads(job) &&
        ozi_joint_all_rest(job, instance->joint.attempt)) {
        instance->state.saved_moves = sum_of_moves(job);
        atomic_store(&block->stage, OZI_STAGE_WRITE);
        ozi_job_tell(job);
    }
    if (must_take(instance)) {
        return take(instance) == OZ_FAILED ? OZ_FAILED : OZ_MORE;
    }
    return OZ_WAIT;
}

oz_step
ozi_joint_end(oz_instance *instance)
{
    oz_job *job = ozi_joint_job(instance);
    if (!instance->engine.has_epochs || instance->state.has_ended) {
        return OZ_DONE;
    }
    if (!instance->joint.has_ended) {
        instance->joint.has_ended = true;
        atomic_store(&ozi_job_slot(job)->has_ended, 1);
        ozi_job_tell(job);
        return OZ_MORE; /* worker 0 may be this one */
    }
    return OZ_WAIT;
}

/* ---- sleeping -------------------------------------------------------------------------------- */

bool
ozi_joint_sleep(oz_instance *instance)
{
    oz_job *job = ozi_joint_job(instance);
    const ozi_exchange *exchange = instance->engine.exchange;
    ozi_slot *slot = ozi_job_slot(job);
    atomic_store(&slot->is_asleep, 1);
    atomic_thread_fence(memory_order_seq_cst);
    bool has_work = instance->joint.is_resting ? !ozi_exchange_is_empty(exchange)
                                               : ozi_exchange_has_work(exchange);
    if (has_work || atomic_load(&job->block->told) != job->told) {
        atomic_store(&slot->is_asleep, 0);
        return false;
    }
    return true;
}

void
ozi_joint_wake(oz_instance *instance)
{
    atomic_store(&ozi_job_slot(ozi_joint_job(instance))->is_asleep, 0);
    silence_bell(instance);
}

void
ozi_joint_begin_wait(oz_instance *instance)
{
    const oz_io *io = instance->engine.io;
    atomic_store(&ozi_job_slot(ozi_joint_job(instance))->waits_since_ns, io->now_ns(io->self));
}

void
ozi_joint_end_wait(oz_instance *instance)
{
    const oz_io *io = instance->engine.io;
    ozi_slot *slot = ozi_job_slot(ozi_joint_job(instance));
    int64_t since_ns = atomic_exchange(&slot->waits_since_ns, 0);
    atomic_fetch_add(&slot->waited_ns, io->now_ns(io->self) - since_ns);
}
