/* Tests of arena.c: alignment, chunks, reset, and memory that runs out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "base/alloc_testing.h"
#include "base/arena.h"

static void
allocations_are_apart_and_aligned(void **state)
{
    (void)state;
    enum { COUNT = 300 };
    ozi_arena arena;
    unsigned char *blocks[COUNT];
    ozi_arena_init(&arena, oz_alloc_default(), 64);
    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = ozi_arena_new(&arena, i);
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % OZI_ARENA_ALIGN, 0);
        memset(blocks[i], (int)(i & 0xFF), i);
    }
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t at = 0; at < i; at++) {
            assert_int_equal(blocks[i][at], i & 0xFF);
        }
    }
    ozi_arena_free(&arena);
    ozi_arena_free(&arena);
}

static void
copies_end_with_nul(void **state)
{
    (void)state;
    ozi_arena arena;
    ozi_arena_init(&arena, oz_alloc_default(), 32);
    assert_string_equal(ozi_arena_copy(&arena, "ouzel and more", 5), "ouzel");
    assert_string_equal(ozi_arena_copy(&arena, NULL, 0), "");
    assert_string_equal(ozi_arena_string(&arena, "a string of some length"),
                        "a string of some length");
    const char zeros[40] = {0};
    assert_memory_equal(ozi_arena_zero(&arena, sizeof zeros), zeros, sizeof zeros);
    ozi_arena_free(&arena);
}

static void
reset_keeps_the_first_chunk(void **state)
{
    (void)state;
    ozi_alloc_counting counting;
    ozi_arena arena;
    ozi_alloc_counting_init(&counting, oz_alloc_default());
    ozi_arena_init(&arena, &counting.alloc, 256);
    ozi_arena_reset(&arena);
    const void *first = ozi_arena_new(&arena, 16);
    for (int i = 0; i < 100; i++) {
        assert_non_null(ozi_arena_new(&arena, 100));
    }
    assert_true(counting.live_count > 1);
    ozi_arena_reset(&arena);
    assert_int_equal(counting.live_bytes, 256);
    uint64_t calls = counting.calls;
    assert_ptr_equal(ozi_arena_new(&arena, 16), first);
    assert_non_null(ozi_arena_new(&arena, 200));
    assert_int_equal(counting.calls, calls);
    ozi_arena_free(&arena);
    assert_int_equal(counting.live_bytes, 0);
}

static void
large_allocation_gets_its_own_chunk(void **state)
{
    (void)state;
    ozi_arena arena;
    ozi_arena_init(&arena, oz_alloc_default(), 64);
    char *large = ozi_arena_zero(&arena, 10000);
    assert_non_null(large);
    char *small = ozi_arena_zero(&arena, 1);
    assert_non_null(small);
    assert_null(ozi_arena_new(&arena, SIZE_MAX));
    assert_null(ozi_arena_new(&arena, SIZE_MAX - 15));
    assert_null(ozi_arena_copy(&arena, "", SIZE_MAX));
    ozi_arena_free(&arena);
}

static oz_status
fill_an_arena(const oz_alloc *alloc)
{
    ozi_arena arena;
    ozi_arena_init(&arena, alloc, 64);
    oz_status status = OZ_OK;
    for (int i = 0; i < 40 && status == OZ_OK; i++) {
        status = ozi_arena_string(&arena, "twenty or so letters") == NULL ? OZ_NO_MEMORY : OZ_OK;
    }
    if (status == OZ_OK && ozi_arena_zero(&arena, 5000) == NULL) {
        status = OZ_NO_MEMORY;
    }
    ozi_arena_free(&arena);
    return status;
}

static void
memory_runs_out(void **state)
{
    (void)state;
    assert_true(ozi_alloc_fail_each(fill_an_arena) > 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocations_are_apart_and_aligned),
        cmocka_unit_test(copies_end_with_nul),
        cmocka_unit_test(reset_keeps_the_first_chunk),
        cmocka_unit_test(large_allocation_gets_its_own_chunk),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests_name("base/arena", tests, NULL, NULL);
}
