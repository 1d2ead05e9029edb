/*
 * Aggregates: count, sum, min, max, mean and reduce are one machine with different arithmetic.
 *
 * An aggregate keeps one fixed-size value a key in table 0 (rows without a key share one entry).
 * With `emit` = current each row gives an update (key, value), or the value alone without a key;
 * with final there is one such row a key when the input ends.
 *
 * The operator supplies an ozi_aggregate, forwards on_batch and on_end, and begins its options with
 * ozi_aggregate_options and its state with ozi_aggregate_state.
 */
#ifndef OUZEL_OP_AGGREGATE_H
#define OUZEL_OP_AGGREGATE_H

#include "op/context.h"

typedef enum ozi_emit { OZI_EMIT_CURRENT, OZI_EMIT_FINAL } ozi_emit;

typedef struct ozi_aggregate_options {
    int64_t emit; /* ozi_emit */
} ozi_aggregate_options;

#define OZI_AGGREGATE_OPTION                                                                       \
    {                                                                                              \
        .name = "emit", .kind = OZ_OPTION_CHOICE, .offset = offsetof(ozi_aggregate_options, emit), \
        .by_default = "current", .choices = "current|final",                                       \
        .help = "current: each update; final: one row a key at the end of the input"               \
    }

/* Final results on their way out. */
typedef struct ozi_aggregate_state {
    const oz_batch *results; /* or NULL */
    int64_t next;            /* results before it have been emitted */
    uint8_t made;            /* 1: those by key; 2: that of rows without a key, too */
} ozi_aggregate_state;

typedef struct ozi_aggregate {
    /*
     * Takes row `row` of `batch` into `value`, which is zeroed at first. BAD_RECORD with a message
     * in `error` leaves the value as it was.
     */
    oz_status (*update)(oz_context *node, void *value, const oz_batch *batch, int64_t row,
                        oz_error *error);
    /*
     * The result of a value; borrowed from it, or a new reference with `*is_owned`. Of kind NULL
     * when no row has been taken in yet: then there is none.
     */
    oz_status (*result)(oz_context *node, const void *value, oz_scalar *out, bool *is_owned);
    /*
     * May be NULL. The update of all rows of a batch without results: what `final` needs. A plain
     * loop over the table where the aggregate cannot fail.
     */
    oz_step (*update_all)(oz_context *node, const oz_batch *batch);
} ozi_aggregate;

oz_step
ozi_aggregate_batch(oz_context *node, const ozi_aggregate *aggregate, const oz_batch *batch);
oz_step
ozi_aggregate_end(oz_context *node, const ozi_aggregate *aggregate, ozi_aggregate_state *state);
void
ozi_aggregate_close(ozi_aggregate_state *state);

/*
 * The value of a row of one column as a scalar: native where it is exactly so, also when it comes
 * as an object. BAD_RECORD for a row of several columns.
 */
oz_status
ozi_row_scalar(const oz_batch *batch, int64_t row, oz_scalar *out, oz_error *error);

#endif
