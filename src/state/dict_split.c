/*
 * Growth of an index: a segment doubles until it has full size, then it splits in two; the
 * directory doubles when a segment as deep as itself splits. Drawn in dict.h and dict_index.h.
 */
#include "state/dict_index.h"

enum {
    SMALL_LOAD = 128,       /* of 256: a segment that doubles is at most half full */
    FULL_LOAD_MIN = 140,    /* one of full size splits when it is 0.55 full, or up to 0.75: */
    FULL_LOAD_SPAN = 52,    /* not all at the same time */
    SPLIT_AHEAD = 16,       /* entries that are fetched before they are looked at */
    RESERVED_MAX = 1 << 24, /* entries: a number that was read may be wrong */
};

static const uint32_t number_mask_second = UINT32_C(0xffffff);
static const uint32_t number_mask_last = UINT32_C(0x3fffffff);

oz_status
ozi_dict_index_new(ozi_dict *dict, const ozi_shape *shape, uint32_t slots)
{
    ozi_pool *pool = &shape->owner->pool;
    uint32_t *segment = ozi_pool_new(pool, slots * sizeof *segment);
    uint32_t **segments = ozi_pool_new(pool, ozi_directory_bytes(2));
    if (segment == NULL || segments == NULL) {
        ozi_pool_free(pool, segment, slots * sizeof *segment);
        ozi_pool_free(pool, segments, ozi_directory_bytes(2));
        return OZ_NO_MEMORY;
    }
    memset(segment, 0, slots * sizeof *segment);
    dict->index = segment;
    dict->segments = segments;
    dict->shift = 63;
    dict->mask = slots - OZI_BUCKET_SLOTS;
    for (uint32_t i = 0; i < 2; i++) {
        segments[i] = segment;
        ozi_directory_filled(dict)[i] = 0;
        ozi_directory_depths(dict)[i] = 0;
    }
    return OZ_OK;
}

/* ---- a small index --------------------------------------------------------------------------- */

static oz_status
double_small(ozi_dict *dict, ozi_shape *shape)
{
    ozi_dict larger = *dict;
    bool is_none = ozi_dict_index_is_none(dict);
    OZ_TRY(ozi_dict_index_new(&larger, shape,
                              is_none ? OZI_SLOTS_FIRST : ozi_segment_slots(dict) * 2));
    ozi_dict_index_refill(&larger, shape);
    ozi_dict_index_free(dict, shape);
    *dict = larger;
    shape->moves++;
    return OZ_OK;
}

/* ---- a large one ----------------------------------------------------------------------------- */

/* Doubles the directory: each pointer twice. */
static oz_status
double_directory(ozi_dict *dict, ozi_shape *shape)
{
    uint32_t count = ozi_directory_count(dict);
    ozi_dict larger = *dict;
    larger.shift--;
    larger.segments = ozi_pool_new(&shape->owner->pool, ozi_directory_bytes(count * 2));
    if (larger.segments == NULL) {
        return OZ_NO_MEMORY;
    }
    for (uint32_t i = 0; i < count * 2; i++) {
        larger.segments[i] = dict->segments[i / 2];
        ozi_directory_filled(&larger)[i] = ozi_directory_filled(dict)[i / 2];
        ozi_directory_depths(&larger)[i] = ozi_directory_depths(dict)[i / 2];
    }
    ozi_pool_free(&shape->owner->pool, dict->segments, ozi_directory_bytes(count));
    *dict = larger;
    shape->moves++;
    return OZ_OK;
}

/* Deals the slots of `from` out to two halves, by bit `bit` of the hash, and counts them. */
static void
deal_out(const ozi_dict *dict, const ozi_shape *shape, const uint32_t *from, uint32_t bit,
         uint32_t *const halves[2], uint16_t filled[2])
{
    uint32_t slots = ozi_segment_slots(dict);
    for (uint32_t slot = 0; slot < slots + SPLIT_AHEAD; slot++) {
        if (slot < slots && from[slot] != 0) {
            uint32_t number = (from[slot] & dict->number_mask) - 1;
            __builtin_prefetch(ozi_dict_at(dict, shape, number));
        }
        uint32_t content = slot < SPLIT_AHEAD ? 0 : from[slot - SPLIT_AHEAD];
        if (content != 0) {
            uint32_t number = (content & dict->number_mask) - 1;
            uint64_t hash = ozi_dict_at(dict, shape, number)->hash;
            uint32_t half = (uint32_t)(hash >> bit & 1);
            ozi_segment_put(halves[half], dict->mask, hash, content);
            filled[half]++;
        }
    }
}

/* Two new segments in place of the one at `at`, the first pointer to it. */
static oz_status
split(ozi_dict *dict, ozi_shape *shape, uint32_t at)
{
    ozi_pool *pool = &shape->owner->pool;
    size_t bytes = ozi_segment_bytes(dict);
    uint32_t *from = dict->segments[at];
    uint32_t *halves[2] = {ozi_pool_new(pool, bytes), ozi_pool_new(pool, bytes)};
    uint16_t filled[2] = {0, 0};
    if (halves[0] == NULL || halves[1] == NULL) {
        ozi_pool_free(pool, halves[0], bytes);
        ozi_pool_free(pool, halves[1], bytes);
        return OZ_NO_MEMORY;
    }
    memset(halves[0], 0, bytes);
    memset(halves[1], 0, bytes);
    uint8_t depth = ozi_directory_depths(dict)[at];
    deal_out(dict, shape, from, 63U - depth, halves, filled);
    uint32_t span = ozi_directory_span(dict, at);
    for (uint32_t i = 0; i < span; i++) {
        uint32_t half = i >= span / 2;
        dict->segments[at + i] = halves[half];
        ozi_directory_filled(dict)[at + i] = filled[half];
        ozi_directory_depths(dict)[at + i] = (uint8_t)(depth + 1);
    }
    dict->index = dict->segments[0];
    ozi_pool_free(pool, from, bytes);
    shape->moves++;
    return OZ_OK;
}

/* How many slots of the segment at `at` may be filled. */
static uint32_t
limit_of(const ozi_dict *dict, uint32_t at)
{
    uint32_t slots = ozi_segment_slots(dict);
    if (slots < OZI_SEGMENT_SLOTS) {
        return slots * SMALL_LOAD / 256;
    }
    /* The same for a segment whatever the depth of the directory. */
    uint32_t prefix = at << (32 - ozi_directory_depth(dict));
    uint32_t spread = prefix * UINT32_C(0x9e3779b1) >> 16;
    return slots / 256 * (FULL_LOAD_MIN + (spread * FULL_LOAD_SPAN >> 16));
}

oz_status
ozi_dict_index_make_room(ozi_dict *dict, ozi_shape *shape, uint64_t hash)
{
    if (ozi_dict_index_is_none(dict)) {
        return double_small(dict, shape);
    }
    for (;;) {
        uint32_t at = ozi_directory_first(dict, hash);
        if (ozi_directory_filled(dict)[at] < limit_of(dict, at)) {
            return OZ_OK;
        }
        if (ozi_segment_slots(dict) < OZI_SEGMENT_SLOTS) {
            OZ_TRY(double_small(dict, shape));
        } else if (ozi_directory_span(dict, at) > 1) {
            OZ_TRY(split(dict, shape, at));
        } else if (ozi_directory_depth(dict) < OZI_DIRECTORY_DEPTH_MAX) {
            OZ_TRY(double_directory(dict, shape));
        } else {
            return OZ_FULL;
        }
    }
}

/* ---- wider numbers --------------------------------------------------------------------------- */

static uint32_t
wider(uint32_t mask)
{
    return mask < number_mask_second ? number_mask_second : mask * 2 + 1;
}

oz_status
ozi_dict_index_widen(ozi_dict *dict, ozi_shape *shape)
{
    if (dict->used + 1 <= dict->number_mask) {
        return OZ_OK;
    }
    if (dict->number_mask == number_mask_last) {
        return OZ_FULL;
    }
    uint32_t mask = wider(dict->number_mask);
    uint32_t slots = ozi_segment_slots(dict);
    uint32_t count = ozi_directory_count(dict);
    for (uint32_t at = 0; at < count; at += ozi_directory_span(dict, at)) {
        uint32_t *segment = dict->segments[at];
        for (uint32_t slot = 0; slot < slots; slot++) {
            segment[slot] &= ~(mask ^ dict->number_mask); /* fewer bits of the tag are left */
        }
    }
    dict->number_mask = mask;
    shape->moves++;
    return OZ_OK;
}

/* ---- all at once ----------------------------------------------------------------------------- */

/* Until each pointer of the directory leads to a segment of its own. */
static oz_status
split_all(ozi_dict *dict, ozi_shape *shape)
{
    for (uint32_t at = 0; at < ozi_directory_count(dict); at++) {
        if (ozi_directory_span(dict, at) > 1) {
            OZ_TRY(split(dict, shape, at));
        }
    }
    return OZ_OK;
}

oz_status
ozi_dict_reserve(ozi_dict *dict, ozi_shape *shape, uint64_t entries)
{
    uint64_t filled = OZI_SEGMENT_SLOTS / 256 * (FULL_LOAD_MIN + FULL_LOAD_SPAN / 2);
    if (entries <= OZI_SEGMENT_SLOTS || !ozi_dict_index_is_none(dict)) {
        return OZ_OK;
    }
    entries = entries < RESERVED_MAX ? entries : RESERVED_MAX;
    OZ_TRY(ozi_dict_index_new(dict, shape, OZI_SEGMENT_SLOTS));
    shape->moves++;
    while (dict->number_mask < entries) {
        dict->number_mask = wider(dict->number_mask);
    }
    OZ_TRY(split_all(dict, shape));
    while (ozi_directory_count(dict) * filled < entries) {
        OZ_TRY(double_directory(dict, shape));
        OZ_TRY(split_all(dict, shape));
    }
    return OZ_OK;
}
