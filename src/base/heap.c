/* The binary heap: entries move along one path between root and leaf, through a hole. */
#include "base/heap.h"

void
ozi_heap_init(ozi_heap *heap, const oz_alloc *alloc)
{
    ozi_vec_init(&heap->entries, alloc, sizeof(ozi_heap_entry));
    heap->next_seq = 0;
}

void
ozi_heap_free(ozi_heap *heap)
{
    ozi_vec_free(&heap->entries);
}

static inline bool
comes_before(const ozi_heap_entry *left, const ozi_heap_entry *right)
{
    return left->key != right->key ? left->key < right->key : left->seq < right->seq;
}

oz_status
ozi_heap_push(ozi_heap *heap, int64_t key, uint64_t payload)
{
    if (ozi_vec_push(&heap->entries) == NULL) {
        return OZ_NO_MEMORY;
    }
    ozi_heap_entry entry = {.key = key, .seq = heap->next_seq++, .payload = payload};
    ozi_heap_entry *entries = heap->entries.items;
    size_t hole = heap->entries.count - 1;
    while (hole > 0 && comes_before(&entry, &entries[(hole - 1) / 2])) {
        entries[hole] = entries[(hole - 1) / 2];
        hole = (hole - 1) / 2;
    }
    entries[hole] = entry;
    return OZ_OK;
}

/* Fills the hole at the root with `entry`, moving the smaller children up. */
static void
sift_down(ozi_heap_entry *entries, size_t count, ozi_heap_entry entry)
{
    size_t hole = 0;
    for (size_t child = 1; child < count; child = 2 * hole + 1) {
        if (child + 1 < count && comes_before(&entries[child + 1], &entries[child])) {
            child++;
        }
        if (!comes_before(&entries[child], &entry)) {
            break;
        }
        entries[hole] = entries[child];
        hole = child;
    }
    entries[hole] = entry;
}

bool
ozi_heap_pop(ozi_heap *heap, ozi_heap_entry *out)
{
    ozi_heap_entry *entries = heap->entries.items;
    if (heap->entries.count == 0) {
        return false;
    }
    *out = entries[0];
    size_t count = --heap->entries.count;
    if (count > 0) {
        sift_down(entries, count, entries[count]);
    }
    return true;
}

bool
ozi_heap_check(const ozi_heap *heap)
{
    const ozi_heap_entry *entries = heap->entries.items;
    for (size_t i = 1; i < heap->entries.count; i++) {
        if (!comes_before(&entries[(i - 1) / 2], &entries[i])) {
            return false;
        }
    }
    return true;
}
