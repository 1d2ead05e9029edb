/* Tests of utf8.c: against a slow reading of the definition, over all sequences that matter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "base/alloc.h"
#include "base/utf8.h"

/* The bytes at which something changes, and one on each side. */
static const unsigned char edges[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF,
                                      0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE,
                                      0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xF8, 0xFF};
enum { EDGES = sizeof edges };

/* What str.isspace() accepts, as Python 3.11 says. */
static const uint32_t spaces[] = {0x09,   0x0A,   0x0B,   0x0C,   0x0D,   0x1C,   0x1D,   0x1E,
                                  0x1F,   0x20,   0x85,   0xA0,   0x1680, 0x2000, 0x2001, 0x2002,
                                  0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200A,
                                  0x2028, 0x2029, 0x202F, 0x205F, 0x3000};

/*
 * The definition, read slowly: the length of the valid character at `bytes`, or minus the longest
 * beginning (at least 1) that some bytes could complete to one.
 */
static int
slow_decode(const unsigned char *bytes, size_t size, bool surrogates)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char first = bytes[0];
    int length = first < 0x80 ? 1 : first < 0xC0 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (length <= 1 || first >= 0xF8) {
        return length == 1 ? 1 : -1;
    }
    int could_begin = 1;
    uint32_t value = first & (0xFFU >> (length + 1));
    for (int i = 1; i < length; i++) {
        if ((size_t)i == size || (bytes[i] & 0xC0) != 0x80) {
            return -could_begin;
        }
        value = value << 6 | (bytes[i] & 0x3F);
        int missing = 6 * (length - 1 - i);
        uint32_t low = value << missing;
        uint32_t high = low | ((1U << missing) - 1);
        bool surrogate = low >= 0xD800 && high <= 0xDFFF;
        if (high < least[length] || low > 0x10FFFF || (surrogate && !surrogates)) {
            return -could_begin;
        }
        could_begin = i + 1;
    }
    return length;
}

static size_t
slow_check(const unsigned char *bytes, size_t size, bool *ascii)
{
    size_t at = 0;
    *ascii = true;
    while (at < size) {
        int length = slow_decode(bytes + at, size - at, false);
        if (length < 0) {
            break;
        }
        *ascii = *ascii && length == 1;
        at += (size_t)length;
    }
    return at;
}

static void
assert_checks_alike(const unsigned char *bytes, size_t size)
{
    bool ascii;
    bool slow_ascii;
    size_t valid = ozi_utf8_check((const char *)bytes, size, &ascii);
    size_t slow = slow_check(bytes, size, &slow_ascii);
    if (valid != slow || ascii != slow_ascii) {
        fail_msg("%02X %02X %02X %02X: %zu instead of %zu", bytes[0], bytes[1], bytes[2], bytes[3],
                 valid, slow);
    }
}

/* All four-byte sequences of edge bytes, alone and with text around. */
static void
check_agrees_with_the_definition(void **state)
{
    (void)state;
    unsigned char text[48];
    memset(text, 'x', sizeof text);
    for (int n = 0; n < EDGES * EDGES * EDGES * EDGES; n++) {
        unsigned char four[4] = {edges[n % EDGES], edges[n / EDGES % EDGES],
                                 edges[n / EDGES / EDGES % EDGES],
                                 edges[n / EDGES / EDGES / EDGES]};
        assert_checks_alike(four, 4);
        memcpy(text + 33, four, 4);
        assert_checks_alike(text + 33, 15);
        if (n % 64 == 0) {
            assert_checks_alike(text, sizeof text);
        }
    }
}

static void
decode_agrees_with_the_definition(void **state)
{
    (void)state;
    for (int n = 0; n < EDGES * EDGES * EDGES * EDGES; n++) {
        unsigned char four[4] = {edges[n % EDGES], edges[n / EDGES % EDGES],
                                 edges[n / EDGES / EDGES % EDGES],
                                 edges[n / EDGES / EDGES / EDGES]};
        for (size_t size = 1; size <= 4; size++) {
            uint32_t code_point;
            int length = ozi_utf8_decode((const char *)four, size, &code_point);
            assert_int_equal(length, slow_decode(four, size, true));
        }
    }
}

static void
all_code_points_go_round(void **state)
{
    (void)state;
    for (uint32_t code_point = 0; code_point <= 0x10FFFF; code_point++) {
        char bytes[4];
        uint32_t back;
        size_t length = ozi_utf8_encode(code_point, bytes);
        assert_int_equal(ozi_utf8_decode(bytes, length, &back), length);
        assert_int_equal(back, code_point);
        bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
        assert_int_equal(ozi_utf8_check(bytes, length, NULL), surrogate ? 0 : length);
        assert_int_equal(ozi_utf8_length(bytes, length), 1);
    }
}

static void
space_is_what_python_says(void **state)
{
    (void)state;
    size_t next = 0;
    for (uint32_t code_point = 0; code_point <= 0x10FFFF; code_point++) {
        char bytes[5] = "x";
        size_t length = ozi_utf8_encode(code_point, bytes + 1);
        bool space = next < sizeof spaces / sizeof *spaces && spaces[next] == code_point;
        next += space;
        assert_int_equal(ozi_utf8_space(bytes + 1, length), space ? length : 0);
        assert_int_equal(ozi_utf8_space_before(bytes, length + 1), space ? length : 0);
    }
    assert_int_equal(next, sizeof spaces / sizeof *spaces);
    assert_int_equal(ozi_utf8_space("", 0), 0);
    assert_int_equal(ozi_utf8_space_before("", 0), 0);
}

/* A fault at each place of texts of each size: the fast steps must not jump over it or read on. */
static void
fault_is_found_at_every_place(void **state)
{
    (void)state;
    static const char *const fillers[] = {"x", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
    for (size_t filler = 0; filler < 4; filler++) {
        for (size_t count = 1; count < 70; count++) {
            size_t width = filler + 1;
            size_t size = count * width;
            char *text = ozi_alloc_new(oz_alloc_default(), size);
            for (size_t at = 0; at < size; at += width) {
                memcpy(text + at, fillers[filler], width);
            }
            bool ascii;
            assert_int_equal(ozi_utf8_check(text, size, &ascii), size);
            assert_int_equal(ascii, filler == 0);
            assert_int_equal(ozi_utf8_length(text, size), count);
            assert_int_equal(ozi_utf8_ascii_prefix(text, size), filler == 0 ? size : 0);
            for (size_t at = 0; at < size; at++) {
                char kept = text[at];
                text[at] = (char)0xFF;
                assert_int_equal(ozi_utf8_check(text, size, NULL), at - at % width);
                text[at] = kept;
            }
            ozi_alloc_free(oz_alloc_default(), text, size);
        }
    }
}

static void
unfinished_end_is_held_back(void **state)
{
    (void)state;
    /* Every cut inside of a character, after text. */
    static const char text[] = "ab\xC3\xA9"
                               "c\xE2\x82\xAC"
                               "d\xF0\x9F\x98\x80";
    static const size_t held[] = {0, 0, 0, 1, 0, 0, 1, 2, 0, 0, 1, 2, 3, 0};
    for (size_t size = 0; size < sizeof text; size++) {
        assert_int_equal(ozi_utf8_unfinished(text, size), held[size]);
    }
    /* What no byte can complete is not held back: it is an error now. */
    assert_int_equal(ozi_utf8_unfinished("\xFF", 1), 0);
    assert_int_equal(ozi_utf8_unfinished("\xC0", 1), 0);
    assert_int_equal(ozi_utf8_unfinished("\xED\xA0", 2), 0);
    assert_int_equal(ozi_utf8_unfinished("\xE0\x80", 2), 0);
    assert_int_equal(ozi_utf8_unfinished("\xF4\x90\x80", 3), 0);
    assert_int_equal(ozi_utf8_unfinished("\x80\x80\x80\x80", 4), 0);
    assert_int_equal(ozi_utf8_unfinished("\xC3\xA9\x80", 3), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_agrees_with_the_definition),
        cmocka_unit_test(decode_agrees_with_the_definition),
        cmocka_unit_test(all_code_points_go_round),
        cmocka_unit_test(space_is_what_python_says),
        cmocka_unit_test(fault_is_found_at_every_place),
        cmocka_unit_test(unfinished_end_is_held_back),
    };
    return cmocka_run_group_tests_name("base/utf8", tests, NULL, NULL);
}
