/* Rows as single values, for steps that keep them in tables: partition, zip, combine_latest, ... */
#ifndef OUZEL_OP_ROW_H
#define OUZEL_OP_ROW_H

#include "op/context.h"

/*
 * A row of one column is the value itself, borrowed; every other row an object, which is also left
 * in `*owned` (else NULL) for ozi_row_release. Without objects such a row is UNSUPPORTED.
 */
oz_status
ozi_row_value(oz_context *node, const oz_batch *batch, int64_t row, oz_scalar *out,
              oz_object *owned);
void
ozi_row_release(oz_context *node, oz_object *owned);

#endif
