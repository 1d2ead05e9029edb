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

/* The slow halves of ozi_apply_object: a function without call_one, and a row that failed. */
oz_status
ozi_apply_by_batch(oz_context *node, oz_function *function, oz_call_kind kind, oz_object row,
                   const oz_rows *rows, oz_object *result);
oz_step
ozi_apply_failed(oz_context *node, oz_status status, oz_object row, const oz_rows *rows);

/*
 * The same for an operator's on_object. MAP: `*result` is what the function gave; FILTER and SINK:
 * it stays `row` when that was true, or the call has succeeded.
 */
static inline oz_step
ozi_apply_object(oz_context *node, oz_function *function, oz_call_kind kind, oz_object row,
                 const oz_rows *rows, oz_object *result)
{
    oz_object given = NULL;
    oz_error *error = &node->engine->scratch;
    oz_status status = __builtin_expect(function->call_one != NULL, 1)
                           ? function->call_one(function->self, kind, row, NULL, &given, error)
                           : ozi_apply_by_batch(node, function, kind, row, rows, &given);
    if (__builtin_expect(status != OZ_OK, 0)) {
        *result = NULL;
        return ozi_apply_failed(node, status, row, rows);
    }
    if (kind != OZ_CALL_SINK) {
        *result = given;
    }
    if (kind == OZ_CALL_MAP && given == row) {
        node->engine->objects->release(given); /* `row` itself is borrowed */
    }
    return OZ_NEED;
}

/* Emits `count` objects (new references, given up in any case) as results for rows from `begin`. */
oz_step
ozi_emit_objects(oz_context *node, uint32_t output, oz_object *objects, int64_t count,
                 const oz_rows *rows, int64_t begin, int64_t row_count);

#endif
