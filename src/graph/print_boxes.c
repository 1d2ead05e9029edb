/*
 * Text boxes, one below the other in the order of the graph. A box that reads the one above it
 * hangs on a line; any other says from whom it reads.
 *
 *     +---------------+
 *     | clicks        |
 *     | input         |
 *     +---------------+
 *             |
 *     +---------------+
 *     | map str.lower |
 *     +---------------+
 */
#include "graph/model.h"

enum { WIDTH_MIN = 12 };

static size_t
width_of(const ozi_drawn *drawn)
{
    size_t title = strlen(drawn->title);
    size_t detail = strlen(drawn->detail);
    size_t width = title > detail ? title : detail;
    return width > WIDTH_MIN ? width : WIDTH_MIN;
}

static void
print_rule(ozi_text *text, size_t width)
{
    ozi_text_char(text, '+');
    ozi_text_repeat(text, '-', width + 2);
    ozi_text_string(text, "+\n");
}

static void
print_line(ozi_text *text, const char *line, size_t width)
{
    size_t size = strlen(line);
    ozi_text_string(text, "| ");
    ozi_text_string(text, line);
    ozi_text_repeat(text, ' ', size < width ? width - size : 0);
    ozi_text_string(text, " |\n");
}

static void
print_box(ozi_text *text, const ozi_drawn *drawn)
{
    size_t width = width_of(drawn);
    print_rule(text, width);
    print_line(text, drawn->title, width);
    if (strncmp(drawn->title, drawn->detail, sizeof drawn->title) != 0) {
        print_line(text, drawn->detail, width);
    }
    print_rule(text, width);
}

static void
print_from(const oz_graph *graph, const ozi_node *node, ozi_text *text)
{
    ozi_text_string(text, node->is_loop ? "  (reads in a loop:" : "  (reads:");
    for (uint32_t i = 0; i < node->edge_count; i++) {
        ozi_drawn above;
        const char *label = ozi_edge_label(graph, &node->edges[i]);
        ozi_draw(graph, node->edges[i].node, &above);
        ozi_text_string(text, i == 0 ? " " : ", ");
        ozi_text_string(text, above.title);
        ozi_text_string(text, *label != '\0' ? "." : "");
        ozi_text_string(text, label);
    }
    ozi_text_string(text, ")\n");
}

void
ozi_print_boxes(const oz_graph *graph, ozi_text *text)
{
    for (uint32_t i = 0; i < graph->node_count; i++) {
        const ozi_node *node = &graph->nodes[i];
        ozi_drawn drawn;
        ozi_draw(graph, i, &drawn);
        bool hangs = node->edge_count == 1 && i > 0 && node->edges[0].node == i - 1 &&
                     *ozi_edge_label(graph, &node->edges[0]) == '\0';
        if (hangs) {
            ozi_text_string(text, "        |\n");
        } else if (node->edge_count > 0) {
            print_from(graph, node, text);
        }
        print_box(text, &drawn);
    }
}
