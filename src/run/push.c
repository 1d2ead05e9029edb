/* Pushing: an element enters at an "input" node and has gone through everything on return. */
#include "run/instance.h"

/* Rows pass one at a time while pushed, whatever the instance does otherwise. */
static int64_t
push_begin(oz_instance *instance, int64_t rows)
{
    ozi_engine *engine = &instance->engine;
    int64_t batch_rows = engine->batch_rows;
    engine->batch_rows = 1;
    if (instance->pushing++ == 0) {
        ozi_measure_begin(instance, rows);
        if (engine->uses_clock) {
            engine->now_ns = engine->io->now_ns(engine->io->self);
        }
    }
    return batch_rows;
}

static void
push_end(oz_instance *instance, int64_t batch_rows)
{
    instance->engine.batch_rows = batch_rows;
    if (--instance->pushing == 0) {
        ozi_measure_end(instance);
    }
}

/* What was held by rows that pass one at a time goes on at once, not at the next step. */
static oz_step
settle_push(oz_instance *instance, oz_step step)
{
    if (step == OZ_FAILED || instance->engine.held_count == 0 || instance->pushing > 1) {
        return step;
    }
    bool worked = false;
    if (ozi_resume_held(instance, &worked) == OZ_FAILED) {
        return OZ_FAILED;
    }
    return instance->engine.held_count == 0 ? OZ_NEED : OZ_WAIT;
}

oz_step
oz_push(oz_instance *instance, uint32_t index, const oz_batch *batch)
{
    oz_context *node = instance->engine.nodes[index];
    if (__builtin_expect(node->ended, 0)) {
        return OZ_DONE;
    }
    int64_t batch_rows = push_begin(instance, batch->row_count);
    oz_step step = oz_emit(node, 0, batch);
    if (__builtin_expect(step != OZ_NEED || instance->engine.held_count > 0, 0)) {
        step = settle_push(instance, step);
    }
    push_end(instance, batch_rows);
    return step;
}

oz_step
oz_push_end(oz_instance *instance, uint32_t index)
{
    int64_t batch_rows = push_begin(instance, 0);
    oz_step step = settle_push(instance, ozi_finish(instance->engine.nodes[index]));
    push_end(instance, batch_rows);
    return step;
}

oz_step
oz_flush(oz_instance *instance)
{
    oz_step step = OZ_NEED;
    int64_t batch_rows = push_begin(instance, 0);
    for (uint32_t i = 0; i < instance->engine.node_count && step != OZ_FAILED; i++) {
        oz_context *node = instance->engine.nodes[i];
        if (node->op->on_flush != NULL && node->op->inputs != NULL && !node->ended && !node->busy) {
            step = settle_push(instance, ozi_call_flush(node));
        }
    }
    push_end(instance, batch_rows);
    return step;
}

oz_step
oz_drain(oz_instance *instance)
{
    instance->draining = true;
    for (uint32_t i = 0; i < instance->engine.node_count; i++) {
        oz_context *node = instance->engine.nodes[i];
        if (node->op->inputs != NULL || node->ended || node->draining) {
            continue;
        }
        if (node->op->on_flush != NULL && ozi_call_flush(node) == OZ_FAILED) {
            return OZ_FAILED;
        }
        node->draining = true;
        node->ready = true;
        bool is_pushed = node->op->source == NULL || node->op->source->poll == NULL;
        if (is_pushed && ozi_finish(node) == OZ_FAILED) {
            return OZ_FAILED;
        }
    }
    return OZ_NEED;
}
