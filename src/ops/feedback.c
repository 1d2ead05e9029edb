/*
 * feedback: carries rows back to an earlier place: the one step through which a loop may close.
 *
 * in       rows from further down
 * out      the same rows, in order, each after the element that gave them has passed
 * time     watermarks do not go round
 * state    "rows": at most n rows; a full loop that nothing can drain is an error
 *
 * Example: numbers below 4 go round, each increased by one
 *     in   2
 *     out  2 3
 */
#include "op/queue.h"

typedef struct feedback_options {
    int64_t n;
} feedback_options;

static const oz_option OPTIONS[] = {
    {.name = "n",
     .kind = OZ_OPTION_INT64,
     .offset = offsetof(feedback_options, n),
     .by_default = "100000",
     .minimum = 1,
     .maximum = 9e18,
     .help = "rows that may go round at once"},
    {.name = NULL},
};

static const oz_table_decl TABLES[] = {
    {.name = "rows", .kind = OZ_TABLE_QUEUE, .help = "rows that wait"},
    {.name = NULL},
};

static const oz_port INPUTS[] = {{.name = "in"}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = NULL}};

/* One row goes round at a time; MORE as long as there are others. */
static oz_step
let_round(oz_context *context)
{
    oz_table *rows = oz_context_table(context, 0);
    const oz_batch *batch = NULL;
    oz_status status = oz_queue_pop(rows, 1, &batch);
    if (status != OZ_OK) {
        return oz_failed(context, status);
    }
    oz_step step = batch == NULL ? OZ_NEED : oz_emit(context, 0, batch);
    oz_batch_release(&batch);
    if (step == OZ_FAILED || step == OZ_DONE) {
        return step;
    }
    return oz_table_count(rows) > 0 ? OZ_MORE : OZ_NEED;
}

static oz_step
on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)state;
    (void)input;
    const feedback_options *options = oz_options(context);
    if (batch == NULL) {
        return let_round(context);
    }
    int64_t rows = oz_table_count(oz_context_table(context, 0)) + context->deferred.rows;
    if (rows + batch->row_count > options->n) {
        return oz_fail(context, OZ_FULL,
                       "the loop holds %lld rows, its limit, and nothing drains it; give it a way "
                       "out or a larger n",
                       (long long)options->n);
    }
    oz_status status = oz_queue_push(oz_context_table(context, 0), batch, 0);
    return status == OZ_OK ? OZ_MORE : oz_failed(context, status);
}

/* Restored rows start to go round by this timer. */
static oz_step
on_timer(void *state, oz_context *context, int64_t id)
{
    (void)state;
    (void)id;
    return let_round(context);
}

/* Event time would wait for itself. */
static oz_step
on_watermark(void *state, oz_context *context, int64_t time_ns)
{
    (void)state;
    (void)context;
    (void)time_ns;
    return OZ_NEED;
}

const oz_operator ozi_op_feedback = {
    .name = "feedback",
    .summary =
        "Carries rows back to an earlier place: the one step through which a loop may close.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(feedback_options),
    .tables = TABLES,
    .holds = true,
    .on_batch = on_batch,
    .on_timer = on_timer,
    .on_watermark = on_watermark,
};
