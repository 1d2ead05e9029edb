/* slice: rows at certain places, and the end of what is only read for it. */
#include "kit/steps.h"

static void
passes_the_rows_at_certain_places(steps *s)
{
    steps_of(s, "slice", SETTING_INT("start", 1), SETTING_INT("end", 4), SETTING_INT("step", 2),
             STEPS_END);
    steps_push(s, "'a' 'b' 'c' 'd' 'e'");
    steps_expect(s, "'b' 'd'");
    steps_end(s);
}

static void
passes_all_without_options(steps *s)
{
    steps_of(s, "slice", STEPS_END);
    steps_push(s, "1 (1, 2) None");
    steps_expect(s, "1 (1, 2) None");
    steps_end(s);
}

static void
goes_on_where_it_stood(steps *s)
{
    steps_of(s, "slice", SETTING_INT("start", 2), SETTING_INT("step", 3), STEPS_END);
    steps_push(s, "0 1");
    steps_push(s, "2 3 4 5 6");
    steps_push(s, "7 8 9");
    steps_expect(s, "2 5 8");
}

static void
counts_places_for_each_key(steps *s)
{
    steps_of(s, "slice", SETTING_INT("end", 2), STEPS_END);
    steps_push(s, "'a':1 'a':2 'b':1 'a':3 'b':2 'b':3 'c':1");
    steps_expect(s, "'a':1 'a':2 'b':1 'b':2 'c':1");
    steps_expect_ended(s, "in", false);
}

static void
closes_what_only_it_reads(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "noted", "in", "inspect", SETTING_FUNCTION("function", note), STEPS_END);
    steps_step(s, "slice", "noted", "slice", SETTING_INT("end", 2), STEPS_END);
    steps_collect(s, "slice");
    steps_push(s, "1 2");
    steps_push(s, "3 4");
    steps_expect(s, "1 2");
    steps_expect_notes(s, "1 2");
    steps_expect_unwanted(s, "in");
    steps_expect_ended(s, "slice", true);
    steps_expect_ended(s, ">slice", true);
}

static void
closes_nothing_that_others_read(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "slice", "in", "slice", SETTING_INT("end", 1), STEPS_END);
    steps_collect(s, "slice");
    steps_collect(s, "in");
    steps_push(s, "1 2 3");
    steps_expect_on(s, "slice", "1");
    steps_expect_on(s, "in", "1 2 3");
    steps_expect_ended(s, "in", false);
    steps_end(s);
}

static void
takes_nothing_when_its_end_is_0(steps *s)
{
    steps_of(s, "slice", SETTING_INT("end", 0), STEPS_END);
    steps_push(s, "1 2");
    steps_expect(s, "");
    steps_expect_unwanted(s, "in");
}

static void
delivers_all_when_it_is_held_up_at_its_end(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "slice", "in", "slice", SETTING_INT("end", 3), STEPS_END);
    steps_step(s, "a", "slice", "map", SETTING_FUNCTION("function", add_one), STEPS_END);
    steps_step(s, "both", "slice a", "union", STEPS_END);
    steps_collect(s, "both");
    steps_hold(s, "both", 1);
    steps_push(s, "10 20 30 40");
    steps_let_go(s, "both");
    steps_expect(s, "11 10 21 20 31 30");
    steps_expect_unwanted(s, "in");
    steps_end(s);
}

static void
refuses_a_step_of_0(steps *s)
{
    steps_of(s, "slice", SETTING_INT("step", 0), STEPS_END);
    steps_expect_refused(s, "option \"step\" must be from 1 to 9e+18, not 0");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(passes_the_rows_at_certain_places),
        STEPS_TEST(passes_all_without_options),
        STEPS_TEST(goes_on_where_it_stood),
        STEPS_TEST(counts_places_for_each_key),
        STEPS_TEST(closes_what_only_it_reads),
        STEPS_TEST(closes_nothing_that_others_read),
        STEPS_TEST(takes_nothing_when_its_end_is_0),
        STEPS_TEST(delivers_all_when_it_is_held_up_at_its_end),
        STEPS_TEST(refuses_a_step_of_0),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
