/* Making, wiring and freeing the nodes of an instance. */
#ifndef OUZEL_RUN_NODES_H
#define OUZEL_RUN_NODES_H

#include "run/instance.h"

/* What an instance is made of for one graph: swapped in as a whole. */
typedef struct ozi_node_set {
    oz_context **nodes;
    bool *is_kept; /* per node: it comes from the instance as it was */
    uint64_t *held;
    uint32_t count;
    uint32_t words;
} ozi_node_set;

/* The nodes for `graph`: those that `instance` has already, and new ones, not yet opened. */
oz_status
ozi_nodes_make(oz_instance *instance, const oz_graph *graph, ozi_node_set *out, oz_error *error);
/* Gives up a set that was not swapped in: frees the nodes that are new. */
void
ozi_nodes_discard(oz_instance *instance, ozi_node_set *set);
/* Wires all nodes of `set` as `graph` says. Allocates; a failure leaves kept nodes as they were. */
oz_status
ozi_nodes_wire(oz_instance *instance, const oz_graph *graph, ozi_node_set *set, oz_error *error);
/* Opens a new node: its operator, and the partitions of a source. */
oz_status
ozi_node_open(oz_context *node, oz_error *error);
/* Closes and frees a node, its timers and its descriptors. */
void
ozi_node_free(oz_instance *instance, oz_context **node);

#endif
