/*
 * The flat hash table below all keyed tables: entries in the order of insertion, and an index.
 *
 *     index    buckets of four 32-bit slots; a slot is 0, or a tag beside an entry's number:
 *
 *              bit 31                       log2(slots) - 1           0
 *             +---+--------------------------+-------------------------+
 *             | 1 | bits of the hash         | number of the entry + 1 |
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
 * the next bucket only where one is full. A removed entry leaves a hole (a key of kind NONE) and
 * the index closes up behind it: nothing decays. Holes are squeezed out when there is no room left
 * or when three of four entries are holes.
 *
 * A dict owns its keys (see value.h); what values point to belongs to its callers. One thread.
 */
#ifndef OUZEL_STATE_DICT_H
#define OUZEL_STATE_DICT_H

#include "batch/key.h"
#include "state/pool.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

typedef struct ozi_entry {
    uint64_t hash;
    oz_key key; /* kind NONE: a hole */
    /* the value follows */
} ozi_entry;

/* What all dicts of a table have in common. */
typedef struct ozi_shape {
    ozi_pool *pool;
    const oz_object_class *objects; /* compares OBJECT keys; may be NULL */
    uint32_t stride;                /* bytes of an entry, a multiple of 8 */
    uint64_t moves;                 /* how often entries were moved: pointers to them are void */
} ozi_shape;

typedef struct ozi_dict {
    uint32_t *index; /* of `mask` + 1 slots */
    char **chunks;
    uint32_t mask;
    uint32_t limit;    /* as many live entries as the index takes before it grows */
    uint32_t used;     /* entries, holes among them */
    uint32_t live;     /* entries that are no holes */
    uint32_t room;     /* entries that the chunks have memory for */
    uint32_t oldest;   /* all entries before this one are holes */
    uint8_t shift;     /* log2 of the entries in a full chunk */
    uint8_t load;      /* the index grows when it is `load` / 256 full */
    uint8_t directory; /* log2 of the pointers that `chunks` has memory for */
} ozi_dict;

enum { OZI_DICT_BUCKET = 4, OZI_DICT_NONE = -1 };

/* Empty; allocates nothing. */
void
ozi_dict_init(ozi_dict *dict, unsigned shift, unsigned load);

/* Gives its memory, not that of its keys, back to the pool; the dict may be used again. */
void
ozi_dict_free(ozi_dict *dict, const ozi_shape *shape);

/* A new entry at the end, with a copy of the key and a zeroed value, for a key that is not there.
 */
OZ_MUST_USE oz_status
ozi_dict_insert(ozi_dict *dict, ozi_shape *shape, const oz_key *key, uint64_t hash,
                ozi_entry **out);

/* The same, taking the key as it is. */
OZ_MUST_USE oz_status
ozi_dict_append(ozi_dict *dict, ozi_shape *shape, const oz_key *key, uint64_t hash,
                ozi_entry **out);

/*
 * Makes a hole of an entry. What was in it is copied to `removed`, of shape->stride bytes: the
 * caller lets go of the key and the value when the dict is whole again, because that may run code
 * of the user.
 */
void
ozi_dict_remove(ozi_dict *dict, ozi_shape *shape, uint32_t number, ozi_entry *removed);

/* The first live entry from number `*at` on, which is set behind it; NULL at the end. */
ozi_entry *
ozi_dict_next(const ozi_dict *dict, const ozi_shape *shape, uint32_t *at);

/* Is everything as the picture above says? For tests. */
bool
ozi_dict_check(const ozi_dict *dict, const ozi_shape *shape);

/* ---- dict_room.c ----------------------------------------------------------------------------- */

/* Makes sure that one more entry fits, into the index and into the chunks. */
OZ_MUST_USE oz_status
ozi_dict_make_room(ozi_dict *dict, ozi_shape *shape);

/* After removals: squeezes out the holes and gives memory back. */
void
ozi_dict_shrink(ozi_dict *dict, ozi_shape *shape);

/* ---- dict_index.c ---------------------------------------------------------------------------- */

/* The index of a dict that has none yet. */
uint32_t *
ozi_dict_no_index(void);

/* Puts entry `number` into a free slot. */
void
ozi_dict_index_put(ozi_dict *dict, uint64_t hash, uint32_t number);

/* Takes entry `number` out and lets later entries move up, so that no search breaks off early. */
void
ozi_dict_index_remove(ozi_dict *dict, const ozi_shape *shape, uint32_t number);

/* An index of `slots` slots over all live entries; on NO_MEMORY the old one stays. */
OZ_MUST_USE oz_status
ozi_dict_index_rebuild(ozi_dict *dict, const ozi_shape *shape, uint64_t slots);

/* True when squeezing out the holes is better than more memory. */
static inline bool
ozi_dict_has_holes(const ozi_dict *dict)
{
    uint32_t holes = dict->used - dict->live;
    return holes > 0 && holes >= dict->used / 4;
}

/* ---- inlined into hot loops ------------------------------------------------------------------ */

static inline ozi_entry *
ozi_dict_at(const ozi_dict *dict, const ozi_shape *shape, uint32_t number)
{
    size_t within = number & (((uint32_t)1 << dict->shift) - 1);
    return (ozi_entry *)(void *)(dict->chunks[number >> dict->shift] + within * shape->stride);
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

/* The slot where the bucket begins in which a key is looked for first. */
static inline uint32_t
ozi_dict_home(uint64_t hash, uint32_t mask)
{
    return (uint32_t)hash & (mask & ~(uint32_t)(OZI_DICT_BUCKET - 1));
}

/* Never 0, so that no tag fits an empty slot. Its upper bits, those above `mask`, are compared. */
static inline uint32_t
ozi_dict_tag(uint64_t hash)
{
    return (uint32_t)(hash >> 24) | UINT32_C(0x80000000);
}

/* Bit i: slot i of the bucket has the tag. */
static inline unsigned
ozi_dict_match(const uint32_t *bucket, uint32_t tag, uint32_t mask)
{
#if defined(__SSE2__)
    __m128i slots = _mm_load_si128((const __m128i *)(const void *)bucket);
    __m128i differ =
        _mm_and_si128(_mm_xor_si128(slots, _mm_set1_epi32((int)tag)), _mm_set1_epi32((int)~mask));
    __m128i equal = _mm_cmpeq_epi32(differ, _mm_setzero_si128());
    return (unsigned)_mm_movemask_ps(_mm_castsi128_ps(equal));
#else
    unsigned bits = 0;
    for (unsigned i = 0; i < OZI_DICT_BUCKET; i++) {
        bits |= (unsigned)(((bucket[i] ^ tag) & ~mask) == 0) << i;
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
    uint32_t mask = dict->mask;
    uint32_t tag = ozi_dict_tag(hash);
    for (uint32_t slot = ozi_dict_home(hash, mask);; slot = (slot + OZI_DICT_BUCKET) & mask) {
        const uint32_t *bucket = dict->index + slot;
        for (unsigned bits = ozi_dict_match(bucket, tag, mask); bits != 0; bits &= bits - 1) {
            uint32_t number = (bucket[ozi_dict_first(bits)] & mask) - 1;
            const ozi_entry *entry = ozi_dict_at(dict, shape, number);
            if (entry->hash == hash && ozi_key_equal(&entry->key, key, shape->objects, status)) {
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
