#include "run/checkpoint.h"

#include <assert.h>

#include "checkpoint/snapshot.h"
#include "op/errands.h"
#include "op/positions.h"

/*
 * A step is long when it takes this part of the time between checkpoints, or of a second when there
 * is more between them: it is also how long a stop waits. It is short below that.
 */
enum { LONG_STEP = 8, SHORT_STEP = 64, FIRST_ROWS = 16 };
enum { SHARE_OF_NS = 1000000000, FAILURES_MAX = 3 };
enum { SLICE_MIN_NS = 500000, SLICE_MAX_NS = 2000000, GROUPS_AT_ONCE = 16 };
enum { NO_MOVES = -1 }; /* as if nothing had been saved */

/* ---- when ------------------------------------------------------------------------------------ */

int64_t
ozi_checkpoint_due(const oz_instance *instance)
{
    const ozi_state *state = &instance->state;
    bool is_changed = state->saved_moves != instance->moves;
    bool can_begin = !state->is_quieting && state->phase == OZI_PHASE_NONE;
    return is_changed && can_begin ? state->due_ns : INT64_MAX;
}

void
ozi_checkpoint_pace(oz_instance *instance)
{
    ozi_state *state = &instance->state;
    int64_t now_ns = instance->engine.now_ns;
    int64_t took_ns = now_ns - state->paced_ns;
    int64_t rows = instance->source_rows;
    int64_t interval_ns = state->interval_ns < SHARE_OF_NS ? state->interval_ns : SHARE_OF_NS;
    if (state->paced_ns == 0) {
        rows = FIRST_ROWS;
    } else if (took_ns > interval_ns / LONG_STEP) {
        rows /= 2;
    } else if (took_ns < interval_ns / SHORT_STEP) {
        rows *= 2;
    }
    rows = rows > instance->source_rows_max ? instance->source_rows_max : rows;
    instance->source_rows = rows < 1 ? 1 : rows;
    state->paced_ns = now_ns;
}

void
ozi_checkpoint_begin(oz_instance *instance)
{
    ozi_state *state = &instance->state;
    int64_t now_ns = instance->engine.now_ns;
    if (state->due_ns == 0) {
        state->due_ns = now_ns + state->interval_ns;
    }
    bool is_asked = atomic_exchange(&instance->engine.asks_checkpoint, false);
    state->is_quieting |= is_asked || state->is_last || ozi_checkpoint_due(instance) <= now_ns;
}

void
oz_checkpoint(oz_instance *instance)
{
    atomic_store(&instance->engine.asks_checkpoint, true);
    oz_wake(instance);
}

/* ---- quiet ----------------------------------------------------------------------------------- */

/* An end that its operator was not told of yet is no obstacle: it will be told of it anew. */
static bool
node_is_at_rest(const oz_context *node)
{
    const oz_operator *op = node->op;
    bool prepares = op->sink != NULL && op->sink->prepare != NULL;
    bool holds_rows = op->rows_held != NULL && !prepares && op->rows_held(node->state) > 0;
    bool drains = node->draining && node->ready && !node->ended;
    return !node->busy && node->own != OZ_MORE && node->deferred.first == NULL &&
           node->rest.first == NULL && (node->attention & OZI_FINISHING) == 0 && !holds_rows &&
           !drains;
}

oz_step
ozi_checkpoint_flush(oz_instance *instance, bool *worked)
{
    for (uint32_t i = 0; i < instance->engine.node_count; i++) {
        oz_context *node = instance->engine.nodes[i];
        bool holds = node->op->flushes && !node->ended && !node->busy &&
                     node->op->rows_held(node->state) > 0;
        if (!holds || ozi_is_blocked(node)) {
            continue;
        }
        *worked = true;
        if (ozi_call_flush(node) == OZ_FAILED) {
            return OZ_FAILED;
        }
    }
    return OZ_NEED;
}

bool
ozi_checkpoint_is_quiet(const oz_instance *instance)
{
    for (uint32_t i = 0; i < instance->engine.node_count; i++) {
        if (!node_is_at_rest(instance->engine.nodes[i])) {
            return false;
        }
    }
    return true;
}

/* ---- taking the state ------------------------------------------------------------------------ */

/* Sinks end what they have written. A failure is theirs: it is latched. */
static oz_step
prepare_sinks(oz_instance *instance)
{
    uint64_t epoch = instance->state.store.next->epoch;
    for (uint32_t i = 0; i < instance->engine.node_count; i++) {
        oz_context *node = instance->engine.nodes[i];
        const oz_sink_verbs *sink = node->op->sink;
        bool prepares = !node->absent && sink != NULL && sink->prepare != NULL;
        ozi_traced outer;
        ozi_enter(node, &outer);
        oz_status status = prepares ? sink->prepare(node->state, node, epoch) : OZ_OK;
        ozi_leave(node, &outer);
        if (status != OZ_OK) {
            return oz_failed(node, status);
        }
    }
    return OZ_NEED;
}

/* Where sources stand that want to know what an epoch has. */
static oz_step
note_positions(oz_instance *instance)
{
    ozi_vec *positions = &instance->state.positions;
    positions->count = 0;
    for (uint32_t i = 0; i < instance->engine.node_count; i++) {
        oz_context *node = instance->engine.nodes[i];
        const oz_source_verbs *source = node->op->source;
        uint32_t count;
        if (node->absent || source == NULL || source->acknowledge == NULL) {
            continue;
        }
        oz_status status = ozi_partitions_of(node, &count);
        for (uint32_t part = 0; part < count && status == OZ_OK; part++) {
            if (ozi_exchange_reads(node, part)) {
                const ozi_read_up_to read = {
                    .node = node,
                    .partition = part,
                    .position = source->position(node->state, part),
                };
                status = ozi_vec_append(positions, &read, 1);
            }
        }
        if (status != OZ_OK) {
            return oz_failed(node, status);
        }
    }
    return OZ_NEED;
}

/* What is not the fault of the folder is latched: the step whose state could not be packed. */
static oz_step
check_pack(const oz_instance *instance, oz_context *node)
{
    oz_status status = instance->state.pack.status;
    if (status == OZ_OK || status == OZ_IO || node == NULL) {
        return OZ_NEED;
    }
    if (status == OZ_UNSUPPORTED) {
        return oz_fail(node, status,
                       "a key or value is an object that cannot be stored; give the step a key "
                       "function that makes an int, a str, bytes or a tuple of it");
    }
    (void)oz_error_set(oz_context_error(node), status, "its state cannot be written: %s",
                       oz_status_name(status));
    return oz_failed(node, status);
}

static oz_step
pack_state(oz_instance *instance)
{
    ozi_state *state = &instance->state;
    oz_context *node = NULL;
    ozi_save what = state->link.is_whole ? OZI_SAVE_ALL : OZI_SAVE_CHANGES;
    state->later = (ozi_later){.entries_min = state->later_min};
    ozi_snapshot_save(&instance->engine, instance->graph, what, &state->pack, &state->later, &node);
    state->phase = OZI_PHASE_PACK;
    return check_pack(instance, node);
}

/* The descriptor that makes the instance go on: of a worker at rest it is another one. */
static int64_t
poller_of(oz_instance *instance)
{
    if (instance->joint.is_resting) {
        return instance->joint.poller;
    }
    (void)ozi_engine_open_poller(&instance->engine);
    return instance->engine.poller;
}

static void
do_aside(oz_instance *instance, ozi_phase phase, void (*work)(void *context))
{
    instance->state.phase = phase;
    ozi_aside_begin(&instance->state.aside, instance->engine.io, poller_of(instance), work,
                    instance);
}

/* In another thread: of the instance it uses the errands and the store, if that writes a file. */
static void
sync_files(void *context)
{
    oz_instance *instance = context;
    ozi_errands_do(&instance->engine.errands, instance->engine.io);
    ozi_store_sync(&instance->state.store);
}

static void
replace_manifest(void *context)
{
    oz_instance *instance = context;
    ozi_store_commit(&instance->state.store);
}

oz_step
ozi_checkpoint_take(oz_instance *instance, bool is_whole)
{
    ozi_state *state = &instance->state;
    uint32_t worker = instance->options.job == NULL ? 0 : instance->options.job->worker;
    state->error = (oz_error){.status = OZ_OK};
    state->link = (ozi_link){.is_whole = is_whole};
    if (prepare_sinks(instance) == OZ_FAILED || note_positions(instance) == OZ_FAILED) {
        return OZ_FAILED;
    }
    oz_status status =
        ozi_store_write(&state->store, worker, &state->link.is_whole, &state->pack, &state->error);
    if (status != OZ_OK) {
        do_aside(instance, OZI_PHASE_SYNC, sync_files); /* those of sinks */
        return OZ_NEED;
    }
    return pack_state(instance);
}

/*
 * A slice lasts as long as the rows before it, within bounds: so tables of any size are packed in
 * the time that rows would take twice, and rows do not wait for long. A clock that stands still, as
 * that of a test, ends it.
 */
static oz_step
pack_slice(oz_instance *instance)
{
    const ozi_engine *engine = &instance->engine;
    ozi_state *state = &instance->state;
    int64_t begin_ns = ozi_engine_clock(engine);
    int64_t rows_ns = begin_ns - engine->now_ns;
    int64_t slice_ns = rows_ns < SLICE_MIN_NS   ? SLICE_MIN_NS
                       : rows_ns > SLICE_MAX_NS ? SLICE_MAX_NS
                                                : rows_ns;
    bool is_done = false;
    int64_t took_ns;
    do {
        is_done = ozi_later_slice(&state->later, GROUPS_AT_ONCE);
        took_ns = ozi_engine_clock(engine) - begin_ns;
    } while (!is_done && took_ns > 0 && took_ns < slice_ns);
    if (check_pack(instance, ozi_snapshot_failed(engine)) == OZ_FAILED) {
        return OZ_FAILED;
    }
    if (is_done) {
        ozi_later_end(&state->pack);
        oz_status status = ozi_pack_finish(&state->pack);
        (void)status; /* latched: ozi_store_written looks at it */
        do_aside(instance, OZI_PHASE_SYNC, sync_files);
    }
    return OZ_MORE;
}

/* ---- bringing it to the disk ----------------------------------------------------------------- */

static oz_step
end_sync(oz_instance *instance)
{
    ozi_state *state = &instance->state;
    state->phase = OZI_PHASE_WRITTEN;
    if (ozi_errands_end(&instance->engine) == OZ_FAILED) {
        return OZ_FAILED;
    }
    if (state->error.status == OZ_OK &&
        ozi_store_written(&state->store, &state->pack, &state->link, &state->error) != OZ_OK) {
        assert(state->error.status != OZ_OK);
    }
    return OZ_MORE;
}

static oz_step
end_commit(oz_instance *instance)
{
    ozi_state *state = &instance->state;
    state->phase = OZI_PHASE_COMMITTED;
    if (ozi_store_committed(&state->store, &state->error) != OZ_OK) {
        assert(state->error.status != OZ_OK);
    }
    return OZ_MORE;
}

static oz_step
end_show(oz_instance *instance)
{
    instance->state.phase = OZI_PHASE_NONE;
    return ozi_errands_end(&instance->engine) == OZ_FAILED ? OZ_FAILED : OZ_MORE;
}

oz_step
ozi_checkpoint_advance(oz_instance *instance)
{
    ozi_state *state = &instance->state;
    bool is_aside = state->phase == OZI_PHASE_SYNC || state->phase == OZI_PHASE_COMMIT ||
                    state->phase == OZI_PHASE_SHOW;
    if (state->phase == OZI_PHASE_PACK) {
        return pack_slice(instance);
    }
    if (!is_aside) {
        return OZ_NEED;
    }
    if (!ozi_aside_is_done(&state->aside)) {
        return OZ_WAIT;
    }
    return state->phase == OZI_PHASE_SYNC     ? end_sync(instance)
           : state->phase == OZI_PHASE_COMMIT ? end_commit(instance)
                                              : end_show(instance);
}

void
ozi_checkpoint_commit(oz_instance *instance, bool has_ended)
{
    instance->state.store.next->ended = has_ended;
    do_aside(instance, OZI_PHASE_COMMIT, replace_manifest);
}

static oz_status
acknowledge(oz_instance *instance)
{
    const ozi_read_up_to *read = instance->state.positions.items;
    for (size_t i = 0; i < instance->state.positions.count; i++) {
        oz_context *node = read[i].node;
        ozi_traced outer;
        ozi_enter(node, &outer);
        oz_status status =
            node->op->source->acknowledge(node->state, node, read[i].partition, read[i].position);
        ozi_leave(node, &outer);
        if (status != OZ_OK) {
            (void)oz_failed(node, status);
            return status;
        }
    }
    return OZ_OK;
}

oz_step
ozi_checkpoint_show(oz_instance *instance)
{
    uint64_t epoch = instance->state.store.manifest->epoch;
    for (uint32_t i = 0; i < instance->engine.node_count; i++) {
        oz_context *node = instance->engine.nodes[i];
        const oz_sink_verbs *sink = node->op->sink;
        bool commits = !node->absent && sink != NULL && sink->commit != NULL;
        ozi_traced outer;
        ozi_enter(node, &outer);
        oz_status status = commits ? sink->commit(node->state, node, epoch) : OZ_OK;
        ozi_leave(node, &outer);
        if (status != OZ_OK) {
            return oz_failed(node, status);
        }
    }
    if (acknowledge(instance) != OZ_OK) {
        return OZ_FAILED;
    }
    instance->state.failures_in_a_row = 0;
    instance->state.phase = OZI_PHASE_NONE;
    if (!ozi_errands_are_none(&instance->engine.errands)) {
        do_aside(instance, OZI_PHASE_SHOW, sync_files);
    }
    return OZ_NEED;
}

oz_step
ozi_checkpoint_lost(oz_instance *instance)
{
    ozi_state *state = &instance->state;
    state->phase = OZI_PHASE_NONE;
    state->failures++;
    state->last_failure = state->error;
    state->saved_moves = NO_MOVES;
    ozi_store_begin_anew(&state->store);
    if (++state->failures_in_a_row < FAILURES_MAX) {
        return OZ_NEED;
    }
    instance->engine.error = state->error;
    (void)oz_error_context(&instance->engine.error, "%d checkpoints in a row have failed",
                           FAILURES_MAX);
    return OZ_FAILED;
}

void
ozi_checkpoint_abandon(oz_instance *instance)
{
    ozi_state *state = &instance->state;
    ozi_aside_wait(&state->aside);
    ozi_pack_drop(&state->pack);
    ozi_errands_clear(&instance->engine);
    if (instance->engine.has_epochs) {
        ozi_vec_free(&state->positions);
    }
}

/* ---- of one worker --------------------------------------------------------------------------- */

static void
begin(oz_instance *instance)
{
    ozi_state *state = &instance->state;
    ozi_store_begin(&state->store, 1);
    state->saved_moves = instance->moves;
    state->due_ns = instance->engine.now_ns + state->interval_ns;
}

oz_step
ozi_checkpoint_go_on(oz_instance *instance)
{
    ozi_state *state = &instance->state;
    oz_step step = ozi_checkpoint_advance(instance);
    if (step == OZ_FAILED) {
        return OZ_FAILED;
    }
    bool is_lost = state->error.status != OZ_OK;
    if (state->phase == OZI_PHASE_WRITTEN && !is_lost) {
        ozi_store_add(&state->store, 0, &state->link);
        ozi_checkpoint_commit(instance, state->is_ending);
    } else if (state->phase == OZI_PHASE_WRITTEN ||
               (state->phase == OZI_PHASE_COMMITTED && is_lost)) {
        step = ozi_checkpoint_lost(instance) == OZ_FAILED ? OZ_FAILED : OZ_MORE;
    } else if (state->phase == OZI_PHASE_COMMITTED) {
        step = ozi_checkpoint_show(instance) == OZ_FAILED ? OZ_FAILED : OZ_MORE;
    }
    return step;
}

oz_step
ozi_checkpoint_finish(oz_instance *instance)
{
    while (instance->state.phase != OZI_PHASE_NONE && instance->options.job == NULL) {
        ozi_aside_wait(&instance->state.aside);
        if (ozi_checkpoint_go_on(instance) == OZ_FAILED) {
            return OZ_FAILED;
        }
    }
    return OZ_NEED;
}

oz_step
ozi_checkpoint_try(oz_instance *instance)
{
    ozi_state *state = &instance->state;
    if (state->phase != OZI_PHASE_NONE || !ozi_checkpoint_is_quiet(instance)) {
        return OZ_WAIT;
    }
    int64_t failures = state->failures;
    state->is_quieting = false;
    begin(instance);
    if (ozi_checkpoint_take(instance, state->is_last) == OZ_FAILED ||
        (state->is_last && ozi_checkpoint_finish(instance) == OZ_FAILED)) {
        return OZ_FAILED;
    }
    return state->is_last && failures == state->failures ? OZ_DONE : OZ_MORE;
}

oz_step
ozi_checkpoint_end(oz_instance *instance)
{
    ozi_state *state = &instance->state;
    if (state->has_ended) {
        return OZ_DONE; /* it had already when it was opened */
    }
    if (ozi_checkpoint_finish(instance) == OZ_FAILED) {
        return OZ_FAILED;
    }
    state->is_ending = true;
    for (int i = 0; i < FAILURES_MAX; i++) {
        int64_t failures = state->failures;
        begin(instance);
        if (ozi_checkpoint_take(instance, false) == OZ_FAILED ||
            ozi_checkpoint_finish(instance) == OZ_FAILED) {
            return OZ_FAILED;
        }
        if (failures == state->failures) {
            return OZ_DONE;
        }
    }
    return OZ_DONE; /* not reached: the last failure is one too many */
}
