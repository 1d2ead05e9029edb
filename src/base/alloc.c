/* The process heap and the counting wrapper. The only file that calls malloc, realloc and free. */
#include "base/alloc.h"

#include <stdlib.h>

#include "base/pages.h"

/* ---- large blocks ---------------------------------------------------------------------------- */

/* Whole huge pages, as tables ask for once they are large, lie in such pages. */
static void *
heap_new(size_t size)
{
    return size > 0 && size % OZI_PAGES_HUGE_BYTES == 0 ? ozi_pages_new(size) : malloc(size);
}

/*
 * Batches are made and freed all the time, in arrays of a few hundred KiB. The heap of the system
 * may give such memory back each time and fetch it page by page with the next batch. So a few
 * blocks of each size, a power of two, wait here: at most 2 x (64 KiB + ... + 4 MiB), 16 MiB.
 */
enum { SHELF_FIRST_LOG = 16, SHELF_LAST_LOG = 22, SHELF_PLACES = 2 };

enum { SHELF_IS_USED = !OZI_ASAN && !OZI_TSAN }; /* a sanitizer must see each free */

static _Atomic(void *) shelf[SHELF_LAST_LOG - SHELF_FIRST_LOG + 1][SHELF_PLACES];

/* The number of the shelf for blocks of `size` bytes; -1: they are not kept. */
static int
shelf_of(size_t size)
{
    if (!SHELF_IS_USED || size < (size_t)1 << SHELF_FIRST_LOG ||
        size > (size_t)1 << SHELF_LAST_LOG) {
        return -1;
    }
    int log = 63 - __builtin_clzll((unsigned long long)size);
    log += (size & (size - 1)) != 0;
    return log - SHELF_FIRST_LOG;
}

static void *
large_new(int number)
{
    for (int i = 0; i < SHELF_PLACES; i++) {
        void *block = atomic_exchange(&shelf[number][i], NULL);
        if (block != NULL) {
            return block;
        }
    }
    return heap_new((size_t)1 << (number + SHELF_FIRST_LOG));
}

static void
large_free(int number, void *block)
{
    for (int i = 0; i < SHELF_PLACES; i++) {
        void *nothing = NULL;
        if (atomic_compare_exchange_strong(&shelf[number][i], &nothing, block)) {
            return;
        }
    }
    free(block);
}

/* From or to a size of which blocks are kept. */
static void *
large_resize(void *pointer, size_t old_size, size_t size)
{
    int old = pointer == NULL ? -1 : shelf_of(old_size);
    int new = shelf_of(size);
    if (old >= 0 && old == new) {
        return pointer;
    }
    void *moved = size == 0 ? NULL : new >= 0 ? large_new(new) : heap_new(size);
    if (moved == NULL && size > 0) {
        return NULL;
    }
    if (pointer != NULL && size > 0) {
        memcpy(moved, pointer, old_size < size ? old_size : size);
    }
    if (old >= 0) {
        large_free(old, pointer);
    } else {
        free(pointer);
    }
    return moved;
}

/* ---- the heap -------------------------------------------------------------------------------- */

static void *
heap_resize(void *self, void *pointer, size_t old_size, size_t size)
{
    (void)self;
    if (shelf_of(old_size) >= 0 || shelf_of(size) >= 0) {
        return large_resize(pointer, old_size, size);
    }
    if (size == 0) {
        free(pointer);
        return NULL;
    }
    return pointer == NULL ? heap_new(size) : realloc(pointer, size);
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
