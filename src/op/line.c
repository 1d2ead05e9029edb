/*
 * One row that is one object, on its way down a line of steps: what a pushed element is, and what
 * an iterator asks for.
 *
 * Where each step has one reader, the steps are called one after the other from one loop, not one
 * from inside the other: no batch is made between them, and the stack stays flat. It means the same
 * as dispatch.c: every step of the line is at work until the row has gone all the way, and then
 * the answers travel up from the last one to the first.
 */
#include "op/context.h"

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

enum { LINE_MAX = 16 }; /* steps of one loop; the next ones are called from inside the last */

/* A node without trouble whose operator knows the short way, and whose calls nobody looks at. */
static inline bool
is_in_line(const oz_context *node)
{
    return node->op->on_object != NULL && !node->busy && !node->ended && node->attention == 0 &&
           node->engine->measure == 0 && node->engine->trace == NULL;
}

/* What oz_emit answers `node` when `target` has answered `step`. */
static inline oz_step
answer_above(oz_context *node, ozi_target *target, oz_step step)
{
    ozi_output *output = &node->outputs[0];
    if (UNLIKELY(step == OZ_FAILED)) {
        return OZ_FAILED;
    }
    if (UNLIKELY(step == OZ_DONE)) {
        ozi_close_target(node, output, target);
    }
    return ozi_standing(node, output);
}

/* Lets go of the steps of the line, the last one first; `step` is the answer of the last one. */
static oz_step
leave_line(ozi_target *const *line, uint32_t count, oz_step step)
{
    while (count > 0) {
        ozi_target *target = line[--count];
        oz_context *node = target->node;
        node->busy = false;
        step = LIKELY(node->attention == 0 && step <= OZ_WAIT)
                   ? OZ_NEED
                   : ozi_settle(node, target->edge, step);
        if (count > 0) {
            step = answer_above(line[count - 1]->node, target, step);
        }
    }
    return step;
}

/* The only reader of what a step of the line gives; NULL where the line ends. */
static inline ozi_target *
next_in_line(const oz_context *node)
{
    const ozi_output *output = &node->outputs[0];
    bool is_straight = output->count == 1 && !node->by_row && !output->targets[0].closed;
    return is_straight ? &output->targets[0] : NULL;
}

/* Calls the step, which is at work until leave_line. */
static inline oz_step
call_in_line(oz_context *node, oz_object object, const oz_rows *rows, oz_object *result)
{
    node->busy = true;
    node->stats.calls++;
    node->stats.rows_in++;
    *result = object;
    return node->op->on_object(node->state, node, object, rows, result);
}

/* The last step of the line gives `object` to what is no straight line any more. */
static oz_step
leave_to(oz_context *last, ozi_target *next, oz_object object, const oz_rows *rows)
{
    if (next == NULL) {
        return oz_emit_object(last, 0, object, rows);
    }
    last->outputs[0].rows++;
    return answer_above(last, next,
                        ozi_deliver(next->node, next->edge, ozi_one_batch(last, object, rows)));
}

/* In a batch on the stack: an input, which is never at work, may be given more from inside. */
static __attribute__((noinline)) oz_step
deliver_alone(oz_context *from, ozi_target *target, oz_object object, const oz_rows *rows)
{
    oz_one one;
    const ozi_engine *engine = from->engine;
    return ozi_deliver(target->node, target->edge,
                       oz_batch_one(&one, engine->alloc, engine->objects, object, rows));
}

oz_step
ozi_pass_object(oz_context *from, ozi_target *target, oz_object object, const oz_rows *rows)
{
    if (UNLIKELY(!is_in_line(target->node))) {
        return deliver_alone(from, target, object, rows);
    }
    const oz_object_class *objects = from->engine->objects;
    ozi_target *line[LINE_MAX];
    uint32_t count = 0;
    oz_object made = NULL; /* by the last step: `object` from the second step on */
    oz_step step;
    for (;;) {
        oz_context *node = target->node;
        oz_object result;
        line[count++] = target;
        step = call_in_line(node, object, rows, &result);
        if (result != object) {
            if (made != NULL) {
                objects->release(made);
            }
            made = object = result;
        }
        if (object == NULL) {
            break;
        }
        target = next_in_line(node);
        if (target == NULL || count == LINE_MAX || !is_in_line(target->node)) {
            step = leave_to(node, target, object, rows);
            break;
        }
        node->outputs[0].rows++;
    }
    step = leave_line(line, count, step);
    if (made != NULL) {
        objects->release(made);
    }
    return step;
}

static __attribute__((noinline)) oz_step
emit_alone(oz_context *node, uint32_t output, oz_object object, const oz_rows *rows)
{
    oz_one one;
    const ozi_engine *engine = node->engine;
    return oz_emit(node, output, oz_batch_one(&one, engine->alloc, engine->objects, object, rows));
}

oz_step
oz_emit_object(oz_context *node, uint32_t output_index, oz_object object, const oz_rows *rows)
{
    ozi_output *output = &node->outputs[output_index];
    if (UNLIKELY(node->by_row)) {
        return emit_alone(node, output_index, object, rows);
    }
    output->rows++;
    for (uint32_t i = 0; i < output->count; i++) {
        ozi_target *target = &output->targets[i];
        if (UNLIKELY(target->closed)) {
            continue;
        }
        oz_step step = ozi_pass_object(node, target, object, rows);
        if (UNLIKELY(step >= OZ_DONE)) {
            if (step == OZ_FAILED) {
                return OZ_FAILED;
            }
            ozi_close_target(node, output, target);
        }
    }
    return ozi_standing(node, output);
}
