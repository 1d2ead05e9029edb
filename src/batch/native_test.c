#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "batch/batch_testing.h"

/* The values as objects, and those back. */
static oz_status
unbox(const oz_alloc *alloc, const oz_scalar *values, size_t count, const oz_column **out)
{
    const oz_column *boxed = NULL;
    OZ_TRY(test_column(alloc, OZ_OBJECT, values, count, &boxed));
    oz_status status = oz_column_to_native(boxed, out);
    oz_column_release(&boxed);
    return status;
}

static void
check(const oz_scalar *values, size_t count, oz_type type, const char *text)
{
    const oz_column *column = NULL;
    assert_ok(unbox(oz_alloc_default(), values, count, &column));
    assert_int_equal(column->type, type);
    assert_column(column, text);
    oz_column_release(&column);
    assert_int_equal(text_object_live, 0);
}

static void
a_rows_of_one_type(void **state)
{
    (void)state;
    check(LIST_OF(T_BOOL(true), T_BOOL(false)), OZ_BOOL, "True\nFalse\n");
    check(LIST_OF(T_INT(1), T_NULL, T_INT(3)), OZ_INT64, "1\nNone\n3\n");
    check(LIST_OF(T_NULL, T_FLOAT(1.5)), OZ_FLOAT64, "None\n1.5\n");
    check(LIST_OF(T_TIME(0)), OZ_TIME, "1970-01-01T00:00:00Z\n");
    check(LIST_OF(T_TEXT("a text"), T_NULL), OZ_STRING, "'a text'\nNone\n");
    check(LIST_OF(T_BYTES("b")), OZ_BYTES, "b'b'\n");
}

static void
b_all_else_stays(void **state)
{
    (void)state;
    check(LIST_OF(T_INT(1), T_NULL, T_FLOAT(1)), OZ_OBJECT, "1\nNone\n1\n");
    check(LIST_OF(T_INT(1), T_BOOL(true)), OZ_OBJECT, "1\nTrue\n");
    check(LIST_OF(T_NULL, T_NULL), OZ_OBJECT, "None\nNone\n");
    check(LIST_OF(T_NULL, T_OBJECT("o")), OZ_OBJECT, "None\no\n");
    check(NULL, 0, OZ_OBJECT, "");
    const oz_column *column = NULL;
    const oz_column *same = NULL;
    assert_ok(test_column(oz_alloc_default(), OZ_INT64, LIST_OF(T_INT(1)), &column));
    assert_ok(oz_column_to_native(column, &same));
    assert_ptr_equal(same, column);
    oz_column_release(&same);
    oz_column_release(&column);
}

static oz_status
scenario(const oz_alloc *alloc)
{
    const oz_column *column = NULL;
    OZ_TRY(unbox(alloc, LIST_OF(T_TEXT("a"), T_NULL), &column));
    oz_column_release(&column);
    OZ_TRY(unbox(alloc, LIST_OF(T_INT(1), T_FLOAT(2)), &column));
    oz_column_release(&column);
    return OZ_OK;
}

static void
c_no_memory(void **state)
{
    (void)state;
    assert_survives(scenario);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rows_of_one_type),
        cmocka_unit_test(b_all_else_stays),
        cmocka_unit_test(c_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
