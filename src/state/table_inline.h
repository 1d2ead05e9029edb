/*
 * The fast path of VALUE tables, for operators that update one entry per row: the keys of a whole
 * batch at once, memory fetched ahead.
 *
 *     static inline oz_status
 *     add_one(void *context, int64_t row, void *value, bool is_new)
 *     {
 *         ++*(int64_t *)value;
 *         return OZ_OK;
 *     }
 *     ...
 *     OZ_TRY(ozi_table_update_many(table, keys, hashes, 0, count, add_one, NULL, &done));
 *
 * `update` must be a static inline function whose name is written in the call: then the compiler
 * puts it into the loop. It may write the value and call oz_scalar_assign on it, and nothing else
 * of the table.
 *
 * Once a table has groups, the loop is a pipeline: it fetches the bucket of one row, guesses by the
 * tag and fetches the entry of a row that comes before it, and updates a row before that. The
 * misses of many rows are then on their way together.
 */
#ifndef OUZEL_STATE_TABLE_INLINE_H
#define OUZEL_STATE_TABLE_INLINE_H

#include "state/table.h"

#define OZI_INLINE static inline __attribute__((always_inline))
#define OZI_LIKELY(condition) __builtin_expect((condition) != 0, 1)

typedef oz_status
ozi_update(void *context, int64_t row, void *value, bool is_new);

enum { OZI_AHEAD = 32 }; /* rows; twice as many for buckets: more would not stay in the L1 cache */

OZI_INLINE bool
ozi_key_same_bits(const oz_key *left, const oz_key *right)
{
    return left->low == right->low && left->high == right->high;
}

/* One row in general: a new key, or one that is equal but not in its bits, or a rare collision. */
OZI_INLINE oz_status
ozi_table_update_slow(oz_table *table, const oz_key *key, uint64_t hash, int64_t row,
                      ozi_update *update, void *context)
{
    void *value;
    bool is_new;
    OZ_TRY(ozi_table_put(table, key, hash, &value, &is_new));
    return update(context, row, value, is_new);
}

/*
 * The rows from `*row` on while all entries lie in one dict, in its first chunk; what changes only
 * in the slow path is kept in registers. Stops when the table was split.
 */
OZI_INLINE oz_status
ozi_table_update_whole(oz_table *table, const oz_key *keys, const uint64_t *hashes, int64_t *row,
                       int64_t end, ozi_update *update, void *context)
{
    const ozi_dict *dict = &table->whole;
    size_t stride = table->shape.stride;
    while (*row < end && table->groups == NULL) {
        const uint32_t *index = dict->index;
        uint32_t mask = dict->mask;
        /* Where entry number 0 would lie: in slots the numbers begin at 1. */
        uintptr_t before = dict->chunks == NULL ? 0 : (uintptr_t)dict->chunks[0] - stride;
        int64_t i = *row;
        oz_status status = OZ_OK;
        for (; i < end; i++) {
            const uint32_t *bucket = index + ozi_dict_home(hashes[i], mask);
            unsigned bits = ozi_dict_match(bucket, ozi_dict_tag(hashes[i]), mask);
            if (!OZI_LIKELY(bits != 0)) {
                break;
            }
            size_t number = bucket[ozi_dict_first(bits)] & mask;
            ozi_entry *entry = (ozi_entry *)(before + number * stride);
            if (!OZI_LIKELY(ozi_key_same_bits(&entry->key, &keys[i]))) {
                break;
            }
            status = update(context, i, ozi_entry_value(entry), false);
            if (!OZI_LIKELY(status == OZ_OK)) {
                *row = i;
                return status;
            }
        }
        if (i < end) {
            status = ozi_table_update_slow(table, &keys[i], hashes[i], i, update, context);
            i += status == OZ_OK;
        }
        *row = i;
        OZ_TRY(status);
    }
    return OZ_OK;
}

/* The entry that a key of that hash probably has: decided by the tag. Never NULL. */
OZI_INLINE ozi_entry *
ozi_table_guess(const ozi_dict *groups, size_t stride, uint64_t hash)
{
    static ozi_entry nothing; /* equal to no key */
    const ozi_dict *dict = &groups[oz_key_group(hash)];
    uint32_t mask = dict->mask;
    uint32_t tag = ozi_dict_tag(hash);
    const uint32_t *bucket = dict->index + ozi_dict_home(hash, mask);
    unsigned bits = ozi_dict_match(bucket, tag, mask);
    if (!OZI_LIKELY(bits != 0)) {
        bucket = dict->index + ((ozi_dict_home(hash, mask) + OZI_DICT_BUCKET) & mask);
        bits = ozi_dict_match(bucket, tag, mask);
        if (bits == 0) {
            return &nothing;
        }
    }
    uint32_t number = (bucket[ozi_dict_first(bits)] & mask) - 1;
    size_t within = number & ((1U << OZI_GROUP_SHIFT) - 1);
    return (ozi_entry *)(void *)(dict->chunks[number >> OZI_GROUP_SHIFT] + within * stride);
}

/* Fetches the bucket in which a key of that hash is looked for first. */
OZI_INLINE void
ozi_table_fetch(const ozi_dict *dict, uint64_t hash)
{
    __builtin_prefetch(&dict->index[ozi_dict_home(hash, dict->mask)]);
}

/* The pipeline of a table with groups: guesses of the rows [row, row + OZI_AHEAD), in a ring. */
typedef struct ozi_guesses {
    ozi_entry *entries[OZI_AHEAD];
} ozi_guesses;

/* Before row `i` is updated: the bucket of a later row, the entry of one between. */
OZI_INLINE void
ozi_table_look_ahead(const ozi_dict *groups, size_t stride, const uint64_t *hashes, int64_t i,
                     int64_t end, ozi_guesses *guesses)
{
    if (i + 2 * OZI_AHEAD < end) {
        uint64_t hash = hashes[i + 2 * OZI_AHEAD];
        ozi_table_fetch(&groups[oz_key_group(hash)], hash);
    }
    if (i + OZI_AHEAD < end) {
        ozi_entry *entry = ozi_table_guess(groups, stride, hashes[i + OZI_AHEAD]);
        guesses->entries[i % OZI_AHEAD] = entry;
        __builtin_prefetch(entry, 1);
    }
}

/* The rows from `*row` on, in a table with groups. Stops also when entries were moved. */
OZI_INLINE oz_status
ozi_table_update_groups(oz_table *table, const oz_key *keys, const uint64_t *hashes, int64_t *row,
                        int64_t end, ozi_update *update, void *context)
{
    const ozi_dict *groups = table->groups;
    size_t stride = table->shape.stride;
    uint64_t moves = table->shape.moves;
    ozi_guesses guesses;
    for (int64_t i = *row; i < end && i < *row + OZI_AHEAD; i++) {
        guesses.entries[i % OZI_AHEAD] = ozi_table_guess(groups, stride, hashes[i]);
    }
    for (int64_t i = *row; i < end; i++) {
        ozi_entry *entry = guesses.entries[i % OZI_AHEAD];
        ozi_table_look_ahead(groups, stride, hashes, i, end, &guesses);
        bool is_right = OZI_LIKELY(ozi_key_same_bits(&entry->key, &keys[i]));
        oz_status status =
            is_right ? update(context, i, ozi_entry_value(entry), false)
                     : ozi_table_update_slow(table, &keys[i], hashes[i], i, update, context);
        if (!OZI_LIKELY(status == OZ_OK)) {
            *row = i;
            return status;
        }
        if (!is_right && moves != table->shape.moves) { /* all guesses are void */
            *row = i + 1;
            return OZ_OK;
        }
    }
    *row = end;
    return OZ_OK;
}

/*
 * Calls `update` for the rows [begin, end) in their order, each with the value of its key; it is
 * zeroed for a key that `is_new`. Stops at the first row that fails; `*done` is that row, else
 * `end`.
 */
OZI_INLINE oz_status
ozi_table_update_many(oz_table *table, const oz_key *keys, const uint64_t *hashes, int64_t begin,
                      int64_t end, ozi_update *update, void *context, int64_t *done)
{
    *done = begin;
    OZ_TRY(ozi_table_update_whole(table, keys, hashes, done, end, update, context));
    while (*done < end) {
        OZ_TRY(ozi_table_update_groups(table, keys, hashes, done, end, update, context));
    }
    return OZ_OK;
}

/* Fetches the bucket of a key: worth it some rows before oz_table_put. */
OZI_INLINE void
ozi_table_prefetch(oz_table *table, uint64_t hash)
{
    ozi_table_fetch(ozi_table_dict(table, hash), hash);
}

#endif
