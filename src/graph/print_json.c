/*
 * The graph as JSON:
 *
 *     {"nodes": [{"id": ..., "name": ..., "operator": ..., "detail": ..., "where": ...,
 *                 "guarantee": of a source or sink}, ...],
 *      "edges": [{"from": id, "output": port, "to": id, "input": n, "loop": bool}, ...],
 *      "guarantee": what they give together}
 */
#include "graph/model.h"

static void
print_field(ozi_text *text, const char *name, const char *value)
{
    ozi_text_format(text, "\"%s\": ", name);
    if (value == NULL) {
        ozi_text_string(text, "null");
    } else {
        ozi_text_json(text, value, strlen(value));
    }
}

static void
print_node(const oz_graph *graph, uint32_t index, ozi_text *text)
{
    const ozi_node *node = &graph->nodes[index];
    ozi_drawn drawn;
    ozi_draw(graph, index, &drawn);
    ozi_text_char(text, '{');
    print_field(text, "id", node->id);
    ozi_text_string(text, ", ");
    print_field(text, "name", node->name);
    ozi_text_string(text, ", ");
    print_field(text, "operator", node->op->name);
    ozi_text_string(text, ", ");
    print_field(text, "detail", drawn.detail);
    ozi_text_string(text, ", ");
    print_field(text, "where", node->where);
    if (ozi_is_connector(node->op)) {
        ozi_text_string(text, ", ");
        print_field(text, "guarantee", oz_guarantee_name(node->op->guarantee));
    }
    ozi_text_char(text, '}');
}

static void
print_edge(const oz_graph *graph, uint32_t to, uint32_t input, ozi_text *text)
{
    const oz_edge *edge = &graph->nodes[to].edges[input];
    ozi_text_char(text, '{');
    print_field(text, "from", graph->nodes[edge->node].id);
    ozi_text_string(text, ", ");
    print_field(text, "output", graph->nodes[edge->node].op->outputs[edge->output].name);
    ozi_text_string(text, ", ");
    print_field(text, "to", graph->nodes[to].id);
    ozi_text_format(text, ", \"input\": %u, \"loop\": %s}", input,
                    graph->nodes[to].is_loop ? "true" : "false");
}

void
ozi_print_json(const oz_graph *graph, ozi_text *text)
{
    bool is_first = true;
    ozi_text_string(text, "{\"nodes\": [");
    for (uint32_t i = 0; i < graph->node_count; i++) {
        ozi_text_string(text, i == 0 ? "" : ", ");
        print_node(graph, i, text);
    }
    ozi_text_string(text, "], \"edges\": [");
    for (uint32_t i = 0; i < graph->node_count; i++) {
        for (uint32_t j = 0; j < graph->nodes[i].edge_count; j++) {
            ozi_text_string(text, is_first ? "" : ", ");
            print_edge(graph, i, j, text);
            is_first = false;
        }
    }
    ozi_text_string(text, "], ");
    print_field(text, "guarantee", oz_guarantee_name(oz_graph_guarantee(graph)));
    ozi_text_string(text, "}\n");
}
