/* Tests of what all kernels have in common. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "expr/kernel.h"
#include "expr/kernel_testing.h"

static const ozi_family *const families[] = {
    &ozi_family_arithmetic, &ozi_family_case,   &ozi_family_compare,    &ozi_family_format,
    &ozi_family_item,       &ozi_family_number, &ozi_family_predicates, &ozi_family_replace,
    &ozi_family_split,      &ozi_family_strip,
};

enum { FAMILIES = sizeof families / sizeof families[0] };

static void
a_each_is_found(void **state)
{
    (void)state;
    for (int i = 0; i < FAMILIES; i++) {
        for (size_t j = 0; j < families[i]->count; j++) {
            const oz_kernel *kernel = &families[i]->kernels[j];
            assert_ptr_equal(oz_kernel_find(kernel->name, kernel->kind, kernel->input), kernel);
        }
    }
    assert_null(oz_kernel_find("str.zfill", OZ_CALL_MAP, OZ_STRING));
    assert_null(oz_kernel_find("str.lower", OZ_CALL_MAP, OZ_INT64));
    assert_null(oz_kernel_find("str.lower", OZ_CALL_EXPAND, OZ_STRING));
    assert_non_null(oz_kernel_find("str.format", OZ_CALL_MAP, OZ_FLOAT64));
}

static void
b_arguments_are_checked_without_rows(void **state)
{
    (void)state;
    oz_error error;
    oz_call call = {.kind = OZ_CALL_MAP};
    const oz_scalar good[] = {T_TEXT("a")};
    const oz_scalar bad[] = {T_NULL};
    const oz_kernel *kernel = oz_kernel_find("str.startswith", OZ_CALL_MAP, OZ_STRING);
    assert_ok(kernel->run(good, 1, &call, &error));
    assert_null(call.column);
    assert_int_equal(kernel->run(bad, 1, &call, &error), OZ_INVALID);
    assert_string_equal(error.text, "takes one string");
    kernel = oz_kernel_find("operator.add", OZ_CALL_MAP, OZ_INT64);
    assert_ok(kernel->run((const oz_scalar[]){T_FLOAT(1)}, 1, &call, &error));
    assert_int_equal(kernel->run(bad, 1, &call, &error), OZ_INVALID);
    kernel = oz_kernel_find("operator.neg", OZ_CALL_MAP, OZ_INT64);
    assert_ok(kernel->run(NULL, 0, &call, &error));
}

/* Arguments with which most kernels do something. */
static uint32_t
arguments_of(const char *name, oz_scalar arguments[2])
{
    if (strcmp(name, "str.format") == 0) {
        arguments[0] = T_TEXT("<{}>");
        return 1;
    }
    if (strcmp(name, "str.replace") == 0) {
        arguments[0] = T_TEXT("a");
        arguments[1] = T_TEXT("bc");
        return 2;
    }
    bool text = strstr(name, "with") != NULL || strstr(name, "remove") != NULL ||
                strstr(name, "contains") != NULL;
    arguments[0] = text ? T_TEXT("a") : T_INT(1);
    return text;
}

static oz_status
make_column(const oz_alloc *alloc, oz_type type, const oz_column **out)
{
    switch (type) {
    case OZ_BOOL:
        return test_column(alloc, type, LIST_OF(T_BOOL(true), T_NULL, T_BOOL(false)), out);
    case OZ_INT64:
        return test_column(alloc, type, LIST_OF(T_INT(5), T_NULL, T_INT(0)), out);
    case OZ_FLOAT64:
        return test_column(alloc, type, LIST_OF(T_FLOAT(5), T_NULL, T_FLOAT(0.25)), out);
    case OZ_BYTES:
        return test_column(alloc, type, LIST_OF(T_BYTES("a"), T_NULL, T_BYTES("")), out);
    default:
        return test_lines(alloc, " A word\n\xc3\xa9\n\n12", out);
    }
}

static const oz_kernel *under_test;

static oz_status
run_it(const oz_alloc *alloc)
{
    char room[1024];
    ozi_text text;
    ozi_text_init(&text, room, sizeof room);
    const oz_kernel *kernel = under_test;
    oz_scalar arguments[2];
    uint32_t count = arguments_of(kernel->name, arguments);
    if (strncmp(kernel->name, "operator.", 9) == 0 && kernel->input != OZ_STRING) {
        count = 1;
    }
    const oz_column *column = NULL;
    const oz_batch *batch = NULL;
    OZ_TRY(make_column(alloc, kernel->input, &column));
    OZ_TRY(oz_batch_new(alloc, &column, NULL, 1, NULL, &batch));
    test_run run = {kernel->kind, kernel->name, arguments, count, batch, alloc};
    oz_status status = test_run_all(&run, &text);
    oz_batch_release(&batch);
    return status == OZ_INVALID ? OZ_OK : status;
}

static void
c_memory_may_end_anywhere(void **state)
{
    (void)state;
    for (int i = 0; i < FAMILIES; i++) {
        for (size_t j = 0; j < families[i]->count; j++) {
            under_test = &families[i]->kernels[j];
            assert_survives(run_it);
        }
    }
}

static oz_status
split_a_long_row(const oz_alloc *alloc)
{
    static char line[20000];
    static char room[64];
    ozi_text text;
    memset(line, 'x', sizeof line - 1);
    for (size_t i = 0; i < sizeof line - 1; i += 10) {
        line[i] = ' ';
    }
    ozi_text_init(&text, room, sizeof room);
    const oz_column *column = NULL;
    const oz_batch *batch = NULL;
    OZ_TRY(test_lines(alloc, line, &column));
    OZ_TRY(oz_batch_new(alloc, &column, NULL, 1, NULL, &batch));
    const oz_scalar arguments[] = {T_TEXT(" "), T_INT(500)};
    oz_status status = OZ_OK;
    for (uint32_t count = 0; count <= 2 && status == OZ_OK; count++) {
        test_run run = {OZ_CALL_EXPAND, "str.split", arguments, count, batch, alloc};
        status = test_run_all(&run, &text);
    }
    oz_batch_release(&batch);
    return status;
}

static void
d_memory_may_end_in_a_long_row(void **state)
{
    (void)state;
    assert_survives(split_a_long_row);
}

/* Rows with names are dicts: no string function takes them. */
static void
e_named_rows_are_for_the_host(void **state)
{
    (void)state;
    const char *const names[] = {"word"};
    const oz_column *column = lines("a");
    const oz_batch *batch = NULL;
    assert_ok(oz_batch_new(oz_alloc_default(), &column, names, 1, NULL, &batch));
    oz_call call = {.batch = batch, .stop = 1, .alloc = oz_alloc_default()};
    const oz_kernel *kernel = oz_kernel_find("str.lower", OZ_CALL_MAP, OZ_STRING);
    assert_int_equal(kernel->run(NULL, 0, &call, NULL), OZ_INVALID);
    oz_batch_release(&batch);
}

/* A part of the rows, as a step asks that was stopped in the middle. */
static void
f_from_row_to_row(void **state)
{
    (void)state;
    const oz_column *column = lines("A\nB\n\xc3\xa9\nC\nD");
    const oz_batch *batch = NULL;
    const oz_kernel *kernel = oz_kernel_find("str.lower", OZ_CALL_MAP, OZ_STRING);
    assert_ok(test_batch(&column, &batch));
    oz_call call = {.batch = batch, .begin = 1, .stop = 4, .alloc = oz_alloc_default()};
    assert_ok(kernel->run(NULL, 0, &call, NULL));
    assert_int_equal(call.end, 2);
    assert_column(call.column, "'b'\n");
    oz_column_release(&call.column);
    call.begin = 2;
    assert_int_equal(kernel->run(NULL, 0, &call, NULL), OZ_UNSUPPORTED);
    assert_int_equal(call.end, 2);
    call.begin = 3;
    assert_ok(kernel->run(NULL, 0, &call, NULL));
    assert_int_equal(call.end, 4);
    assert_column(call.column, "'c'\n");
    oz_column_release(&call.column);
    oz_batch_release(&batch);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_each_is_found),
        cmocka_unit_test(b_arguments_are_checked_without_rows),
        cmocka_unit_test(c_memory_may_end_anywhere),
        cmocka_unit_test(d_memory_may_end_in_a_long_row),
        cmocka_unit_test(e_named_rows_are_for_the_host),
        cmocka_unit_test(f_from_row_to_row),
    };
    return cmocka_run_group_tests_name("expr/kernel", tests, NULL, NULL);
}
