#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "batch/batch_testing.h"
#include "batch/column.h"

static void
assert_scalar(oz_scalar scalar, const char *expected)
{
    char buffer[200];
    ozi_text text;
    ozi_text_init(&text, buffer, sizeof(buffer));
    ozi_scalar_print(&scalar, NULL, &text);
    assert_string_equal(buffer, expected);
}

static void
a_scalars(void **state)
{
    (void)state;
    assert_scalar(T_NULL, "None");
    assert_scalar(T_BOOL(true), "True");
    assert_scalar(T_INT(INT64_MIN), "-9223372036854775808");
    assert_scalar(T_FLOAT(0.1), "0.1");
    assert_scalar(T_TEXT("it's"), "\"it's\"");
    assert_scalar(T_BYTES("it's \\ \x00\x7f\xff"), "b'it\\'s \\\\ \\x00\\x7f\\xff'");
}

static void
b_times(void **state)
{
    (void)state;
    const int64_t second = 1000000000;
    assert_scalar(T_TIME(0), "1970-01-01T00:00:00Z");
    assert_scalar(T_TIME(-1), "1969-12-31T23:59:59.999999999Z");
    assert_scalar(T_TIME(1709164799 * second + second / 2), "2024-02-28T23:59:59.5Z");
    assert_scalar(T_TIME(1709164800 * second), "2024-02-29T00:00:00Z");
    assert_scalar(T_TIME(951868800 * second + 10), "2000-03-01T00:00:00.00000001Z");
    assert_scalar(T_TIME(-2208988800 * second), "1900-01-01T00:00:00Z");
    assert_scalar(T_TIME(INT64_MAX), "2262-04-11T23:47:16.854775807Z");
    assert_scalar(T_TIME(INT64_MIN), "1677-09-21T00:12:43.145224192Z");
}

static void
c_rows_are_cut(void **state)
{
    (void)state;
    const oz_column *column = NULL;
    const oz_batch *batch = NULL;
    char buffer[8];
    assert_ok(test_column(oz_alloc_default(), OZ_STRING, LIST_OF(T_TEXT("a long text")), &column));
    assert_ok(test_batch(&column, &batch));
    assert_int_equal(oz_batch_print_row(batch, 0, buffer, sizeof(buffer)), 13);
    assert_string_equal(buffer, "'a long");
    assert_int_equal(oz_batch_print_row(batch, 0, NULL, 0), 13);
    oz_batch_release(&batch);
}

static void
d_objects_are_cut(void **state)
{
    (void)state;
    char text[3001];
    char printed[4000];
    oz_one one;
    memset(text, 'x', sizeof(text) - 1);
    text[3000] = '\0';
    oz_object object = text_object_new(text);
    const oz_batch *batch =
        oz_batch_one(&one, oz_alloc_default(), &text_object_class, object, NULL);
    assert_int_equal(oz_batch_print_row(batch, 0, printed, sizeof(printed)), 1023 + 3);
    assert_string_equal(printed + 1020, "xxx...");
    text_object_class.release(object);
}

static void
e_tuples(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    const oz_column *columns[2] = {NULL};
    const oz_column *fields = NULL;
    assert_ok(test_column(alloc, OZ_INT64, LIST_OF(T_INT(1)), &columns[0]));
    assert_ok(ozi_column_of_fields(alloc, columns, NULL, 1, &fields));
    assert_column(fields, "(1,)\n");
    oz_column_release(&fields);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scalars),      cmocka_unit_test(b_times),
        cmocka_unit_test(c_rows_are_cut), cmocka_unit_test(d_objects_are_cut),
        cmocka_unit_test(e_tuples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
