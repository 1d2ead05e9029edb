/* Sealing: schemas flow from the sources down, each operator's bind has its say, and it is done. */
#include "graph/graph.h"

static oz_status
allocate_schemas(const oz_graph *graph, ozi_node *node)
{
    if (node->output_count == 0 || node->schemas != NULL) {
        return OZ_OK; /* it is there when sealing failed before */
    }
    node->schemas = ozi_alloc_zero(graph->alloc, node->output_count * sizeof *node->schemas);
    if (node->schemas == NULL) {
        return OZ_NO_MEMORY;
    }
    for (uint32_t i = 0; i < node->output_count; i++) {
        node->schemas[i].column_count = 1;
        node->schemas[i].types[0] = OZ_ANY;
    }
    return OZ_OK;
}

oz_status
ozi_bind_node(const oz_graph *graph, ozi_node *node, oz_error *error)
{
    OZ_TRY(allocate_schemas(graph, node));
    const oz_schema *first =
        node->edge_count == 0 ? NULL : graph->nodes[node->edges[0].node].schemas;
    node->is_keyed = first != NULL && first[node->edges[0].output].keyed;
    if (node->op->bind == NULL) {
        for (uint32_t i = 0; i < node->output_count; i++) {
            node->schemas[i].keyed = node->is_keyed;
        }
        return OZ_OK;
    }
    size_t size = (node->edge_count + 1) * sizeof(oz_schema);
    oz_schema *inputs = ozi_alloc_zero(graph->alloc, size);
    if (inputs == NULL) {
        return OZ_NO_MEMORY;
    }
    for (uint32_t i = 0; i < node->edge_count; i++) {
        const oz_schema *above = graph->nodes[node->edges[i].node].schemas;
        inputs[i] = above != NULL ? above[node->edges[i].output]
                                  : (oz_schema){.column_count = 1, .types = {OZ_ANY}};
    }
    oz_status status =
        node->op->bind(node->options, inputs, node->edge_count, node->schemas, error);
    ozi_alloc_free(graph->alloc, inputs, size);
    return status;
}

static oz_status
name_node(const ozi_node *node, oz_status status, oz_error *error)
{
    if (status == OZ_NO_MEMORY) {
        (void)oz_error_set(error, status, "out of memory");
    }
    if (node->where != NULL) {
        return oz_error_context(error, "step \"%s\" (%s)", ozi_node_label(node), node->where);
    }
    return oz_error_context(error, "step \"%s\"", ozi_node_label(node));
}

oz_status
oz_graph_seal(oz_graph *graph, oz_error *error)
{
    if (graph->sealed) {
        return OZ_OK;
    }
    for (uint32_t i = 0; i < graph->node_count; i++) {
        ozi_node *node = &graph->nodes[i];
        oz_status status = OZ_OK;
        if (node->edge_count == 0 && node->op->inputs != NULL) {
            status = oz_error_set(error, OZ_INVALID, "a feedback step must be closed by a loop");
        } else {
            status = ozi_bind_node(graph, node, error);
        }
        if (status != OZ_OK) {
            return name_node(node, status, error);
        }
    }
    OZ_TRY(ozi_plan_order(graph, error));
    graph->sealed = true;
    return OZ_OK;
}
