/*
 * input: the source into which a program pushes.
 *
 * out      what is pushed, element by element
 * time     no watermarks of its own
 * state    none
 *
 * Example: push 1, push 2
 *     out  1 2
 */
#include "ouzel/op.h"

static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = NULL}};

/* Nothing to poll: rows come by oz_push, and it ends by oz_push_end or a drain. */
static const oz_source_verbs SOURCE = {.poll = NULL};

const oz_operator ozi_op_input = {
    .name = "input",
    .summary = "The source into which a program pushes.",
    .outputs = OUTPUTS,
    .source = &SOURCE,
    .guarantee = OZ_AT_MOST_ONCE,
};
