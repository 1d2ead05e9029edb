#include "op/count_parts.h"

#include "batch/key.h"
#include "state/table_inline.h"

enum { KEYS_MAX = 1 << 18, LOOK_EVERY = 1 << 16, PASS_FOR = 1 << 20 };

static const oz_table_decl TABLES[] = {
    {.name = "counts",
     .kind = OZ_TABLE_VALUE,
     .keyed = true,
     .fields = {OZ_FIELD_INT64},
     .help = "rows seen, by key, and not yet given on"},
    {.name = NULL},
};

static const oz_port INPUTS[] = {{.name = "in", .routing = OZ_ROUTE_LOCAL}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = NULL}};

typedef struct count_parts_state {
    int64_t keys;    /* in the table */
    int64_t rows;    /* that have come since it was empty */
    int64_t look_at; /* so many rows: then it is seen whether they are worth it */
    int64_t passes;  /* rows left that go on as they are */
} count_parts_state;

static oz_status
bind(const void *options, const oz_schema *inputs, uint32_t input_count, oz_schema *outputs,
     oz_error *error)
{
    (void)options;
    (void)input_count;
    (void)error;
    outputs[0] =
        (oz_schema){.column_count = 2, .types = {OZ_ANY, OZ_INT64}, .keyed = inputs[0].keyed};
    return OZ_OK;
}

/* ---- giving parts on ------------------------------------------------------------------------- */

/* Emits keys (taken) beside counts (taken), as rows with the keys of `rows`; NULL: with those. */
static oz_step
emit_pairs(oz_context *node, const oz_column *keys, const oz_column *counts, const oz_rows *rows)
{
    const oz_column *columns[2] = {keys, counts};
    const oz_batch *pairs = NULL;
    const oz_batch *keyed = NULL;
    int64_t bad_row;
    oz_status status = oz_batch_new(node->engine->alloc, columns, NULL, 2, rows, &pairs);
    if (status == OZ_OK && rows == NULL) {
        status = oz_batch_key_by(pairs, pairs->columns[0], node->engine->seed, &keyed, &bad_row,
                                 oz_context_error(node));
    }
    oz_step step =
        status == OZ_OK ? oz_emit(node, 0, rows == NULL ? keyed : pairs) : oz_failed(node, status);
    oz_batch_release(&pairs);
    oz_batch_release(&keyed);
    return step;
}

/* Columns that are being filled. */
typedef struct pairs {
    oz_builder *keys;
    oz_builder *counts;
} pairs;

/* The last entries of the table, which leave it: nothing of the others moves. */
static oz_status
take_last(oz_context *node, int64_t count, pairs *made)
{
    oz_table *table = node->tables[0];
    for (int64_t i = 0; i < count; i++) {
        uint32_t last = table->dict.used - 1;
        ozi_entry *entry = ozi_dict_at(&table->dict, &table->shape, last);
        OZ_TRY(ozi_key_append(&entry->key, made->keys));
        OZ_TRY(oz_builder_append_int64(made->counts, *(int64_t *)ozi_entry_value(entry)));
        ozi_table_take_out_number(table, last);
    }
    return OZ_OK;
}

static oz_step
emit_some(oz_context *node, int64_t count)
{
    const oz_alloc *alloc = node->engine->alloc;
    pairs made = {.keys = oz_builder_new(alloc, OZ_ANY, node->engine->objects),
                  .counts = oz_builder_new(alloc, OZ_INT64, NULL)};
    const oz_column *keys = NULL;
    const oz_column *counts = NULL;
    oz_status status =
        made.keys == NULL || made.counts == NULL ? OZ_NO_MEMORY : take_last(node, count, &made);
    if (status == OZ_OK) {
        status = oz_builder_finish(made.keys, &keys);
    }
    if (status == OZ_OK) {
        status = oz_builder_finish(made.counts, &counts);
    }
    oz_builder_free(&made.keys);
    oz_builder_free(&made.counts);
    if (status == OZ_OK) {
        return emit_pairs(node, keys, counts, NULL);
    }
    oz_column_release(&keys);
    return oz_failed(node, status);
}

/* What the steps below answer is no answer of its own: it keeps nothing back for their sake. */
static oz_step
own_answer(oz_step step)
{
    return step == OZ_FAILED || step == OZ_DONE ? step : OZ_NEED;
}

/* As many as are taken. NEED: none is left; MORE: there are more. */
static oz_step
give_on(count_parts_state *state, oz_context *node)
{
    oz_step step = OZ_NEED;
    while (step == OZ_NEED && state->keys > 0) {
        int64_t rows = oz_batch_rows(node);
        rows = rows < state->keys ? rows : state->keys;
        step = emit_some(node, rows);
        state->keys -= rows;
    }
    if (state->keys == 0) {
        state->rows = 0;
        state->look_at = LOOK_EVERY;
        ozi_table_forget_pool(node->tables[0]);
    }
    step = own_answer(step);
    return step == OZ_NEED && state->keys > 0 ? OZ_MORE : step;
}

/* Each row as a part of its own. */
static oz_step
pass_on(oz_context *node, const oz_batch *batch)
{
    const oz_column *keys = NULL;
    const oz_column *counts = NULL;
    oz_builder *ones = oz_builder_new(node->engine->alloc, OZ_INT64, NULL);
    oz_status status = ones == NULL ? OZ_NO_MEMORY : OZ_OK;
    for (int64_t i = 0; i < batch->row_count && status == OZ_OK; i++) {
        status = oz_builder_append_int64(ones, 1);
    }
    if (status == OZ_OK) {
        status = oz_builder_finish(ones, &counts);
    }
    if (status == OZ_OK) {
        status = oz_rows_key_column(batch->rows, batch->row_count, node->engine->objects, &keys);
    }
    oz_builder_free(&ones);
    if (status == OZ_OK) {
        return emit_pairs(node, keys, counts, batch->rows);
    }
    oz_column_release(&counts);
    return oz_failed(node, status);
}

/* ---- taking rows in -------------------------------------------------------------------------- */

static inline oz_status
add_one(void *context, int64_t row, void *value, bool is_new)
{
    (void)context;
    (void)row;
    (void)is_new;
    ++*(int64_t *)value;
    return OZ_OK;
}

oz_step
ozi_count_rows(oz_context *node, const oz_batch *batch)
{
    int64_t done;
    const oz_rows *rows = batch->rows;
    oz_status status = ozi_table_update_many(node->tables[0], rows->keys, rows->hashes, 0,
                                             batch->row_count, add_one, NULL, &done);
    return status == OZ_OK ? OZ_NEED : oz_failed(node, status);
}

/* Whether what has come is to be given on now. */
static bool
is_time(count_parts_state *state)
{
    if (state->rows < state->look_at) {
        return state->keys >= KEYS_MAX;
    }
    state->look_at = state->rows + LOOK_EVERY;
    bool is_worth_it = state->keys <= state->rows / 2;
    state->passes = is_worth_it ? 0 : PASS_FOR;
    return !is_worth_it || state->keys >= KEYS_MAX;
}

static oz_status
open(void *memory, oz_context *node, oz_error *error)
{
    (void)node;
    (void)error;
    ((count_parts_state *)memory)->look_at = LOOK_EVERY;
    return OZ_OK;
}

static oz_step
on_batch(void *memory, oz_context *node, uint32_t input, const oz_batch *batch)
{
    (void)input;
    count_parts_state *state = memory;
    if (batch == NULL) {
        return give_on(state, node);
    }
    if (batch->rows == NULL || batch->rows->keys == NULL) {
        return own_answer(oz_emit(node, 0, batch)); /* without keys: counted in one place */
    }
    if (state->passes > 0) {
        state->passes -= batch->row_count;
        return own_answer(pass_on(node, batch));
    }
    oz_step step = ozi_count_rows(node, batch);
    state->keys = oz_table_count(node->tables[0]);
    state->rows += batch->row_count;
    return step == OZ_NEED && is_time(state) ? give_on(state, node) : step;
}

static oz_step
on_flush(void *memory, oz_context *node)
{
    return give_on(memory, node);
}

static oz_step
on_end(void *memory, oz_context *node, uint32_t input, uint32_t open_inputs)
{
    (void)input;
    (void)open_inputs;
    return give_on(memory, node);
}

static int64_t
rows_held(const void *memory)
{
    return ((const count_parts_state *)memory)->keys;
}

const oz_operator ozi_op_count_parts = {
    .name = "count_parts",
    .summary = "Counts rows by key where they are read, before they change workers.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .tables = TABLES,
    .state_size = sizeof(count_parts_state),
    .holds = true,
    .flushes = true,
    .bind = bind,
    .open = open,
    .on_batch = on_batch,
    .on_flush = on_flush,
    .on_end = on_end,
    .rows_held = rows_held,
};
