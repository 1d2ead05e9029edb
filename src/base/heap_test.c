/* Tests of heap.c: order, stability, and memory that runs out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "base/alloc_testing.h"
#include "base/hash.h"
#include "base/heap.h"

static void
empty_heap_gives_nothing(void **state)
{
    (void)state;
    ozi_heap heap;
    ozi_heap_entry entry;
    ozi_heap_init(&heap, oz_alloc_default());
    assert_null(ozi_heap_top(&heap));
    assert_false(ozi_heap_pop(&heap, &entry));
    ozi_heap_free(&heap);
}

static void
smallest_comes_first(void **state)
{
    (void)state;
    static const int64_t keys[] = {5, INT64_MAX, -3, 0, INT64_MIN, 5, 17};
    static const uint64_t order[] = {4, 2, 3, 0, 5, 6, 1};
    ozi_heap heap;
    ozi_heap_init(&heap, oz_alloc_default());
    for (uint64_t i = 0; i < 7; i++) {
        assert_int_equal(ozi_heap_push(&heap, keys[i], i), OZ_OK);
    }
    assert_int_equal(ozi_heap_count(&heap), 7);
    for (int i = 0; i < 7; i++) {
        ozi_heap_entry entry;
        assert_int_equal(ozi_heap_top(&heap)->payload, order[i]);
        assert_true(ozi_heap_pop(&heap, &entry));
        assert_int_equal(entry.payload, order[i]);
        assert_int_equal(entry.key, keys[order[i]]);
    }
    assert_null(ozi_heap_top(&heap));
    ozi_heap_free(&heap);
}

/* Pushes and pops in random order, with few keys: the heap stays one, equal keys stay in order. */
static void
equal_keys_stay_in_order(void **state)
{
    (void)state;
    ozi_heap heap;
    ozi_heap_init(&heap, oz_alloc_default());
    for (uint64_t i = 0; i < 2000; i++) {
        uint64_t random = ozi_mix64(i);
        if (random % 3 != 0) {
            assert_int_equal(ozi_heap_push(&heap, (int64_t)(random >> 32) % 4, i), OZ_OK);
        } else if (ozi_heap_count(&heap) > 0) {
            ozi_heap_entry entry;
            assert_true(ozi_heap_pop(&heap, &entry));
        }
        assert_true(ozi_heap_check(&heap));
    }
    ozi_heap_entry before = {.key = INT64_MIN};
    ozi_heap_entry entry;
    while (ozi_heap_pop(&heap, &entry)) {
        assert_true(before.key <= entry.key);
        assert_true(before.key < entry.key || before.payload < entry.payload);
        before = entry;
    }
    ozi_heap_free(&heap);
}

static void
check_sees_a_broken_heap(void **state)
{
    (void)state;
    ozi_heap heap;
    ozi_heap_init(&heap, oz_alloc_default());
    assert_int_equal(ozi_heap_push(&heap, 1, 0), OZ_OK);
    assert_int_equal(ozi_heap_push(&heap, 2, 0), OZ_OK);
    ((ozi_heap_entry *)heap.entries.items)[0].key = 3;
    assert_false(ozi_heap_check(&heap));
    ozi_heap_free(&heap);
}

static oz_status
push_many(const oz_alloc *alloc)
{
    ozi_heap heap;
    ozi_heap_init(&heap, alloc);
    oz_status status = OZ_OK;
    size_t pushed = 0;
    while (pushed < 100 && (status = ozi_heap_push(&heap, -(int64_t)pushed, pushed)) == OZ_OK) {
        pushed++;
    }
    assert_int_equal(ozi_heap_count(&heap), pushed);
    assert_true(ozi_heap_check(&heap));
    ozi_heap_free(&heap);
    return status;
}

static void
memory_runs_out(void **state)
{
    (void)state;
    ozi_alloc_fail_each(push_many);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_heap_gives_nothing), cmocka_unit_test(smallest_comes_first),
        cmocka_unit_test(equal_keys_stay_in_order), cmocka_unit_test(check_sees_a_broken_heap),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests_name("base/heap", tests, NULL, NULL);
}
