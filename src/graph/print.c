/* One door to the printers. */
#include "graph/model.h"

size_t
oz_graph_print(const oz_graph *graph, oz_graph_format format, char *buffer, size_t capacity)
{
    ozi_text text;
    ozi_text_init(&text, buffer, capacity);
    switch (format) {
    case OZ_GRAPH_TEXT:
        ozi_print_boxes(graph, &text);
        break;
    case OZ_GRAPH_DOT:
        ozi_print_dot(graph, &text);
        break;
    case OZ_GRAPH_MERMAID:
        ozi_print_mermaid(graph, &text);
        break;
    case OZ_GRAPH_JSON:
        ozi_print_json(graph, &text);
        break;
    }
    return text.needed;
}
