/* Making, wiring and freeing the nodes of an instance. */
#ifndef OUZEL_RUN_NODES_H
#define OUZEL_RUN_NODES_H

#include "run/instance.h"

typedef struct ozi_wiring ozi_wiring;

/* What an instance is made of for one graph: swapped in as a whole. */
typedef struct ozi_node_set {
    oz_context **nodes;
    bool *is_kept; /* per node: it comes from the instance as it was */
    ozi_wiring *wires;
    uint64_t *held;
    oz_context **sources; /* those to poll */
    uint32_t count;
    uint32_t words;
    uint32_t source_count;
} ozi_node_set;

/*
 * The nodes for `graph`: those that `instance` has already, which stay as they are for now, and new
 * ones, wired but not yet opened. A failure leaves nothing behind.
 */
oz_status
ozi_nodes_make(oz_instance *instance, const oz_graph *graph, ozi_node_set *out, oz_error *error);
/* The same for the graph that it has: what moves (ozi_node_moves) is made anew, the rest is kept.
 */
oz_status
ozi_nodes_make_anew(oz_instance *instance, const oz_graph *graph, ozi_node_set *out,
                    oz_error *error);
/* Opens the new nodes, readers first: their operators, and the partitions of sources. */
oz_status
ozi_nodes_open(oz_instance *instance, const ozi_node_set *set, oz_error *error);
/* Wires the nodes that were there before as `graph` says. Cannot fail. */
void
ozi_nodes_rewire(const oz_graph *graph, ozi_node_set *set);
/* Gives up a set that was not swapped in: closes and frees the nodes that are new. */
void
ozi_nodes_discard(oz_instance *instance, ozi_node_set *set);
/* Frees what is of no use once the set is swapped in. */
void
ozi_nodes_forget(oz_instance *instance, ozi_node_set *set);
/*
 * When that is done: replaces the nodes of the instance by those of `set`, and closes those that
 * are gone (instance.c).
 */
void
ozi_instance_swap(oz_instance *instance, const oz_graph *graph, ozi_node_set *set);
/* Which nodes are to be gone on with: after what they say of that was changed from outside. */
void
ozi_instance_count_held(oz_instance *instance);
/* After that, and when the new ones have been opened: steps that have ended tell new readers. */
oz_step
ozi_instance_resume(oz_instance *instance);
/* Closes and frees a node, its timers and its descriptors. */
void
ozi_node_free(oz_instance *instance, oz_context **node);

#endif
