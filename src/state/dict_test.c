/* Tests of dict.c and the files below it: against an array, with hashes good and bad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "state/dict_index.h"
#include "state/state_testing.h"

typedef struct fixture {
    ozi_owner owner;
    ozi_shape shape;
    ozi_dict dict;
    uint64_t (*hash)(int64_t value);
} fixture;

static uint64_t
good(int64_t value)
{
    return ozi_mix64((uint64_t)value);
}

/* All in a few buckets, all tags equal. */
static uint64_t
crowded(int64_t value)
{
    return (uint64_t)value % 3 * 4;
}

/* One bucket, near the end of the index: searches wrap around. */
static uint64_t
last(int64_t value)
{
    return ~(uint64_t)0 - (good(value) & UINT64_C(0xff00000000));
}

static uint64_t
same(int64_t value)
{
    (void)value;
    return 0;
}

static void
set_up(fixture *f, const oz_alloc *alloc, uint64_t (*hash)(int64_t), bool is_ordered)
{
    ozi_pool_init(&f->owner.pool, alloc);
    f->owner.objects = &text_object_class;
    f->owner.object_count = 0;
    f->shape = (ozi_shape){.owner = &f->owner, .stride = sizeof(ozi_entry) + 8};
    f->hash = hash;
    ozi_dict_init(&f->dict, is_ordered);
}

static void
tear_down(fixture *f)
{
    ozi_dict_free(&f->dict, &f->shape);
    ozi_pool_drop(&f->owner.pool);
}

static int64_t
find(fixture *f, int64_t value)
{
    oz_key key = test_key(value);
    oz_status status = OZ_OK;
    int64_t number = ozi_dict_find(&f->dict, &f->shape, &key, f->hash(value), &status);
    assert_ok(status);
    return number;
}

static oz_status
put(fixture *f, int64_t value, bool *is_new)
{
    oz_key key = test_key(value);
    ozi_entry *entry;
    OZ_TRY(ozi_dict_put(&f->dict, &f->shape, &key, f->hash(value), &entry, is_new));
    int64_t *held = ozi_entry_value(entry);
    assert_int_equal(*held, *is_new ? 0 : value);
    *held = value;
    return OZ_OK;
}

static bool
take(fixture *f, int64_t value)
{
    _Alignas(8) char memory[sizeof(ozi_entry) + 8];
    ozi_entry *removed = (ozi_entry *)(void *)memory;
    int64_t number = find(f, value);
    if (number == OZI_DICT_NONE) {
        return false;
    }
    ozi_dict_remove(&f->dict, &f->shape, (uint32_t)number, removed);
    assert_int_equal(removed->key.low, value);
    assert_int_equal(*(int64_t *)ozi_entry_value(removed), value);
    return true;
}

static void
empty_dict_has_nothing(void **state)
{
    (void)state;
    fixture f;
    uint32_t at = 0;
    set_up(&f, oz_alloc_default(), good, true);
    assert_int_equal(find(&f, 1), OZI_DICT_NONE);
    assert_null(ozi_dict_next(&f.dict, &f.shape, &at));
    assert_true(ozi_dict_check(&f.dict, &f.shape));
    assert_int_equal(ozi_pool_bytes(&f.owner.pool), 0);
    tear_down(&f);
}

static void
entries_come_in_the_order_of_insertion(void **state)
{
    (void)state;
    fixture f;
    bool is_new;
    set_up(&f, oz_alloc_default(), good, true);
    for (int64_t i = 0; i < 100; i++) {
        assert_ok(put(&f, i * 7 % 101, &is_new));
        assert_true(is_new);
    }
    assert_true(take(&f, 7));
    assert_false(take(&f, 7));
    assert_ok(put(&f, 14, &is_new));
    assert_false(is_new);
    uint32_t at = 0;
    ozi_entry *entry;
    for (int64_t i = 0; (entry = ozi_dict_next(&f.dict, &f.shape, &at)) != NULL; i++) {
        i += i == 1;
        assert_int_equal(entry->key.low, i * 7 % 101);
    }
    tear_down(&f);
}

/* A queue of keys: what is put at one end and taken at the other needs room for its length. */
static void
queue_of_keys_stays_small(void **state)
{
    (void)state;
    fixture f;
    bool is_new;
    set_up(&f, oz_alloc_default(), good, true);
    for (int64_t i = 0; i < 10000; i++) {
        assert_ok(put(&f, i, &is_new));
        if (i >= 50) {
            uint32_t at = 0;
            assert_int_equal(ozi_dict_next(&f.dict, &f.shape, &at)->key.low, i - 50);
            assert_true(take(&f, i - 50));
        }
    }
    assert_int_equal(f.dict.live, 50);
    assert_in_range(f.dict.room, 50, 128);
    assert_in_range(ozi_segment_slots(&f.dict), 64, 256);
    assert_true(ozi_dict_check(&f.dict, &f.shape));
    tear_down(&f);
}

/* Without order there are no holes: the last entry moves. */
static void
last_entry_takes_the_place_of_one_that_left(void **state)
{
    (void)state;
    fixture f;
    bool is_new;
    set_up(&f, oz_alloc_default(), good, false);
    for (int64_t i = 0; i < 10; i++) {
        assert_ok(put(&f, i, &is_new));
    }
    assert_true(take(&f, 3));
    assert_true(take(&f, 8));
    const int64_t left[] = {0, 1, 2, 9, 4, 5, 6, 7};
    uint32_t at = 0;
    for (int i = 0; i < 8; i++) {
        assert_int_equal(ozi_dict_next(&f.dict, &f.shape, &at)->key.low, left[i]);
    }
    assert_null(ozi_dict_next(&f.dict, &f.shape, &at));
    assert_true(ozi_dict_check(&f.dict, &f.shape));
    tear_down(&f);
}

static void
memory_comes_back_after_removals(void **state)
{
    (void)state;
    for (int ordered = 0; ordered < 2; ordered++) {
        fixture f;
        bool is_new;
        set_up(&f, oz_alloc_default(), good, ordered);
        for (int64_t i = 0; i < 60000; i++) {
            assert_ok(put(&f, i, &is_new));
        }
        for (int64_t i = 0; i < 60000; i++) {
            if (i % 6000 != 3) {
                assert_true(take(&f, i));
            }
        }
        assert_int_equal(f.dict.live, 10);
        assert_in_range(f.dict.room, 10, 128);
        assert_in_range(ozi_segment_slots(&f.dict), 16, 256);
        assert_true(ozi_dict_check(&f.dict, &f.shape));
        for (int64_t i = 0; i < 10; i++) {
            assert_int_not_equal(find(&f, i * 6000 + 3), OZI_DICT_NONE);
        }
        tear_down(&f);
    }
}

/* Past the sizes at which chunks are added, segments split and numbers get wider. */
static void
large_dict_finds_everything(void **state)
{
    (void)state;
    enum { COUNT = 150000 };
    fixture f;
    bool is_new;
    set_up(&f, oz_alloc_default(), good, false);
    for (int64_t i = 0; i < COUNT; i++) {
        assert_ok(put(&f, i, &is_new));
        assert_true(is_new);
        assert_true(i % 20011 != 0 || ozi_dict_check(&f.dict, &f.shape));
    }
    assert_true(f.dict.number_mask > OZI_NUMBER_MASK_FIRST);
    assert_true(ozi_directory_count(&f.dict) > 8);
    for (int64_t i = 0; i < COUNT; i += 3) {
        assert_true(take(&f, i));
    }
    assert_true(ozi_dict_check(&f.dict, &f.shape));
    for (int64_t i = 0; i < COUNT; i++) {
        assert_true((find(&f, i) == OZI_DICT_NONE) == (i % 3 == 0));
    }
    tear_down(&f);
}

/* Hashes that no splitting tells apart: an end, not an endless directory. */
static uint64_t
alike(int64_t value)
{
    return (uint64_t)value;
}

static void
too_many_hashes_that_are_alike_are_refused(void **state)
{
    (void)state;
    fixture f;
    bool is_new;
    oz_status status = OZ_OK;
    int64_t count = 0;
    set_up(&f, oz_alloc_default(), alike, false);
    while (status == OZ_OK) {
        status = put(&f, count++, &is_new);
    }
    assert_int_equal(status, OZ_FULL);
    assert_in_range(count, OZI_SEGMENT_SLOTS / 2, OZI_SEGMENT_SLOTS);
    assert_int_equal(f.dict.live, count - 1);
    assert_true(ozi_dict_check(&f.dict, &f.shape));
    tear_down(&f);
}

/* One run against an array of what should be there. */
static void
compare_with_array(fixture *f, uint64_t seed, uint32_t values, int steps)
{
    bool present[512] = {false};
    uint64_t random = seed;
    uint32_t count = 0;
    for (int step = 0; step < steps; step++) {
        uint32_t value = test_draw(&random, values);
        bool is_new;
        /* Phases of growth and of removal, so that it gets full and empty again. */
        bool grow = test_draw(&random, 8) < (step / 500 % 2 == 0 ? 6U : 2U);
        if (grow) {
            assert_ok(put(f, value, &is_new));
            assert_seed(is_new == !present[value], seed);
            count += is_new;
        } else {
            assert_seed(take(f, value) == present[value], seed);
            count -= present[value];
        }
        present[value] = grow;
        assert_seed(f->dict.live == count, seed);
        assert_seed(step % 50 != 0 || ozi_dict_check(&f->dict, &f->shape), seed);
    }
    for (uint32_t value = 0; value < values; value++) {
        assert_seed((find(f, value) != OZI_DICT_NONE) == present[value], seed);
    }
}

static void
agrees_with_an_array(void **state)
{
    (void)state;
    uint64_t (*const hashes[])(int64_t) = {good, crowded, last, same};
    for (uint64_t seed = 0; seed < 24; seed++) {
        fixture f;
        set_up(&f, oz_alloc_default(), hashes[seed % 4], seed / 4 % 2 == 0);
        compare_with_array(&f, seed, seed % 4 == 0 ? 512 : 40, 4000);
        tear_down(&f);
    }
}

static oz_status
fill_and_empty(const oz_alloc *alloc, bool is_ordered)
{
    enum { COUNT = 35000 };
    fixture f;
    bool is_new;
    set_up(&f, alloc, good, is_ordered);
    oz_status status = OZ_OK;
    for (int64_t i = 0; i < COUNT && status == OZ_OK; i++) {
        status = put(&f, i, &is_new);
        assert_true(status == OZ_OK || find(&f, i) == OZI_DICT_NONE);
    }
    assert_true(ozi_dict_check(&f.dict, &f.shape));
    for (int64_t i = 0; i < COUNT - 10 && status == OZ_OK; i++) {
        assert_true(take(&f, i));
    }
    assert_true(ozi_dict_check(&f.dict, &f.shape));
    tear_down(&f);
    return status;
}

/* The index is there before the entries, for as many as come, for fewer, for more. */
static oz_status
reserve_and_fill(const oz_alloc *alloc, int64_t reserved, int64_t count)
{
    fixture f;
    bool is_new;
    set_up(&f, alloc, good, false);
    oz_status status = ozi_dict_reserve(&f.dict, &f.shape, (uint64_t)reserved);
    assert_true(status != OZ_OK || (f.dict.mask > 0) == (reserved > 16384));
    for (int64_t i = 0; i < count && status == OZ_OK; i++) {
        status = put(&f, i, &is_new);
    }
    assert_true(ozi_dict_check(&f.dict, &f.shape));
    for (int64_t i = 0; i < count && status == OZ_OK; i++) {
        assert_true(find(&f, i) == i);
    }
    tear_down(&f);
    return status;
}

static void
reserved_index_finds_everything(void **state)
{
    (void)state;
    const int64_t counts[] = {0, 10, 16384, 16385, 70000, 300000};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        assert_ok(reserve_and_fill(oz_alloc_default(), counts[i], counts[i]));
        assert_ok(reserve_and_fill(oz_alloc_default(), counts[i], 40000));
        assert_ok(reserve_and_fill(oz_alloc_default(), 70000, counts[i]));
    }
    assert_ok(reserve_and_fill(oz_alloc_default(), INT64_MAX, 10)); /* a number that is wrong */
}

static oz_status
scenario(const oz_alloc *alloc)
{
    OZ_TRY(reserve_and_fill(alloc, 40000, 40000));
    OZ_TRY(fill_and_empty(alloc, false));
    return fill_and_empty(alloc, true);
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
        cmocka_unit_test(empty_dict_has_nothing),
        cmocka_unit_test(entries_come_in_the_order_of_insertion),
        cmocka_unit_test(queue_of_keys_stays_small),
        cmocka_unit_test(last_entry_takes_the_place_of_one_that_left),
        cmocka_unit_test(memory_comes_back_after_removals),
        cmocka_unit_test(large_dict_finds_everything),
        cmocka_unit_test(too_many_hashes_that_are_alike_are_refused),
        cmocka_unit_test(agrees_with_an_array),
        cmocka_unit_test(reserved_index_finds_everything),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
