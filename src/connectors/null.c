/*
 * null: takes everything and keeps nothing but a count and a hash.
 *
 * in       anything
 * time     watermarks end here
 * state    none
 * counts   rows; at the end the hash, its highest bit cleared
 *
 * For measuring what comes before it, and for comparing two runs: the hash is the sum of the hashes
 * of all rows, so it does not depend on their order or on how they were batched.
 *
 * Example: null()
 *     in   "the cat" "sat"
 *     counts rows 2
 */
#include "base/hash.h"
#include "ouzel/op.h"

typedef struct null_options {
    bool hash;
} null_options;

static const oz_option OPTIONS[] = {
    {.name = "hash",
     .kind = OZ_OPTION_BOOL,
     .offset = offsetof(null_options, hash),
     .by_default = "true",
     .help = "whether to look at the rows at all"},
    {.name = NULL},
};

enum { COUNT_ROWS, COUNT_HASH };
static const oz_counter COUNTERS[] = {
    {"rows", "rows", "that came"},
    {"hash", "", "the sum of their hashes, given at the end"},
    {NULL, NULL, NULL},
};

typedef struct null_state {
    uint64_t hash;
} null_state;

static uint64_t
hash_scalar(uint64_t seed, const oz_scalar *value)
{
    switch (value->kind) {
    case OZ_SCALAR_STRING:
    case OZ_SCALAR_BYTES:
        return ozi_hash_bytes(seed, value->as.data, value->size);
    case OZ_SCALAR_BOOL:
        return ozi_hash_pair(seed, value->as.boolean, value->kind);
    case OZ_SCALAR_INT64:
    case OZ_SCALAR_FLOAT64:
    case OZ_SCALAR_TIME:
        return ozi_hash_pair(seed, (uint64_t)value->as.int64, value->kind);
    default:
        return ozi_hash_pair(seed, 0, value->kind);
    }
}

/* Columns of numbers and text; what is nested counts as a row and is not looked into. */
static uint64_t
hash_column(uint64_t seed, const oz_column *column)
{
    uint64_t sum = 0;
    for (int64_t row = 0; row < column->length; row++) {
        oz_scalar value;
        if (oz_column_scalar(column, row, &value) != OZ_OK) {
            return sum;
        }
        if (value.kind == OZ_SCALAR_OBJECT) {
            column->objects->unbox(value.as.object, &value);
        }
        sum += hash_scalar(seed, &value);
    }
    return sum;
}

static oz_step
on_batch(void *memory, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)input;
    null_state *null = memory;
    oz_count(context, COUNT_ROWS, batch->row_count);
    if (((const null_options *)oz_options(context))->hash) {
        for (uint32_t i = 0; i < batch->column_count; i++) {
            null->hash += hash_column(i, batch->columns[i]);
        }
    }
    return OZ_NEED;
}

static oz_step
on_end(void *memory, oz_context *context, uint32_t input, uint32_t open_inputs)
{
    (void)input;
    if (open_inputs == 0) {
        oz_count(context, COUNT_HASH, (int64_t)(((null_state *)memory)->hash & INT64_MAX));
    }
    return OZ_NEED;
}

static const oz_port INPUTS[] = {
    {.name = "in", .help = "anything"},
    {.name = NULL},
};

const oz_operator ozi_op_null = {
    .name = "null",
    .summary = "Takes everything and keeps nothing but a count and a hash.",
    .inputs = INPUTS,
    .options = OPTIONS,
    .options_size = sizeof(null_options),
    .counters = COUNTERS,
    .state_size = sizeof(null_state),
    .on_batch = on_batch,
    .on_end = on_end,
    .guarantee = OZ_EXACTLY_ONCE,
};
