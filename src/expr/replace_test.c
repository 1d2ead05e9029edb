/* Tests of replace.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "expr/kernel_testing.h"

static void
a_all(void **state)
{
    (void)state;
    assert_map("str.replace", lines("aXbX\nno\n\nX"), LIST_OF(T_TEXT("X"), T_TEXT("--")),
               "'a--b--'\n'no'\n''\n'--'\n");
    assert_map("str.replace", lines("aaa\naa"), LIST_OF(T_TEXT("aa"), T_TEXT("b")), "'ba'\n'b'\n");
    assert_map("str.replace", lines("abc\nb"), LIST_OF(T_TEXT("b"), T_TEXT("")), "'ac'\n''\n");
    assert_map("str.replace", lines("\xc3\xa9\xc3\xa8"), LIST_OF(T_TEXT("\xc3\xa9"), T_TEXT("e")),
               "'e\xc3\xa8'\n");
}

static void
b_some(void **state)
{
    (void)state;
    assert_map("str.replace", lines("aaa"), LIST_OF(T_TEXT("a"), T_TEXT("b"), T_INT(2)), "'bba'\n");
    assert_map("str.replace", lines("aaa"), LIST_OF(T_TEXT("a"), T_TEXT("b"), T_INT(0)), "'aaa'\n");
    assert_map("str.replace", lines("aaa"), LIST_OF(T_TEXT("a"), T_TEXT("b"), T_INT(-1)),
               "'bbb'\n");
}

static void
c_for_the_host(void **state)
{
    (void)state;
    assert_map("str.replace", lines("a"), LIST_OF(T_TEXT(""), T_TEXT("b")), "INVALID");
    assert_map("str.replace", lines("a"), LIST_OF(T_TEXT("a")), "INVALID");
    assert_map("str.replace", lines("a"), LIST_OF(T_TEXT("a"), T_NULL), "INVALID");
    assert_map("str.replace", column_of(OZ_STRING, LIST_OF(T_TEXT("a"), T_NULL)),
               LIST_OF(T_TEXT("a"), T_TEXT("b")), "'b'\nhost\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_all),
        cmocka_unit_test(b_some),
        cmocka_unit_test(c_for_the_host),
    };
    return cmocka_run_group_tests_name("expr/replace", tests, NULL, NULL);
}
