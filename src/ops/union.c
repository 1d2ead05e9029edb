/*
 * union: passes the rows of several streams as they come.
 *
 * in       any number of streams
 * out      their rows; the order within each stream is kept, and rows of streams that come from
 *          one source come as if each element had passed alone
 * time     the least watermark of the inputs passes
 * state    none
 *
 * Example: a.union(b)
 *     in   a: 1   b: "x"   a: 2
 *     out  1 "x" 2
 */
#include "ouzel/op.h"

static const oz_port INPUTS[] = {{.name = "in", .many = true}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = NULL}};

static oz_step
on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)state;
    (void)input;
    return oz_emit(context, 0, batch);
}

const oz_operator ozi_op_union = {
    .name = "union",
    .summary = "Passes the rows of several streams as they come.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .on_batch = on_batch,
};
