/* Tests of the scans: each against the simplest loop, on texts of every length. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "expr/scan.h"

enum { SIZE_MAX_TESTED = 300, BLOCKS = SIZE_MAX_TESTED / 64 + 1, ROUNDS = 2000 };

static char text[SIZE_MAX_TESTED];
static uint64_t words[BLOCKS], wide[BLOCKS], suspects[BLOCKS], starts[BLOCKS];
static uint32_t before[BLOCKS];
static oz_view views[SIZE_MAX_TESTED + OZI_SCAN_SLACK];

/* The same texts in every run. */
static uint32_t
draw(uint32_t limit)
{
    static uint32_t seed = 1;
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % limit;
}

static bool
bit(const uint64_t *bits, size_t at)
{
    return (bits[at / 64] >> at % 64 & 1) != 0;
}

static size_t
draw_text(void)
{
    static const char *const alphabets[] = {"ab ", "aB \t\n,", "\x1b\x1c\x1f !\x08\x0e,",
                                            "a \xc2\x85\xa0\xe2\x80\x81\xe3\xe1\x9a\xff"};
    const char *alphabet = alphabets[draw(4)];
    size_t size = draw(SIZE_MAX_TESTED);
    for (size_t i = 0; i < size; i++) {
        text[i] = alphabet[draw((uint32_t)strlen(alphabet))];
    }
    return size;
}

/* In turn: each kind of scan there is here. */
static const ozi_scan *
scan_of(int round)
{
    return round % 2 == 0 ? ozi_scan_get() : ozi_scan_by_name("plain");
}

static void
a_marks(void **state)
{
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        const ozi_scan *scan = scan_of(round);
        size_t size = draw_text();
        bool any = scan->mark_words(text, size, words, wide, suspects);
        bool any_wide = false;
        for (size_t i = 0; i < size; i++) {
            unsigned char byte = (unsigned char)text[i];
            assert_int_equal(bit(words, i), !ozi_utf8_is_space_ascii(byte));
            assert_int_equal(bit(wide, i), byte >= 0x80);
            any_wide |= byte >= 0x80;
            if (byte >= 0x80 && ozi_utf8_space(text + i, size - i) > 0) {
                assert_true(bit(suspects, i));
            }
        }
        assert_int_equal(any, any_wide);
        assert_false(bit(words, size));
        assert_int_equal(scan->mark_byte(text, size, ',', words, wide), any_wide);
        for (size_t i = 0; i <= size; i++) {
            assert_int_equal(bit(words, i), i < size && text[i] == ',');
        }
    }
}

static void
b_words(void **state)
{
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        const ozi_scan *scan = scan_of(round);
        size_t size = draw_text();
        size_t blocks = ozi_scan_blocks(size);
        (void)scan->mark_words(text, size, words, wide, suspects);
        scan->starts(words, blocks, starts);
        int64_t count = scan->rank(starts, blocks, before);
        scan->emit_words(text, words, starts, blocks, 7, views);
        int64_t seen = 0;
        for (size_t i = 0; i < size; i++) {
            if (i % 64 == 0) {
                assert_int_equal(before[i / 64], seen);
            }
            bool first = bit(words, i) && (i == 0 || !bit(words, i - 1));
            assert_int_equal(bit(starts, i), first);
            if (first) {
                assert_ptr_equal(views[seen].data, text + i);
                assert_int_equal(views[seen].flags, 7);
                assert_false(bit(words, i + views[seen].size));
                assert_true(bit(words, i + views[seen].size - 1));
                seen++;
            }
        }
        assert_int_equal(count, seen);
    }
}

static void
c_fields(void **state)
{
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        const ozi_scan *scan = scan_of(round);
        size_t size = draw_text();
        size_t blocks = ozi_scan_blocks(size);
        (void)scan->mark_byte(text, size, ',', words, wide);
        words[size / 64] |= UINT64_C(1) << size % 64;
        int64_t count = scan->rank(words, blocks, before);
        scan->emit_fields(text, words, blocks, 0, views);
        const char *start = text;
        for (int64_t i = 0; i < count; i++) {
            assert_ptr_equal(views[i].data, start);
            start += views[i].size + 1;
        }
        assert_ptr_equal(start, text + size + 1);
    }
}

static void
d_counts(void **state)
{
    (void)state;
    const uint64_t bits[] = {UINT64_C(1) << 63 | 0x31, 0x3};
    const oz_view rows[] = {{text, 4, 0}, {text + 5, 58, 0}, {text + 64, 1, 0}, {text + 65, 1, 0}};
    const int32_t without[] = {1, 2, 2, 1};
    const int32_t with[] = {2, 2, 2, 0};
    for (int round = 0; round < 2; round++) {
        int32_t counts[4];
        assert_int_equal(scan_of(round)->rank(bits, 2, before), 6);
        scan_of(round)->count_rows(rows, 4, text, bits, before, false, counts);
        assert_memory_equal(counts, without, sizeof counts);
        /* The bits at the ends of the rows: 4, 63, 65, 66; only some of them are set. */
        scan_of(round)->count_rows(rows, 2, text, bits, before, true, counts);
        assert_memory_equal(counts, with, 2 * sizeof counts[0]);
    }
}

static void
e_letters(void **state)
{
    (void)state;
    static char target[SIZE_MAX_TESTED];
    for (int round = 0; round < ROUNDS; round++) {
        const ozi_scan *scan = scan_of(round);
        char first = draw(2) == 0 ? 'A' : 'a';
        size_t size = draw_text();
        unsigned found = 0;
        scan->flip_letters(target, text, size, first);
        for (size_t i = 0; i < size; i++) {
            bool letter = text[i] >= first && text[i] < first + 26;
            found |= letter ? OZI_SCAN_LETTER : 0;
            found |= (unsigned char)text[i] >= 0x80 ? OZI_SCAN_WIDE : 0;
            assert_int_equal(target[i], letter ? text[i] ^ 0x20 : text[i]);
        }
        assert_int_equal(scan->find(text, size, first), found);
    }
    assert_null(ozi_scan_by_name("abacus"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_marks),  cmocka_unit_test(b_words),   cmocka_unit_test(c_fields),
        cmocka_unit_test(d_counts), cmocka_unit_test(e_letters),
    };
    return cmocka_run_group_tests_name("expr/scan", tests, NULL, NULL);
}
