#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "batch/batch_testing.h"
#include "batch/rows.h"

enum { SEED = 1 };
static const char LONG_KEY[] = "a key that does not fit into sixteen bytes";

/* Keyed rows of four, with times 0, 10, 20, 30 and positions 100, 101, 102, 103. */
static oz_status
make_batch(const oz_alloc *alloc, const oz_origin *origin, const oz_batch **out)
{
    oz_rows *rows = NULL;
    const oz_column *column = NULL;
    const oz_batch *plain = NULL;
    int64_t bad_row;
    OZ_TRY(test_column(alloc, OZ_STRING,
                       LIST_OF(T_TEXT("a"), T_TEXT(LONG_KEY), T_TEXT("b"), T_NULL), &column));
    oz_status status = ozi_rows_derive(alloc, NULL, 4, OZI_ROWS_TIMES | OZI_ROWS_POSITIONS, &rows);
    if (status != OZ_OK) {
        oz_column_release(&column);
        return status;
    }
    ozi_rows_set_origin(rows, origin);
    for (int i = 0; i < 4; i++) {
        ozi_rows_times(rows)[i] = 10 * i;
        ozi_rows_positions(rows)[i] = 100 + i;
    }
    status = oz_batch_new(alloc, &column, NULL, 1, rows, &plain);
    const oz_rows *held = rows;
    oz_rows_release(&held);
    OZ_TRY(status);
    status = oz_batch_key_by(plain, plain->columns[0], SEED, out, &bad_row, NULL);
    oz_batch_release(&plain);
    return status;
}

static void
assert_keys(const oz_rows *rows, int64_t count, const char *text)
{
    const oz_column *keys = NULL;
    assert_ok(oz_rows_key_column(rows, count, NULL, &keys));
    assert_column(keys, text);
    oz_column_release(&keys);
}

static void
a_take(void **state)
{
    (void)state;
    const oz_batch *batch = NULL;
    const oz_batch *taken = NULL;
    assert_ok(make_batch(oz_alloc_default(), NULL, &batch));
    assert_ok(oz_batch_take(batch, (const int32_t[]){3, 1, 1}, 3, &taken));
    assert_int_equal(taken->rows->hashes[1], batch->rows->hashes[1]);
    oz_batch_release(&batch);
    assert_batch(taken, "None\n'a key that does not fit into sixteen bytes'\n"
                        "'a key that does not fit into sixteen bytes'\n");
    assert_int_equal(taken->rows->times[0], 30);
    assert_int_equal(taken->rows->positions[2], 101);
    const oz_rows *rows = oz_rows_retain(taken->rows);
    oz_batch_release(&taken);
    assert_keys(rows, 3,
                "None\n'a key that does not fit into sixteen bytes'\n"
                "'a key that does not fit into sixteen bytes'\n");
    oz_rows_release(&rows);
}

static void
b_slice(void **state)
{
    (void)state;
    const oz_batch *batch = NULL;
    const oz_batch *sliced = NULL;
    const oz_batch *again = NULL;
    assert_ok(make_batch(oz_alloc_default(), NULL, &batch));
    assert_ok(oz_batch_slice(batch, 1, 4, &sliced));
    assert_ok(oz_batch_slice(sliced, 0, 2, &again));
    oz_batch_release(&batch);
    oz_batch_release(&sliced);
    assert_int_equal(again->rows->times[1], 20);
    assert_int_equal(again->rows->positions[0], 101);
    assert_keys(again->rows, 2, "'a key that does not fit into sixteen bytes'\n'b'\n");
    oz_batch_release(&again);
}

static void
c_repeat(void **state)
{
    (void)state;
    const oz_batch *batch = NULL;
    const oz_rows *rows = NULL;
    assert_ok(make_batch(oz_alloc_default(), NULL, &batch));
    assert_ok(ozi_rows_repeat(batch->rows, (const int32_t[]){0, 2, 0, 1}, 4, 3, &rows));
    oz_batch_release(&batch);
    assert_int_equal(rows->times[0], 10);
    assert_int_equal(rows->positions[2], 103);
    assert_keys(rows, 3,
                "'a key that does not fit into sixteen bytes'\n"
                "'a key that does not fit into sixteen bytes'\nNone\n");
    oz_rows_release(&rows);
    assert_ok(ozi_rows_repeat(NULL, NULL, 0, 0, &rows));
    assert_null(rows);
}

static void
d_concat(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    const oz_origin *origin = ozi_origin_new(alloc, "a.txt", "line", 0, 0);
    const oz_batch *batches[4] = {NULL};
    const oz_batch *joined = NULL;
    for (int i = 0; i < 3; i++) {
        assert_ok(make_batch(alloc, origin, &batches[i]));
    }
    assert_ok(oz_batch_slice(batches[2], 1, 3, &batches[3]));
    assert_ok(oz_batch_concat(batches, 4, NULL, &joined));
    for (int i = 0; i < 4; i++) {
        oz_batch_release(&batches[i]);
    }
    assert_int_equal(joined->row_count, 14);
    assert_int_equal(joined->rows->times[13], 20);
    assert_int_equal(joined->rows->positions[12], 101);
    assert_ptr_equal(joined->rows->origin, origin);
    const oz_batch *sliced = NULL;
    assert_ok(oz_batch_slice(joined, 11, 14, &sliced));
    oz_batch_release(&joined);
    assert_keys(sliced->rows, 3, "None\n'a key that does not fit into sixteen bytes'\n'b'\n");
    oz_batch_release(&sliced);
    ozi_origin_release(&origin);
}

static void
e_concat_of_different_origins(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    const oz_origin *origin = ozi_origin_new(alloc, "a.txt", "line", 0, 0);
    const oz_batch *batches[2] = {NULL};
    const oz_batch *joined = NULL;
    assert_ok(make_batch(alloc, origin, &batches[0]));
    assert_ok(make_batch(alloc, NULL, &batches[1]));
    assert_ok(oz_batch_concat(batches, 2, NULL, &joined));
    assert_null(joined->rows->origin);
    assert_null(joined->rows->positions);
    assert_non_null(joined->rows->times);
    oz_batch_release(&joined);
    oz_batch_release(&batches[0]);
    oz_batch_release(&batches[1]);
    ozi_origin_release(&origin);
}

static oz_status
scenario(const oz_alloc *alloc)
{
    const oz_batch *batches[2] = {NULL};
    const oz_batch *result = NULL;
    const oz_rows *rows = NULL;
    oz_status status = make_batch(alloc, NULL, &batches[0]);
    if (status == OZ_OK) {
        status = oz_batch_take(batches[0], (const int32_t[]){1, 2}, 2, &batches[1]);
    }
    if (status == OZ_OK) {
        status = oz_batch_concat(batches, 2, NULL, &result);
        oz_batch_release(&result);
    }
    if (status == OZ_OK) {
        status = oz_batch_slice(batches[0], 1, 2, &result);
        oz_batch_release(&result);
    }
    if (status == OZ_OK) {
        status = ozi_rows_repeat(batches[1]->rows, (const int32_t[]){0, 1}, 2, 1, &rows);
        oz_rows_release(&rows);
    }
    oz_batch_release(&batches[0]);
    oz_batch_release(&batches[1]);
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
        cmocka_unit_test(a_take),
        cmocka_unit_test(b_slice),
        cmocka_unit_test(c_repeat),
        cmocka_unit_test(d_concat),
        cmocka_unit_test(e_concat_of_different_origins),
        cmocka_unit_test(f_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
