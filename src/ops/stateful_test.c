/* stateful: a state of the user's own, changed in place. */
#include "kit/steps.h"

static void
gives_what_the_function_returned(steps *s)
{
    steps_of(s, "stateful", SETTING_FUNCTION("function", remember), STEPS_END);
    steps_push(s, "'a' 'b'");
    steps_expect(s, "1 2");
    steps_push(s, "None");
    steps_expect(s, "3");
    steps_end(s);
}

static void
keeps_a_state_for_each_key(steps *s)
{
    steps_of(s, "stateful", SETTING_FUNCTION("function", remember), STEPS_END);
    steps_push(s, "'a':1 'b':1 'b':2 'a':2 'b':4 7");
    steps_expect(s, "'a':1 'b':1 'b':2 'a':2 'b':3 1");
    steps_expect_state(s, "stateful", "states", 2);
}

static void
lets_stay_what_was_changed_before_a_failure(steps *s)
{
    steps_policy(s, OZ_POLICY_DEAD_LETTER);
    steps_of(s, "stateful", SETTING_FUNCTION("function", remember), STEPS_END);
    steps_push(s, "1 3 2");
    steps_expect_on(s, "out", "1 3");
    steps_expect_on(s, "dead", "3");
}

static void
fails_at_a_bad_row_after_those_before_it(steps *s)
{
    steps_of(s, "stateful", SETTING_FUNCTION("function", remember), STEPS_END);
    steps_push(s, "'k':1 'k':3 'k':2");
    steps_expect(s, "'k':1");
    steps_expect_failure(s, "step \"stateful\" (test.py:1): the function cannot treat it; the "
                            "record is 3");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(gives_what_the_function_returned),
        STEPS_TEST(keeps_a_state_for_each_key),
        STEPS_TEST(lets_stay_what_was_changed_before_a_failure),
        STEPS_TEST(fails_at_a_bad_row_after_those_before_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
