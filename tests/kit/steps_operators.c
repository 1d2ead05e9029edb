/*
 * The operators of the kit: "collect", which prints what it gets and can be told to hold it up, and
 * "script", a source that is polled for the rows of the test.
 */
#include "kit/steps_internal.h"

/* Where an operator finds its part of the steps: a pointer in a number. */
typedef struct place_options {
    int64_t address;
} place_options;

static const oz_option OPTIONS[] = {
    {.name = "address", .kind = OZ_OPTION_INT64, .offset = offsetof(place_options, address)},
    {.name = NULL},
};

static void *
place_of(const oz_context *context)
{
    return (void *)(intptr_t)((const place_options *)oz_options(context))->address;
}

static const oz_port INPUTS[] = {{.name = "in"}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = NULL}};

/* ---- collect --------------------------------------------------------------------------------- */

static void
print_row(steps_collector *collector, oz_context *context, const oz_batch *batch, int64_t row)
{
    ozi_text *text = &collector->text;
    ozi_text_string(text, text->size == 0 ? "" : " ");
    steps_row_print(batch, row, text);
    if (collector->owner->shows_times) {
        const oz_io *io = oz_context_io(context);
        int64_t since_ns = io->now_ns(io->self) - SIM_IO_NOW_NS;
        ozi_text_format(text, "@%lld", (long long)(since_ns / 1000000));
    }
}

static oz_step
collect_on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)state;
    (void)input;
    steps_collector *collector = place_of(context);
    assert_int_not_equal(collector->room, 0); /* it had said WAIT */
    for (int64_t row = 0; row < batch->row_count; row++) {
        print_row(collector, context, batch, row);
    }
    collector->row_count += batch->row_count;
    if (collector->room > 0) {
        collector->room -= batch->row_count < collector->room ? batch->row_count : collector->room;
    }
    return collector->room == 0 ? OZ_WAIT : OZ_NEED;
}

static oz_step
collect_on_watermark(void *state, oz_context *context, int64_t time_ns)
{
    (void)state;
    steps_collector *collector = place_of(context);
    assert_true(time_ns > collector->watermark);
    collector->watermark = time_ns;
    if (collector->owner->shows_watermarks) {
        ozi_text_format(&collector->text, "%s<%lld>", collector->text.size == 0 ? "" : " ",
                        (long long)time_ns);
    }
    return OZ_NEED;
}

const oz_operator steps_op_collect = {
    .name = "collect",
    .summary = "Prints what it gets, for a test.",
    .inputs = INPUTS,
    .options = OPTIONS,
    .options_size = sizeof(place_options),
    .holds = true,
    .on_batch = collect_on_batch,
    .on_watermark = collect_on_watermark,
};

/* ---- script ---------------------------------------------------------------------------------- */

static oz_step
poll(void *state, oz_context *context, int64_t rows)
{
    (void)state;
    steps_input *input = place_of(context);
    while (input->count > 0 && rows > 0) {
        const oz_batch *batch = NULL;
        size_t count;
        oz_status status = steps_input_take(input, rows, &batch, &count);
        if (status != OZ_OK) {
            return oz_failed(context, status);
        }
        steps_input_drop(input, count);
        rows -= (int64_t)count;
        oz_step step = oz_emit(context, 0, batch);
        oz_batch_release(&batch);
        if (step != OZ_NEED) {
            return step == OZ_FAILED || step == OZ_DONE ? step : OZ_MORE;
        }
    }
    return input->count > 0 ? OZ_MORE : input->is_ending ? OZ_DONE : OZ_NEED;
}

static const oz_source_verbs SOURCE = {.poll = poll};

const oz_operator steps_op_script = {
    .name = "script",
    .summary = "Gives the rows of a test when it is polled.",
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(place_options),
    .source = &SOURCE,
};
