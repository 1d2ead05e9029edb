/* Row data: what rows carry beside their value. The layout is drawn in rows.h. */
#include "batch/rows.h"

#include "base/alloc.h"
#include "batch/buffer.h"

typedef struct rows_block {
    oz_rows rows;
    const oz_rows *parent; /* what arrays that were not copied belong to */
    uint32_t pin_capacity;
    size_t size;
} rows_block;

uint32_t
ozi_rows_arrays(const oz_rows *rows)
{
    return (rows->times != NULL ? OZI_ROWS_TIMES : 0U) | (rows->keys != NULL ? OZI_ROWS_KEYS : 0U) |
           (rows->positions != NULL ? OZI_ROWS_POSITIONS : 0U);
}

static size_t
row_bytes(uint32_t arrays)
{
    return ((arrays & OZI_ROWS_TIMES) != 0 ? sizeof(int64_t) : 0) +
           ((arrays & OZI_ROWS_KEYS) != 0 ? sizeof(oz_key) + sizeof(uint64_t) : 0) +
           ((arrays & OZI_ROWS_POSITIONS) != 0 ? sizeof(int64_t) : 0);
}

/* A block with room for `arrays`, everything else of `rows` empty. */
static rows_block *
block_new(const oz_alloc *alloc, int64_t count, uint32_t arrays)
{
    size_t size = sizeof(rows_block) + (size_t)count * row_bytes(arrays);
    rows_block *block = ozi_alloc_new(alloc, size);
    if (block == NULL) {
        return NULL;
    }
    *block = (rows_block){.rows = {.references = 1, .alloc = alloc}, .size = size};
    char *data = (char *)(block + 1);
    if ((arrays & OZI_ROWS_TIMES) != 0) {
        block->rows.times = (int64_t *)(void *)data;
        data += (size_t)count * sizeof(int64_t);
    }
    if ((arrays & OZI_ROWS_KEYS) != 0) {
        block->rows.keys = (oz_key *)(void *)data;
        data += (size_t)count * sizeof(oz_key);
        block->rows.hashes = (uint64_t *)(void *)data;
        data += (size_t)count * sizeof(uint64_t);
    }
    if ((arrays & OZI_ROWS_POSITIONS) != 0) {
        block->rows.positions = (int64_t *)(void *)data;
    }
    return block;
}

/* Copies the arrays in `arrays` of `base`, row for row. */
static void
copy_arrays(oz_rows *rows, const oz_rows *base, int64_t count, uint32_t arrays)
{
    size_t bytes = (size_t)count * sizeof(int64_t);
    if ((arrays & OZI_ROWS_TIMES) != 0) {
        memcpy(ozi_rows_times(rows), base->times, bytes);
    }
    if ((arrays & OZI_ROWS_KEYS) != 0) {
        memcpy(ozi_rows_keys(rows), base->keys, 2 * bytes);
        memcpy(ozi_rows_hashes(rows), base->hashes, bytes);
    }
    if ((arrays & OZI_ROWS_POSITIONS) != 0) {
        memcpy(ozi_rows_positions(rows), base->positions, bytes);
    }
}

/* Points to the arrays in `arrays` of `base`, and keeps them. */
static void
share_arrays(rows_block *block, const oz_rows *base, uint32_t arrays)
{
    oz_rows *rows = &block->rows;
    if ((arrays & OZI_ROWS_TIMES) != 0) {
        rows->times = base->times;
    }
    if ((arrays & OZI_ROWS_KEYS) != 0) {
        rows->keys = base->keys;
        rows->hashes = base->hashes;
    }
    if ((arrays & OZI_ROWS_POSITIONS) != 0) {
        rows->positions = base->positions;
    }
    if (arrays != 0) {
        block->parent = oz_rows_retain(base);
    }
}

static void
release_rows(void *context)
{
    const oz_rows *rows = context;
    oz_rows_release(&rows);
}

oz_buffer *
ozi_rows_as_buffer(const oz_rows *rows)
{
    oz_buffer *buffer = oz_buffer_wrap(rows->alloc, NULL, 0, release_rows, (void *)(uintptr_t)rows);
    if (buffer != NULL) {
        (void)oz_rows_retain(rows);
    }
    return buffer;
}

oz_status
ozi_rows_keep_keys(oz_rows *rows, const oz_rows *base)
{
    rows_block *block = (rows_block *)(void *)rows;
    if (base->references == OZ_ON_STACK) {
        for (uint32_t i = 0; i < base->pin_count; i++) {
            OZ_TRY(ozi_rows_pin(rows, base->pins[i]));
        }
        return OZ_OK;
    }
    if (block->parent == NULL) {
        block->parent = oz_rows_retain(base);
        return OZ_OK;
    }
    if (block->parent == base) {
        return OZ_OK;
    }
    oz_buffer *pin = ozi_rows_as_buffer(base);
    oz_status status = pin == NULL ? OZ_NO_MEMORY : ozi_rows_pin(rows, pin);
    oz_buffer_release(&pin);
    return status;
}

oz_status
ozi_rows_derive(const oz_alloc *alloc, const oz_rows *base, int64_t count, uint32_t fresh,
                oz_rows **out)
{
    uint32_t old = base == NULL ? 0 : ozi_rows_arrays(base) & ~fresh;
    bool on_stack = base != NULL && base->references == OZ_ON_STACK;
    rows_block *block = block_new(alloc, count, on_stack ? fresh | old : fresh);
    if (block == NULL) {
        return OZ_NO_MEMORY;
    }
    *out = &block->rows;
    if (base == NULL) {
        return OZ_OK;
    }
    block->rows.origin = ozi_origin_retain(base->origin);
    block->rows.receipt = oz_receipt_retain(base->receipt);
    block->rows.objects = base->objects;
    if (!on_stack) {
        share_arrays(block, base, old);
        return OZ_OK;
    }
    copy_arrays(&block->rows, base, count, old);
    return ozi_rows_finish((old & OZI_ROWS_KEYS) == 0 ? OZ_OK
                                                      : ozi_rows_keep_keys(&block->rows, base),
                           out);
}

oz_status
ozi_rows_finish(oz_status status, oz_rows **rows)
{
    if (status != OZ_OK) {
        const oz_rows *failed = *rows;
        *rows = NULL;
        oz_rows_release(&failed);
    }
    return status;
}

oz_status
ozi_rows_pin(oz_rows *rows, oz_buffer *buffer)
{
    rows_block *block = (rows_block *)(void *)rows;
    if (rows->pin_count == block->pin_capacity) {
        uint32_t capacity = block->pin_capacity == 0 ? 2 : block->pin_capacity * 2;
        void *moved = ozi_alloc_resize(rows->alloc, (void *)(uintptr_t)rows->pins,
                                       block->pin_capacity * sizeof(oz_buffer *),
                                       capacity * sizeof(oz_buffer *));
        if (moved == NULL) {
            return OZ_NO_MEMORY;
        }
        rows->pins = moved;
        block->pin_capacity = capacity;
    }
    ((oz_buffer **)(uintptr_t)rows->pins)[rows->pin_count++] = oz_buffer_retain(buffer);
    return OZ_OK;
}

void
ozi_rows_set_origin(oz_rows *rows, const oz_origin *origin)
{
    const oz_origin *old = rows->origin;
    rows->origin = ozi_origin_retain(origin);
    ozi_origin_release(&old);
}

void
ozi_rows_set_receipt(oz_rows *rows, oz_receipt *receipt)
{
    oz_receipt *old = rows->receipt;
    rows->receipt = oz_receipt_retain(receipt);
    oz_receipt_release(&old);
}

oz_status
ozi_rows_retain(const oz_rows *rows, int64_t count, const oz_rows **out)
{
    oz_rows *copy = NULL;
    if (rows != NULL && rows->references == OZ_ON_STACK) {
        OZ_TRY(ozi_rows_derive(rows->alloc, rows, count, 0, &copy));
        *out = copy;
        return OZ_OK;
    }
    if (rows != NULL) {
        ozi_count_up(&rows->references);
    }
    *out = rows;
    return OZ_OK;
}

const oz_rows *
oz_rows_retain(const oz_rows *rows)
{
    const oz_rows *kept = NULL;
    return ozi_rows_retain(rows, 1, &kept) == OZ_OK ? kept : NULL;
}

void
oz_rows_release(const oz_rows **rows)
{
    oz_rows *held = (oz_rows *)(uintptr_t)*rows;
    *rows = NULL;
    if (held == NULL || held->references == OZ_ON_STACK || !ozi_count_down(&held->references)) {
        return;
    }
    rows_block *block = (rows_block *)(void *)held;
    for (uint32_t i = 0; i < held->pin_count; i++) {
        oz_buffer *pin = held->pins[i];
        oz_buffer_release(&pin);
    }
    ozi_alloc_free(held->alloc, (void *)(uintptr_t)held->pins,
                   block->pin_capacity * sizeof(oz_buffer *));
    oz_column_release(&held->key_column);
    ozi_origin_release(&held->origin);
    oz_rows_release(&block->parent);
    oz_receipt *receipt = held->receipt;
    ozi_alloc_free(held->alloc, block, block->size);
    oz_receipt_release(&receipt); /* last: it may run code of the user */
}
