#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "batch/batch_testing.h"
#include "batch/column.h"

/* [[1, None], None, [], [4]] */
static oz_status
make_lists(const oz_alloc *alloc, const oz_column **out)
{
    const oz_column *child = NULL;
    OZ_TRY(test_column(alloc, OZ_INT64, LIST_OF(T_INT(1), T_NULL, T_INT(3), T_INT(4)), &child));
    int64_t *offsets = oz_values_new(alloc, OZ_LIST, 5);
    if (offsets == NULL) {
        oz_column_release(&child);
        return OZ_NO_MEMORY;
    }
    memcpy(offsets, (const int64_t[]){0, 2, 3, 3, 4}, 5 * sizeof(int64_t));
    const oz_column *children[] = {child};
    ozi_column_draft draft = {
        .column = {.type = OZ_LIST, .length = 4, .child_count = 1, .alloc = alloc},
        .children = children};
    void *values = offsets;
    ozi_column_draft_take(&draft, &values);
    oz_status status = ozi_column_draft_validity(&draft, 4);
    if (status == OZ_OK) {
        ozi_column_draft_bits(&draft)[0] = 0xd;
    }
    return ozi_column_seal_if(status, &draft, out);
}

static void
check_take(oz_type type, const oz_scalar *values, size_t count, const char *text)
{
    const int32_t indices[] = {2, 0, 2};
    const oz_column *column = NULL;
    const oz_column *taken = NULL;
    assert_ok(test_column(oz_alloc_default(), type, values, count, &column));
    assert_ok(oz_column_take(column, indices, 3, &taken));
    oz_column_release(&column);
    assert_int_equal(taken->type, type);
    assert_column(taken, text);
    oz_column_release(&taken);
    assert_int_equal(text_object_live, 0);
}

static void
a_every_flat_type(void **state)
{
    (void)state;
    check_take(OZ_BOOL, LIST_OF(T_BOOL(true), T_NULL, T_BOOL(false)), "False\nTrue\nFalse\n");
    check_take(OZ_INT64, LIST_OF(T_INT(1), T_INT(2), T_NULL), "None\n1\nNone\n");
    check_take(OZ_FLOAT64, LIST_OF(T_FLOAT(1), T_FLOAT(2), T_FLOAT(3)), "3.0\n1.0\n3.0\n");
    check_take(OZ_TIME, LIST_OF(T_TIME(0), T_NULL, T_NULL), "None\n1970-01-01T00:00:00Z\nNone\n");
    check_take(OZ_STRING, LIST_OF(T_TEXT("a"), T_NULL, T_TEXT("ccc")), "'ccc'\n'a'\n'ccc'\n");
    check_take(OZ_BYTES, LIST_OF(T_BYTES("a"), T_BYTES("b"), T_NULL), "None\nb'a'\nNone\n");
    check_take(OZ_OBJECT, LIST_OF(T_OBJECT("x"), T_NULL, T_OBJECT("z")), "z\nx\nz\n");
}

static void
b_nulls_that_are_not_taken_leave_no_bitmap(void **state)
{
    (void)state;
    const oz_column *column = NULL;
    const oz_column *taken = NULL;
    assert_ok(test_column(oz_alloc_default(), OZ_INT64, LIST_OF(T_INT(1), T_NULL), &column));
    assert_ok(oz_column_take(column, (const int32_t[]){0, 0}, 2, &taken));
    assert_null(taken->validity);
    oz_column_release(&taken);
    assert_ok(oz_column_take(column, NULL, 0, &taken));
    assert_int_equal(taken->length, 0);
    oz_column_release(&taken);
    oz_column_release(&column);
}

static void
c_lists(void **state)
{
    (void)state;
    const oz_column *list = NULL;
    const oz_column *taken = NULL;
    assert_ok(make_lists(oz_alloc_default(), &list));
    assert_column(list, "[1, None]\nNone\n[]\n[4]\n");
    assert_ok(oz_column_take(list, (const int32_t[]){3, 1, 0, 2, 0}, 5, &taken));
    oz_column_release(&list);
    assert_column(taken, "[4]\nNone\n[1, None]\n[]\n[1, None]\n");
    assert_int_equal(taken->children[0]->length, 5);
    oz_column_release(&taken);
}

static void
d_structs_of_many_fields(void **state)
{
    (void)state;
    enum { FIELDS = 12 };
    const oz_column *fields[FIELDS];
    const oz_column *column = NULL;
    const oz_column *taken = NULL;
    for (int i = 0; i < FIELDS; i++) {
        assert_ok(
            test_column(oz_alloc_default(), OZ_INT64, LIST_OF(T_INT(i), T_INT(-i)), &fields[i]));
    }
    assert_ok(ozi_column_of_fields(oz_alloc_default(), fields, NULL, FIELDS, &column));
    assert_ok(oz_column_take(column, (const int32_t[]){1}, 1, &taken));
    oz_column_release(&column);
    assert_column(taken, "(0, -1, -2, -3, -4, -5, -6, -7, -8, -9, -10, -11)\n");
    oz_column_release(&taken);
}

static oz_status
scenario(const oz_alloc *alloc)
{
    const int32_t indices[] = {1, 0, 1};
    const oz_column *columns[3] = {NULL};
    const oz_column *column = NULL;
    const oz_column *taken = NULL;
    oz_status status = test_column(alloc, OZ_STRING, LIST_OF(T_TEXT("a"), T_NULL), &columns[0]);
    if (status == OZ_OK) {
        status = test_column(alloc, OZ_OBJECT, LIST_OF(T_OBJECT("o"), T_NULL), &columns[1]);
    }
    if (status == OZ_OK) {
        status = make_lists(alloc, &columns[2]);
    }
    if (status == OZ_OK) {
        status = ozi_column_of_fields(alloc, columns, NULL, 3, &column);
    }
    if (status == OZ_OK) {
        status = oz_column_take(column, indices, 3, &taken);
    }
    for (int i = 0; i < 3; i++) {
        oz_column_release(&columns[i]);
    }
    oz_column_release(&column);
    oz_column_release(&taken);
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
        cmocka_unit_test(a_every_flat_type),
        cmocka_unit_test(b_nulls_that_are_not_taken_leave_no_bitmap),
        cmocka_unit_test(c_lists),
        cmocka_unit_test(d_structs_of_many_fields),
        cmocka_unit_test(e_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
