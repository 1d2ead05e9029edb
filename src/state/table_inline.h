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
 * A small dict is updated row by row. With more entries the loop is a pipeline: it fetches the
 * bucket of one row, guesses by the tag and fetches the entry of a row that comes before it, and
 * updates a row before that. The misses of many rows are then on their way together.
 */
#ifndef OUZEL_STATE_TABLE_INLINE_H
#define OUZEL_STATE_TABLE_INLINE_H

#include "state/table.h"

#define OZI_INLINE static inline __attribute__((always_inline))
#define OZI_LIKELY(condition) __builtin_expect((condition) != 0, 1)

typedef oz_status
ozi_update(void *context, int64_t row, void *value, bool is_new);

enum {
    OZI_AHEAD = 32,   /* rows; twice as many for buckets: more would not stay in the L1 cache */
    OZI_SMALL = 2048, /* entries that fit well into the L2 cache: no more than a segment holds */
};

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

/* What a loop needs of a dict, kept in registers until entries or the index move. */
typedef struct ozi_view {
    const uint32_t *index;
    uint32_t *const *segments;
    char *const *chunks;
    size_t stride;
    uint64_t *touched; /* NULL: changes are not followed */
    uint32_t mask;
    uint32_t number_mask;
    uint8_t shift;
} ozi_view;

OZI_INLINE ozi_view
ozi_view_of(const oz_table *table)
{
    const ozi_dict *dict = &table->dict;
    return (ozi_view){.index = dict->index,
                      .segments = dict->segments,
                      .chunks = dict->chunks,
                      .stride = table->shape.stride,
                      .touched = table->changes.touched,
                      .mask = dict->mask,
                      .number_mask = dict->number_mask,
                      .shift = dict->shift};
}

OZI_INLINE const uint32_t *
ozi_view_bucket(const ozi_view *view, uint64_t hash)
{
    return view->segments[hash >> view->shift] + ozi_dict_home(hash, view->mask);
}

/*
 * The rows from `row` on as long as their keys are found where they should be, in a dict of one
 * segment and one chunk. Returns the first row that is left.
 */
OZI_INLINE int64_t
ozi_view_update_small(const ozi_view *view, const oz_key *keys, const uint64_t *hashes, int64_t row,
                      int64_t end, ozi_update *update, void *context, oz_status *status)
{
    const uint32_t *segment = view->index;
    /* Where entry number 0 would lie: in slots the numbers begin at 1. */
    uintptr_t before = view->chunks == NULL ? 0 : (uintptr_t)view->chunks[0] - view->stride;
    for (; row < end; row++) {
        uint32_t tag = ozi_dict_tag(hashes[row]);
        const uint32_t *bucket = segment + ozi_dict_home(hashes[row], view->mask);
        unsigned bits = ozi_dict_match(bucket, tag, view->number_mask);
        if (!OZI_LIKELY(bits != 0)) {
            bucket = segment + ozi_dict_home(hashes[row] + OZI_BUCKET_SLOTS, view->mask);
            bits = ozi_dict_match(bucket, tag, view->number_mask);
            if (bits == 0) {
                return row;
            }
        }
        size_t number = bucket[ozi_dict_first(bits)] & view->number_mask;
        ozi_entry *entry = (ozi_entry *)(before + number * view->stride);
        if (!OZI_LIKELY(ozi_key_same_bits(&entry->key, &keys[row]))) {
            return row;
        }
        *status = update(context, row, ozi_entry_value(entry), false);
        if (!OZI_LIKELY(*status == OZ_OK)) {
            return row;
        }
    }
    return end;
}

/* The entry that a key probably has, and its number. */
typedef struct ozi_guess {
    ozi_entry *entry;
    uint32_t number;
} ozi_guess;

/* Decided by the tag. Never NULL. */
OZI_INLINE ozi_guess
ozi_view_guess(const ozi_view *view, uint64_t hash)
{
    static ozi_entry nothing; /* equal to no key */
    uint32_t tag = ozi_dict_tag(hash);
    const uint32_t *bucket = ozi_view_bucket(view, hash);
    unsigned bits = ozi_dict_match(bucket, tag, view->number_mask);
    if (!OZI_LIKELY(bits != 0)) {
        bucket = ozi_view_bucket(view, hash + OZI_BUCKET_SLOTS);
        bits = ozi_dict_match(bucket, tag, view->number_mask);
        if (bits == 0) {
            return (ozi_guess){&nothing, 0};
        }
    }
    uint32_t number = (bucket[ozi_dict_first(bits)] & view->number_mask) - 1;
    size_t within = number & ((1U << OZI_CHUNK_LOG) - 1);
    char *place = view->chunks[number >> OZI_CHUNK_LOG] + within * view->stride;
    return (ozi_guess){(ozi_entry *)(void *)place, number};
}

/* Guesses of the rows [row, row + OZI_AHEAD), in a ring. */
typedef struct ozi_guesses {
    ozi_guess items[OZI_AHEAD];
} ozi_guesses;

/* Before row `row` is updated: the bucket of a later row, the entry of one between. */
OZI_INLINE void
ozi_view_look_ahead(const ozi_view *view, const uint64_t *hashes, int64_t row, int64_t end,
                    ozi_guesses *guesses)
{
    if (row + 2 * OZI_AHEAD < end) {
        __builtin_prefetch(ozi_view_bucket(view, hashes[row + 2 * OZI_AHEAD]));
    }
    if (row + OZI_AHEAD < end) {
        ozi_guess guess = ozi_view_guess(view, hashes[row + OZI_AHEAD]);
        guesses->items[row % OZI_AHEAD] = guess;
        __builtin_prefetch(guess.entry, 1);
        if (view->touched != NULL) {
            __builtin_prefetch(&view->touched[guess.number / OZI_CHANGES_GROUP], 1);
        }
    }
}

/* The rows from `*row` on, in a pipeline. Stops when something moved: the guesses are void then. */
OZI_INLINE oz_status
ozi_table_update_large(oz_table *table, const oz_key *keys, const uint64_t *hashes, int64_t *row,
                       int64_t end, ozi_update *update, void *context)
{
    ozi_view view = ozi_view_of(table);
    uint64_t moves = table->shape.moves;
    ozi_guesses guesses;
    for (int64_t i = *row; i < end && i < *row + OZI_AHEAD; i++) {
        guesses.items[i % OZI_AHEAD] = ozi_view_guess(&view, hashes[i]);
    }
    for (int64_t i = *row; i < end; i++) {
        ozi_guess guess = guesses.items[i % OZI_AHEAD];
        ozi_view_look_ahead(&view, hashes, i, end, &guesses);
        bool is_right = OZI_LIKELY(ozi_key_same_bits(&guess.entry->key, &keys[i]));
        oz_status status;
        if (is_right) {
            ozi_changes_set(view.touched, guess.number);
            status = update(context, i, ozi_entry_value(guess.entry), false);
        } else {
            status = ozi_table_update_slow(table, &keys[i], hashes[i], i, update, context);
            view.touched = table->changes.touched;
        }
        if (!OZI_LIKELY(status == OZ_OK)) {
            *row = i;
            return status;
        }
        if (!is_right && moves != table->shape.moves) {
            *row = i + 1;
            return OZ_OK;
        }
    }
    *row = end;
    return OZ_OK;
}

/* All entries of a small dict count as changed: a bit for each row would cost more than they do. */
OZI_INLINE void
ozi_table_touch_all(const oz_table *table)
{
    if (table->changes.touched != NULL) {
        size_t words = (table->dict.used + OZI_CHANGES_GROUP - 1) / OZI_CHANGES_GROUP;
        memset(table->changes.touched, 0xff, words * sizeof *table->changes.touched);
    }
}

/* The rows from `*row` on while the dict is small. */
OZI_INLINE oz_status
ozi_table_update_small(oz_table *table, const oz_key *keys, const uint64_t *hashes, int64_t *row,
                       int64_t end, ozi_update *update, void *context)
{
    oz_status status = OZ_OK;
    if (*row < end && table->dict.used <= OZI_SMALL) {
        ozi_table_touch_all(table);
    }
    while (*row < end && table->dict.used <= OZI_SMALL) {
        ozi_view view = ozi_view_of(table);
        *row = ozi_view_update_small(&view, keys, hashes, *row, end, update, context, &status);
        if (status == OZ_OK && *row < end) {
            status = ozi_table_update_slow(table, &keys[*row], hashes[*row], *row, update, context);
            *row += status == OZ_OK;
        }
        OZ_TRY(status);
    }
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
    if (table->capture.pack != NULL) {
        ozi_capture_keep_many(table, keys, hashes, begin, end);
    }
    OZ_TRY(ozi_table_update_small(table, keys, hashes, done, end, update, context));
    while (*done < end) {
        OZ_TRY(ozi_table_update_large(table, keys, hashes, done, end, update, context));
    }
    return OZ_OK;
}

/* Fetches the bucket of a key: worth it some rows before oz_table_put. */
OZI_INLINE void
ozi_table_prefetch(const oz_table *table, uint64_t hash)
{
    ozi_view view = ozi_view_of(table);
    __builtin_prefetch(ozi_view_bucket(&view, hash));
}

#endif
