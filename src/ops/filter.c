/*
 * filter: passes the rows for which a function is true.
 *
 * in       any rows
 * out      the rows that passed, unchanged and in order; a batch that passes whole is not copied
 * dead     rows for which the function failed, under the policy dead_letter
 * time     watermarks pass
 * state    none
 *
 * Example: filter(str.isdigit)
 *     in   "1" "a" "2"
 *     out  "1" "2"
 */
#include "op/apply.h"

typedef struct filter_options {
    oz_function *function;
} filter_options;

static const oz_option OPTIONS[] = {
    {.name = "function",
     .kind = OZ_OPTION_FUNCTION,
     .offset = offsetof(filter_options, function),
     .by_default = "required",
     .help = "called with each row; its truth decides"},
    {.name = NULL},
};

static const oz_port INPUTS[] = {{.name = "in"}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = "dead"}, {.name = NULL}};

static oz_step
emit_some(oz_context *context, const oz_call *call, int32_t *indices)
{
    int64_t count = 0;
    for (int64_t row = call->begin; row < call->end; row++) {
        indices[count] = (int32_t)row;
        count += call->truths[row - call->begin] != 0;
    }
    const oz_batch *passed = NULL;
    if (count == 0) {
        return OZ_NEED;
    }
    oz_status status = oz_batch_take(call->batch, indices, count, &passed);
    if (status != OZ_OK) {
        return oz_failed(context, status);
    }
    oz_step step = oz_emit(context, 0, passed);
    oz_batch_release(&passed);
    return step;
}

static oz_step
emit_passed(void *state, oz_context *context, const oz_call *call, const oz_batch *results)
{
    (void)state;
    (void)results;
    int64_t rows = call->end - call->begin;
    const uint8_t *first_false = memchr(call->truths, 0, (size_t)rows);
    if (first_false == NULL && rows == call->batch->row_count) {
        return oz_emit(context, 0, call->batch);
    }
    if (rows == 1 && first_false != NULL) {
        return OZ_NEED;
    }
    const oz_alloc *alloc = oz_context_alloc(context);
    int32_t *indices = ozi_alloc_array(alloc, (size_t)rows, sizeof *indices);
    if (indices == NULL) {
        return oz_failed(context, OZ_NO_MEMORY);
    }
    oz_step step = emit_some(context, call, indices);
    ozi_alloc_free(alloc, indices, (size_t)rows * sizeof *indices);
    return step;
}

static oz_step
on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)input;
    const filter_options *options = oz_options(context);
    return ozi_apply(context, options->function, OZ_CALL_FILTER, batch, emit_passed, state);
}

static oz_step
on_object(void *state, oz_context *context, oz_object row, const oz_rows *rows, oz_object *result)
{
    (void)state;
    const filter_options *options = oz_options(context);
    return ozi_apply_object(context, options->function, OZ_CALL_FILTER, row, rows, result);
}

const oz_operator ozi_op_filter = {
    .name = "filter",
    .summary = "Passes the rows for which a function is true.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(filter_options),
    .on_batch = on_batch,
    .on_object = on_object,
};
