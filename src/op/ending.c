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
    ozi_traced outer;
    node->busy = true;
    ozi_enter(node, &outer);
    oz_step step = node->op->on_end(node->state, node, edge, node->open_edges);
    ozi_leave(node, &outer);
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
    if (node->ended || (node->attention & OZI_FINISHING) != 0 ||
        node->edge_states[edge] != OZI_EDGE_OPEN) {
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
ozi_done(oz_context *node)
{
    for (uint32_t i = 0; i < node->edge_count; i++) {
        node->edge_states[i] = OZI_EDGE_ENDED;
    }
    node->open_edges = 0;
    return OZ_DONE;
}

/* Whether it has ended for the reader, whatever this side knows. */
static bool
is_closed(const ozi_target *target)
{
    return target->closed || target->node->ended ||
           target->node->edge_states[target->edge] != OZI_EDGE_OPEN;
}

/* A sink is there for what it does, so that nobody need read its bad rows. */
bool
ozi_is_unwanted(const oz_context *node)
{
    bool was_read = false;
    for (uint32_t i = 0; i < node->output_count; i++) {
        const ozi_output *output = &node->outputs[i];
        for (uint32_t j = 0; j < output->count; j++) {
            if (!is_closed(&output->targets[j])) {
                return false;
            }
        }
        was_read |= output->count > 0 && i != node->dead_output;
    }
    return was_read;
}

/*
 * Ends the edges of all readers: DONE. Where branches rejoin, one branch has ended altogether
 * before the next one does: WAIT while anything is still on its way.
 */
static oz_step
end_outputs(oz_context *node)
{
    for (uint32_t i = 0; i < node->output_count; i++) {
        ozi_output *output = &node->outputs[i];
        for (uint32_t j = 0; j < output->count; j++) {
            ozi_target *target = &output->targets[j];
            if (target->closed) {
                continue;
            }
            if (node->by_row && !is_closed(target) && ozi_is_blocked(node)) {
                return OZ_WAIT;
            }
            target->closed = true;
            output->open--;
            if (ozi_end_edge(target->node, target->edge) == OZ_FAILED) {
                return OZ_FAILED;
            }
        }
    }
    return OZ_DONE;
}

/* What cannot be done now, ozi_resume comes back for; also after a failure further down. */
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
    node->attention &= OZI_UNWANTED | OZI_HELD;
    node->attention |= has_rest ? OZI_FINISHING | OZI_REST : OZI_FINISHING;
    oz_step step = has_rest ? OZ_WAIT : end_outputs(node);
    if (step == OZ_DONE) {
        node->attention &= (uint16_t)~OZI_FINISHING;
        node->ended = true;
    }
    ozi_hold(node, !node->ended);
    return step == OZ_FAILED ? OZ_FAILED : OZ_DONE;
}
