/* accumulate: a state of each key, and its results. */
#include "kit/steps.h"

static void
gives_the_state_after_each_row(steps *s)
{
    steps_of(s, "accumulate", SETTING_FUNCTION("function", add), STEPS_END);
    steps_push(s, "1 2 4");
    steps_expect(s, "1 3 7");
    steps_push(s, "5");
    steps_expect(s, "12");
    steps_end(s);
    steps_expect(s, "");
}

static void
begins_with_start_when_it_is_given(steps *s)
{
    steps_of(s, "accumulate", SETTING_FUNCTION("function", add), SETTING_INT("start", 100),
             STEPS_END);
    steps_push(s, "1 2 'k':1 'k':2");
    steps_expect(s, "101 103 'k':101 'k':103");
}

static void
keeps_a_state_for_each_key(steps *s)
{
    steps_of(s, "accumulate", SETTING_FUNCTION("function", add), STEPS_END);
    steps_push(s, "'a':1 'a':2 'b':10 'a':4 'b':20 (1, 2):5 (1, 2):6");
    steps_expect(s, "'a':1 'a':3 'b':10 'a':7 'b':30 (1, 2):5 (1, 2):11");
    steps_expect_state(s, "accumulate", "states", 3);
}

static void
takes_equal_keys_for_one(steps *s)
{
    steps_of(s, "accumulate", SETTING_FUNCTION("function", add), STEPS_END);
    steps_push(s, "1:1 1.0:2 True:4 2^70:1 2^70:2");
    steps_expect(s, "1:1 1.0:3 True:7 2^70:1 2^70:3");
}

static void
gives_the_result_beside_the_state(steps *s)
{
    steps_of(s, "accumulate", SETTING_FUNCTION("function", add_twice),
             SETTING_BOOL("returns_state", true), SETTING_INT("start", 0), STEPS_END);
    steps_push(s, "1 2 4");
    steps_expect(s, "2 6 14");
}

static void
delivers_a_mutable_result_before_the_next_call(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "sums", "in", "accumulate", SETTING_FUNCTION("function", add_slow), STEPS_END);
    steps_step(s, "out", "sums", "inspect", SETTING_FUNCTION("function", note), STEPS_END);
    steps_collect(s, "out");
    steps_push(s, "1 2 'k':4");
    steps_expect(s, "1 3 'k':4");
    steps_expect_notes(s, "1 3 4");
}

static void
fails_at_a_bad_row_and_keeps_the_state(steps *s)
{
    steps_of(s, "accumulate", SETTING_FUNCTION("function", add), STEPS_END);
    steps_push(s, "1 2 3 4");
    steps_expect(s, "1 3");
    steps_expect_failure(s, "the record is 3");
    steps_push(s, "4");
    steps_expect(s, "7");
}

static void
sends_bad_rows_to_the_port_dead(steps *s)
{
    steps_policy(s, OZ_POLICY_DEAD_LETTER);
    steps_of(s, "accumulate", SETTING_FUNCTION("function", add), STEPS_END);
    steps_push(s, "'a':1 'a':3 'b':3 'a':2 'b':5");
    steps_expect_on(s, "out", "'a':1 'a':3 'b':5");
    steps_expect_on(s, "dead", "'a':3 'b':3");
}

static void
forgets_a_key_whose_first_row_failed(steps *s)
{
    steps_policy(s, OZ_POLICY_SKIP);
    steps_of(s, "accumulate", SETTING_FUNCTION("function", add), STEPS_END);
    steps_push(s, "'a':3 'b':1");
    steps_expect(s, "'b':1");
    steps_expect_state(s, "accumulate", "states", 1);
}

static void
waits_for_what_reads_it(steps *s)
{
    steps_of(s, "accumulate", SETTING_FUNCTION("function", add), STEPS_END);
    steps_hold(s, "out", 1);
    steps_push(s, "1");
    steps_push(s, "2 4");
    steps_expect(s, "1");
    steps_let_go(s, "out");
    steps_expect(s, "3 7");
}

static void
asks_for_no_row_that_nobody_wants(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "sums", "in", "accumulate", SETTING_FUNCTION("function", add_slow), STEPS_END);
    steps_step(s, "slice", "sums", "slice", SETTING_INT("end", 2), STEPS_END);
    steps_collect(s, "slice");
    steps_push(s, "1 2 3 4");
    steps_expect(s, "1 3");
    steps_expect_unwanted(s, "in");
}

static void
needs_a_function(steps *s)
{
    steps_of(s, "accumulate", STEPS_END);
    steps_expect_refused(s, "option \"function\" is required");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(gives_the_state_after_each_row),
        STEPS_TEST(begins_with_start_when_it_is_given),
        STEPS_TEST(keeps_a_state_for_each_key),
        STEPS_TEST(takes_equal_keys_for_one),
        STEPS_TEST(gives_the_result_beside_the_state),
        STEPS_TEST(delivers_a_mutable_result_before_the_next_call),
        STEPS_TEST(fails_at_a_bad_row_and_keeps_the_state),
        STEPS_TEST(sends_bad_rows_to_the_port_dead),
        STEPS_TEST(forgets_a_key_whose_first_row_failed),
        STEPS_TEST(waits_for_what_reads_it),
        STEPS_TEST(asks_for_no_row_that_nobody_wants),
        STEPS_TEST(needs_a_function),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
