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
            engine->now_ns = ozi_engine_clock(engine);
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

/* What goes on by itself does so at once, not at the next step of the loop. */
static oz_step
settle_push(oz_instance *instance, oz_step step)
{
    bool worked = step != OZ_FAILED && instance->pushing == 1;
    while (worked && instance->engine.held_count > 0) {
        worked = false;
        if (ozi_resume_held(instance, &worked) == OZ_FAILED) {
            return OZ_FAILED;
        }
    }
    return step;
}

static bool
has_room(const oz_context *node)
{
    return (node->attention & OZI_HELD) == 0 && !ozi_is_blocked(node);
}

/* Nobody listens any more. */
static oz_step
end_unwanted(oz_context *node)
{
    return ozi_settle(node, UINT32_MAX, OZ_NEED) == OZ_FAILED ? OZ_FAILED : OZ_DONE;
}

/* NEED: `node` may be pushed into; else what oz_push answers. */
static inline oz_step
may_push(const oz_instance *instance, const oz_context *node)
{
    if (__builtin_expect(node->ended || (node->attention & OZI_FINISHING) != 0, 0)) {
        return OZ_DONE;
    }
    return __builtin_expect(instance->engine.error.status != OZ_OK, 0) ? OZ_FAILED : OZ_NEED;
}

/* What is left to do when oz_emit has answered `step`. */
static inline oz_step
pushed(oz_instance *instance, oz_context *node, oz_step step)
{
    if (__builtin_expect(step == OZ_DONE, 0)) {
        step = end_unwanted(node);
    }
    if (__builtin_expect(instance->engine.held_count > 0, 0)) {
        step = settle_push(instance, step);
        step = step >= OZ_DONE ? step : has_room(node) ? OZ_NEED : OZ_WAIT;
    }
    return step;
}

oz_step
oz_push(oz_instance *instance, uint32_t index, const oz_batch *batch)
{
    oz_context *node = instance->engine.nodes[index];
    oz_step step = may_push(instance, node);
    if (step == OZ_NEED) {
        int64_t batch_rows = push_begin(instance, batch->row_count);
        step = pushed(instance, node, oz_emit(node, 0, batch));
        push_end(instance, batch_rows);
    }
    return step;
}

oz_step
oz_push_object(oz_instance *instance, uint32_t index, oz_object object, const oz_rows *rows)
{
    oz_context *node = instance->engine.nodes[index];
    oz_step step = may_push(instance, node);
    if (step == OZ_NEED) {
        int64_t batch_rows = push_begin(instance, 1);
        step = pushed(instance, node, oz_emit_object(node, 0, object, rows));
        push_end(instance, batch_rows);
    }
    return step;
}

/* The answer of what concerns the whole graph. */
static oz_step
finish_push(oz_instance *instance, int64_t batch_rows, oz_step step)
{
    push_end(instance, batch_rows);
    return step == OZ_FAILED ? OZ_FAILED : instance->engine.held_count > 0 ? OZ_WAIT : OZ_NEED;
}

oz_step
oz_push_end(oz_instance *instance, uint32_t index)
{
    int64_t batch_rows = push_begin(instance, 0);
    oz_step step = settle_push(instance, ozi_finish(instance->engine.nodes[index]));
    return finish_push(instance, batch_rows, step);
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
    return finish_push(instance, batch_rows, step);
}

/* What such a source has read, but not given, it will read again. */
static bool
goes_on_later(const oz_instance *instance, const oz_context *node)
{
    const oz_source_verbs *source = node->op->source;
    return instance->engine.has_epochs && source != NULL && source->position != NULL &&
           source->partition_name != NULL;
}

/* The loop does the rest: polling a source that is drained gives what it has read, and its end. */
oz_step
oz_drain(oz_instance *instance)
{
    instance->state.is_last = instance->engine.has_epochs;
    for (uint32_t i = 0; i < instance->engine.node_count; i++) {
        oz_context *node = instance->engine.nodes[i];
        bool is_inner = node->op->inputs != NULL || node->op == &ozi_op_receive;
        if (is_inner || node->ended || goes_on_later(instance, node)) {
            continue;
        }
        node->draining = true;
        node->ready = true;
        if (instance->engine.has_epochs) {
            continue;
        }
        bool is_pushed = node->op->source == NULL || node->op->source->poll == NULL;
        if (is_pushed && ozi_finish(node) == OZ_FAILED) {
            return OZ_FAILED;
        }
    }
    return OZ_NEED;
}
