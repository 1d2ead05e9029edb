/*
 * Receipts of rows that a table keeps: in memory beside it, by the hash of the key under which the
 * rows are kept. What a checkpoint restores has none.
 *
 * Those of one key are held as one, which goes on with what is made of the rows. Two keys of the
 * same hash share one: then the rows of either are dealt with when the first of them is.
 */
#ifndef OUZEL_OP_RECEIPTS_H
#define OUZEL_OP_RECEIPTS_H

#include "op/context.h"

/* The table keeps rows of `rows` (may be NULL: then there is nothing to do). */
oz_status
ozi_receipts_add(oz_context *node, uint64_t hash, const oz_rows *rows);
/* The table keeps a row of `rows` in place of the last one. */
oz_status
ozi_receipts_replace(oz_context *node, uint64_t hash, const oz_rows *rows);
/* What is held for the key, borrowed; NULL: nothing. */
oz_receipt *
ozi_receipts_of(oz_context *node, uint64_t hash);
/* The table keeps no rows of the key any more. */
void
ozi_receipts_drop(oz_context *node, uint64_t hash);
/* The row data of `base` (may be NULL) for `count` rows that are also dealt with for `receipt`. */
oz_status
ozi_receipts_attach(oz_context *node, const oz_rows *base, int64_t count, oz_receipt *receipt,
                    const oz_rows **out);
/* Row data for `count` rows with what is held under 0, 1, ... for each input; NULL: nothing is. */
oz_status
ozi_receipts_of_inputs(oz_context *node, int64_t count, const oz_rows **out);
void
ozi_receipts_clear(oz_context *node);

#endif
