/*
 * For tests only: tables, keys and random numbers by the line. Include it after cmocka.h.
 *
 * Tests draw from a seed of their own and name it when they fail, so that a failure comes again.
 */
#ifndef OUZEL_STATE_STATE_TESTING_H
#define OUZEL_STATE_STATE_TESTING_H

#include "batch/batch_testing.h"
#include "state/table.h"

/* A key that is an integer, and the hash that it has under the seed of the tests. */
static inline oz_key
test_key(int64_t value)
{
    return ozi_key_of_int64(value, OZI_KEY_SHOW_INT);
}

static inline uint64_t
test_hash(const oz_key *key)
{
    uint64_t hash;
    assert_ok(ozi_key_hash(key, 7, &text_object_class, &hash));
    return hash;
}

/* A key that is text; beyond 14 bytes it points to `text`. */
static inline oz_key
test_text_key(const char *text)
{
    return ozi_key_of_text(OZ_STRING, text, (uint32_t)strlen(text));
}

static inline oz_table *
test_table(const oz_alloc *alloc, oz_table_kind kind, bool is_keyed, oz_field field)
{
    oz_table_decl decl = {.name = "t", .kind = kind, .keyed = is_keyed, .fields = {field}};
    oz_table *table = NULL;
    assert_ok(ozi_table_new(alloc, &text_object_class, &decl, &table));
    return table;
}

/* A keyed table of integers: made, added to, read. */
static inline oz_table *
test_counts(const oz_alloc *alloc)
{
    return test_table(alloc, OZ_TABLE_VALUE, true, OZ_FIELD_INT64);
}

static inline oz_status
test_add(oz_table *table, oz_key key, int64_t amount)
{
    void *value;
    bool is_new;
    OZ_TRY(oz_table_put(table, &key, test_hash(&key), &value, &is_new));
    *(int64_t *)value += amount;
    return OZ_OK;
}

/* What a key has; -1 for none. */
static inline int64_t
test_amount(oz_table *table, oz_key key)
{
    int64_t *value = oz_table_find(table, &key, test_hash(&key));
    return value == NULL ? -1 : *value;
}

/* The next number below `limit` of a sequence that begins with the seed in `*random`. */
static inline uint32_t
test_draw(uint64_t *random, uint32_t limit)
{
    *random += UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)((ozi_mix64(*random) >> 32) * limit >> 32);
}

/* assert_true, with the seed in the message. */
#define assert_seed(condition, seed)                                                               \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fail_msg("%s, seed %llu", #condition, (unsigned long long)(seed));                     \
        }                                                                                          \
    } while (0)

#endif
