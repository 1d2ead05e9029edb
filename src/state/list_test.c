/* Tests of list.c: deques by key, against an array of arrays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "state/state_testing.h"

static oz_table *
lists(const oz_alloc *alloc)
{
    return test_table(alloc, OZ_TABLE_LIST, true, OZ_FIELD_END);
}

static oz_status
push(oz_table *table, int64_t key, oz_scalar value)
{
    oz_key held = test_key(key);
    return oz_list_push(table, &held, test_hash(&held), &value);
}

static void
pop(oz_table *table, int64_t key, int64_t count)
{
    oz_key held = test_key(key);
    oz_list_pop(table, &held, test_hash(&held), count);
}

static int64_t
length_of(oz_table *table, int64_t key)
{
    oz_key held = test_key(key);
    return oz_list_length(table, &held, test_hash(&held));
}

/* The integer at `index` of a key's list; -1 for none. */
static int64_t
integer_at(oz_table *table, int64_t key, int64_t index)
{
    oz_key held = test_key(key);
    oz_scalar value;
    return oz_list_at(table, &held, test_hash(&held), index, &value) ? value.as.int64 : -1;
}

static void
list_is_first_in_first_out(void **state)
{
    (void)state;
    oz_table *table = lists(oz_alloc_default());
    oz_key key = test_key(1);
    oz_scalar front;
    assert_false(oz_list_front(table, &key, test_hash(&key), &front));
    for (int64_t i = 0; i < 10; i++) {
        assert_ok(push(table, 1, T_INT(i)));
    }
    assert_ok(push(table, 2, T_INT(99)));
    assert_int_equal(oz_table_count(table), 2);
    assert_true(oz_list_front(table, &key, test_hash(&key), &front));
    assert_int_equal(front.as.int64, 0);
    pop(table, 1, 3);
    assert_int_equal(length_of(table, 1), 7);
    assert_int_equal(integer_at(table, 1, 0), 3);
    assert_int_equal(integer_at(table, 1, 6), 9);
    assert_int_equal(integer_at(table, 1, 7), -1);
    assert_int_equal(integer_at(table, 1, -1), -1);
    assert_int_equal(integer_at(table, 2, 0), 99);
    ozi_table_free(&table);
}

static void
empty_list_has_no_entry(void **state)
{
    (void)state;
    oz_table *table = lists(oz_alloc_default());
    assert_ok(push(table, 1, T_INT(1)));
    pop(table, 1, 5);
    pop(table, 1, 5);
    assert_int_equal(oz_table_count(table), 0);
    assert_int_equal(length_of(table, 1), 0);
    assert_true(ozi_table_check(table));
    ozi_table_free(&table);
}

static void
unkeyed_list_has_the_single_key(void **state)
{
    (void)state;
    oz_table *table = test_table(oz_alloc_default(), OZ_TABLE_LIST, false, OZ_FIELD_END);
    assert_ok(oz_list_push(table, &oz_key_single, OZ_HASH_SINGLE, &T_INT(4)));
    assert_int_equal(oz_list_length(table, &oz_key_single, OZ_HASH_SINGLE), 1);
    ozi_table_free(&table);
}

static int
count_visits(oz_object object, void *context)
{
    (void)object;
    return ++*(int *)context == 3 ? 77 : 0;
}

static void
list_owns_text_and_objects(void **state)
{
    (void)state;
    oz_table *table = lists(oz_alloc_default());
    oz_object object = text_object_new("in a list");
    char text[] = "some text to be copied";
    oz_scalar bytes = {.kind = OZ_SCALAR_BYTES, .size = sizeof(text) - 1, .as.data = text};
    for (int i = 0; i < 5; i++) {
        assert_ok(push(table, 1, (oz_scalar){.kind = OZ_SCALAR_OBJECT, .as.object = object}));
        assert_ok(push(table, 1, bytes));
    }
    text[0] = 'X';
    text_object_class.release(object);
    int visits = 0;
    assert_int_equal(ozi_table_visit_objects(table, count_visits, &visits), 77);
    assert_int_equal(visits, 3);
    oz_key key = test_key(1);
    oz_scalar value;
    assert_true(oz_list_at(table, &key, test_hash(&key), 1, &value));
    assert_memory_equal(value.as.data, "some text", 9);
    pop(table, 1, 9);
    assert_int_equal(text_object_live, 0);
    pop(table, 1, 1);
    assert_true(ozi_table_check(table));
    ozi_table_free(&table);
}

static void
scan_shows_keys_without_values(void **state)
{
    (void)state;
    oz_table *table = lists(oz_alloc_default());
    assert_ok(push(table, 5, T_INT(1)));
    oz_cursor cursor = {0};
    const oz_key *key;
    uint64_t hash;
    void *value;
    assert_true(oz_table_next(table, &cursor, &key, &hash, &value));
    assert_int_equal(key->low, 5);
    assert_null(value);
    assert_int_equal(oz_list_length(table, key, hash), 1);
    assert_false(oz_table_next(table, &cursor, &key, &hash, &value));
    ozi_table_free(&table);
}

/* Each list counts up: what is in it follows from how much was pushed and popped. */
static void
agrees_with_counters(void **state)
{
    (void)state;
    enum { KEYS = 6000 };
    static int64_t pushed[KEYS], popped[KEYS];
    for (uint64_t seed = 0; seed < 3; seed++) {
        uint32_t keys = seed == 0 ? 3 : seed == 1 ? 100 : KEYS;
        uint64_t random = seed;
        memset(pushed, 0, sizeof(pushed));
        memset(popped, 0, sizeof(popped));
        oz_table *table = lists(oz_alloc_default());
        for (int step = 0; step < 40000; step++) {
            uint32_t key = test_draw(&random, keys);
            if (test_draw(&random, 8) < (step / 10000 % 2 == 0 ? 6U : 3U)) {
                assert_ok(push(table, key, T_INT(pushed[key]++)));
            } else {
                int64_t length = pushed[key] - popped[key];
                int64_t count = test_draw(&random, 4);
                pop(table, key, count);
                popped[key] += count < length ? count : length;
            }
            assert_seed(length_of(table, key) == pushed[key] - popped[key], seed);
            bool is_empty = pushed[key] == popped[key];
            assert_seed(integer_at(table, key, 0) == (is_empty ? -1 : popped[key]), seed);
            assert_seed(step % 4001 != 0 || ozi_table_check(table), seed);
        }
        ozi_table_free(&table);
    }
}

static void
long_list_gives_memory_back(void **state)
{
    (void)state;
    oz_table *table = lists(oz_alloc_default());
    int64_t fresh = oz_table_bytes(table);
    for (int64_t i = 0; i < 100000; i++) {
        assert_ok(push(table, 1, T_INT(i)));
    }
    pop(table, 1, 99990);
    assert_int_equal(integer_at(table, 1, 9), 99999);
    pop(table, 1, 10);
    assert_int_equal(oz_table_bytes(table), fresh);
    ozi_table_free(&table);
}

static oz_status
scenario(const oz_alloc *alloc)
{
    oz_table_decl decl = {.kind = OZ_TABLE_LIST, .keyed = true};
    oz_table *table;
    OZ_TRY(ozi_table_new(alloc, NULL, &decl, &table));
    oz_status status = OZ_OK;
    for (int64_t i = 0; i < 2000 && status == OZ_OK; i++) {
        status =
            push(table, i % 30, i % 3 == 0 ? T_TEXT("a text of more than a few bytes") : T_INT(i));
    }
    assert_true(ozi_table_check(table));
    for (int64_t i = 0; i < 1900 && status == OZ_OK; i++) {
        pop(table, i % 30, 1);
    }
    assert_true(ozi_table_check(table));
    ozi_table_free(&table);
    return status;
}

static void
survives_without_memory(void **state)
{
    (void)state;
    assert_survives(scenario);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(list_is_first_in_first_out),
        cmocka_unit_test(empty_list_has_no_entry),
        cmocka_unit_test(unkeyed_list_has_the_single_key),
        cmocka_unit_test(list_owns_text_and_objects),
        cmocka_unit_test(scan_shows_keys_without_values),
        cmocka_unit_test(agrees_with_counters),
        cmocka_unit_test(long_list_gives_memory_back),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
