/*
 * The timers of one instance: a heap of (time, node, id), where setting an id again moves it.
 *
 * Moving leaves the old entry in the heap, where it is recognised as stale; the heap is rebuilt
 * when more than half of it is stale, so it is bounded by twice the live timers.
 */
#ifndef OUZEL_OP_TIMERS_H
#define OUZEL_OP_TIMERS_H

#include "base/heap.h"
#include "base/map.h"

typedef struct ozi_timer {
    int64_t at_ns;
    void *node; /* the oz_context that set it; only compared here */
    int64_t id;
} ozi_timer;

typedef struct ozi_timers {
    ozi_heap heap; /* timers of the same time fire in the order of setting; payload: a slot */
    ozi_vec slots; /* one a live timer, and free ones */
    ozi_map index; /* hash of (node, id) -> number of the first such slot, + 1 */
    size_t live;
    size_t free_slot; /* number of the first free one, + 1; 0: none */
} ozi_timers;

void
ozi_timers_init(ozi_timers *timers, const oz_alloc *alloc);
void
ozi_timers_destroy(ozi_timers *timers);
/* Sets or moves timer `id` of `node`. */
oz_status
ozi_timers_set(ozi_timers *timers, void *node, int64_t id, int64_t at_ns);
/* When timer `id` of `node` is due; INT64_MAX: it is not set. Looks at all timers. */
int64_t
ozi_timers_at(const ozi_timers *timers, const void *node, int64_t id);
void
ozi_timers_cancel(ozi_timers *timers, void *node, int64_t id);
/* Cancels all timers of `node`. */
void
ozi_timers_forget(ozi_timers *timers, void *node);
bool
ozi_timers_has(const ozi_timers *timers, const void *node);
/* The time of the first live timer; INT64_MAX when there is none. */
int64_t
ozi_timers_next(ozi_timers *timers);
/* Appends all live timers, as ozi_timer, in the order in which they will fire. */
OZ_MUST_USE oz_status
ozi_timers_list(const ozi_timers *timers, ozi_vec *out);
/* Timers that are set from now on are not before this stamp. */
uint64_t
ozi_timers_stamp(const ozi_timers *timers);
/* Takes the first timer off if it is due at `now_ns` and was set before `stamp`; else false. */
bool
ozi_timers_pop(ozi_timers *timers, int64_t now_ns, uint64_t stamp, ozi_timer *out);

#endif
