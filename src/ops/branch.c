/*
 * branch: sends each row one of two ways.
 *
 * in       any rows
 * yes      the rows for which the function is true, unchanged and in order
 * no       the other rows
 * dead     rows for which the function failed, under the policy dead_letter
 * time     watermarks pass on both ways
 * state    none
 *
 * Example: branch(str.isdigit)
 *     in   "1" "a" "2"
 *     yes  "1" "2"
 *     no   "a"
 */
#include "op/apply.h"

typedef struct branch_options {
    oz_function *function;
} branch_options;

static const oz_option OPTIONS[] = {
    {.name = "function",
     .kind = OZ_OPTION_FUNCTION,
     .offset = offsetof(branch_options, function),
     .by_default = "required",
     .help = "called with each row; its truth decides"},
    {.name = NULL},
};

enum { PORT_YES, PORT_NO };
static const oz_port INPUTS[] = {{.name = "in"}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "yes"},
                                  {.name = "no"},
                                  {.name = "dead"},
                                  {.name = NULL}};

/* Emits the rows whose truth is `wanted` on `port`. */
static oz_step
emit_side(oz_context *context, const oz_call *call, uint8_t wanted, int32_t *indices)
{
    uint32_t port = wanted != 0 ? PORT_YES : PORT_NO;
    int64_t count = 0;
    for (int64_t row = call->begin; row < call->end; row++) {
        indices[count] = (int32_t)row;
        count += (call->truths[row - call->begin] != 0) == (wanted != 0);
    }
    if (count == 0 || !oz_has_reader(context, port)) {
        return OZ_NEED;
    }
    if (count == call->batch->row_count) {
        return oz_emit(context, port, call->batch);
    }
    const oz_batch *side = NULL;
    oz_status status = oz_batch_take(call->batch, indices, count, &side);
    if (status != OZ_OK) {
        return oz_failed(context, status);
    }
    oz_step step = oz_emit(context, port, side);
    oz_batch_release(&side);
    return step;
}

static oz_step
emit_both(void *state, oz_context *context, const oz_call *call, const oz_batch *results)
{
    (void)state;
    (void)results;
    const oz_alloc *alloc = oz_context_alloc(context);
    size_t rows = (size_t)(call->end - call->begin);
    int32_t one;
    int32_t *indices = rows == 1 ? &one : ozi_alloc_array(alloc, rows, sizeof *indices);
    if (indices == NULL) {
        return oz_failed(context, OZ_NO_MEMORY);
    }
    oz_step yes = emit_side(context, call, 1, indices);
    oz_step no = yes == OZ_FAILED ? OZ_FAILED : emit_side(context, call, 0, indices);
    if (indices != &one) {
        ozi_alloc_free(alloc, indices, rows * sizeof *indices);
    }
    /* One side that wants no more does not end the other: the engine sees when both do. */
    return no == OZ_FAILED ? OZ_FAILED : OZ_NEED;
}

static oz_step
on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)input;
    const branch_options *options = oz_options(context);
    return ozi_apply(context, options->function, OZ_CALL_FILTER, batch, emit_both, state);
}

const oz_operator ozi_op_branch = {
    .name = "branch",
    .summary = "Sends each row one of two ways.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(branch_options),
    .on_batch = on_batch,
};
