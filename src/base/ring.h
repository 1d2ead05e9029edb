/*
 * A bounded ring of items of one size: first in, first out. The bound is the point: a full ring
 * refuses, and whoever feeds it stops. One thread.
 *
 *      head            tail = head + count
 *       v               v
 *   [ ][a][b][c][d][e][ ][ ]     positions go on for ever; a slot is position & (slots - 1)
 */
#ifndef OUZEL_BASE_RING_H
#define OUZEL_BASE_RING_H

#include <stdbool.h>

#include "base/alloc.h"

typedef struct ozi_ring {
    char *slots;           /* a power of two of them, so that the position wraps by a mask */
    size_t mask;           /* slots - 1 */
    size_t head;           /* position of the oldest item */
    size_t count;          /* items inside */
    size_t capacity;       /* items that fit: as asked for, not more */
    size_t item_size;      /* in bytes */
    const oz_alloc *alloc; /* where the slots live */
} ozi_ring;

/* Room for `capacity` > 0 items. On NO_MEMORY the ring need not be freed. */
OZ_MUST_USE oz_status
ozi_ring_init(ozi_ring *ring, const oz_alloc *alloc, size_t item_size, size_t capacity);

/* Frees the slots; what the items own is the caller's. Safe on a zeroed struct. */
void
ozi_ring_free(ozi_ring *ring);

/* Item `index` counted from the oldest; it must exist. Valid until it is popped. */
static inline void *
ozi_ring_at(const ozi_ring *ring, size_t index)
{
    return ring->slots + ((ring->head + index) & ring->mask) * ring->item_size;
}

static inline bool
ozi_ring_is_full(const ozi_ring *ring)
{
    return ring->count == ring->capacity;
}

/* The oldest item, or NULL. */
static inline void *
ozi_ring_first(const ozi_ring *ring)
{
    return ring->count == 0 ? NULL : ozi_ring_at(ring, 0);
}

/* A new item at the end for the caller to fill (not zeroed); NULL when the ring is full. */
static inline void *
ozi_ring_push(ozi_ring *ring)
{
    return ozi_ring_is_full(ring) ? NULL : ozi_ring_at(ring, ring->count++);
}

/* Takes the oldest item out; returns where it lies until the next push. NULL when empty. */
static inline void *
ozi_ring_pop(ozi_ring *ring)
{
    if (ring->count == 0) {
        return NULL;
    }
    void *item = ozi_ring_at(ring, 0);
    ring->head++;
    ring->count--;
    return item;
}

#endif
