/* starmap: the items of a row as arguments. */
#include "kit/steps.h"

static void
gives_one_result_for_each_row_of_items(steps *s)
{
    steps_of(s, "starmap", SETTING_FUNCTION("function", add_items), STEPS_END);
    steps_push(s, "(1, 2) (3, 4)");
    steps_expect(s, "3 7");
    steps_end(s);
}

static void
follows_the_policy_for_rows_that_are_no_items(steps *s)
{
    steps_policy(s, OZ_POLICY_DEAD_LETTER);
    steps_of(s, "starmap", SETTING_FUNCTION("function", add_items), STEPS_END);
    steps_push(s, "'k':(1, 2)");
    steps_push(s, "'k':5");
    steps_push(s, "'k':(3, 4)");
    steps_expect_on(s, "out", "'k':3 'k':7");
    steps_expect_on(s, "dead", "'k':5");
}

static void
reads_what_zip_gives(steps *s)
{
    steps_source(s, "a");
    steps_source(s, "b");
    steps_step(s, "zip", "a b", "zip", STEPS_END);
    steps_step(s, "sum", "zip", "starmap", SETTING_FUNCTION("function", add_items), STEPS_END);
    steps_collect(s, "sum");
    steps_push_to(s, "a", "1 2");
    steps_push_to(s, "b", "10 20 30");
    steps_expect(s, "11 22");
}

static void
needs_a_function(steps *s)
{
    steps_of(s, "starmap", STEPS_END);
    steps_expect_refused(s, "option \"function\" is required");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(gives_one_result_for_each_row_of_items),
        STEPS_TEST(follows_the_policy_for_rows_that_are_no_items),
        STEPS_TEST(reads_what_zip_gives),
        STEPS_TEST(needs_a_function),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
