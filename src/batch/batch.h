/*
 * Batches inside: how one is put together. A batch is one allocation with its lists behind it:
 *
 *     +----------+------+---------+-------+---------------+
 *     | oz_batch | size | columns | names | text of names |
 *     +----------+------+---------+-------+---------------+
 */
#ifndef OUZEL_BATCH_BATCH_H
#define OUZEL_BATCH_BATCH_H

#include "ouzel/batch.h"

/*
 * A batch whose columns are still NULL: store them with ozi_batch_set_column, set `rows` (taken),
 * then ozi_batch_finish. `names` (may be NULL) are copied.
 */
oz_status
ozi_batch_begin(const oz_alloc *alloc, uint32_t count, const char *const *names, int64_t row_count,
                oz_batch **out);

/* Column `index` is `column`, taken. */
static inline void
ozi_batch_set_column(oz_batch *batch, uint32_t index, const oz_column *column)
{
    ((const oz_column **)(uintptr_t)batch->columns)[index] = column;
}

/* Hands the batch out, or gives it up, with the columns it has, when `status` is not OK. */
oz_status
ozi_batch_finish(oz_status status, oz_batch *batch, const oz_batch **out);

/* The columns of `batch` with other row data, which is taken. */
oz_status
ozi_batch_with_rows(const oz_batch *batch, const oz_rows **rows, const oz_batch **out);

/*
 * Visits the objects that belong to the holder of `batch` (may be NULL) alone. What others hold too
 * is theirs to visit: each reference is shown once or not at all.
 */
int
ozi_batch_visit(const oz_batch *batch, oz_object_visit visit, void *context);

/* Other columns (taken) with the row data of `batch`: what a map gives. */
oz_status
ozi_batch_with_columns(const oz_batch *batch, const oz_column **columns, const char *const *names,
                       uint32_t count, const oz_batch **out);

#endif
