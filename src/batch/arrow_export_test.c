#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "batch/batch_testing.h"
#include "batch/column.h"
#include "ouzel/arrow.h"

enum { ROWS = 10 };

/* Ten rows of every native type, every third of them NULL, a list and a struct; cut to five. */
static oz_status
make_batch(const oz_alloc *alloc, const char *const *names, const oz_batch **out)
{
    enum { FLAT = 6, COLUMNS = FLAT + 2 };
    static const char text[] = "abcdefghijklmnopqrstuvwxyz";
    oz_scalar values[FLAT][ROWS];
    const oz_column *columns[COLUMNS] = {NULL};
    const oz_batch *whole = NULL;
    for (int i = 0; i < ROWS; i++) {
        values[0][i] = T_BOOL(i % 2 == 0);
        values[1][i] = i % 3 == 0 ? T_NULL : T_INT(i);
        values[2][i] = T_FLOAT(i + 0.5);
        values[3][i] = T_TIME(i);
        values[4][i] =
            i % 3 == 1
                ? T_NULL
                : (oz_scalar){.kind = OZ_SCALAR_STRING, .size = (uint32_t)i, .as.data = text};
        values[5][i] = (oz_scalar){.kind = OZ_SCALAR_BYTES, .size = 1, .as.data = text + i};
    }
    oz_status status = OZ_OK;
    for (int i = 0; i < FLAT && status == OZ_OK; i++) {
        oz_type type = (oz_type)(OZ_BOOL + i);
        status = test_column(alloc, type, values[i], ROWS, &columns[i]);
    }
    int64_t *offsets = status == OZ_OK ? oz_values_new(alloc, OZ_LIST, ROWS + 1) : NULL;
    if (status == OZ_OK && offsets != NULL) {
        for (int i = 0; i <= ROWS; i++) {
            offsets[i] = i / 2;
        }
        const oz_column *child = oz_column_retain(columns[1]);
        status = ozi_column_of_lists(alloc, &offsets, ROWS, &child, &columns[FLAT]);
    } else if (status == OZ_OK) {
        status = OZ_NO_MEMORY;
    }
    if (status == OZ_OK) {
        const oz_column *child = oz_column_retain(columns[4]);
        status = ozi_column_of_fields(alloc, &child, NULL, 1, &columns[FLAT + 1]);
    }
    if (status == OZ_OK) {
        status = oz_batch_new(alloc, columns, names, COLUMNS, NULL, &whole);
    }
    if (status == OZ_OK) {
        status = oz_batch_slice(whole, 4, 9, out);
    }
    for (int i = 0; i < COLUMNS; i++) {
        oz_column_release(&columns[i]);
    }
    oz_batch_release(&whole);
    return status;
}

static void
a_there_and_back(void **state)
{
    (void)state;
    const char *const names[] = {"b", "i", "f", "t", "s", "y", "l", "r"};
    const oz_batch *batch = NULL;
    const oz_batch *back = NULL;
    struct ArrowSchema schema;
    struct ArrowArray array;
    char text[2][4096];
    assert_ok(make_batch(oz_alloc_default(), names, &batch));
    assert_ok(oz_batch_export(batch, &schema, &array, NULL));
    (void)ozi_batch_print(batch, text[0], sizeof(text[0]));
    oz_batch_release(&batch);
    assert_string_equal(schema.format, "+s");
    assert_string_equal(schema.children[4]->format, "U");
    assert_string_equal(schema.children[4]->name, "s");
    assert_string_equal(schema.children[6]->format, "+L");
    assert_int_equal(array.children[1]->null_count, 1);
    assert_ok(oz_batch_import(oz_alloc_default(), &schema, &array, &back, NULL));
    schema.release(&schema);
    (void)ozi_batch_print(back, text[1], sizeof(text[1]));
    /* An unnamed field got a name. */
    char *field = strstr(text[1], "{'field_0'");
    assert_non_null(field);
    assert_string_not_equal(text[0], text[1]);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(back->columns[i]->type, OZ_BOOL + i);
    }
    assert_memory_equal(text[0], text[1], (size_t)(field - text[1]));
    oz_batch_release(&back);
}

static void
b_numbers_are_not_copied(void **state)
{
    (void)state;
    const oz_column *column = NULL;
    const oz_batch *batch = NULL;
    struct ArrowSchema schema;
    struct ArrowArray array;
    assert_ok(test_column(oz_alloc_default(), OZ_INT64, LIST_OF(T_INT(1), T_INT(2)), &column));
    assert_ok(test_batch(&column, &batch));
    const void *values = batch->columns[0]->values;
    assert_ok(oz_batch_export(batch, &schema, &array, NULL));
    oz_batch_release(&batch);
    assert_string_equal(schema.children[0]->name, "value");
    assert_ptr_equal(array.children[0]->buffers[1], values);
    /* A child may be moved out and outlive its parent. */
    struct ArrowArray child = *array.children[0];
    array.children[0]->release = NULL;
    array.release(&array);
    assert_int_equal(((const int64_t *)child.buffers[1])[1], 2);
    child.release(&child);
    struct ArrowSchema child_schema = *schema.children[0];
    schema.children[0]->release = NULL;
    schema.release(&schema);
    assert_string_equal(child_schema.format, "l");
    child_schema.release(&child_schema);
}

static void
c_objects(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    const oz_column *columns[3] = {NULL};
    const oz_batch *batch = NULL;
    const oz_batch *back = NULL;
    struct ArrowSchema schema;
    struct ArrowArray array;
    oz_error error;
    assert_ok(test_column(alloc, OZ_OBJECT, LIST_OF(T_INT(1), T_NULL), &columns[0]));
    assert_ok(test_column(alloc, OZ_OBJECT, LIST_OF(T_NULL, T_NULL), &columns[1]));
    assert_ok(test_column(alloc, OZ_OBJECT, LIST_OF(T_TEXT("a"), T_TEXT("b")), &columns[2]));
    assert_ok(oz_batch_new(alloc, columns, NULL, 3, NULL, &batch));
    assert_ok(oz_batch_export(batch, &schema, &array, &error));
    oz_batch_release(&batch);
    assert_string_equal(schema.children[1]->format, "n");
    assert_string_equal(schema.children[2]->name, "column_2");
    assert_ok(oz_batch_import(alloc, &schema, &array, &back, &error));
    schema.release(&schema);
    assert_batch(back, "{'column_0': 1, 'column_1': None, 'column_2': 'a'}\n"
                       "{'column_0': None, 'column_1': None, 'column_2': 'b'}\n");
    oz_batch_release(&back);
    assert_ok(test_column(alloc, OZ_OBJECT, LIST_OF(T_INT(1), T_TEXT("a")), &columns[0]));
    assert_ok(oz_batch_new(alloc, columns, (const char *const[]){"mixed"}, 1, NULL, &batch));
    assert_int_equal(oz_batch_export(batch, NULL, &array, &error), OZ_INVALID);
    assert_string_equal(error.text, "column 'mixed': objects that are not all of one native type");
    oz_batch_release(&batch);
    assert_int_equal(text_object_live, 0);
}

static void
d_one_row_on_the_stack(void **state)
{
    (void)state;
    oz_one one;
    struct ArrowArray array;
    oz_object object = text_object_of_int64(7);
    const oz_batch *batch =
        oz_batch_one(&one, oz_alloc_default(), &text_object_class, object, NULL);
    assert_ok(oz_batch_export(batch, NULL, &array, NULL));
    text_object_class.release(object);
    assert_int_equal(((const int64_t *)array.children[0]->buffers[1])[0], 7);
    array.release(&array);
    assert_int_equal(text_object_live, 0);
}

static oz_status
scenario(const oz_alloc *alloc)
{
    const oz_batch *batch = NULL;
    const oz_batch *back = NULL;
    struct ArrowSchema schema;
    struct ArrowArray array;
    OZ_TRY(make_batch(alloc, NULL, &batch));
    oz_status status = oz_batch_export(batch, &schema, &array, NULL);
    oz_batch_release(&batch);
    OZ_TRY(status);
    status = oz_batch_import(alloc, &schema, &array, &back, NULL);
    schema.release(&schema);
    oz_batch_release(&back);
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
        cmocka_unit_test(a_there_and_back), cmocka_unit_test(b_numbers_are_not_copied),
        cmocka_unit_test(c_objects),        cmocka_unit_test(d_one_row_on_the_stack),
        cmocka_unit_test(e_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
