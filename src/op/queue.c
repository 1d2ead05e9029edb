#include "op/queue.h"

/* The state of a full queue is WAIT; of one that ends, WAIT until it is empty. */
static oz_step
standing(oz_context *node, int64_t rows_max)
{
    int64_t rows = oz_table_count(node->tables[0]);
    return rows >= rows_max || (node->ending && rows > 0) ? OZ_WAIT : OZ_NEED;
}

/* The timer stands at the front of the queue, or at `next_ns` when that is later. */
static oz_step
set_timer(oz_context *node, int64_t next_ns)
{
    int64_t due_ns;
    ozi_stall(node, false);
    if (!oz_queue_due(node->tables[0], &due_ns)) {
        oz_timer_cancel(node, OZI_QUEUE_TIMER);
        return OZ_NEED;
    }
    if (due_ns <= oz_now_ns(node) && ozi_is_blocked(node)) {
        oz_timer_cancel(node, OZI_QUEUE_TIMER);
        ozi_stall(node, true);
        return OZ_NEED;
    }
    oz_status status = oz_timer_set(node, OZI_QUEUE_TIMER, due_ns > next_ns ? due_ns : next_ns);
    return status == OZ_OK ? OZ_NEED : oz_failed(node, status);
}

oz_step
ozi_queue_put(oz_context *node, const oz_batch *batch, int64_t due_ns, int64_t rows_max)
{
    bool was_empty = oz_table_count(node->tables[0]) == 0;
    oz_status status = oz_queue_push(node->tables[0], batch, due_ns);
    if (status != OZ_OK) {
        return oz_failed(node, status);
    }
    if (was_empty && set_timer(node, due_ns) == OZ_FAILED) {
        return OZ_FAILED;
    }
    return standing(node, rows_max);
}

static oz_step
emit_front(oz_context *node, int64_t rows, int64_t *emitted)
{
    const oz_batch *batch = NULL;
    oz_status status = oz_queue_pop(node->tables[0], rows, &batch);
    if (status != OZ_OK) {
        return oz_failed(node, status);
    }
    if (batch == NULL) {
        return OZ_NEED;
    }
    *emitted += batch->row_count;
    oz_step step = oz_emit(node, 0, batch);
    oz_batch_release(&batch);
    int64_t time_ns;
    if (step != OZ_FAILED && oz_queue_pop_watermark(node->tables[0], &time_ns) &&
        oz_emit_watermark(node, time_ns) == OZ_FAILED) {
        return OZ_FAILED;
    }
    return step;
}

oz_step
ozi_queue_watermark(oz_context *node, int64_t time_ns)
{
    if (oz_table_count(node->tables[0]) == 0) {
        return oz_emit_watermark(node, time_ns) == OZ_FAILED ? OZ_FAILED : OZ_NEED;
    }
    oz_status status = oz_queue_push_watermark(node->tables[0], time_ns);
    return status == OZ_OK ? OZ_NEED : oz_failed(node, status);
}

oz_step
ozi_queue_let_go(oz_context *node, int64_t rows, int64_t rows_max, int64_t next_ns)
{
    int64_t due_ns;
    int64_t emitted = 0;
    oz_step step = OZ_NEED;
    while (step != OZ_FAILED && step != OZ_DONE && emitted < rows && !ozi_is_blocked(node) &&
           oz_queue_due(node->tables[0], &due_ns) && due_ns <= oz_now_ns(node)) {
        step = emit_front(node, rows - emitted, &emitted);
    }
    if (step == OZ_FAILED || step == OZ_DONE) {
        return step;
    }
    return set_timer(node, next_ns) == OZ_FAILED ? OZ_FAILED : standing(node, rows_max);
}

oz_step
ozi_queue_end(oz_context *node)
{
    return oz_table_count(node->tables[0]) > 0 ? OZ_WAIT : OZ_NEED;
}

oz_step
ozi_queue_flush(oz_context *node)
{
    int64_t emitted = 0;
    oz_step step = OZ_NEED;
    while (step != OZ_FAILED && step != OZ_DONE && !ozi_is_blocked(node) &&
           oz_table_count(node->tables[0]) > 0) {
        step = emit_front(node, INT64_MAX, &emitted);
    }
    if (step == OZ_FAILED || step == OZ_DONE) {
        return step;
    }
    bool is_empty = oz_table_count(node->tables[0]) == 0;
    return set_timer(node, INT64_MIN) == OZ_FAILED ? OZ_FAILED
           : is_empty                              ? OZ_NEED
                                                   : (oz_step)node->own;
}
