#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "batch/bits.h"

enum { BITS = 200 };

static void
fill(uint8_t *bits, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        bits[i] = (uint8_t)(i * 37 + 11);
    }
}

static void
a_copy_from_every_bit(void **state)
{
    (void)state;
    uint8_t source[BITS / 8];
    fill(source, sizeof(source));
    for (int64_t begin = 0; begin < 20; begin++) {
        for (int64_t count = 0; begin + count <= BITS; count += 7) {
            /* Exactly as large as promised, so that ASan sees a byte too many. */
            uint8_t *target = malloc(ozi_bits_bytes(count) + (count == 0));
            ozi_bits_copy(target, source, begin, count);
            for (int64_t i = 0; i < count; i++) {
                assert_int_equal(ozi_bits_get(target, i), ozi_bits_get(source, begin + i));
            }
            if ((count & 7) != 0) {
                assert_int_equal(target[count >> 3] >> (count & 7), 0);
            }
            free(target);
        }
    }
}

static void
b_append_keeps_what_is_there(void **state)
{
    (void)state;
    uint8_t source[4];
    fill(source, sizeof(source));
    for (int64_t at = 0; at < 17; at++) {
        uint8_t target[8] = {0};
        ozi_bits_append(target, 0, NULL, at);
        ozi_bits_append(target, at, source, 30);
        assert_int_equal(ozi_bits_count(target, 0, at), at);
        for (int64_t i = 0; i < 30; i++) {
            assert_int_equal(ozi_bits_get(target, at + i), ozi_bits_get(source, i));
        }
    }
}

static void
c_take_and_count(void **state)
{
    (void)state;
    uint8_t source[BITS / 8];
    uint8_t target[1];
    fill(source, sizeof(source));
    const int32_t indices[] = {199, 0, 0, 64};
    ozi_bits_take(target, source, indices, 4);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(ozi_bits_get(target, i), ozi_bits_get(source, indices[i]));
    }
    int64_t set = 0;
    for (int64_t i = 3; i < 190; i++) {
        set += ozi_bits_get(source, i);
    }
    assert_int_equal(ozi_bits_count(source, 3, 187), set);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copy_from_every_bit),
        cmocka_unit_test(b_append_keeps_what_is_there),
        cmocka_unit_test(c_take_and_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
