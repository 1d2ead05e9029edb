/* Tests of VALUE tables: table.c, table_value.c and table_walk.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "state/state_testing.h"

/* ---- helpers --------------------------------------------------------------------------------- */

static void
take(oz_table *table, oz_key key)
{
    oz_table_remove(table, &key, test_hash(&key));
}

static int
count_visits(oz_object object, void *context)
{
    (void)object;
    ++*(int *)context;
    return 0;
}

/* ---- one by one ------------------------------------------------------------------------------ */

static void
declaration_that_makes_no_sense_is_invalid(void **state)
{
    (void)state;
    oz_table *table;
    oz_table_decl decl = {.name = "q", .kind = OZ_TABLE_QUEUE, .keyed = true};
    assert_int_equal(ozi_table_new(oz_alloc_default(), NULL, &decl, &table), OZ_INVALID);
    decl.kind = (oz_table_kind)77;
    assert_int_equal(ozi_table_new(oz_alloc_default(), NULL, &decl, &table), OZ_INVALID);
    decl = (oz_table_decl){.kind = OZ_TABLE_VALUE, .fields = {(oz_field)50}};
    assert_int_equal(ozi_table_new(oz_alloc_default(), NULL, &decl, &table), OZ_INVALID);
    assert_null(table);
    ozi_table_free(&table);
}

static void
put_finds_what_was_put(void **state)
{
    (void)state;
    oz_table *table = test_counts(oz_alloc_default());
    assert_int_equal(test_amount(table, test_key(1)), -1);
    assert_ok(test_add(table, test_key(1), 5));
    assert_ok(test_add(table, test_key(2), 7));
    assert_ok(test_add(table, test_key(1), 1));
    assert_int_equal(test_amount(table, test_key(1)), 6);
    assert_int_equal(test_amount(table, test_key(2)), 7);
    assert_int_equal(oz_table_count(table), 2);
    take(table, test_key(1));
    take(table, test_key(9));
    assert_int_equal(test_amount(table, test_key(1)), -1);
    assert_int_equal(oz_table_count(table), 1);
    assert_true(ozi_table_check(table));
    ozi_table_free(&table);
    assert_null(table);
}

static void
single_value_lives_beside_the_keys(void **state)
{
    (void)state;
    oz_table *table = test_counts(oz_alloc_default());
    assert_int_equal(*(int64_t *)oz_table_single(table), 0);
    *(int64_t *)oz_table_single(table) = 3;
    assert_ok(test_add(table, test_key(1), 5));
    assert_int_equal(*(int64_t *)oz_table_single(table), 3);
    assert_int_equal(oz_table_count(table), 1);
    ozi_table_clear(table);
    assert_int_equal(*(int64_t *)oz_table_single(table), 0);
    ozi_table_free(&table);
}

static void
unkeyed_table_walks_over_its_one_value(void **state)
{
    (void)state;
    oz_table *table = test_table(oz_alloc_default(), OZ_TABLE_VALUE, false, OZ_FIELD_INT64);
    oz_cursor cursor = {0};
    const oz_key *key;
    uint64_t hash;
    void *value;
    assert_int_equal(oz_table_count(table), 1);
    assert_true(oz_table_next(table, &cursor, &key, &hash, &value));
    assert_ptr_equal(value, oz_table_single(table));
    assert_memory_equal(key, &oz_key_single, sizeof(oz_key));
    assert_false(oz_table_next(table, &cursor, &key, &hash, &value));
    ozi_table_free(&table);
}

static void
equal_keys_are_one_key(void **state)
{
    (void)state;
    oz_table *table = test_counts(oz_alloc_default());
    assert_ok(test_add(table, ozi_key_of_int64(1, OZI_KEY_SHOW_INT), 1));
    assert_ok(test_add(table, ozi_key_of_int64(1, OZI_KEY_SHOW_BOOL), 1));
    assert_ok(test_add(table, ozi_key_of_float64(1.0), 1));
    assert_int_equal(oz_table_count(table), 1);
    assert_int_equal(test_amount(table, ozi_key_of_float64(1.0)), 3);
    ozi_table_free(&table);
}

static void
long_keys_are_copied_and_given_back(void **state)
{
    (void)state;
    oz_table *table = test_counts(oz_alloc_default());
    char text[] = "a key that does not lie in its sixteen bytes, number 00";
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 100; i++) {
            text[sizeof(text) - 3] = (char)('0' + i / 10);
            text[sizeof(text) - 2] = (char)('0' + i % 10);
            assert_ok(test_add(table, test_text_key(text), i));
        }
        assert_int_equal(oz_table_count(table), 100);
        for (int i = 0; i < 100; i++) {
            text[sizeof(text) - 3] = (char)('0' + i / 10);
            text[sizeof(text) - 2] = (char)('0' + i % 10);
            assert_int_equal(test_amount(table, test_text_key(text)), i);
            take(table, test_text_key(text));
        }
        assert_int_equal(oz_table_count(table), 0);
    }
    assert_in_range(oz_table_bytes(table), 0, 65536);
    ozi_table_free(&table);
}

static void
object_keys_are_retained_and_may_fail_to_compare(void **state)
{
    (void)state;
    oz_table *table = test_counts(oz_alloc_default());
    oz_object object = text_object_new("key");
    oz_object twin = text_object_new("key");
    oz_key key = {(uint64_t)(uintptr_t)object, OZI_KEY_HIGH(OZI_KEY_OBJECT, 0)};
    oz_key twin_key = {(uint64_t)(uintptr_t)twin, OZI_KEY_HIGH(OZI_KEY_OBJECT, 0)};
    uint64_t hash = test_hash(&key);
    assert_ok(test_add(table, key, 4));
    text_object_class.release(object);
    int visits = 0;
    assert_int_equal(ozi_table_visit_objects(table, count_visits, &visits), 0);
    assert_int_equal(visits, 1);
    assert_int_equal(test_amount(table, twin_key), 4);
    void *value;
    bool is_new;
    text_object_fail_after = 0;
    assert_null(oz_table_find(table, &twin_key, hash));
    assert_int_equal(oz_table_put(table, &twin_key, hash, &value, &is_new), OZ_USER);
    text_object_fail_after = -1;
    take(table, twin_key);
    assert_int_equal(text_object_live, 1);
    text_object_class.release(twin);
    ozi_table_free(&table);
}

static void
scalar_fields_own_what_they_hold(void **state)
{
    (void)state;
    oz_table *table = test_table(oz_alloc_default(), OZ_TABLE_VALUE, true, OZ_FIELD_SCALAR);
    oz_object object = text_object_new("kept");
    for (int64_t i = 0; i < 20; i++) {
        oz_key key = test_key(i);
        void *value;
        bool is_new;
        assert_ok(oz_table_put(table, &key, test_hash(&key), &value, &is_new));
        assert_ok(oz_scalar_assign(table, value, &T_TEXT("something longer than a line of it")));
        /* From itself: what is let go of is what is copied. */
        assert_ok(oz_scalar_assign(table, value, value));
        assert_memory_equal(((oz_scalar *)value)->as.data, "something", 9);
        oz_scalar kept = {.kind = OZ_SCALAR_OBJECT, .as.object = object};
        assert_ok(oz_scalar_assign(table, value, i % 2 == 0 ? &kept : &T_INT(1)));
    }
    text_object_class.release(object);
    int visits = 0;
    assert_int_equal(ozi_table_visit_objects(table, count_visits, &visits), 0);
    assert_int_equal(visits, 10);
    for (int64_t i = 0; i < 18; i += 2) {
        take(table, test_key(i));
        assert_int_equal(text_object_live, 1);
    }
    assert_true(ozi_table_check(table));
    ozi_table_free(&table);
    assert_int_equal(text_object_live, 0);
}

/* ---- order, and growth ----------------------------------------------------------------------- */

static bool
look(void *context, const oz_key *key, uint64_t hash, void *value)
{
    int64_t *next = context;
    assert_int_equal(key->low, *next);
    assert_int_equal(*(int64_t *)value, *next + 1);
    assert_int_equal(test_hash(key), hash);
    ++*next;
    return true;
}

static void
walk_is_in_the_order_of_insertion(void **state)
{
    (void)state;
    for (int64_t size = 1; size <= 40000; size = size * 3 + 1) {
        oz_table *table = test_counts(oz_alloc_default());
        for (int64_t i = 0; i < size; i++) {
            assert_ok(test_add(table, test_key(i), i + 1));
        }
        int64_t next = 0;
        oz_table_scan(table, look, &next);
        assert_int_equal(next, size);
        oz_cursor cursor = {0};
        const oz_key *key;
        uint64_t hash;
        void *value;
        for (int64_t i = 0; i < size; i++) {
            assert_true(oz_table_next(table, &cursor, &key, &hash, &value));
            assert_int_equal(key->low, i);
        }
        assert_false(oz_table_next(table, &cursor, &key, &hash, &value));
        assert_true(ozi_table_check(table));
        ozi_table_free(&table);
    }
}

static bool
stop_at_once(void *context, const oz_key *key, uint64_t hash, void *value)
{
    (void)key;
    (void)hash;
    (void)value;
    ++*(int *)context;
    return false;
}

static void
scan_stops_when_told(void **state)
{
    (void)state;
    oz_table *table = test_counts(oz_alloc_default());
    for (int64_t i = 0; i < 5; i++) {
        assert_ok(test_add(table, test_key(i), 1));
    }
    int visits = 0;
    oz_table_scan(table, stop_at_once, &visits);
    assert_int_equal(visits, 1);
    ozi_table_free(&table);
}

static void
empty_table_gives_its_memory_back(void **state)
{
    (void)state;
    oz_table *table = test_counts(oz_alloc_default());
    int64_t fresh = oz_table_bytes(table);
    for (int64_t i = 0; i < 20000; i++) {
        assert_ok(test_add(table, test_key(i), 1));
    }
    assert_true(oz_table_bytes(table) > 20000 * 32);
    for (int64_t i = 0; i < 20000; i++) {
        take(table, test_key(i));
    }
    assert_int_equal(oz_table_bytes(table), fresh);
    assert_ok(test_add(table, test_key(1), 1));
    assert_true(ozi_table_check(table));
    ozi_table_clear(table);
    assert_int_equal(oz_table_count(table), 0);
    assert_true(ozi_table_check(table));
    ozi_table_free(&table);
}

/* ---- against a model
 * ----------------------------------------------------------------------------- */

enum { MODEL_KEYS = 30000, MODEL_STEPS = 120000 };

static void
compare_with_array(uint64_t seed)
{
    static int64_t model[MODEL_KEYS];
    uint64_t random = seed;
    int64_t count = 0;
    for (int i = 0; i < MODEL_KEYS; i++) {
        model[i] = -1;
    }
    oz_table *table = test_counts(oz_alloc_default());
    for (int step = 0; step < MODEL_STEPS; step++) {
        uint32_t key = test_draw(&random, MODEL_KEYS);
        if (test_draw(&random, 8) < (step / (MODEL_STEPS / 3) == 1 ? 1U : 6U)) {
            assert_ok(test_add(table, test_key(key), 1));
            count += model[key] == -1;
            model[key] = model[key] == -1 ? 1 : model[key] + 1;
        } else {
            take(table, test_key(key));
            count -= model[key] != -1;
            model[key] = -1;
        }
        assert_seed(oz_table_count(table) == count, seed);
        assert_seed(step % 20011 != 0 || ozi_table_check(table), seed);
    }
    for (int64_t i = 0; i < MODEL_KEYS; i++) {
        assert_seed(test_amount(table, test_key(i)) == model[i], seed);
    }
    ozi_table_free(&table);
}

static void
agrees_with_an_array(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 3; seed++) {
        compare_with_array(seed);
    }
}

/* ---- without memory
 * ------------------------------------------------------------------------------ */

static oz_status
fill(oz_table *table)
{
    static const char text[] =
        "0123456789 this is a text that is cut into keys of all lengths 9876543210";
    for (int64_t i = 0; i < 18000; i++) {
        assert_int_equal(oz_table_count(table), i);
        OZ_TRY(test_add(table, test_key(i), 1));
    }
    for (uint32_t i = 1; i < sizeof(text); i++) {
        OZ_TRY(test_add(table, ozi_key_of_text(OZ_BYTES, text, i), 1));
    }
    return OZ_OK;
}

static oz_status
scenario(const oz_alloc *alloc)
{
    oz_table_decl decl = {.kind = OZ_TABLE_VALUE, .keyed = true, .fields = {OZ_FIELD_INT64}};
    oz_table *table;
    OZ_TRY(ozi_table_new(alloc, NULL, &decl, &table));
    oz_status status = fill(table);
    assert_true(ozi_table_check(table));
    if (status == OZ_OK) {
        for (int64_t i = 0; i < 18000; i++) {
            take(table, test_key(i));
        }
        assert_true(ozi_table_check(table));
    }
    ozi_table_free(&table);
    return status;
}

static oz_status
scenario_of_scalars(const oz_alloc *alloc)
{
    oz_table_decl decl = {.kind = OZ_TABLE_VALUE, .keyed = true, .fields = {OZ_FIELD_SCALAR}};
    oz_table *table;
    OZ_TRY(ozi_table_new(alloc, NULL, &decl, &table));
    oz_status status = OZ_OK;
    for (int64_t i = 0; i < 100 && status == OZ_OK; i++) {
        oz_key key = test_key(i);
        void *value;
        bool is_new;
        status = oz_table_put(table, &key, test_hash(&key), &value, &is_new);
        if (status == OZ_OK) {
            status = oz_scalar_assign(table, value, &T_TEXT("a text, again and again"));
        }
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
    assert_survives(scenario_of_scalars);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(declaration_that_makes_no_sense_is_invalid),
        cmocka_unit_test(put_finds_what_was_put),
        cmocka_unit_test(single_value_lives_beside_the_keys),
        cmocka_unit_test(unkeyed_table_walks_over_its_one_value),
        cmocka_unit_test(equal_keys_are_one_key),
        cmocka_unit_test(long_keys_are_copied_and_given_back),
        cmocka_unit_test(object_keys_are_retained_and_may_fail_to_compare),
        cmocka_unit_test(scalar_fields_own_what_they_hold),
        cmocka_unit_test(walk_is_in_the_order_of_insertion),
        cmocka_unit_test(scan_stops_when_told),
        cmocka_unit_test(empty_table_gives_its_memory_back),
        cmocka_unit_test(agrees_with_an_array),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
