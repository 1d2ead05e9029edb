/* Tests of ring.c: order across the wrap, the exact bound, and memory that runs out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "base/alloc_testing.h"
#include "base/ring.h"

typedef struct item {
    uint64_t number;
    uint32_t check;
} item;

static void
push_number(ozi_ring *ring, uint64_t number)
{
    item *pushed = ozi_ring_push(ring);
    assert_non_null(pushed);
    *pushed = (item){.number = number, .check = (uint32_t)number * 7};
}

static void
pop_number(ozi_ring *ring, uint64_t number)
{
    const item *popped = ozi_ring_pop(ring);
    assert_non_null(popped);
    assert_int_equal(popped->number, number);
    assert_int_equal(popped->check, (uint32_t)number * 7);
}

/* Every capacity and every fill, many times around. */
static void
first_in_first_out(void **state)
{
    (void)state;
    for (size_t capacity = 1; capacity <= 9; capacity++) {
        ozi_ring ring;
        assert_int_equal(ozi_ring_init(&ring, oz_alloc_default(), sizeof(item), capacity), OZ_OK);
        uint64_t pushed = 0;
        uint64_t popped = 0;
        for (size_t fill = 0; fill <= capacity; fill++) {
            while (ring.count < fill) {
                push_number(&ring, pushed++);
            }
            for (int turn = 0; turn < 40 && fill > 0; turn++) {
                pop_number(&ring, popped++);
                push_number(&ring, pushed++);
            }
            for (size_t i = 0; i < fill; i++) {
                assert_int_equal(((item *)ozi_ring_at(&ring, i))->number, popped + i);
            }
        }
        assert_true(ozi_ring_is_full(&ring));
        assert_null(ozi_ring_push(&ring));
        assert_int_equal(((item *)ozi_ring_first(&ring))->number, popped);
        while (popped < pushed) {
            pop_number(&ring, popped++);
        }
        assert_null(ozi_ring_pop(&ring));
        assert_null(ozi_ring_first(&ring));
        ozi_ring_free(&ring);
        ozi_ring_free(&ring);
    }
}

static void
huge_capacity_is_refused(void **state)
{
    (void)state;
    ozi_ring ring;
    assert_int_equal(ozi_ring_init(&ring, oz_alloc_default(), 8, SIZE_MAX), OZ_NO_MEMORY);
    assert_int_equal(ozi_ring_init(&ring, oz_alloc_default(), 8, SIZE_MAX / 4), OZ_NO_MEMORY);
    ozi_ring_free(&ring);
}

static oz_status
make_a_ring(const oz_alloc *alloc)
{
    ozi_ring ring;
    OZ_TRY(ozi_ring_init(&ring, alloc, 3, 5));
    ozi_ring_free(&ring);
    return OZ_OK;
}

static void
memory_runs_out(void **state)
{
    (void)state;
    assert_int_equal(ozi_alloc_fail_each(make_a_ring), 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_in_first_out),
        cmocka_unit_test(huge_capacity_is_refused),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests_name("base/ring", tests, NULL, NULL);
}
