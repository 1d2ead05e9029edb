#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "batch/batch_testing.h"
#include "batch/column.h"

/* Rows ([1, None], {x: 'a', y: o}) and ([], {x: None, y: o}). */
static oz_status
make_batch(const oz_alloc *alloc, const char *const *names, const oz_batch **out)
{
    const oz_column *parts[4] = {NULL};
    const oz_column *columns[2] = {NULL};
    int64_t *offsets = oz_values_new(alloc, OZ_LIST, 3);
    oz_status status = offsets == NULL ? OZ_NO_MEMORY : OZ_OK;
    if (status == OZ_OK) {
        memcpy(offsets, (const int64_t[]){0, 2, 2}, 3 * sizeof(int64_t));
        status = test_column(alloc, OZ_INT64, LIST_OF(T_INT(1), T_NULL), &parts[0]);
    }
    if (status == OZ_OK) {
        status = ozi_column_of_lists(alloc, &offsets, 2, &parts[0], &columns[0]);
    }
    if (status == OZ_OK) {
        status = test_column(alloc, OZ_STRING, LIST_OF(T_TEXT("a"), T_NULL), &parts[1]);
    }
    if (status == OZ_OK) {
        status = test_column(alloc, OZ_OBJECT, LIST_OF(T_OBJECT("o"), T_OBJECT("o")), &parts[2]);
    }
    if (status == OZ_OK) {
        status =
            ozi_column_of_fields(alloc, &parts[1], (const char *const[]){"x", "y"}, 2, &columns[1]);
    }
    if (status == OZ_OK) {
        status = oz_batch_new(alloc, columns, names, 2, NULL, out);
    }
    void *values = offsets;
    oz_values_free(&values);
    for (int i = 0; i < 4; i++) {
        oz_column_release(&parts[i]);
    }
    oz_column_release(&columns[0]);
    oz_column_release(&columns[1]);
    return status;
}

static void
a_scalars_are_boxed(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    const oz_column *column = NULL;
    const oz_column *boxed = NULL;
    assert_ok(test_column(alloc, OZ_STRING, LIST_OF(T_TEXT("a"), T_NULL), &column));
    assert_ok(oz_column_to_objects(column, &text_object_class, &boxed));
    oz_column_release(&column);
    assert_int_equal(boxed->type, OZ_OBJECT);
    assert_column(boxed, "'a'\nNone\n");
    assert_ok(oz_column_to_objects(boxed, &text_object_class, &column));
    assert_ptr_equal(column, boxed);
    oz_column_release(&column);
    oz_column_release(&boxed);
    assert_int_equal(text_object_live, 0);
}

static void
b_rows_of_nested_columns(void **state)
{
    (void)state;
    const oz_batch *batch = NULL;
    const oz_column *boxed = NULL;
    assert_ok(make_batch(oz_alloc_default(), NULL, &batch));
    assert_ok(oz_batch_to_objects(batch, &text_object_class, &boxed));
    assert_column(boxed, "([1, None], {x: 'a', y: o})\n([], {x: None, y: o})\n");
    oz_column_release(&boxed);
    oz_batch_release(&batch);
    assert_ok(make_batch(oz_alloc_default(), (const char *const[]){"list", "dict"}, &batch));
    oz_object object = NULL;
    assert_ok(oz_batch_row_object(batch, 1, &text_object_class, &object));
    assert_string_equal(text_object_text(object), "{list: [], dict: {x: None, y: o}}");
    text_object_class.release(object);
    oz_batch_release(&batch);
    assert_int_equal(text_object_live, 0);
}

static void
c_the_only_column_is_the_value(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    const oz_column *column = NULL;
    const oz_batch *batch = NULL;
    oz_object object = NULL;
    assert_ok(test_column(alloc, OZ_OBJECT, LIST_OF(T_OBJECT("o")), &column));
    assert_ok(oz_batch_new(alloc, &column, NULL, 1, NULL, &batch));
    assert_ok(oz_batch_row_object(batch, 0, &text_object_class, &object));
    assert_ok(oz_batch_to_objects(batch, &text_object_class, &column));
    assert_ptr_equal(column, batch->columns[0]);
    oz_column_release(&column);
    oz_batch_release(&batch);
    assert_string_equal(text_object_text(object), "o");
    text_object_class.release(object);
    /* With a name it is a dict. */
    assert_ok(test_column(alloc, OZ_INT64, LIST_OF(T_INT(1)), &column));
    assert_ok(oz_batch_new(alloc, &column, (const char *const[]){"n"}, 1, NULL, &batch));
    assert_ok(oz_batch_to_objects(batch, &text_object_class, &column));
    assert_column(column, "{n: 1}\n");
    oz_column_release(&column);
    oz_batch_release(&batch);
    assert_int_equal(text_object_live, 0);
}

static void
d_a_class_that_fails(void **state)
{
    (void)state;
    const oz_batch *batch = NULL;
    const oz_column *boxed = NULL;
    assert_ok(make_batch(oz_alloc_default(), NULL, &batch));
    int64_t before = text_object_live;
    for (int64_t n = 1; n <= 6; n++) {
        text_object_fail_after = n;
        assert_int_equal(oz_batch_to_objects(batch, &text_object_class, &boxed), OZ_USER);
        assert_int_equal(text_object_live, before);
    }
    text_object_fail_after = -1;
    oz_batch_release(&batch);
}

static oz_status
scenario(const oz_alloc *alloc)
{
    const oz_batch *batch = NULL;
    const oz_column *boxed = NULL;
    oz_object object;
    OZ_TRY(make_batch(alloc, NULL, &batch));
    oz_status status = oz_batch_to_objects(batch, &text_object_class, &boxed);
    oz_column_release(&boxed);
    if (status == OZ_OK) {
        status = oz_batch_row_object(batch, 0, &text_object_class, &object);
        if (status == OZ_OK) {
            text_object_class.release(object);
        }
    }
    oz_batch_release(&batch);
    return status;
}

static void
e_no_memory(void **state)
{
    (void)state;
    assert_survives(scenario);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scalars_are_boxed),
        cmocka_unit_test(b_rows_of_nested_columns),
        cmocka_unit_test(c_the_only_column_is_the_value),
        cmocka_unit_test(d_a_class_that_fails),
        cmocka_unit_test(e_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
