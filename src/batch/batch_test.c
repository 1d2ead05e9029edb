#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "batch/batch.h"
#include "batch/batch_testing.h"

static void
a_columns_and_names(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    const oz_column *columns[2] = {NULL};
    const oz_batch *batch = NULL;
    char name[] = "a";
    assert_ok(test_column(alloc, OZ_INT64, LIST_OF(T_INT(1), T_INT(2)), &columns[0]));
    assert_ok(test_column(alloc, OZ_STRING, LIST_OF(T_TEXT("x"), T_NULL), &columns[1]));
    assert_ok(oz_batch_new(alloc, columns, (const char *const[]){name, "b"}, 2, NULL, &batch));
    name[0] = '-';
    assert_null(columns[0]);
    assert_null(columns[1]);
    assert_batch(batch, "{'a': 1, 'b': 'x'}\n{'a': 2, 'b': None}\n");
    const oz_batch *taken = NULL;
    assert_ok(oz_batch_take(batch, (const int32_t[]){1, 0, 1}, 3, &taken));
    assert_batch(taken, "{'a': 2, 'b': None}\n{'a': 1, 'b': 'x'}\n{'a': 2, 'b': None}\n");
    oz_batch_release(&taken);
    assert_ok(oz_batch_slice(batch, 1, 2, &taken));
    assert_batch(taken, "{'a': 2, 'b': None}\n");
    oz_batch_release(&taken);
    assert_ok(oz_batch_slice(batch, 0, 2, &taken));
    assert_ptr_equal(taken, batch);
    oz_batch_release(&taken);
    oz_batch_release(&batch);
    assert_null(batch);
    assert_ok(oz_batch_new(alloc, NULL, NULL, 0, NULL, &batch));
    oz_batch_release(&batch);
}

static void
b_lengths_that_differ(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    const oz_column *columns[2] = {NULL};
    const oz_batch *batch = NULL;
    assert_ok(test_column(alloc, OZ_INT64, LIST_OF(T_INT(1), T_INT(2)), &columns[0]));
    assert_ok(test_column(alloc, OZ_INT64, LIST_OF(T_INT(1)), &columns[1]));
    assert_int_equal(oz_batch_new(alloc, columns, NULL, 2, NULL, &batch), OZ_INVALID);
    assert_null(batch);
    assert_null(columns[1]); /* taken all the same */
}

static void
c_one_row_on_the_stack(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    oz_object object = text_object_new("x");
    int64_t position = 42;
    const oz_rows rows = {.positions = &position, .alloc = alloc};
    oz_one one;
    const oz_batch *batch = oz_batch_one(&one, alloc, &text_object_class, object, &rows);
    const oz_batch *taken = NULL;
    assert_ok(oz_batch_take(batch, (const int32_t[]){0}, 1, &taken));
    const oz_batch *kept = oz_batch_retain(batch);
    const oz_batch *sliced = NULL;
    assert_ok(oz_batch_slice(batch, 0, 1, &sliced));
    const oz_batch *empty = NULL;
    assert_ok(oz_batch_slice(batch, 1, 1, &empty));
    assert_int_equal(empty->row_count, 0);
    oz_batch_release(&empty);
    oz_batch_release(&batch);
    text_object_class.release(object);
    position = 0;
    const oz_batch *copies[] = {taken, kept, sliced};
    for (int i = 0; i < 3; i++) {
        assert_batch(copies[i], "x\n");
        assert_int_equal(copies[i]->rows->positions[0], 42);
        assert_int_not_equal(copies[i]->references, OZ_ON_STACK);
        oz_batch_release(&copies[i]);
    }
    assert_int_equal(text_object_live, 0);
}

static void
d_a_column_on_the_stack_is_copied(void **state)
{
    (void)state;
    int64_t value = 7;
    const oz_column stack = {.type = OZ_INT64,
                             .length = 1,
                             .values = &value,
                             .alloc = oz_alloc_default()};
    const oz_column *column = &stack;
    const oz_batch *batch = NULL;
    assert_ok(test_batch(&column, &batch));
    value = 0;
    assert_batch(batch, "7\n");
    oz_batch_release(&batch);
}

static void
e_other_columns_and_rows(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    int64_t position = 3;
    const oz_rows rows = {.positions = &position, .alloc = alloc};
    const oz_column *column = NULL;
    const oz_batch *batch = NULL;
    const oz_batch *other = NULL;
    assert_ok(test_column(alloc, OZ_INT64, LIST_OF(T_INT(1)), &column));
    assert_ok(oz_batch_new(alloc, &column, NULL, 1, &rows, &batch));
    assert_ok(test_column(alloc, OZ_INT64, LIST_OF(T_INT(2)), &column));
    assert_ok(ozi_batch_with_columns(batch, &column, NULL, 1, &other));
    assert_batch(other, "2\n");
    assert_ptr_equal(other->rows, batch->rows);
    oz_batch_release(&other);
    const oz_rows *none = NULL;
    assert_ok(ozi_batch_with_rows(batch, &none, &other));
    assert_null(other->rows);
    assert_batch(other, "1\n");
    oz_batch_release(&other);
    oz_batch_release(&batch);
}

static oz_status
scenario(const oz_alloc *alloc)
{
    oz_object object = text_object_new("x");
    int64_t time = 1;
    const oz_rows rows = {.times = &time, .alloc = alloc};
    oz_one one;
    const oz_batch *stack = oz_batch_one(&one, alloc, &text_object_class, object, &rows);
    const oz_batch *batch = oz_batch_retain(stack);
    text_object_class.release(object);
    if (batch == NULL) {
        return OZ_NO_MEMORY;
    }
    const oz_batch *result = NULL;
    oz_status status = oz_batch_take(batch, (const int32_t[]){0, 0}, 2, &result);
    oz_batch_release(&batch);
    if (status == OZ_OK) {
        status = oz_batch_slice(result, 0, 1, &batch);
    }
    oz_batch_release(&result);
    oz_batch_release(&batch);
    return status;
}

static void
f_no_memory(void **state)
{
    (void)state;
    assert_survives(scenario);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_columns_and_names),
        cmocka_unit_test(b_lengths_that_differ),
        cmocka_unit_test(c_one_row_on_the_stack),
        cmocka_unit_test(d_a_column_on_the_stack_is_copied),
        cmocka_unit_test(e_other_columns_and_rows),
        cmocka_unit_test(f_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
