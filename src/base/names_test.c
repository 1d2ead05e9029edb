/* Tests of names.c: numbers in order, any bytes, chains, and memory that runs out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "base/alloc_testing.h"
#include "base/hash.h"
#include "base/names.h"

static size_t
add(ozi_names *names, const char *name)
{
    size_t number;
    assert_int_equal(ozi_names_add(names, name, strlen(name), &number), OZ_OK);
    return number;
}

static void
numbers_follow_the_order(void **state)
{
    (void)state;
    ozi_names names;
    ozi_names_init(&names, oz_alloc_default(), 5);
    assert_int_equal(ozi_names_find(&names, "map", 3), OZI_NAMES_NONE);
    assert_int_equal(add(&names, "map"), 0);
    assert_int_equal(add(&names, "filter"), 1);
    assert_int_equal(add(&names, "map"), 0);
    assert_int_equal(add(&names, ""), 2);
    assert_int_equal(ozi_names_find(&names, "filter", 6), 1);
    assert_int_equal(ozi_names_find(&names, "filter", 5), OZI_NAMES_NONE);
    assert_int_equal(ozi_names_find(&names, NULL, 0), 2);
    assert_int_equal(ozi_names_count(&names), 3);
    size_t size;
    assert_string_equal(ozi_names_at(&names, 1, &size), "filter");
    assert_int_equal(size, 6);
    assert_string_equal(ozi_names_at(&names, 2, NULL), "");
    ozi_names_free(&names);
    ozi_names_free(&names);
}

static void
any_bytes_are_a_name(void **state)
{
    (void)state;
    ozi_names names;
    size_t number;
    ozi_names_init(&names, oz_alloc_default(), 0);
    assert_int_equal(ozi_names_add(&names, "a\0b", 3, &number), OZ_OK);
    assert_int_equal(ozi_names_add(&names, "a\0c", 3, &number), OZ_OK);
    assert_int_equal(number, 1);
    assert_int_equal(ozi_names_find(&names, "a\0b", 3), 0);
    assert_int_equal(ozi_names_find(&names, "a", 1), OZI_NAMES_NONE);
    ozi_names_free(&names);
}

/* Two names with one hash cannot be found by trying, so the index is bent to look like it. */
static void
names_with_one_hash_form_a_chain(void **state)
{
    (void)state;
    ozi_names names;
    ozi_names_init(&names, oz_alloc_default(), 0);
    assert_int_equal(add(&names, "first"), 0);
    uint64_t hash = ozi_hash_bytes(0, "second", 6);
    *ozi_map_put(&names.by_hash, hash, NULL) = 1;
    assert_int_equal(ozi_names_find(&names, "second", 6), OZI_NAMES_NONE);
    assert_int_equal(add(&names, "second"), 1);
    assert_int_equal(ozi_names_find(&names, "second", 6), 1);
    assert_int_equal(*ozi_map_get(&names.by_hash, hash), 2);
    *ozi_map_put(&names.by_hash, ozi_hash_bytes(0, "first", 5), NULL) = 2;
    assert_int_equal(ozi_names_find(&names, "first", 5), 0);
    ozi_names_free(&names);
}

static oz_status
add_many(const oz_alloc *alloc)
{
    ozi_names names;
    ozi_names_init(&names, alloc, 3);
    oz_status status = OZ_OK;
    size_t added = 0;
    while (added < 100) {
        char name[32];
        size_t number;
        size_t size = (size_t)snprintf(name, sizeof name, "name number %zu", added);
        status = ozi_names_add(&names, name, size, &number);
        if (status != OZ_OK) {
            assert_int_equal(ozi_names_find(&names, name, size), OZI_NAMES_NONE);
            break;
        }
        assert_int_equal(number, added);
        added++;
    }
    assert_int_equal(ozi_names_count(&names), added);
    ozi_names_free(&names);
    return status;
}

static void
memory_runs_out(void **state)
{
    (void)state;
    assert_true(ozi_alloc_fail_each(add_many) > 10);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_follow_the_order),
        cmocka_unit_test(any_bytes_are_a_name),
        cmocka_unit_test(names_with_one_hash_form_a_chain),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests_name("base/names", tests, NULL, NULL);
}
