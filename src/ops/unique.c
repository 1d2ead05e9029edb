/*
 * unique: passes a row unless an equal one was seen before.
 *
 * in       any rows; after key_by rows are compared with those of the same key
 * out      the first row of each value, in order; with `maxsize` only that many values are
 *          remembered, the ones that came last (one that comes again is young again)
 * dead     rows for which the key function failed or whose value is not hashable
 * time     watermarks pass
 * state    "seen": the values remembered, by key; without `maxsize` it grows with their number
 *
 * Example: unique()
 *     in   1 2 1 3
 *     out  1 2 3
 */
#include "op/group.h"
#include "op/keys.h"

typedef struct unique_options {
    oz_function *key;
    int64_t maxsize;
} unique_options;

static const oz_option OPTIONS[] = {
    {.name = "key",
     .kind = OZ_OPTION_FUNCTION,
     .offset = offsetof(unique_options, key),
     .help = "called with each row; gives what is compared. Without it the row is"},
    {.name = "maxsize",
     .kind = OZ_OPTION_INT64,
     .offset = offsetof(unique_options, maxsize),
     .by_default = "0",
     .minimum = 0,
     .maximum = 9e18,
     .help = "values remembered a key; 0: all"},
    {.name = NULL},
};

static const oz_table_decl TABLES[] = {
    {.name = "seen",
     .kind = OZ_TABLE_MAP,
     .keyed = true,
     .fields = {OZ_FIELD_INT64},
     .help = "the values seen, in order of age"},
    {.name = NULL},
};

static const oz_port INPUTS[] = {{.name = "in", .routing = OZ_ROUTE_KEY}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = "dead"}, {.name = NULL}};

/* Forgets the value that came first. */
static void
forget_oldest(oz_table *seen, const oz_key *key, uint64_t hash)
{
    oz_cursor cursor = {.group = 0};
    const oz_key *oldest;
    void *value;
    if (oz_map_next(seen, key, hash, &cursor, &oldest, &value)) {
        oz_key copy = *oldest;
        oz_map_remove(seen, key, hash, &copy);
    }
}

/* Remembers a value; a value that is there already moves to the young end. */
static oz_status
remember(oz_context *context, const oz_key *key, uint64_t hash, const oz_key *sub, bool *is_new)
{
    const unique_options *options = oz_options(context);
    oz_table *seen = oz_context_table(context, 0);
    void *value;
    *is_new = oz_map_find(seen, key, hash, sub) == NULL;
    if (!*is_new && options->maxsize == 0) {
        return OZ_OK;
    }
    if (!*is_new) {
        oz_map_remove(seen, key, hash, sub);
    }
    OZ_TRY(oz_map_put(seen, key, hash, sub, &value, &(bool){false}));
    if (options->maxsize > 0 && oz_map_count(seen, key, hash) > options->maxsize) {
        forget_oldest(seen, key, hash);
    }
    return OZ_OK;
}

/* Emits those of the rows [begin, ...) of `batch` whose values, in `column`, are new. */
static oz_status
choose(oz_context *context, const oz_batch *batch, const oz_rows *values, int32_t *indices,
       int64_t *count)
{
    *count = 0;
    for (int64_t row = 0; row < batch->row_count; row++) {
        uint64_t hash;
        bool is_new;
        const oz_key *key = ozi_group_key(batch, row, &hash);
        OZ_TRY(remember(context, key, hash, &values->keys[row], &is_new));
        indices[*count] = (int32_t)row;
        *count += is_new;
    }
    return OZ_OK;
}

static oz_step
emit_new(oz_context *context, const oz_batch *batch, const oz_rows *values)
{
    const oz_alloc *alloc = oz_context_alloc(context);
    size_t size = (size_t)batch->row_count * sizeof(int32_t);
    int32_t *indices = ozi_alloc_new(alloc, size);
    const oz_batch *chosen = NULL;
    int64_t count = 0;
    oz_status status = OZ_NO_MEMORY;
    if (indices != NULL) {
        status = choose(context, batch, values, indices, &count);
    }
    if (status == OZ_OK && count > 0) {
        status = oz_batch_take(batch, indices, count, &chosen);
    }
    ozi_alloc_free(alloc, indices, size);
    if (status != OZ_OK) {
        return oz_failed(context, status);
    }
    oz_step step = chosen == NULL ? OZ_NEED : oz_emit(context, 0, chosen);
    oz_batch_release(&chosen);
    return step;
}

/* The keyed twin of the batch is only looked at: what leaves has the keys that it came with. */
static oz_step
take_keyed(void *state, oz_context *context, const oz_batch *batch, const oz_batch *keyed)
{
    (void)state;
    return emit_new(context, batch, keyed->rows);
}

static oz_step
on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)input;
    const unique_options *options = oz_options(context);
    return ozi_apply_keys(context, options->key, batch, take_keyed, state);
}

const oz_operator ozi_op_unique = {
    .name = "unique",
    .summary = "Passes a row unless an equal one was seen before.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(unique_options),
    .tables = TABLES,
    .on_batch = on_batch,
};
