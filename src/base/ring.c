/* Making and freeing of the bounded ring; the rest is inline in ring.h. */
#include "base/ring.h"

oz_status
ozi_ring_init(ozi_ring *ring, const oz_alloc *alloc, size_t item_size, size_t capacity)
{
    *ring = (ozi_ring){.item_size = item_size, .capacity = capacity, .alloc = alloc};
    if (capacity > SIZE_MAX / 2) {
        return OZ_NO_MEMORY;
    }
    size_t slots = 1;
    while (slots < capacity) {
        slots *= 2;
    }
    ring->slots = ozi_alloc_array(alloc, slots, item_size);
    ring->mask = slots - 1;
    return ring->slots == NULL ? OZ_NO_MEMORY : OZ_OK;
}

void
ozi_ring_free(ozi_ring *ring)
{
    if (ring->slots != NULL) {
        ozi_alloc_free(ring->alloc, ring->slots, (ring->mask + 1) * ring->item_size);
    }
    *ring = (ozi_ring){0};
}
