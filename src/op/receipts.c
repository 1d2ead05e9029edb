#include "op/receipts.h"

#include "batch/receipt.h"
#include "batch/rows.h"

static oz_receipt *
receipt_of(uint64_t value)
{
    return (oz_receipt *)(uintptr_t)value;
}

oz_receipt *
ozi_receipts_of(oz_context *node, uint64_t hash)
{
    const uint64_t *value = node->receipts.count == 0 ? NULL : ozi_map_get(&node->receipts, hash);
    return value == NULL ? NULL : receipt_of(*value);
}

void
ozi_receipts_drop(oz_context *node, uint64_t hash)
{
    uint64_t value;
    if (node->receipts.count > 0 && ozi_map_remove(&node->receipts, hash, &value)) {
        oz_receipt *receipt = receipt_of(value);
        oz_receipt_release(&receipt);
    }
}

oz_status
ozi_receipts_add(oz_context *node, uint64_t hash, const oz_rows *rows)
{
    oz_receipt *joined;
    if (rows == NULL || rows->receipt == NULL) {
        return OZ_OK;
    }
    OZ_TRY(ozi_receipt_merge(node->engine->alloc, ozi_receipts_of(node, hash), rows->receipt,
                             &joined));
    uint64_t *value = ozi_map_put(&node->receipts, hash, NULL);
    if (value == NULL) {
        oz_receipt_release(&joined);
        return OZ_NO_MEMORY;
    }
    oz_receipt *old = receipt_of(*value);
    *value = (uint64_t)(uintptr_t)joined;
    oz_receipt_release(&old);
    return OZ_OK;
}

oz_status
ozi_receipts_replace(oz_context *node, uint64_t hash, const oz_rows *rows)
{
    ozi_receipts_drop(node, hash);
    return ozi_receipts_add(node, hash, rows);
}

oz_status
ozi_receipts_attach(oz_context *node, const oz_rows *base, int64_t count, oz_receipt *receipt,
                    const oz_rows **out)
{
    *out = NULL;
    if (receipt == NULL) {
        return ozi_rows_retain(base, count, out);
    }
    const oz_alloc *alloc = node->engine->alloc;
    oz_receipt *joined;
    oz_rows *rows;
    OZ_TRY(ozi_receipt_merge(alloc, base == NULL ? NULL : base->receipt, receipt, &joined));
    oz_status status = ozi_rows_derive(alloc, base, count, 0, &rows);
    if (status == OZ_OK) {
        ozi_rows_set_receipt(rows, joined);
        *out = rows;
    }
    oz_receipt_release(&joined);
    return status;
}

oz_status
ozi_receipts_of_inputs(oz_context *node, int64_t count, const oz_rows **out)
{
    *out = NULL;
    for (uint32_t i = 0; node->receipts.count > 0 && i < node->edge_count; i++) {
        const oz_rows *before = *out;
        oz_status status = ozi_receipts_attach(node, before, count, ozi_receipts_of(node, i), out);
        oz_rows_release(&before);
        OZ_TRY(status);
    }
    return OZ_OK;
}

void
ozi_receipts_clear(oz_context *node)
{
    size_t cursor = 0;
    const ozi_map_entry *entry;
    while ((entry = ozi_map_next(&node->receipts, &cursor)) != NULL) {
        oz_receipt *receipt = receipt_of(entry->value);
        oz_receipt_release(&receipt);
    }
    ozi_map_free(&node->receipts);
}
