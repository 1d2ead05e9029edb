/*
 * Keys for a whole batch: one loop per column type over plain arrays. Short strings are the common
 * case: 16 bytes are loaded wherever they lie in one page, and what is too much is masked away.
 */
#include "base/alloc.h"
#include "batch/batch.h"
#include "batch/column.h"
#include "batch/key.h"
#include "batch/key_encode.h"
#include "batch/rows.h"

/* What the loops work on. */
typedef struct key_task {
    const oz_column *column;
    uint64_t seed;
    oz_key *keys;
    uint64_t *hashes;
    oz_rows *rows;
    int64_t bad_row;
} key_task;

enum { PAGE_BYTES = 4096, LOAD_BYTES = 16 };

typedef uint64_t __attribute__((may_alias, aligned(1))) loose_word;

#define ONES(bytes) (~UINT64_C(0) >> (64 - 8 * (bytes)))
static const uint64_t text_masks[OZI_KEY_INLINE_MAX + 1][2] = {
    {0, 0},           {ONES(1), 0},     {ONES(2), 0},     {ONES(3), 0},     {ONES(4), 0},
    {ONES(5), 0},     {ONES(6), 0},     {ONES(7), 0},     {~0ULL, 0},       {~0ULL, ONES(1)},
    {~0ULL, ONES(2)}, {~0ULL, ONES(3)}, {~0ULL, ONES(4)}, {~0ULL, ONES(5)}, {~0ULL, ONES(6)},
};
#undef ONES

/*
 * The word at `data`. It may end beyond the text, but lies in its page: no fault, and what is too
 * much is not used.
 */
__attribute__((no_sanitize("address"), no_sanitize("thread"))) static inline uint64_t
load_word(const char *data)
{
    return *(const loose_word *)(const void *)data;
}

static inline bool
is_in_one_page(const char *data)
{
    return ((uintptr_t)data & (PAGE_BYTES - 1)) <= PAGE_BYTES - LOAD_BYTES;
}

/* A text that is long, or that lies at the end of a page. */
static __attribute__((noinline)) void
key_text_slow(oz_view view, oz_type type, uint64_t seed, oz_key *key, uint64_t *hash)
{
    *key = ozi_key_of_text(type, view.data, view.size);
    *hash = ozi_key_points(key) ? ozi_hash_bytes(seed, view.data, view.size)
                                : ozi_key_hash_inline(key, seed);
}

static void
key_texts(const oz_view *views, int64_t count, oz_type type, uint64_t seed, oz_key *keys,
          uint64_t *hashes)
{
    static const char empty[LOAD_BYTES] = {0};
    uint64_t kind = OZI_KEY_HIGH(type == OZ_STRING ? OZI_KEY_STRING : OZI_KEY_BYTES, 0);
    for (int64_t i = 0; i < count; i++) {
        uint64_t size = views[i].size;
        const char *data = size == 0 ? empty : views[i].data;
        if (size > OZI_KEY_INLINE_MAX || !is_in_one_page(data)) {
            key_text_slow(views[i], type, seed, &keys[i], &hashes[i]);
            continue;
        }
        uint64_t low = load_word(data) & text_masks[size][0];
        uint64_t high = load_word(data + sizeof(low)) & text_masks[size][1];
        high |= kind | size << 48;
        keys[i].low = low;
        keys[i].high = high;
        hashes[i] = ozi_hash_pair(seed, low, high);
    }
}

static void
key_words(const int64_t *values, int64_t count, uint64_t high, uint64_t seed, oz_key *keys,
          uint64_t *hashes)
{
    for (int64_t i = 0; i < count; i++) {
        uint64_t low = (uint64_t)values[i];
        keys[i].low = low;
        keys[i].high = high;
        hashes[i] = ozi_hash_pair(seed, low, high);
    }
}

static void
key_bools(const key_task *task)
{
    const uint8_t *values = task->column->values;
    for (int64_t i = 0; i < task->column->length; i++) {
        task->keys[i] = ozi_key_of_int64(values[i] != 0, OZI_KEY_SHOW_BOOL);
        task->hashes[i] = ozi_key_hash_inline(&task->keys[i], task->seed);
    }
}

static void
key_floats(const key_task *task)
{
    const double *values = task->column->values;
    for (int64_t i = 0; i < task->column->length; i++) {
        task->keys[i] = ozi_key_of_float64(values[i]);
        task->hashes[i] = ozi_key_hash_inline(&task->keys[i], task->seed);
    }
}

static oz_status
key_objects(key_task *task)
{
    const oz_object *values = task->column->values;
    const oz_object_class *objects = task->column->objects;
    ozi_key_encoder encoder = {.alloc = task->column->alloc,
                               .objects = objects,
                               .rows = task->rows};
    oz_status status = OZ_OK;
    for (int64_t i = 0; i < task->column->length; i++) {
        status = ozi_key_of_object(&encoder, values[i], &task->keys[i]);
        if (status == OZ_OK) {
            status = ozi_key_hash(&task->keys[i], task->seed, objects, &task->hashes[i]);
        }
        if (status != OZ_OK) {
            task->bad_row = i;
            break;
        }
    }
    ozi_key_encoder_close(&encoder);
    return status;
}

/* The loops do not look at the validity: rows without a value are set right afterwards. */
static void
key_nulls(const key_task *task)
{
    oz_key null = {0, OZI_KEY_HIGH(OZI_KEY_NULL, 0)};
    uint64_t hash = ozi_key_hash_inline(&null, task->seed);
    for (int64_t i = 0; i < task->column->length; i++) {
        if (oz_column_is_null(task->column, i)) {
            task->keys[i] = null;
            task->hashes[i] = hash;
        }
    }
}

static oz_status
make_keys(key_task *task)
{
    oz_status status = OZ_OK;
    const oz_column *column = task->column;
    switch (column->type) {
    case OZ_INT64:
        key_words(column->values, column->length, OZI_KEY_HIGH(OZI_KEY_INT, OZI_KEY_SHOW_INT),
                  task->seed, task->keys, task->hashes);
        break;
    case OZ_TIME:
        key_words(column->values, column->length, OZI_KEY_HIGH(OZI_KEY_TIME, 0), task->seed,
                  task->keys, task->hashes);
        break;
    case OZ_BOOL:
        key_bools(task);
        break;
    case OZ_FLOAT64:
        key_floats(task);
        break;
    case OZ_STRING:
    case OZ_BYTES:
        key_texts(column->values, column->length, column->type, task->seed, task->keys,
                  task->hashes);
        break;
    case OZ_OBJECT:
        status = key_objects(task);
        break;
    default:
        task->bad_row = 0;
        return OZ_INVALID;
    }
    if (status == OZ_OK && column->validity != NULL) {
        key_nulls(task);
    }
    return status;
}

static oz_status
explain(oz_status status, const key_task *task, int64_t *bad_row, oz_error *error)
{
    if (status == OZ_NO_MEMORY) {
        return oz_error_set(error, status, "no memory for the keys of a batch");
    }
    *bad_row = task->bad_row;
    const oz_column *column = task->column;
    if (column->type != OZ_OBJECT) {
        return oz_error_set(error, status, "a value of type %s cannot be a key",
                            oz_type_name(column->type));
    }
    char text[200] = "";
    const oz_object *values = column->values;
    (void)column->objects->print(values[task->bad_row], text, sizeof(text));
    return oz_error_set(error, status, "cannot be a key: %.*s", (int)sizeof(text) - 1, text);
}

/* `column`, which is on the heap, is taken into the row data: it keeps what long keys point to. */
static oz_status
key_rows(const oz_batch *batch, const oz_column *column, key_task *task, const oz_rows **out)
{
    OZ_TRY(
        ozi_rows_derive(batch->alloc, batch->rows, batch->row_count, OZI_ROWS_KEYS, &task->rows));
    task->rows->key_column = oz_column_retain(column);
    task->rows->objects = column->objects;
    task->keys = ozi_rows_keys(task->rows);
    task->hashes = ozi_rows_hashes(task->rows);
    oz_status status = make_keys(task);
    OZ_TRY(ozi_rows_finish(status, &task->rows));
    *out = task->rows;
    return OZ_OK;
}

oz_status
oz_batch_key_by(const oz_batch *batch, const oz_column *column, uint64_t seed, const oz_batch **out,
                int64_t *bad_row, oz_error *error)
{
    if (column->length != batch->row_count) {
        *bad_row = 0;
        return oz_error_set(error, OZ_INVALID, "%lld keys for %lld rows", (long long)column->length,
                            (long long)batch->row_count);
    }
    const oz_column *heap = oz_column_retain(column);
    key_task task = {.column = heap, .seed = seed, .bad_row = -1};
    const oz_rows *rows = NULL;
    oz_status status = heap == NULL ? OZ_NO_MEMORY : key_rows(batch, heap, &task, &rows);
    if (status == OZ_OK) {
        status = ozi_batch_with_rows(batch, &rows, out);
    }
    if (status != OZ_OK) {
        status = explain(status, &task, bad_row, error);
    }
    oz_column_release(&heap);
    return status;
}
