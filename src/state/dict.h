/*
 * The flat hash table below all keyed tables: entries in the order of insertion, and an index.
 *
 *     index    by the top bits of the hash to a segment, by its low bits to a bucket of four slots;
 *              a slot is 0, or a tag beside the number of an entry:
 *
 *              bit 31                                                 0
 *             +---+--------------------------+-------------------------+
 *             | 1 | bits of the hash         | number of the entry + 1 |     `number_mask` divides
 *             +---+--------------------------+-------------------------+
 *
 *     entries  in chunks, so that growing copies none of them:
 *
 *              0        8                24
 *             +--------+----------------+------------------------------+
 *             | hash   | key            | value: the declared fields   |   32 bytes for a count:
 *             +--------+----------------+------------------------------+   two in a cache line
 *
 * A lookup compares the four tags of a bucket at once, without a branch for each, and goes on to
 * the next bucket only where one is full. A small dict has one segment, which doubles; one of full
 * size splits into two by the next bit of the hash. So no growth touches more than one segment,
 * about 10,000 entries, and it has nothing to copy but slots.
 *
 *     segments  | 0 | 1 | 2 | 3 |     directory, 2^(64 - shift) pointers
 *                 |   |   |   |
 *                 |   |   '---+---> one segment of depth 1: not yet split
 *                 |   '-----------> two of depth 2
 *                 '--------------->
 *
 * Removing an entry closes up the index behind it: nothing decays. The entry's place is taken by
 * the last one; in a dict that is `is_ordered` it stays as a hole (a key of kind NONE), and holes
 * are squeezed out when there is no room left or when most entries are holes.
 *
 * A dict owns its keys (see value.h); what values point to belongs to its callers. One thread.
 */
#ifndef OUZEL_STATE_DICT_H
#define OUZEL_STATE_DICT_H

#include "batch/key.h"
#include "state/value.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum {
    OZI_DICT_NONE = -1,
    OZI_BUCKET_SLOTS = 4,
    OZI_CHUNK_LOG = 14, /* log2 of the entries in a full chunk: half a MiB of counts */
};

typedef struct ozi_entry {
    uint64_t hash;
    oz_key key; /* kind NONE: a hole */
    /* the value follows */
} ozi_entry;

/* What all dicts of a table have in common. */
typedef struct ozi_shape {
    ozi_owner *owner; /* of the keys, and of the memory of the dicts */
    uint32_t stride;  /* bytes of an entry, a multiple of 8 */
    uint64_t moves;   /* goes up when entries or parts of an index were moved */
} ozi_shape;

typedef struct ozi_dict {
    uint32_t *index; /* the first segment; of a small dict the only one */
    uint32_t **segments;
    char **chunks;
    uint32_t mask;        /* slots of a segment, less one bucket */
    uint32_t number_mask; /* the bits of a slot that are a number */
    uint32_t used;        /* entries, holes among them */
    uint32_t live;        /* entries that are no holes */
    uint32_t room;        /* entries that the chunks have memory for */
    uint32_t oldest;      /* all entries before this one are holes */
    uint8_t shift;        /* from a hash to its number in the directory; at most 63 */
    uint8_t chunks_log;   /* log2 of the pointers that `chunks` has memory for */
    bool is_ordered;
} ozi_dict;

/* Empty; allocates nothing. */
void
ozi_dict_init(ozi_dict *dict, bool is_ordered);

/* Gives its memory, not that of its keys, back to the pool; the dict may be used again. */
void
ozi_dict_free(ozi_dict *dict, const ozi_shape *shape);

/*
 * A new entry at the end, with a copy of the key and a zeroed value, for a key that is not there.
 * FULL when tens of thousands of keys have the same hash, or for more than 2^30 entries.
 */
OZ_MUST_USE oz_status
ozi_dict_insert(ozi_dict *dict, ozi_shape *shape, const oz_key *key, uint64_t hash,
                ozi_entry **out);

/*
 * Takes an entry out. What was in it is copied to `removed`, of shape->stride bytes: the caller
 * lets go of the key and the value when the dict is whole again, because that may run code of the
 * user.
 */
void
ozi_dict_remove(ozi_dict *dict, ozi_shape *shape, uint32_t number, ozi_entry *removed);

/*
 * Entry `number`, or a hole in its place, gets another key, a copy, and a zeroed value, whatever
 * other entries have; its old key and value are for the caller to let go of first. After NO_MEMORY
 * it is a hole, and nothing but ozi_dict_free can be done.
 */
OZ_MUST_USE oz_status
ozi_dict_replace(ozi_dict *dict, ozi_shape *shape, uint32_t number, const oz_key *key,
                 uint64_t hash);

/*
 * Adds holes at the end until there are so many entries, with an index for them all: each of them
 * is to be replaced, before anything else is done.
 */
OZ_MUST_USE oz_status
ozi_dict_stretch(ozi_dict *dict, ozi_shape *shape, uint64_t entries);

/* The first live entry from number `*at` on, which is set behind it; NULL at the end. */
ozi_entry *
ozi_dict_next(const ozi_dict *dict, const ozi_shape *shape, uint32_t *at);

/* Is everything as the pictures above say? For tests. */
bool
ozi_dict_check(const ozi_dict *dict, const ozi_shape *shape);

/* ---- dict_room.c: chunks --------------------------------------------------------------------- */

/* Makes sure that there is memory for one more entry of that hash, and a number. */
OZ_MUST_USE oz_status
ozi_dict_make_room(ozi_dict *dict, ozi_shape *shape, uint64_t hash);

/* After a removal: gives back memory when there is far too much of it. */
void
ozi_dict_shrink(ozi_dict *dict, ozi_shape *shape);

void
ozi_dict_free_chunks(ozi_dict *dict, const ozi_shape *shape);

/* ---- dict_index.c: slots --------------------------------------------------------------------- */

/* The index of a dict that has none yet. */
void
ozi_dict_index_init(ozi_dict *dict);

void
ozi_dict_index_free(ozi_dict *dict, const ozi_shape *shape);

/* Puts entry `number` into a free slot, for which there is room. */
void
ozi_dict_index_put(ozi_dict *dict, uint64_t hash, uint32_t number);

/* Takes entry `number` out and lets others move up, so that no search breaks off early. */
void
ozi_dict_index_remove(ozi_dict *dict, const ozi_shape *shape, uint64_t hash, uint32_t number);

/* Entry `from` now has the number `to`. */
void
ozi_dict_index_renumber(ozi_dict *dict, uint64_t hash, uint32_t from, uint32_t to);

/* The index of all entries anew, in the memory that it has: after a squeeze. */
void
ozi_dict_index_refill(ozi_dict *dict, const ozi_shape *shape);

/* A small index in place of a large one; without memory it stays as it was. */
void
ozi_dict_index_shrink(ozi_dict *dict, ozi_shape *shape);

/* ---- dict_split.c: growth of the index ------------------------------------------------------- */

/* Makes sure that one more entry of that hash fits. On NO_MEMORY all stays as it was. */
OZ_MUST_USE oz_status
ozi_dict_index_make_room(ozi_dict *dict, ozi_shape *shape, uint64_t hash);

/* Makes sure that slots can hold the number of one more entry. */
OZ_MUST_USE oz_status
ozi_dict_index_widen(ozi_dict *dict, ozi_shape *shape);

/*
 * An index for so many entries that are to come, at least in the order of magnitude, into a dict
 * that never had one: it need not grow step by step. Few entries, or none: does nothing.
 */
OZ_MUST_USE oz_status
ozi_dict_reserve(ozi_dict *dict, ozi_shape *shape, uint64_t entries);

/* ---- inlined into hot loops ------------------------------------------------------------------ */

static inline ozi_entry *
ozi_dict_at(const ozi_dict *dict, const ozi_shape *shape, uint32_t number)
{
    size_t within = number & (((uint32_t)1 << OZI_CHUNK_LOG) - 1);
    return (ozi_entry *)(void *)(dict->chunks[number >> OZI_CHUNK_LOG] + within * shape->stride);
}

static inline void *
ozi_entry_value(ozi_entry *entry)
{
    return entry + 1;
}

static inline bool
ozi_entry_is_live(const ozi_entry *entry)
{
    return entry->key.high != 0;
}

/* Where a key is looked for first: the slot, in a segment, at which its bucket begins. */
static inline uint32_t
ozi_dict_home(uint64_t hash, uint32_t mask)
{
    return (uint32_t)hash & mask;
}

/* Never 0, so that no tag fits an empty slot. Its bits above the number are compared. */
static inline uint32_t
ozi_dict_tag(uint64_t hash)
{
    return (uint32_t)(hash >> 24) | UINT32_C(0x80000000);
}

/* Bit i: slot i of the bucket has the tag. */
static inline unsigned
ozi_dict_match(const uint32_t *bucket, uint32_t tag, uint32_t number_mask)
{
#if defined(__SSE2__)
    __m128i slots = _mm_load_si128((const __m128i *)(const void *)bucket);
    __m128i differ = _mm_and_si128(_mm_xor_si128(slots, _mm_set1_epi32((int)tag)),
                                   _mm_set1_epi32((int)~number_mask));
    __m128i equal = _mm_cmpeq_epi32(differ, _mm_setzero_si128());
    return (unsigned)_mm_movemask_ps(_mm_castsi128_ps(equal));
#else
    unsigned bits = 0;
    for (unsigned i = 0; i < OZI_BUCKET_SLOTS; i++) {
        bits |= (unsigned)(((bucket[i] ^ tag) & ~number_mask) == 0) << i;
    }
    return bits;
#endif
}

/* The slot of the first match. */
static inline uint32_t
ozi_dict_first(unsigned bits)
{
    return (uint32_t)__builtin_ctz(bits);
}

/* True when a search must go on in the next bucket. Slots of a bucket are taken in any order. */
static inline bool
ozi_dict_is_full(const uint32_t *bucket)
{
    return bucket[0] != 0 && bucket[1] != 0 && bucket[2] != 0 && bucket[3] != 0;
}

/*
 * The number of the entry with that key, or OZI_DICT_NONE. When a class fails to compare, the
 * answer is NONE and `*status`, not touched otherwise, says why.
 */
static inline int64_t
ozi_dict_find(const ozi_dict *dict, const ozi_shape *shape, const oz_key *key, uint64_t hash,
              oz_status *status)
{
    const uint32_t *segment = dict->segments[hash >> dict->shift];
    uint32_t tag = ozi_dict_tag(hash);
    uint32_t mask = dict->number_mask;
    for (uint32_t slot = ozi_dict_home(hash, dict->mask);;
         slot = (slot + OZI_BUCKET_SLOTS) & dict->mask) {
        const uint32_t *bucket = segment + slot;
        for (unsigned bits = ozi_dict_match(bucket, tag, mask); bits != 0; bits &= bits - 1) {
            uint32_t number = (bucket[ozi_dict_first(bits)] & mask) - 1;
            const ozi_entry *entry = ozi_dict_at(dict, shape, number);
            if (entry->hash == hash &&
                ozi_key_equal(&entry->key, key, shape->owner->objects, status)) {
                return number;
            }
        }
        if (!ozi_dict_is_full(bucket)) {
            return OZI_DICT_NONE;
        }
    }
}

/* The entry of a key, made when there is none. */
static inline oz_status
ozi_dict_put(ozi_dict *dict, ozi_shape *shape, const oz_key *key, uint64_t hash, ozi_entry **out,
             bool *is_new)
{
    oz_status status = OZ_OK;
    int64_t number = ozi_dict_find(dict, shape, key, hash, &status);
    *is_new = number == OZI_DICT_NONE;
    if (*is_new) {
        return status == OZ_OK ? ozi_dict_insert(dict, shape, key, hash, out) : status;
    }
    *out = ozi_dict_at(dict, shape, (uint32_t)number);
    return OZ_OK;
}

#endif
