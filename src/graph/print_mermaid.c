/* The graph for Mermaid. */
#include "graph/model.h"

/* Mermaid has no escape in quotes but for entities. */
static void
print_quoted(ozi_text *text, const char *value)
{
    ozi_text_char(text, '"');
    for (; *value != '\0'; value++) {
        if (*value == '"') {
            ozi_text_string(text, "#quot;");
        } else if (*value == '<') {
            ozi_text_string(text, "#lt;");
        } else {
            ozi_text_char(text, *value);
        }
    }
    ozi_text_char(text, '"');
}

static void
print_node(const oz_graph *graph, uint32_t node, ozi_text *text)
{
    ozi_drawn drawn;
    ozi_draw(graph, node, &drawn);
    ozi_text_format(text, "  n%u[", node);
    if (strncmp(drawn.title, drawn.detail, sizeof drawn.title) == 0) {
        print_quoted(text, drawn.title);
    } else {
        char label[2 * OZI_LABEL_MAX + 4];
        ozi_text lines;
        ozi_text_init(&lines, label, sizeof label);
        ozi_text_string(&lines, drawn.title);
        ozi_text_string(&lines, ": ");
        ozi_text_string(&lines, drawn.detail);
        print_quoted(text, label);
    }
    ozi_text_string(text, "]\n");
}

void
ozi_print_mermaid(const oz_graph *graph, ozi_text *text)
{
    ozi_text_string(text, "graph TD\n");
    for (uint32_t i = 0; i < graph->node_count; i++) {
        print_node(graph, i, text);
    }
    for (uint32_t i = 0; i < graph->node_count; i++) {
        for (uint32_t j = 0; j < graph->nodes[i].edge_count; j++) {
            const oz_edge *edge = &graph->nodes[i].edges[j];
            const char *label = ozi_edge_label(graph, edge);
            if (*label == '\0') {
                ozi_text_format(text, "  n%u --> n%u\n", edge->node, i);
            } else {
                ozi_text_format(text, "  n%u -->|%s| n%u\n", edge->node, label, i);
            }
        }
    }
}
