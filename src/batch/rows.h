/*
 * Row data inside: making it, and following a batch through take, slice and flat_map.
 *
 * Row data is one allocation with its own arrays behind it:
 *
 *     +---------+-------------+-------+-------+-----------+--------+
 *     | oz_rows | parent, ... | times | keys  | positions | hashes |
 *     +---------+-------------+-------+-------+-----------+--------+
 *
 * An array that is the same as before (times after key_by, everything after slice) is not copied:
 * the new row data points into its parent and keeps it. Row data on the stack belongs to a batch of
 * one row; keys in it may point only into its pins.
 */
#ifndef OUZEL_BATCH_ROWS_H
#define OUZEL_BATCH_ROWS_H

#include "ouzel/batch.h"

/* The name and unit are copied; `connection` 0 for none. NULL when memory is out. */
const oz_origin *
ozi_origin_new(const oz_alloc *alloc, const char *name, const char *unit, uint32_t partition,
               uint64_t connection);
const oz_origin *
ozi_origin_retain(const oz_origin *origin); /* NULL stays NULL */
void
ozi_origin_release(const oz_origin **origin);

/* The arrays of row data, as flags. */
enum {
    OZI_ROWS_TIMES = 1,
    OZI_ROWS_KEYS = 2, /* and hashes */
    OZI_ROWS_POSITIONS = 4,
};

/*
 * Row data for `count` rows. The arrays in `fresh` are made for the caller to fill, by the
 * functions below; the others, and the origin, are those of `base` (NULL: there are none).
 */
oz_status
ozi_rows_derive(const oz_alloc *alloc, const oz_rows *base, int64_t count, uint32_t fresh,
                oz_rows **out);

/* The arrays that `rows` has. */
uint32_t
ozi_rows_arrays(const oz_rows *rows);

/* The end of a function that filled new row data: gives it up when `status` is not OK. */
oz_status
ozi_rows_finish(oz_status status, oz_rows **rows);

static inline int64_t *
ozi_rows_times(const oz_rows *rows)
{
    return (int64_t *)(uintptr_t)rows->times;
}

static inline oz_key *
ozi_rows_keys(const oz_rows *rows)
{
    return (oz_key *)(uintptr_t)rows->keys;
}

static inline uint64_t *
ozi_rows_hashes(const oz_rows *rows)
{
    return (uint64_t *)(uintptr_t)rows->hashes;
}

static inline int64_t *
ozi_rows_positions(const oz_rows *rows)
{
    return (int64_t *)(uintptr_t)rows->positions;
}

/* Keeps `buffer` alive with `rows`, which is still being made. */
oz_status
ozi_rows_pin(oz_rows *rows, oz_buffer *buffer);

/* Keeps what the keys of `base` point to alive with `rows`, which got some of them. */
oz_status
ozi_rows_keep_keys(oz_rows *rows, const oz_rows *base);

/* `rows` as a buffer that keeps them: a pin for what points into their keys. From the heap only. */
oz_buffer *
ozi_rows_as_buffer(const oz_rows *rows);

/* Sets the origin of `rows`, which is still being made; retains it. */
void
ozi_rows_set_origin(oz_rows *rows, const oz_origin *origin);
void
ozi_rows_set_receipt(oz_rows *rows, oz_receipt *receipt);

/* All of these accept NULL for "no row data" and give it back. */
oz_status
ozi_rows_retain(const oz_rows *rows, int64_t count, const oz_rows **out); /* also from the stack */
oz_status
ozi_rows_take(const oz_rows *rows, const int32_t *indices, int64_t count, const oz_rows **out);
oz_status
ozi_rows_slice(const oz_rows *rows, int64_t begin, int64_t end, const oz_rows **out);
/* Row i `counts[i]` times: the row data of what a flat_map made of `count` rows; `total` in all. */
oz_status
ozi_rows_repeat(const oz_rows *rows, const int32_t *counts, int64_t count, int64_t total,
                const oz_rows **out);
/* Of several batches, one after another: arrays that all have; the origin when it is the same. */
oz_status
ozi_rows_concat(const oz_alloc *alloc, const oz_batch *const *batches, uint32_t count,
                const oz_rows **out);

#endif
