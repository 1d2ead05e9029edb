#include "run/checkpoint.h"

#include <assert.h>

#include "checkpoint/snapshot.h"

/*
 * A step is long when it takes this part of the time between checkpoints, or of a second when there
 * is more between them: it is also how long a stop waits. It is short below that.
 */
enum { LONG_STEP = 8, SHORT_STEP = 64, FIRST_ROWS = 16 };
enum { SHARE_OF_NS = 1000000000, DEFAULT_INTERVAL_NS = 1000000000, FAILURES_MAX = 3 };

/* ---- opening and loading --------------------------------------------------------------------- */

oz_status
ozi_state_open(oz_instance *instance, oz_error *error)
{
    ozi_engine *engine = &instance->engine;
    const oz_run_options *options = &instance->options;
    ozi_state *state = &instance->state;
    const ozi_store_options store = {.io = engine->io,
                                     .path = options->state,
                                     .is_fresh = options->fresh,
                                     .joins = options->job != NULL && !ozi_job_leads(options->job)};
    OZ_TRY(ozi_store_open(&state->store, engine->alloc, &store, error));
    const ozi_manifest *manifest = state->store.manifest;
    state->interval_ns = options->checkpoint_ns > 0 ? options->checkpoint_ns : DEFAULT_INTERVAL_NS;
    state->restored = manifest->epoch;
    engine->seed = manifest->seed;
    engine->has_epochs = true;
    state->has_ended = manifest->ended;
    return OZ_OK;
}

void
ozi_state_close(oz_instance *instance)
{
    if (instance->engine.has_epochs) {
        ozi_store_close(&instance->state.store);
    }
}

static oz_status
load_link(oz_instance *instance, const oz_graph *graph, const ozi_node_set *set, uint32_t link,
          const ozi_snapshot_options *options, oz_error *error)
{
    ozi_unpack unpack;
    ozi_store *store = &instance->state.store;
    OZ_TRY(ozi_store_read(store, options->part.file, link, &unpack, error));
    oz_status status =
        ozi_snapshot_load(&instance->engine, graph, set->nodes, options, &unpack, error);
    oz_status ended = ozi_store_read_end(store, &unpack, status == OZ_REFUSED ? NULL : error);
    return status != OZ_OK ? status : ended;
}

/* The state files of a worker, as far as they are for this one. */
static oz_status
load_chain(oz_instance *instance, const oz_graph *graph, const ozi_node_set *set, uint32_t file,
           oz_error *error)
{
    const ozi_manifest *manifest = instance->state.store.manifest;
    const oz_job *job = instance->options.job;
    uint32_t count = manifest->chains[file].count;
    ozi_twins twins;
    ozi_snapshot_options options = {
        .drops = instance->options.allow_dropped_state,
        .part = {.file = file,
                 .files = manifest->workers,
                 .worker = job == NULL ? 0 : job->worker,
                 .workers = job == NULL ? 1 : job->workers},
        .twins = count == 1 ? NULL : &twins,
    };
    oz_status status = OZ_OK;
    ozi_twins_init(&twins, instance->engine.alloc);
    for (uint32_t link = 0; link < count && status == OZ_OK; link++) {
        options.is_last = link + 1 == count;
        status = load_link(instance, graph, set, link, &options, error);
    }
    ozi_twins_free(&twins);
    return status;
}

oz_status
ozi_state_load(oz_instance *instance, const oz_graph *graph, const ozi_node_set *set,
               oz_error *error)
{
    ozi_state *state = &instance->state;
    if (!instance->engine.has_epochs || state->is_loaded) {
        return OZ_OK;
    }
    state->is_loaded = true;
    for (uint32_t file = 0; file < state->store.manifest->workers; file++) {
        OZ_TRY(load_chain(instance, graph, set, file, error));
    }
    return OZ_OK;
}

/* ---- when ------------------------------------------------------------------------------------ */

int64_t
ozi_checkpoint_due(const oz_instance *instance)
{
    const ozi_state *state = &instance->state;
    bool is_changed = state->saved_moves != instance->moves;
    return is_changed && !state->is_quieting ? state->due_ns : INT64_MAX;
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

/* ---- making one ------------------------------------------------------------------------------ */

/* Sinks bring what they have to the disk. A failure is theirs: it is latched. */
static oz_step
prepare_sinks(oz_instance *instance)
{
    uint64_t epoch = instance->state.store.next->epoch;
    for (uint32_t i = 0; i < instance->engine.node_count; i++) {
        oz_context *node = instance->engine.nodes[i];
        const oz_sink_verbs *sink = node->op->sink;
        bool prepares = !node->absent && sink != NULL && sink->prepare != NULL;
        oz_status status = prepares ? sink->prepare(node->state, node, epoch) : OZ_OK;
        if (status != OZ_OK) {
            return oz_failed(node, status);
        }
    }
    return OZ_NEED;
}

/* The state file. What is the folder's fault is left in `error`; all else is latched. */
static oz_step
write_state(oz_instance *instance, ozi_link *out, oz_error *error)
{
    ozi_pack pack;
    oz_context *node = NULL;
    ozi_store *store = &instance->state.store;
    uint32_t worker = instance->options.job == NULL ? 0 : instance->options.job->worker;
    if (ozi_store_write(store, worker, &out->is_whole, &pack, error) != OZ_OK) {
        return OZ_NEED;
    }
    ozi_save what = out->is_whole ? OZI_SAVE_ALL : OZI_SAVE_CHANGES;
    ozi_snapshot_save(&instance->engine, instance->graph, what, &pack, &node);
    oz_status latched = pack.status;
    oz_status status = ozi_store_written(store, &pack, out, error);
    if (latched == OZ_OK || latched == OZ_IO || node == NULL) {
        return OZ_NEED;
    }
    if (latched == OZ_UNSUPPORTED) {
        *error = (oz_error){.status = OZ_OK};
        return oz_fail(node, latched,
                       "a key or value is an object that cannot be stored; give the step a key "
                       "function that makes an int, a str, bytes or a tuple of it");
    }
    *error = (oz_error){.status = OZ_OK};
    return oz_failed(node, status);
}

oz_step
ozi_checkpoint_write(oz_instance *instance, ozi_link *out, oz_error *error)
{
    *error = (oz_error){.status = OZ_OK};
    return prepare_sinks(instance) == OZ_FAILED ? OZ_FAILED : write_state(instance, out, error);
}

oz_step
ozi_checkpoint_show(oz_instance *instance)
{
    uint64_t epoch = instance->state.store.manifest->epoch;
    for (uint32_t i = 0; i < instance->engine.node_count; i++) {
        oz_context *node = instance->engine.nodes[i];
        const oz_sink_verbs *sink = node->op->sink;
        const oz_source_verbs *source = node->op->source;
        oz_status status = OZ_OK;
        if (node->absent) {
            continue;
        }
        if (sink != NULL && sink->commit != NULL) {
            status = sink->commit(node->state, node, epoch);
        } else if (source != NULL && source->acknowledge != NULL) {
            status = source->acknowledge(node->state, node, epoch);
        }
        if (status != OZ_OK) {
            return oz_failed(node, status);
        }
    }
    return OZ_NEED;
}

oz_step
ozi_checkpoint_lost(oz_instance *instance, const oz_error *error)
{
    ozi_state *state = &instance->state;
    state->failures++;
    state->last_failure = *error;
    ozi_store_begin_anew(&state->store);
    if (++state->failures_in_a_row < FAILURES_MAX) {
        return OZ_NEED;
    }
    instance->engine.error = *error;
    (void)oz_error_context(&instance->engine.error, "%d checkpoints in a row have failed",
                           FAILURES_MAX);
    return OZ_FAILED;
}

oz_step
ozi_checkpoint_close(oz_instance *instance, bool has_ended, oz_error *error)
{
    ozi_state *state = &instance->state;
    if (error->status == OZ_OK && ozi_store_commit(&state->store, has_ended, error) != OZ_OK) {
        assert(error->status != OZ_OK);
    }
    state->due_ns = ozi_engine_clock(&instance->engine) + state->interval_ns;
    if (error->status != OZ_OK) {
        return ozi_checkpoint_lost(instance, error);
    }
    state->failures_in_a_row = 0;
    return ozi_checkpoint_show(instance);
}

static oz_step
make(oz_instance *instance, bool has_ended)
{
    oz_error error;
    int64_t failures = instance->state.failures;
    ozi_link link = {.is_whole = instance->state.is_last};
    ozi_store_begin(&instance->state.store, 1);
    if (ozi_checkpoint_write(instance, &link, &error) == OZ_FAILED) {
        return OZ_FAILED;
    }
    ozi_store_add(&instance->state.store, 0, &link);
    if (ozi_checkpoint_close(instance, has_ended, &error) == OZ_FAILED) {
        return OZ_FAILED;
    }
    if (failures == instance->state.failures) {
        instance->state.saved_moves = instance->moves;
    }
    return OZ_NEED;
}

oz_step
ozi_checkpoint_try(oz_instance *instance)
{
    ozi_state *state = &instance->state;
    if (!ozi_checkpoint_is_quiet(instance)) {
        return OZ_WAIT;
    }
    int64_t failures = state->failures;
    state->is_quieting = false;
    if (make(instance, false) == OZ_FAILED) {
        return OZ_FAILED;
    }
    return state->is_last && failures == state->failures ? OZ_DONE : OZ_MORE;
}

oz_step
ozi_checkpoint_end(oz_instance *instance)
{
    if (instance->state.has_ended) {
        return OZ_DONE; /* it had already when it was opened */
    }
    for (int i = 0; i < FAILURES_MAX; i++) {
        int64_t failures = instance->state.failures;
        if (make(instance, true) == OZ_FAILED) {
            return OZ_FAILED;
        }
        if (failures == instance->state.failures) {
            return OZ_DONE;
        }
    }
    return OZ_DONE; /* not reached: the last failure is one too many */
}

/* ---- what it tells --------------------------------------------------------------------------- */

uint64_t
oz_instance_epoch(const oz_instance *instance)
{
    return instance->engine.has_epochs ? instance->state.store.manifest->epoch : 0;
}

uint64_t
oz_instance_restored(const oz_instance *instance)
{
    return instance->state.restored;
}

bool
oz_instance_had_ended(const oz_instance *instance)
{
    return instance->state.has_ended;
}

int64_t
oz_instance_failed_checkpoints(const oz_instance *instance, oz_error *error)
{
    if (error != NULL && instance->state.failures > 0) {
        *error = instance->state.last_failure;
    }
    return instance->state.failures;
}
