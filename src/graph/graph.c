/* Drawing a graph: nodes are copied in, checked as far as one node can be, and found by index. */
#include "graph/graph.h"

#include <stdio.h>

#include "op/options.h"

uint32_t
ozi_port_count(const oz_port *ports)
{
    uint32_t count = 0;
    while (ports != NULL && ports[count].name != NULL) {
        count++;
    }
    return count;
}

oz_graph *
oz_graph_new(const oz_alloc *alloc, const oz_object_class *objects)
{
    oz_graph *graph = ozi_alloc_zero(alloc, sizeof *graph);
    if (graph != NULL) {
        graph->alloc = alloc;
        graph->objects = objects;
    }
    return graph;
}

/* ---- freeing --------------------------------------------------------------------------------- */

static void
free_text(const oz_graph *graph, char **text)
{
    if (*text != NULL) {
        ozi_alloc_free(graph->alloc, *text, strlen(*text) + 1);
        *text = NULL;
    }
}

static void
free_node(const oz_graph *graph, ozi_node *node)
{
    ozi_order_free(graph, node);
    free_text(graph, &node->name);
    free_text(graph, &node->id);
    free_text(graph, &node->where);
    ozi_options_free(graph->alloc, graph->objects, node->op, &node->options);
    ozi_alloc_free(graph->alloc, node->edges, node->edge_count * sizeof *node->edges);
    ozi_alloc_free(graph->alloc, node->schemas, node->output_count * sizeof *node->schemas);
}

void
oz_graph_free(oz_graph **graph_pointer)
{
    oz_graph *graph = *graph_pointer;
    *graph_pointer = NULL;
    if (graph == NULL) {
        return;
    }
    for (uint32_t i = 0; i < graph->node_count; i++) {
        free_node(graph, &graph->nodes[i]);
    }
    ozi_alloc_free(graph->alloc, graph->nodes, graph->node_capacity * sizeof *graph->nodes);
    ozi_alloc_free(graph->alloc, graph, sizeof *graph);
}

/* ---- checking one node ----------------------------------------------------------------------- */

static oz_status
check_edge(const oz_graph *graph, const oz_node_spec *spec, const oz_edge *edge, oz_error *error)
{
    if (edge->node >= graph->node_count) {
        return oz_error_set(error, OZ_INVALID,
                            "reads node %u, which is not drawn yet; a loop goes "
                            "through a \"feedback\" step",
                            edge->node);
    }
    const ozi_node *from = &graph->nodes[edge->node];
    if (edge->output >= from->output_count) {
        return oz_error_set(error, OZ_INVALID, "step \"%s\" has no output %u", ozi_node_label(from),
                            edge->output);
    }
    if (edge->input >= ozi_port_count(spec->op->inputs)) {
        return oz_error_set(error, OZ_INVALID, "it has no input %u", edge->input);
    }
    return OZ_OK;
}

/* Each input must be read from: once, or at least once when it takes many. */
static oz_status
check_inputs(const oz_node_spec *spec, oz_error *error)
{
    for (uint32_t i = 0; i < ozi_port_count(spec->op->inputs); i++) {
        uint32_t count = 0;
        for (uint32_t j = 0; j < spec->edge_count; j++) {
            count += spec->edges[j].input == i;
        }
        if (count == 0) {
            return oz_error_set(error, OZ_INVALID, "its input \"%s\" is not connected",
                                spec->op->inputs[i].name);
        }
        if (count > 1 && !spec->op->inputs[i].many) {
            return oz_error_set(error, OZ_INVALID,
                                "its input \"%s\" takes one stream, not %u: join them by union",
                                spec->op->inputs[i].name, count);
        }
    }
    return OZ_OK;
}

static oz_status
check_spec(const oz_graph *graph, const oz_node_spec *spec, oz_error *error)
{
    if (graph->sealed) {
        return oz_error_set(error, OZ_INVALID, "the graph is sealed");
    }
    for (uint32_t i = 0; i < spec->edge_count; i++) {
        OZ_TRY(check_edge(graph, spec, &spec->edges[i], error));
    }
    bool is_loop = strcmp(spec->op->name, "feedback") == 0;
    if (!is_loop) {
        OZ_TRY(check_inputs(spec, error));
    }
    for (uint32_t i = 0; spec->name != NULL && i < graph->node_count; i++) {
        const char *other = graph->nodes[i].name;
        if (other != NULL && strcmp(other, spec->name) == 0) {
            return oz_error_set(error, OZ_INVALID, "another step has the name \"%s\"", other);
        }
    }
    return OZ_OK;
}

/* ---- adding ---------------------------------------------------------------------------------- */

static oz_status
copy_text(const oz_graph *graph, const char *text, char **out)
{
    *out = NULL;
    if (text == NULL) {
        return OZ_OK;
    }
    size_t size = strlen(text) + 1;
    *out = ozi_alloc_new(graph->alloc, size);
    if (*out == NULL) {
        return OZ_NO_MEMORY;
    }
    memcpy(*out, text, size);
    return OZ_OK;
}

/* "upstream id / operator . ordinal among the siblings of the same operator" */
static oz_status
derive_id(const oz_graph *graph, const oz_node_spec *spec, char **out)
{
    const char *above = spec->edge_count > 0 ? graph->nodes[spec->edges[0].node].id : "";
    uint32_t ordinal = 0;
    for (uint32_t i = 0; i < graph->node_count; i++) {
        const ozi_node *node = &graph->nodes[i];
        bool is_sibling = node->op == spec->op &&
                          (spec->edge_count > 0
                               ? node->edge_count > 0 && node->edges[0].node == spec->edges[0].node
                               : node->edge_count == 0 || node->is_loop);
        ordinal += is_sibling;
    }
    size_t size = strlen(above) + strlen(spec->op->name) + 16;
    char *text = ozi_alloc_new(graph->alloc, size);
    if (text == NULL) {
        return OZ_NO_MEMORY;
    }
    (void)snprintf(text, size, "%s%s%s.%u", above, *above != '\0' ? "/" : "", spec->op->name,
                   ordinal);
    oz_status status = copy_text(graph, text, out);
    ozi_alloc_free(graph->alloc, text, size);
    return status;
}

static oz_status
grow(oz_graph *graph)
{
    if (graph->node_count < graph->node_capacity) {
        return OZ_OK;
    }
    uint32_t capacity = graph->node_capacity == 0 ? 8 : graph->node_capacity * 2;
    ozi_node *nodes =
        ozi_alloc_resize(graph->alloc, graph->nodes, graph->node_capacity * sizeof *nodes,
                         capacity * sizeof *nodes);
    if (nodes == NULL) {
        return OZ_NO_MEMORY;
    }
    graph->nodes = nodes;
    graph->node_capacity = capacity;
    return OZ_OK;
}

/* State is found by the id, so that no two steps may share one. */
static oz_status
check_id(const oz_graph *graph, const ozi_node *node, oz_error *error)
{
    for (uint32_t i = 0; i < graph->node_count; i++) {
        if (strcmp(graph->nodes[i].id, node->id) == 0) {
            return oz_error_set(error, OZ_INVALID, "another step has the id \"%s\"", node->id);
        }
    }
    return OZ_OK;
}

static oz_status
copy_spec(const oz_graph *graph, const oz_node_spec *spec, ozi_node *node, oz_error *error)
{
    node->op = spec->op;
    node->policy = spec->policy;
    node->output_count = ozi_port_count(spec->op->outputs);
    OZ_TRY(copy_text(graph, spec->name, &node->name));
    OZ_TRY(copy_text(graph, spec->where, &node->where));
    const char *id = spec->id != NULL ? spec->id : spec->name;
    OZ_TRY(id != NULL ? copy_text(graph, id, &node->id) : derive_id(graph, spec, &node->id));
    OZ_TRY(check_id(graph, node, error));
    if (spec->edge_count > 0) {
        size_t size = spec->edge_count * sizeof *node->edges;
        node->edges = ozi_alloc_new(graph->alloc, size);
        if (node->edges == NULL) {
            return OZ_NO_MEMORY;
        }
        memcpy(node->edges, spec->edges, size);
        node->edge_count = spec->edge_count;
    }
    return ozi_options_new(graph->alloc, graph->objects, spec->op, spec->settings,
                           spec->setting_count, &node->options, error);
}

static oz_status
name_the_step(const oz_node_spec *spec, oz_status status, oz_error *error)
{
    if (status == OZ_NO_MEMORY) {
        (void)oz_error_set(error, status, "out of memory");
    }
    const char *name = spec->name != NULL ? spec->name : spec->op->name;
    if (spec->where != NULL) {
        (void)oz_error_context(error, "step \"%s\" (%s)", name, spec->where);
    } else {
        (void)oz_error_context(error, "step \"%s\"", name);
    }
    return status;
}

oz_status
oz_graph_add(oz_graph *graph, const oz_node_spec *spec, uint32_t *out, oz_error *error)
{
    oz_status status = check_spec(graph, spec, error);
    if (status == OZ_OK) {
        status = grow(graph);
    }
    if (status != OZ_OK) {
        return name_the_step(spec, status, error);
    }
    ozi_node *node = &graph->nodes[graph->node_count];
    *node = (ozi_node){.op = spec->op};
    status = copy_spec(graph, spec, node, error);
    if (status != OZ_OK) {
        free_node(graph, node);
        return name_the_step(spec, status, error);
    }
    *out = graph->node_count++;
    return OZ_OK;
}

oz_status
oz_graph_feed_back(oz_graph *graph, uint32_t from, uint32_t output, uint32_t to, oz_error *error)
{
    if (from >= graph->node_count || to >= graph->node_count ||
        output >= graph->nodes[from].output_count) {
        return oz_error_set(error, OZ_INVALID, "no such step or output");
    }
    ozi_node *node = &graph->nodes[to];
    if (strcmp(node->op->name, "feedback") != 0 || node->edge_count > 0) {
        return oz_error_set(error, OZ_INVALID,
                            "step \"%s\" is not a feedback step that is still "
                            "open",
                            ozi_node_label(node));
    }
    node->edges = ozi_alloc_new(graph->alloc, sizeof *node->edges);
    if (node->edges == NULL) {
        return oz_error_set(error, OZ_NO_MEMORY, "out of memory");
    }
    node->edges[0] = (oz_edge){.node = from, .output = output};
    node->edge_count = 1;
    node->is_loop = true;
    return OZ_OK;
}

uint32_t
oz_graph_node_count(const oz_graph *graph)
{
    return graph->node_count;
}

const char *
oz_graph_node_id(const oz_graph *graph, uint32_t node)
{
    return graph->nodes[node].id;
}
