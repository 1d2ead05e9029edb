/* The flat map. A key lies in the first free slot from its home on; nothing empty is in between. */
#include "base/map.h"

#include "base/hash.h"

enum { FIRST_SLOTS = 16 };

void
ozi_map_init(ozi_map *map, const oz_alloc *alloc, uint64_t seed)
{
    *map = (ozi_map){.seed = seed, .alloc = alloc};
}

static void
free_block(const ozi_map *map)
{
    if (map->entries != NULL) {
        ozi_alloc_free(map->alloc, map->entries, (map->mask + 1) * (sizeof *map->entries + 1));
    }
}

void
ozi_map_free(ozi_map *map)
{
    free_block(map);
    ozi_map_init(map, map->alloc, map->seed);
}

/* The home slot comes from the low bits of the hash, the tag from the high ones. */
static inline uint64_t
hash_of(const ozi_map *map, uint64_t key)
{
    return ozi_mix64(key ^ map->seed);
}

static inline uint8_t
tag_of(uint64_t hash)
{
    return (uint8_t)(0x80 | hash >> 57);
}

/* The slot of `key`, or the empty slot where it belongs. There is always an empty one. */
static size_t
find_slot(const ozi_map *map, uint64_t key, uint64_t hash)
{
    size_t slot = hash & map->mask;
    uint8_t tag = tag_of(hash);
    while (map->tags[slot] != 0 && (map->tags[slot] != tag || map->entries[slot].key != key)) {
        slot = (slot + 1) & map->mask;
    }
    return slot;
}

uint64_t *
ozi_map_get(const ozi_map *map, uint64_t key)
{
    if (map->entries == NULL) {
        return NULL;
    }
    size_t slot = find_slot(map, key, hash_of(map, key));
    return map->tags[slot] == 0 ? NULL : &map->entries[slot].value;
}

/* Moves all entries into a block of `slots` slots. */
static bool
rehash(ozi_map *map, size_t slots)
{
    ozi_map_entry *entries = ozi_alloc_array(map->alloc, slots, sizeof *entries + 1);
    if (entries == NULL) {
        return false;
    }
    ozi_map bigger = *map;
    bigger.entries = entries;
    bigger.tags = (uint8_t *)(entries + slots);
    bigger.mask = slots - 1;
    memset(bigger.tags, 0, slots);
    size_t cursor = 0;
    for (const ozi_map_entry *entry; (entry = ozi_map_next(map, &cursor)) != NULL;) {
        uint64_t hash = hash_of(map, entry->key);
        size_t slot = find_slot(&bigger, entry->key, hash);
        bigger.tags[slot] = tag_of(hash);
        bigger.entries[slot] = *entry;
    }
    free_block(map);
    *map = bigger;
    return true;
}

uint64_t *
ozi_map_put(ozi_map *map, uint64_t key, bool *added)
{
    uint64_t *value = ozi_map_get(map, key);
    if (added != NULL) {
        *added = value == NULL;
    }
    if (value != NULL) {
        return value;
    }
    size_t slots = map->entries == NULL ? 0 : map->mask + 1;
    if (map->count + 1 > slots - slots / 4 && !rehash(map, slots == 0 ? FIRST_SLOTS : 2 * slots)) {
        return NULL;
    }
    uint64_t hash = hash_of(map, key);
    size_t slot = find_slot(map, key, hash);
    map->tags[slot] = tag_of(hash);
    map->entries[slot] = (ozi_map_entry){.key = key};
    map->count++;
    return &map->entries[slot].value;
}

/*
 * Closes the gap at `hole`: an entry after it moves back unless that would put it before its home,
 * that is, unless its home lies (cyclically) after the hole and not after its slot.
 */
static void
close_gap(ozi_map *map, size_t hole)
{
    size_t slot = hole;
    for (;;) {
        slot = (slot + 1) & map->mask;
        if (map->tags[slot] == 0) {
            break;
        }
        size_t home = hash_of(map, map->entries[slot].key) & map->mask;
        if (((slot - home) & map->mask) >= ((slot - hole) & map->mask)) {
            map->entries[hole] = map->entries[slot];
            map->tags[hole] = map->tags[slot];
            hole = slot;
        }
    }
    map->tags[hole] = 0;
}

bool
ozi_map_remove(ozi_map *map, uint64_t key, uint64_t *value)
{
    const uint64_t *found = ozi_map_get(map, key);
    if (found == NULL) {
        return false;
    }
    if (value != NULL) {
        *value = *found;
    }
    close_gap(map, find_slot(map, key, hash_of(map, key)));
    map->count--;
    return true;
}

ozi_map_entry *
ozi_map_next(const ozi_map *map, size_t *cursor)
{
    while (map->entries != NULL && *cursor <= map->mask) {
        size_t slot = (*cursor)++;
        if (map->tags[slot] != 0) {
            return &map->entries[slot];
        }
    }
    return NULL;
}

bool
ozi_map_check(const ozi_map *map)
{
    size_t count = 0;
    size_t cursor = 0;
    for (const ozi_map_entry *entry; (entry = ozi_map_next(map, &cursor)) != NULL;) {
        if (ozi_map_get(map, entry->key) != &entry->value) {
            return false;
        }
        count++;
    }
    return count == map->count;
}
