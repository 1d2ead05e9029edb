/* Numbers: exact as long as they are native, then by the class of objects. */
#include <math.h>

#include "kit/steps.h"

#include "op/number.h"
#include "state/table.h"

static const oz_table_decl DECL = {.name = "values",
                                   .kind = OZ_TABLE_VALUE,
                                   .fields = {OZ_FIELD_SCALAR}};

/* A step without a graph: enough for what asks for its objects alone. */
typedef struct stage {
    ozi_engine engine;
    oz_context node;
    oz_table *table;
    oz_scalar *field;
    oz_error error;
} stage;

static void
set_stage(stage *on, const oz_object_class *objects)
{
    *on = (stage){.engine = {.alloc = oz_alloc_default(), .objects = objects}};
    on->node.engine = &on->engine;
    assert_int_equal(ozi_table_new(on->engine.alloc, objects, &DECL, &on->table), OZ_OK);
    on->field = oz_table_single(on->table);
}

static void
clear_stage(stage *on)
{
    ozi_table_free(&on->table);
    assert_int_equal(text_object_live, 0);
}

static oz_scalar
of_int(int64_t value)
{
    return (oz_scalar){.kind = OZ_SCALAR_INT64, .as.int64 = value};
}

static oz_scalar
of_float(double value)
{
    return (oz_scalar){.kind = OZ_SCALAR_FLOAT64, .as.float64 = value};
}

static oz_scalar
of_bool(bool value)
{
    return (oz_scalar){.kind = OZ_SCALAR_BOOL, .as.boolean = value};
}

static oz_scalar
of_text(const char *text)
{
    return (oz_scalar){.kind = OZ_SCALAR_STRING, .size = (uint32_t)strlen(text), .as.data = text};
}

static oz_status
add_value(stage *on, oz_scalar value)
{
    on->error = (oz_error){.status = OZ_OK};
    return ozi_number_add(&on->node, on->table, on->field, &value, &on->error);
}

/* ---- adding ---------------------------------------------------------------------------------- */

static void
are_added_from_0(void **state)
{
    (void)state;
    stage on;
    set_stage(&on, &text_object_class);
    assert_int_equal(add_value(&on, of_int(5)), OZ_OK);
    assert_int_equal(add_value(&on, of_bool(true)), OZ_OK);
    assert_int_equal(on.field->kind, OZ_SCALAR_INT64);
    assert_int_equal(on.field->as.int64, 6);
    assert_int_equal(add_value(&on, of_float(0.5)), OZ_OK);
    assert_int_equal(on.field->kind, OZ_SCALAR_FLOAT64);
    assert_int_equal(add_value(&on, of_int(1)), OZ_OK);
    assert_true(on.field->as.float64 == 7.5);
    clear_stage(&on);
}

static void
become_an_object_beyond_64_bits(void **state)
{
    (void)state;
    stage on;
    set_stage(&on, &text_object_class);
    assert_int_equal(add_value(&on, of_int(INT64_MAX)), OZ_OK);
    assert_int_equal(add_value(&on, of_int(1)), OZ_OK);
    assert_int_equal(on.field->kind, OZ_SCALAR_OBJECT);
    assert_string_equal(text_object_text(on.field->as.object), "2^63");
    double value;
    assert_true(ozi_number_float64(&on.node, on.field, &value));
    assert_true(value == 0x1p63);
    clear_stage(&on);
}

static void
keep_their_sum_when_something_cannot_be_added(void **state)
{
    (void)state;
    stage on;
    set_stage(&on, &text_object_class);
    assert_int_equal(add_value(&on, of_int(5)), OZ_OK);
    assert_int_equal(add_value(&on, of_text("text")), OZ_BAD_RECORD);
    assert_string_equal(on.error.text, "the value cannot be added to the sum");
    assert_int_equal(add_value(&on, (oz_scalar){.kind = OZ_SCALAR_NULL}), OZ_BAD_RECORD);
    assert_int_equal(on.field->as.int64, 5);
    clear_stage(&on);
}

static void
say_that_a_class_is_missing(void **state)
{
    (void)state;
    stage on;
    oz_scalar null = {.kind = OZ_SCALAR_NULL};
    double value;
    set_stage(&on, NULL);
    assert_int_equal(add_value(&on, of_int(INT64_MAX)), OZ_OK);
    assert_int_equal(add_value(&on, of_int(1)), OZ_BAD_RECORD);
    assert_string_equal(on.error.text, "the values are of types that do not go together");
    assert_int_equal(on.field->as.int64, INT64_MAX);
    assert_int_equal(ozi_number_keep(&on.node, on.table, on.field, &null, &on.error),
                     OZ_BAD_RECORD);
    assert_false(ozi_number_float64(&on.node, &null, &value));
    clear_stage(&on);
}

/* ---- comparing ------------------------------------------------------------------------------- */

static void
assert_less(oz_scalar left, oz_scalar right, bool is_less, bool is_greater)
{
    stage on;
    bool less;
    set_stage(&on, &text_object_class);
    assert_int_equal(ozi_number_less(&on.node, &left, &right, &less, &on.error), OZ_OK);
    assert_int_equal(less, is_less);
    assert_int_equal(ozi_number_less(&on.node, &right, &left, &less, &on.error), OZ_OK);
    assert_int_equal(less, is_greater);
    clear_stage(&on);
}

static void
compare_as_python_compares_them(void **state)
{
    (void)state;
    assert_less(of_int(1), of_int(2), true, false);
    assert_less(of_int(INT64_MIN), of_int(INT64_MAX), true, false);
    assert_less(of_bool(false), of_bool(true), true, false);
    assert_less(of_bool(true), of_int(1), false, false);
    assert_less(of_int(1), of_float(1.5), true, false);
    assert_less(of_float(-INFINITY), of_int(-5), true, false);
    assert_less(of_float(NAN), of_float(1), false, false);
    assert_less(of_float(-0.0), of_int(0), false, false);
    assert_less((oz_scalar){.kind = OZ_SCALAR_TIME, .as.int64 = 1},
                (oz_scalar){.kind = OZ_SCALAR_TIME, .as.int64 = 2}, true, false);
}

static void
compare_texts_by_code_points(void **state)
{
    (void)state;
    assert_less(of_text("a"), of_text("b"), true, false);
    assert_less(of_text(""), of_text("a"), true, false);
    assert_less((oz_scalar){.kind = OZ_SCALAR_STRING}, of_text(""), false, false);
    assert_less(of_text("ab"), of_text("abc"), true, false);
    assert_less(of_text("\xEF\xBF\xBF"), of_text("\xF0\x90\x80\x80"), true, false);
}

static void
leave_to_the_class_what_a_double_cannot_tell(void **state)
{
    (void)state;
    stage on;
    bool less;
    oz_scalar large = of_int((INT64_C(1) << 53) + 1);
    oz_scalar number = of_float(0x1p53);
    oz_scalar text = of_text("text");
    set_stage(&on, NULL);
    assert_int_equal(ozi_number_less(&on.node, &number, &large, &less, &on.error), OZ_BAD_RECORD);
    clear_stage(&on);
    set_stage(&on, &text_object_class);
    assert_int_equal(ozi_number_less(&on.node, &text, &large, &less, &on.error), OZ_BAD_RECORD);
    assert_string_equal(on.error.text, "the value cannot be compared with the others");
    clear_stage(&on);
}

/* ---- keeping --------------------------------------------------------------------------------- */

static void
are_kept_with_null_as_an_object(void **state)
{
    (void)state;
    stage on;
    oz_scalar text = of_text("a text that does not lie in a scalar");
    oz_scalar null = {.kind = OZ_SCALAR_NULL};
    set_stage(&on, &text_object_class);
    assert_int_equal(ozi_number_keep(&on.node, on.table, on.field, &text, &on.error), OZ_OK);
    assert_memory_equal(on.field->as.data, text.as.data, text.size);
    assert_int_equal(ozi_number_keep(&on.node, on.table, on.field, &null, &on.error), OZ_OK);
    assert_int_equal(on.field->kind, OZ_SCALAR_OBJECT);
    assert_string_equal(text_object_text(on.field->as.object), "None");
    clear_stage(&on);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(are_added_from_0),
        cmocka_unit_test(become_an_object_beyond_64_bits),
        cmocka_unit_test(keep_their_sum_when_something_cannot_be_added),
        cmocka_unit_test(say_that_a_class_is_missing),
        cmocka_unit_test(compare_as_python_compares_them),
        cmocka_unit_test(compare_texts_by_code_points),
        cmocka_unit_test(leave_to_the_class_what_a_double_cannot_tell),
        cmocka_unit_test(are_kept_with_null_as_an_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
