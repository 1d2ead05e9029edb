/* Tests of item.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "expr/kernel_testing.h"

static void
a_places(void **state)
{
    (void)state;
    const char *const second = "1\nNone\n";
    assert_starmap("operator.itemgetter", lines("a\nb"),
                   column_of(OZ_INT64, LIST_OF(T_INT(1), T_NULL)), LIST_OF(T_INT(1)), second);
    assert_starmap("operator.itemgetter", lines("a\nb"),
                   column_of(OZ_INT64, LIST_OF(T_INT(1), T_NULL)), LIST_OF(T_INT(-1)), second);
    assert_starmap("operator.itemgetter", lines("a"), lines("b"), LIST_OF(T_INT(0)), "'a'\n");
}

static void
b_not_there(void **state)
{
    (void)state;
    assert_starmap("operator.itemgetter", lines("a"), lines("b"), LIST_OF(T_INT(2)), "INVALID");
    assert_starmap("operator.itemgetter", lines("a"), lines("b"), LIST_OF(T_INT(-3)), "INVALID");
    assert_starmap("operator.itemgetter", lines("a"), lines("b"), LIST_OF(T_TEXT("a")), "INVALID");
    assert_starmap("operator.itemgetter", lines("a"), lines("b"), NOTHING, "INVALID");
    assert_map("operator.itemgetter", lines("a"), LIST_OF(T_INT(0)), "INVALID");
}

static void
c_names(void **state)
{
    (void)state;
    const oz_column *columns[] = {lines("a\nb"), column_of(OZ_INT64, LIST_OF(T_NULL, T_INT(2)))};
    const char *const names[] = {"word", "count"};
    const oz_scalar item = T_TEXT("count");
    const oz_scalar place = T_INT(1);
    const oz_batch *batch = NULL;
    uint8_t truths[2] = {7, 7};
    assert_ok(oz_batch_new(oz_alloc_default(), columns, names, 2, NULL, &batch));
    const oz_kernel *kernel = oz_kernel_find("operator.itemgetter", OZ_CALL_MAP, OZ_STRING);
    oz_call call = {.batch = batch, .stop = 2, .alloc = oz_alloc_default()};
    assert_ok(kernel->run(&item, 1, &call, NULL));
    assert_column(call.column, "None\n2\n");
    oz_column_release(&call.column);
    assert_int_equal(kernel->run(&place, 1, &call, NULL), OZ_INVALID);
    call = (oz_call){.kind = OZ_CALL_FILTER, .batch = batch, .stop = 2, .truths = truths};
    assert_ok(kernel->run(&item, 1, &call, NULL));
    assert_int_equal(truths[0], 0);
    assert_int_equal(truths[1], 1);
    oz_batch_release(&batch);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_places),
        cmocka_unit_test(b_not_there),
        cmocka_unit_test(c_names),
    };
    return cmocka_run_group_tests_name("expr/item", tests, NULL, NULL);
}
