/* The graph for Graphviz. */
#include "graph/model.h"

static void
print_escaped(ozi_text *text, const char *value)
{
    for (; *value != '\0'; value++) {
        if (*value == '"' || *value == '\\') {
            ozi_text_char(text, '\\');
        }
        ozi_text_char(text, *value);
    }
}

static void
print_node(const oz_graph *graph, uint32_t node, ozi_text *text)
{
    ozi_drawn drawn;
    ozi_draw(graph, node, &drawn);
    ozi_text_format(text, "  n%u [label=\"", node);
    if (drawn.title[0] != '\0') {
        print_escaped(text, drawn.title);
        ozi_text_string(text, "\\n");
    }
    print_escaped(text, drawn.detail);
    ozi_text_string(text, "\"];\n");
}

/* An edge that closes a loop does not pull what it leads to downwards. */
static void
print_edge(const oz_graph *graph, const oz_edge *edge, uint32_t to, ozi_text *text)
{
    const char *label = ozi_edge_label(graph, edge);
    bool is_loop = graph->nodes[to].is_loop;
    ozi_text_format(text, "  n%u -> n%u", edge->node, to);
    if (*label != '\0' || is_loop) {
        ozi_text_string(text, " [");
        if (*label != '\0') {
            ozi_text_string(text, "label=\"");
            print_escaped(text, label);
            ozi_text_string(text, is_loop ? "\", " : "\"");
        }
        ozi_text_string(text, is_loop ? "style=dashed, constraint=false]" : "]");
    }
    ozi_text_string(text, ";\n");
}

void
ozi_print_dot(const oz_graph *graph, ozi_text *text)
{
    ozi_text_string(text, "digraph ouzel {\n  node [shape=box];\n");
    for (uint32_t i = 0; i < graph->node_count; i++) {
        print_node(graph, i, text);
    }
    for (uint32_t i = 0; i < graph->node_count; i++) {
        for (uint32_t j = 0; j < graph->nodes[i].edge_count; j++) {
            print_edge(graph, &graph->nodes[i].edges[j], i, text);
        }
    }
    ozi_text_string(text, "}\n");
}
