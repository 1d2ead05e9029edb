/*
 * buffer: holds up to n rows, so that what feeds it need not wait for what reads it.
 *
 * in       any rows
 * out      the same rows, in order
 * time     watermarks wait behind the rows that came before them
 * state    "rows": at most n rows and the rest of one batch
 *
 * Example: buffer(n=100)
 *     in   1 2 3
 *     out  1 2 3, by the loop and not by the one who emits
 */
#include "op/queue.h"

typedef struct buffer_options {
    int64_t n;
} buffer_options;

static const oz_option OPTIONS[] = {
    {.name = "n",
     .kind = OZ_OPTION_INT64,
     .offset = offsetof(buffer_options, n),
     .by_default = "1000",
     .minimum = 1,
     .maximum = 9e18,
     .help = "rows it holds before what feeds it has to wait"},
    {.name = NULL},
};

static const oz_table_decl TABLES[] = {
    {.name = "rows", .kind = OZ_TABLE_QUEUE, .help = "rows that wait"},
    {.name = NULL},
};

static const oz_port INPUTS[] = {{.name = "in"}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = NULL}};

static oz_step
on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)state;
    (void)input;
    const buffer_options *options = oz_options(context);
    return ozi_queue_put(context, batch, oz_now_ns(context), options->n);
}

static oz_step
on_timer(void *state, oz_context *context, int64_t id)
{
    (void)state;
    (void)id;
    const buffer_options *options = oz_options(context);
    return ozi_queue_let_go(context, oz_batch_rows(context), options->n, INT64_MIN);
}

static oz_step
on_watermark(void *state, oz_context *context, int64_t time_ns)
{
    (void)state;
    return ozi_queue_watermark(context, time_ns);
}

static oz_step
on_flush(void *state, oz_context *context)
{
    (void)state;
    return ozi_queue_flush(context);
}

static oz_step
on_end(void *state, oz_context *context, uint32_t input, uint32_t open_inputs)
{
    (void)state;
    (void)input;
    (void)open_inputs;
    return ozi_queue_end(context);
}

const oz_operator ozi_op_buffer = {
    .name = "buffer",
    .summary = "Holds up to n rows, so that what feeds it need not wait for what reads it.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(buffer_options),
    .tables = TABLES,
    .holds = true,
    .on_batch = on_batch,
    .on_timer = on_timer,
    .on_watermark = on_watermark,
    .on_flush = on_flush,
    .on_end = on_end,
};
