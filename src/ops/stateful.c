/*
 * stateful: calls a function with each row and a state of the user's own, which it changes.
 *
 * in       any rows; after key_by there is one state for each key
 * out      what the function returned, one result for each row
 * dead     rows for which the function failed, under the policy dead_letter; what it had changed in
 *          the state before it failed stays changed
 * time     watermarks pass. With `expires`, keys whose states have nothing in them any more are let
 *          go of, a few with each row: by the watermark where rows have event times, else by the
 *          wall clock
 * state    "states": one object a key, made by `init` at the key's first row
 *
 * Example: stateful(lambda seen, x: (seen.append(x), len(seen))[1], init=list)
 *     in   "a" "b"
 *     out  1 2
 */
#include "op/fold.h"

typedef struct stateful_options {
    oz_function *function;
    bool expires;
} stateful_options;

enum { LOOKS = 2 }; /* at so many keys for each row: all of them in half the time they came in */

/* Where the look at all keys stands. */
typedef struct stateful_state {
    oz_cursor cursor;
    int64_t mark_ns;
} stateful_state;

static const oz_option OPTIONS[] = {
    {.name = "function",
     .kind = OZ_OPTION_FUNCTION,
     .offset = offsetof(stateful_options, function),
     .by_default = "required",
     .help = "called with (state, row); makes the state when there is none"},
    {.name = "expires",
     .kind = OZ_OPTION_BOOL,
     .offset = offsetof(stateful_options, expires),
     .by_default = "false",
     .help = "a state may have nothing in it any more: then its key is let go of"},
    {.name = NULL},
};

static const oz_table_decl TABLES[] = {
    {.name = "states",
     .kind = OZ_TABLE_VALUE,
     .keyed = true,
     .fields = {OZ_FIELD_SCALAR},
     .help = "the state of each key, or the only one"},
    {.name = NULL},
};

static const oz_port INPUTS[] = {{.name = "in", .routing = OZ_ROUTE_KEY}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = "dead"}, {.name = NULL}};

static ozi_fold
fold_of(oz_context *context)
{
    const stateful_options *options = oz_options(context);
    return (ozi_fold){.function = options->function, .kind = OZ_CALL_UPDATE, .take = ozi_fold_emit};
}

static oz_status
open(void *memory, oz_context *context, oz_error *error)
{
    (void)context;
    (void)error;
    ((stateful_state *)memory)->mark_ns = INT64_MIN;
    return OZ_OK;
}

/* Goes on with the look at all keys, and lets go of those that have nothing left. */
static void
sweep(stateful_state *state, oz_context *context, const oz_rows *rows, int64_t row_count)
{
    const oz_object_class *objects = oz_context_objects(context);
    const oz_io *io = oz_context_io(context);
    oz_table *table = oz_context_table(context, 0);
    bool has_times = rows != NULL && rows->times != NULL;
    int64_t now_ns = has_times ? state->mark_ns : io->wall_ns(io->self);
    bool can_tell = objects != NULL && objects->is_spent != NULL;
    for (int64_t i = 0; can_tell && i < LOOKS * row_count; i++) {
        const oz_key *key;
        uint64_t hash;
        void *value;
        if (!oz_table_next(table, &state->cursor, &key, &hash, &value)) {
            state->cursor = (oz_cursor){0};
            return;
        }
        const oz_scalar *kept = value;
        if (kept->kind == OZ_SCALAR_OBJECT && objects->is_spent(kept->as.object, now_ns)) {
            oz_table_remove(table, key, hash);
        }
    }
}

static oz_step
on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)input;
    ozi_fold fold = fold_of(context);
    oz_step step = ozi_fold_batch(context, &fold, batch);
    if (((const stateful_options *)oz_options(context))->expires) {
        sweep(state, context, batch->rows, batch->row_count);
    }
    return step;
}

static oz_step
on_object(void *state, oz_context *context, oz_object row, const oz_rows *rows, oz_object *result)
{
    ozi_fold fold = fold_of(context);
    oz_step step = ozi_fold_object(context, &fold, row, rows, result);
    if (((const stateful_options *)oz_options(context))->expires) {
        sweep(state, context, rows, 1);
    }
    return step;
}

static oz_step
on_watermark(void *state, oz_context *context, int64_t time_ns)
{
    ((stateful_state *)state)->mark_ns = time_ns;
    return oz_emit_watermark(context, time_ns);
}

const oz_operator ozi_op_stateful = {
    .name = "stateful",
    .summary = "Calls a function with each row and a state of the user's own, which it changes.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(stateful_options),
    .tables = TABLES,
    .state_size = sizeof(stateful_state),
    .open = open,
    .on_batch = on_batch,
    .on_object = on_object,
    .on_watermark = on_watermark,
};
