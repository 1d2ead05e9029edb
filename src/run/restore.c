/* The state folder of an instance: opened, read, and asked. */
#include "run/restore.h"

#include "checkpoint/snapshot.h"
#include "run/joint.h"

enum { DEFAULT_INTERVAL_NS = 1000000000 };
enum { LATER_MIN = 4096 }; /* entries of a table that is packed while rows go on */

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
    state->later_min = LATER_MIN;
    engine->seed = manifest->seed;
    engine->has_epochs = true;
    ozi_vec_init(&state->positions, engine->alloc, sizeof(ozi_read_up_to));
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
    static const ozi_owners ALONE = {.workers = 1};
    const oz_job *job = instance->options.job;
    uint32_t count = manifest->chains[file].count;
    ozi_twins twins;
    ozi_snapshot_options options = {
        .drops = instance->options.allow_dropped_state,
        .part = {.file = file,
                 .files = manifest->workers,
                 .worker = job == NULL ? 0 : job->worker,
                 .owners = job == NULL ? &ALONE : &instance->engine.exchange->owners},
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
    if (ozi_is_joint(instance) && ozi_job_is_outside(instance->options.job)) {
        return OZ_OK; /* what it is to have comes from the others */
    }
    for (uint32_t file = 0; file < state->store.manifest->workers; file++) {
        OZ_TRY(load_chain(instance, graph, set, file, error));
    }
    return OZ_OK;
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
