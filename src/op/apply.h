/*
 * Calling a user function over a batch: the loop that map, filter, sink and their like share.
 *
 * It gives room for results, calls the function until all rows are treated, hands each run of
 * results to the step, and applies the step's policy to a row that failed. A batch of one row
 * costs no allocation.
 */
#ifndef OUZEL_OP_APPLY_H
#define OUZEL_OP_APPLY_H

#include "op/context.h"

/*
 * Rows [call->begin, call->end) are done: `results` is what the function gave for them (for FILTER
 * it is NULL and call->truths[0] belongs to row call->begin; for SINK it is NULL). Borrowed.
 */
typedef oz_step (*ozi_take_results)(void *state, oz_context *node, const oz_call *call,
                                    const oz_batch *results);

/* MAP, FILTER and SINK. Returns the last answer of `take`, or FAILED. */
oz_step
ozi_apply(oz_context *node, oz_function *function, oz_call_kind kind, const oz_batch *batch,
          ozi_take_results take, void *state);

/* Emits `count` objects (new references, given up in any case) as results for rows from `begin`. */
oz_step
ozi_emit_objects(oz_context *node, uint32_t output, oz_object *objects, int64_t count,
                 const oz_rows *rows, int64_t begin, int64_t row_count);

#endif
