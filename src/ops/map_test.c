/* map: one result a row, and what becomes of a row that fails. */
#include "kit/steps.h"

static void
gives_one_result_for_each_row(steps *s)
{
    steps_of(s, "map", SETTING_FUNCTION("function", add_one), STEPS_END);
    steps_push(s, "1 2 3");
    steps_expect(s, "2 3 4");
    steps_push(s, "4");
    steps_expect(s, "5");
    steps_end(s);
    steps_expect(s, "");
}

static void
gives_nothing_for_no_rows(steps *s)
{
    steps_of(s, "map", SETTING_FUNCTION("function", add_one), STEPS_END);
    steps_end(s);
    steps_expect(s, "");
}

static void
lets_keys_stay_on_the_row(steps *s)
{
    steps_of(s, "map", SETTING_FUNCTION("function", length), STEPS_END);
    steps_push(s, "'a':'one' 2:'three' (1, 2):'x'");
    steps_expect(s, "'a':3 2:5 (1, 2):1");
}

static void
takes_values_of_any_type(steps *s)
{
    steps_of(s, "map", SETTING_FUNCTION("function", fail_on_3), STEPS_END);
    steps_push(s, "None 1.5 'text' True 2^70 [1]");
    steps_expect(s, "None 1.5 'text' True 2^70 [1]");
}

static void
fails_at_a_bad_row_after_those_before_it(steps *s)
{
    steps_of(s, "map", SETTING_FUNCTION("function", fail_on_3), STEPS_END);
    steps_push(s, "1 2 3 4");
    steps_expect(s, "1 2");
    steps_expect_failure(s, "step \"map\" (test.py:1): the function cannot treat it; "
                            "the record is 3");
    steps_push(s, "5 6");
    steps_expect(s, "5 6");
    steps_expect_counter(s, "map", "bad_records", 1);
}

static void
skips_bad_rows(steps *s)
{
    steps_policy(s, OZ_POLICY_SKIP);
    steps_of(s, "map", SETTING_FUNCTION("function", fail_on_3), STEPS_END);
    steps_push(s, "3 1 3 3 2 3");
    steps_expect(s, "1 2");
    steps_expect_counter(s, "map", "bad_records", 4);
}

static void
sends_bad_rows_to_the_port_dead(steps *s)
{
    steps_policy(s, OZ_POLICY_DEAD_LETTER);
    steps_of(s, "map", SETTING_FUNCTION("function", fail_on_3), STEPS_END);
    steps_push(s, "'a':1 'b':3 'a':2 'a':3");
    steps_expect_on(s, "out", "'a':1 'a':2");
    steps_expect_on(s, "dead", "'b':3 'a':3");
    steps_expect_counter(s, "map", "bad_records", 2);
}

static void
waits_for_what_reads_it(steps *s)
{
    steps_of(s, "map", SETTING_FUNCTION("function", add_one), STEPS_END);
    steps_hold(s, "out", 1);
    steps_push(s, "1");
    steps_expect(s, "2");
    steps_push(s, "2 3");
    steps_expect(s, "");
    steps_let_go(s, "out");
    steps_expect(s, "3 4");
    steps_end(s);
}

static void
wants_no_more_when_nobody_does(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "map", "in", "map", SETTING_FUNCTION("function", fail_on_3), STEPS_END);
    steps_step(s, "slice", "map", "slice", SETTING_INT("end", 2), STEPS_END);
    steps_collect(s, "slice");
    steps_push(s, "1 2 3 4");
    steps_expect(s, "1 2");
    steps_expect_unwanted(s, "in");
    steps_expect_ended(s, "map", true);
}

static void
needs_a_function(steps *s)
{
    steps_of(s, "map", STEPS_END);
    steps_expect_refused(s, "step \"map\" (test.py:1): operator \"map\": option \"function\" is "
                            "required");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(gives_one_result_for_each_row),
        STEPS_TEST(gives_nothing_for_no_rows),
        STEPS_TEST(lets_keys_stay_on_the_row),
        STEPS_TEST(takes_values_of_any_type),
        STEPS_TEST(fails_at_a_bad_row_after_those_before_it),
        STEPS_TEST(skips_bad_rows),
        STEPS_TEST(sends_bad_rows_to_the_port_dead),
        STEPS_TEST(waits_for_what_reads_it),
        STEPS_TEST(wants_no_more_when_nobody_does),
        STEPS_TEST(needs_a_function),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
