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
    node->busy = true;
    oz_step step = node->op->on_watermark(node->state, node, least);
    node->busy = false;
    return step;
}

static oz_step
deliver_watermark(oz_context *node, uint32_t edge, int64_t time_ns)
{
    if (node->ended || node->edge_states[edge] != OZI_EDGE_OPEN ||
        time_ns <= node->watermarks[edge]) {
        return OZ_NEED;
    }
    node->watermarks[edge] = time_ns;
    if (least_watermark(node) <= node->watermark) {
        return OZ_NEED;
    }
    if (node->busy || (node->attention & OZI_HELD) != 0) {
        node->attention |= OZI_LATE_MARK;
        return OZ_NEED;
    }
    return ozi_settle(node, UINT32_MAX, ozi_advance_watermark(node));
}

/* Behind rows that wait at the outputs it waits, too, and goes on with the last of them. */
oz_step
oz_emit_watermark(oz_context *node, int64_t time_ns)
{
    if ((node->attention & OZI_REST) != 0) {
        node->late_watermark = time_ns;
        return OZ_WAIT;
    }
    for (uint32_t i = 0; i < node->output_count; i++) {
        for (uint32_t j = 0; j < node->outputs[i].count; j++) {
            ozi_target *target = &node->outputs[i].targets[j];
            if (!target->closed &&
                deliver_watermark(target->node, target->edge, time_ns) == OZ_FAILED) {
                return OZ_FAILED;
            }
        }
    }
    return ozi_is_blocked(node) ? OZ_WAIT : OZ_NEED;
}
