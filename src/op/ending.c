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
    if (node->op->on_end == NULL) {
        return (oz_step)node->own; /* a step that waits for something goes on waiting */
    }
    node->busy = true;
    oz_step step = node->op->on_end(node->state, node, edge, node->open_edges);
    node->busy = false;
    return step == OZ_WAIT && !node->op->holds ? OZ_NEED : step;
}

/* The first edge that the operator was not told of; the last one when all have been told. */
static uint32_t
next_edge(oz_context *node, bool *is_last)
{
    uint32_t found = node->edge_count;
    *is_last = true;
    for (uint32_t i = node->edge_count; i-- > 0;) {
        if (node->edge_states[i] == OZI_EDGE_UNTOLD) {
            *is_last = found == node->edge_count;
            found = i;
        }
    }
    return found < node->edge_count ? found : node->edge_count - 1;
}

oz_step
ozi_tell_end(oz_context *node)
{
    bool is_last;
    uint32_t edge = next_edge(node, &is_last);
    node->edge_states[edge] = OZI_EDGE_ENDED;
    if (is_last) {
        node->attention &= (uint16_t)~OZI_LATE_END;
        node->attention |= OZI_LATE_MARK; /* it no longer holds the others back */
    }
    node->ending = is_last && node->open_edges == 0;
    oz_step step = call_on_end(node, edge);
    return node->ending && step == OZ_NEED ? OZ_DONE : step;
}

oz_step
ozi_end_edge(oz_context *node, uint32_t edge)
{
    if (node->ended || node->edge_states[edge] != OZI_EDGE_OPEN) {
        return OZ_NEED;
    }
    node->edge_states[edge] = OZI_EDGE_UNTOLD;
    node->open_edges--;
    node->attention |= OZI_LATE_END;
    if (node->busy) {
        return OZ_NEED; /* the call that is at work settles it */
    }
    if (node->own == OZ_WAIT && (node->attention & (OZI_DEFERRED | OZI_REST)) == 0) {
        return ozi_settle(node, UINT32_MAX, ozi_tell_end(node)); /* it may wait for the end */
    }
    return ozi_settle(node, UINT32_MAX, (oz_step)node->own);
}

oz_step
ozi_end_outputs(oz_context *node)
{
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

oz_step
ozi_finish(oz_context *node)
{
    if (node->ended) {
        return OZ_DONE;
    }
    ozi_waiting_clear(node, &node->deferred);
    if ((node->attention & OZI_UNWANTED) != 0) {
        ozi_waiting_clear(node, &node->rest);
    }
    node->own = OZ_NEED;
    node->ending = false;
    ozi_stall(node, false);
    bool has_rest = node->rest.first != NULL;
    ozi_hold(node, has_rest);
    node->attention &= OZI_UNWANTED | OZI_REST | OZI_HELD;
    if (has_rest) {
        node->attention |= OZI_FINISHING;
        return OZ_DONE;
    }
    node->attention &= (uint16_t)~OZI_REST;
    node->ended = true;
    return ozi_end_outputs(node);
}
