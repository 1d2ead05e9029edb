/* Tests of decimal.c. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "expr/decimal.h"

static void
assert_int(const char *text, bool good, int64_t expected)
{
    int64_t value = 0;
    assert_int_equal(ozi_decimal_read_int(text, strlen(text), &value), good);
    assert_true(!good || value == expected);
}

static void
assert_float(const char *text, bool good, double expected)
{
    double value = 0;
    assert_int_equal(ozi_decimal_read_float(text, strlen(text), &value), good);
    assert_true(!good || memcmp(&value, &expected, sizeof value) == 0);
}

static void
assert_repr(double value, const char *expected)
{
    char text[OZI_DECIMAL_FLOAT_MAX + 1];
    text[ozi_decimal_write_float(value, text)] = '\0';
    assert_string_equal(text, expected);
}

static void
a_ints(void **state)
{
    (void)state;
    assert_int("0", true, 0);
    assert_int("-0", true, 0);
    assert_int("+5", true, 5);
    assert_int(" \t\n\v\f\r-12 ", true, -12);
    assert_int("007", true, 7);
    assert_int("999999999999999999", true, INT64_C(999999999999999999));
    assert_int("-999999999999999999", true, INT64_C(-999999999999999999));
}

static void
b_ints_for_the_host(void **state)
{
    (void)state;
    const char *const texts[] = {"",    " ",   "+",   "- 5",   "1_0",       "0x10",
                                 "1.0", "1 2", "--1", "\0345", "5\xc2\xa0", "1000000000000000000"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int(texts[i], false, 0);
    }
    int64_t value;
    assert_false(ozi_decimal_read_int(NULL, 0, &value));
    assert_false(ozi_decimal_read_int("1\0", 2, &value));
}

static void
c_floats(void **state)
{
    (void)state;
    assert_float("0", true, 0.0);
    assert_float("-0.0", true, -0.0);
    assert_float(" 1. ", true, 1.0);
    assert_float("+.5", true, 0.5);
    assert_float("0.1", true, 0.1);
    assert_float("1e5", true, 1e5);
    assert_float("1E+22", true, 1e22);
    assert_float("-123456.789e-3", true, -123.456789);
    assert_float("9007199254740992", true, 0x1p53);
    assert_float("0e9999", true, 0.0);
}

static void
d_floats_for_the_host(void **state)
{
    (void)state;
    const char *const texts[] = {"",
                                 ".",
                                 "e5",
                                 "1e",
                                 "1e+",
                                 "inf",
                                 "nan",
                                 "1_0",
                                 "0x1p0",
                                 "1 2",
                                 "1e23",
                                 "1e-23",
                                 "1.2.3",
                                 "\0371",
                                 "9007199254740993",
                                 "0.1234567890123456789",
                                 "1e99999"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_float(texts[i], false, 0);
    }
}

static void
e_written_ints(void **state)
{
    (void)state;
    const int64_t values[] = {0,    7,     10,        -1,        99,      100,
                              -100, 12345, INT64_MAX, INT64_MIN, 1000000, -999999999};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char text[OZI_DECIMAL_INT_MAX + 1];
        char expected[OZI_DECIMAL_INT_MAX + 1];
        text[ozi_decimal_write_int(values[i], text)] = '\0';
        snprintf(expected, sizeof expected, "%lld", (long long)values[i]);
        assert_string_equal(text, expected);
    }
}

static void
f_written_floats(void **state)
{
    (void)state;
    assert_repr(0.0, "0.0");
    assert_repr(-0.0, "-0.0");
    assert_repr(1.0, "1.0");
    assert_repr(-2.5, "-2.5");
    assert_repr(0.1, "0.1");
    assert_repr(0.0001, "0.0001");
    assert_repr(100.25, "100.25");
    assert_repr(123456789.123456, "123456789.123456");
    assert_repr(9007199254740991.0, "9007199254740991.0");
    assert_repr(NAN, "nan");
    assert_repr(-INFINITY, "-inf");
    assert_repr(INFINITY, "inf");
}

static void
g_floats_that_are_not_written(void **state)
{
    (void)state;
    assert_repr(1e16, "");
    assert_repr(9007199254740992.0, "");
    assert_repr(0.00001, "");
    assert_repr(0.1 + 0.2, ""); /* 0.30000000000000004 */
    assert_repr(1.0 / 3, "");
    assert_repr(5e-324, "");
    assert_repr(-1e300, "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ints),
        cmocka_unit_test(b_ints_for_the_host),
        cmocka_unit_test(c_floats),
        cmocka_unit_test(d_floats_for_the_host),
        cmocka_unit_test(e_written_ints),
        cmocka_unit_test(f_written_floats),
        cmocka_unit_test(g_floats_that_are_not_written),
    };
    return cmocka_run_group_tests_name("expr/decimal", tests, NULL, NULL);
}
