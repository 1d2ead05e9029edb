/*
 * combine_latest: gives the latest rows of several streams together, whenever one comes.
 *
 * in       two or more streams
 * out      once every stream has given a row: a row of one column a stream, in the order of the
 *          streams, for each row that comes; with `emit_on` only for those of the streams in it
 * time     the least watermark of the inputs passes
 * state    "latest": one row a stream
 *
 * Example: a.combine_latest(b)
 *     in   a: 1   b: "x"   a: 2
 *     out  (1, "x") (2, "x")
 */
#include "batch/key.h"
#include "op/receipts.h"
#include "op/row.h"

typedef struct combine_latest_options {
    int64_t emit_on;
} combine_latest_options;

static const oz_option OPTIONS[] = {
    {.name = "emit_on",
     .kind = OZ_OPTION_INT64,
     .offset = offsetof(combine_latest_options, emit_on),
     .by_default = "0",
     .help = "bit i set: rows of stream i give a result; 0: rows of all streams do"},
    {.name = NULL},
};

static const oz_table_decl TABLES[] = {
    {.name = "latest",
     .kind = OZ_TABLE_VALUE,
     .keyed = true,
     .fields = {OZ_FIELD_SCALAR, OZ_FIELD_INT64},
     .help = "the latest row of each stream, and whether there is one"},
    {.name = NULL},
};

/* The value of a stream, laid out as its fields are declared. */
typedef struct entry {
    oz_scalar row;
    int64_t is_set;
} entry;

static const oz_port INPUTS[] = {{.name = "in", .routing = OZ_ROUTE_SINGLE, .many = true},
                                 {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = NULL}};

enum { STREAMS_MAX = 63 };

static oz_status
entry_of(oz_context *context, uint32_t input, entry **out)
{
    oz_key key = ozi_key_of_int64(input, OZI_KEY_SHOW_INT);
    void *value;
    bool is_new;
    OZ_TRY(oz_table_put(oz_context_table(context, 0), &key, ozi_key_hash_inline(&key, 0), &value,
                        &is_new));
    *out = value;
    return OZ_OK;
}

static oz_status
set_latest(oz_context *context, uint32_t input, const oz_batch *batch, int64_t row)
{
    entry *entry;
    oz_scalar value;
    oz_object owned;
    OZ_TRY(entry_of(context, input, &entry));
    OZ_TRY(ozi_row_value(context, batch, row, &value, &owned));
    oz_status status = oz_scalar_assign(oz_context_table(context, 0), &entry->row, &value);
    if (status == OZ_OK) {
        entry->is_set = 1;
        status = ozi_receipts_replace(context, input, batch->rows);
    }
    ozi_row_release(context, &owned);
    return status;
}

/* Appends the latest rows to the builders; `*complete` is false when a stream has none yet. */
static oz_status
append_latest(oz_context *context, oz_builder **builders, bool *complete)
{
    entry *entry;
    uint32_t streams = oz_input_count(context);
    for (uint32_t i = 0; i < streams; i++) {
        OZ_TRY(entry_of(context, i, &entry));
        *complete = entry->is_set != 0;
        if (!*complete) {
            return OZ_OK;
        }
    }
    for (uint32_t i = 0; i < streams; i++) {
        OZ_TRY(entry_of(context, i, &entry));
        OZ_TRY(oz_builder_append(builders[i], &entry->row));
    }
    return OZ_OK;
}

static oz_status
combine_rows(oz_context *context, uint32_t input, const oz_batch *batch, oz_builder **builders)
{
    const combine_latest_options *options = oz_options(context);
    bool emits = options->emit_on == 0 || (options->emit_on >> input & 1) != 0;
    for (int64_t row = 0; row < batch->row_count; row++) {
        bool complete;
        OZ_TRY(set_latest(context, input, batch, row));
        if (emits) {
            OZ_TRY(append_latest(context, builders, &complete));
        }
    }
    return OZ_OK;
}

static oz_status
finish_rows(oz_context *context, oz_builder **builders, const oz_batch **out)
{
    const oz_column *columns[STREAMS_MAX] = {NULL};
    uint32_t streams = oz_input_count(context);
    oz_status status = OZ_OK;
    if (oz_builder_length(builders[0]) == 0) {
        return OZ_OK;
    }
    for (uint32_t i = 0; status == OZ_OK && i < streams; i++) {
        status = oz_builder_finish(builders[i], &columns[i]);
    }
    const oz_rows *rows = NULL;
    if (status == OZ_OK) {
        status = ozi_receipts_of_inputs(context, columns[0]->length, &rows);
    }
    if (status == OZ_OK) {
        status = oz_batch_new(oz_context_alloc(context), columns, NULL, streams, rows, out);
    }
    oz_rows_release(&rows);
    for (uint32_t i = 0; status != OZ_OK && i < streams; i++) {
        oz_column_release(&columns[i]);
    }
    return status;
}

static oz_status
bind(const void *options, const oz_schema *inputs, uint32_t input_count, oz_schema *outputs,
     oz_error *error)
{
    (void)inputs;
    const combine_latest_options *given = options;
    if (input_count < 2 || input_count > STREAMS_MAX) {
        return oz_error_set(error, OZ_INVALID, "combine_latest takes 2 to %d streams, not %u",
                            STREAMS_MAX, input_count);
    }
    if (given->emit_on < 0 || given->emit_on >> input_count != 0) {
        return oz_error_set(error, OZ_INVALID, "emit_on names a stream that is not combined");
    }
    outputs[0].column_count = input_count;
    return OZ_OK;
}

static oz_step
on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)state;
    oz_builder *builders[STREAMS_MAX] = {NULL};
    const oz_batch *out = NULL;
    oz_status status = OZ_OK;
    for (uint32_t i = 0; status == OZ_OK && i < oz_input_count(context); i++) {
        builders[i] =
            oz_builder_new(oz_context_alloc(context), OZ_ANY, oz_context_objects(context));
        status = builders[i] == NULL ? OZ_NO_MEMORY : OZ_OK;
    }
    if (status == OZ_OK) {
        status = combine_rows(context, input, batch, builders);
    }
    if (status == OZ_OK) {
        status = finish_rows(context, builders, &out);
    }
    for (uint32_t i = 0; i < oz_input_count(context); i++) {
        oz_builder_free(&builders[i]);
    }
    if (status != OZ_OK) {
        return oz_failed(context, status);
    }
    oz_step step = out == NULL ? OZ_NEED : oz_emit(context, 0, out);
    oz_batch_release(&out);
    return step;
}

const oz_operator ozi_op_combine_latest = {
    .name = "combine_latest",
    .summary = "Gives the latest rows of several streams together, whenever one comes.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(combine_latest_options),
    .tables = TABLES,
    .bind = bind,
    .on_batch = on_batch,
};
