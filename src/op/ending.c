/*
 * Ends: how the end of the input travels through a graph.
 *
 * An edge ends; on_end of the reader delivers what it holds, over several calls if it must; then
 * its outputs end. A node that said DONE, or that nobody reads any more, finishes without on_end.
 */
#include "op/context.h"

static oz_step
call_on_end(oz_context *node, uint32_t edge)
{
    oz_step step = OZ_NEED;
    if (node->op->on_end != NULL) {
        node->busy = true;
        step = node->op->on_end(node->state, node, edge, node->open_edges);
        node->busy = false;
    }
    bool is_last = node->open_edges == 0;
    node->ending = is_last && step != OZ_FAILED && step != OZ_DONE;
    step = ozi_settle(node, UINT32_MAX, step);
    if (step == OZ_NEED && is_last) {
        return ozi_finish(node);
    }
    return step;
}

oz_step
ozi_end_edge(oz_context *node, uint32_t edge)
{
    if (node->ended || node->edge_ended[edge]) {
        return OZ_NEED;
    }
    node->edge_ended[edge] = true;
    node->open_edges--;
    if (node->busy || (node->attention & (OZI_REST | OZI_DEFERRED)) != 0 || node->own_more) {
        node->ending = node->open_edges == 0;
        return OZ_NEED; /* ozi_go_on_ending follows when it is free */
    }
    return call_on_end(node, edge);
}

oz_step
ozi_go_on_ending(oz_context *node)
{
    return call_on_end(node, node->edge_count == 0 ? 0 : node->edge_count - 1);
}

oz_step
ozi_finish(oz_context *node)
{
    if (node->ended) {
        return OZ_DONE;
    }
    node->ended = true;
    node->ending = false;
    ozi_hold(node, false);
    for (uint32_t i = 0; i < node->output_count; i++) {
        ozi_output *output = &node->outputs[i];
        for (uint32_t j = 0; j < output->count; j++) {
            if (output->targets[j].closed) {
                continue;
            }
            output->targets[j].closed = true;
            output->open--;
            if (ozi_end_edge(output->targets[j].node, output->targets[j].edge) == OZ_FAILED) {
                return OZ_FAILED;
            }
        }
    }
    return OZ_DONE;
}
