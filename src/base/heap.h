/*
 * A binary min-heap of (key, payload): what is due next. Entries with equal keys come out in the
 * order in which they went in. A timer that is cancelled stays until it comes to the top; whoever
 * pops it knows from the payload that it is stale. One thread.
 */
#ifndef OUZEL_BASE_HEAP_H
#define OUZEL_BASE_HEAP_H

#include <stdbool.h>

#include "base/vec.h"

typedef struct ozi_heap_entry {
    int64_t key;      /* the smallest comes first: a time in ns */
    uint64_t seq;     /* given by the heap: first in, first out for equal keys */
    uint64_t payload; /* the caller's */
} ozi_heap_entry;

typedef struct ozi_heap {
    ozi_vec entries;   /* entry i is not after its children 2i+1 and 2i+2 */
    uint64_t next_seq; /* of the next push */
} ozi_heap;

/* An empty heap; allocates nothing. */
void
ozi_heap_init(ozi_heap *heap, const oz_alloc *alloc);

/* Frees the entries; the heap is empty and may be used again. */
void
ozi_heap_free(ozi_heap *heap);

/* Adds an entry. NO_MEMORY leaves the heap as it was. */
OZ_MUST_USE oz_status
ozi_heap_push(ozi_heap *heap, int64_t key, uint64_t payload);

/* Takes the first entry out; false when there is none. */
bool
ozi_heap_pop(ozi_heap *heap, ozi_heap_entry *out);

/* The first entry, or NULL; valid until the next push or pop. */
static inline const ozi_heap_entry *
ozi_heap_top(const ozi_heap *heap)
{
    return heap->entries.count == 0 ? NULL : heap->entries.items;
}

static inline size_t
ozi_heap_count(const ozi_heap *heap)
{
    return heap->entries.count;
}

/* Walks the heap; true when every entry is where it may be. For tests and assertions. */
bool
ozi_heap_check(const ozi_heap *heap);

#endif
