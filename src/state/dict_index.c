/* The index of a dict: which entry has which key. Drawn in dict.h. */
#include "state/dict.h"

enum { SLOTS_MIN = 8 };
static const uint64_t slots_max = (uint64_t)1 << 31;

/*
 * One bucket that stays empty, so that a search needs no test for "nothing yet". It is never
 * written: a dict without an index has a limit of 0 entries.
 */
static _Alignas(16) uint32_t no_index[OZI_DICT_BUCKET];

uint32_t *
ozi_dict_no_index(void)
{
    return no_index;
}

void
ozi_dict_index_put(ozi_dict *dict, uint64_t hash, uint32_t number)
{
    uint32_t slot = ozi_dict_home(hash, dict->mask);
    while (ozi_dict_is_full(dict->index + slot)) {
        slot = (slot + OZI_DICT_BUCKET) & dict->mask;
    }
    while (dict->index[slot] != 0) {
        slot++;
    }
    dict->index[slot] = (ozi_dict_tag(hash) & ~dict->mask) | (number + 1);
}

/* The slot of an entry that is in the index. */
static uint32_t
slot_of(const ozi_dict *dict, uint64_t hash, uint32_t number)
{
    uint32_t content = (ozi_dict_tag(hash) & ~dict->mask) | (number + 1);
    uint32_t slot = ozi_dict_home(hash, dict->mask);
    while (dict->index[slot] != content) {
        slot = (slot + 1) & dict->mask;
    }
    return slot;
}

/*
 * A slot of `bucket` whose entry was pushed there because `full` (an earlier bucket) had no room
 * for it; OZI_DICT_NONE when there is none.
 */
static int64_t
pushed_past(const ozi_dict *dict, const ozi_shape *shape, uint32_t full, uint32_t bucket)
{
    for (uint32_t slot = bucket; slot < bucket + OZI_DICT_BUCKET; slot++) {
        if (dict->index[slot] != 0) {
            uint32_t number = (dict->index[slot] & dict->mask) - 1;
            uint32_t home = ozi_dict_home(ozi_dict_at(dict, shape, number)->hash, dict->mask);
            /* Distances round the end of the index: home lies at or before `full`. */
            if (((bucket - home) & dict->mask) >= ((bucket - full) & dict->mask)) {
                return slot;
            }
        }
    }
    return OZI_DICT_NONE;
}

/*
 * Slot `hole` of the bucket `full` was taken from a full bucket: brings back an entry that was
 * pushed past it, then one past where that came from, and so on.
 */
static void
close_up(ozi_dict *dict, const ozi_shape *shape, uint32_t full, uint32_t hole)
{
    uint32_t bucket = full;
    bool more;
    do {
        bucket = (bucket + OZI_DICT_BUCKET) & dict->mask;
        more = ozi_dict_is_full(dict->index + bucket); /* not all are: there is a limit */
        int64_t slot = pushed_past(dict, shape, full, bucket);
        if (slot != OZI_DICT_NONE) {
            dict->index[hole] = dict->index[slot];
            dict->index[slot] = 0;
            hole = (uint32_t)slot;
            full = bucket;
        }
    } while (more);
}

void
ozi_dict_index_remove(ozi_dict *dict, const ozi_shape *shape, uint32_t number)
{
    uint32_t slot = slot_of(dict, ozi_dict_at(dict, shape, number)->hash, number);
    uint32_t bucket = slot & ~(uint32_t)(OZI_DICT_BUCKET - 1);
    bool was_full = ozi_dict_is_full(dict->index + bucket);
    dict->index[slot] = 0;
    if (was_full) {
        close_up(dict, shape, bucket, slot);
    }
}

oz_status
ozi_dict_index_rebuild(ozi_dict *dict, const ozi_shape *shape, uint64_t slots)
{
    slots = slots < SLOTS_MIN ? SLOTS_MIN : slots;
    if (slots > slots_max) {
        return OZ_FULL;
    }
    uint32_t *index = dict->index;
    size_t old_bytes = dict->index == no_index ? 0 : ((size_t)dict->mask + 1) * sizeof *index;
    size_t bytes = slots * sizeof *index;
    if (bytes != old_bytes) {
        index = ozi_pool_new(shape->pool, bytes);
        if (index == NULL) {
            return OZ_NO_MEMORY;
        }
        ozi_pool_free(shape->pool, old_bytes == 0 ? NULL : dict->index, old_bytes);
    }
    memset(index, 0, bytes);
    dict->index = index;
    dict->mask = (uint32_t)(slots - 1);
    dict->limit = (uint32_t)(slots * dict->load / 256);
    uint32_t at = 0;
    for (ozi_entry *entry; (entry = ozi_dict_next(dict, shape, &at)) != NULL;) {
        ozi_dict_index_put(dict, entry->hash, at - 1);
    }
    return OZ_OK;
}
