/* inspect: a function called with each row, which goes on. */
#include "kit/steps.h"

static void
calls_the_function_and_passes_rows_on(steps *s)
{
    steps_of(s, "inspect", SETTING_FUNCTION("function", note), STEPS_END);
    steps_push(s, "1 2");
    steps_expect(s, "1 2");
    steps_expect_notes(s, "1 2");
    steps_push(s, "'k':'text' 2:(1, 2)");
    steps_expect(s, "'k':'text' 2:(1, 2)");
    steps_end(s);
}

static void
does_not_pass_on_the_row_at_which_it_fails(steps *s)
{
    steps_of(s, "inspect", SETTING_FUNCTION("function", fail_on_3), STEPS_END);
    steps_push(s, "1 2 3 4");
    steps_expect(s, "1 2");
    steps_expect_failure(s, "the record is 3");
}

static void
sends_bad_rows_to_the_port_dead(steps *s)
{
    steps_policy(s, OZ_POLICY_DEAD_LETTER);
    steps_of(s, "inspect", SETTING_FUNCTION("function", fail_on_3), STEPS_END);
    steps_push(s, "1 3 2 3 4");
    steps_expect_on(s, "out", "1 2 4");
    steps_expect_on(s, "dead", "3 3");
}

static void
waits_for_what_reads_it(steps *s)
{
    steps_of(s, "inspect", SETTING_FUNCTION("function", note), STEPS_END);
    steps_hold(s, "out", 1);
    steps_push(s, "1");
    steps_push(s, "2 3");
    steps_expect_notes(s, "1");
    steps_let_go(s, "out");
    steps_expect(s, "1 2 3");
    steps_expect_notes(s, "2 3");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(calls_the_function_and_passes_rows_on),
        STEPS_TEST(does_not_pass_on_the_row_at_which_it_fails),
        STEPS_TEST(sends_bad_rows_to_the_port_dead),
        STEPS_TEST(waits_for_what_reads_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
