/* Receipts: reference counts, and several held as one. */
#include "batch/receipt.h"

#include "base/alloc.h"
#include "batch/buffer.h"

typedef struct merged {
    oz_receipt receipt;
    oz_receipt *left;
    oz_receipt *right;
    const oz_alloc *alloc;
} merged;

oz_receipt *
oz_receipt_retain(oz_receipt *receipt)
{
    if (receipt != NULL) {
        ozi_count_up(&receipt->references);
    }
    return receipt;
}

void
oz_receipt_release(oz_receipt **receipt)
{
    oz_receipt *held = *receipt;
    *receipt = NULL;
    if (held != NULL && ozi_count_down(&held->references)) {
        held->done(held);
    }
}

/* Row by row a long chain grows to the left: it is let go of in a loop. */
static void
merged_done(oz_receipt *receipt)
{
    while (receipt != NULL) {
        merged *both = (merged *)(void *)receipt;
        oz_receipt *left = both->left;
        oz_receipt_release(&both->right);
        ozi_alloc_free(both->alloc, both, sizeof *both);
        receipt = NULL;
        if (left->done != merged_done) {
            oz_receipt_release(&left);
        } else if (ozi_count_down(&left->references)) {
            receipt = left;
        }
    }
}

oz_status
ozi_receipt_merge(const oz_alloc *alloc, oz_receipt *left, oz_receipt *right, oz_receipt **out)
{
    if (left == NULL || right == NULL || left == right) {
        *out = oz_receipt_retain(left == NULL ? right : left);
        return OZ_OK;
    }
    merged *both = ozi_alloc_new(alloc, sizeof *both);
    *out = NULL;
    if (both == NULL) {
        return OZ_NO_MEMORY;
    }
    *both = (merged){.receipt = {.references = 1, .done = merged_done},
                     .left = oz_receipt_retain(left),
                     .right = oz_receipt_retain(right),
                     .alloc = alloc};
    *out = &both->receipt;
    return OZ_OK;
}
