/* Tests of read.c: event times from columns of each type. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "base/alloc.h"
#include "kit/text_object.h"
#include "time/read.h"

enum { ROWS_MAX = 8 };

static const oz_column *
column_of(oz_type type, const oz_scalar *scalars, size_t count)
{
    const oz_column *column = NULL;
    oz_builder *builder = oz_builder_new(oz_alloc_default(), type, &text_object_class);
    assert_non_null(builder);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(oz_builder_append(builder, &scalars[i]), OZ_OK);
    }
    assert_int_equal(oz_builder_finish(builder, &column), OZ_OK);
    oz_builder_free(&builder);
    return column;
}

/* Reads from row 0 on; answers how far that went, and takes the column. */
static int64_t
read_all(const oz_column *column, int64_t *times, oz_error *error)
{
    int64_t end;
    ozi_time_reader reader = {.column = column, .alloc = oz_alloc_default(), .error = error};
    oz_status status = ozi_times_read(&reader, 0, times, &end);
    assert_int_equal(status, end == column->length ? OZ_OK : OZ_BAD_RECORD);
    oz_column_release(&column);
    return end;
}

static void
a_time_is_taken_as_it_is(void **state)
{
    (void)state;
    int64_t times[ROWS_MAX];
    const oz_scalar rows[] = {{.kind = OZ_SCALAR_TIME, .as.int64 = INT64_MIN},
                              {.kind = OZ_SCALAR_TIME, .as.int64 = 7}};
    assert_int_equal(read_all(column_of(OZ_TIME, rows, 2), times, NULL), 2);
    assert_int_equal(times[0], INT64_MIN);
    assert_int_equal(times[1], 7);
}

static void
numbers_are_seconds(void **state)
{
    (void)state;
    int64_t times[ROWS_MAX];
    const oz_scalar integers[] = {{.kind = OZ_SCALAR_INT64, .as.int64 = -2},
                                  {.kind = OZ_SCALAR_INT64, .as.int64 = 3}};
    assert_int_equal(read_all(column_of(OZ_INT64, integers, 2), times, NULL), 2);
    assert_int_equal(times[0], -2000000000);
    assert_int_equal(times[1], INT64_C(3000000000));
    const oz_scalar floats[] = {{.kind = OZ_SCALAR_FLOAT64, .as.float64 = 0.25}};
    assert_int_equal(read_all(column_of(OZ_FLOAT64, floats, 1), times, NULL), 1);
    assert_int_equal(times[0], 250000000);
}

static void
objects_are_what_they_stand_for(void **state)
{
    (void)state;
    int64_t times[ROWS_MAX];
    const oz_scalar rows[] = {{.kind = OZ_SCALAR_INT64, .as.int64 = 1},
                              {.kind = OZ_SCALAR_FLOAT64, .as.float64 = 1.5}};
    assert_int_equal(read_all(column_of(OZ_OBJECT, rows, 2), times, NULL), 2);
    assert_int_equal(times[0], 1000000000);
    assert_int_equal(times[1], 1500000000);
}

static void
it_stops_at_a_row_without_a_time(void **state)
{
    (void)state;
    int64_t times[ROWS_MAX];
    oz_error error = {.status = OZ_OK};
    const oz_scalar nulls[] = {{.kind = OZ_SCALAR_INT64, .as.int64 = 1}, {.kind = OZ_SCALAR_NULL}};
    assert_int_equal(read_all(column_of(OZ_INT64, nulls, 2), times, &error), 1);
    assert_non_null(strstr(error.text, "its event time is none"));
    const oz_scalar bools[] = {{.kind = OZ_SCALAR_BOOL, .as.boolean = true}};
    assert_int_equal(read_all(column_of(OZ_BOOL, bools, 1), times, &error), 0);
    assert_non_null(strstr(error.text, "its event time is a bool"));
    const oz_scalar far[] = {{.kind = OZ_SCALAR_INT64, .as.int64 = 5},
                             {.kind = OZ_SCALAR_INT64, .as.int64 = INT64_MAX}};
    assert_int_equal(read_all(column_of(OZ_INT64, far, 2), times, &error), 1);
    assert_non_null(strstr(error.text, "outside of the years 1678 to 2261"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_is_taken_as_it_is),
        cmocka_unit_test(numbers_are_seconds),
        cmocka_unit_test(objects_are_what_they_stand_for),
        cmocka_unit_test(it_stops_at_a_row_without_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
