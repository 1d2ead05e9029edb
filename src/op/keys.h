/*
 * Keys from a function: what key_by and unique share. The function's results become keys; a row
 * whose function fails or whose key is not hashable follows the policy of the step.
 */
#ifndef OUZEL_OP_KEYS_H
#define OUZEL_OP_KEYS_H

#include "op/context.h"

/* `keyed` has the rows of `batch`, with keys. Both are borrowed. */
typedef oz_step (*ozi_take_keyed)(void *state, oz_context *node, const oz_batch *batch,
                                  const oz_batch *keyed);

/* `function` NULL: the row itself is the key. Rows come in order, in one or more runs. */
oz_step
ozi_apply_keys(oz_context *node, oz_function *function, const oz_batch *batch, ozi_take_keyed take,
               void *state);

#endif
