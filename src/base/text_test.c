/* Tests of text.c and text_value.c: cuts, growth, numbers as Python writes them, quotes. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "base/alloc_testing.h"
#include "base/text.h"

static void
pieces_follow_each_other(void **state)
{
    (void)state;
    char buffer[64];
    ozi_text text;
    ozi_text_init(&text, buffer, sizeof buffer);
    ozi_text_string(&text, "rows ");
    ozi_text_int64(&text, INT64_MIN);
    ozi_text_char(&text, ' ');
    ozi_text_format(&text, "%s=%d", "n", 7);
    ozi_text_repeat(&text, '-', 3);
    ozi_text_bytes(&text, NULL, 0);
    assert_string_equal(text.data, "rows -9223372036854775808 n=7---");
    assert_false(ozi_text_is_cut(&text));
    assert_int_equal(text.size, text.needed);
}

static void
room_is_never_exceeded(void **state)
{
    (void)state;
    static const char euro[] = "a\xE2\x82\xAC";
    for (size_t capacity = 0; capacity < 8; capacity++) {
        char buffer[8];
        memset(buffer, 'x', sizeof buffer);
        ozi_text text;
        ozi_text_init(&text, buffer, capacity);
        ozi_text_string(&text, euro);
        ozi_text_string(&text, "b");
        assert_int_equal(text.needed, 5);
        size_t expected = capacity > 5 ? 5 : capacity > 4 ? 4 : capacity > 1 ? 1 : 0;
        assert_int_equal(text.size, expected);
        assert_int_equal(ozi_text_is_cut(&text), capacity < 6);
        if (capacity > 0) {
            assert_int_equal(strlen(buffer), expected);
        }
        for (size_t at = capacity; at < sizeof buffer; at++) {
            assert_int_equal(buffer[at], 'x');
        }
    }
    ozi_text measure;
    ozi_text_init(&measure, NULL, 0);
    ozi_text_string(&measure, "twelve bytes");
    assert_int_equal(measure.needed, 12);
}

static void
nothing_follows_a_cut(void **state)
{
    (void)state;
    char buffer[4];
    ozi_text text;
    ozi_text_init(&text, buffer, sizeof buffer);
    ozi_text_string(&text, "ab\xE2\x82\xAC");
    ozi_text_string(&text, "c");
    assert_string_equal(buffer, "ab");
    assert_int_equal(text.needed, 6);
}

static void
long_pieces_are_whole(void **state)
{
    (void)state;
    char buffer[1000];
    ozi_text text;
    ozi_text_init(&text, buffer, sizeof buffer);
    ozi_text_repeat(&text, '=', 500);
    assert_int_equal(strlen(buffer), 500);
    ozi_text_format(&text, "%600s", "x");
    assert_int_equal(text.size, 1000 - 1);
}

static void
growing_stops_at_the_limit(void **state)
{
    (void)state;
    ozi_text text;
    ozi_text_init_growing(&text, oz_alloc_default(), 1000);
    assert_null(text.data);
    for (int i = 0; i < 300; i++) {
        ozi_text_string(&text, "four");
    }
    assert_int_equal(text.size, 999);
    assert_int_equal(text.needed, 1200);
    assert_int_equal(text.capacity, 1000);
    assert_int_equal(strlen(text.data), 999);
    ozi_text_free(&text);
    ozi_text_init_growing(&text, oz_alloc_default(), 10);
    ozi_text_string(&text, "0123456789");
    assert_string_equal(text.data, "012345678");
    ozi_text_free(&text);
}

static const struct {
    double value;
    const char *text;
} floats[] = {
    {0x0.0p+0, "0.0"},
    {-0x0.0p+0, "-0.0"},
    {0x1.0000000000000p+0, "1.0"},
    {-0x1.8000000000000p+0, "-1.5"},
    {0x1.999999999999ap-4, "0.1"},
    {0x1.c6bf526340000p+49, "1000000000000000.0"},
    {0x1.1c37937e08000p+53, "1e+16"},
    {0x1.b69b4ba630f35p+56, "1.2345678901234568e+17"},
    {0x1.0f0cf064dd592p+73, "1e+22"},
    {0x1.52d02c7e14af6p+76, "1e+23"},
    {0x1.a36e2eb1c432dp-14, "0.0001"},
    {0x1.4f8b588e368f1p-17, "1e-05"},
    {0x1.02e4b6ce5dc68p-13, "0.00012345"},
    {0x0.0000000000001p-1022, "5e-324"},
    {0x1.fffffffffffffp+1023, "1.7976931348623157e+308"},
    {0x1.0000000000000p-1017, "7.120236347223045e-307"},
    {0x1.5555555555555p-2, "0.3333333333333333"},
    {0x1.9000000000000p+6, "100.0"},
    {0x1.249ad2594c37dp+332, "1e+100"},
    {NAN, "nan"},
    {INFINITY, "inf"},
    {-INFINITY, "-inf"},
    {0x1.1c37937e07fffp+53, "9999999999999998.0"},
    {0x1.1fa182c40c60dp-1022, "2.5e-308"},
};

static void
floats_look_as_in_python(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof floats / sizeof *floats; i++) {
        char buffer[40];
        ozi_text text;
        ozi_text_init(&text, buffer, sizeof buffer);
        ozi_text_float64(&text, floats[i].value);
        assert_string_equal(buffer, floats[i].text);
    }
}

static void
assert_quoted(const char *data, size_t shown_max, const char *expected)
{
    char buffer[200];
    ozi_text text;
    ozi_text_init(&text, buffer, sizeof buffer);
    ozi_text_quoted(&text, data, strlen(data), shown_max);
    assert_string_equal(buffer, expected);
}

static void
quotes_look_as_in_python(void **state)
{
    (void)state;
    assert_quoted("", 100, "''");
    assert_quoted("ouzel", 100, "'ouzel'");
    assert_quoted("it's", 100, "\"it's\"");
    assert_quoted("it's \"so\"", 100, "'it\\'s \"so\"'");
    assert_quoted("a\tb\nc\rd\\e\x01\x7F", 100, "'a\\tb\\nc\\rd\\\\e\\x01\\x7f'");
    assert_quoted("\xC3\xA9", 100, "'\xC3\xA9'");
    assert_quoted("\xFF\xC3", 100, "'\\xff\\xc3'");
    assert_quoted("0123456789", 4, "'0123'...");
    assert_quoted("012\xE2\x82\xAC", 4, "'012'...");
    assert_quoted("0123", 4, "'0123'");
    char buffer[4];
    ozi_text text;
    ozi_text_init(&text, buffer, sizeof buffer);
    ozi_text_quoted(&text, NULL, 0, 10);
    assert_string_equal(buffer, "''");
}

static void
json_strings_are_valid(void **state)
{
    (void)state;
    char buffer[200];
    ozi_text text;
    ozi_text_init(&text, buffer, sizeof buffer);
    static const char data[] = "q\"b\\n\n\x01\x00'\xC3\xA9\xFF\xED\xA0\x80";
    ozi_text_json(&text, data, sizeof data - 1);
    assert_string_equal(buffer, "\"q\\\"b\\\\n\\n\\u0001\\u0000'\xC3\xA9\\ufffd\\ud800\"");
}

static oz_status
grow_a_text(const oz_alloc *alloc)
{
    ozi_text text;
    ozi_text_init_growing(&text, alloc, 1 << 16);
    for (int i = 0; i < 500; i++) {
        ozi_text_string(&text, "ten bytes.");
    }
    oz_status status = ozi_text_is_cut(&text) ? OZ_NO_MEMORY : OZ_OK;
    assert_int_equal(text.needed, 5000);
    ozi_text_free(&text);
    return status;
}

static void
memory_runs_out(void **state)
{
    (void)state;
    assert_true(ozi_alloc_fail_each(grow_a_text) > 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_follow_each_other),
        cmocka_unit_test(room_is_never_exceeded),
        cmocka_unit_test(nothing_follows_a_cut),
        cmocka_unit_test(long_pieces_are_whole),
        cmocka_unit_test(growing_stops_at_the_limit),
        cmocka_unit_test(floats_look_as_in_python),
        cmocka_unit_test(quotes_look_as_in_python),
        cmocka_unit_test(json_strings_are_valid),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests_name("base/text", tests, NULL, NULL);
}
