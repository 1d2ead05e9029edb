/* Aggregates: current and final, with keys and without, by a batch and row by row. */
#include "kit/steps.h"

static void
lets_keys_stay_on_updates(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "count", "in", "count", STEPS_END);
    steps_step(s, "again", "count", "count", STEPS_END);
    steps_collect(s, "again");
    steps_push(s, "'a':1 'b':1 'a':1");
    steps_expect(s, "'a':('a', 1) 'b':('b', 1) 'a':('a', 2)");
}

static void
counts_rows_with_and_without_keys_apart(steps *s)
{
    steps_of(s, "count", STEPS_END);
    steps_push(s, "1 'a':1 2 'a':2 3");
    steps_expect(s, "1 'a':('a', 1) 2 'a':('a', 2) 3");
}

static void
gives_one_result_for_rows_without_a_key_at_the_end(steps *s)
{
    steps_of(s, "sum", SETTING_TEXT("emit", "final"), STEPS_END);
    steps_push(s, "1 2");
    steps_push(s, "4");
    steps_end(s);
    steps_expect(s, "7");
}

static void
fails_at_the_first_bad_row_also_when_results_come_at_the_end(steps *s)
{
    steps_of(s, "sum", SETTING_TEXT("emit", "final"), STEPS_END);
    steps_push(s, "1 2 'text' 4");
    steps_expect_failure(s, "step \"sum\" (test.py:1): the value cannot be added to the sum; the "
                            "record is 'text'");
    steps_push(s, "8");
    steps_end(s);
    steps_expect(s, "11");
}

static void
refuses_rows_of_several_columns(steps *s)
{
    steps_of(s, "sum", STEPS_END);
    steps_push(s, "1");
    steps_push(s, "(1, 2)");
    steps_expect(s, "1");
    steps_expect_failure(s, "step \"sum\"");
}

static void
tells_no_row_after_one_that_nobody_wants(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "sum", "in", "sum", STEPS_END);
    steps_step(s, "slice", "sum", "slice", SETTING_INT("end", 2), STEPS_END);
    steps_collect(s, "slice");
    steps_push(s, "1 2 'text'");
    steps_expect(s, "1 3");
    steps_expect_unwanted(s, "in");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(lets_keys_stay_on_updates),
        STEPS_TEST(counts_rows_with_and_without_keys_apart),
        STEPS_TEST(gives_one_result_for_rows_without_a_key_at_the_end),
        STEPS_TEST(fails_at_the_first_bad_row_also_when_results_come_at_the_end),
        STEPS_TEST(refuses_rows_of_several_columns),
        STEPS_TEST(tells_no_row_after_one_that_nobody_wants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
