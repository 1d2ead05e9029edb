/*
 * Graphs: the read-only plan.
 *
 * A graph is drawn node by node, sources first (a node names the nodes that it reads), checked once
 * by oz_graph_seal, and never changes after that. Instances (engine.h) run it; printers show it.
 */
#ifndef OUZEL_GRAPH_H
#define OUZEL_GRAPH_H

#include "ouzel/op.h"

typedef struct oz_graph oz_graph;

/* One edge into a node: the output port of an earlier node. */
typedef struct oz_edge {
    uint32_t node;
    uint32_t output;
    uint32_t input; /* the port of this node; 0 for most */
} oz_edge;

typedef struct oz_node_spec {
    const oz_operator *op;
    const char *name;  /* given by the user, unique in the graph; or NULL */
    const char *id;    /* stable between runs; NULL: the name, or upstream, operator and ordinal */
    const char *where; /* "app.py:12", the line that built the step; or NULL */
    oz_policy policy;
    const oz_edge *edges;
    uint32_t edge_count;
    const oz_setting *settings;
    uint32_t setting_count;
} oz_node_spec;

/* `objects` may be NULL (a C program without objects). */
OZ_API oz_graph *
oz_graph_new(const oz_alloc *alloc, const oz_object_class *objects);
OZ_API void
oz_graph_free(oz_graph **graph);
/* Copies what the spec points to; `*node` is 0, 1, 2, ... INVALID names the option or port. */
OZ_API oz_status
oz_graph_add(oz_graph *graph, const oz_node_spec *spec, uint32_t *node, oz_error *error);
/* Closes a loop: `to` must be a "feedback" node, the only kind that may be read before it is fed.
 */
OZ_API oz_status
oz_graph_feed_back(oz_graph *graph, uint32_t from, uint32_t output, uint32_t to, oz_error *error);
/* Validates and binds. After it the graph is read-only and may be shared by instances. */
OZ_API oz_status
oz_graph_seal(oz_graph *graph, oz_error *error);
/*
 * After sealing, before the first instance: plans the graph for a job of up to `workers`, the seats
 * of that (job.h). Where rows must go to the worker that owns their key, or to worker 0, steps
 * "send" and "receive" are put in behind all others. Sources without partitions, sinks that are one
 * thing (a file), loops, and steps that remember without keys stand on worker 0 alone. INVALID
 * names a step whose rows would have left the worker that they must be on. After a failure the
 * graph is of no more use.
 */
OZ_API oz_status
oz_graph_spread(oz_graph *graph, uint32_t workers, oz_error *error);
OZ_API uint32_t
oz_graph_node_count(const oz_graph *graph);
OZ_API const char *
oz_graph_node_id(const oz_graph *graph, uint32_t node);

/* What a step gives: EXACTLY_ONCE for one that is neither source nor sink. */
OZ_API oz_guarantee
oz_graph_node_guarantee(const oz_graph *graph, uint32_t node);
/* What all sources and sinks of the graph give together, in a job that keeps its state. */
OZ_API oz_guarantee
oz_graph_guarantee(const oz_graph *graph);
/* "exactly-once", "at-least-once", "at-most-once", "no guarantee". */
OZ_API const char *
oz_guarantee_name(oz_guarantee guarantee);

typedef enum oz_graph_format {
    OZ_GRAPH_TEXT,
    OZ_GRAPH_DOT,
    OZ_GRAPH_MERMAID,
    OZ_GRAPH_JSON
} oz_graph_format;
/* At most `capacity` bytes, NUL-terminated; returns the length that was needed (without the NUL).
 */
OZ_API size_t
oz_graph_print(const oz_graph *graph, oz_graph_format format, char *buffer, size_t capacity);

/* The built-in operator of that name, or NULL. Names are those of the files in src/ops. */
OZ_API const oz_operator *
oz_operator_find(const char *name);
/* All of them, in alphabetical order, ended by NULL. */
OZ_API const oz_operator *const *
oz_operators(void);

#endif
