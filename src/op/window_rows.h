/*
 * The results of windows as rows: (key, start, end, value), or without a key (start, end, value).
 * Each has the key of its window and, as event time, the last time that lies in it.
 */
#ifndef OUZEL_OP_WINDOW_ROWS_H
#define OUZEL_OP_WINDOW_ROWS_H

#include "op/slices.h"

/* Rows that are being made. */
typedef struct ozi_window_rows {
    const ozi_slices *slices;
    ozi_vec windows; /* int64_t: their numbers */
    ozi_vec sources; /* int32_t: of which row of a batch each is an update */
    oz_builder *values;
} ozi_window_rows;

oz_schema
ozi_window_rows_schema(bool is_keyed);

/* ---- one row for each window that closes ----------------------------------------------------- */

/*
 * The rows of `*count` windows of which either all have keys or none has. `*count` becomes less
 * when one of them has no result, and such a window, when it is the first, is INVALID.
 */
oz_status
ozi_window_rows_of_keys(const ozi_slices *slices, const ozi_key_window *windows, size_t *count,
                        const oz_batch **out);

/* ---- updates of open windows ----------------------------------------------------------------- */

oz_status
ozi_window_rows_open(ozi_window_rows *made, const ozi_slices *slices);
void
ozi_window_rows_close(ozi_window_rows *made);
/* The open windows into which row `row` has just gone. */
oz_status
ozi_window_rows_add_of(ozi_window_rows *made, const oz_batch *batch, int64_t row);
/* All rows that were added, which are updates by rows of `batch`. */
oz_status
ozi_window_rows_of_batch(ozi_window_rows *made, const oz_batch *batch, const oz_batch **out);

#endif
