#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "batch/batch_testing.h"
#include "batch/column.h"

static void
a_scalars(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    const oz_column *column = NULL;
    oz_scalar scalar;
    assert_ok(test_column(alloc, OZ_STRING, LIST_OF(T_TEXT("ab"), T_NULL), &column));
    assert_ok(oz_column_scalar(column, 0, &scalar));
    assert_int_equal(scalar.kind, OZ_SCALAR_STRING);
    assert_int_equal(scalar.size, 2);
    assert_memory_equal(scalar.as.data, "ab", 2);
    assert_ok(oz_column_scalar(column, 1, &scalar));
    assert_int_equal(scalar.kind, OZ_SCALAR_NULL);
    oz_column_release(&column);
    assert_ok(test_column(alloc, OZ_ANY, LIST_OF(T_OBJECT("o")), &column));
    assert_ok(oz_column_scalar(column, 0, &scalar));
    assert_string_equal(text_object_text(scalar.as.object), "o");
    oz_column_release(&column);
    assert_int_equal(text_object_live, 0);
}

static void
b_nested_columns_have_no_scalars(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    const oz_column *child = NULL;
    const oz_column *list = NULL;
    const oz_column *fields = NULL;
    oz_scalar scalar;
    assert_ok(test_column(alloc, OZ_INT64, LIST_OF(T_INT(1), T_INT(2), T_INT(3)), &child));
    int64_t *offsets = oz_values_new(alloc, OZ_LIST, 3);
    memcpy(offsets, (const int64_t[]){0, 2, 3}, 3 * sizeof(int64_t));
    assert_ok(ozi_column_of_lists(alloc, &offsets, 2, &child, &list));
    assert_null(child);
    assert_null(offsets);
    assert_column(list, "[1, 2]\n[3]\n");
    assert_int_equal(oz_column_scalar(list, 0, &scalar), OZ_INVALID);
    const oz_column *parts[] = {oz_column_retain(list), list};
    assert_ok(ozi_column_of_fields(alloc, parts, (const char *const[]){"a", "b"}, 2, &fields));
    assert_column(fields, "{'a': [1, 2], 'b': [1, 2]}\n{'a': [3], 'b': [3]}\n");
    assert_int_equal(oz_column_scalar(fields, 0, &scalar), OZ_INVALID);
    oz_column_release(&fields);
}

static void
c_from_the_stack_to_the_heap(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    char text[] = "borrowed";
    oz_view views[] = {{.data = text, .size = 8}, {.data = text + 2, .size = 3}, {0}};
    const uint8_t bits[] = {3};
    const oz_column stack = {.references = OZ_ON_STACK,
                             .type = OZ_STRING,
                             .length = 3,
                             .values = views,
                             .validity = bits,
                             .alloc = alloc};
    const oz_column *heap = oz_column_retain(&stack);
    memset(text, '-', sizeof(text));
    assert_column(heap, "'borrowed'\n'rro'\nNone\n");
    const oz_column *same = oz_column_retain(heap);
    assert_ptr_equal(same, heap);
    oz_column_release(&same);
    oz_column_release(&heap);
    const oz_column *unchanged = &stack;
    oz_column_release(&unchanged);
    assert_null(unchanged);
}

static void
d_arrays_become_columns(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    const oz_column *column = NULL;
    void *values = oz_values_new(alloc, OZ_FLOAT64, 10000);
    ((double *)values)[0] = 0.25;
    assert_ok(oz_column_of_values(alloc, OZ_FLOAT64, &values, 10000, 1, &column));
    assert_null(values);
    assert_column(column, "0.25\n");
    oz_column_release(&column);
    oz_object *objects = oz_objects_new(alloc, 4);
    objects[0] = text_object_new("x");
    objects[1] = text_object_new("y");
    assert_ok(oz_column_of_objects(alloc, &text_object_class, &objects, 4, 2, &column));
    assert_null(objects);
    assert_column(column, "x\ny\n");
    oz_column_release(&column);
    assert_int_equal(text_object_live, 0);
    objects = oz_objects_new(alloc, 4);
    oz_objects_free(alloc, &objects, 4);
    assert_null(objects);
    values = oz_values_new(alloc, OZ_BOOL, 4);
    oz_values_free(&values);
    oz_values_free(&values);
}

static void
e_views_of_another_column(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    const oz_column *source = NULL;
    const oz_column *column = NULL;
    assert_ok(test_column(alloc, OZ_STRING, LIST_OF(T_TEXT("hello world")), &source));
    int64_t capacity = 1;
    void *values = oz_values_new(alloc, OZ_STRING, capacity);
    assert_ok(ozi_values_grow(&values, OZ_STRING, &capacity, 2));
    assert_in_range(capacity, 2, 100);
    oz_view *views = values;
    const char *text = ((const oz_view *)source->values)->data;
    views[0] = (oz_view){.data = text, .size = 5};
    views[1] = (oz_view){.data = text + 6, .size = 5};
    assert_ok(ozi_column_of_views(alloc, OZ_STRING, &views, 2, source, NULL, &column));
    oz_column_release(&source);
    assert_column(column, "'hello'\n'world'\n");
    oz_column_release(&column);
}

static void
f_types_have_names(void **state)
{
    (void)state;
    assert_string_equal(oz_type_name(OZ_STRING), "STRING");
    assert_string_equal(oz_type_name((oz_type)99), "UNKNOWN");
}

static oz_status
scenario(const oz_alloc *alloc)
{
    oz_object object = text_object_new("o");
    const oz_column stack = {.type = OZ_OBJECT,
                             .length = 1,
                             .values = &object,
                             .objects = &text_object_class,
                             .alloc = alloc};
    const oz_column *heap = oz_column_retain(&stack);
    text_object_class.release(object);
    if (heap == NULL) {
        return OZ_NO_MEMORY;
    }
    const oz_column *parts[] = {heap};
    const oz_column *fields = NULL;
    OZ_TRY(ozi_column_of_fields(alloc, parts, (const char *const[]){"name"}, 1, &fields));
    oz_column_release(&fields);
    const oz_view view = {.data = "text", .size = 4};
    const oz_column text = {.type = OZ_STRING, .length = 1, .values = &view, .alloc = alloc};
    heap = oz_column_retain(&text);
    oz_status status = heap == NULL ? OZ_NO_MEMORY : OZ_OK;
    oz_column_release(&heap);
    return status;
}

static void
g_no_memory(void **state)
{
    (void)state;
    assert_survives(scenario);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scalars),
        cmocka_unit_test(b_nested_columns_have_no_scalars),
        cmocka_unit_test(c_from_the_stack_to_the_heap),
        cmocka_unit_test(d_arrays_become_columns),
        cmocka_unit_test(e_views_of_another_column),
        cmocka_unit_test(f_types_have_names),
        cmocka_unit_test(g_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
