/* Tests of map.c: against an array, with many removals, and memory that runs out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "base/alloc_testing.h"
#include "base/hash.h"
#include "base/map.h"

static void
empty_map_has_nothing(void **state)
{
    (void)state;
    ozi_map map;
    size_t cursor = 0;
    ozi_map_init(&map, oz_alloc_default(), 0);
    assert_null(ozi_map_get(&map, 0));
    assert_false(ozi_map_remove(&map, 0, NULL));
    assert_null(ozi_map_next(&map, &cursor));
    assert_true(ozi_map_check(&map));
    ozi_map_free(&map);
}

static void
put_gives_one_place_per_key(void **state)
{
    (void)state;
    ozi_map map;
    bool added;
    ozi_map_init(&map, oz_alloc_default(), 1);
    const uint64_t keys[] = {0, 1, UINT64_MAX, UINT64_C(1) << 63};
    for (uint64_t i = 0; i < 4; i++) {
        uint64_t *value = ozi_map_put(&map, keys[i], &added);
        assert_true(added);
        assert_int_equal(*value, 0);
        *value = 100 + i;
    }
    for (uint64_t i = 0; i < 4; i++) {
        assert_int_equal(*ozi_map_get(&map, keys[i]), 100 + i);
        assert_int_equal(*ozi_map_put(&map, keys[i], &added), 100 + i);
        assert_false(added);
        assert_non_null(ozi_map_put(&map, keys[i], NULL));
    }
    assert_int_equal(map.count, 4);
    ozi_map_free(&map);
    assert_null(ozi_map_get(&map, 0));
}

/* Puts and removals at random among few keys: clusters form, wrap around and close again. */
static void
agrees_with_an_array(void **state)
{
    (void)state;
    enum { KEYS = 40 };
    for (uint64_t seed = 0; seed < 20; seed++) {
        uint64_t values[KEYS] = {0};
        size_t count = 0;
        ozi_map map;
        ozi_map_init(&map, oz_alloc_default(), seed);
        for (uint64_t step = 1; step < 2000; step++) {
            uint64_t random = ozi_mix64(seed << 32 | step);
            uint64_t key = random % KEYS;
            if (random >> 63 != 0) {
                count += values[key] == 0;
                values[key] = step;
                *ozi_map_put(&map, key, NULL) = step;
            } else {
                uint64_t removed = 0;
                assert_int_equal(ozi_map_remove(&map, key, &removed), values[key] != 0);
                assert_int_equal(removed, values[key]);
                count -= values[key] != 0;
                values[key] = 0;
            }
            assert_true(ozi_map_check(&map));
            assert_int_equal(map.count, count);
        }
        for (uint64_t key = 0; key < KEYS; key++) {
            const uint64_t *value = ozi_map_get(&map, key);
            assert_int_equal(value == NULL ? 0 : *value, values[key]);
        }
        ozi_map_free(&map);
    }
}

static void
next_visits_each_entry_once(void **state)
{
    (void)state;
    ozi_map map;
    ozi_map_init(&map, oz_alloc_default(), 9);
    for (uint64_t key = 0; key < 1000; key++) {
        *ozi_map_put(&map, key * key, NULL) = key;
    }
    bool seen[1000] = {false};
    size_t cursor = 0;
    for (const ozi_map_entry *entry; (entry = ozi_map_next(&map, &cursor)) != NULL;) {
        assert_int_equal(entry->key, entry->value * entry->value);
        assert_false(seen[entry->value]);
        seen[entry->value] = true;
    }
    for (size_t i = 0; i < 1000; i++) {
        assert_true(seen[i]);
    }
    ozi_map_free(&map);
}

static oz_status
fill_a_map(const oz_alloc *alloc)
{
    ozi_map map;
    ozi_map_init(&map, alloc, 2);
    oz_status status = OZ_OK;
    for (uint64_t key = 0; key < 100 && status == OZ_OK; key++) {
        uint64_t *value = ozi_map_put(&map, key, NULL);
        status = value == NULL ? OZ_NO_MEMORY : OZ_OK;
        if (value != NULL) {
            *value = key;
        }
    }
    assert_true(ozi_map_check(&map));
    ozi_map_free(&map);
    return status;
}

static void
memory_runs_out(void **state)
{
    (void)state;
    assert_int_equal(ozi_alloc_fail_each(fill_a_map), 5);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_map_has_nothing), cmocka_unit_test(put_gives_one_place_per_key),
        cmocka_unit_test(agrees_with_an_array),  cmocka_unit_test(next_visits_each_entry_once),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests_name("base/map", tests, NULL, NULL);
}
