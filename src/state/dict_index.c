/* The index of a dict: which entry has which key. Drawn in dict.h; how it grows is in dict_split.c.
 */
#include "state/dict_index.h"

/*
 * One bucket that stays empty, so that a search needs no test for "nothing yet". It is never
 * written: an index without memory has no room.
 */
static _Alignas(16) uint32_t no_slots[OZI_BUCKET_SLOTS];
static uint32_t *no_segments[2] = {no_slots, no_slots};

void
ozi_dict_index_init(ozi_dict *dict)
{
    dict->index = no_slots;
    dict->segments = no_segments;
    dict->mask = 0;
    dict->number_mask = OZI_NUMBER_MASK_FIRST;
    dict->shift = 63;
}

bool
ozi_dict_index_is_none(const ozi_dict *dict)
{
    return dict->segments == no_segments;
}

void
ozi_dict_index_free(ozi_dict *dict, const ozi_shape *shape)
{
    if (!ozi_dict_index_is_none(dict)) {
        uint32_t count = ozi_directory_count(dict);
        for (uint32_t at = 0; at < count; at += ozi_directory_span(dict, at)) {
            ozi_pool_free(&shape->owner->pool, dict->segments[at], ozi_segment_bytes(dict));
        }
        ozi_pool_free(&shape->owner->pool, dict->segments, ozi_directory_bytes(count));
        ozi_dict_index_init(dict);
    }
}

/* ---- one slot -------------------------------------------------------------------------------- */

void
ozi_segment_put(uint32_t *segment, uint32_t mask, uint64_t hash, uint32_t content)
{
    uint32_t slot = ozi_dict_home(hash, mask);
    while (ozi_dict_is_full(segment + slot)) {
        slot = (slot + OZI_BUCKET_SLOTS) & mask;
    }
    while (segment[slot] != 0) {
        slot++;
    }
    segment[slot] = content;
}

static uint32_t
content_of(const ozi_dict *dict, uint64_t hash, uint32_t number)
{
    return (ozi_dict_tag(hash) & ~dict->number_mask) | (number + 1);
}

void
ozi_dict_index_put(ozi_dict *dict, uint64_t hash, uint32_t number)
{
    uint32_t at = ozi_directory_first(dict, hash);
    ozi_segment_put(dict->segments[at], dict->mask, hash, content_of(dict, hash, number));
    ozi_directory_filled(dict)[at]++;
}

/* The slot of an entry that is in the index. */
static uint32_t
slot_of(const ozi_dict *dict, const uint32_t *segment, uint64_t hash, uint32_t number)
{
    uint32_t content = content_of(dict, hash, number);
    uint32_t mask = dict->mask | (OZI_BUCKET_SLOTS - 1);
    uint32_t slot = ozi_dict_home(hash, dict->mask);
    while (segment[slot] != content) {
        slot = (slot + 1) & mask;
    }
    return slot;
}

void
ozi_dict_index_renumber(ozi_dict *dict, uint64_t hash, uint32_t from, uint32_t to)
{
    uint32_t *segment = dict->segments[hash >> dict->shift];
    segment[slot_of(dict, segment, hash, from)] = content_of(dict, hash, to);
}

/* ---- closing up ------------------------------------------------------------------------------ */

/*
 * A slot of `bucket` whose entry was pushed there because `full` (an earlier bucket) had no room
 * for it; OZI_DICT_NONE when there is none.
 */
static int64_t
pushed_past(const ozi_dict *dict, const ozi_shape *shape, const uint32_t *segment, uint32_t full,
            uint32_t bucket)
{
    for (uint32_t slot = bucket; slot < bucket + OZI_BUCKET_SLOTS; slot++) {
        if (segment[slot] != 0) {
            uint32_t number = (segment[slot] & dict->number_mask) - 1;
            uint32_t home = ozi_dict_home(ozi_dict_at(dict, shape, number)->hash, dict->mask);
            /* Distances round the end of the segment: home lies at or before `full`. */
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
close_up(const ozi_dict *dict, const ozi_shape *shape, uint32_t *segment, uint32_t full,
         uint32_t hole)
{
    uint32_t bucket = full;
    bool more;
    do {
        bucket = (bucket + OZI_BUCKET_SLOTS) & dict->mask;
        more = ozi_dict_is_full(segment + bucket); /* not all are: a segment is never full */
        int64_t slot = pushed_past(dict, shape, segment, full, bucket);
        if (slot != OZI_DICT_NONE) {
            segment[hole] = segment[slot];
            segment[slot] = 0;
            hole = (uint32_t)slot;
            full = bucket;
        }
    } while (more);
}

void
ozi_dict_index_remove(ozi_dict *dict, const ozi_shape *shape, uint64_t hash, uint32_t number)
{
    uint32_t at = ozi_directory_first(dict, hash);
    uint32_t *segment = dict->segments[at];
    uint32_t slot = slot_of(dict, segment, hash, number);
    uint32_t bucket = slot & dict->mask;
    bool was_full = ozi_dict_is_full(segment + bucket);
    segment[slot] = 0;
    ozi_directory_filled(dict)[at]--;
    if (was_full) {
        close_up(dict, shape, segment, bucket, slot);
    }
}

/* ---- all of it ------------------------------------------------------------------------------- */

void
ozi_dict_index_refill(ozi_dict *dict, const ozi_shape *shape)
{
    uint32_t count = ozi_directory_count(dict);
    for (uint32_t at = 0; at < count; at += ozi_directory_span(dict, at)) {
        memset(dict->segments[at], 0, ozi_segment_bytes(dict));
        ozi_directory_filled(dict)[at] = 0;
    }
    uint32_t at = 0;
    for (ozi_entry *entry; (entry = ozi_dict_next(dict, shape, &at)) != NULL;) {
        ozi_dict_index_put(dict, entry->hash, at - 1);
    }
}

void
ozi_dict_index_shrink(ozi_dict *dict, ozi_shape *shape)
{
    uint32_t slots = OZI_SLOTS_FIRST;
    while (slots / 4 < dict->live) {
        slots *= 2;
    }
    bool is_single = ozi_directory_span(dict, 0) == ozi_directory_count(dict);
    if (slots > OZI_SEGMENT_SLOTS || (is_single && slots >= ozi_segment_slots(dict))) {
        return;
    }
    ozi_dict small = *dict;
    if (ozi_dict_index_new(&small, shape, slots) != OZ_OK) {
        return;
    }
    ozi_dict_index_refill(&small, shape);
    ozi_dict_index_free(dict, shape);
    *dict = small;
    shape->moves++;
}
