/* The graph for Graphviz. */
#include "graph/model.h"

static void
print_quoted(ozi_text *text, const char *value)
{
    ozi_text_char(text, '"');
    for (; *value != '\0'; value++) {
        if (*value == '"' || *value == '\\') {
            ozi_text_char(text, '\\');
        }
        ozi_text_char(text, *value);
    }
    ozi_text_char(text, '"');
}

static void
print_edge(const oz_graph *graph, const oz_edge *edge, uint32_t to, ozi_text *text)
{
    const char *label = ozi_edge_label(graph, edge);
    ozi_text_format(text, "  n%u -> n%u", edge->node, to);
    if (*label != '\0') {
        ozi_text_string(text, " [label=");
        print_quoted(text, label);
        ozi_text_char(text, ']');
    }
    ozi_text_string(text, ";\n");
}

void
ozi_print_dot(const oz_graph *graph, ozi_text *text)
{
    ozi_text_string(text, "digraph ouzel {\n  node [shape=box];\n");
    for (uint32_t i = 0; i < graph->node_count; i++) {
        ozi_drawn drawn;
        char label[2 * OZI_LABEL_MAX + 2];
        ozi_text lines;
        ozi_draw(graph, i, &drawn);
        ozi_text_init(&lines, label, sizeof label);
        ozi_text_string(&lines, drawn.title);
        if (strncmp(drawn.title, drawn.detail, sizeof drawn.title) != 0) {
            ozi_text_char(&lines, '\n');
            ozi_text_string(&lines, drawn.detail);
        }
        ozi_text_format(text, "  n%u [label=", i);
        print_quoted(text, label);
        ozi_text_string(text, "];\n");
    }
    for (uint32_t i = 0; i < graph->node_count; i++) {
        for (uint32_t j = 0; j < graph->nodes[i].edge_count; j++) {
            print_edge(graph, &graph->nodes[i].edges[j], i, text);
        }
    }
    ozi_text_string(text, "}\n");
}
