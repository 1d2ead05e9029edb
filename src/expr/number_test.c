/* Tests of number.c: len, int, float, bool. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "expr/kernel_testing.h"

static void
a_len(void **state)
{
    (void)state;
    assert_map("len", lines("abc\n\n\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80!"), NOTHING, "3\n0\n4\n");
    /* A surrogate came from Python as three bytes. */
    assert_map("len", lines("\xed\xa0\x80"), NOTHING, "1\n");
    assert_map("len", column_of(OZ_BYTES, LIST_OF(T_BYTES("\xff\xfe"), T_NULL)), NOTHING,
               "2\nhost\n");
    assert_filter("len", lines("abc\n"), NOTHING, "True\nFalse\n");
}

static void
b_len_of_lists(void **state)
{
    (void)state;
    const oz_column *column = lines("a b\n\nc");
    const oz_batch *batch = NULL;
    oz_call call = {.stop = 3, .alloc = oz_alloc_default()};
    assert_ok(test_batch(&column, &batch));
    call.batch = batch;
    assert_ok(oz_kernel_find("str.split", OZ_CALL_MAP, OZ_STRING)->run(NOTHING, &call, NULL));
    assert_map("len", call.column, NOTHING, "2\n0\n1\n");
    oz_batch_release(&batch);
}

static void
c_int(void **state)
{
    (void)state;
    assert_map("int", lines("12\n-3\nx\n\n 4 \n1_0\n5"), NOTHING,
               "12\n-3\nhost\nhost\n4\nhost\n5\n");
    assert_map("int",
               column_of(OZ_FLOAT64, LIST_OF(T_FLOAT(1.9), T_FLOAT(-1.9), T_FLOAT(1e300),
                                             T_FLOAT(0x1p63), T_FLOAT(-0x1p63), T_FLOAT(-0.5))),
               NOTHING, "1\n-1\nhost\nhost\n-9223372036854775808\n0\n");
    assert_map("int", column_of(OZ_BOOL, LIST_OF(T_BOOL(true), T_BOOL(false))), NOTHING, "1\n0\n");
    assert_map("int", column_of(OZ_INT64, LIST_OF(T_INT(7), T_NULL)), NOTHING, "7\nhost\n");
    assert_map("int", lines("ff"), LIST_OF(T_INT(16)), "INVALID");
}

static void
d_float(void **state)
{
    (void)state;
    assert_map("float", lines("1.5\nnan\n2e1\n-"), NOTHING, "1.5\nhost\n20.0\nhost\n");
    assert_map("float", column_of(OZ_INT64, LIST_OF(T_INT(3), T_INT(INT64_MAX))), NOTHING,
               "3.0\n9.223372036854776e+18\n");
    assert_map("float", column_of(OZ_BOOL, LIST_OF(T_BOOL(true))), NOTHING, "1.0\n");
    assert_map("float", column_of(OZ_FLOAT64, LIST_OF(T_FLOAT(0.5))), NOTHING, "0.5\n");
}

static void
e_truth(void **state)
{
    (void)state;
    assert_map("bool", lines("a\n"), NOTHING, "True\nFalse\n");
    assert_map("bool", column_of(OZ_FLOAT64, LIST_OF(T_FLOAT(0.0), T_FLOAT(-0.0), T_FLOAT(0.1))),
               NOTHING, "False\nFalse\nTrue\n");
    assert_map("operator.not_", column_of(OZ_INT64, LIST_OF(T_INT(0), T_INT(-1))), NOTHING,
               "True\nFalse\n");
    assert_filter("operator.not_", lines("a\n"), NOTHING, "False\nTrue\n");
    assert_filter("bool", column_of(OZ_INT64, LIST_OF(T_INT(2), T_NULL, T_INT(0))), NOTHING,
                  "True\nhost\nFalse\n");
    assert_filter("int", column_of(OZ_INT64, LIST_OF(T_INT(2), T_INT(0))), NOTHING,
                  "True\nFalse\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_len),   cmocka_unit_test(b_len_of_lists), cmocka_unit_test(c_int),
        cmocka_unit_test(d_float), cmocka_unit_test(e_truth),
    };
    return cmocka_run_group_tests_name("expr/number", tests, NULL, NULL);
}
