/*
 * Slices at work: aggregates by key and slice of event time, from which windows are folded.
 *
 *     "newest"    key -> its newest slice, inline: what nearly every row updates
 *     "older"     key -> slice -> aggregate, as long as a window that covers the slice is open
 *     "progress"  how far event time has come, and which window is due next
 *
 * A row costs the same however many windows cover it. The windows of a key whose time has come are
 * found by a walk over the keys that have open windows, and only when at least one is due.
 *
 * The operator puts OZI_SLICE_TABLES first into its list of tables, and calls ozi_slices_begin at
 * the start of each of its functions.
 */
#ifndef OUZEL_OP_SLICES_H
#define OUZEL_OP_SLICES_H

#include "base/vec.h"
#include "op/context.h"
#include "time/windows.h"

typedef enum ozi_slice_kind {
    OZI_SLICE_COUNT,
    OZI_SLICE_SUM,
    OZI_SLICE_MIN,
    OZI_SLICE_MAX,
    OZI_SLICE_MEAN,
} ozi_slice_kind;

/*
 * Of several workers' values of "progress": the least advanced. They have all seen the same
 * watermarks, for event time is given before rows change workers (OZ_ROUTE_SOURCE of event_time).
 */
void
ozi_slices_merge(void *into, const void *value, bool is_first);

#define OZI_SLICE_TABLES                                                                           \
    {.name = "newest",                                                                             \
     .kind = OZ_TABLE_VALUE,                                                                       \
     .keyed = true,                                                                                \
     .fields = {OZ_FIELD_INT64, OZ_FIELD_INT64, OZ_FIELD_SCALAR, OZ_FIELD_INT64},                  \
     .help = "the newest slice of each key: rows, number, aggregate, place in the order of all"},  \
        {.name = "older",                                                                          \
         .kind = OZ_TABLE_MAP,                                                                     \
         .keyed = true,                                                                            \
         .fields = {OZ_FIELD_INT64, OZ_FIELD_INT64, OZ_FIELD_SCALAR, OZ_FIELD_INT64},              \
         .help = "older slices, as long as a window that covers them is open"},                    \
    {                                                                                              \
        .name = "progress", .kind = OZ_TABLE_VALUE,                                                \
        .fields = {OZ_FIELD_INT64, OZ_FIELD_INT64, OZ_FIELD_INT64,                                 \
                   OZ_FIELD_INT64, OZ_FIELD_INT64, OZ_FIELD_INT64},                                \
        .help =                                                                                    \
            "size and hop of the windows, the watermark, the window that was closed last, the "    \
            "one that is due next, and how many slices have been begun",                           \
        .merge = ozi_slices_merge                                                                  \
    }

typedef struct ozi_slices {
    oz_context *node;
    ozi_windows windows;
    ozi_slice_kind kind;
    int64_t closed; /* the last closed window */
} ozi_slices;

/*
 * A slice of a key: its rows aggregated. The entries of the first two tables, laid out as their
 * fields are declared: with the hash and the key in front 64 bytes, a line.
 *
 * An entry of "newest" without rows rests: its windows are done with, and if its key has no new row
 * until the next windows close, it goes. A key that goes on need not be put in anew each time.
 */
typedef struct ozi_slice {
    int64_t row_count;
    int64_t number;
    oz_scalar value;
    int64_t first; /* twice its place in the order in which slices were begun, over all keys; in
                      "newest" one more when the key has older slices */
} ozi_slice;

/* The key of some rows: without `is_keyed` that which rows without a key share. */
typedef struct ozi_slice_key {
    oz_key key; /* what it points to belongs to the rows or to the tables */
    uint64_t hash;
    bool is_keyed;
} ozi_slice_key;

/* A window of a key with at least one row in it. */
typedef struct ozi_key_window {
    ozi_slice_key key;
    int64_t window;
    int64_t first;     /* of the slice that was begun first: the order of the keys in a window */
    int64_t row_count; /* with it the aggregate is here, and no longer in the tables */
    oz_scalar value;   /* of a kind that owns nothing */
} ozi_key_window;

/* INVALID when there are open windows of another size or hop. */
oz_status
ozi_slices_begin(ozi_slices *slices, oz_context *node, const ozi_windows *windows, int64_t grace_ns,
                 ozi_slice_kind kind);

/* The watermark in the table; it never goes back. Changes `slices->closed`. */
void
ozi_slices_set_watermark(ozi_slices *slices, int64_t watermark_ns, int64_t grace_ns);
int64_t
ozi_slices_watermark(const ozi_slices *slices);

/*
 * Takes rows [begin, end), which have times, into the slices of their keys. BAD_RECORD: row `*done`
 * cannot be aggregated, and has changed nothing.
 */
oz_status
ozi_slices_add(const ozi_slices *slices, const oz_batch *batch, int64_t begin, int64_t end,
               int64_t *done);

ozi_slice_key
ozi_slice_key_of(const oz_batch *batch, int64_t row);

/* Appends the result of a window. */
oz_status
ozi_slices_result(const ozi_slices *slices, const ozi_key_window *of, oz_builder *results);

/*
 * Appends an ozi_key_window to `due` for each window that is not later than `closing`
 * (OZI_WINDOW_ALL: each that has rows), in order of their ends, within a window in order of the
 * first row of the keys. They are then done with: give their results, and drop them one after
 * another. With `gives_nothing` there are only those that need to be dropped. On NO_MEMORY there
 * may be some, and the next call finds the others.
 */
oz_status
ozi_slices_due(const ozi_slices *slices, int64_t closing, bool gives_nothing, ozi_vec *due);
/* Fetches what results and drops of these need: it lies all over memory. */
void
ozi_slices_fetch(const ozi_slices *slices, const ozi_key_window *due, size_t count);
/* Forgets slices of the key that no window after this one needs. */
void
ozi_slices_drop(const ozi_slices *slices, const ozi_key_window *done);

#endif
