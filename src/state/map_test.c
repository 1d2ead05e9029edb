/* Tests of map.c: sub-keys by key, against an array. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "state/state_testing.h"

static oz_table *
maps(const oz_alloc *alloc)
{
    return test_table(alloc, OZ_TABLE_MAP, true, OZ_FIELD_INT64);
}

static oz_status
put(oz_table *table, int64_t key, oz_key sub, int64_t amount, bool *is_new)
{
    oz_key held = test_key(key);
    void *value;
    OZ_TRY(oz_map_put(table, &held, test_hash(&held), &sub, &value, is_new));
    *(int64_t *)value = amount;
    return OZ_OK;
}

/* What a sub-key has; -1 for none. */
static int64_t
amount_of(oz_table *table, int64_t key, oz_key sub)
{
    oz_key held = test_key(key);
    const int64_t *value = oz_map_find(table, &held, test_hash(&held), &sub);
    return value == NULL ? -1 : *value;
}

static void
take(oz_table *table, int64_t key, oz_key sub)
{
    oz_key held = test_key(key);
    oz_map_remove(table, &held, test_hash(&held), &sub);
}

static int64_t
count_of(oz_table *table, int64_t key)
{
    oz_key held = test_key(key);
    return oz_map_count(table, &held, test_hash(&held));
}

static void
map_finds_what_was_put(void **state)
{
    (void)state;
    oz_table *table = maps(oz_alloc_default());
    bool is_new;
    assert_int_equal(amount_of(table, 1, test_key(10)), -1);
    assert_int_equal(count_of(table, 1), 0);
    assert_ok(put(table, 1, test_key(10), 5, &is_new));
    assert_true(is_new);
    assert_ok(put(table, 1, test_text_key("a sub-key that is a long text"), 6, &is_new));
    assert_ok(put(table, 2, test_key(10), 7, &is_new));
    assert_true(is_new);
    assert_ok(put(table, 1, test_key(10), 8, &is_new));
    assert_false(is_new);
    assert_int_equal(amount_of(table, 1, test_key(10)), 8);
    assert_int_equal(amount_of(table, 2, test_key(10)), 7);
    assert_int_equal(amount_of(table, 1, test_text_key("a sub-key that is a long text")), 6);
    assert_int_equal(count_of(table, 1), 2);
    assert_int_equal(oz_table_count(table), 2);
    assert_true(ozi_table_check(table));
    ozi_table_free(&table);
}

static void
key_without_sub_keys_has_no_entry(void **state)
{
    (void)state;
    oz_table *table = maps(oz_alloc_default());
    bool is_new;
    assert_ok(put(table, 1, test_key(10), 5, &is_new));
    take(table, 1, test_key(11));
    take(table, 2, test_key(10));
    take(table, 1, test_key(10));
    assert_int_equal(oz_table_count(table), 0);
    take(table, 1, test_key(10));
    assert_true(ozi_table_check(table));
    ozi_table_free(&table);
}

static bool
gather(void *context, const oz_key *key, uint64_t hash, void *value)
{
    int64_t **at = context;
    oz_key first = test_key(1);
    assert_int_equal(hash, test_hash(&first));
    assert_int_equal(*(int64_t *)value, key->low * 2);
    *(*at)++ = (int64_t)key->low;
    return key->low != 77;
}

static void
sub_keys_come_in_the_order_of_insertion(void **state)
{
    (void)state;
    oz_table *table = maps(oz_alloc_default());
    bool is_new;
    for (int64_t i = 0; i < 50; i++) {
        assert_ok(put(table, 1, test_key(i * 7 % 101), i * 7 % 101 * 2, &is_new));
    }
    take(table, 1, test_key(0));
    take(table, 1, test_key(14));
    assert_ok(put(table, 1, test_key(0), 0, &is_new));
    int64_t seen[50];
    int64_t *end = seen;
    oz_key key = test_key(1);
    oz_map_scan(table, &key, test_hash(&key), gather, &end);
    assert_int_equal(end - seen, 10); /* it stopped at 77 */
    for (int i = 0; i < 10; i++) {
        assert_int_equal(seen[i], i < 1 ? 7 : (i + 2) * 7);
    }
    oz_cursor cursor = {0};
    const oz_key *sub;
    void *value;
    int64_t count = 0;
    while (oz_map_next(table, &key, test_hash(&key), &cursor, &sub, &value)) {
        assert_int_equal(sub->low, count == 48 ? 0 : (count < 1 ? 7 : (count + 2) * 7 % 101));
        count++;
    }
    assert_int_equal(count, 49);
    ozi_table_free(&table);
}

static int
count_visits(oz_object object, void *context)
{
    (void)object;
    ++*(int *)context;
    return 0;
}

static void
map_owns_sub_keys_and_values(void **state)
{
    (void)state;
    oz_table *table = test_table(oz_alloc_default(), OZ_TABLE_MAP, true, OZ_FIELD_SCALAR);
    oz_object object = text_object_new("an object");
    oz_key key = test_key(1);
    oz_key sub = {(uint64_t)(uintptr_t)object, OZI_KEY_HIGH(OZI_KEY_OBJECT, 0)};
    oz_scalar scalar = {.kind = OZ_SCALAR_OBJECT, .as.object = object};
    void *value;
    bool is_new;
    assert_ok(oz_map_put(table, &key, test_hash(&key), &sub, &value, &is_new));
    assert_ok(oz_scalar_assign(table, value, &scalar));
    text_object_class.release(object);
    assert_int_equal(text_object_live, 1);
    int visits = 0;
    assert_int_equal(ozi_table_visit_objects(table, count_visits, &visits), 0);
    assert_int_equal(visits, 2);
    oz_map_remove(table, &key, test_hash(&key), &sub);
    assert_int_equal(text_object_live, 0);
    ozi_table_free(&table);
}

static void
sub_key_that_cannot_be_hashed_is_an_error(void **state)
{
    (void)state;
    oz_table *table = maps(oz_alloc_default());
    oz_object list = text_object_new("[1, 2]");
    oz_key key = test_key(1);
    oz_key sub = {(uint64_t)(uintptr_t)list, OZI_KEY_HIGH(OZI_KEY_OBJECT, 0)};
    void *value;
    bool is_new;
    assert_int_not_equal(oz_map_put(table, &key, test_hash(&key), &sub, &value, &is_new), OZ_OK);
    assert_null(oz_map_find(table, &key, test_hash(&key), &sub));
    oz_map_remove(table, &key, test_hash(&key), &sub);
    assert_int_equal(oz_table_count(table), 0);
    text_object_class.release(list);
    ozi_table_free(&table);
}

static void
agrees_with_an_array(void **state)
{
    (void)state;
    enum { SUBS = 40, KEYS = 5000 };
    static int64_t model[KEYS][SUBS];
    for (uint64_t seed = 0; seed < 4; seed++) {
        uint32_t keys = seed < 2 ? 4 : seed == 2 ? 200 : KEYS;
        uint64_t random = seed;
        memset(model, -1, sizeof(model));
        oz_table *table = maps(oz_alloc_default());
        for (int step = 0; step < 40000; step++) {
            uint32_t key = test_draw(&random, keys);
            uint32_t sub = test_draw(&random, SUBS);
            bool is_new = false;
            if (test_draw(&random, 8) < (step / 10000 % 2 == 0 ? 6U : 2U)) {
                assert_ok(put(table, key, test_key(sub), step, &is_new));
                assert_seed(is_new == (model[key][sub] == -1), seed);
                model[key][sub] = step;
            } else {
                take(table, key, test_key(sub));
                model[key][sub] = -1;
            }
            sub = test_draw(&random, SUBS);
            assert_seed(amount_of(table, key, test_key(sub)) == model[key][sub], seed);
            assert_seed(step % 4001 != 0 || ozi_table_check(table), seed);
        }
        ozi_table_free(&table);
    }
}

static oz_status
scenario(const oz_alloc *alloc)
{
    oz_table_decl decl = {.kind = OZ_TABLE_MAP, .keyed = true, .fields = {OZ_FIELD_INT64}};
    oz_table *table;
    bool is_new;
    OZ_TRY(ozi_table_new(alloc, NULL, &decl, &table));
    oz_status status = OZ_OK;
    for (int64_t i = 0; i < 1000 && status == OZ_OK; i++) {
        status = put(table, i % 40, test_key(i), i, &is_new);
    }
    assert_true(ozi_table_check(table));
    for (int64_t i = 0; i < 950 && status == OZ_OK; i++) {
        take(table, i % 40, test_key(i));
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
        cmocka_unit_test(map_finds_what_was_put),
        cmocka_unit_test(key_without_sub_keys_has_no_entry),
        cmocka_unit_test(sub_keys_come_in_the_order_of_insertion),
        cmocka_unit_test(map_owns_sub_keys_and_values),
        cmocka_unit_test(sub_key_that_cannot_be_hashed_is_an_error),
        cmocka_unit_test(agrees_with_an_array),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
