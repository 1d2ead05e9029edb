/* branch: one of two ways. */
#include "kit/steps.h"

static void
sends_each_row_one_of_two_ways(steps *s)
{
    steps_of(s, "branch", SETTING_FUNCTION("function", is_odd), STEPS_END);
    steps_push(s, "1 2 3 'k':4");
    steps_expect_on(s, "yes", "1 3");
    steps_expect_on(s, "no", "2 'k':4");
    steps_push(s, "1 3 5");
    steps_push(s, "2 4");
    steps_expect_on(s, "yes", "1 3 5");
    steps_expect_on(s, "no", "2 4");
    steps_end(s);
}

static void
sends_bad_rows_a_third_way(steps *s)
{
    steps_policy(s, OZ_POLICY_DEAD_LETTER);
    steps_of(s, "branch", SETTING_FUNCTION("function", is_odd), STEPS_END);
    steps_push(s, "1 'a' 2 'b' 3");
    steps_expect_on(s, "yes", "1 3");
    steps_expect_on(s, "no", "2");
    steps_expect_on(s, "dead", "'a' 'b'");
}

static void
works_when_only_one_way_is_read(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "branch", "in", "branch", SETTING_FUNCTION("function", is_odd), STEPS_END);
    steps_collect(s, "branch.no");
    steps_push(s, "1 2 3 4");
    steps_expect(s, "2 4");
    steps_end(s);
}

static void
goes_on_while_one_way_is_wanted(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "branch", "in", "branch", SETTING_FUNCTION("function", is_odd), STEPS_END);
    steps_step(s, "first", "branch.yes", "slice", SETTING_INT("end", 1), STEPS_END);
    steps_step(s, "second", "branch.no", "slice", SETTING_INT("end", 2), STEPS_END);
    steps_collect(s, "first");
    steps_collect(s, "second");
    steps_push(s, "1 3 2");
    steps_expect_on(s, "first", "1");
    steps_expect_ended(s, "branch", false);
    steps_push(s, "5 4 6");
    steps_expect_on(s, "second", "2 4");
    steps_expect_unwanted(s, "in");
}

static void
keeps_the_order_of_rows_that_meet_again(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "branch", "in", "branch", SETTING_FUNCTION("function", is_odd), STEPS_END);
    steps_step(s, "plus", "branch.no", "map", SETTING_FUNCTION("function", add_one), STEPS_END);
    steps_step(s, "all", "plus branch.yes", "union", STEPS_END);
    steps_collect(s, "all");
    steps_push(s, "1 2 3 4 6 5");
    steps_expect(s, "1 3 3 5 7 5");
    steps_end(s);
}

static void
waits_while_one_way_is_held_up(steps *s)
{
    steps_of(s, "branch", SETTING_FUNCTION("function", is_odd), STEPS_END);
    steps_hold(s, "no", 1);
    steps_push(s, "2");
    steps_push(s, "1 4 3");
    steps_expect_on(s, "no", "2");
    steps_expect_on(s, "yes", "");
    steps_let_go(s, "no");
    steps_expect_on(s, "no", "4");
    steps_expect_on(s, "yes", "1 3");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(sends_each_row_one_of_two_ways),
        STEPS_TEST(sends_bad_rows_a_third_way),
        STEPS_TEST(works_when_only_one_way_is_read),
        STEPS_TEST(goes_on_while_one_way_is_wanted),
        STEPS_TEST(keeps_the_order_of_rows_that_meet_again),
        STEPS_TEST(waits_while_one_way_is_held_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
