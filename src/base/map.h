/*
 * A flat hash map from uint64 to uint64: open addressing with linear probing, one block of memory,
 * no tombstones (a removal moves later entries back). For registries and small indexes; keyed state
 * has its own tables in src/state. One thread.
 *
 *   entries: [key value][key value] ...    slots of them, a power of two, at most 3/4 in use
 *   tags:    [ ][ ] ...                    0: empty; else 0x80 and seven bits of the hash
 */
#ifndef OUZEL_BASE_MAP_H
#define OUZEL_BASE_MAP_H

#include <stdbool.h>

#include "base/alloc.h"

typedef struct ozi_map_entry {
    uint64_t key;
    uint64_t value;
} ozi_map_entry;

typedef struct ozi_map {
    ozi_map_entry *entries; /* NULL before the first put */
    uint8_t *tags;          /* in the same block, behind the entries */
    size_t mask;            /* slots - 1 */
    size_t count;           /* entries in use */
    uint64_t seed;          /* so that a peer who chooses keys cannot make them collide */
    const oz_alloc *alloc;  /* where the block lives */
} ozi_map;

/* An empty map; allocates nothing. */
void
ozi_map_init(ozi_map *map, const oz_alloc *alloc, uint64_t seed);

/* Frees the block; the map is empty and may be used again. */
void
ozi_map_free(ozi_map *map);

/* The value of `key`, or NULL. The pointer is valid until the next put or remove. */
uint64_t *
ozi_map_get(const ozi_map *map, uint64_t key);

/*
 * The value of `key`, which is added with the value 0 when it is new (`*added` tells, may be NULL).
 * NULL when memory is out: the map is as it was. Valid until the next put or remove.
 */
uint64_t *
ozi_map_put(ozi_map *map, uint64_t key, bool *added);

/* Takes `key` out and stores its value in `*value` (may be NULL); false when it is not there. */
bool
ozi_map_remove(ozi_map *map, uint64_t key, uint64_t *value);

/*
 * The next entry from slot `*cursor` on (start with 0), in no order; NULL after the last. Nothing
 * may be put or removed meanwhile.
 */
ozi_map_entry *
ozi_map_next(const ozi_map *map, size_t *cursor);

/* Walks the map; true when every entry can be found and the count is right. For tests. */
bool
ozi_map_check(const ozi_map *map);

#endif
