/*
 * count_parts: counts rows by key where they are read, so that fewer of them change workers.
 *
 * in       rows with keys; others go on as they are
 * out      (key, n) with their keys: so many rows of the key have come; the same key may come again
 * time     a part waits until 262,144 keys do, the input ends, a flush, or a checkpoint
 * state    "counts": empty when an epoch ends
 *
 * Rows of which most have keys of their own are not worth that: when of 65,536 rows more than half
 * do, a million of rows goes on as (key, 1).
 */
#ifndef OUZEL_OP_COUNT_PARTS_H
#define OUZEL_OP_COUNT_PARTS_H

#include "op/context.h"

extern const oz_operator ozi_op_count_parts;

/*
 * Counts the rows of a batch with keys in the first table of a step, whose value is one INT64.
 * Memory is fetched ahead. NEED or FAILED.
 */
oz_step
ozi_count_rows(oz_context *node, const oz_batch *batch);

#endif
