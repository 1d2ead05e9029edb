/*
 * Folding: calling a function with a state that lives in a table, row after row.
 *
 * accumulate, stateful and reduce are this loop with different endings. The state of a key is one
 * SCALAR field (kind NULL: none yet); rows without a key share the table's single entry. While the
 * function runs, the state is moved out of the table, so that a function that emits into its own
 * graph meets no half-changed entry.
 */
#ifndef OUZEL_OP_FOLD_H
#define OUZEL_OP_FOLD_H

#include "op/context.h"

/* `count` results for rows from `begin` of `batch`; new references, which this must give up. */
typedef oz_step (*ozi_take_folded)(void *state, oz_context *node, const oz_batch *batch,
                                   int64_t begin, oz_object *objects, int64_t count);

typedef struct ozi_fold {
    oz_function *function;
    oz_call_kind kind;      /* FOLD, SCAN or UPDATE */
    const oz_scalar *start; /* the first state (copied); NULL or kind NULL: the function makes it */
    uint32_t table;         /* index of a VALUE table whose fields are one SCALAR */
    ozi_take_folded take;
    void *state; /* for `take` */
} ozi_fold;

/* Folds all rows of `batch`. Rows that fail follow the policy, and leave the state as it was. */
oz_step
ozi_fold_batch(oz_context *node, const ozi_fold *fold, const oz_batch *batch);
/* The same for on_object; `take` is not used. */
oz_step
ozi_fold_object(oz_context *node, const ozi_fold *fold, oz_object row, const oz_rows *rows,
                oz_object *result);
/* A `take` that emits the results on port 0. */
oz_step
ozi_fold_emit(void *state, oz_context *node, const oz_batch *batch, int64_t begin,
              oz_object *objects, int64_t count);
/* The same with the key of the row before each result, when the rows have keys. */
oz_step
ozi_fold_emit_keyed(void *state, oz_context *node, const oz_batch *batch, int64_t begin,
                    oz_object *objects, int64_t count);

#endif
