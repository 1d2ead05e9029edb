/* Tests of table_inline.h: many updates at once are as one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "base/pack_memory.h"
#include "state/groups.h"
#include "state/state_testing.h"
#include "state/table_inline.h"

enum { ROWS = 7000 };

typedef struct sums {
    const int64_t *amounts;
    int64_t new_keys;
    int64_t fails_at;
} sums;

static inline oz_status
add_amount(void *context, int64_t row, void *value, bool is_new)
{
    sums *to = context;
    if (row == to->fails_at) {
        return OZ_USER;
    }
    to->new_keys += is_new;
    *(int64_t *)value += to->amounts[row];
    return OZ_OK;
}

/* Batches over more and more keys, some of them equal but not in their bits: as one by one. */
static void
many_at_once_are_as_one_by_one(void **state)
{
    (void)state;
    static oz_key keys[ROWS];
    static uint64_t hashes[ROWS];
    static int64_t amounts[ROWS];
    for (uint32_t range = 10; range < 200000; range *= 11) {
        uint64_t random = range;
        oz_table *many = test_counts(oz_alloc_default());
        oz_table *single = test_counts(oz_alloc_default());
        sums to = {.amounts = amounts, .fails_at = -1};
        for (int batch = 0; batch < 10; batch++) {
            for (int i = 0; i < ROWS; i++) {
                int64_t key = test_draw(&random, range);
                keys[i] = ozi_key_of_int64(key, (ozi_key_show)test_draw(&random, 2));
                hashes[i] = test_hash(&keys[i]);
                amounts[i] = test_draw(&random, 100);
                assert_ok(test_add(single, keys[i], amounts[i]));
            }
            int64_t done;
            assert_ok(ozi_table_update_many(many, keys, hashes, 0, 7, add_amount, &to, &done));
            assert_int_equal(done, 7);
            assert_ok(ozi_table_update_many(many, keys, hashes, 7, ROWS, add_amount, &to, &done));
            assert_int_equal(done, ROWS);
        }
        assert_int_equal(oz_table_count(many), oz_table_count(single));
        assert_int_equal(to.new_keys, oz_table_count(single));
        for (int64_t i = 0; i < range; i++) {
            assert_int_equal(test_amount(many, test_key(i)), test_amount(single, test_key(i)));
        }
        assert_true(ozi_table_check(many));
        ozi_table_free(&many);
        ozi_table_free(&single);
    }
}

static void
many_at_once_stop_at_the_row_that_fails(void **state)
{
    (void)state;
    static oz_key keys[ROWS * 4];
    static uint64_t hashes[ROWS * 4];
    static int64_t amounts[ROWS * 4];
    for (int64_t i = 0; i < ROWS * 4; i++) {
        keys[i] = test_key(i % (ROWS * 3));
        hashes[i] = test_hash(&keys[i]);
        amounts[i] = 1;
    }
    /* A new key in a small dict; in a large one; a known key. */
    const int64_t fails[] = {0, 700, 18000, ROWS * 3 + 10};
    for (size_t i = 0; i < 4; i++) {
        sums to = {.amounts = amounts, .fails_at = fails[i]};
        oz_table *table = test_counts(oz_alloc_default());
        int64_t done;
        assert_int_equal(ozi_table_update_many(table, keys, hashes, 0, ROWS * 4, add_amount, &to,
                                               &done),
                         OZ_USER);
        assert_int_equal(done, fails[i]);
        to.fails_at = -1;
        assert_ok(
            ozi_table_update_many(table, keys, hashes, done, ROWS * 4, add_amount, &to, &done));
        for (int64_t key = 0; key < ROWS * 3; key++) {
            assert_int_equal(test_amount(table, test_key(key)), key < ROWS ? 2 : 1);
        }
        ozi_table_free(&table);
    }
}

static bool
has(const uint64_t *words, uint32_t number)
{
    return (words[number / OZI_CHANGES_GROUP] >> (number % OZI_CHANGES_GROUP) & 1) != 0;
}

/* Entries are numbered as they came: key i is entry i, in small tables and large ones. */
static void
what_is_updated_counts_as_changed(void **state)
{
    (void)state;
    enum { LARGE = 3 * OZI_SMALL, NEW = 500, SOME = 900 };
    static oz_key keys[SOME];
    static uint64_t hashes[SOME];
    static int64_t amounts[SOME];
    static bool is_drawn[LARGE + NEW];
    for (uint32_t range = 100; range <= LARGE; range += (uint32_t)(LARGE - 100)) {
        uint64_t random = range;
        oz_table *table = test_counts(oz_alloc_default());
        sums to = {.amounts = amounts, .fails_at = -1};
        int64_t done;
        for (int64_t i = 0; i < range; i++) {
            assert_ok(test_add(table, test_key(i), 1));
        }
        memset(is_drawn, 0, sizeof is_drawn);
        ozi_changes_begin(&table->changes, table->alloc, range);
        for (int i = 0; i < SOME; i++) {
            bool is_new = i % 3 == 0 && i / 3 < NEW;
            int64_t key = is_new ? (int64_t)range + i / 3 : test_draw(&random, range);
            keys[i] = test_key(key);
            hashes[i] = test_hash(&keys[i]);
            is_drawn[key] = true;
        }
        assert_ok(ozi_table_update_many(table, keys, hashes, 0, SOME, add_amount, &to, &done));
        for (uint32_t i = 0; i < table->dict.used; i++) {
            bool is_touched = is_drawn[i] || range <= OZI_SMALL; /* of small ones all are */
            assert_int_equal(has(table->changes.touched, i), is_touched);
            assert_int_equal(has(table->changes.placed, i), i >= range);
        }
        ozi_table_free(&table);
    }
}

/* Keys with amounts that differ; `to` has new ones from time to time. */
static void
update_batch(oz_table *table, uint64_t *random, uint32_t range)
{
    static oz_key keys[ROWS];
    static uint64_t hashes[ROWS];
    static int64_t amounts[ROWS];
    sums to = {.amounts = amounts, .fails_at = -1};
    int64_t done;
    for (int i = 0; i < ROWS; i++) {
        keys[i] = test_key(test_draw(random, range));
        hashes[i] = test_hash(&keys[i]);
        amounts[i] = test_draw(random, 100);
    }
    assert_ok(ozi_table_update_many(table, keys, hashes, 0, ROWS, add_amount, &to, &done));
    assert_int_equal(done, ROWS);
}

static bool
is_in_other(void *context, const oz_key *key, uint64_t hash, void *value)
{
    (void)hash;
    assert_int_equal(test_amount(context, *key), *(const int64_t *)value);
    return true;
}

/* Reads what `stream` has; the same is in `expected`. */
static void
check_captured(ozi_pack_memory *stream, oz_table *expected)
{
    ozi_groups groups[OZI_LATER_MAX];
    ozi_later_groups later = {.items = groups};
    ozi_unpack unpack;
    oz_table *table = test_counts(oz_alloc_default());
    assert_ok(ozi_unpack_from_memory(stream, oz_alloc_default(), &unpack));
    ozi_table_load(table, &unpack, NULL, &later);
    ozi_later_load(&later, &unpack);
    assert_ok(ozi_unpack_finish(&unpack));
    assert_true(ozi_table_check(table));
    assert_int_equal(oz_table_count(table), oz_table_count(expected));
    oz_table_scan(expected, is_in_other, table);
    ozi_table_free(&table);
    ozi_vec_free(&stream->bytes);
}

/* A table of any size that is written while it is updated, and has new keys, is as it was. */
static void
what_is_updated_is_written_as_it_was(void **state)
{
    (void)state;
    for (uint32_t range = 10; range < 2000000; range *= 11) {
        uint64_t random = range;
        oz_table *table = test_counts(oz_alloc_default());
        oz_table *twin = test_counts(oz_alloc_default());
        ozi_later later = {.entries_min = 1};
        ozi_pack_memory stream;
        ozi_pack pack;
        for (int batch = 0; batch < 10; batch++) {
            uint64_t same = random;
            update_batch(table, &random, range);
            update_batch(twin, &same, range);
        }
        assert_ok(ozi_pack_to_memory(&stream, oz_alloc_default(), &pack));
        ozi_table_save(table, &pack, OZI_SAVE_ALL, &later);
        do {
            update_batch(table, &random, range * 2);
        } while (!ozi_later_slice(&later, 1 + range / 256));
        ozi_later_end(&pack);
        assert_ok(ozi_pack_finish(&pack));
        check_captured(&stream, twin);
        ozi_table_free(&table);
        ozi_table_free(&twin);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_at_once_are_as_one_by_one),
        cmocka_unit_test(many_at_once_stop_at_the_row_that_fails),
        cmocka_unit_test(what_is_updated_counts_as_changed),
        cmocka_unit_test(what_is_updated_is_written_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
