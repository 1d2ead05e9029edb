/* unique: the first row of each value. */
#include "kit/steps.h"

static void
passes_the_first_row_of_each_value(steps *s)
{
    steps_of(s, "unique", STEPS_END);
    steps_push(s, "1 2 1 3");
    steps_expect(s, "1 2 3");
    steps_push(s, "3 2 4");
    steps_expect(s, "4");
    steps_end(s);
}

static void
compares_values_as_python_does(steps *s)
{
    steps_of(s, "unique", STEPS_END);
    steps_push(s, "1 1.0 True None None 'a' 'a' 2^70 2^70 'a text of more than 14 bytes' 2 "
                  "'a text of more than 14 bytes'");
    steps_expect(s, "1 None 'a' 2^70 'a text of more than 14 bytes' 2");
    steps_push(s, "(1, 'b') (1, 'b')");
    steps_expect(s, "(1, 'b')");
}

static void
compares_what_the_key_function_gives(steps *s)
{
    steps_of(s, "unique", SETTING_FUNCTION("key", parity), STEPS_END);
    steps_push(s, "1 3 2 4 5");
    steps_expect(s, "1 2");
}

static void
compares_rows_of_the_same_key(steps *s)
{
    steps_of(s, "unique", STEPS_END);
    steps_push(s, "'a':1 'b':1 'a':1 'b':2 'b':1 1");
    steps_expect(s, "'a':1 'b':1 'b':2 1");
    steps_expect_state(s, "unique", "seen", 3);
}

static void
remembers_the_values_that_came_last(steps *s)
{
    steps_of(s, "unique", SETTING_INT("maxsize", 2), STEPS_END);
    steps_push(s, "1 2 1 3 1 2 3");
    steps_expect(s, "1 2 3 2 3");
}

static void
forgets_long_values_too(steps *s)
{
    steps_of(s, "unique", SETTING_INT("maxsize", 1), STEPS_END);
    steps_push(s, "'a text of more than 14 bytes' 'another text of that kind' "
                  "'another text of that kind' 'a text of more than 14 bytes'");
    steps_expect(s, "'a text of more than 14 bytes' 'another text of that kind' "
                    "'a text of more than 14 bytes'");
}

static void
sends_what_cannot_be_compared_to_the_port_dead(steps *s)
{
    steps_policy(s, OZ_POLICY_DEAD_LETTER);
    steps_of(s, "unique", STEPS_END);
    steps_push(s, "1 [1] 1 [2] 2");
    steps_expect_on(s, "out", "1 2");
    steps_expect_on(s, "dead", "[1] [2]");
}

static void
fails_at_a_row_for_which_the_key_function_fails(steps *s)
{
    steps_of(s, "unique", SETTING_FUNCTION("key", parity), STEPS_END);
    steps_push(s, "1 'text' 2");
    steps_expect(s, "1");
    steps_expect_failure(s, "the record is 'text'");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(passes_the_first_row_of_each_value),
        STEPS_TEST(compares_values_as_python_does),
        STEPS_TEST(compares_what_the_key_function_gives),
        STEPS_TEST(compares_rows_of_the_same_key),
        STEPS_TEST(remembers_the_values_that_came_last),
        STEPS_TEST(forgets_long_values_too),
        STEPS_TEST(sends_what_cannot_be_compared_to_the_port_dead),
        STEPS_TEST(fails_at_a_row_for_which_the_key_function_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
