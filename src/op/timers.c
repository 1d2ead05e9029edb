#include "op/timers.h"

enum { FIRST_CAPACITY = 16 };

void
ozi_timers_init(ozi_timers *timers, const oz_alloc *alloc)
{
    *timers = (ozi_timers){.alloc = alloc};
}

void
ozi_timers_destroy(ozi_timers *timers)
{
    ozi_alloc_free(timers->alloc, timers->heap, timers->capacity * sizeof *timers->heap);
    ozi_alloc_free(timers->alloc, timers->slots, timers->slot_capacity * sizeof *timers->slots);
    ozi_timers_init(timers, timers->alloc);
}

/* ---- slots: (node, id) -> sequence of the live entry ------------------------------------------ */

static size_t
slot_home(const ozi_timers *timers, void *node, int64_t id)
{
    /* Fibonacci hashing: 2^64 divided by the golden ratio spreads neighbouring ids. */
    uint64_t mixed = ((uint64_t)id ^ (uint64_t)(uintptr_t)node) * UINT64_C(0x9E3779B97F4A7C15);
    return (size_t)(mixed >> 32) & (timers->slot_capacity - 1);
}

/* The slot of (node, id), or the free one where it belongs. */
static ozi_timer_slot *
slot_find(const ozi_timers *timers, void *node, int64_t id)
{
    size_t at = slot_home(timers, node, id);
    while (timers->slots[at].sequence != 0 &&
           (timers->slots[at].id != id || timers->slots[at].node != node)) {
        at = (at + 1) & (timers->slot_capacity - 1);
    }
    return &timers->slots[at];
}

static oz_status
slots_grow(ozi_timers *timers)
{
    if (timers->live * 2 < timers->slot_capacity) {
        return OZ_OK;
    }
    ozi_timers bigger = *timers;
    bigger.slot_capacity = timers->slot_capacity == 0 ? FIRST_CAPACITY : timers->slot_capacity * 2;
    bigger.slots = ozi_alloc_zero(timers->alloc, bigger.slot_capacity * sizeof *bigger.slots);
    if (bigger.slots == NULL) {
        return OZ_NO_MEMORY;
    }
    for (size_t i = 0; i < timers->slot_capacity; i++) {
        const ozi_timer_slot *slot = &timers->slots[i];
        if (slot->sequence != 0) {
            *slot_find(&bigger, slot->node, slot->id) = *slot;
        }
    }
    ozi_alloc_free(timers->alloc, timers->slots, timers->slot_capacity * sizeof *timers->slots);
    *timers = bigger;
    return OZ_OK;
}

/* Frees a slot and moves those behind it forward, so that no search meets a gap. */
static void
slot_remove(ozi_timers *timers, ozi_timer_slot *slot)
{
    size_t mask = timers->slot_capacity - 1;
    size_t gap = (size_t)(slot - timers->slots);
    for (size_t at = (gap + 1) & mask; timers->slots[at].sequence != 0; at = (at + 1) & mask) {
        size_t home = slot_home(timers, timers->slots[at].node, timers->slots[at].id);
        if (((at - home) & mask) >= ((at - gap) & mask)) {
            timers->slots[gap] = timers->slots[at];
            gap = at;
        }
    }
    timers->slots[gap].sequence = 0;
    timers->live--;
}

/* ---- the heap ---------------------------------------------------------------------------------- */

static bool
is_earlier(const ozi_timer *left, const ozi_timer *right)
{
    return left->at_ns != right->at_ns ? left->at_ns < right->at_ns
                                       : left->sequence < right->sequence;
}

static void
sift_up(ozi_timer *heap, size_t at)
{
    ozi_timer moving = heap[at];
    while (at > 0 && is_earlier(&moving, &heap[(at - 1) / 2])) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = moving;
}

static void
sift_down(ozi_timer *heap, size_t count, size_t at)
{
    ozi_timer moving = heap[at];
    for (;;) {
        size_t child = at * 2 + 1;
        if (child >= count) {
            break;
        }
        if (child + 1 < count && is_earlier(&heap[child + 1], &heap[child])) {
            child++;
        }
        if (!is_earlier(&heap[child], &moving)) {
            break;
        }
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moving;
}

static bool
is_live(const ozi_timers *timers, const ozi_timer *timer)
{
    return slot_find(timers, timer->node, timer->id)->sequence == timer->sequence;
}

static void
drop_stale(ozi_timers *timers)
{
    size_t kept = 0;
    for (size_t i = 0; i < timers->count; i++) {
        if (is_live(timers, &timers->heap[i])) {
            timers->heap[kept++] = timers->heap[i];
        }
    }
    timers->count = kept;
    for (size_t i = kept / 2; i-- > 0;) {
        sift_down(timers->heap, kept, i);
    }
}

static oz_status
heap_grow(ozi_timers *timers)
{
    if (timers->count < timers->capacity) {
        return OZ_OK;
    }
    if (timers->live * 2 < timers->count) {
        drop_stale(timers);
        return OZ_OK;
    }
    size_t capacity = timers->capacity == 0 ? FIRST_CAPACITY : timers->capacity * 2;
    ozi_timer *heap = ozi_alloc_resize(timers->alloc, timers->heap,
                                       timers->capacity * sizeof *heap, capacity * sizeof *heap);
    if (heap == NULL) {
        return OZ_NO_MEMORY;
    }
    timers->heap = heap;
    timers->capacity = capacity;
    return OZ_OK;
}

static void
heap_remove_first(ozi_timers *timers)
{
    timers->heap[0] = timers->heap[--timers->count];
    if (timers->count > 0) {
        sift_down(timers->heap, timers->count, 0);
    }
}

/* ---- what the engine calls --------------------------------------------------------------------- */

oz_status
ozi_timers_set(ozi_timers *timers, void *node, int64_t id, int64_t at_ns)
{
    OZ_TRY(slots_grow(timers));
    OZ_TRY(heap_grow(timers));
    ozi_timer_slot *slot = slot_find(timers, node, id);
    if (slot->sequence == 0) {
        timers->live++;
    }
    *slot = (ozi_timer_slot){.id = id, .node = node, .sequence = ++timers->sequence};
    timers->heap[timers->count] = (ozi_timer){
        .at_ns = at_ns, .sequence = slot->sequence, .node = node, .id = id};
    sift_up(timers->heap, timers->count++);
    return OZ_OK;
}

void
ozi_timers_cancel(ozi_timers *timers, void *node, int64_t id)
{
    if (timers->live == 0) {
        return;
    }
    ozi_timer_slot *slot = slot_find(timers, node, id);
    if (slot->sequence != 0) {
        slot_remove(timers, slot);
    }
}

void
ozi_timers_forget(ozi_timers *timers, void *node)
{
    for (size_t i = 0; i < timers->count; i++) {
        const ozi_timer *timer = &timers->heap[i];
        if (timer->node == node && is_live(timers, timer)) {
            slot_remove(timers, slot_find(timers, node, timer->id));
        }
    }
}

int64_t
ozi_timers_next(ozi_timers *timers)
{
    while (timers->count > 0 && !is_live(timers, &timers->heap[0])) {
        heap_remove_first(timers);
    }
    return timers->count == 0 ? INT64_MAX : timers->heap[0].at_ns;
}

bool
ozi_timers_pop(ozi_timers *timers, int64_t now_ns, ozi_timer *out)
{
    if (ozi_timers_next(timers) > now_ns || timers->count == 0) {
        return false;
    }
    *out = timers->heap[0];
    heap_remove_first(timers);
    slot_remove(timers, slot_find(timers, out->node, out->id));
    return true;
}
