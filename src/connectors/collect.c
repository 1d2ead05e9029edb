/*
 * collect: keeps the batches that come, for tests in C.
 *
 * in       anything
 * time     watermarks end here
 * state    what `into` points to: it belongs to the test, and grows with every row
 * counts   nothing beyond what the engine counts
 *
 * Example: collect(into=&got.function)
 *     in   "the cat" "sat"
 *     got has "[the cat][sat]"; see collected.h
 */
#include "connectors/collected.h"

typedef struct collect_options {
    oz_function *into;
} collect_options;

static const oz_option OPTIONS[] = {
    {.name = "into",
     .kind = OZ_OPTION_FUNCTION,
     .offset = offsetof(collect_options, into),
     .help = "the function of an ozi_collected"},
    {.name = NULL},
};

static oz_status
open(void *memory, oz_context *context, oz_error *error)
{
    const collect_options *options = oz_options(context);
    OZ_TRY(ozi_collected_of(options->into, memory, error));
    if (*(ozi_collected **)memory == NULL) {
        return oz_error_set(error, OZ_INVALID, "collect needs the option into");
    }
    return OZ_OK;
}

static oz_step
on_batch(void *memory, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)input;
    oz_status status = ozi_collected_add(*(ozi_collected **)memory, batch, 0, batch->row_count);
    return status == OZ_OK ? OZ_NEED : oz_failed(context, status);
}

static oz_step
on_end(void *memory, oz_context *context, uint32_t input, uint32_t open_inputs)
{
    (void)context;
    (void)input;
    (*(ozi_collected **)memory)->ended = open_inputs == 0;
    return OZ_NEED;
}

static const oz_port INPUTS[] = {
    {.name = "in", .help = "anything"},
    {.name = NULL},
};

const oz_operator ozi_op_collect = {
    .name = "collect",
    .summary = "Keeps the batches that come, for tests in C.",
    .inputs = INPUTS,
    .options = OPTIONS,
    .options_size = sizeof(collect_options),
    .state_size = sizeof(ozi_collected *),
    .open = open,
    .on_batch = on_batch,
    .on_end = on_end,
    .guarantee = OZ_AT_LEAST_ONCE,
};
