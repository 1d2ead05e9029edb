/* input: what a program pushes, and its end. */
#include "kit/steps.h"

static void
gives_what_is_pushed(steps *s)
{
    steps_source(s, "in");
    steps_collect(s, "in");
    steps_push(s, "1 2");
    steps_expect(s, "1 2");
    steps_push(s, "'k':'text' (1, 2) None");
    steps_expect(s, "'k':'text' (1, 2) None");
    steps_end(s);
    steps_expect_ended(s, "in", true);
}

static void
gives_each_row_to_all_that_read_it_in_the_order_drawn(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "a", "in", "inspect", SETTING_FUNCTION("function", note), STEPS_END);
    steps_step(s, "b", "in", "map", SETTING_FUNCTION("function", add_one), STEPS_END);
    steps_step(s, "c", "b", "inspect", SETTING_FUNCTION("function", note), STEPS_END);
    steps_collect(s, "a");
    steps_collect(s, "c");
    steps_push(s, "1");
    steps_expect_notes(s, "1 2");
    steps_push(s, "5");
    steps_expect_notes(s, "5 6");
    steps_expect_on(s, "a", "1 5");
    steps_expect_on(s, "c", "2 6");
}

static void
takes_nothing_after_its_end(steps *s)
{
    steps_source(s, "in");
    steps_collect(s, "in");
    steps_push(s, "1");
    steps_end(s);
    steps_push(s, "2");
    steps_expect(s, "1");
}

static void
ends_when_nobody_wants_more(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "slice", "in", "slice", SETTING_INT("end", 1), STEPS_END);
    steps_collect(s, "slice");
    steps_push(s, "1 2");
    steps_expect(s, "1");
    steps_expect_unwanted(s, "in");
    steps_end(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(gives_what_is_pushed),
        STEPS_TEST(gives_each_row_to_all_that_read_it_in_the_order_drawn),
        STEPS_TEST(takes_nothing_after_its_end),
        STEPS_TEST(ends_when_nobody_wants_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
