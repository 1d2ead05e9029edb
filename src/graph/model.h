/*
 * The one rendered model of a graph: what a person sees of each node and edge. All printers draw
 * it, so they agree; live numbers are an overlay on the same ids.
 */
#ifndef OUZEL_GRAPH_MODEL_H
#define OUZEL_GRAPH_MODEL_H

#include "base/text.h"
#include "graph/graph.h"

enum { OZI_LABEL_MAX = 100 };

/* What a person sees of a node: one line each, without control characters. */
typedef struct ozi_drawn {
    char title[OZI_LABEL_MAX];  /* the user's name; "" without one */
    char detail[OZI_LABEL_MAX]; /* the operator and what it was given: "slice end=3" */
} ozi_drawn;

void
ozi_draw(const oz_graph *graph, uint32_t node, ozi_drawn *out);

/* The line by which others speak of the node: its title, else its detail. */
static inline const char *
ozi_drawn_name(const ozi_drawn *drawn)
{
    return drawn->title[0] != '\0' ? drawn->title : drawn->detail;
}

/* The name of an edge's output port; "" when it is the plain one, "out". */
const char *
ozi_edge_label(const oz_graph *graph, const oz_edge *edge);

/* The printers, a file each. */
void
ozi_print_boxes(const oz_graph *graph, ozi_text *text);
void
ozi_print_dot(const oz_graph *graph, ozi_text *text);
void
ozi_print_mermaid(const oz_graph *graph, ozi_text *text);
void
ozi_print_json(const oz_graph *graph, ozi_text *text);

#endif
