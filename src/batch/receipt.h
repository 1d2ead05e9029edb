/*
 * Receipts inside: several held as one. See oz_receipt in batch.h.
 */
#ifndef OUZEL_BATCH_RECEIPT_H
#define OUZEL_BATCH_RECEIPT_H

#include "ouzel/batch.h"

/* One that holds both, with a reference of its own; of one receipt (the other NULL) that one. */
oz_status
ozi_receipt_merge(const oz_alloc *alloc, oz_receipt *left, oz_receipt *right, oz_receipt **out);

#endif
