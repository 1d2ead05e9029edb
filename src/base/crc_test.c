/* Tests of crc.c: the vectors of RFC 3720, pieces, and single wrong bits. */
#include "base/crc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
vectors_of_the_rfc(void **state)
{
    (void)state;
    uint8_t bytes[32];
    memset(bytes, 0, sizeof bytes);
    assert_int_equal(ozi_crc(0, bytes, sizeof bytes), 0x8a9136aa);
    memset(bytes, 0xff, sizeof bytes);
    assert_int_equal(ozi_crc(0, bytes, sizeof bytes), 0x62a8ab43);
    for (uint8_t i = 0; i < 32; i++) {
        bytes[i] = i;
    }
    assert_int_equal(ozi_crc(0, bytes, sizeof bytes), 0x46dd794e);
    assert_int_equal(ozi_crc(0, "123456789", 9), 0xe3069283);
    assert_int_equal(ozi_crc(0, "", 0), 0);
}

/* The definition, bit by bit: also where the processor has an instruction. */
static uint32_t
slowly(const uint8_t *data, size_t size)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? UINT32_C(0x82f63b78) : 0);
        }
    }
    return ~crc;
}

static void
pieces_of_any_size_give_the_same(void **state)
{
    (void)state;
    uint8_t bytes[100];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(i * 7 + 3);
    }
    for (size_t size = 0; size <= sizeof bytes; size++) {
        uint32_t whole = slowly(bytes, size);
        for (size_t cut = 0; cut <= size; cut++) {
            uint32_t first = ozi_crc(0, bytes, cut);
            assert_int_equal(ozi_crc(first, bytes + cut, size - cut), whole);
        }
    }
}

/* Long ones are summed up in several pieces at a time. */
static void
long_ones_are_no_different(void **state)
{
    (void)state;
    static uint8_t bytes[20000];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(i * i + i / 251);
    }
    for (size_t size = 3000; size < sizeof bytes; size += 997) {
        uint32_t whole = slowly(bytes + size % 8, size - 8);
        assert_int_equal(ozi_crc(0, bytes + size % 8, size - 8), whole);
        uint32_t first = ozi_crc(0, bytes + size % 8, size / 3);
        assert_int_equal(ozi_crc(first, bytes + size % 8 + size / 3, size - 8 - size / 3), whole);
    }
}

static void
each_wrong_bit_shows(void **state)
{
    (void)state;
    uint8_t bytes[40] = "the cat sat on the mat";
    uint32_t right = ozi_crc(0, bytes, sizeof bytes);
    for (size_t bit = 0; bit < sizeof bytes * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_int_not_equal(ozi_crc(0, bytes, sizeof bytes), right);
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_the_rfc),
        cmocka_unit_test(pieces_of_any_size_give_the_same),
        cmocka_unit_test(long_ones_are_no_different),
        cmocka_unit_test(each_wrong_bit_shows),
    };
    return cmocka_run_group_tests_name("base/crc", tests, NULL, NULL);
}
