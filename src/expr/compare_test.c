/* Tests of compare.c. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "expr/kernel_testing.h"

#define INTS(...) column_of(OZ_INT64, LIST_OF(__VA_ARGS__))
#define FLOATS(...) column_of(OZ_FLOAT64, LIST_OF(__VA_ARGS__))

static void
a_ints(void **state)
{
    (void)state;
    const char *const names[] = {"operator.eq", "operator.ne", "operator.lt",
                                 "operator.le", "operator.gt", "operator.ge"};
    const char *const expected[] = {"False\nTrue\nFalse\n", "True\nFalse\nTrue\n",
                                    "True\nFalse\nFalse\n", "True\nTrue\nFalse\n",
                                    "False\nFalse\nTrue\n", "False\nTrue\nTrue\n"};
    for (int i = 0; i < 6; i++) {
        assert_map(names[i], INTS(T_INT(1), T_INT(2), T_INT(3)), LIST_OF(T_INT(2)), expected[i]);
        assert_map(names[i], FLOATS(T_FLOAT(1), T_FLOAT(2), T_FLOAT(3)), LIST_OF(T_INT(2)),
                   expected[i]);
        assert_map(names[i], lines("a\nab\nb"), LIST_OF(T_TEXT("ab")), expected[i]);
        assert_starmap(names[i], INTS(T_INT(1), T_INT(2), T_INT(3)),
                       FLOATS(T_FLOAT(2), T_FLOAT(2), T_FLOAT(2)), NOTHING, expected[i]);
        assert_filter(names[i], INTS(T_INT(1), T_INT(2), T_INT(3)), LIST_OF(T_INT(2)), expected[i]);
    }
}

static void
b_nan(void **state)
{
    (void)state;
    assert_map("operator.eq", FLOATS(T_FLOAT(NAN), T_FLOAT(0.0)), LIST_OF(T_FLOAT(NAN)),
               "False\nFalse\n");
    assert_map("operator.ne", FLOATS(T_FLOAT(NAN)), LIST_OF(T_FLOAT(NAN)), "True\n");
    assert_map("operator.le", FLOATS(T_FLOAT(NAN)), LIST_OF(T_INT(1)), "False\n");
    assert_map("operator.ge", INTS(T_INT(1)), LIST_OF(T_FLOAT(NAN)), "False\n");
    assert_map("operator.eq", FLOATS(T_FLOAT(-0.0)), LIST_OF(T_INT(0)), "True\n");
}

/* 2^53 + 1 is no double: Python knows that it is not equal to 2^53. */
static void
c_large_ints(void **state)
{
    (void)state;
    const int64_t limit = INT64_C(1) << 53;
    assert_map("operator.eq", INTS(T_INT(limit + 1), T_INT(limit)), LIST_OF(T_FLOAT(0x1p53)),
               "host\nTrue\n");
    assert_map("operator.lt", FLOATS(T_FLOAT(1.0)), LIST_OF(T_INT(-limit - 1)), "host\n");
    assert_map("operator.lt", INTS(T_INT(limit)), LIST_OF(T_INT(limit + 1)), "True\n");
}

static void
d_strings(void **state)
{
    (void)state;
    assert_map("operator.eq", lines("a\n\n\xc3\xa9"), LIST_OF(T_TEXT("")), "False\nTrue\nFalse\n");
    /* U+FF5E before U+1F600, though UTF-16 would have it the other way round. */
    assert_map("operator.lt", lines("\xef\xbd\x9e\nz"), LIST_OF(T_TEXT("\xf0\x9f\x98\x80")),
               "True\nTrue\n");
    assert_starmap("operator.gt", lines("b\na\nab"), lines("a\nb\na"), NOTHING,
                   "True\nFalse\nTrue\n");
    assert_map("operator.eq", column_of(OZ_STRING, LIST_OF(T_NULL, T_TEXT("a"))),
               LIST_OF(T_TEXT("a")), "host\nTrue\n");
}

static void
e_for_the_host(void **state)
{
    (void)state;
    assert_map("operator.eq", lines("1"), LIST_OF(T_INT(1)), "INVALID");
    assert_map("operator.eq", INTS(T_INT(1)), LIST_OF(T_NULL), "INVALID");
    assert_map("operator.eq", INTS(T_INT(1)), NOTHING, "INVALID");
    assert_starmap("operator.lt", lines("a"), INTS(T_INT(1)), NOTHING, "INVALID");
    assert_map("operator.eq", column_of(OZ_BOOL, LIST_OF(T_BOOL(true))), LIST_OF(T_FLOAT(1.0)),
               "True\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ints),         cmocka_unit_test(b_nan),
        cmocka_unit_test(c_large_ints),   cmocka_unit_test(d_strings),
        cmocka_unit_test(e_for_the_host),
    };
    return cmocka_run_group_tests_name("expr/compare", tests, NULL, NULL);
}
