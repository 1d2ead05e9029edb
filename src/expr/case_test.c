/* Tests of case.c: upper and lower case of ASCII, the host for the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "expr/kernel_testing.h"

static void
a_lower_and_upper(void **state)
{
    (void)state;
    assert_map("str.lower", lines("One TWO\n\nthree\n@[`{"), NOTHING,
               "'one two'\n''\n'three'\n'@[`{'\n");
    assert_map("str.upper", lines("One two\n3rd\n@[`{"), NOTHING, "'ONE TWO'\n'3RD'\n'@[`{'\n");
    assert_map("str.casefold", lines("MiXed"), NOTHING, "'mixed'\n");
    assert_map("str.swapcase", lines("One tWO\nx@Z"), NOTHING, "'oNE Two'\n'X@z'\n");
}

static void
b_first_letters(void **state)
{
    (void)state;
    assert_map("str.capitalize", lines("one TWO\n1st Day\n\n o"), NOTHING,
               "'One two'\n'1st day'\n''\n' o'\n");
    assert_map("str.title", lines("they're bill's\n1st DAY\n\na-b_c"), NOTHING,
               "\"They'Re Bill'S\"\n'1St Day'\n''\n'A-B_C'\n");
}

static void
c_other_letters_are_for_the_host(void **state)
{
    (void)state;
    assert_map("str.lower", lines("A\n\xc3\x84\n\xc3\x84\nB"), NOTHING, "'a'\nhost\nhost\n'b'\n");
    assert_map("str.title", lines("\xc3\x84\nab"), NOTHING, "host\n'Ab'\n");
    /* Lower case already, but who knows the letter? */
    assert_map("str.lower", lines("\xc3\xa4\nab"), NOTHING, "host\n'ab'\n");
}

static void
d_rows_without_a_change_are_not_copied(void **state)
{
    (void)state;
    const oz_column *column = lines("one\ntwo\n3");
    const oz_batch *batch = NULL;
    const oz_kernel *kernel = oz_kernel_find("str.lower", OZ_CALL_MAP, OZ_STRING);
    oz_call call = {.stop = 3, .alloc = oz_alloc_default()};
    assert_ok(test_batch(&column, &batch));
    call.batch = batch;
    assert_ok(kernel->run(NOTHING, &call, NULL));
    assert_ptr_equal(call.column, batch->columns[0]);
    oz_column_release(&call.column);
    call.begin = 1;
    assert_ok(kernel->run(NOTHING, &call, NULL));
    assert_ptr_equal(call.column->values, (const oz_view *)batch->columns[0]->values + 1);
    oz_column_release(&call.column);
    oz_batch_release(&batch);
}

/* All lengths around the steps of the scans, with letters in all places. */
static void
e_every_length(void **state)
{
    (void)state;
    char text[300];
    char expected[310];
    for (size_t size = 1; size < 200; size++) {
        for (size_t i = 0; i < size; i++) {
            text[i] = (char)(i % 3 == 0 ? 'A' + i % 26 : 'a' + i % 26);
            expected[i + 1] = (char)('a' + i % 26);
        }
        text[size] = '\0';
        expected[0] = '\'';
        memcpy(expected + size + 1, "'\n", 3);
        assert_map("str.lower", lines(text), NOTHING, expected);
    }
}

static void
f_the_truth_of_text(void **state)
{
    (void)state;
    assert_filter("str.lower", lines("A\n\n \n\xc3\x84"), NOTHING, "True\nFalse\nTrue\nhost\n");
    assert_map("str.lower", lines("A"), LIST_OF(T_INT(1)), "INVALID");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lower_and_upper),
        cmocka_unit_test(b_first_letters),
        cmocka_unit_test(c_other_letters_are_for_the_host),
        cmocka_unit_test(d_rows_without_a_change_are_not_copied),
        cmocka_unit_test(e_every_length),
        cmocka_unit_test(f_the_truth_of_text),
    };
    return cmocka_run_group_tests_name("expr/case", tests, NULL, NULL);
}
