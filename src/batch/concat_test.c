#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "batch/batch_testing.h"
#include "batch/column.h"

static oz_status
make(const oz_alloc *alloc, oz_type type, const oz_scalar *values, size_t count,
     const oz_batch **out)
{
    const oz_column *column = NULL;
    OZ_TRY(test_column(alloc, type, values, count, &column));
    return test_batch(&column, out);
}

static void
check(const oz_batch *left, const oz_batch *right, const oz_object_class *objects, oz_type type,
      const char *text)
{
    const oz_batch *joined = NULL;
    const oz_batch *batches[] = {left, right};
    assert_ok(oz_batch_concat(batches, 2, objects, &joined));
    oz_batch_release(&left);
    oz_batch_release(&right);
    assert_int_equal(joined->columns[0]->type, type);
    assert_batch(joined, text);
    oz_batch_release(&joined);
    assert_int_equal(text_object_live, 0);
}

static void
a_every_flat_type(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    const oz_batch *left = NULL;
    const oz_batch *right = NULL;
    assert_ok(make(alloc, OZ_INT64, LIST_OF(T_INT(1), T_INT(2)), &left));
    assert_ok(make(alloc, OZ_INT64, LIST_OF(T_NULL, T_INT(3)), &right));
    check(left, right, NULL, OZ_INT64, "1\n2\nNone\n3\n");
    assert_ok(make(alloc, OZ_BOOL, LIST_OF(T_BOOL(true)), &left));
    assert_ok(make(alloc, OZ_BOOL, NULL, 0, &right));
    check(left, right, NULL, OZ_BOOL, "True\n");
    assert_ok(make(alloc, OZ_STRING, LIST_OF(T_TEXT("a"), T_NULL), &left));
    assert_ok(make(alloc, OZ_STRING, LIST_OF(T_TEXT("b")), &right));
    check(left, right, NULL, OZ_STRING, "'a'\nNone\n'b'\n");
    assert_ok(make(alloc, OZ_OBJECT, LIST_OF(T_OBJECT("a"), T_NULL), &left));
    assert_ok(make(alloc, OZ_OBJECT, LIST_OF(T_OBJECT("b")), &right));
    check(left, right, NULL, OZ_OBJECT, "a\nNone\nb\n");
}

static void
b_types_that_differ(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    const oz_batch *batches[2] = {NULL};
    const oz_batch *joined = NULL;
    assert_ok(make(alloc, OZ_INT64, LIST_OF(T_INT(1)), &batches[0]));
    assert_ok(make(alloc, OZ_FLOAT64, LIST_OF(T_FLOAT(0.5)), &batches[1]));
    assert_int_equal(oz_batch_concat(batches, 2, NULL, &joined), OZ_INVALID);
    check(batches[0], batches[1], &text_object_class, OZ_OBJECT, "1\n0.5\n");
}

/* Two lists, the second of them cut out of three. */
static oz_status
make_lists(const oz_alloc *alloc, const oz_batch **out)
{
    const oz_column *child = NULL;
    const oz_column *list = NULL;
    const oz_column *cut = NULL;
    OZ_TRY(test_column(alloc, OZ_STRING, LIST_OF(T_TEXT("a"), T_TEXT("b"), T_TEXT("c")), &child));
    int64_t *offsets = oz_values_new(alloc, OZ_LIST, 4);
    if (offsets == NULL) {
        oz_column_release(&child);
        return OZ_NO_MEMORY;
    }
    memcpy(offsets, (const int64_t[]){0, 1, 1, 3}, 4 * sizeof(int64_t));
    OZ_TRY(ozi_column_of_lists(alloc, &offsets, 3, &child, &list));
    oz_status status = oz_column_slice(list, 1, 3, &cut);
    oz_column_release(&list);
    OZ_TRY(status);
    const oz_column *fields[] = {cut};
    OZ_TRY(ozi_column_of_fields(alloc, fields, (const char *const[]){"f"}, 1, &list));
    return test_batch(&list, out);
}

static void
c_nested(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    const oz_batch *left = NULL;
    const oz_batch *right = NULL;
    assert_ok(make_lists(alloc, &left));
    assert_ok(make_lists(alloc, &right));
    check(left, right, NULL, OZ_STRUCT,
          "{'f': []}\n{'f': ['b', 'c']}\n{'f': []}\n{'f': ['b', 'c']}\n");
    assert_ok(make_lists(alloc, &left));
    assert_ok(make(alloc, OZ_INT64, LIST_OF(T_INT(1)), &right));
    check(left, right, &text_object_class, OZ_OBJECT, "{f: []}\n{f: ['b', 'c']}\n1\n");
}

static void
d_shapes(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    const oz_column *column = NULL;
    const oz_batch *batches[2] = {NULL};
    const oz_batch *joined = NULL;
    assert_int_equal(oz_batch_concat(batches, 0, NULL, &joined), OZ_INVALID);
    assert_ok(make(alloc, OZ_INT64, LIST_OF(T_INT(1)), &batches[0]));
    assert_ok(oz_batch_concat(batches, 1, NULL, &joined));
    assert_ptr_equal(joined, batches[0]);
    oz_batch_release(&joined);
    assert_ok(test_column(alloc, OZ_INT64, LIST_OF(T_INT(1)), &column));
    assert_ok(oz_batch_new(alloc, &column, (const char *const[]){"a"}, 1, NULL, &batches[1]));
    assert_int_equal(oz_batch_concat(batches, 2, NULL, &joined), OZ_INVALID);
    oz_batch_release(&batches[0]);
    oz_batch_release(&batches[1]);
}

static void
e_from_the_stack(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    oz_object objects[] = {text_object_new("a"), text_object_new("b")};
    oz_one ones[2];
    const oz_batch *batches[2];
    const oz_batch *joined = NULL;
    for (int i = 0; i < 2; i++) {
        batches[i] = oz_batch_one(&ones[i], alloc, &text_object_class, objects[i], NULL);
    }
    assert_ok(oz_batch_concat(batches, 2, NULL, &joined));
    text_object_class.release_many(objects, 2);
    assert_batch(joined, "a\nb\n");
    oz_batch_release(&joined);
    assert_int_equal(text_object_live, 0);
}

static oz_status
scenario(const oz_alloc *alloc)
{
    const oz_batch *batches[3] = {NULL};
    const oz_batch *joined = NULL;
    oz_status status = make_lists(alloc, &batches[0]);
    if (status == OZ_OK) {
        status = make_lists(alloc, &batches[1]);
    }
    if (status == OZ_OK) {
        status = oz_batch_concat(batches, 2, NULL, &joined);
        oz_batch_release(&joined);
    }
    if (status == OZ_OK) {
        status = make(alloc, OZ_INT64, LIST_OF(T_INT(1), T_NULL), &batches[2]);
    }
    if (status == OZ_OK) {
        status = oz_batch_concat(batches + 1, 2, &text_object_class, &joined);
        oz_batch_release(&joined);
    }
    for (int i = 0; i < 3; i++) {
        oz_batch_release(&batches[i]);
    }
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
        cmocka_unit_test(a_every_flat_type), cmocka_unit_test(b_types_that_differ),
        cmocka_unit_test(c_nested),          cmocka_unit_test(d_shapes),
        cmocka_unit_test(e_from_the_stack),  cmocka_unit_test(f_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
