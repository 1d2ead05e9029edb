/* Tests of pool.c: sizes and alignment, blocks that come again, bounds under random use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "state/pool.h"
#include "state/state_testing.h"

static void
sizes_are_rounded_by_at_most_a_quarter(void **state)
{
    (void)state;
    assert_int_equal(ozi_pool_rounded(1), 16);
    assert_int_equal(ozi_pool_rounded(16), 16);
    assert_int_equal(ozi_pool_rounded(17), 32);
    assert_int_equal(ozi_pool_rounded(48), 48);
    assert_int_equal(ozi_pool_rounded(49), 64);
    assert_int_equal(ozi_pool_rounded(65), 128);
    assert_int_equal(ozi_pool_rounded(256), 256);
    assert_int_equal(ozi_pool_rounded(257), 320);
    assert_int_equal(ozi_pool_rounded(32 * 1024), 32 * 1024);
    assert_int_equal(ozi_pool_rounded(40 * 1024), 40 * 1024);
    for (size_t size = 257; size < 1 << 20; size = size * 9 / 8 + 1) {
        assert_in_range(ozi_pool_rounded(size), size, size + size / 4);
        assert_int_equal(ozi_pool_rounded(ozi_pool_rounded(size)), ozi_pool_rounded(size));
    }
}

static void
blocks_are_aligned(void **state)
{
    (void)state;
    ozi_pool pool;
    ozi_pool_init(&pool, oz_alloc_default());
    for (size_t size = 1; size < 5000; size += 7) {
        char *block = ozi_pool_new(&pool, size);
        assert_non_null(block);
        memset(block, 1, size);
        assert_int_equal((uintptr_t)block % (ozi_pool_rounded(size) < 64 ? 16 : 64), 0);
    }
    ozi_pool_drop(&pool);
    assert_int_equal(ozi_pool_bytes(&pool), 0);
}

static void
block_that_was_freed_comes_again(void **state)
{
    (void)state;
    ozi_pool pool;
    ozi_pool_init(&pool, oz_alloc_default());
    void *small = ozi_pool_new(&pool, 20);
    void *large = ozi_pool_new(&pool, 600);
    ozi_pool_free(&pool, small, 20);
    ozi_pool_free(&pool, large, 600);
    ozi_pool_free(&pool, NULL, 10);
    assert_ptr_equal(ozi_pool_new(&pool, 30), small);
    assert_ptr_equal(ozi_pool_new(&pool, 640), large);
    ozi_pool_drop(&pool);
}

static void
large_block_that_waits_is_cut_up_before_more_is_taken(void **state)
{
    (void)state;
    ozi_alloc_counting counting;
    ozi_alloc_counting_init(&counting, oz_alloc_default());
    ozi_pool pool;
    ozi_pool_init(&pool, &counting.alloc);
    void *large = ozi_pool_new(&pool, 64 * 1024);
    ozi_pool_free(&pool, large, 64 * 1024);
    size_t held = counting.live_bytes;
    for (int i = 0; i < 128; i++) {
        assert_non_null(ozi_pool_new(&pool, 512));
    }
    assert_int_equal(counting.live_bytes, held);
    ozi_pool_drop(&pool);
    assert_int_equal(counting.live_bytes, 0);
}

/* What is left of a slab when a larger block is asked for is not lost. */
static void
rest_of_a_slab_is_used(void **state)
{
    (void)state;
    ozi_pool pool;
    ozi_pool_init(&pool, oz_alloc_default());
    char *first = ozi_pool_new(&pool, 64);
    assert_non_null(ozi_pool_new(&pool, 4096));
    char *next = ozi_pool_new(&pool, 512);
    assert_in_range(next - first, 64, 1024);
    ozi_pool_drop(&pool);
}

static void
size_beyond_all_classes_is_no_memory(void **state)
{
    (void)state;
    ozi_pool pool;
    ozi_pool_init(&pool, oz_alloc_default());
    assert_null(ozi_pool_new(&pool, SIZE_MAX / 2));
    ozi_pool_drop(&pool);
}

/* Many blocks of many sizes, freed in any order: none overlaps another, and no waste piles up. */
static void
random_use_keeps_its_bounds(void **state)
{
    (void)state;
    enum { BLOCKS = 300, STEPS = 20000 };
    for (uint64_t seed = 0; seed < 5; seed++) {
        struct {
            unsigned char *bytes;
            size_t size;
        } blocks[BLOCKS] = {{NULL, 0}};
        uint64_t random = seed;
        ozi_pool pool;
        ozi_pool_init(&pool, oz_alloc_default());
        for (int step = 0; step < STEPS; step++) {
            uint32_t i = test_draw(&random, BLOCKS);
            for (size_t at = 0; at < blocks[i].size; at += 61) {
                assert_seed(blocks[i].bytes[at] == (unsigned char)i, seed);
            }
            ozi_pool_free(&pool, blocks[i].bytes, blocks[i].size);
            blocks[i].size = 1 + test_draw(&random, 1U << (1 + test_draw(&random, 12)));
            blocks[i].bytes = ozi_pool_new(&pool, blocks[i].size);
            assert_non_null(blocks[i].bytes);
            memset(blocks[i].bytes, (int)i, blocks[i].size);
        }
        assert_seed(ozi_pool_bytes(&pool) < 3 * BLOCKS * 4096, seed);
        ozi_pool_drop(&pool);
    }
}

static oz_status
scenario(const oz_alloc *alloc)
{
    ozi_pool pool;
    ozi_pool_init(&pool, alloc);
    oz_status status = OZ_OK;
    for (size_t size = 8; size < 100000 && status == OZ_OK; size += size / 2) {
        status = ozi_pool_new(&pool, size) == NULL ? OZ_NO_MEMORY : OZ_OK;
    }
    ozi_pool_drop(&pool);
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
        cmocka_unit_test(sizes_are_rounded_by_at_most_a_quarter),
        cmocka_unit_test(blocks_are_aligned),
        cmocka_unit_test(block_that_was_freed_comes_again),
        cmocka_unit_test(large_block_that_waits_is_cut_up_before_more_is_taken),
        cmocka_unit_test(rest_of_a_slab_is_used),
        cmocka_unit_test(size_beyond_all_classes_is_no_memory),
        cmocka_unit_test(random_use_keeps_its_bounds),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
