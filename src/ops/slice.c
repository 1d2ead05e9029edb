/*
 * slice: passes the rows at certain places, like itertools.islice.
 *
 * in       any rows; after key_by places are counted for each key
 * out      row number i (from 0) when start <= i < end and (i - start) is a multiple of step
 * time     watermarks pass
 * state    "seen": 8 bytes a key
 *
 * Without keys it wants no more rows after `end`: what only it reads is closed.
 *
 * Example: slice(start=1, end=4, step=2)
 *     in   "a" "b" "c" "d" "e"
 *     out  "b" "d"
 */
#include "op/context.h"

typedef struct slice_options {
    int64_t start;
    int64_t end;
    int64_t step;
} slice_options;

static const oz_option OPTIONS[] = {
    {.name = "start",
     .kind = OZ_OPTION_INT64,
     .offset = offsetof(slice_options, start),
     .by_default = "0",
     .minimum = 0,
     .maximum = 9e18,
     .help = "the first place"},
    {.name = "end",
     .kind = OZ_OPTION_INT64,
     .offset = offsetof(slice_options, end),
     .by_default = "9223372036854775807",
     .help = "the place after the last"},
    {.name = "step",
     .kind = OZ_OPTION_INT64,
     .offset = offsetof(slice_options, step),
     .by_default = "1",
     .minimum = 1,
     .maximum = 9e18,
     .help = "from one place to the next"},
    {.name = NULL},
};

static const oz_table_decl TABLES[] = {
    {.name = "seen",
     .kind = OZ_TABLE_VALUE,
     .keyed = true,
     .fields = {OZ_FIELD_INT64},
     .help = "rows seen, by key"},
    {.name = NULL},
};

static const oz_port INPUTS[] = {{.name = "in", .routing = OZ_ROUTE_KEY}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = NULL}};

static bool
passes(const slice_options *options, int64_t place)
{
    return place >= options->start && place < options->end &&
           (place - options->start) % options->step == 0;
}

/* Counts all rows of the batch and collects those that pass. */
static oz_status
choose(oz_context *context, const oz_batch *batch, int32_t *indices, int64_t *count, int64_t *last)
{
    const slice_options *options = oz_options(context);
    oz_table *table = oz_context_table(context, 0);
    const oz_rows *rows = batch->rows;
    bool is_keyed = rows != NULL && rows->keys != NULL;
    int64_t *seen = is_keyed ? NULL : oz_table_single(table);
    *count = 0;
    for (int64_t row = 0; row < batch->row_count; row++) {
        if (is_keyed) {
            void *value;
            bool is_new;
            OZ_TRY(oz_table_put(table, &rows->keys[row], rows->hashes[row], &value, &is_new));
            seen = value;
        }
        indices[*count] = (int32_t)row;
        *count += passes(options, (*seen)++);
    }
    *last = is_keyed || seen == NULL ? 0 : *seen;
    return OZ_OK;
}

static oz_step
emit_chosen(oz_context *context, const oz_batch *batch, const int32_t *indices, int64_t count)
{
    const oz_batch *chosen = NULL;
    if (count == 0) {
        return OZ_NEED;
    }
    if (count == batch->row_count) {
        return oz_emit(context, 0, batch);
    }
    oz_status status = oz_batch_take(batch, indices, count, &chosen);
    if (status != OZ_OK) {
        return oz_failed(context, status);
    }
    oz_step step = oz_emit(context, 0, chosen);
    oz_batch_release(&chosen);
    return step;
}

static oz_step
on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)state;
    (void)input;
    const slice_options *options = oz_options(context);
    const oz_alloc *alloc = oz_context_alloc(context);
    size_t size = (size_t)batch->row_count * sizeof(int32_t);
    int32_t one;
    int32_t *indices = batch->row_count == 1 ? &one : ozi_alloc_new(alloc, size);
    int64_t count = 0;
    int64_t seen = 0;
    oz_status status = OZ_NO_MEMORY;
    if (indices != NULL) {
        status = choose(context, batch, indices, &count, &seen);
    }
    oz_step step =
        status == OZ_OK ? emit_chosen(context, batch, indices, count) : oz_failed(context, status);
    if (indices != &one) {
        ozi_alloc_free(alloc, indices, size);
    }
    return step != OZ_FAILED && seen >= options->end ? OZ_DONE : step;
}

const oz_operator ozi_op_slice = {
    .name = "slice",
    .summary = "Passes the rows at certain places, like itertools.islice.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(slice_options),
    .tables = TABLES,
    .on_batch = on_batch,
};
