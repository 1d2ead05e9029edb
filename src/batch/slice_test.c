#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "batch/batch_testing.h"
#include "batch/column.h"

enum { ROWS = 20 };

/* A STRUCT of an INT64 (every third NULL), a STRING, an OBJECT and a LIST of one item a row. */
static oz_status
make_column(const oz_alloc *alloc, const oz_column **out)
{
    oz_scalar numbers[ROWS];
    oz_scalar texts[ROWS];
    oz_scalar objects[ROWS];
    const oz_column *fields[4] = {NULL};
    for (int i = 0; i < ROWS; i++) {
        numbers[i] = i % 3 == 0 ? T_NULL : T_INT(i);
        texts[i] =
            (oz_scalar){.kind = OZ_SCALAR_STRING, .size = 1, .as.data = &"abcdefghijklmnopqrst"[i]};
        objects[i] = i % 2 == 0 ? T_OBJECT("even") : T_OBJECT("odd");
    }
    oz_status status = test_column(alloc, OZ_INT64, numbers, ROWS, &fields[0]);
    status = status != OZ_OK ? status : test_column(alloc, OZ_STRING, texts, ROWS, &fields[1]);
    status = status != OZ_OK ? status : test_column(alloc, OZ_OBJECT, objects, ROWS, &fields[2]);
    int64_t *offsets = status != OZ_OK ? NULL : oz_values_new(alloc, OZ_LIST, ROWS + 1);
    if (status == OZ_OK && offsets == NULL) {
        status = OZ_NO_MEMORY;
    }
    if (status == OZ_OK) {
        for (int i = 0; i <= ROWS; i++) {
            offsets[i] = i;
        }
        const oz_column *child = oz_column_retain(fields[0]);
        status = ozi_column_of_lists(alloc, &offsets, ROWS, &child, &fields[3]);
    }
    if (status == OZ_OK) {
        status = ozi_column_of_fields(alloc, fields, NULL, 4, out);
    }
    for (int i = 0; i < 4; i++) {
        oz_column_release(&fields[i]);
    }
    return status;
}

static void
a_nested_slices(void **state)
{
    (void)state;
    const oz_column *column = NULL;
    const oz_column *sliced = NULL;
    const oz_column *again = NULL;
    assert_ok(make_column(oz_alloc_default(), &column));
    assert_ok(oz_column_slice(column, 8, 12, &sliced));
    assert_column(sliced, "(8, 'i', even, [8])\n(None, 'j', odd, [None])\n"
                          "(10, 'k', even, [10])\n(11, 'l', odd, [11])\n");
    assert_ok(oz_column_slice(sliced, 1, 3, &again));
    oz_column_release(&column);
    oz_column_release(&sliced);
    assert_column(again, "(None, 'j', odd, [None])\n(10, 'k', even, [10])\n");
    assert_ok(oz_column_take(again, (const int32_t[]){1}, 1, &sliced));
    assert_column(sliced, "(10, 'k', even, [10])\n");
    oz_column_release(&sliced);
    oz_column_release(&again);
    assert_int_equal(text_object_live, 0);
}

static void
b_nothing_is_copied(void **state)
{
    (void)state;
    const oz_column *column = NULL;
    const oz_column *sliced = NULL;
    assert_ok(test_column(oz_alloc_default(), OZ_INT64, LIST_OF(T_INT(1), T_INT(2)), &column));
    assert_ok(oz_column_slice(column, 1, 2, &sliced));
    assert_ptr_equal(sliced->values, (const int64_t *)column->values + 1);
    oz_column_release(&sliced);
    assert_ok(oz_column_slice(column, 0, 2, &sliced));
    assert_ptr_equal(sliced, column);
    oz_column_release(&sliced);
    assert_ok(oz_column_slice(column, 2, 2, &sliced));
    assert_int_equal(sliced->length, 0);
    oz_column_release(&sliced);
    oz_column_release(&column);
}

static oz_status
scenario(const oz_alloc *alloc)
{
    const oz_column *column = NULL;
    const oz_column *sliced = NULL;
    OZ_TRY(make_column(alloc, &column));
    oz_status status = oz_column_slice(column, 3, 7, &sliced);
    oz_column_release(&column);
    oz_column_release(&sliced);
    return status;
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
        cmocka_unit_test(a_nested_slices),
        cmocka_unit_test(b_nothing_is_copied),
        cmocka_unit_test(c_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
