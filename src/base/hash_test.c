/* Tests of hash.c: pinned values, avalanche, collisions, and no read outside the bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "base/alloc.h"
#include "base/hash.h"

enum { SAMPLES = 4096, BYTES_MAX = 200 };

static const char sentence[] =
    "The ouzel walks along the bed of fast streams, looking for its food.";

/* A stream of test inputs that has nothing to do with what is tested. */
static uint64_t
next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/*
 * The hash is part of the state format: if this test fails, the hash must be put right, not the
 * numbers.
 */
static void
values_never_change(void **state)
{
    (void)state;
    assert_int_equal(ozi_mix64(1), UINT64_C(0x5692161d100b05e5));
    assert_int_equal(ozi_hash_pair(0, 1, 2), UINT64_C(0x96b3ed4f07564bbd));
    assert_int_equal(ozi_hash_pair(7, 1, 2), UINT64_C(0x64f10ace011136e0));
    assert_int_equal(ozi_hash_bytes(0, NULL, 0), UINT64_C(0xbe3788a87433fb9b));
    assert_int_equal(ozi_hash_bytes(0, "a", 1), UINT64_C(0x2c64d6c0124c7867));
    assert_int_equal(ozi_hash_bytes(0, "ouzel", 5), UINT64_C(0x50e6613754bbb401));
    assert_int_equal(ozi_hash_bytes(0, sentence, 16), UINT64_C(0xa01483a9cd3c55a3));
    assert_int_equal(ozi_hash_bytes(7, sentence, 17), UINT64_C(0x131c50a95d5a5686));
    assert_int_equal(ozi_hash_bytes(0, sentence, 48), UINT64_C(0x148472777437f33e));
    assert_int_equal(ozi_hash_bytes(0, sentence, 68), UINT64_C(0x9cff88de9bce750c));
}

typedef uint64_t (*hash_of_16)(const uint64_t words[2]);

static uint64_t
as_pair(const uint64_t words[2])
{
    return ozi_hash_pair(42, words[0], words[1]);
}

static uint64_t
as_bytes(const uint64_t words[2])
{
    return ozi_hash_bytes(42, words, 16);
}

static uint64_t
as_mix(const uint64_t words[2])
{
    return ozi_mix64(words[0]);
}

static uint64_t
as_seed(const uint64_t words[2])
{
    return ozi_hash_pair(words[0], 1, 2);
}

/* Each input bit, when it flips, must flip each output bit half of the time. */
static void
check_avalanche(hash_of_16 hash, int input_bits, int random_bits)
{
    uint64_t random = 88172645463325252U;
    uint64_t mask = random_bits == 64 ? UINT64_MAX : (UINT64_C(1) << random_bits) - 1;
    for (int bit = 0; bit < input_bits; bit++) {
        int flips[64] = {0};
        for (int sample = 0; sample < SAMPLES; sample++) {
            uint64_t words[2] = {next_random(&random) & mask, next_random(&random) & mask};
            uint64_t before = hash(words);
            words[bit / 64] ^= UINT64_C(1) << (bit % 64);
            uint64_t changed = before ^ hash(words);
            for (int out = 0; out < 64; out++) {
                flips[out] += (int)(changed >> out & 1);
            }
        }
        for (int out = 0; out < 64; out++) {
            assert_in_range(flips[out], SAMPLES * 45 / 100, SAMPLES * 55 / 100);
        }
    }
}

static void
every_bit_spreads(void **state)
{
    (void)state;
    check_avalanche(as_pair, 128, 64);
    check_avalanche(as_pair, 128, 12); /* small numbers, as ids are */
    check_avalanche(as_bytes, 128, 64);
    check_avalanche(as_bytes, 128, 12);
    check_avalanche(as_mix, 64, 64);
    check_avalanche(as_seed, 64, 64);
}

static int
compare_hashes(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static void
assert_distinct(uint64_t *hashes, size_t count)
{
    qsort(hashes, count, sizeof *hashes, compare_hashes);
    for (size_t i = 1; i < count; i++) {
        assert_true(hashes[i - 1] != hashes[i]);
    }
}

static void
similar_keys_do_not_collide(void **state)
{
    (void)state;
    enum { COUNT = 128 * 127 / 2 + 128 + 1 };
    static uint64_t hashes[COUNT];
    size_t count = 0;
    hashes[count++] = ozi_hash_pair(0, 0, 0);
    for (int a = 0; a < 128; a++) {
        for (int b = a; b < 128; b++) {
            uint64_t words[2] = {0, 0};
            words[a / 64] |= UINT64_C(1) << (a % 64);
            words[b / 64] |= UINT64_C(1) << (b % 64);
            hashes[count++] = ozi_hash_pair(0, words[0], words[1]);
        }
    }
    assert_int_equal(count, COUNT);
    assert_distinct(hashes, count);
}

/* Counting numbers must fill a table evenly, by the lowest bits and by the highest. */
static void
counters_spread_over_groups(void **state)
{
    (void)state;
    enum { GROUPS = 256, PER_GROUP = 400 };
    static int low[GROUPS];
    static int high[GROUPS];
    for (uint64_t i = 0; i < GROUPS * PER_GROUP; i++) {
        uint64_t hash = ozi_hash_pair(1, i, UINT64_C(1) << 56);
        low[hash % GROUPS]++;
        high[hash >> 56]++;
    }
    for (int i = 0; i < GROUPS; i++) {
        assert_in_range(low[i], PER_GROUP * 7 / 10, PER_GROUP * 13 / 10);
        assert_in_range(high[i], PER_GROUP * 7 / 10, PER_GROUP * 13 / 10);
    }
}

static void
size_and_seed_count(void **state)
{
    (void)state;
    static const char zeros[BYTES_MAX];
    uint64_t hashes[2 * BYTES_MAX];
    for (size_t size = 0; size < BYTES_MAX; size++) {
        hashes[2 * size] = ozi_hash_bytes(0, zeros, size);
        hashes[2 * size + 1] = ozi_hash_bytes(1, zeros, size);
    }
    assert_distinct(hashes, sizeof hashes / sizeof *hashes);
}

/* Each byte of each size matters; the sanitizer sees any read beyond the block. */
static void
every_byte_counts(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    for (size_t size = 1; size < BYTES_MAX; size++) {
        char *bytes = ozi_alloc_zero(alloc, size);
        uint64_t before = ozi_hash_bytes(3, bytes, size);
        for (size_t at = 0; at < size; at++) {
            bytes[at] = 1;
            assert_true(ozi_hash_bytes(3, bytes, size) != before);
            bytes[at] = 0;
        }
        ozi_alloc_free(alloc, bytes, size);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_never_change),
        cmocka_unit_test(every_bit_spreads),
        cmocka_unit_test(similar_keys_do_not_collide),
        cmocka_unit_test(counters_spread_over_groups),
        cmocka_unit_test(size_and_seed_count),
        cmocka_unit_test(every_byte_counts),
    };
    return cmocka_run_group_tests_name("base/hash", tests, NULL, NULL);
}
