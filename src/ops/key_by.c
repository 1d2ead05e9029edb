/*
 * key_by: gives each row a key.
 *
 * in       any rows
 * out      the same rows with the key that the function gives, or with the row itself as key; the
 *          key stays through map, filter and flat_map until the next key_by
 * dead     rows for which the function failed or whose key is not hashable, under dead_letter
 * time     watermarks pass
 * state    none
 *
 * Example: key_by(len)
 *     in   "a" "bb"
 *     out  "a" with key 1, "bb" with key 2
 */
#include "op/keys.h"

typedef struct key_by_options {
    oz_function *function;
} key_by_options;

static const oz_option OPTIONS[] = {
    {.name = "function",
     .kind = OZ_OPTION_FUNCTION,
     .offset = offsetof(key_by_options, function),
     .help = "called with each row; gives its key. Without it the row is its own key"},
    {.name = NULL},
};

static const oz_port INPUTS[] = {{.name = "in"}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = "dead"}, {.name = NULL}};

static oz_step
emit_keyed(void *state, oz_context *context, const oz_batch *batch, const oz_batch *keyed)
{
    (void)state;
    (void)batch;
    return oz_emit(context, 0, keyed);
}

static oz_step
on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)input;
    const key_by_options *options = oz_options(context);
    return ozi_apply_keys(context, options->function, batch, emit_keyed, state);
}

static oz_status
bind(const void *options, const oz_schema *inputs, uint32_t input_count, oz_schema *outputs,
     oz_error *error)
{
    (void)options;
    (void)input_count;
    (void)error;
    outputs[0] = inputs[0];
    outputs[0].keyed = true;
    outputs[0].rekeyed = true;
    outputs[1] = inputs[0];
    return OZ_OK;
}

const oz_operator ozi_op_key_by = {
    .name = "key_by",
    .summary = "Gives each row a key.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(key_by_options),
    .bind = bind,
    .on_batch = on_batch,
};
