/* Tests of arithmetic.c: Python's results, or none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "expr/kernel_testing.h"

#define INTS(...) column_of(OZ_INT64, LIST_OF(__VA_ARGS__))
#define FLOATS(...) column_of(OZ_FLOAT64, LIST_OF(__VA_ARGS__))
#define BOOLS(...) column_of(OZ_BOOL, LIST_OF(__VA_ARGS__))

static void
a_ints(void **state)
{
    (void)state;
    assert_map("operator.add", INTS(T_INT(1), T_INT(-5)), LIST_OF(T_INT(2)), "3\n-3\n");
    assert_map("operator.sub", INTS(T_INT(1)), LIST_OF(T_INT(2)), "-1\n");
    assert_map("operator.rsub", INTS(T_INT(1)), LIST_OF(T_INT(5)), "4\n");
    assert_map("operator.mul", INTS(T_INT(3)), LIST_OF(T_INT(-2)), "-6\n");
    assert_starmap("operator.add", INTS(T_INT(1), T_INT(2)), INTS(T_INT(10), T_NULL), NOTHING,
                   "11\nhost\n");
    assert_map("operator.neg", INTS(T_INT(3), T_INT(INT64_MIN)), NOTHING, "-3\nhost\n");
    assert_map("abs", INTS(T_INT(-3), T_INT(INT64_MIN), T_INT(3)), NOTHING, "3\nhost\n3\n");
}

static void
b_beyond_64_bits(void **state)
{
    (void)state;
    assert_map("operator.add", INTS(T_INT(1), T_INT(INT64_MAX), T_INT(2)), LIST_OF(T_INT(1)),
               "2\nhost\n3\n");
    assert_map("operator.add", INTS(T_INT(INT64_MIN), T_INT(0)), LIST_OF(T_INT(-1)), "host\n-1\n");
    assert_map("operator.sub", INTS(T_INT(INT64_MIN), T_INT(0)), LIST_OF(T_INT(1)), "host\n-1\n");
    assert_map("operator.mul", INTS(T_INT(INT64_MAX), T_INT(4)), LIST_OF(T_INT(2)), "host\n8\n");
    assert_map("operator.floordiv", INTS(T_INT(INT64_MIN), T_INT(4)), LIST_OF(T_INT(-1)),
               "host\n-4\n");
}

static void
c_division_rounds_down(void **state)
{
    (void)state;
    assert_map("operator.floordiv", INTS(T_INT(7), T_INT(-7), T_INT(6)), LIST_OF(T_INT(3)),
               "2\n-3\n2\n");
    assert_map("operator.mod", INTS(T_INT(7), T_INT(-7), T_INT(6)), LIST_OF(T_INT(3)), "1\n2\n0\n");
    assert_map("operator.mod", INTS(T_INT(7), T_INT(-7)), LIST_OF(T_INT(-3)), "-2\n-1\n");
    assert_map("operator.rmod", INTS(T_INT(3), T_INT(0)), LIST_OF(T_INT(7)), "1\nhost\n");
    assert_map("operator.truediv", INTS(T_INT(1), T_INT(INT64_MAX)), LIST_OF(T_INT(4)),
               "0.25\nhost\n");
    assert_map("operator.truediv", INTS(T_INT(0)), LIST_OF(T_INT(-5)), "-0.0\n");
    assert_map("operator.truediv", INTS(T_INT(1)), LIST_OF(T_INT(0)), "host\n");
}

static void
d_floats(void **state)
{
    (void)state;
    assert_map("operator.add", FLOATS(T_FLOAT(0.1), T_FLOAT(1e308)), LIST_OF(T_FLOAT(0.2)),
               "0.30000000000000004\n1e+308\n");
    assert_map("operator.mul", FLOATS(T_FLOAT(1e308)), LIST_OF(T_INT(10)), "inf\n");
    assert_map("operator.floordiv", FLOATS(T_FLOAT(7.5), T_FLOAT(-7.5), T_FLOAT(0.0)),
               LIST_OF(T_FLOAT(2.0)), "3.0\n-4.0\n0.0\n");
    assert_map("operator.mod", FLOATS(T_FLOAT(7.5), T_FLOAT(-7.5), T_FLOAT(-4.0)),
               LIST_OF(T_FLOAT(2.0)), "1.5\n0.5\n0.0\n");
    assert_map("operator.mod", FLOATS(T_FLOAT(4.0)), LIST_OF(T_FLOAT(-2.0)), "-0.0\n");
    assert_map("operator.rfloordiv", FLOATS(T_FLOAT(0.1)), LIST_OF(T_FLOAT(1.0)), "9.0\n");
    assert_map("operator.truediv", FLOATS(T_FLOAT(1.0), T_FLOAT(2.0)), LIST_OF(T_FLOAT(0.0)),
               "host\nhost\n");
    assert_map("operator.neg", FLOATS(T_FLOAT(0.0)), NOTHING, "-0.0\n");
    assert_map("abs", FLOATS(T_FLOAT(-0.0), T_FLOAT(-2.0)), NOTHING, "0.0\n2.0\n");
}

static void
e_mixtures(void **state)
{
    (void)state;
    assert_map("operator.add", INTS(T_INT(1)), LIST_OF(T_FLOAT(0.5)), "1.5\n");
    assert_map("operator.add", BOOLS(T_BOOL(true), T_BOOL(false)), LIST_OF(T_BOOL(true)), "2\n1\n");
    assert_map("operator.neg", BOOLS(T_BOOL(true)), NOTHING, "-1\n");
    assert_starmap("operator.mul", BOOLS(T_BOOL(true)), FLOATS(T_FLOAT(2.5)), NOTHING, "2.5\n");
    assert_starmap("operator.sub", FLOATS(T_FLOAT(2.5)), INTS(T_INT(1)), NOTHING, "1.5\n");
    assert_filter("operator.sub", INTS(T_INT(1), T_INT(2)), LIST_OF(T_INT(1)), "False\nTrue\n");
}

static void
f_operands_for_the_host(void **state)
{
    (void)state;
    assert_map("operator.add", INTS(T_INT(1)), NOTHING, "INVALID");
    assert_map("operator.add", INTS(T_INT(1)), LIST_OF(T_TEXT("a")), "INVALID");
    assert_map("operator.add", INTS(T_INT(1)), LIST_OF(T_NULL), "INVALID");
    assert_map("operator.add", INTS(T_INT(1)), LIST_OF(T_INT(1), T_INT(1)), "INVALID");
    assert_starmap("operator.neg", INTS(T_INT(1)), INTS(T_INT(1)), NOTHING, "INVALID");
    assert_starmap("operator.mul", INTS(T_INT(2)), lines("a"), NOTHING, "INVALID");
}

/* Longer than a chunk, with a row in the middle that is not done. */
static void
g_many_rows(void **state)
{
    (void)state;
    enum { ROWS = 1000, ODD = 700 };
    static oz_scalar values[ROWS];
    static char expected[ROWS * 6];
    size_t size = 0;
    for (int i = 0; i < ROWS; i++) {
        values[i] = T_INT(i == ODD ? INT64_MAX : i);
        size += (size_t)snprintf(expected + size, sizeof expected - size,
                                 i == ODD ? "host\n" : "%d\n", i + 1);
    }
    assert_map("operator.add", column_of(OZ_INT64, values, ROWS), LIST_OF(T_INT(1)), expected);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ints),
        cmocka_unit_test(b_beyond_64_bits),
        cmocka_unit_test(c_division_rounds_down),
        cmocka_unit_test(d_floats),
        cmocka_unit_test(e_mixtures),
        cmocka_unit_test(f_operands_for_the_host),
        cmocka_unit_test(g_many_rows),
    };
    return cmocka_run_group_tests_name("expr/arithmetic", tests, NULL, NULL);
}
