/* Tests of predicates.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "expr/kernel_testing.h"

static void
a_places(void **state)
{
    (void)state;
    assert_map("str.startswith", lines("ab\na\n\nb"), LIST_OF(T_TEXT("a")),
               "True\nTrue\nFalse\nFalse\n");
    assert_map("str.endswith",
               lines("ab\nb\n\xc3\xa9"
                     "b\nba"),
               LIST_OF(T_TEXT("b")), "True\nTrue\nTrue\nFalse\n");
    assert_map("operator.contains", lines("xaby\nab\nba\naab"), LIST_OF(T_TEXT("ab")),
               "True\nTrue\nFalse\nTrue\n");
    assert_filter("str.startswith", lines("ab\nb"), LIST_OF(T_TEXT("a")), "True\nFalse\n");
}

static void
b_places_of_nothing(void **state)
{
    (void)state;
    assert_map("str.startswith", lines("a\n"), LIST_OF(T_TEXT("")), "True\nTrue\n");
    assert_map("str.endswith", lines("a\n"), LIST_OF(T_TEXT("")), "True\nTrue\n");
    assert_map("operator.contains", lines("a\n"), LIST_OF(T_TEXT("")), "True\nTrue\n");
    assert_map("str.startswith", lines("a"), NOTHING, "INVALID");
    assert_map("str.startswith", lines("a"), LIST_OF(T_TEXT("a"), T_INT(1)), "INVALID");
    assert_map("str.endswith", lines("a"), LIST_OF(T_OBJECT("('a', 'b')")), "INVALID");
}

static void
c_kinds(void **state)
{
    (void)state;
    assert_map("str.isalpha", lines("aZ\na1\n\n@"), NOTHING, "True\nFalse\nFalse\nFalse\n");
    assert_map("str.isdigit", lines("09\n1a\n\n/\n:"), NOTHING,
               "True\nFalse\nFalse\nFalse\nFalse\n");
    assert_map("str.isalnum", lines("a1\n_\n"), NOTHING, "True\nFalse\nFalse\n");
    assert_map("str.isspace", lines(" \t\x1c\x1f\nx \n"), NOTHING, "True\nFalse\nFalse\n");
    assert_map("str.isprintable", lines("a ~\n\t\n\x7f\n"), NOTHING, "True\nFalse\nFalse\nTrue\n");
    assert_map("str.isnumeric", lines("1"), NOTHING, "True\n");
    assert_map("str.isdecimal", lines("1"), NOTHING, "True\n");
}

static void
d_cases(void **state)
{
    (void)state;
    assert_map("str.isupper", lines("A1!\nAa\n1\n"), NOTHING, "True\nFalse\nFalse\nFalse\n");
    assert_map("str.islower", lines("a1!\nAa\n1\n"), NOTHING, "True\nFalse\nFalse\nFalse\n");
    assert_map("str.istitle", lines("A Bc\nAB\nA b\n1A\n1\n\nA1B"), NOTHING,
               "True\nFalse\nFalse\nTrue\nFalse\nFalse\nTrue\n");
}

static void
e_beyond_ascii(void **state)
{
    (void)state;
    assert_map("str.isalpha", lines("a\n\xc3\xa9\nb"), NOTHING, "True\nhost\nTrue\n");
    assert_filter("str.isupper", lines("\xc3\x89\nB"), NOTHING, "host\nTrue\n");
    assert_map("str.istitle", lines("\xc3\x89\nB"), NOTHING, "host\nTrue\n");
    assert_map("str.isascii", lines("\xc3\xa9\nb\n"), NOTHING, "False\nTrue\nTrue\n");
    assert_map("str.startswith", lines("\xc3\xa9\nb"), LIST_OF(T_TEXT("\xc3\xa9")),
               "True\nFalse\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_places),       cmocka_unit_test(b_places_of_nothing),
        cmocka_unit_test(c_kinds),        cmocka_unit_test(d_cases),
        cmocka_unit_test(e_beyond_ascii),
    };
    return cmocka_run_group_tests_name("expr/predicates", tests, NULL, NULL);
}
