/* filter: which rows pass. */
#include "kit/steps.h"

static void
passes_the_rows_that_are_true(steps *s)
{
    steps_of(s, "filter", SETTING_FUNCTION("function", is_odd), STEPS_END);
    steps_push(s, "1 2 3 4 5");
    steps_expect(s, "1 3 5");
    steps_push(s, "2 4");
    steps_expect(s, "");
    steps_push(s, "7 9");
    steps_expect(s, "7 9");
    steps_end(s);
    steps_expect(s, "");
}

static void
lets_rows_as_they_are(steps *s)
{
    steps_of(s, "filter", SETTING_FUNCTION("function", note), STEPS_END);
    steps_push(s, "'k':'text' 1:None 2:0 3:(1, 2)");
    steps_expect(s, "'k':'text' 3:(1, 2)");
    steps_expect_notes(s, "'text' None 0 (1, 2)");
}

static void
fails_at_a_bad_row_after_those_before_it(steps *s)
{
    steps_of(s, "filter", SETTING_FUNCTION("function", is_odd), STEPS_END);
    steps_push(s, "1 3 None 5");
    steps_expect(s, "1 3");
    steps_expect_failure(s, "the record is None");
}

static void
skips_bad_rows_between_good_ones(steps *s)
{
    steps_policy(s, OZ_POLICY_SKIP);
    steps_of(s, "filter", SETTING_FUNCTION("function", is_odd), STEPS_END);
    steps_push(s, "'a' 1 'b' 2 3 'c' 'd' 5");
    steps_expect(s, "1 3 5");
    steps_expect_counter(s, "filter", "bad_records", 4);
}

static void
sends_bad_rows_to_the_port_dead(steps *s)
{
    steps_policy(s, OZ_POLICY_DEAD_LETTER);
    steps_of(s, "filter", SETTING_FUNCTION("function", fail_on_3), STEPS_END);
    steps_push(s, "0 1 3 2 3");
    steps_expect_on(s, "out", "1 2");
    steps_expect_on(s, "dead", "3 3");
}

static void
waits_for_what_reads_it(steps *s)
{
    steps_of(s, "filter", SETTING_FUNCTION("function", is_odd), STEPS_END);
    steps_hold(s, "out", 1);
    steps_push(s, "1");
    steps_push(s, "2 3 4 5");
    steps_expect(s, "1");
    steps_let_go(s, "out");
    steps_expect(s, "3 5");
    steps_end(s);
}

static void
asks_for_no_row_that_nobody_wants(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "filter", "in", "filter", SETTING_FUNCTION("function", fail_on_3), STEPS_END);
    steps_step(s, "slice", "filter", "slice", SETTING_INT("end", 1), STEPS_END);
    steps_collect(s, "slice");
    steps_push(s, "1 2 3");
    steps_expect(s, "1");
    steps_expect_unwanted(s, "in");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(passes_the_rows_that_are_true),
        STEPS_TEST(lets_rows_as_they_are),
        STEPS_TEST(fails_at_a_bad_row_after_those_before_it),
        STEPS_TEST(skips_bad_rows_between_good_ones),
        STEPS_TEST(sends_bad_rows_to_the_port_dead),
        STEPS_TEST(waits_for_what_reads_it),
        STEPS_TEST(asks_for_no_row_that_nobody_wants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
