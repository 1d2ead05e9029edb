/* Tests of split.c and pieces.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "expr/kernel_testing.h"
#include "expr/stretch.h"

static void
a_words(void **state)
{
    (void)state;
    assert_expand("str.split", lines("one two\n\n  a \t b  \n \nend"), NOTHING,
                  "'one' 'two'\n\n'a' 'b'\n\n'end'\n");
    assert_expand("str.split",
                  lines("a\x1c"
                        "b\x1f"
                        "c\vd"),
                  LIST_OF(T_NULL), "'a' 'b' 'c' 'd'\n");
    assert_map("str.split", lines("one two\n\nx"), NOTHING, "['one', 'two']\n[]\n['x']\n");
}

static void
b_words_beyond_ascii(void **state)
{
    (void)state;
    assert_expand("str.split",
                  lines("\xc3\xa9\xc2\xa0\xc3\xa0\xe3\x80\x80\xe3\x80\x81\n\xe2\x80\x94"), NOTHING,
                  "'\xc3\xa9' '\xc3\xa0' '\xe3\x80\x81'\n'\xe2\x80\x94'\n");
    assert_expand("str.split",
                  lines("\xe2\x81\x9f"
                        "a\xe1\x9a\x80"
                        "b\xc2\x85"),
                  NOTHING, "'a' 'b'\n");
}

static void
c_fields(void **state)
{
    (void)state;
    assert_expand("str.split", lines("a,b\n\n,\nx"), LIST_OF(T_TEXT(",")),
                  "'a' 'b'\n''\n'' ''\n'x'\n");
    assert_expand("str.split", lines("a<>b<><>\n<\n"), LIST_OF(T_TEXT("<>")),
                  "'a' 'b' '' ''\n'<'\n''\n");
    assert_expand("str.split",
                  lines("a\xc3\xa9"
                        "b"),
                  LIST_OF(T_TEXT("\xc3\xa9")), "'a' 'b'\n");
    assert_expand("str.split", lines("aaa"), LIST_OF(T_TEXT("aa")), "'' 'a'\n");
}

static void
d_limits(void **state)
{
    (void)state;
    assert_expand("str.split", lines("  a b  c \n \nx"), LIST_OF(T_NULL, T_INT(1)),
                  "'a' 'b  c '\n\n'x'\n");
    assert_expand("str.split", lines("  a b "), LIST_OF(T_NULL, T_INT(0)), "'a b '\n");
    assert_expand("str.split", lines(" a  b"), LIST_OF(T_NULL, T_INT(-1)), "'a' 'b'\n");
    assert_expand("str.split", lines("a,b,c\n"), LIST_OF(T_TEXT(","), T_INT(1)), "'a' 'b,c'\n''\n");
    assert_expand("str.split", lines("a,b"), LIST_OF(T_TEXT(","), T_INT(0)), "'a,b'\n");
    assert_map("str.split", lines("a,b,c"), LIST_OF(T_TEXT(","), T_INT(1)), "['a', 'b,c']\n");
}

static void
e_arguments_for_the_host(void **state)
{
    (void)state;
    assert_expand("str.split", lines("a"), LIST_OF(T_TEXT("")), "INVALID");
    assert_expand("str.split", lines("a"), LIST_OF(T_INT(1)), "INVALID");
    assert_expand("str.split", lines("a"), LIST_OF(T_NULL, T_NULL), "INVALID");
    assert_expand("str.split", lines("a"), LIST_OF(T_NULL, T_INT(1), T_INT(1)), "INVALID");
}

static void
f_null_is_for_the_host(void **state)
{
    (void)state;
    assert_expand("str.split", column_of(OZ_STRING, LIST_OF(T_TEXT("a b"), T_NULL, T_TEXT("c"))),
                  NOTHING, "'a' 'b'\nhost\n'c'\n");
    assert_map("str.split", column_of(OZ_STRING, LIST_OF(T_NULL, T_TEXT("c"))), NOTHING,
               "host\n['c']\n");
}

/* One row that is longer than a stretch, between short ones, by words of every length. */
static void
g_long_rows(void **state)
{
    (void)state;
    static char text[3 * OZI_STRETCH_MAX];
    static char expected[6 * OZI_STRETCH_MAX];
    size_t size = 0;
    size_t printed = 0;
    memcpy(text, "a b\n", 4);
    memcpy(expected, "'a' 'b'\n", 8);
    size = 4;
    printed = 8;
    for (size_t word = 1; size < 2 * OZI_STRETCH_MAX; word = word % 150 + 1) {
        memset(text + size, 'w', word);
        text[size + word] = word % 2 == 0 ? ' ' : '\t';
        expected[printed] = '\'';
        memset(expected + printed + 1, 'w', word);
        memcpy(expected + printed + 1 + word, "' ", 2);
        size += word + 1;
        printed += word + 3;
    }
    memcpy(text + size, "\nend", 5);
    memcpy(expected + printed - 1, "\n'end'\n", 8);
    assert_expand("str.split", lines(text), NOTHING, expected);
}

/* Pieces say that they are ASCII exactly when they are, whatever their row is. */
static void
h_flags(void **state)
{
    (void)state;
    const oz_column *column = lines("plain w\xc3\xb6rd more\nascii only");
    const oz_batch *batch = NULL;
    int32_t counts[2] = {0};
    assert_ok(test_batch(&column, &batch));
    oz_call call = {.kind = OZ_CALL_EXPAND,
                    .batch = batch,
                    .stop = 2,
                    .counts = counts,
                    .alloc = oz_alloc_default()};
    assert_ok(oz_kernel_find("str.split", OZ_CALL_EXPAND, OZ_STRING)->run(NOTHING, &call, NULL));
    const oz_view *views = call.column->values;
    const uint32_t expected[] = {OZ_VIEW_ASCII, 0, OZ_VIEW_ASCII, OZ_VIEW_ASCII, OZ_VIEW_ASCII};
    assert_int_equal(call.count, 5);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(views[i].flags, expected[i]);
    }
    oz_column_release(&call.column);
    oz_batch_release(&batch);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_words),
        cmocka_unit_test(b_words_beyond_ascii),
        cmocka_unit_test(c_fields),
        cmocka_unit_test(d_limits),
        cmocka_unit_test(e_arguments_for_the_host),
        cmocka_unit_test(f_null_is_for_the_host),
        cmocka_unit_test(g_long_rows),
        cmocka_unit_test(h_flags),
    };
    return cmocka_run_group_tests_name("expr/split", tests, NULL, NULL);
}
