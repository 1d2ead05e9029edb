#include "run/nodes.h"

#include "op/exchange.h"
#include "op/positions.h"
#include "op/receipts.h"
#include "state/table.h"

/* The wiring of a node, made apart so that it can be swapped in when all of it is there. */
struct ozi_wiring {
    ozi_output *outputs;
    uint32_t output_count;
    uint8_t *edge_states;
    int64_t *watermarks;
    uint32_t edge_count;
    uint64_t *below;
    uint32_t words;
};

static void
wiring_free(const oz_alloc *alloc, ozi_wiring *wires)
{
    for (uint32_t i = 0; wires->outputs != NULL && i < wires->output_count; i++) {
        ozi_alloc_free(alloc, wires->outputs[i].targets,
                       wires->outputs[i].count * sizeof *wires->outputs[i].targets);
    }
    ozi_alloc_free(alloc, wires->outputs, wires->output_count * sizeof *wires->outputs);
    ozi_alloc_free(alloc, wires->edge_states, wires->edge_count * sizeof *wires->edge_states);
    ozi_alloc_free(alloc, wires->watermarks, wires->edge_count * sizeof *wires->watermarks);
    ozi_alloc_free(alloc, wires->below, wires->words * sizeof *wires->below);
    *wires = (ozi_wiring){.outputs = NULL};
}

static ozi_wiring
wiring_of(const oz_context *node)
{
    return (ozi_wiring){.outputs = node->outputs,
                        .output_count = node->output_count,
                        .edge_states = node->edge_states,
                        .watermarks = node->watermarks,
                        .edge_count = node->edge_count,
                        .below = node->below,
                        .words = node->below_words};
}

/* ---- making one node ------------------------------------------------------------------------- */

static uint32_t
count_tables(const oz_operator *op)
{
    uint32_t count = 0;
    while (op->tables != NULL && op->tables[count].name != NULL) {
        count++;
    }
    return count;
}

static uint32_t
count_counters(const oz_operator *op)
{
    uint32_t count = 0;
    while (op->counters != NULL && op->counters[count].name != NULL) {
        count++;
    }
    return count;
}

static oz_status
make_tables(oz_context *node)
{
    ozi_engine *engine = node->engine;
    uint32_t count = count_tables(node->op);
    if (count == 0) {
        return OZ_OK;
    }
    node->tables = ozi_alloc_zero(engine->alloc, count * sizeof(oz_table *));
    if (node->tables == NULL) {
        return OZ_NO_MEMORY;
    }
    node->table_count = count;
    for (uint32_t i = 0; i < count; i++) {
        OZ_TRY(
            ozi_table_new(engine->alloc, engine->objects, &node->op->tables[i], &node->tables[i]));
    }
    return OZ_OK;
}

static oz_status
make_state(oz_context *node)
{
    const oz_alloc *alloc = node->engine->alloc;
    node->counter_count = count_counters(node->op);
    if (node->counter_count > 0) {
        node->counters = ozi_alloc_zero(alloc, node->counter_count * sizeof *node->counters);
        if (node->counters == NULL) {
            return OZ_NO_MEMORY;
        }
    }
    if (node->op->state_size > 0) {
        node->state = ozi_alloc_zero(alloc, node->op->state_size);
        if (node->state == NULL) {
            return OZ_NO_MEMORY;
        }
    }
    return make_tables(node);
}

static oz_context *
find_kept(const oz_instance *instance, const ozi_node *plan)
{
    for (uint32_t i = 0; instance->graph != NULL && i < instance->engine.node_count; i++) {
        const ozi_node *old = &instance->graph->nodes[i];
        if (old->op == plan->op && strcmp(old->id, plan->id) == 0) {
            return instance->engine.nodes[i];
        }
    }
    return NULL;
}

static oz_status
make_node(oz_instance *instance, const ozi_node *plan, oz_context **out)
{
    oz_context *node = ozi_alloc_zero(instance->engine.alloc, sizeof *node);
    if (node == NULL) {
        return OZ_NO_MEMORY;
    }
    node->op = plan->op;
    node->engine = &instance->engine;
    node->watermark = INT64_MIN;
    node->dead_output = UINT32_MAX;
    ozi_map_init(&node->receipts, instance->engine.alloc, instance->engine.seed);
    (void)oz_batch_one(&node->one, instance->engine.alloc, instance->engine.objects, NULL, NULL);
    *out = node;
    return make_state(node);
}

/* ---- wiring ---------------------------------------------------------------------------------- */

static oz_status
wire_outputs(const oz_alloc *alloc, const ozi_node *plan, const ozi_node_set *set,
             ozi_wiring *wires)
{
    wires->output_count = plan->output_count;
    wires->outputs = ozi_alloc_zero(alloc, plan->output_count * sizeof *wires->outputs);
    if (wires->outputs == NULL) {
        return OZ_NO_MEMORY;
    }
    for (uint32_t i = 0; i < plan->output_count; i++) {
        ozi_output *output = &wires->outputs[i];
        uint32_t count = plan->reader_counts[i];
        output->targets =
            count == 0 ? NULL : ozi_alloc_zero(alloc, count * sizeof *output->targets);
        if (count > 0 && output->targets == NULL) {
            return OZ_NO_MEMORY;
        }
        output->count = output->open = count;
        for (uint32_t j = 0; j < count; j++) {
            const ozi_reader *reader = &plan->readers[i][j];
            output->targets[j] =
                (ozi_target){.node = set->nodes[reader->node], .edge = reader->edge};
        }
    }
    return OZ_OK;
}

static oz_status
wire(const oz_alloc *alloc, const ozi_node *plan, const ozi_node_set *set, ozi_wiring *wires)
{
    *wires = (ozi_wiring){.words = set->words, .edge_count = plan->edge_count};
    if (plan->output_count > 0) {
        OZ_TRY(wire_outputs(alloc, plan, set, wires));
    }
    if (plan->edge_count > 0) {
        wires->edge_states = ozi_alloc_zero(alloc, plan->edge_count * sizeof *wires->edge_states);
        wires->watermarks = ozi_alloc_new(alloc, plan->edge_count * sizeof *wires->watermarks);
        if (wires->edge_states == NULL || wires->watermarks == NULL) {
            return OZ_NO_MEMORY;
        }
        for (uint32_t i = 0; i < plan->edge_count; i++) {
            wires->watermarks[i] = INT64_MIN;
        }
    }
    wires->below = ozi_alloc_new(alloc, set->words * sizeof *wires->below);
    if (wires->below == NULL) {
        return OZ_NO_MEMORY;
    }
    memcpy(wires->below, plan->below, set->words * sizeof *wires->below);
    return OZ_OK;
}

/* What a kept node knows of its edges and outputs stays known, as long as they are the same. */
static void
keep_past(const oz_context *node, ozi_wiring *wires)
{
    for (uint32_t i = 0; i < wires->output_count && i < node->output_count; i++) {
        wires->outputs[i].rows = node->outputs[i].rows;
    }
    for (uint32_t i = 0; i < wires->edge_count && i < node->edge_count; i++) {
        wires->edge_states[i] = node->edge_states[i];
        wires->watermarks[i] = node->watermarks[i];
    }
}

static uint32_t
find_dead_port(const oz_operator *op)
{
    for (uint32_t i = 0; op->outputs != NULL && op->outputs[i].name != NULL; i++) {
        if (strcmp(op->outputs[i].name, "dead") == 0) {
            return i;
        }
    }
    return UINT32_MAX;
}

/* A worker that has no keys yet has its sinks, and nothing else. */
static bool
is_absent(const oz_context *node, const ozi_node *plan)
{
    const ozi_exchange *exchange = node->engine->exchange;
    if (exchange == NULL || ozi_job_leads(exchange->job)) {
        return false;
    }
    return plan->place == OZI_PLACE_ONE ||
           (ozi_job_is_outside(exchange->job) && ozi_node_moves(plan));
}

static void
swap_in(oz_context *node, const ozi_node *plan, uint32_t id, ozi_wiring *wires)
{
    uint32_t connected = 0;
    ozi_wiring old = wiring_of(node);
    node->outputs = wires->outputs;
    node->output_count = wires->output_count;
    node->edge_states = wires->edge_states;
    node->watermarks = wires->watermarks;
    node->edge_count = wires->edge_count;
    node->below = wires->below;
    node->below_words = wires->words;
    *wires = old;
    node->open_edges = 0;
    for (uint32_t i = 0; i < node->edge_count; i++) {
        node->open_edges += node->edge_states[i] == OZI_EDGE_OPEN;
    }
    for (uint32_t i = 0; i < node->output_count; i++) {
        connected += node->outputs[i].count > 0;
    }
    node->id = id;
    node->options = plan->options;
    node->policy = plan->policy;
    node->name = plan->name != NULL ? plan->name : plan->id;
    node->where = plan->where;
    node->dead_output = find_dead_port(plan->op);
    node->by_row = plan->by_row;
    node->is_single = plan->is_single;
    node->is_keyed = plan->is_keyed;
    node->is_blamed =
        node->engine->exchange != NULL && ozi_job_blames(node->engine->exchange->job, id + 1, NULL);
    node->split = plan->edge_count > 0 && ((plan->by_row && connected > 1) || node->is_blamed);
    node->is_queue = ozi_node_is_queue(plan);
    node->absent = is_absent(node, plan);
    node->ended |= node->absent;
    node->attention &= (uint16_t)~OZI_UNWANTED;
}

static void
swap_in_all(const oz_graph *graph, ozi_node_set *set, bool kept)
{
    for (uint32_t i = 0; i < set->count; i++) {
        if (set->is_kept[i] != kept) {
            continue;
        }
        if (kept) {
            keep_past(set->nodes[i], &set->wires[i]);
        }
        swap_in(set->nodes[i], &graph->nodes[i], i, &set->wires[i]);
    }
}

void
ozi_nodes_rewire(const oz_graph *graph, ozi_node_set *set)
{
    swap_in_all(graph, set, true);
}

/* ---- sets of nodes --------------------------------------------------------------------------- */

static bool
is_polled(const oz_operator *op)
{
    return op->source != NULL && op->source->poll != NULL;
}

static oz_status
allocate_set(const oz_alloc *alloc, ozi_node_set *set)
{
    set->nodes = ozi_alloc_zero(alloc, (set->count + 1) * sizeof *set->nodes);
    set->is_kept = ozi_alloc_zero(alloc, (set->count + 1) * sizeof *set->is_kept);
    set->wires = ozi_alloc_zero(alloc, (set->count + 1) * sizeof *set->wires);
    set->held = ozi_alloc_zero(alloc, (set->words + 1) * sizeof *set->held);
    set->sources = ozi_alloc_zero(alloc, (set->source_count + 1) * sizeof *set->sources);
    return set->nodes == NULL || set->is_kept == NULL || set->wires == NULL || set->held == NULL ||
                   set->sources == NULL
               ? OZ_NO_MEMORY
               : OZ_OK;
}

static oz_status
fill_set(oz_instance *instance, const oz_graph *graph, bool is_anew, ozi_node_set *set)
{
    uint32_t source = 0;
    OZ_TRY(allocate_set(graph->alloc, set));
    for (uint32_t i = 0; i < set->count; i++) {
        bool is_new = is_anew && ozi_node_moves(&graph->nodes[i]);
        set->nodes[i] = is_new ? NULL : find_kept(instance, &graph->nodes[i]);
        set->is_kept[i] = set->nodes[i] != NULL;
        if (!set->is_kept[i]) {
            OZ_TRY(make_node(instance, &graph->nodes[i], &set->nodes[i]));
        }
        if (is_polled(graph->nodes[i].op)) {
            set->sources[source++] = set->nodes[i];
        }
    }
    for (uint32_t i = 0; i < set->count; i++) {
        OZ_TRY(wire(graph->alloc, &graph->nodes[i], set, &set->wires[i]));
    }
    return OZ_OK;
}

static oz_status
make_set(oz_instance *instance, const oz_graph *graph, bool is_anew, ozi_node_set *set,
         oz_error *error)
{
    *set = (ozi_node_set){.count = graph->node_count, .words = graph->reach_words};
    for (uint32_t i = 0; i < graph->node_count; i++) {
        set->source_count += is_polled(graph->nodes[i].op);
    }
    oz_status status = fill_set(instance, graph, is_anew, set);
    if (status != OZ_OK) {
        ozi_nodes_discard(instance, set);
        return oz_error_set(error, status, "out of memory");
    }
    swap_in_all(graph, set, false);
    return OZ_OK;
}

oz_status
ozi_nodes_make(oz_instance *instance, const oz_graph *graph, ozi_node_set *set, oz_error *error)
{
    return make_set(instance, graph, false, set, error);
}

oz_status
ozi_nodes_make_anew(oz_instance *instance, const oz_graph *graph, ozi_node_set *set,
                    oz_error *error)
{
    return make_set(instance, graph, true, set, error);
}

void
ozi_nodes_forget(oz_instance *instance, ozi_node_set *set)
{
    const oz_alloc *alloc = instance->engine.alloc;
    for (uint32_t i = 0; set->wires != NULL && i < set->count; i++) {
        wiring_free(alloc, &set->wires[i]);
    }
    ozi_alloc_free(alloc, set->wires, (set->count + 1) * sizeof *set->wires);
    ozi_alloc_free(alloc, set->is_kept, (set->count + 1) * sizeof *set->is_kept);
    set->wires = NULL;
    set->is_kept = NULL;
}

void
ozi_nodes_discard(oz_instance *instance, ozi_node_set *set)
{
    const oz_alloc *alloc = instance->engine.alloc;
    for (uint32_t i = 0; set->nodes != NULL && set->is_kept != NULL && i < set->count; i++) {
        if (!set->is_kept[i] && set->nodes[i] != NULL) {
            ozi_node_free(instance, &set->nodes[i]);
        }
    }
    ozi_nodes_forget(instance, set);
    ozi_alloc_free(alloc, set->nodes, (set->count + 1) * sizeof *set->nodes);
    ozi_alloc_free(alloc, set->held, (set->words + 1) * sizeof *set->held);
    ozi_alloc_free(alloc, set->sources, (set->source_count + 1) * sizeof *set->sources);
}

/* ---- opening and freeing --------------------------------------------------------------------- */

/* The partitions of other workers are not opened. */
static oz_status
open_partitions(oz_context *node)
{
    const oz_source_verbs *source = node->op->source;
    uint32_t count;
    bool has_any = source->open == NULL;
    OZ_TRY(ozi_partitions_of(node, &count));
    for (uint32_t i = 0; source->open != NULL && i < count; i++) {
        int64_t position = -1;
        if (source->partition_name != NULL) {
            position = ozi_positions_take(node, source->partition_name(node->state, i));
        }
        if (ozi_exchange_reads(node, i)) {
            OZ_TRY(source->open(node->state, node, i, position));
            has_any = true;
        }
    }
    node->ended |= !has_any && node->engine->exchange != NULL;
    const char *gone = ozi_positions_left(node);
    return gone == NULL
               ? OZ_OK
               : oz_error_set(&node->engine->scratch, OZ_NOT_FOUND,
                              "'%s', which it has read a part of, is not there any more", gone);
}

static oz_status
open_node(oz_context *node)
{
    oz_error *scratch = &node->engine->scratch;
    oz_status status = OZ_OK;
    *scratch = (oz_error){.status = OZ_OK};
    node->opened = true;
    if (node->op->open != NULL) {
        status = node->op->open(node->state, node, scratch);
    }
    if (status == OZ_OK && node->op->source != NULL) {
        node->ready = true;
        status = open_partitions(node);
    }
    if (status != OZ_OK && scratch->status == OZ_OK) {
        (void)oz_error_set(scratch, status, "%s", oz_status_name(status));
    }
    return status;
}

/* The message is made as for a step that fails, but the instance has not failed. */
static void
take_error(oz_context *node, oz_error *error)
{
    ozi_engine *engine = node->engine;
    oz_error before = engine->error;
    engine->error = (oz_error){.status = OZ_OK};
    (void)ozi_latch(node, NULL, 0);
    if (error != NULL) {
        *error = engine->error;
    }
    engine->error = before;
}

oz_status
ozi_nodes_open(oz_instance *instance, const ozi_node_set *set, oz_error *error)
{
    (void)instance;
    for (uint32_t i = set->count; i-- > 0;) {
        bool is_to_open = !set->is_kept[i] && !set->nodes[i]->absent;
        oz_status status = is_to_open ? open_node(set->nodes[i]) : OZ_OK;
        if (status != OZ_OK) {
            take_error(set->nodes[i], error);
            return status;
        }
    }
    return OZ_OK;
}

static void
forget_descriptors(oz_context *node)
{
    ozi_engine *engine = node->engine;
    for (uint32_t i = 0; i < engine->watched_count; i++) {
        if (engine->watched[i].node == node) {
            (void)engine->io->watch(engine->io->self, engine->poller, engine->watched[i].file,
                                    OZ_IO_NONE, i);
            engine->watched[i] = (ozi_watched){.node = NULL};
        }
    }
}

static void
free_state(oz_context *node)
{
    const oz_alloc *alloc = node->engine->alloc;
    ozi_receipts_clear(node);
    ozi_positions_clear(node);
    for (uint32_t i = 0; i < node->table_count; i++) {
        ozi_table_free(&node->tables[i]);
    }
    ozi_alloc_free(alloc, node->tables, node->table_count * sizeof(oz_table *));
    ozi_alloc_free(alloc, node->counters, node->counter_count * sizeof *node->counters);
    ozi_alloc_free(alloc, node->state, node->op->state_size);
}

void
ozi_node_free(oz_instance *instance, oz_context **node_pointer)
{
    oz_context *node = *node_pointer;
    *node_pointer = NULL;
    if (node->opened && node->op->close != NULL) {
        node->op->close(node->state, node);
    }
    if (instance->engine.poller >= 0) {
        forget_descriptors(node);
    }
    ozi_timers_forget(&instance->engine.timers, node);
    ozi_waiting_clear(node, &node->deferred);
    ozi_waiting_clear(node, &node->rest);
    ozi_wiring wires = wiring_of(node);
    wiring_free(instance->engine.alloc, &wires);
    free_state(node);
    ozi_alloc_free(instance->engine.alloc, node, sizeof *node);
}
