#include "run/move.h"

#include "checkpoint/parcel.h"
#include "checkpoint/snapshot.h"
#include "run/nodes.h"

oz_status
ozi_move_check(const oz_graph *graph, oz_error *error)
{
    for (uint32_t i = 0; i < graph->node_count; i++) {
        const ozi_node *node = &graph->nodes[i];
        const oz_source_verbs *source = node->op->source;
        if (source != NULL && source->partitions != NULL && source->position == NULL) {
            return oz_error_set(error, OZ_INVALID,
                                "step \"%s\" cannot go on on another worker: what it reads has no "
                                "positions",
                                ozi_node_label(node));
        }
    }
    return OZ_OK;
}

/* ---- giving ---------------------------------------------------------------------------------- */

oz_status
ozi_move_give(oz_instance *instance, uint32_t workers, int64_t *entries, oz_error *error)
{
    const ozi_engine *engine = &instance->engine;
    const oz_job *job = instance->options.job;
    ozi_parcel parcel;
    ozi_pack pack;
    ozi_owners owners;
    oz_context *node;
    *entries = 0;
    ozi_exchange_reopen_lanes(engine->exchange);
    if (ozi_job_is_outside(job)) {
        return OZ_OK;
    }
    ozi_owners_init(&owners, workers);
    const ozi_part part = {.file = job->worker,
                           .files = job->workers,
                           .worker = job->worker,
                           .owners = &owners};
    OZ_TRY(ozi_parcel_write(&parcel, engine->alloc, engine->io, instance->options.state,
                            job->worker, instance->joint.attempt, &pack, error));
    ozi_snapshot_save_others(engine, instance->graph, &part, &pack, entries, &node);
    OZ_TRY_CONTEXT(ozi_parcel_written(&parcel, &pack, error), error, "step \"%s\"",
                   node == NULL ? "(none)" : node->name);
    return OZ_OK;
}

void
ozi_move_forget(const oz_instance *instance)
{
    ozi_parcel_remove(instance->engine.alloc, instance->engine.io, instance->options.state,
                      instance->options.job->worker);
}

/* ---- taking ---------------------------------------------------------------------------------- */

static bool
stays(const oz_table *table)
{
    return table->public_kind != OZ_TABLE_QUEUE && !table->is_broadcast;
}

/* A new node gets what its worker keeps: entries of tables, and what has been counted. */
static void
inherit(oz_context *node, oz_context *old, const ozi_part *part)
{
    node->stats = old->stats;
    for (uint32_t i = 0; i < node->counter_count; i++) {
        node->counters[i] = old->counters[i];
    }
    for (uint32_t i = 0; i < node->output_count; i++) {
        node->outputs[i].rows = old->outputs[i].rows;
    }
    for (uint32_t i = 0; i < node->table_count && !old->absent && !old->ended; i++) {
        if (stays(old->tables[i])) {
            oz_table *empty = node->tables[i];
            node->tables[i] = old->tables[i];
            old->tables[i] = empty;
            ozi_table_drop_others(node->tables[i], part);
        }
    }
}

static oz_status
load_parcel(oz_instance *instance, const ozi_part *part, oz_error *error)
{
    const ozi_engine *engine = &instance->engine;
    ozi_parcel parcel;
    ozi_unpack unpack;
    const ozi_snapshot_options options = {.part = *part,
                                          .drops = true,
                                          .is_last = true,
                                          .is_move = true,
                                          .keeps_clock = part->worker < part->files};
    OZ_TRY(ozi_parcel_read(&parcel, engine->alloc, engine->io, instance->options.state, part->file,
                           instance->joint.attempt, &unpack, error));
    oz_status status = ozi_snapshot_load(&instance->engine, instance->graph, engine->nodes,
                                         &options, &unpack, error);
    oz_status ended = ozi_parcel_read_end(&parcel, &unpack, status == OZ_REFUSED ? NULL : error);
    return status != OZ_OK ? status : ended;
}

/* The new nodes in place of the old ones, filled and opened. */
static oz_status
begin_anew(oz_instance *instance, ozi_node_set *set, ozi_part *part, oz_error *error)
{
    ozi_engine *engine = &instance->engine;
    oz_job *job = instance->options.job;
    uint32_t files = part->files;
    for (uint32_t i = 0; i < set->count; i++) {
        if (!set->is_kept[i]) {
            inherit(set->nodes[i], engine->nodes[i], part);
        }
    }
    ozi_nodes_rewire(instance->graph, set);
    const ozi_node_set opened = {.nodes = set->nodes, .is_kept = set->is_kept, .count = set->count};
    set->is_kept = NULL; /* it is still needed when the rest of the set is gone */
    ozi_instance_swap(instance, instance->graph, set);
    ozi_exchange_close(engine);
    oz_status status = ozi_exchange_open(engine, job, instance->graph->exchange_count, error);
    for (part->file = 0; part->file < files && status == OZ_OK; part->file++) {
        status = load_parcel(instance, part, error);
    }
    status = status == OZ_OK ? ozi_nodes_open(instance, &opened, error) : status;
    ozi_alloc_free(engine->alloc, opened.is_kept, (opened.count + 1) * sizeof *opened.is_kept);
    return status;
}

/* This worker has no part in the rows any more: but for its sinks it does nothing. */
static void
retire(oz_instance *instance)
{
    ozi_engine *engine = &instance->engine;
    for (uint32_t i = 0; i < engine->node_count; i++) {
        oz_context *node = engine->nodes[i];
        if (ozi_node_moves(&instance->graph->nodes[i])) {
            node->absent = node->ended = true;
            node->attention = 0;
            node->own = OZ_NEED;
            ozi_timers_forget(&engine->timers, node);
            for (uint32_t j = 0; j < node->table_count; j++) {
                ozi_table_clear(node->tables[j]);
            }
        }
    }
    ozi_instance_count_held(instance);
}

static oz_step
fail(oz_instance *instance, const oz_error *error)
{
    instance->engine.error = *error;
    (void)oz_error_context(&instance->engine.error, "keys could not go over to this worker");
    return OZ_FAILED;
}

oz_step
ozi_move_take(oz_instance *instance, uint32_t workers)
{
    oz_job *job = instance->options.job;
    uint32_t before = job->workers;
    oz_error error = {.status = OZ_OK};
    ozi_owners owners;
    ozi_node_set set;
    job->workers = workers;
    ozi_store_begin_anew(&instance->state.store);
    if (ozi_job_is_outside(job)) {
        retire(instance);
        return OZ_MORE;
    }
    ozi_owners_init(&owners, workers);
    ozi_part part = {.files = before, .worker = job->worker, .owners = &owners};
    if (ozi_nodes_make_anew(instance, instance->graph, &set, &error) != OZ_OK ||
        begin_anew(instance, &set, &part, &error) != OZ_OK) {
        return fail(instance, &error);
    }
    return ozi_instance_resume(instance);
}
