/* Row data that follows its batch: take, slice, the repeats of a flat_map, concat. */
#include "base/alloc.h"
#include "batch/key.h"
#include "batch/receipt.h"
#include "batch/rows.h"

static void
take_int64(int64_t *target, const int64_t *source, const int32_t *indices, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        target[i] = source[indices[i]];
    }
}

/* True when a key of the taken ones points to something. */
static bool
take_keys(oz_rows *rows, const oz_rows *base, const int32_t *indices, int64_t count)
{
    oz_key *keys = ozi_rows_keys(rows);
    uint64_t *hashes = ozi_rows_hashes(rows);
    uint64_t high = 0;
    for (int64_t i = 0; i < count; i++) {
        keys[i] = base->keys[indices[i]];
        hashes[i] = base->hashes[indices[i]];
        high |= keys[i].high;
    }
    return (high & OZI_KEY_POINTS_BIT) != 0;
}

oz_status
ozi_rows_take(const oz_rows *rows, const int32_t *indices, int64_t count, const oz_rows **out)
{
    if (rows == NULL || ozi_rows_arrays(rows) == 0) {
        return ozi_rows_retain(rows, count, out);
    }
    oz_rows *taken;
    OZ_TRY(ozi_rows_derive(rows->alloc, rows, count, ozi_rows_arrays(rows), &taken));
    oz_status status = OZ_OK;
    if (rows->times != NULL) {
        take_int64(ozi_rows_times(taken), rows->times, indices, count);
    }
    if (rows->positions != NULL) {
        take_int64(ozi_rows_positions(taken), rows->positions, indices, count);
    }
    if (rows->keys != NULL && take_keys(taken, rows, indices, count)) {
        status = ozi_rows_keep_keys(taken, rows);
    }
    OZ_TRY(ozi_rows_finish(status, &taken));
    *out = taken;
    return OZ_OK;
}

/* Points to the arrays of `base` from row `begin` on. */
static void
move_arrays(oz_rows *rows, const oz_rows *base, int64_t begin)
{
    rows->times = base->times == NULL ? NULL : base->times + begin;
    rows->positions = base->positions == NULL ? NULL : base->positions + begin;
    rows->keys = base->keys == NULL ? NULL : base->keys + begin;
    rows->hashes = base->hashes == NULL ? NULL : base->hashes + begin;
}

oz_status
ozi_rows_slice(const oz_rows *rows, int64_t begin, int64_t end, const oz_rows **out)
{
    if (rows == NULL || ozi_rows_arrays(rows) == 0) {
        return ozi_rows_retain(rows, end - begin, out);
    }
    if (rows->references == OZ_ON_STACK) {
        oz_rows cut = *rows;
        move_arrays(&cut, rows, begin);
        return ozi_rows_retain(&cut, end - begin, out);
    }
    oz_rows *sliced;
    OZ_TRY(ozi_rows_derive(rows->alloc, rows, end - begin, 0, &sliced));
    move_arrays(sliced, rows, begin);
    *out = sliced;
    return OZ_OK;
}

static void
repeat_int64(int64_t *target, const int64_t *source, const int32_t *counts, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        for (int32_t j = 0; j < counts[i]; j++) {
            *target++ = source[i];
        }
    }
}

static void
repeat_keys(oz_rows *rows, const oz_rows *base, const int32_t *counts, int64_t count)
{
    oz_key *keys = ozi_rows_keys(rows);
    uint64_t *hashes = ozi_rows_hashes(rows);
    for (int64_t i = 0; i < count; i++) {
        for (int32_t j = 0; j < counts[i]; j++) {
            *keys++ = base->keys[i];
            *hashes++ = base->hashes[i];
        }
    }
}

oz_status
ozi_rows_repeat(const oz_rows *rows, const int32_t *counts, int64_t count, int64_t total,
                const oz_rows **out)
{
    if (rows == NULL || ozi_rows_arrays(rows) == 0) {
        return ozi_rows_retain(rows, total, out);
    }
    oz_rows *repeated;
    OZ_TRY(ozi_rows_derive(rows->alloc, rows, total, ozi_rows_arrays(rows), &repeated));
    oz_status status = OZ_OK;
    if (rows->times != NULL) {
        repeat_int64(ozi_rows_times(repeated), rows->times, counts, count);
    }
    if (rows->positions != NULL) {
        repeat_int64(ozi_rows_positions(repeated), rows->positions, counts, count);
    }
    if (rows->keys != NULL) {
        repeat_keys(repeated, rows, counts, count);
        status = ozi_rows_keep_keys(repeated, rows);
    }
    OZ_TRY(ozi_rows_finish(status, &repeated));
    *out = repeated;
    return OZ_OK;
}

/* The arrays that the row data of all batches have. */
static uint32_t
common_arrays(const oz_batch *const *batches, uint32_t count, const oz_origin **origin)
{
    uint32_t arrays = ~0U;
    *origin = batches[0]->rows == NULL ? NULL : batches[0]->rows->origin;
    for (uint32_t i = 0; i < count; i++) {
        const oz_rows *rows = batches[i]->rows;
        arrays &= rows == NULL ? 0 : ozi_rows_arrays(rows);
        if (rows == NULL || rows->origin != *origin) {
            *origin = NULL;
        }
    }
    /* A position says nothing without its origin. */
    return *origin == NULL ? arrays & ~(uint32_t)OZI_ROWS_POSITIONS : arrays;
}

static oz_status
join_receipts(const oz_alloc *alloc, const oz_batch *const *batches, uint32_t count,
              oz_receipt **out)
{
    *out = NULL;
    for (uint32_t i = 0; i < count; i++) {
        oz_receipt *before = *out;
        oz_receipt *more = batches[i]->rows == NULL ? NULL : batches[i]->rows->receipt;
        oz_status status = ozi_receipt_merge(alloc, before, more, out);
        oz_receipt_release(&before);
        OZ_TRY(status);
    }
    return OZ_OK;
}

static oz_status
append(oz_rows *joined, int64_t at, const oz_rows *rows, int64_t count)
{
    size_t bytes = (size_t)count * sizeof(int64_t);
    if (joined->times != NULL) {
        memcpy(ozi_rows_times(joined) + at, rows->times, bytes);
    }
    if (joined->positions != NULL) {
        memcpy(ozi_rows_positions(joined) + at, rows->positions, bytes);
    }
    if (joined->keys == NULL) {
        return OZ_OK;
    }
    memcpy(ozi_rows_keys(joined) + at, rows->keys, 2 * bytes);
    memcpy(ozi_rows_hashes(joined) + at, rows->hashes, bytes);
    joined->objects = rows->objects == NULL ? joined->objects : rows->objects;
    return ozi_rows_keep_keys(joined, rows);
}

oz_status
ozi_rows_concat(const oz_alloc *alloc, const oz_batch *const *batches, uint32_t count,
                const oz_rows **out)
{
    const oz_origin *origin;
    oz_receipt *receipt;
    uint32_t arrays = common_arrays(batches, count, &origin);
    *out = NULL;
    OZ_TRY(join_receipts(alloc, batches, count, &receipt));
    if (arrays == 0 && origin == NULL && receipt == NULL) {
        return OZ_OK;
    }
    int64_t total = 0;
    for (uint32_t i = 0; i < count; i++) {
        total += batches[i]->row_count;
    }
    oz_rows *joined;
    oz_status derived = ozi_rows_derive(alloc, NULL, total, arrays, &joined);
    if (derived != OZ_OK) {
        oz_receipt_release(&receipt);
        return derived;
    }
    ozi_rows_set_origin(joined, origin);
    joined->receipt = receipt;
    oz_status status = OZ_OK;
    int64_t at = 0;
    for (uint32_t i = 0; i < count && status == OZ_OK; i++) {
        status = append(joined, at, batches[i]->rows, batches[i]->row_count);
        at += batches[i]->row_count;
    }
    OZ_TRY(ozi_rows_finish(status, &joined));
    *out = joined;
    return OZ_OK;
}
