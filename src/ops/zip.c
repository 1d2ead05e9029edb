/*
 * zip: pairs the first rows of several streams, then the second ones, and so on.
 *
 * in       two or more streams
 * out      rows of one column a stream, in the order of the streams; ends when a stream has ended
 *          and its rows are used up
 * time     the least watermark of the inputs passes
 * state    "rows": what the faster streams are ahead, by stream; at most `maxsize` rows of one
 *
 * Example: a.zip(b)
 *     in   a: 1 2   b: "x" "y" "z"
 *     out  (1, "x") (2, "y")
 */
#include "batch/key.h"
#include "op/receipts.h"
#include "op/row.h"

typedef struct zip_options {
    int64_t maxsize;
} zip_options;

static const oz_option OPTIONS[] = {
    {.name = "maxsize",
     .kind = OZ_OPTION_INT64,
     .offset = offsetof(zip_options, maxsize),
     .by_default = "1000000",
     .minimum = 1,
     .maximum = 9e18,
     .help = "how many rows one stream may be ahead of another"},
    {.name = NULL},
};

static const oz_table_decl TABLES[] = {
    {.name = "rows", .kind = OZ_TABLE_LIST, .keyed = true, .help = "rows that wait, by stream"},
    {.name = NULL},
};

static const oz_port INPUTS[] = {{.name = "in", .routing = OZ_ROUTE_SINGLE, .many = true},
                                 {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = NULL}};

/* Which streams have ended: nothing that must survive, for ends are told anew after a restart. */
typedef struct zip_state {
    uint64_t ended; /* bit i: stream i */
} zip_state;
enum { STREAMS_MAX = 64 };

static oz_key
stream_key(uint32_t input)
{
    return ozi_key_of_int64(input, OZI_KEY_SHOW_INT);
}

/* The key group of a stream: any, but always the same. */
static uint64_t
stream_hash(uint32_t input)
{
    oz_key key = stream_key(input);
    return ozi_key_hash_inline(&key, 0);
}

static int64_t
waiting(oz_context *context, uint32_t input)
{
    oz_key key = stream_key(input);
    return oz_list_length(oz_context_table(context, 0), &key, stream_hash(input));
}

static bool
is_used_up(oz_context *context, const zip_state *state)
{
    for (uint32_t i = 0; i < oz_input_count(context); i++) {
        if ((state->ended >> i & 1) != 0 && waiting(context, i) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- rows in --------------------------------------------------------------------------------- */

static oz_status
put_row(oz_context *context, uint32_t input, const oz_batch *batch, int64_t row)
{
    oz_key key = stream_key(input);
    oz_scalar value;
    oz_object owned;
    OZ_TRY(ozi_row_value(context, batch, row, &value, &owned));
    oz_status status = oz_list_push(oz_context_table(context, 0), &key, stream_hash(input), &value);
    ozi_row_release(context, &owned);
    return status == OZ_OK ? ozi_receipts_add(context, input, batch->rows) : status;
}

/* ---- rows out -------------------------------------------------------------------------------- */

/* The next `count` rows of one stream as a column. */
static oz_status
take_column(oz_context *context, uint32_t input, int64_t count, const oz_column **out)
{
    oz_table *table = oz_context_table(context, 0);
    oz_key key = stream_key(input);
    uint64_t hash = stream_hash(input);
    oz_builder *builder =
        oz_builder_new(oz_context_alloc(context), OZ_ANY, oz_context_objects(context));
    oz_status status = builder == NULL ? OZ_NO_MEMORY : OZ_OK;
    for (int64_t i = 0; status == OZ_OK && i < count; i++) {
        oz_scalar value;
        status = oz_list_at(table, &key, hash, i, &value) ? oz_builder_append(builder, &value)
                                                          : OZ_INVALID;
    }
    if (status == OZ_OK) {
        status = oz_builder_finish(builder, out);
    }
    if (status == OZ_OK) {
        oz_list_pop(table, &key, hash, count);
    }
    oz_builder_free(&builder);
    return status;
}

static oz_step
emit_rows(oz_context *context, int64_t count)
{
    const oz_column *columns[STREAMS_MAX] = {NULL};
    const oz_batch *batch = NULL;
    uint32_t streams = oz_input_count(context);
    oz_status status = OZ_OK;
    for (uint32_t i = 0; status == OZ_OK && i < streams; i++) {
        status = take_column(context, i, count, &columns[i]);
    }
    const oz_rows *rows = NULL;
    if (status == OZ_OK) {
        status = ozi_receipts_of_inputs(context, count, &rows);
    }
    if (status == OZ_OK) {
        status = oz_batch_new(oz_context_alloc(context), columns, NULL, streams, rows, &batch);
    }
    oz_rows_release(&rows);
    for (uint32_t i = 0; status != OZ_OK && i < streams; i++) {
        oz_column_release(&columns[i]);
    }
    for (uint32_t i = 0; i < streams; i++) {
        if (waiting(context, i) == 0) { /* a stream that is ahead holds its receipts until then */
            ozi_receipts_drop(context, i);
        }
    }
    oz_step step = status == OZ_OK ? oz_emit(context, 0, batch) : oz_failed(context, status);
    oz_batch_release(&batch);
    return step;
}

static oz_step
emit_complete(oz_context *context)
{
    int64_t count = INT64_MAX;
    for (uint32_t i = 0; i < oz_input_count(context); i++) {
        int64_t rows = waiting(context, i);
        count = rows < count ? rows : count;
    }
    return count > 0 ? emit_rows(context, count) : OZ_NEED;
}

/* ---- the operator ---------------------------------------------------------------------------- */

static oz_status
bind(const void *options, const oz_schema *inputs, uint32_t input_count, oz_schema *outputs,
     oz_error *error)
{
    (void)options;
    (void)inputs;
    if (input_count < 2 || input_count > STREAMS_MAX) {
        return oz_error_set(error, OZ_INVALID, "zip takes 2 to %d streams, not %u", STREAMS_MAX,
                            input_count);
    }
    outputs[0].column_count = input_count;
    return OZ_OK;
}

static oz_step
on_batch(void *instance, oz_context *context, uint32_t input, const oz_batch *batch)
{
    const zip_options *options = oz_options(context);
    for (int64_t row = 0; row < batch->row_count; row++) {
        oz_status status = put_row(context, input, batch, row);
        if (status != OZ_OK) {
            return oz_failed(context, status);
        }
    }
    oz_step step = emit_complete(context);
    if (step != OZ_FAILED && is_used_up(context, instance)) {
        return ozi_done(context);
    }
    if (waiting(context, input) > options->maxsize) {
        return oz_fail(context, OZ_FULL,
                       "stream %u is more than %lld rows ahead of another; raise maxsize or slow "
                       "it down",
                       input, (long long)options->maxsize);
    }
    return step;
}

static oz_step
on_end(void *instance, oz_context *context, uint32_t input, uint32_t open_inputs)
{
    (void)open_inputs;
    zip_state *state = instance;
    state->ended |= UINT64_C(1) << input;
    return is_used_up(context, state) ? OZ_DONE : OZ_NEED;
}

const oz_operator ozi_op_zip = {
    .name = "zip",
    .summary = "Pairs the first rows of several streams, then the second ones, and so on.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(zip_options),
    .tables = TABLES,
    .state_size = sizeof(zip_state),
    .bind = bind,
    .on_batch = on_batch,
    .on_end = on_end,
};
