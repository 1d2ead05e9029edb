/* Tests of vec.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "base/alloc_testing.h"
#include "base/vec.h"

typedef struct item {
    int64_t number;
    char text[9];
} item;

static void
items_stay_where_they_were_put(void **state)
{
    (void)state;
    ozi_vec vec;
    ozi_vec_init(&vec, oz_alloc_default(), sizeof(item));
    assert_null(ozi_vec_last(&vec));
    assert_null(ozi_vec_pop(&vec));
    for (int64_t i = 0; i < 1000; i++) {
        item *pushed = ozi_vec_push(&vec);
        assert_int_equal(pushed->number, 0);
        assert_int_equal(pushed->text[8], 0);
        *pushed = (item){.number = i, .text = "ouzel"};
    }
    const item *items = vec.items;
    for (int64_t i = 0; i < 1000; i++) {
        assert_int_equal(items[i].number, i);
        assert_ptr_equal(ozi_vec_at(&vec, (size_t)i), &items[i]);
    }
    assert_int_equal(((item *)ozi_vec_last(&vec))->number, 999);
    assert_int_equal(((item *)ozi_vec_pop(&vec))->number, 999);
    assert_int_equal(vec.count, 999);
    ozi_vec_free(&vec);
    assert_int_equal(vec.count, 0);
    ozi_vec_free(&vec);
}

static void
remove_keeps_the_order(void **state)
{
    (void)state;
    ozi_vec vec;
    ozi_vec_init(&vec, oz_alloc_default(), sizeof(int32_t));
    const int32_t numbers[] = {1, 2, 3, 4, 5};
    assert_int_equal(ozi_vec_append(&vec, numbers, 5), OZ_OK);
    ozi_vec_remove(&vec, 4);
    ozi_vec_remove(&vec, 0);
    ozi_vec_remove(&vec, 1);
    const int32_t left[] = {2, 4};
    assert_int_equal(vec.count, 2);
    assert_memory_equal(vec.items, left, sizeof left);
    ozi_vec_free(&vec);
}

static void
clear_keeps_the_room(void **state)
{
    (void)state;
    ozi_vec vec;
    ozi_vec_init(&vec, oz_alloc_default(), 1);
    assert_int_equal(ozi_vec_reserve(&vec, 100), OZ_OK);
    void *before = vec.items;
    assert_int_equal(ozi_vec_append(&vec, "abc", 3), OZ_OK);
    ozi_vec_clear(&vec);
    assert_int_equal(ozi_vec_append(&vec, NULL, 0), OZ_OK);
    assert_int_equal(vec.count, 0);
    assert_int_equal(vec.capacity, 100);
    assert_ptr_equal(vec.items, before);
    ozi_vec_free(&vec);
}

static void
sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    ozi_vec vec;
    ozi_vec_init(&vec, oz_alloc_default(), 16);
    assert_int_equal(ozi_vec_reserve(&vec, SIZE_MAX / 8), OZ_NO_MEMORY);
    assert_non_null(ozi_vec_push(&vec));
    assert_int_equal(ozi_vec_reserve(&vec, SIZE_MAX), OZ_NO_MEMORY);
    ozi_vec_free(&vec);
}

static oz_status
grow_step_by_step(const oz_alloc *alloc)
{
    ozi_vec vec;
    ozi_vec_init(&vec, alloc, sizeof(int));
    oz_status status = OZ_OK;
    for (int i = 0; i < 50 && status == OZ_OK; i++) {
        int *pushed = ozi_vec_push(&vec);
        status = pushed == NULL ? OZ_NO_MEMORY : OZ_OK;
        if (pushed != NULL) {
            *pushed = i;
        }
    }
    if (status == OZ_OK) {
        status = ozi_vec_append(&vec, (int[]){1, 2, 3}, 3);
    }
    /* Whatever failed, what was there is there. */
    for (size_t i = 0; i < vec.count && i < 50; i++) {
        assert_int_equal(((int *)vec.items)[i], i);
    }
    ozi_vec_free(&vec);
    return status;
}

static void
memory_runs_out(void **state)
{
    (void)state;
    ozi_alloc_fail_each(grow_step_by_step);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_stay_where_they_were_put),
        cmocka_unit_test(remove_keeps_the_order),
        cmocka_unit_test(clear_keeps_the_room),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests_name("base/vec", tests, NULL, NULL);
}
