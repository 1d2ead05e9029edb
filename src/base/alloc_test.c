/* Tests of alloc.c: the heap, and the wrapper that counts and fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "base/alloc.h"
#include "base/alloc_testing.h"
#include "base/pages.h"

static void
heap_gives_aligned_memory(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    char *bytes = ozi_alloc_new(alloc, 24);
    assert_non_null(bytes);
    assert_int_equal((uintptr_t)bytes % _Alignof(max_align_t), 0);
    memcpy(bytes, "twenty-three characters", 24);
    bytes = ozi_alloc_resize(alloc, bytes, 24, 4000);
    assert_string_equal(bytes, "twenty-three characters");
    assert_null(ozi_alloc_resize(alloc, bytes, 4000, 0));
    ozi_alloc_free(alloc, NULL, 10);
}

static void
large_blocks_keep_their_bytes_and_wait_to_be_used_again(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    static const size_t sizes[] = {100,     60000,           70000, 130000, (size_t)4 << 20,
                                   5000000, (size_t)3 << 20, 65536, 65535,  1};
    size_t size = 24;
    char *bytes = ozi_alloc_new(alloc, size);
    memset(bytes, 'x', size);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        bytes = ozi_alloc_resize(alloc, bytes, size, sizes[i]);
        assert_non_null(bytes);
        size_t kept = size < sizes[i] ? size : sizes[i];
        for (size_t at = 0; at < kept; at++) {
            assert_int_equal(bytes[at], 'x');
        }
        size = sizes[i];
        memset(bytes, 'x', size);
    }
    ozi_alloc_free(alloc, bytes, size);
    void *first = ozi_alloc_new(alloc, 70000);
    uintptr_t place = (uintptr_t)first;
    ozi_alloc_free(alloc, first, 70000);
    void *second = ozi_alloc_new(alloc, 131072); /* the same power of two */
    if (!OZI_ASAN && !OZI_TSAN) {
        assert_int_equal((uintptr_t)second, place);
    }
    ozi_alloc_free(alloc, second, 131072);
}

static void
whole_huge_pages_begin_at_one(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    for (size_t pages = 1; pages <= 5; pages++) {
        size_t size = pages * OZI_PAGES_HUGE_BYTES;
        char *bytes = ozi_alloc_new(alloc, size);
        assert_non_null(bytes);
        assert_int_equal((uintptr_t)bytes % OZI_PAGES_HUGE_BYTES, 0);
        bytes[0] = bytes[size - 1] = 'x';
        ozi_alloc_free(alloc, bytes, size);
    }
}

static void
zero_is_zeroed(void **state)
{
    (void)state;
    static const char zeros[100];
    char *bytes = ozi_alloc_zero(oz_alloc_default(), sizeof zeros);
    assert_memory_equal(bytes, zeros, sizeof zeros);
    ozi_alloc_free(oz_alloc_default(), bytes, sizeof zeros);
}

static void
array_refuses_a_product_that_overflows(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    assert_null(ozi_alloc_array(alloc, SIZE_MAX / 2, 3));
    int64_t *numbers = ozi_alloc_array(alloc, 3, sizeof *numbers);
    assert_non_null(numbers);
    ozi_alloc_free(alloc, numbers, 3 * sizeof *numbers);
}

static void
counting_knows_what_lives(void **state)
{
    (void)state;
    ozi_alloc_counting counting;
    ozi_alloc_counting_init(&counting, oz_alloc_default());
    void *first = ozi_alloc_new(&counting.alloc, 100);
    void *second = ozi_alloc_new(&counting.alloc, 50);
    assert_int_equal(counting.live_bytes, 150);
    first = ozi_alloc_resize(&counting.alloc, first, 100, 30);
    assert_int_equal(counting.live_bytes, 80);
    assert_int_equal(counting.live_count, 2);
    first = ozi_alloc_resize(&counting.alloc, first, 30, 40);
    assert_int_equal(counting.live_bytes, 90);
    ozi_alloc_free(&counting.alloc, first, 40);
    ozi_alloc_free(&counting.alloc, second, 50);
    ozi_alloc_free(&counting.alloc, NULL, 50);
    assert_int_equal(counting.live_bytes, 0);
    assert_int_equal(counting.live_count, 0);
    assert_int_equal(counting.peak_bytes, 150);
    assert_int_equal(counting.calls, 4);
}

static void
counting_fails_one_call_or_all_from_it(void **state)
{
    (void)state;
    ozi_alloc_counting counting;
    ozi_alloc_counting_init(&counting, oz_alloc_default());
    counting.fail_at = 2;
    void *kept = ozi_alloc_new(&counting.alloc, 8);
    assert_non_null(kept);
    assert_null(ozi_alloc_resize(&counting.alloc, kept, 8, 16));
    assert_int_equal(counting.live_bytes, 8);
    void *next = ozi_alloc_new(&counting.alloc, 8);
    assert_non_null(next);
    counting.fail_on = 1;
    assert_null(ozi_alloc_zero(&counting.alloc, 8));
    assert_null(ozi_alloc_zero(&counting.alloc, 8));
    ozi_alloc_free(&counting.alloc, kept, 8);
    ozi_alloc_free(&counting.alloc, next, 8);
    assert_int_equal(counting.live_bytes, 0);
}

static oz_status
three_allocations(const oz_alloc *alloc)
{
    void *blocks[3];
    int made = 0;
    while (made < 3 && (blocks[made] = ozi_alloc_new(alloc, 16)) != NULL) {
        made++;
    }
    oz_status status = made == 3 ? OZ_OK : OZ_NO_MEMORY;
    while (made > 0) {
        ozi_alloc_free(alloc, blocks[--made], 16);
    }
    return status;
}

static void
fail_each_comes_to_an_end(void **state)
{
    (void)state;
    assert_int_equal(ozi_alloc_fail_each(three_allocations), 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heap_gives_aligned_memory),
        cmocka_unit_test(large_blocks_keep_their_bytes_and_wait_to_be_used_again),
        cmocka_unit_test(whole_huge_pages_begin_at_one),
        cmocka_unit_test(zero_is_zeroed),
        cmocka_unit_test(array_refuses_a_product_that_overflows),
        cmocka_unit_test(counting_knows_what_lives),
        cmocka_unit_test(counting_fails_one_call_or_all_from_it),
        cmocka_unit_test(fail_each_comes_to_an_end),
    };
    return cmocka_run_group_tests_name("base/alloc", tests, NULL, NULL);
}
