/* Tests of strip.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "expr/kernel_testing.h"

static void
a_white_space(void **state)
{
    (void)state;
    assert_map("str.strip", lines("  a b \nc\n\n \t\r\v\f\x1c\x1d\x1e\x1f"), NOTHING,
               "'a b'\n'c'\n''\n''\n");
    assert_map("str.lstrip", lines(" a "), NOTHING, "'a '\n");
    assert_map("str.rstrip", lines(" a "), LIST_OF(T_NULL), "' a'\n");
}

/* U+0085, 00A0, 1680, 2000, 200A, 2028, 2029, 202F, 205F, 3000; not 200B and 180E. */
static void
b_white_space_beyond_ascii(void **state)
{
    (void)state;
    assert_map("str.strip", lines("\xc2\x85\xc2\xa0\xe1\x9a\x80x\xe2\x80\x80\xe2\x80\x8a"), NOTHING,
               "'x'\n");
    assert_map("str.strip", lines("\xe2\x80\xa8\xe2\x80\xa9y\xe2\x80\xaf\xe2\x81\x9f\xe3\x80\x80 "),
               NOTHING, "'y'\n");
    assert_map("str.strip", lines("\xe2\x80\x8bz\xe1\xa0\x8e"), NOTHING,
               "'\xe2\x80\x8bz\xe1\xa0\x8e'\n");
    assert_map("str.strip", lines("\xc3\xa0\n\xc2\xa0\n \xe4\xba\xa0"), NOTHING,
               "'\xc3\xa0'\n''\n'\xe4\xba\xa0'\n");
}

static void
c_characters(void **state)
{
    (void)state;
    assert_map("str.strip", lines("--a-b!\nab\n!-!\n"), LIST_OF(T_TEXT("-!")),
               "'a-b'\n'ab'\n''\n''\n");
    assert_map("str.lstrip", lines("aab\nb"), LIST_OF(T_TEXT("a")), "'b'\n'b'\n");
    assert_map("str.rstrip",
               lines("baa\n\xc3\xa9"
                     "a"),
               LIST_OF(T_TEXT("a")), "'b'\n'\xc3\xa9'\n");
    assert_map("str.strip", lines(" a "), LIST_OF(T_TEXT("")), "' a '\n");
    assert_map("str.strip", lines("a"), LIST_OF(T_TEXT("\xc3\xa9")), "INVALID");
    assert_map("str.strip", lines("a"), LIST_OF(T_INT(1)), "INVALID");
}

static void
d_prefix_and_suffix(void **state)
{
    (void)state;
    assert_map("str.removeprefix", lines("abab\nab\na\n"), LIST_OF(T_TEXT("ab")),
               "'ab'\n''\n'a'\n''\n");
    assert_map("str.removesuffix", lines("abab\nba\nb"), LIST_OF(T_TEXT("ab")),
               "'ab'\n'ba'\n'b'\n");
    assert_map("str.removesuffix", lines("ab"), LIST_OF(T_TEXT("")), "'ab'\n");
    assert_map("str.removeprefix", lines("ab"), NOTHING, "INVALID");
}

static void
e_null_is_for_the_host(void **state)
{
    (void)state;
    assert_map("str.strip", column_of(OZ_STRING, LIST_OF(T_TEXT(" a"), T_NULL, T_TEXT("b "))),
               NOTHING, "'a'\nhost\n'b'\n");
}

/* A pushed element lives on the stack of who pushes it: what leaves must not point there. */
static void
f_a_row_on_the_stack(void **state)
{
    (void)state;
    char text[] = " word ";
    oz_view view = {text, 6, OZ_VIEW_ASCII};
    oz_column column = {.type = OZ_STRING,
                        .length = 1,
                        .values = &view,
                        .alloc = oz_alloc_default()};
    const oz_column *columns[] = {&column};
    oz_batch batch = {.column_count = 1, .row_count = 1, .columns = columns};
    oz_call call = {.batch = &batch, .stop = 1, .alloc = oz_alloc_default()};
    assert_ok(oz_kernel_find("str.strip", OZ_CALL_MAP, OZ_STRING)->run(NOTHING, &call, NULL));
    memset(text, 'x', sizeof text - 1);
    assert_column(call.column, "'word'\n");
    oz_column_release(&call.column);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_white_space),          cmocka_unit_test(b_white_space_beyond_ascii),
        cmocka_unit_test(c_characters),           cmocka_unit_test(d_prefix_and_suffix),
        cmocka_unit_test(e_null_is_for_the_host), cmocka_unit_test(f_a_row_on_the_stack),
    };
    return cmocka_run_group_tests_name("expr/strip", tests, NULL, NULL);
}
