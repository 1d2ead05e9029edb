/* The graph for Mermaid. */
#include "graph/model.h"

/* Mermaid has no escape in quotes but for entities, which begin with #; labels may hold HTML. */
static void
print_escaped(ozi_text *text, const char *value)
{
    for (; *value != '\0'; value++) {
        switch (*value) {
        case '"':
            ozi_text_string(text, "#quot;");
            break;
        case '#':
            ozi_text_string(text, "#35;");
            break;
        case '&':
            ozi_text_string(text, "#amp;");
            break;
        case '<':
            ozi_text_string(text, "#lt;");
            break;
        case '>':
            ozi_text_string(text, "#gt;");
            break;
        default:
            ozi_text_char(text, *value);
        }
    }
}

static void
print_node(const oz_graph *graph, uint32_t node, ozi_text *text)
{
    ozi_drawn drawn;
    ozi_draw(graph, node, &drawn);
    ozi_text_format(text, "  n%u[\"", node);
    if (drawn.title[0] != '\0') {
        print_escaped(text, drawn.title);
        ozi_text_string(text, "<br/>");
    }
    print_escaped(text, drawn.detail);
    ozi_text_string(text, "\"]\n");
}

static void
print_edge(const oz_graph *graph, const oz_edge *edge, uint32_t to, ozi_text *text)
{
    const char *label = ozi_edge_label(graph, edge);
    ozi_text_format(text, "  n%u %s", edge->node, graph->nodes[to].is_loop ? "-.->" : "-->");
    if (*label != '\0') {
        ozi_text_string(text, "|\"");
        print_escaped(text, label);
        ozi_text_string(text, "\"|");
    }
    ozi_text_format(text, " n%u\n", to);
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
            print_edge(graph, &graph->nodes[i].edges[j], i, text);
        }
    }
}
