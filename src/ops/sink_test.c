/* sink: a function called with each row. */
#include "kit/steps.h"

static void
calls_the_function_with_each_row(steps *s)
{
    steps_of(s, "sink", SETTING_FUNCTION("function", note), STEPS_END);
    steps_push(s, "1 2");
    steps_expect_notes(s, "1 2");
    steps_push(s, "'k':'text' 2:None 3:(1, 2)");
    steps_expect_notes(s, "'text' None (1, 2)");
    steps_end(s);
    steps_expect_ended(s, "sink", true);
}

static void
fails_at_a_bad_row(steps *s)
{
    steps_of(s, "sink", SETTING_FUNCTION("function", fail_on_3), STEPS_END);
    steps_push(s, "1 3 2");
    steps_expect_failure(s, "step \"sink\" (test.py:1): the function cannot treat it; the record "
                            "is 3");
}

static void
sends_bad_rows_to_the_port_dead(steps *s)
{
    steps_policy(s, OZ_POLICY_DEAD_LETTER);
    steps_of(s, "sink", SETTING_FUNCTION("function", fail_on_3), STEPS_END);
    steps_push(s, "3 1 3 2");
    steps_expect_on(s, "dead", "3 3");
    steps_expect_counter(s, "sink", "bad_records", 2);
    steps_end(s);
}

static void
goes_on_when_nobody_wants_its_bad_rows(steps *s)
{
    steps_policy(s, OZ_POLICY_DEAD_LETTER);
    steps_source(s, "in");
    steps_step(s, "first", "in", "inspect", SETTING_FUNCTION("function", note), STEPS_END);
    steps_step(s, "sink", "first", "sink", SETTING_FUNCTION("function", fail_on_3), STEPS_END);
    steps_step(s, "slice", "sink", "slice", SETTING_INT("end", 1), STEPS_END);
    steps_collect(s, "slice");
    steps_push(s, "3 1 3");
    steps_push(s, "2");
    steps_expect(s, "3");
    steps_expect_notes(s, "3 1 3 2");
    steps_expect_ended(s, "sink", false);
    steps_end(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(calls_the_function_with_each_row),
        STEPS_TEST(fails_at_a_bad_row),
        STEPS_TEST(sends_bad_rows_to_the_port_dead),
        STEPS_TEST(goes_on_when_nobody_wants_its_bad_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
