/*
 * Watermarks: a node passes on the least of its open edges, behind the rows that came before it.
 */
#include "op/context.h"

static int64_t
least_watermark(const oz_context *node)
{
    int64_t least = INT64_MAX;
    for (uint32_t i = 0; i < node->edge_count; i++) {
        if (node->edge_states[i] == OZI_EDGE_OPEN && node->watermarks[i] < least) {
            least = node->watermarks[i];
        }
    }
    return least;
}

oz_step
ozi_advance_watermark(oz_context *node)
{
    node->attention &= (uint16_t)~OZI_LATE_MARK;
    int64_t least = least_watermark(node);
    if (node->open_edges == 0 || least <= node->watermark) {
        return OZ_NEED;
    }
    node->watermark = least;
    if (node->op->on_watermark == NULL) {
        return oz_emit_watermark(node, least) == OZ_FAILED ? OZ_FAILED : OZ_NEED;
    }
    ozi_traced outer;
    node->busy = true;
    ozi_enter(node, &outer);
    oz_step step = node->op->on_watermark(node->state, node, least);
    ozi_leave(node, &outer);
    node->busy = false;
    return step;
}

oz_step
ozi_pass_watermark(oz_context *node, uint32_t edge, int64_t time_ns)
{
    if (node->edge_states[edge] == OZI_EDGE_ENDED || time_ns <= node->watermarks[edge]) {
        return OZ_NEED;
    }
    node->watermarks[edge] = time_ns;
    return ozi_advance_watermark(node);
}

/* A step that is at work or held gets it behind the rows that wait for it. */
static oz_step
deliver_watermark(oz_context *node, uint32_t edge, int64_t time_ns)
{
    if (node->ended || (node->attention & OZI_FINISHING) != 0) {
        return OZ_NEED;
    }
    if (!node->busy && (node->attention & OZI_HELD) == 0) {
        return ozi_settle(node, UINT32_MAX, ozi_pass_watermark(node, edge, time_ns));
    }
    oz_status status = ozi_waiting_push_mark(node, &node->deferred, edge, time_ns);
    if (status != OZ_OK) {
        return oz_failed(node, status);
    }
    node->attention |= OZI_DEFERRED;
    return OZ_NEED;
}

/* Waits at the outputs for its turn at reader `target`. */
static oz_step
wait_for_turn(oz_context *node, int64_t time_ns, uint32_t output, uint32_t target)
{
    oz_status status = ozi_waiting_push_front(node, &node->rest, NULL, time_ns, output, target);
    if (status != OZ_OK) {
        return oz_failed(node, status);
    }
    node->attention |= OZI_REST;
    ozi_hold(node, true);
    return OZ_WAIT;
}

oz_step
ozi_give_watermark(oz_context *node, int64_t time_ns, uint32_t output, uint32_t target)
{
    for (uint32_t i = output; i < node->output_count; i++) {
        for (uint32_t j = i == output ? target : 0; j < node->outputs[i].count; j++) {
            const ozi_target *to = &node->outputs[i].targets[j];
            if (to->closed) {
                continue;
            }
            if (node->by_row && ozi_is_blocked(node)) {
                return wait_for_turn(node, time_ns, i, j);
            }
            if (deliver_watermark(to->node, to->edge, time_ns) == OZ_FAILED) {
                return OZ_FAILED;
            }
        }
    }
    return ozi_is_blocked(node) ? OZ_WAIT : OZ_NEED;
}

/* Among rows that wait at the outputs it keeps its place. */
oz_step
oz_emit_watermark(oz_context *node, int64_t time_ns)
{
    if ((node->attention & OZI_REST) == 0) {
        return ozi_give_watermark(node, time_ns, 0, 0);
    }
    oz_status status = ozi_waiting_push_mark(node, &node->rest, 0, time_ns);
    return status == OZ_OK ? OZ_WAIT : oz_failed(node, status);
}
