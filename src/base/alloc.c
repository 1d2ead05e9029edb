/* The process heap and the counting wrapper. The only file that calls malloc, realloc and free. */
#include "base/alloc.h"

#include <stdlib.h>

static void *
heap_resize(void *self, void *pointer, size_t old_size, size_t size)
{
    (void)self;
    (void)old_size;
    if (size == 0) {
        free(pointer);
        return NULL;
    }
    return pointer == NULL ? malloc(size) : realloc(pointer, size);
}

const oz_alloc *
oz_alloc_default(void)
{
    static const oz_alloc heap = {.resize = heap_resize};
    return &heap;
}

/* Counts this call; true when it is the one (or one of those) that must fail. */
static _Bool
counting_fails(ozi_alloc_counting *counting)
{
    uint64_t call = atomic_fetch_add(&counting->calls, 1) + 1;
    uint64_t fail_at = counting->fail_at;
    return fail_at != 0 && (call == fail_at || (counting->fail_on && call > fail_at));
}

static void
counting_peak(ozi_alloc_counting *counting, size_t live_bytes)
{
    size_t peak = counting->peak_bytes;
    while (live_bytes > peak &&
           !atomic_compare_exchange_weak(&counting->peak_bytes, &peak, live_bytes)) {
    }
}

static void *
counting_resize(void *self, void *pointer, size_t old_size, size_t size)
{
    ozi_alloc_counting *counting = self;
    if (size == 0) {
        if (pointer != NULL) {
            atomic_fetch_sub(&counting->live_bytes, old_size);
            atomic_fetch_sub(&counting->live_count, 1);
        }
        return counting->inner->resize(counting->inner->self, pointer, old_size, 0);
    }
    if (counting_fails(counting)) {
        return NULL;
    }
    void *moved = counting->inner->resize(counting->inner->self, pointer, old_size, size);
    if (moved != NULL) {
        size_t before = pointer == NULL ? 0 : old_size;
        /* Wraps around on purpose when the block shrinks. */
        size_t live = atomic_fetch_add(&counting->live_bytes, size - before) + (size - before);
        atomic_fetch_add(&counting->live_count, pointer == NULL ? 1 : 0);
        counting_peak(counting, live);
    }
    return moved;
}

void
ozi_alloc_counting_init(ozi_alloc_counting *counting, const oz_alloc *inner)
{
    memset(counting, 0, sizeof *counting);
    counting->alloc = (oz_alloc){.resize = counting_resize, .self = counting};
    counting->inner = inner;
}
