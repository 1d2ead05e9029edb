/*
 * Spreading a graph over workers: where each step stands, and on which edges rows change workers.
 *
 * Steps in the order drawn, sources first. A source with partitions stands on each worker, any
 * other on worker 0. An input says how rows must come to it (oz_routing): by key, where the step
 * above does not have them by that key already; or to worker 0. There an exchange is put in. What
 * takes rows as they come stands where they are. A loop stands on worker 0 as a whole, for its rows
 * go round one at a time. A step that can be done in two (oz_combiner) is, where rows that are on
 * each worker have to go to the owners of their keys.
 */
#include <stdio.h>

#include "base/hash.h"
#include "graph/graph.h"
#include "op/exchange.h"

/* ---- where the rows of an edge are ----------------------------------------------------------- */

static bool
is_in_loop(const oz_graph *graph, uint32_t node)
{
    return (graph->nodes[node].reach[node / 64] >> (node % 64) & 1) != 0;
}

static ozi_place
place_of_source(const oz_operator *op)
{
    bool has_partitions = op->source != NULL && op->source->partitions != NULL;
    return has_partitions ? OZI_PLACE_EACH : OZI_PLACE_ONE;
}

static const oz_schema *
schema_of(const oz_graph *graph, const oz_edge *edge)
{
    return &graph->nodes[edge->node].schemas[edge->output];
}

/* A step that gives other keys, or none, leaves its rows where the old ones belonged. */
static ozi_place
place_of_rows(const oz_graph *graph, const oz_edge *edge)
{
    const oz_schema *schema = schema_of(graph, edge);
    ozi_place place = graph->nodes[edge->node].place;
    bool has_lost_keys = !schema->keyed || schema->rekeyed;
    return place == OZI_PLACE_KEYED && has_lost_keys ? OZI_PLACE_EACH : place;
}

/* How rows must come by an edge: rows without keys go to one worker where keys decide. */
static oz_routing
routing_of(const oz_graph *graph, uint32_t node, const oz_edge *edge)
{
    oz_routing routing = graph->nodes[node].op->inputs[edge->input].routing;
    if (is_in_loop(graph, node)) {
        return OZ_ROUTE_SINGLE;
    }
    return routing == OZ_ROUTE_KEY && !schema_of(graph, edge)->keyed ? OZ_ROUTE_SINGLE : routing;
}

/* ---- exchanges ------------------------------------------------------------------------------- */

static oz_setting
integer(const char *name, int64_t value)
{
    return (oz_setting){.name = name, .value = {.kind = OZ_SCALAR_INT64, .as.int64 = value}};
}

static oz_setting
truth(const char *name, bool value)
{
    return (oz_setting){.name = name, .value = {.kind = OZ_SCALAR_BOOL, .as.boolean = value}};
}

/* "words => by key" and "words => by key, received": what they are called between runs, too. */
static oz_status
add_step(oz_graph *graph, const oz_node_spec *spec, const oz_edge *from, ozi_way way,
         uint32_t *node, oz_error *error)
{
    static const char *const NAMES[] = {"by key", "worker 0", "all workers"};
    const char *above = graph->nodes[from->node].id;
    size_t size = strlen(above) + 48;
    char *id = ozi_alloc_new(graph->alloc, size);
    char port[16] = "";
    if (id == NULL) {
        return oz_error_set(error, OZ_NO_MEMORY, "out of memory");
    }
    if (from->output > 0) {
        (void)snprintf(port, sizeof port, ".%u", from->output);
    }
    (void)snprintf(id, size, "%s%s => %s%s", above, port, NAMES[way],
                   spec->edge_count == 0 ? ", received" : "");
    oz_node_spec named = *spec;
    named.id = id;
    oz_status status = oz_graph_add(graph, &named, node, error);
    ozi_alloc_free(graph->alloc, id, size);
    return status;
}

/* Where the rows of an exchange are. */
static const ozi_place PLACES[] = {
    [OZI_WAY_OWNER] = OZI_PLACE_KEYED,
    [OZI_WAY_ONE] = OZI_PLACE_ONE,
    [OZI_WAY_ALL] = OZI_PLACE_EACH,
};

/* Puts in both steps, for the rows of `edge` on their way to `reader`. */
static oz_status
add_exchange(oz_graph *graph, const oz_edge *edge, ozi_way way, uint32_t reader, uint32_t *receive,
             oz_error *error)
{
    uint32_t send;
    oz_edge from = {.node = edge->node, .output = edge->output};
    bool from_one = graph->nodes[edge->node].place == OZI_PLACE_ONE;
    oz_schema schema = *schema_of(graph, edge);
    const oz_setting settings[] = {integer("gate", graph->exchange_count++), integer("way", way),
                                   truth("from_one", from_one)};
    oz_node_spec spec = {.op = &ozi_op_send,
                         .where = graph->nodes[reader].where,
                         .edges = &from,
                         .edge_count = 1,
                         .settings = settings,
                         .setting_count = sizeof settings / sizeof *settings};
    OZ_TRY(add_step(graph, &spec, &from, way, &send, error));
    spec.op = &ozi_op_receive;
    spec.edge_count = 0;
    OZ_TRY(add_step(graph, &spec, &from, way, receive, error));
    graph->nodes[send].place = from_one ? OZI_PLACE_ONE : OZI_PLACE_EACH;
    ozi_node *added = &graph->nodes[*receive];
    added->place = PLACES[way];
    added->has_moved = true;
    added->schemas = ozi_alloc_new(graph->alloc, sizeof *added->schemas);
    if (added->schemas == NULL) {
        return oz_error_set(error, OZ_NO_MEMORY, "out of memory");
    }
    schema.rekeyed = false;
    *added->schemas = schema;
    return OZ_OK;
}

/*
 * Draws the step that makes fewer rows of those of a worker, on their way to `reader`, which from
 * then on takes what it makes: "words => parts of count".
 */
static oz_status
add_parts(oz_graph *graph, uint32_t reader, oz_edge *edge, oz_error *error)
{
    const oz_combiner *combiner = graph->nodes[reader].op->combiner;
    const char *above = graph->nodes[edge->node].id;
    const char *label = ozi_node_label(&graph->nodes[reader]);
    size_t size = strlen(above) + strlen(label) + 24;
    char *id = ozi_alloc_new(graph->alloc, size);
    uint32_t parts;
    if (id == NULL) {
        return oz_error_set(error, OZ_NO_MEMORY, "out of memory");
    }
    (void)snprintf(id, size, "%s => parts of %s", above, label);
    oz_edge from = {.node = edge->node, .output = edge->output};
    const oz_node_spec spec = {.op = combiner->parts,
                               .id = id,
                               .where = graph->nodes[reader].where,
                               .edges = &from,
                               .edge_count = 1};
    oz_status status = oz_graph_add(graph, &spec, &parts, error);
    ozi_alloc_free(graph->alloc, id, size);
    OZ_TRY(status);
    OZ_TRY(ozi_bind_node(graph, &graph->nodes[parts], error));
    graph->nodes[parts].place = OZI_PLACE_EACH;
    graph->nodes[parts].has_moved = graph->nodes[edge->node].has_moved;
    graph->nodes[reader].op = combiner->whole;
    *edge = (oz_edge){.node = parts, .input = edge->input};
    return OZ_OK;
}

/* Worth it where rows are read on each worker: a single one would do the work of all. */
static bool
has_parts(const oz_graph *graph, uint32_t node, ozi_place rows)
{
    const ozi_node *plan = &graph->nodes[node];
    return plan->op->combiner != NULL && rows == OZI_PLACE_EACH && plan->edge_count == 1 &&
           plan->op->combiner->applies(plan->options);
}

/* The receive step of an exchange of the same rows that is there already; false: there is none. */
static bool
find_exchange(const oz_graph *graph, uint32_t drawn, const oz_edge *edge, ozi_way way,
              uint32_t *receive)
{
    for (uint32_t i = drawn; i < graph->node_count; i++) {
        const oz_edge *from = &graph->nodes[i].edges[0];
        if (graph->nodes[i].op == &ozi_op_send && from->node == edge->node &&
            from->output == edge->output && graph->nodes[i + 1].place == PLACES[way]) {
            *receive = i + 1;
            return true;
        }
    }
    return false;
}

static oz_status
refuse(const oz_graph *graph, uint32_t node, oz_error *error)
{
    return oz_error_set(error, OZ_INVALID,
                        "step \"%s\" needs its rows on the worker that has read them, but an "
                        "earlier step brings them to others: draw it above that step, or run the "
                        "job with one worker",
                        ozi_node_label(&graph->nodes[node]));
}

/* Sees to it that the rows of an edge are where they must be. */
static oz_status
route_edge(oz_graph *graph, uint32_t drawn, uint32_t node, uint32_t index, oz_error *error)
{
    oz_edge edge = graph->nodes[node].edges[index];
    oz_routing routing = routing_of(graph, node, &edge);
    ozi_place place = place_of_rows(graph, &edge);
    if (routing == OZ_ROUTE_SOURCE && graph->nodes[edge.node].has_moved) {
        return refuse(graph, node, error);
    }
    bool is_there = (routing == OZ_ROUTE_SINGLE && place == OZI_PLACE_ONE) ||
                    (routing == OZ_ROUTE_KEY && place == OZI_PLACE_KEYED);
    if (is_there || routing == OZ_ROUTE_LOCAL || routing == OZ_ROUTE_SOURCE) {
        return OZ_OK;
    }
    uint32_t receive;
    ozi_way way = routing == OZ_ROUTE_SINGLE      ? OZI_WAY_ONE
                  : routing == OZ_ROUTE_BROADCAST ? OZI_WAY_ALL
                                                  : OZI_WAY_OWNER;
    if (way == OZI_WAY_OWNER && has_parts(graph, node, place)) {
        OZ_TRY(add_parts(graph, node, &edge, error));
    }
    if (!find_exchange(graph, drawn, &edge, way, &receive)) {
        OZ_TRY(add_exchange(graph, &edge, way, node, &receive, error));
    }
    graph->nodes[node].edges[index].node = receive;
    graph->nodes[node].edges[index].output = 0;
    return OZ_OK;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static oz_status
place_node(oz_graph *graph, uint32_t drawn, uint32_t node, oz_error *error)
{
    for (uint32_t i = 0; i < graph->nodes[node].edge_count; i++) {
        const oz_edge *edge = &graph->nodes[node].edges[i];
        if (!is_in_loop(graph, node) || !is_in_loop(graph, edge->node)) {
            OZ_TRY(route_edge(graph, drawn, node, i, error));
        }
    }
    bool is_placed = false;
    ozi_node *placed = &graph->nodes[node];
    for (uint32_t i = 0; i < placed->edge_count && !is_in_loop(graph, node); i++) {
        const oz_edge *edge = &placed->edges[i];
        ozi_place place = place_of_rows(graph, edge);
        placed->has_moved |= graph->nodes[edge->node].has_moved;
        if (placed->op->inputs[edge->input].routing == OZ_ROUTE_BROADCAST) {
            continue; /* such rows come wherever the others lead */
        }
        placed->place = !is_placed || place == placed->place ? place : OZI_PLACE_EACH;
        is_placed = true;
    }
    return OZ_OK;
}

static oz_status
place_all(oz_graph *graph, oz_error *error)
{
    uint32_t drawn = graph->node_count;
    for (uint32_t i = 0; i < drawn; i++) {
        bool is_source = graph->nodes[i].edge_count == 0;
        graph->nodes[i].place = is_source              ? place_of_source(graph->nodes[i].op)
                                : is_in_loop(graph, i) ? OZI_PLACE_ONE
                                                       : OZI_PLACE_EACH;
    }
    for (uint32_t i = 0; i < drawn; i++) {
        OZ_TRY(place_node(graph, drawn, i, error));
    }
    return OZ_OK;
}

oz_status
oz_graph_spread(oz_graph *graph, uint32_t workers, oz_error *error)
{
    if (!graph->sealed || graph->workers != 0 || workers < 1 || workers > OZ_WORKERS_MAX) {
        return oz_error_set(error, OZ_INVALID,
                            "a sealed graph is spread once, over 1 to %d workers", OZ_WORKERS_MAX);
    }
    graph->workers = workers;
    if (workers == 1) {
        return OZ_OK;
    }
    graph->sealed = false; /* the two steps of an exchange are added like others */
    OZ_TRY(place_all(graph, error));
    OZ_TRY(ozi_plan_order(graph, error));
    graph->sealed = true;
    return OZ_OK;
}

bool
ozi_node_moves(const ozi_node *node)
{
    bool is_exchange = node->op == &ozi_op_send || node->op == &ozi_op_receive;
    bool is_sink = ozi_is_connector(node->op) && node->op->source == NULL;
    return is_exchange || (node->place != OZI_PLACE_ONE && !is_sink);
}

uint64_t
ozi_graph_fingerprint(const oz_graph *graph)
{
    uint64_t hash = graph->workers;
    for (uint32_t i = 0; i < graph->node_count; i++) {
        const ozi_node *node = &graph->nodes[i];
        hash = ozi_hash_bytes(hash, node->id, strlen(node->id));
        hash = ozi_hash_bytes(hash, node->op->name, strlen(node->op->name));
        for (uint32_t j = 0; j < node->edge_count; j++) {
            hash = ozi_hash_pair(hash, (uint64_t)node->edges[j].node << 32 | node->edges[j].output,
                                 node->edges[j].input);
        }
    }
    return hash == 0 ? 1 : hash; /* 0 says that there is none */
}
