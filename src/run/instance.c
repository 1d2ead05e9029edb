/* Instances: made from a graph, changed with it, freed; their errors and statistics. */
#include "run/instance.h"

#include "batch/batch.h"
#include "op/errands.h"
#include "run/checkpoint.h"
#include "run/joint.h"
#include "run/restore.h"
#include "state/table.h"

enum { DEFAULT_BATCH_ROWS = 1024 };

/* ---- making ---------------------------------------------------------------------------------- */

static void
init_engine(oz_instance *instance, const oz_graph *graph)
{
    ozi_engine *engine = &instance->engine;
    const oz_run_options *options = &instance->options;
    engine->alloc = graph->alloc;
    engine->objects = graph->objects;
    engine->io = options->io != NULL ? options->io : oz_io_system();
    engine->seed = options->seed != 0 ? options->seed : engine->io->random(engine->io->self);
    engine->poller = -1;
    instance->joint.poller = -1;
    engine->now_ns = ozi_engine_clock(engine);
    engine->batch_rows = options->batch_rows > 0 ? options->batch_rows : DEFAULT_BATCH_ROWS;
    ozi_timers_init(&engine->timers, graph->alloc);
    ozi_errands_init(&engine->errands, graph->alloc);
}

void
ozi_instance_count_held(oz_instance *instance)
{
    ozi_engine *engine = &instance->engine;
    memset(engine->held, 0, engine->held_words * sizeof *engine->held);
    engine->held_count = engine->stalled_count = 0;
    engine->uses_clock = false;
    for (uint32_t i = 0; i < engine->node_count; i++) {
        const oz_context *node = engine->nodes[i];
        engine->stalled_count += (node->attention & OZI_STALLED) != 0;
        engine->uses_clock |= node->op->on_timer != NULL || engine->has_epochs;
        if ((node->attention & OZI_HELD) != 0) {
            engine->held[i / 64] |= UINT64_C(1) << (i % 64);
            engine->held_count++;
        }
    }
}

static bool
has_node(const ozi_engine *engine, const oz_context *node)
{
    for (uint32_t i = 0; i < engine->node_count; i++) {
        if (engine->nodes[i] == node) {
            return true;
        }
    }
    return false;
}

static void
free_lists(const oz_alloc *alloc, const ozi_node_set *set)
{
    ozi_alloc_free(alloc, set->nodes, (set->count + 1) * sizeof *set->nodes);
    ozi_alloc_free(alloc, set->held, (set->words + 1) * sizeof *set->held);
    ozi_alloc_free(alloc, set->sources, (set->source_count + 1) * sizeof *set->sources);
}

/* Exchanges what the instance is made of and `set`. */
static void
exchange(oz_instance *instance, ozi_node_set *set)
{
    ozi_engine *engine = &instance->engine;
    ozi_node_set old = {.nodes = engine->nodes,
                        .held = engine->held,
                        .sources = instance->sources,
                        .count = engine->node_count,
                        .words = engine->held_words,
                        .source_count = instance->source_count};
    engine->nodes = set->nodes;
    engine->held = set->held;
    engine->node_count = set->count;
    engine->held_words = set->words;
    instance->sources = set->sources;
    instance->source_count = set->source_count;
    *set = old;
}

void
ozi_instance_swap(oz_instance *instance, const oz_graph *graph, ozi_node_set *set)
{
    ozi_engine *engine = &instance->engine;
    ozi_nodes_forget(instance, set);
    exchange(instance, set);
    instance->graph = graph;
    ozi_instance_count_held(instance);
    for (uint32_t i = 0; i < set->count; i++) {
        if (!has_node(engine, set->nodes[i])) {
            ozi_node_free(instance, &set->nodes[i]);
        }
    }
    free_lists(engine->alloc, set);
}

oz_step
ozi_instance_resume(oz_instance *instance)
{
    ozi_engine *engine = &instance->engine;
    ozi_instance_count_held(instance);
    for (uint32_t i = 0; i < engine->node_count; i++) {
        if (engine->nodes[i]->ended) {
            engine->nodes[i]->ended = false;
            (void)ozi_finish(engine->nodes[i]); /* tells new readers; a failure is latched */
        }
    }
    return engine->error.status == OZ_OK ? OZ_MORE : OZ_FAILED;
}

/*
 * The dispatcher splits batches where branches rejoin; but a row that goes round a loop comes back
 * at the next step, before which no other may have entered.
 */
static void
plan_source_rows(oz_instance *instance, const oz_graph *graph)
{
    instance->source_rows_max = instance->engine.batch_rows;
    for (uint32_t i = 0; i < graph->node_count; i++) {
        if (graph->nodes[i].is_loop) {
            instance->source_rows_max = 1;
        }
    }
    instance->source_rows = instance->source_rows_max;
}

oz_status
oz_instance_update(oz_instance *instance, const oz_graph *graph, oz_error *error)
{
    ozi_node_set set;
    if (!graph->sealed) {
        return oz_error_set(error, OZ_INVALID, "the graph is not sealed");
    }
    if (ozi_checkpoint_finish(instance) == OZ_FAILED) {
        *error = instance->engine.error;
        return error->status;
    }
    OZ_TRY(ozi_nodes_make(instance, graph, &set, error));
    oz_status status = ozi_state_load(instance, graph, &set, error);
    if (status == OZ_OK) {
        status = ozi_nodes_open(instance, &set, error);
    }
    if (status == OZ_OK) {
        status = ozi_errands_now(&instance->engine, error);
    }
    if (status != OZ_OK) {
        ozi_nodes_discard(instance, &set);
        return status;
    }
    ozi_nodes_rewire(graph, &set);
    ozi_instance_swap(instance, graph, &set);
    (void)ozi_instance_resume(instance); /* a failure is latched */
    plan_source_rows(instance, graph);
    return OZ_OK;
}

static oz_status
check_guarantee(const oz_instance *instance, const oz_graph *graph, oz_error *error)
{
    oz_guarantee asked = instance->options.guarantee;
    if (asked != OZ_NO_GUARANTEE && instance->options.state == NULL) {
        return oz_error_set(error, OZ_INVALID,
                            "%s was asked for: that needs a state folder to go on from",
                            oz_guarantee_name(asked));
    }
    return ozi_graph_require(graph, asked, error);
}

static oz_status
open_alone(oz_instance *instance, const oz_graph *graph, oz_error *error)
{
    OZ_TRY(check_guarantee(instance, graph, error));
    if (instance->options.state != NULL) {
        OZ_TRY(ozi_state_open(instance, error));
    }
    return oz_instance_update(instance, graph, error);
}

static oz_status
open_jointly(oz_instance *instance, const oz_graph *graph, oz_error *error)
{
    OZ_TRY(check_guarantee(instance, graph, error));
    OZ_TRY(ozi_joint_begin_open(instance, graph, error));
    if (instance->options.state != NULL) {
        OZ_TRY(ozi_state_open(instance, error));
    }
    OZ_TRY(ozi_joint_open(instance, graph, error));
    OZ_TRY(oz_instance_update(instance, graph, error));
    atomic_store(&ozi_job_slot(instance->options.job)->phase, OZ_WORKER_RUNNING);
    return OZ_OK;
}

/* Who waits for a worker that could not begin is told why. */
static oz_status
open_instance(oz_instance *instance, const oz_graph *graph, oz_error *error)
{
    oz_error unread;
    oz_job *job = instance->options.job;
    if (job == NULL) {
        return open_alone(instance, graph, error);
    }
    error = error != NULL ? error : &unread;
    oz_status status = open_jointly(instance, graph, error);
    if (status != OZ_OK) {
        ozi_joint_leave(job, error);
    }
    return status;
}

oz_status
oz_instance_new(const oz_graph *graph, const oz_run_options *options, oz_instance **out,
                oz_error *error)
{
    *out = NULL;
    oz_instance *instance = ozi_alloc_zero(graph->alloc, sizeof *instance);
    if (instance == NULL) {
        return oz_error_set(error, OZ_NO_MEMORY, "out of memory");
    }
    if (options != NULL) {
        instance->options = *options;
    }
    ozi_lock_init(&instance->lock);
    init_engine(instance, graph);
    oz_status status = open_instance(instance, graph, error);
    if (status != OZ_OK) {
        oz_instance_free(&instance);
        return status;
    }
    *out = instance;
    return OZ_OK;
}

/* ---- freeing --------------------------------------------------------------------------------- */

static void
free_shared(ozi_engine *engine)
{
    while (engine->shared != NULL) {
        ozi_shared *shared = engine->shared;
        engine->shared = shared->next;
        if (shared->destroy != NULL) {
            shared->destroy(shared->data);
        }
        ozi_alloc_free(engine->alloc, shared, sizeof *shared + shared->size);
    }
}

void
oz_instance_free(oz_instance **instance_pointer)
{
    oz_instance *instance = *instance_pointer;
    *instance_pointer = NULL;
    if (instance == NULL) {
        return;
    }
    ozi_engine *engine = &instance->engine;
    ozi_checkpoint_abandon(instance);
    for (uint32_t i = 0; i < engine->node_count; i++) {
        ozi_node_free(instance, &engine->nodes[i]);
    }
    free_shared(engine);
    ozi_node_set nothing = {.count = 0};
    exchange(instance, &nothing);
    free_lists(engine->alloc, &nothing);
    ozi_alloc_free(engine->alloc, engine->watched, engine->watched_count * sizeof *engine->watched);
    ozi_timers_destroy(&engine->timers);
    oz_batch_release(&engine->failed_batch);
    if (engine->poller >= 0) {
        (void)engine->io->unpoll(engine->io->self, engine->poller);
    }
    ozi_joint_close(instance);
    ozi_state_close(instance);
    ozi_lock_destroy(&instance->lock);
    ozi_alloc_free(engine->alloc, instance, sizeof *instance);
}

/* ---- the lock -------------------------------------------------------------------------------- */

bool
oz_try_enter(oz_instance *instance)
{
    return ozi_lock_try(&instance->lock);
}

void
oz_enter(oz_instance *instance)
{
    ozi_lock_take(&instance->lock);
}

void
oz_leave(oz_instance *instance)
{
    ozi_lock_give(&instance->lock);
}

/* ---- errors ---------------------------------------------------------------------------------- */

const oz_error *
oz_instance_error(const oz_instance *instance)
{
    return &instance->engine.error;
}

bool
oz_instance_failure(const oz_instance *instance, uint32_t *node, const oz_batch **batch,
                    int64_t *row)
{
    *node = instance->engine.failed_node;
    *batch = instance->engine.failed_batch;
    *row = 0;
    return instance->engine.failed_batch != NULL;
}

void
oz_instance_forgive(oz_instance *instance)
{
    instance->engine.error = (oz_error){.status = OZ_OK};
    instance->engine.scratch = (oz_error){.status = OZ_OK};
    oz_batch_release(&instance->engine.failed_batch);
}

/* ---- statistics ------------------------------------------------------------------------------ */

void
oz_instance_stats(const oz_instance *instance, uint32_t index, oz_node_stats *out)
{
    const oz_context *node = instance->engine.nodes[index];
    *out = node->stats;
    out->rows_out = node->output_count > 0 ? node->outputs[0].rows : 0;
    for (uint32_t i = 0; i < node->table_count; i++) {
        out->state_bytes += oz_table_bytes(node->tables[i]);
    }
}

int64_t
oz_instance_rows_held(const oz_instance *instance)
{
    int64_t rows = 0;
    for (uint32_t i = 0; i < instance->engine.node_count; i++) {
        const oz_context *node = instance->engine.nodes[i];
        rows += node->deferred.rows + node->rest.rows;
        rows += node->op->rows_held == NULL ? 0 : node->op->rows_held(node->state);
        for (uint32_t j = 0; j < node->table_count; j++) {
            bool is_queue = node->op->tables[j].kind == OZ_TABLE_QUEUE;
            rows += is_queue ? oz_table_count(node->tables[j]) : 0;
        }
    }
    return rows;
}

int64_t
oz_instance_counter(const oz_instance *instance, uint32_t index, const char *name)
{
    const oz_context *node = instance->engine.nodes[index];
    if (strcmp(name, "bad_records") == 0) {
        return node->stats.bad_records;
    }
    for (uint32_t i = 0; i < node->counter_count; i++) {
        if (strcmp(node->op->counters[i].name, name) == 0) {
            return node->counters[i];
        }
    }
    return -1;
}

oz_table *
oz_instance_table(const oz_instance *instance, uint32_t index, const char *name)
{
    const oz_context *node = instance->engine.nodes[index];
    for (uint32_t i = 0; i < node->table_count; i++) {
        if (strcmp(node->op->tables[i].name, name) == 0) {
            return node->tables[i];
        }
    }
    return NULL;
}

/* ---- for a garbage collector ----------------------------------------------------------------- */

static int
visit_node(const oz_context *node, oz_object_visit visit, void *context)
{
    int stop = node->op->visit == NULL ? 0 : node->op->visit(node->state, visit, context);
    for (uint32_t i = 0; stop == 0 && i < node->table_count; i++) {
        stop = ozi_table_visit_objects(node->tables[i], visit, context);
    }
    const ozi_waiting *lists[] = {node->deferred.first, node->rest.first};
    for (uint32_t i = 0; i < 2; i++) {
        for (const ozi_waiting *at = lists[i]; stop == 0 && at != NULL; at = at->next) {
            stop = ozi_batch_visit(at->batch, visit, context);
        }
    }
    return stop;
}

int
oz_instance_visit(const oz_instance *instance, oz_object_visit visit, void *context)
{
    int stop = 0;
    for (uint32_t i = 0; stop == 0 && i < instance->engine.node_count; i++) {
        stop = visit_node(instance->engine.nodes[i], visit, context);
    }
    return stop;
}
