#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "batch/batch_testing.h"
#include "batch/key.h"
#include "batch/rows.h"

enum { SEED = 7 };

/* The values as a batch that is keyed by its own column. */
static oz_status
key_values(const oz_alloc *alloc, oz_type type, const oz_scalar *values, size_t count,
           const oz_batch **out)
{
    const oz_column *column = NULL;
    const oz_batch *batch = NULL;
    int64_t bad_row = -1;
    OZ_TRY(test_column(alloc, type, values, count, &column));
    OZ_TRY(test_batch(&column, &batch));
    oz_status status = oz_batch_key_by(batch, batch->columns[0], SEED, out, &bad_row, NULL);
    oz_batch_release(&batch);
    return status;
}

/* Keys and hashes are those of the values one by one. */
static void
check(oz_type type, const oz_scalar *values, size_t count)
{
    const oz_batch *batch = NULL;
    assert_ok(key_values(oz_alloc_default(), type, values, count, &batch));
    for (size_t i = 0; i < count; i++) {
        oz_key expected;
        uint64_t hash;
        oz_status status = OZ_OK;
        assert_true(ozi_key_of_scalar(&values[i], &expected));
        assert_ok(ozi_key_hash(&expected, SEED, NULL, &hash));
        assert_true(ozi_key_equal(&batch->rows->keys[i], &expected, NULL, &status));
        assert_int_equal(batch->rows->hashes[i], hash);
    }
    oz_batch_release(&batch);
    assert_int_equal(text_object_live, 0);
}

static void
a_every_type(void **state)
{
    (void)state;
    check(OZ_BOOL, LIST_OF(T_BOOL(true), T_NULL, T_BOOL(false)));
    check(OZ_INT64, LIST_OF(T_INT(0), T_INT(-1), T_NULL, T_INT(INT64_MAX)));
    check(OZ_FLOAT64, LIST_OF(T_FLOAT(0.5), T_FLOAT(3), T_NULL, T_FLOAT(1e300)));
    check(OZ_TIME, LIST_OF(T_TIME(5), T_NULL));
    check(OZ_STRING,
          LIST_OF(T_TEXT(""), T_TEXT("a"), T_NULL, T_TEXT("fourteen bytes"),
                  T_TEXT("fifteen bytes !"), T_TEXT("a much longer key than the others")));
    check(OZ_BYTES, LIST_OF(T_BYTES("x"), T_NULL, T_BYTES("a much longer key than the others")));
    check(OZ_OBJECT, LIST_OF(T_INT(1), T_NULL, T_TEXT("abc"), T_FLOAT(2.5), T_BOOL(true)));
    check(OZ_INT64, NULL, 0);
}

static void
b_texts_at_the_end_of_a_page(void **state)
{
    (void)state;
    enum { PAGE = 4096, SIZE = 2 * PAGE };
    const oz_alloc *alloc = oz_alloc_default();
    oz_buffer *buffer = oz_buffer_new(alloc, SIZE);
    char *data = oz_buffer_data(buffer);
    for (int i = 0; i < SIZE; i++) {
        data[i] = (char)('a' + i % 23);
    }
    oz_builder *builder = oz_builder_new(alloc, OZ_STRING, NULL);
    assert_ok(oz_builder_pin(builder, buffer));
    uintptr_t page = ((uintptr_t)data + PAGE - 1) / PAGE * PAGE;
    char *at = data + (page - (uintptr_t)data);
    for (int i = 0; i < 40; i++) {
        oz_view view = {.data = at - 20 + i, .size = (uint32_t)i % 15};
        assert_ok(oz_builder_append_view(builder, view));
    }
    const oz_column *column = NULL;
    const oz_batch *batch = NULL;
    const oz_batch *keyed = NULL;
    int64_t bad_row;
    assert_ok(oz_builder_finish(builder, &column));
    assert_ok(test_batch(&column, &batch));
    assert_ok(oz_batch_key_by(batch, batch->columns[0], SEED, &keyed, &bad_row, NULL));
    const oz_view *views = batch->columns[0]->values;
    for (int i = 0; i < 40; i++) {
        oz_key expected = ozi_key_of_text(OZ_STRING, views[i].data, views[i].size);
        assert_int_equal(keyed->rows->keys[i].low, expected.low);
        assert_int_equal(keyed->rows->keys[i].high, expected.high);
    }
    oz_batch_release(&keyed);
    oz_batch_release(&batch);
    oz_builder_free(&builder);
    oz_buffer_release(&buffer);
}

static void
c_what_cannot_be_a_key(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    const oz_column *column = NULL;
    const oz_batch *batch = NULL;
    const oz_batch *keyed = NULL;
    oz_error error;
    int64_t bad_row = -1;
    assert_ok(test_column(alloc, OZ_OBJECT, LIST_OF(T_INT(1), T_OBJECT("(1, 2)"), T_OBJECT("[1]")),
                          &column));
    assert_ok(test_batch(&column, &batch));
    assert_int_equal(oz_batch_key_by(batch, batch->columns[0], SEED, &keyed, &bad_row, &error),
                     OZ_INVALID);
    assert_int_equal(bad_row, 2);
    assert_string_equal(error.text, "cannot be a key: [1]");
    oz_column stack = {.type = OZ_STRUCT, .length = 3, .alloc = alloc};
    assert_int_equal(oz_batch_key_by(batch, &stack, SEED, &keyed, &bad_row, &error), OZ_INVALID);
    assert_int_equal(bad_row, 0);
    assert_string_equal(error.text, "a value of type STRUCT cannot be a key");
    stack.length = 2;
    assert_int_equal(oz_batch_key_by(batch, &stack, SEED, &keyed, &bad_row, &error), OZ_INVALID);
    assert_string_equal(error.text, "2 keys for 3 rows");
    oz_batch_release(&batch);
    assert_int_equal(text_object_live, 0);
}

static void
d_one_row_on_the_stack(void **state)
{
    (void)state;
    char text[] = "a text that is longer than a short key";
    int64_t position = 5;
    const oz_alloc *alloc = oz_alloc_default();
    oz_object object = text_object_new("x");
    oz_view view = {.data = text, .size = sizeof(text) - 1};
    const oz_column column = {.type = OZ_STRING, .length = 1, .values = &view, .alloc = alloc};
    const oz_rows rows = {.positions = &position, .alloc = alloc};
    oz_one one;
    const oz_batch *batch = oz_batch_one(&one, alloc, &text_object_class, object, &rows);
    const oz_batch *keyed = NULL;
    const oz_column *keys = NULL;
    int64_t bad_row;
    assert_ok(oz_batch_key_by(batch, &column, SEED, &keyed, &bad_row, NULL));
    memset(text, '-', sizeof(text));
    text_object_class.release(object);
    position = 0;
    assert_batch(keyed, "x\n");
    assert_int_equal(keyed->rows->positions[0], 5);
    assert_ok(oz_rows_key_column(keyed->rows, 1, NULL, &keys));
    oz_batch_release(&keyed);
    assert_column(keys, "'a text that is longer than a short key'\n");
    oz_column_release(&keys);
    assert_int_equal(text_object_live, 0);
}

static void
e_keyed_again(void **state)
{
    (void)state;
    const oz_batch *batch = NULL;
    const oz_batch *again = NULL;
    const oz_column *column = NULL;
    int64_t bad_row;
    assert_ok(key_values(oz_alloc_default(), OZ_INT64, LIST_OF(T_INT(1), T_INT(2)), &batch));
    assert_ok(
        test_column(oz_alloc_default(), OZ_STRING, LIST_OF(T_TEXT("a"), T_TEXT("b")), &column));
    assert_ok(oz_batch_key_by(batch, column, SEED, &again, &bad_row, NULL));
    oz_column_release(&column);
    oz_batch_release(&batch);
    assert_batch(again, "1\n2\n");
    assert_ok(oz_rows_key_column(again->rows, 2, NULL, &column));
    assert_column(column, "'a'\n'b'\n");
    oz_column_release(&column);
    oz_batch_release(&again);
}

static void
check_column(const oz_scalar *values, size_t count, oz_type type, const char *text)
{
    const oz_batch *batch = NULL;
    const oz_batch *sliced = NULL;
    const oz_column *keys = NULL;
    assert_ok(key_values(oz_alloc_default(), OZ_OBJECT, values, count, &batch));
    assert_ok(oz_batch_slice(batch, 1, (int64_t)count, &sliced));
    oz_batch_release(&batch);
    assert_ok(oz_rows_key_column(sliced->rows, (int64_t)count - 1, NULL, &keys));
    oz_batch_release(&sliced);
    assert_int_equal(keys->type, type);
    assert_column(keys, text);
    oz_column_release(&keys);
    assert_int_equal(text_object_live, 0);
}

static void
f_keys_as_a_column(void **state)
{
    (void)state;
    check_column(LIST_OF(T_NULL, T_INT(1), T_NULL, T_INT(2)), OZ_INT64, "1\nNone\n2\n");
    check_column(LIST_OF(T_NULL, T_BOOL(true), T_BOOL(false)), OZ_BOOL, "True\nFalse\n");
    check_column(LIST_OF(T_NULL, T_FLOAT(1), T_FLOAT(0.5)), OZ_FLOAT64, "1.0\n0.5\n");
    check_column(LIST_OF(T_NULL, T_TIME(0)), OZ_TIME, "1970-01-01T00:00:00Z\n");
    check_column(LIST_OF(T_NULL, T_TEXT("short"), T_TEXT("one that is longer than others")),
                 OZ_STRING, "'short'\n'one that is longer than others'\n");
    check_column(LIST_OF(T_NULL, T_BYTES("b"), T_NULL), OZ_BYTES, "b'b'\nNone\n");
    check_column(LIST_OF(T_NULL, T_INT(1), T_FLOAT(1), T_BOOL(true)), OZ_OBJECT, "1\n1\nTrue\n");
    check_column(LIST_OF(T_NULL, T_OBJECT("(1, 2)"), T_OBJECT("x"), T_OBJECT("2^70")), OZ_OBJECT,
                 "(1, 2)\nx\n2^70\n");
    check_column(LIST_OF(T_NULL, T_NULL), OZ_OBJECT, "None\n");
}

static void
g_keys_without_a_class(void **state)
{
    (void)state;
    const oz_batch *batch = NULL;
    const oz_batch *sliced = NULL;
    const oz_column *keys = NULL;
    assert_ok(key_values(oz_alloc_default(), OZ_FLOAT64, LIST_OF(T_NULL, T_NULL), &batch));
    assert_ok(oz_batch_slice(batch, 1, 2, &sliced));
    assert_ok(oz_rows_key_column(sliced->rows, 1, NULL, &keys));
    assert_column(keys, "None\n");
    oz_column_release(&keys);
    oz_batch_release(&sliced);
    oz_batch_release(&batch);
}

static oz_status
scenario(const oz_alloc *alloc)
{
    const oz_batch *batches[3] = {NULL};
    const oz_column *keys = NULL;
    oz_status status =
        key_values(alloc, OZ_OBJECT, LIST_OF(T_NULL, T_OBJECT("(1)"), T_OBJECT("x"), T_TEXT("y")),
                   &batches[0]);
    if (status == OZ_OK) {
        status = oz_batch_slice(batches[0], 0, 3, &batches[1]);
    }
    if (status == OZ_OK) {
        status = oz_rows_key_column(batches[1]->rows, 3, NULL, &keys);
        oz_column_release(&keys);
    }
    if (status == OZ_OK) {
        status = oz_batch_take(batches[0], (const int32_t[]){3, 0}, 2, &batches[2]);
    }
    if (status == OZ_OK) {
        status = oz_rows_key_column(batches[2]->rows, 2, NULL, &keys);
        oz_column_release(&keys);
    }
    for (int i = 0; i < 3; i++) {
        oz_batch_release(&batches[i]);
    }
    return status;
}

static void
h_no_memory(void **state)
{
    (void)state;
    assert_survives(scenario);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_every_type),           cmocka_unit_test(b_texts_at_the_end_of_a_page),
        cmocka_unit_test(c_what_cannot_be_a_key), cmocka_unit_test(d_one_row_on_the_stack),
        cmocka_unit_test(e_keyed_again),          cmocka_unit_test(f_keys_as_a_column),
        cmocka_unit_test(g_keys_without_a_class), cmocka_unit_test(h_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
