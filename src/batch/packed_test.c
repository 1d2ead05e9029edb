/* Tests of packed*.c: batches of every type, with row data, there and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "base/pack_memory.h"
#include "batch/batch.h"
#include "batch/batch_testing.h"
#include "batch/column.h"
#include "batch/packed.h"
#include "batch/rows.h"

/* Packs `batch`, and puts what it unpacks to in its place; NULL after a failure. */
static oz_status
there_and_back_of(const oz_alloc *alloc, const oz_object_class *class, const oz_batch **batch)
{
    ozi_pack_memory stream;
    ozi_pack pack;
    ozi_unpack unpack;
    oz_status status = ozi_pack_to_memory(&stream, alloc, &pack);
    if (status == OZ_OK) {
        ozi_pack_batch(&pack, *batch);
        status = ozi_pack_finish(&pack);
    }
    oz_batch_release(batch);
    if (status == OZ_OK) {
        status = ozi_unpack_from_memory(&stream, alloc, &unpack);
    }
    if (status == OZ_OK) {
        *batch = ozi_unpack_batch(&unpack, class);
        status = ozi_unpack_finish(&unpack);
        if (status != OZ_OK) {
            oz_batch_release(batch);
        }
    }
    ozi_vec_free(&stream.bytes);
    return status;
}

static oz_status
there_and_back(const oz_alloc *alloc, const oz_batch **batch)
{
    return there_and_back_of(alloc, &text_object_class, batch);
}

/* A column of the type: values, NULLs among them, and only the rows from the second on. */
static oz_status
cut_column(const oz_alloc *alloc, oz_type type, const oz_scalar *values, size_t count,
           const oz_column **out)
{
    const oz_column *whole = NULL;
    OZ_TRY(test_column(alloc, type, values, count, &whole));
    oz_status status = oz_column_slice(whole, 1, (int64_t)count, out);
    oz_column_release(&whole);
    return status;
}

static oz_status
check_column(const oz_alloc *alloc, oz_type type, const oz_scalar *values, size_t count,
             const char *text)
{
    const oz_column *column = NULL;
    const oz_batch *batch = NULL;
    OZ_TRY(cut_column(alloc, type, values, count, &column));
    OZ_TRY(test_batch(&column, &batch));
    OZ_TRY(there_and_back(alloc, &batch));
    assert_int_equal(batch->columns[0]->type, type);
    assert_batch(batch, text);
    oz_batch_release(&batch);
    return OZ_OK;
}

static oz_status
each_type(const oz_alloc *alloc)
{
    OZ_TRY(check_column(alloc, OZ_INT64, LIST_OF(T_INT(0), T_INT(1), T_NULL, T_INT(-5)),
                        "1\nNone\n-5\n"));
    OZ_TRY(
        check_column(alloc, OZ_FLOAT64, LIST_OF(T_NULL, T_FLOAT(0.5), T_FLOAT(-2)), "0.5\n-2.0\n"));
    OZ_TRY(check_column(alloc, OZ_BOOL, LIST_OF(T_NULL, T_BOOL(true), T_BOOL(false)),
                        "True\nFalse\n"));
    OZ_TRY(check_column(alloc, OZ_STRING,
                        LIST_OF(T_TEXT("x"), T_TEXT("the cat"), T_NULL, T_TEXT("")),
                        "'the cat'\nNone\n''\n"));
    OZ_TRY(check_column(alloc, OZ_BYTES, LIST_OF(T_NULL, T_BYTES("a\0b")), "b'a\\x00b'\n"));
    return check_column(alloc, OZ_OBJECT, LIST_OF(T_NULL, T_OBJECT("(1, 2)"), T_OBJECT("cat")),
                        "(1, 2)\ncat\n");
}

static void
every_type_comes_back(void **state)
{
    (void)state;
    assert_ok(each_type(oz_alloc_default()));
    assert_survives(each_type);
}

/* Two named columns with times, keys (long ones, too), positions and an origin. */
static oz_status
full_batch(const oz_alloc *alloc, const oz_batch **out)
{
    const oz_column *columns[2] = {NULL, NULL};
    const char *const names[2] = {"word", "n"};
    const oz_batch *plain = NULL;
    int64_t bad_row;
    oz_status status =
        test_column(alloc, OZ_STRING,
                    LIST_OF(T_TEXT("cat"), T_TEXT("a word that is longer than a key")),
                    &columns[0]);
    if (status == OZ_OK) {
        status = test_column(alloc, OZ_INT64, LIST_OF(T_INT(1), T_INT(2)), &columns[1]);
    }
    if (status == OZ_OK) {
        status = oz_batch_new(alloc, columns, names, 2, NULL, &plain);
    }
    oz_column_release(&columns[0]);
    oz_column_release(&columns[1]);
    OZ_TRY(status);
    status = oz_batch_key_by(plain, plain->columns[0], 9, out, &bad_row, NULL);
    oz_batch_release(&plain);
    return status;
}

/* The same with times, positions and an origin beside the keys. */
static oz_status
add_origin(const oz_alloc *alloc, const oz_batch **batch)
{
    oz_rows *rows = NULL;
    const oz_batch *whole = NULL;
    const oz_origin *origin = ozi_origin_new(alloc, "book.txt", "line", 3, 0);
    oz_status status = origin == NULL ? OZ_NO_MEMORY
                                      : ozi_rows_derive(alloc, (*batch)->rows, 2,
                                                        OZI_ROWS_TIMES | OZI_ROWS_POSITIONS, &rows);
    if (status == OZ_OK) {
        for (int64_t i = 0; i < 2; i++) {
            ozi_rows_times(rows)[i] = 100 + i;
            ozi_rows_positions(rows)[i] = 12 + i;
        }
        ozi_rows_set_origin(rows, origin);
        const oz_rows *taken = rows;
        status = ozi_batch_with_rows(*batch, &taken, &whole);
    }
    ozi_origin_release(&origin);
    oz_batch_release(batch);
    *batch = whole;
    return status;
}

static oz_status
with_row_data(const oz_alloc *alloc)
{
    const oz_batch *batch = NULL;
    const oz_column *keys = NULL;
    OZ_TRY(full_batch(alloc, &batch));
    uint64_t hash = batch->rows->hashes[1];
    OZ_TRY(add_origin(alloc, &batch));
    OZ_TRY(there_and_back(alloc, &batch));
    const oz_rows *rows = batch->rows;
    assert_int_equal(rows->times[1], 101);
    assert_int_equal(rows->positions[0], 12);
    assert_int_equal(rows->hashes[1], hash);
    assert_string_equal(rows->origin->name, "book.txt");
    assert_string_equal(rows->origin->unit, "line");
    assert_int_equal(rows->origin->partition, 3);
    assert_string_equal(batch->names[1], "n");
    oz_status status = oz_rows_key_column(rows, 2, &text_object_class, &keys);
    if (status == OZ_OK) {
        assert_column(keys, "'cat'\n'a word that is longer than a key'\n");
    }
    oz_column_release(&keys);
    oz_batch_release(&batch);
    return status;
}

static void
row_data_comes_back(void **state)
{
    (void)state;
    assert_ok(with_row_data(oz_alloc_default()));
    assert_survives(with_row_data);
}

/* Keys of ints and short words, of a column that is in the batch or one that is not. */
static oz_status
keyed_by(const oz_alloc *alloc, oz_type type, const oz_scalar *values, bool is_inside)
{
    const oz_column *columns[2] = {NULL, NULL};
    const oz_batch *plain = NULL;
    const oz_batch *batch = NULL;
    oz_key keys[3];
    uint64_t hashes[3];
    int64_t bad_row;
    OZ_TRY(test_column(alloc, OZ_INT64, LIST_OF(T_INT(7), T_INT(8), T_INT(9)), &columns[0]));
    oz_status status = test_column(alloc, type, values, 3, &columns[1]);
    if (status == OZ_OK) {
        status = oz_batch_new(alloc, columns, NULL, is_inside ? 2 : 1, NULL, &plain);
    }
    if (status == OZ_OK) {
        const oz_column *by = is_inside ? plain->columns[1] : columns[1]; /* it was taken */
        status = oz_batch_key_by(plain, by, 9, &batch, &bad_row, NULL);
    }
    oz_column_release(&columns[0]);
    oz_column_release(&columns[1]);
    oz_batch_release(&plain);
    OZ_TRY(status);
    memcpy(keys, batch->rows->keys, sizeof keys);
    memcpy(hashes, batch->rows->hashes, sizeof hashes);
    OZ_TRY(there_and_back(alloc, &batch));
    assert_memory_equal(batch->rows->keys, keys, sizeof keys);
    assert_memory_equal(batch->rows->hashes, hashes, sizeof hashes);
    oz_batch_release(&batch);
    return OZ_OK;
}

static oz_status
short_keys(const oz_alloc *alloc)
{
    const oz_scalar ints[] = {T_INT(3), T_INT(-1), T_INT(3)};
    const oz_scalar words[] = {T_TEXT("a"), T_TEXT("bc"), T_TEXT("")};
    OZ_TRY(keyed_by(alloc, OZ_INT64, ints, true));
    OZ_TRY(keyed_by(alloc, OZ_INT64, ints, false));
    OZ_TRY(keyed_by(alloc, OZ_STRING, words, true));
    return keyed_by(alloc, OZ_STRING, words, false);
}

static void
short_keys_come_back(void **state)
{
    (void)state;
    assert_ok(short_keys(oz_alloc_default()));
    assert_survives(short_keys);
}

/* ---- tuples ---------------------------------------------------------------------------------- */

static oz_object pair[2]; /* the items of all tuples below */

/* "(..." is a pair, anything else is not. */
static uint32_t
open_pair(oz_object object, const oz_object **items)
{
    char text[8] = "";
    (void)text_object_class.print(object, text, sizeof text);
    *items = pair;
    return text[0] == '(' ? 2 : 0;
}

static oz_status
objects_there_and_back(const oz_alloc *alloc, const char *first, const char *second,
                       const char *expected)
{
    oz_object_class class = text_object_class;
    class.open_tuple = open_pair;
    const oz_column *column = NULL;
    const oz_batch *batch = NULL;
    oz_object *array = oz_objects_new(alloc, 2);
    if (array == NULL) {
        return OZ_NO_MEMORY;
    }
    array[0] = text_object_new(first);
    array[1] = text_object_new(second);
    OZ_TRY(oz_column_of_objects(alloc, &class, &array, 2, 2, &column));
    OZ_TRY(oz_batch_new(alloc, &column, NULL, 1, NULL, &batch));
    OZ_TRY(there_and_back_of(alloc, &class, &batch));
    assert_int_equal(batch->columns[0]->type, OZ_OBJECT);
    assert_column(batch->columns[0], expected);
    oz_batch_release(&batch);
    return OZ_OK;
}

static oz_status
tuples(const oz_alloc *alloc)
{
    const oz_scalar seven = {.kind = OZ_SCALAR_INT64, .as.int64 = 7};
    const oz_scalar a = {.kind = OZ_SCALAR_STRING, .size = 1, .as.data = "a"};
    assert_ok(text_object_class.box(&seven, &pair[0]));
    assert_ok(text_object_class.box(&a, &pair[1]));
    oz_status status = objects_there_and_back(alloc, "(x)", "(y)", "(7, 'a')\n(7, 'a')\n");
    if (status == OZ_OK) {
        status = objects_there_and_back(alloc, "(x)", "other", "(x)\nother\n");
    }
    text_object_class.release(pair[0]);
    text_object_class.release(pair[1]);
    return status;
}

static void
tuples_come_back(void **state)
{
    (void)state;
    assert_ok(tuples(oz_alloc_default()));
    assert_survives(tuples);
}

/* Values that are lists, and a STRUCT of two fields, one of them a list. */
static oz_status
nested(const oz_alloc *alloc)
{
    const oz_column *parts[2] = {NULL, NULL};
    const char *const names[2] = {"a", "b"};
    const oz_column *child = NULL;
    const oz_column *column = NULL;
    const oz_column *cut = NULL;
    const oz_batch *batch = NULL;
    OZ_TRY(test_column(alloc, OZ_INT64, LIST_OF(T_INT(1), T_INT(2), T_INT(3)), &child));
    int64_t *offsets = oz_values_new(alloc, OZ_LIST, 4);
    if (offsets == NULL) {
        oz_column_release(&child);
        return OZ_NO_MEMORY;
    }
    memcpy(offsets, (int64_t[]){0, 1, 1, 3}, 4 * sizeof *offsets);
    OZ_TRY(ozi_column_of_lists(alloc, &offsets, 3, &child, &parts[0]));
    oz_status status =
        test_column(alloc, OZ_STRING, LIST_OF(T_TEXT("x"), T_TEXT("y"), T_NULL), &parts[1]);
    if (status != OZ_OK) {
        oz_column_release(&parts[0]);
        return status;
    }
    OZ_TRY(ozi_column_of_fields(alloc, parts, names, 2, &column));
    status = oz_column_slice(column, 1, 3, &cut);
    oz_column_release(&column);
    OZ_TRY(status);
    OZ_TRY(test_batch(&cut, &batch));
    OZ_TRY(there_and_back(alloc, &batch));
    assert_batch(batch, "{'a': [], 'b': 'y'}\n{'a': [2, 3], 'b': None}\n");
    oz_batch_release(&batch);
    return OZ_OK;
}

static void
lists_and_fields_come_back(void **state)
{
    (void)state;
    assert_ok(nested(oz_alloc_default()));
    assert_survives(nested);
}

static void
an_object_as_key_is_refused(void **state)
{
    (void)state;
    ozi_pack_memory stream;
    ozi_pack pack;
    const oz_key key = {0, OZI_KEY_HIGH(OZI_KEY_OBJECT, 0)};
    assert_ok(ozi_pack_to_memory(&stream, oz_alloc_default(), &pack));
    ozi_pack_key(&pack, &key);
    assert_int_equal(ozi_pack_finish(&pack), OZ_UNSUPPORTED);
    ozi_vec_free(&stream.bytes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_comes_back), cmocka_unit_test(row_data_comes_back),
        cmocka_unit_test(short_keys_come_back),  cmocka_unit_test(lists_and_fields_come_back),
        cmocka_unit_test(tuples_come_back),      cmocka_unit_test(an_object_as_key_is_refused),
    };
    return cmocka_run_group_tests_name("batch/packed", tests, NULL, NULL);
}
