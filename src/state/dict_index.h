/*
 * The directory of an index: one block, so that a dict is small.
 *
 *     +------------------------+-------------------------+------------------------+
 *     | segment: pointer, ...  | filled: uint16_t, ...   | depth: uint8_t, ...    |
 *     +------------------------+-------------------------+------------------------+
 *
 * A segment of depth d is that of all hashes with the same d top bits: several pointers in a row
 * lead to it while d is less than the depth of the directory. How many of its slots are filled
 * stands at the first of them.
 */
#ifndef OUZEL_STATE_DICT_INDEX_H
#define OUZEL_STATE_DICT_INDEX_H

#include "state/dict.h"

enum {
    OZI_SLOTS_FIRST = 8,           /* of a new index */
    OZI_SEGMENT_SLOTS = 1 << 14,   /* of a segment of full size */
    OZI_DIRECTORY_DEPTH_MAX = 20,  /* beyond that hashes are equal, not just alike */
    OZI_NUMBER_MASK_FIRST = 0xffff /* 15 bits of tag as long as there are few entries */
};

static inline uint32_t
ozi_directory_depth(const ozi_dict *dict)
{
    return 64U - dict->shift;
}

static inline uint32_t
ozi_directory_count(const ozi_dict *dict)
{
    return (uint32_t)1 << ozi_directory_depth(dict);
}

static inline size_t
ozi_directory_bytes(uint32_t count)
{
    return count * (sizeof(uint32_t *) + sizeof(uint16_t) + sizeof(uint8_t));
}

static inline uint16_t *
ozi_directory_filled(const ozi_dict *dict)
{
    return (uint16_t *)(void *)(dict->segments + ozi_directory_count(dict));
}

static inline uint8_t *
ozi_directory_depths(const ozi_dict *dict)
{
    return (uint8_t *)(ozi_directory_filled(dict) + ozi_directory_count(dict));
}

/* How many pointers lead to the segment at `at`. */
static inline uint32_t
ozi_directory_span(const ozi_dict *dict, uint32_t at)
{
    return (uint32_t)1 << (ozi_directory_depth(dict) - ozi_directory_depths(dict)[at]);
}

/* The first pointer to the segment of a hash. */
static inline uint32_t
ozi_directory_first(const ozi_dict *dict, uint64_t hash)
{
    uint32_t at = (uint32_t)(hash >> dict->shift);
    return at & ~(ozi_directory_span(dict, at) - 1);
}

static inline uint32_t
ozi_segment_slots(const ozi_dict *dict)
{
    return dict->mask + OZI_BUCKET_SLOTS;
}

static inline size_t
ozi_segment_bytes(const ozi_dict *dict)
{
    return ozi_segment_slots(dict) * sizeof(uint32_t);
}

/* True as long as the index has no memory. */
bool
ozi_dict_index_is_none(const ozi_dict *dict);

/* Writes `content` into a free slot of a segment. */
void
ozi_segment_put(uint32_t *segment, uint32_t mask, uint64_t hash, uint32_t content);

/* Gives `dict` one empty segment of `slots` slots, in place of what it has, which is not freed. */
OZ_MUST_USE oz_status
ozi_dict_index_new(ozi_dict *dict, const ozi_shape *shape, uint32_t slots);

#endif
