/*
 * What the plan knows about order: who reads whom, who lies below whom, and where rows must pass
 * one at a time.
 *
 * Where branches of one node meet again (union, zip, combine_latest, a loop), the result must be
 * that of passing rows one at a time. So a node whose output reaches two inputs of one join by two
 * different ways is marked `by_row`, and the dispatcher splits what it emits.
 *
 * A node is `is_single` when each row that its source is polled for brings it at most one: then an
 * iterator that polls for one row at a time need not hold the graph.
 */
#include "graph/graph.h"

static bool
has(const uint64_t *set, uint32_t node)
{
    return (set[node / 64] >> (node % 64) & 1) != 0;
}

/* ---- readers --------------------------------------------------------------------------------- */

static oz_status
allocate_readers(oz_graph *graph, ozi_node *node)
{
    if (node->output_count == 0) {
        return OZ_OK;
    }
    /* The counts first: who frees the readers reads them. */
    node->reader_counts =
        ozi_alloc_zero(graph->alloc, node->output_count * sizeof *node->reader_counts);
    if (node->reader_counts == NULL) {
        return OZ_NO_MEMORY;
    }
    node->readers = ozi_alloc_zero(graph->alloc, node->output_count * sizeof *node->readers);
    return node->readers == NULL ? OZ_NO_MEMORY : OZ_OK;
}

static oz_status
add_reader(oz_graph *graph, const oz_edge *edge, uint32_t node, uint32_t edge_index)
{
    ozi_node *from = &graph->nodes[edge->node];
    uint32_t count = from->reader_counts[edge->output];
    ozi_reader *readers = ozi_alloc_resize(graph->alloc, from->readers[edge->output],
                                           count * sizeof *readers, (count + 1) * sizeof *readers);
    if (readers == NULL) {
        return OZ_NO_MEMORY;
    }
    readers[count] = (ozi_reader){.node = node, .edge = edge_index};
    from->readers[edge->output] = readers;
    from->reader_counts[edge->output] = count + 1;
    return OZ_OK;
}

static oz_status
find_readers(oz_graph *graph)
{
    for (uint32_t i = 0; i < graph->node_count; i++) {
        OZ_TRY(allocate_readers(graph, &graph->nodes[i]));
    }
    for (uint32_t i = 0; i < graph->node_count; i++) {
        for (uint32_t j = 0; j < graph->nodes[i].edge_count; j++) {
            OZ_TRY(add_reader(graph, &graph->nodes[i].edges[j], i, j));
        }
    }
    return OZ_OK;
}

/* ---- reach and below ------------------------------------------------------------------------- */

static oz_status
allocate_sets(oz_graph *graph)
{
    size_t size = graph->reach_words * sizeof(uint64_t);
    for (uint32_t i = 0; i < graph->node_count; i++) {
        graph->nodes[i].reach = ozi_alloc_zero(graph->alloc, size);
        graph->nodes[i].below = ozi_alloc_zero(graph->alloc, size);
        if (graph->nodes[i].reach == NULL || graph->nodes[i].below == NULL) {
            return OZ_NO_MEMORY;
        }
    }
    return OZ_OK;
}

/* A step that keeps rows in a queue is all that those above it wait for. */
bool
ozi_node_is_queue(const ozi_node *node)
{
    const oz_table_decl *tables = node->op->tables;
    return tables != NULL && tables[0].name != NULL && tables[0].kind == OZ_TABLE_QUEUE;
}

/* Adds `node`, and with `deep` what is in its set, to the set of a node above it. */
static bool
add_to_set(const oz_graph *graph, uint64_t *above, const uint64_t *set, uint32_t node, bool deep)
{
    bool changed = !has(above, node);
    above[node / 64] |= UINT64_C(1) << (node % 64);
    for (uint32_t word = 0; deep && word < graph->reach_words; word++) {
        changed |= (set[word] & ~above[word]) != 0;
        above[word] |= set[word];
    }
    return changed;
}

/* One round of "what my readers reach, I reach"; false when nothing changed. */
static bool
spread_sets(oz_graph *graph)
{
    bool changed = false;
    for (uint32_t i = graph->node_count; i-- > 0;) {
        const ozi_node *node = &graph->nodes[i];
        for (uint32_t j = 0; j < node->edge_count; j++) {
            ozi_node *above = &graph->nodes[node->edges[j].node];
            changed |= add_to_set(graph, above->reach, node->reach, i, true);
            changed |= add_to_set(graph, above->below, node->below, i, !ozi_node_is_queue(node));
        }
    }
    return changed;
}

/* The nodes of one loop do not wait for each other: they would do so for ever. */
static void
cut_loops(oz_graph *graph)
{
    for (uint32_t i = 0; i < graph->node_count; i++) {
        for (uint32_t j = 0; j < graph->node_count; j++) {
            if (has(graph->nodes[j].reach, i)) {
                graph->nodes[i].below[j / 64] &= ~(UINT64_C(1) << (j % 64));
            }
        }
    }
}

/* ---- rejoining branches ---------------------------------------------------------------------- */

/* Whether the reader `first` of `node` leads to edge `edge` of `join`. */
static bool
leads_to(const oz_graph *graph, uint32_t node, const ozi_reader *first, uint32_t join,
         uint32_t edge)
{
    if (first->node == join) {
        return first->edge == edge;
    }
    uint32_t above = graph->nodes[join].edges[edge].node;
    return above != node && (above == first->node || has(graph->nodes[first->node].reach, above));
}

/* Whether two different readers of `node` lead to two different edges of `join`. */
static bool
rejoins_at(const oz_graph *graph, uint32_t node, uint32_t join)
{
    const ozi_node *from = &graph->nodes[node];
    uint32_t first_edge = UINT32_MAX;
    const ozi_reader *first_reader = NULL;
    for (uint32_t i = 0; i < from->output_count; i++) {
        for (uint32_t j = 0; j < from->reader_counts[i]; j++) {
            const ozi_reader *reader = &from->readers[i][j];
            for (uint32_t edge = 0; edge < graph->nodes[join].edge_count; edge++) {
                if (!leads_to(graph, node, reader, join, edge)) {
                    continue;
                }
                if (first_reader != NULL && first_reader != reader && first_edge != edge) {
                    return true;
                }
                first_reader = first_reader == NULL ? reader : first_reader;
                first_edge = first_edge == UINT32_MAX ? edge : first_edge;
            }
        }
    }
    return false;
}

/* A node outside of a loop that feeds it: its rows go round before the next one enters. */
static bool
feeds_a_loop(const oz_graph *graph, uint32_t node)
{
    for (uint32_t i = 0; i < graph->node_count; i++) {
        if (graph->nodes[i].is_loop &&
            has(graph->nodes[node].reach, graph->nodes[i].edges[0].node) &&
            !has(graph->nodes[i].reach, node)) {
            return true;
        }
    }
    return false;
}

static void
mark_by_row(oz_graph *graph)
{
    for (uint32_t i = 0; i < graph->node_count; i++) {
        graph->nodes[i].by_row = feeds_a_loop(graph, i);
        for (uint32_t j = 0; j < graph->node_count && !graph->nodes[i].by_row; j++) {
            graph->nodes[i].by_row = graph->nodes[j].edge_count > 1 &&
                                     has(graph->nodes[i].reach, j) && rejoins_at(graph, i, j);
        }
    }
}

/* Below a source that is polled stand only steps that answer each row with at most one. */
static void
mark_single(oz_graph *graph)
{
    for (uint32_t i = 0; i < graph->node_count; i++) {
        ozi_node *node = &graph->nodes[i];
        node->is_single = false;
        if (node->edge_count == 1 && !node->is_loop) {
            const ozi_node *above = &graph->nodes[node->edges[0].node];
            bool is_source = above->op->source != NULL && above->op->source->poll != NULL;
            node->is_single = is_source || (above->is_single && above->op->on_object != NULL);
        }
    }
}

void
ozi_order_free(const oz_graph *graph, ozi_node *node)
{
    const oz_alloc *alloc = graph->alloc;
    for (uint32_t i = 0; node->readers != NULL && i < node->output_count; i++) {
        ozi_alloc_free(alloc, node->readers[i], node->reader_counts[i] * sizeof **node->readers);
    }
    ozi_alloc_free(alloc, node->readers, node->output_count * sizeof *node->readers);
    ozi_alloc_free(alloc, node->reader_counts, node->output_count * sizeof *node->reader_counts);
    ozi_alloc_free(alloc, node->reach, graph->reach_words * sizeof *node->reach);
    ozi_alloc_free(alloc, node->below, graph->reach_words * sizeof *node->below);
    node->readers = NULL;
    node->reader_counts = NULL;
    node->reach = node->below = NULL;
}

oz_status
ozi_plan_order(oz_graph *graph, oz_error *error)
{
    for (uint32_t i = 0; i < graph->node_count; i++) {
        ozi_order_free(graph, &graph->nodes[i]); /* of a sealing that failed */
    }
    graph->reach_words = (graph->node_count + 63) / 64;
    oz_status status = find_readers(graph);
    if (status == OZ_OK) {
        status = allocate_sets(graph);
    }
    if (status != OZ_OK) {
        return oz_error_set(error, status, "out of memory");
    }
    while (spread_sets(graph)) {
    }
    cut_loops(graph);
    mark_by_row(graph);
    mark_single(graph);
    return OZ_OK;
}
