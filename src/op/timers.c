#include "op/timers.h"

#include <stdlib.h>

#include "base/hash.h"

/* What is known of a timer by its number, which the heap keeps. */
typedef struct slot {
    void *node; /* NULL: free */
    int64_t id;
    uint64_t seq; /* of the live entry in the heap; older ones are stale */
    size_t next;  /* the next slot of the same hash, or the next free one, + 1; 0: none */
} slot;

enum { STALE_MIN = 16 };

void
ozi_timers_init(ozi_timers *timers, const oz_alloc *alloc)
{
    *timers = (ozi_timers){.live = 0};
    ozi_heap_init(&timers->heap, alloc);
    ozi_vec_init(&timers->slots, alloc, sizeof(slot));
    ozi_map_init(&timers->index, alloc, 0);
}

void
ozi_timers_destroy(ozi_timers *timers)
{
    ozi_heap_free(&timers->heap);
    ozi_vec_free(&timers->slots);
    ozi_map_free(&timers->index);
    timers->live = timers->free_slot = 0;
}

/* ---- slots ----------------------------------------------------------------------------------- */

static slot *
slot_at(const ozi_timers *timers, size_t number)
{
    return number == 0 ? NULL : ozi_vec_at(&timers->slots, number - 1);
}

static uint64_t
hash_of(const void *node, int64_t id)
{
    return ozi_hash_pair(0, (uint64_t)(uintptr_t)node, (uint64_t)id);
}

/* The number of a timer's slot, or 0. */
static size_t
find(const ozi_timers *timers, const void *node, int64_t id)
{
    const uint64_t *first = ozi_map_get(&timers->index, hash_of(node, id));
    size_t number = first == NULL ? 0 : (size_t)*first;
    while (number != 0 &&
           (slot_at(timers, number)->node != node || slot_at(timers, number)->id != id)) {
        number = slot_at(timers, number)->next;
    }
    return number;
}

/* A slot that is free, taken off the list of those. 0 when memory is out. */
static size_t
take_slot(ozi_timers *timers)
{
    size_t number = timers->free_slot;
    if (number == 0) {
        return ozi_vec_push(&timers->slots) == NULL ? 0 : timers->slots.count;
    }
    timers->free_slot = slot_at(timers, number)->next;
    return number;
}

static void
free_slot(ozi_timers *timers, size_t number)
{
    *slot_at(timers, number) = (slot){.next = timers->free_slot};
    timers->free_slot = number;
}

static oz_status
add_slot(ozi_timers *timers, void *node, int64_t id, size_t *number)
{
    *number = take_slot(timers);
    uint64_t *first = *number == 0 ? NULL : ozi_map_put(&timers->index, hash_of(node, id), NULL);
    if (first == NULL) {
        if (*number != 0) {
            free_slot(timers, *number);
        }
        return OZ_NO_MEMORY;
    }
    *slot_at(timers, *number) = (slot){.node = node, .id = id, .next = (size_t)*first};
    *first = *number;
    timers->live++;
    return OZ_OK;
}

static void
remove_slot(ozi_timers *timers, size_t number)
{
    const slot *gone = slot_at(timers, number);
    uint64_t hash = hash_of(gone->node, gone->id);
    uint64_t *first = ozi_map_get(&timers->index, hash);
    if (*first != number) {
        size_t before = (size_t)*first;
        while (slot_at(timers, before)->next != number) {
            before = slot_at(timers, before)->next;
        }
        slot_at(timers, before)->next = gone->next;
    } else if (gone->next != 0) {
        *first = gone->next;
    } else {
        (void)ozi_map_remove(&timers->index, hash, NULL);
    }
    free_slot(timers, number);
    timers->live--;
}

/* ---- the heap -------------------------------------------------------------------------------- */

static bool
is_live(const ozi_timers *timers, const ozi_heap_entry *entry)
{
    const slot *found = slot_at(timers, (size_t)entry->payload);
    return found->node != NULL && found->seq == entry->seq;
}

static oz_status
push_entry(ozi_timers *timers, ozi_heap *heap, size_t number, int64_t at_ns)
{
    uint64_t seq = heap->next_seq;
    OZ_TRY(ozi_heap_push(heap, at_ns, number));
    slot_at(timers, number)->seq = seq;
    return OZ_OK;
}

/* A heap of the live entries alone, which keep their order. */
static oz_status
drop_stale(ozi_timers *timers)
{
    ozi_heap fresh;
    ozi_heap_entry entry;
    ozi_heap_init(&fresh, timers->slots.alloc);
    OZ_TRY(ozi_vec_reserve(&fresh.entries, timers->live));
    fresh.next_seq = timers->heap.next_seq;
    while (ozi_heap_pop(&timers->heap, &entry)) {
        if (is_live(timers, &entry)) {
            OZ_TRY(push_entry(timers, &fresh, (size_t)entry.payload, entry.key)); /* has room */
        }
    }
    ozi_heap_free(&timers->heap);
    timers->heap = fresh;
    return OZ_OK;
}

/* ---- what the engine calls ------------------------------------------------------------------- */

oz_status
ozi_timers_set(ozi_timers *timers, void *node, int64_t id, int64_t at_ns)
{
    size_t number = find(timers, node, id);
    bool is_new = number == 0;
    if (ozi_heap_count(&timers->heap) > 2 * timers->live + STALE_MIN) {
        OZ_TRY(drop_stale(timers));
    }
    if (is_new) {
        OZ_TRY(add_slot(timers, node, id, &number));
    }
    oz_status status = push_entry(timers, &timers->heap, number, at_ns);
    if (status != OZ_OK && is_new) {
        remove_slot(timers, number);
    }
    return status;
}

int64_t
ozi_timers_at(const ozi_timers *timers, const void *node, int64_t id)
{
    const ozi_heap_entry *entries = timers->heap.entries.items;
    size_t number = find(timers, node, id);
    for (size_t i = 0; number != 0 && i < timers->heap.entries.count; i++) {
        if (entries[i].payload == number && is_live(timers, &entries[i])) {
            return entries[i].key;
        }
    }
    return INT64_MAX;
}

void
ozi_timers_cancel(ozi_timers *timers, void *node, int64_t id)
{
    size_t number = find(timers, node, id);
    if (number != 0) {
        remove_slot(timers, number);
    }
}

void
ozi_timers_forget(ozi_timers *timers, void *node)
{
    for (size_t number = timers->slots.count; number > 0; number--) {
        if (slot_at(timers, number)->node == node) {
            remove_slot(timers, number);
        }
    }
}

bool
ozi_timers_has(const ozi_timers *timers, const void *node)
{
    for (size_t number = timers->slots.count; number > 0; number--) {
        if (slot_at(timers, number)->node == node) {
            return true;
        }
    }
    return false;
}

/* The first live entry, or NULL; stale ones before it are dropped. */
static const ozi_heap_entry *
first_live(ozi_timers *timers)
{
    const ozi_heap_entry *top = ozi_heap_top(&timers->heap);
    while (top != NULL && !is_live(timers, top)) {
        ozi_heap_entry stale;
        (void)ozi_heap_pop(&timers->heap, &stale);
        top = ozi_heap_top(&timers->heap);
    }
    return top;
}

int64_t
ozi_timers_next(ozi_timers *timers)
{
    const ozi_heap_entry *first = first_live(timers);
    return first == NULL ? INT64_MAX : first->key;
}

static int
by_time(const void *left, const void *right)
{
    const ozi_heap_entry *first = left;
    const ozi_heap_entry *second = right;
    int order = (first->key > second->key) - (first->key < second->key);
    return order != 0 ? order : (first->seq > second->seq) - (first->seq < second->seq);
}

oz_status
ozi_timers_list(const ozi_timers *timers, ozi_vec *out)
{
    ozi_vec entries;
    ozi_vec_init(&entries, timers->slots.alloc, sizeof(ozi_heap_entry));
    OZ_TRY(ozi_vec_reserve(out, timers->live));
    OZ_TRY(ozi_vec_append(&entries, timers->heap.entries.items, timers->heap.entries.count));
    if (entries.count > 1) {
        qsort(entries.items, entries.count, sizeof(ozi_heap_entry), by_time);
    }
    for (size_t i = 0; i < entries.count; i++) {
        const ozi_heap_entry *entry = ozi_vec_at(&entries, i);
        if (is_live(timers, entry)) {
            const slot *found = slot_at(timers, (size_t)entry->payload);
            *(ozi_timer *)ozi_vec_push(out) =
                (ozi_timer){.at_ns = entry->key, .node = found->node, .id = found->id};
        }
    }
    ozi_vec_free(&entries);
    return OZ_OK;
}

uint64_t
ozi_timers_stamp(const ozi_timers *timers)
{
    return timers->heap.next_seq;
}

bool
ozi_timers_pop(ozi_timers *timers, int64_t now_ns, uint64_t stamp, ozi_timer *out)
{
    ozi_heap_entry entry;
    const ozi_heap_entry *first = first_live(timers);
    if (first == NULL || first->key > now_ns || first->seq >= stamp) {
        return false;
    }
    (void)ozi_heap_pop(&timers->heap, &entry);
    const slot *found = slot_at(timers, (size_t)entry.payload);
    *out = (ozi_timer){.at_ns = entry.key, .node = found->node, .id = found->id};
    remove_slot(timers, (size_t)entry.payload);
    return true;
}
