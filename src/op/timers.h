/*
 * The timers of one instance: a heap of (time, node, id), where setting an id again moves it.
 *
 * Moving leaves the old entry in the heap, where it is recognised as stale by its version; the heap
 * is rebuilt when more than half of it is stale, so it is bounded by twice the live timers.
 */
#ifndef OUZEL_OP_TIMERS_H
#define OUZEL_OP_TIMERS_H

#include <stdbool.h>

#include "base/alloc.h"

typedef struct ozi_timer {
    int64_t at_ns;
    uint64_t sequence; /* of setting: timers of the same time fire in that order */
    void *node;        /* the oz_context that set it; only compared here */
    int64_t id;
} ozi_timer;

typedef struct ozi_timer_slot {
    void *node;
    int64_t id;
    uint64_t sequence; /* of the live entry; 0: the slot is free */
} ozi_timer_slot;

typedef struct ozi_timers {
    const oz_alloc *alloc;
    ozi_timer *heap;
    size_t count, capacity;
    ozi_timer_slot *slots; /* open addressing by (node, id) */
    size_t live, slot_capacity;
    uint64_t sequence;
} ozi_timers;

void
ozi_timers_init(ozi_timers *timers, const oz_alloc *alloc);
void
ozi_timers_destroy(ozi_timers *timers);
/* Sets or moves timer `id` of `node`. */
oz_status
ozi_timers_set(ozi_timers *timers, void *node, int64_t id, int64_t at_ns);
void
ozi_timers_cancel(ozi_timers *timers, void *node, int64_t id);
/* Cancels all timers of `node`. */
void
ozi_timers_forget(ozi_timers *timers, void *node);
/* The time of the first live timer; INT64_MAX when there is none. */
int64_t
ozi_timers_next(ozi_timers *timers);
/* Takes the first timer that is due at `now_ns` off; false when none is. */
bool
ozi_timers_pop(ozi_timers *timers, int64_t now_ns, ozi_timer *out);

#endif
