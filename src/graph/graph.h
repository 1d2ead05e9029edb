/*
 * The plan inside: nodes in the order drawn, which is topological but for feedback edges.
 */
#ifndef OUZEL_GRAPH_GRAPH_H
#define OUZEL_GRAPH_GRAPH_H

#include "base/alloc.h"
#include "ouzel/graph.h"

/* A reader of an output port, seen from the node that writes it. */
typedef struct ozi_reader {
    uint32_t node;
    uint32_t edge; /* which of the reader's edges */
} ozi_reader;

/* On which workers of a job a step stands, and which rows each of them has there. */
typedef enum ozi_place {
    OZI_PLACE_EACH,  /* on each, with any rows */
    OZI_PLACE_KEYED, /* on each, with the rows whose keys it owns */
    OZI_PLACE_ONE,   /* on worker 0 */
} ozi_place;

typedef struct ozi_node {
    const oz_operator *op;
    char *name; /* or NULL */
    char *id;
    char *where; /* or NULL */
    oz_policy policy;
    void *options;
    oz_edge *edges;
    uint32_t edge_count;
    oz_schema *schemas; /* one per output port, after sealing */
    uint32_t output_count;
    ozi_reader **readers; /* per output port, in the order drawn */
    uint32_t *reader_counts;
    uint64_t *reach; /* bit set of the nodes below it, feedback included */
    uint64_t *below; /* those of them for which it waits when they can take no more */
    bool by_row;     /* branches below it rejoin: see ozi_plan_order */
    bool is_keyed;   /* the rows of its first edge have keys */
    bool is_single;  /* each row of its only source brings it at most one: see mark_single */
    bool is_loop;    /* its (only) edge closes a loop */
    bool has_moved;  /* its rows may have come from another worker */
    ozi_place place; /* after oz_graph_spread */
} ozi_node;

struct oz_graph {
    const oz_alloc *alloc;
    const oz_object_class *objects;
    ozi_node *nodes;
    uint32_t node_count;
    uint32_t node_capacity;
    uint32_t reach_words;
    uint32_t exchange_count;
    uint32_t workers; /* for which it was spread; 0: it was not */
    bool sealed;
};

/* The user's name of a node, or its id. */
static inline const char *
ozi_node_label(const ozi_node *node)
{
    return node->name != NULL ? node->name : node->id;
}

/* The number of ports in a list that ends with a NULL name; NULL is an empty list. */
uint32_t
ozi_port_count(const oz_port *ports);

/* Whether a step keeps what it is given in a queue, so that those above it wait for it alone. */
bool
ozi_node_is_queue(const ozi_node *node);
/* A number that two graphs share only when they have the same steps, edges and workers. */
uint64_t
ozi_graph_fingerprint(const oz_graph *graph);
/* Whether it is a source or a sink: where rows come into the graph or leave it. */
bool
ozi_is_connector(const oz_operator *op);
/*
 * Whether a step of a graph that is spread begins anew on each worker when keys move (run/move.h):
 * not what stands on worker 0 alone, nor what writes to the outside.
 */
bool
ozi_node_moves(const ozi_node *node);
/* INVALID, with the first step that gives less than `asked`. */
OZ_MUST_USE oz_status
ozi_graph_require(const oz_graph *graph, oz_guarantee asked, oz_error *error);
/* Fills the schemas of a node, of which those above have been filled: sealing, for one. */
OZ_MUST_USE oz_status
ozi_bind_node(const oz_graph *graph, ozi_node *node, oz_error *error);
/* Fills readers, reach, below, by_row and is_single of all nodes (order.c). */
oz_status
ozi_plan_order(oz_graph *graph, oz_error *error);
/* Frees them again. */
void
ozi_order_free(const oz_graph *graph, ozi_node *node);

#endif
