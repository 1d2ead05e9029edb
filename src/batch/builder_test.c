#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "batch/batch_testing.h"

static void
a_typed_columns(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    const oz_column *column = NULL;
    assert_ok(test_column(alloc, OZ_INT64, LIST_OF(T_INT(1), T_INT(-2)), &column));
    assert_int_equal(column->type, OZ_INT64);
    assert_null(column->validity);
    assert_column(column, "1\n-2\n");
    oz_column_release(&column);
    assert_ok(test_column(alloc, OZ_BYTES, LIST_OF(T_BYTES("a\0b"), T_TEXT("c")), &column));
    assert_int_equal(column->type, OZ_BYTES);
    assert_column(column, "b'a\\x00b'\nb'c'\n");
    oz_column_release(&column);
    assert_ok(test_column(alloc, OZ_TIME, LIST_OF(T_TIME(0), T_NULL, T_TIME(1)), &column));
    assert_column(column, "1970-01-01T00:00:00Z\nNone\n1970-01-01T00:00:00.000000001Z\n");
    oz_column_release(&column);
    assert_ok(test_column(alloc, OZ_FLOAT64, NULL, 0, &column));
    assert_int_equal(column->length, 0);
    oz_column_release(&column);
}

static void
b_any_takes_the_type_of_the_first_value(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    const oz_column *column = NULL;
    assert_ok(test_column(alloc, OZ_ANY, LIST_OF(T_NULL, T_NULL, T_FLOAT(1.5), T_NULL), &column));
    assert_int_equal(column->type, OZ_FLOAT64);
    assert_column(column, "None\nNone\n1.5\nNone\n");
    oz_column_release(&column);
    assert_ok(test_column(alloc, OZ_ANY, LIST_OF(T_BOOL(true), T_BOOL(false)), &column));
    assert_int_equal(column->type, OZ_BOOL);
    oz_column_release(&column);
    assert_ok(test_column(alloc, OZ_ANY, LIST_OF(T_NULL, T_OBJECT("x")), &column));
    assert_int_equal(column->type, OZ_OBJECT);
    assert_column(column, "None\nx\n");
    oz_column_release(&column);
    assert_int_equal(text_object_live, 0);
}

static void
c_a_value_that_does_not_fit_makes_objects(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    const oz_column *column = NULL;
    assert_ok(test_column(alloc, OZ_ANY,
                          LIST_OF(T_TEXT("a"), T_NULL, T_INT(7), T_FLOAT(0.5), T_OBJECT("o")),
                          &column));
    assert_int_equal(column->type, OZ_OBJECT);
    assert_null(column->validity);
    assert_column(column, "'a'\nNone\n7\n0.5\no\n");
    oz_column_release(&column);
    assert_int_equal(text_object_live, 0);
    assert_int_equal(test_column(alloc, OZ_INT64, LIST_OF(T_INT(1), T_TEXT("a")), &column),
                     OZ_INVALID);
    assert_int_equal(test_column(alloc, OZ_LIST, LIST_OF(T_NULL), &column), OZ_INVALID);
}

static void
d_without_a_class(void **state)
{
    (void)state;
    const oz_column *column = NULL;
    oz_builder *builder = oz_builder_new(oz_alloc_default(), OZ_ANY, NULL);
    assert_ok(oz_builder_append_null(builder));
    assert_ok(oz_builder_finish(builder, &column));
    assert_column(column, "None\n");
    oz_column_release(&column);
    assert_ok(oz_builder_append_int64(builder, 1));
    assert_int_equal(oz_builder_append_float64(builder, 1), OZ_INVALID);
    assert_int_equal(oz_builder_length(builder), 1);
    assert_ok(oz_builder_finish(builder, &column));
    assert_column(column, "1\n");
    oz_column_release(&column);
    oz_builder_free(&builder);
}

static void
e_it_is_used_again(void **state)
{
    (void)state;
    const oz_column *columns[3] = {NULL};
    oz_builder *builder = oz_builder_new(oz_alloc_default(), OZ_ANY, &text_object_class);
    for (int round = 0; round < 3; round++) {
        assert_ok(oz_builder_reserve(builder, 100));
        for (int i = 0; i < 1000; i++) {
            char text[64];
            int size = snprintf(text, sizeof(text), "round %d, string number %d", round, i);
            assert_ok(oz_builder_append_string(builder, text, (size_t)size));
        }
        assert_ok(oz_builder_finish(builder, &columns[round]));
    }
    oz_builder_free(&builder); /* the columns keep their text */
    for (int round = 0; round < 3; round++) {
        char text[64];
        const oz_view *views = columns[round]->values;
        int size = snprintf(text, sizeof(text), "round %d, string number 999", round);
        assert_int_equal(views[999].size, size);
        assert_memory_equal(views[999].data, text, (size_t)size);
        oz_column_release(&columns[round]);
    }
}

static void
f_views_are_not_copied(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    const oz_column *column = NULL;
    const oz_column *other = NULL;
    oz_buffer *buffer = oz_buffer_new(alloc, 5);
    memcpy(oz_buffer_data(buffer), "hello", 5);
    oz_builder *builder = oz_builder_new(alloc, OZ_STRING, NULL);
    for (uint32_t i = 0; i < 5; i++) {
        oz_view view = {.data = oz_buffer_data(buffer) + i, .size = 1, .flags = OZ_VIEW_ASCII};
        assert_ok(oz_builder_append_view(builder, view));
        assert_ok(oz_builder_pin(builder, buffer));
    }
    assert_ok(oz_builder_finish(builder, &column));
    assert_ptr_equal(((const oz_view *)column->values)[4].data, oz_buffer_data(buffer) + 4);
    assert_int_equal(((const oz_view *)column->values)[4].flags, OZ_VIEW_ASCII);
    assert_int_equal(column->pin_count, 2);
    oz_buffer_release(&buffer);
    /* A second column of views into the first one's text pins the text, not the views. */
    assert_ok(oz_builder_append_view(builder, ((const oz_view *)column->values)[1]));
    assert_ok(oz_builder_pin_column(builder, column));
    assert_ok(oz_builder_finish(builder, &other));
    assert_int_equal(other->pin_count, 2);
    oz_column_release(&column);
    assert_column(other, "'e'\n");
    oz_column_release(&other);
    oz_builder_free(&builder);
}

static void
g_many_pins_are_kept_once(void **state)
{
    (void)state;
    enum { PINS = 40 };
    const oz_column *column = NULL;
    oz_buffer *buffers[PINS];
    oz_builder *builder = oz_builder_new(oz_alloc_default(), OZ_STRING, NULL);
    for (int i = 0; i < PINS; i++) {
        buffers[i] = oz_buffer_new(oz_alloc_default(), 1);
    }
    for (int i = 0; i < 3 * PINS; i++) {
        assert_ok(oz_builder_pin(builder, buffers[i % PINS]));
    }
    assert_ok(oz_builder_finish(builder, &column));
    assert_int_equal(column->pin_count, PINS + 1);
    for (int i = 0; i < PINS; i++) {
        oz_buffer_release(&buffers[i]);
    }
    oz_column_release(&column);
    oz_builder_free(&builder);
}

static void
h_a_box_that_fails(void **state)
{
    (void)state;
    oz_builder *builder = oz_builder_new(oz_alloc_default(), OZ_ANY, &text_object_class);
    assert_ok(oz_builder_append_int64(builder, 1));
    assert_ok(oz_builder_append_int64(builder, 2));
    text_object_fail_after = 2;
    assert_int_equal(oz_builder_append_string(builder, "x", 1), OZ_USER);
    text_object_fail_after = -1;
    assert_int_equal(text_object_live, 0);
    const oz_column *column = NULL;
    assert_ok(oz_builder_finish(builder, &column));
    assert_column(column, "1\n2\n"); /* what was there before */
    oz_column_release(&column);
    oz_builder_free(&builder);
}

static oz_status
scenario(const oz_alloc *alloc)
{
    const oz_column *column = NULL;
    OZ_TRY(test_column(alloc, OZ_ANY, LIST_OF(T_NULL, T_TEXT("a"), T_NULL, T_INT(7), T_OBJECT("o")),
                       &column));
    oz_column_release(&column);
    OZ_TRY(test_column(alloc, OZ_ANY, LIST_OF(T_NULL, T_TEXT("a"), T_NULL), &column));
    oz_column_release(&column);
    oz_scalar many[50];
    for (int i = 0; i < 50; i++) {
        many[i] = i < 49 ? T_INT(i) : T_NULL;
    }
    OZ_TRY(test_column(alloc, OZ_INT64, many, 50, &column));
    oz_column_release(&column);
    OZ_TRY(test_column(alloc, OZ_ANY, LIST_OF(T_NULL), &column));
    oz_column_release(&column);
    return OZ_OK;
}

static void
i_no_memory(void **state)
{
    (void)state;
    assert_survives(scenario);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_typed_columns),
        cmocka_unit_test(b_any_takes_the_type_of_the_first_value),
        cmocka_unit_test(c_a_value_that_does_not_fit_makes_objects),
        cmocka_unit_test(d_without_a_class),
        cmocka_unit_test(e_it_is_used_again),
        cmocka_unit_test(f_views_are_not_copied),
        cmocka_unit_test(g_many_pins_are_kept_once),
        cmocka_unit_test(h_a_box_that_fails),
        cmocka_unit_test(i_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
