/* Lines of steps: longer than one loop takes, with failures, branches and ends below them. */
#include "kit/steps.h"

#include <stdio.h>

enum { LONG = 40 }; /* steps: several loops of line.c */

/* "s0" to "s39": adds one each time. */
static void
draw_long_line(steps *s)
{
    char above[16] = "in";
    steps_source(s, "in");
    for (int i = 0; i < LONG; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "s%d", i);
        steps_step(s, name, above, "map", SETTING_FUNCTION("function", add_one), STEPS_END);
        memcpy(above, name, sizeof above);
    }
}

static void
goes_down_a_line_of_any_length(steps *s)
{
    draw_long_line(s);
    steps_collect(s, "s39");
    steps_push(s, "1 2 3");
    steps_expect(s, "41 42 43");
    steps_expect_counter(s, "s0", "bad_records", 0);
    steps_end(s);
}

static void
fails_at_the_step_that_cannot_treat_the_row(steps *s)
{
    draw_long_line(s);
    steps_step(s, "stop", "s39", "map", SETTING_FUNCTION("function", length), STEPS_END);
    steps_collect(s, "stop");
    steps_push(s, "1");
    steps_expect(s, "");
    steps_expect_failure(s, "step \"stop\" (test.py:1): the function cannot treat it; the record "
                            "is 41");
}

static void
leaves_out_a_bad_row_and_goes_on(steps *s)
{
    steps_source(s, "in");
    steps_policy(s, OZ_POLICY_DEAD_LETTER);
    steps_step(s, "first", "in", "map", SETTING_FUNCTION("function", fail_on_3), STEPS_END);
    steps_step(s, "sum", "first", "accumulate", SETTING_FUNCTION("function", add), STEPS_END);
    steps_collect(s, "sum");
    steps_collect(s, "first.dead");
    steps_push(s, "1 3 2 3 4");
    steps_expect(s, "1 3 7");
    steps_expect_on(s, "first.dead", "3 3");
}

static void
branches_below_a_line(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "first", "in", "map", SETTING_FUNCTION("function", add_one), STEPS_END);
    steps_step(s, "odd", "first", "filter", SETTING_FUNCTION("function", is_odd), STEPS_END);
    steps_step(s, "sum", "odd", "accumulate", SETTING_FUNCTION("function", add), STEPS_END);
    steps_step(s, "seen", "first", "inspect", SETTING_FUNCTION("function", note), STEPS_END);
    steps_collect(s, "sum");
    steps_collect(s, "seen");
    steps_push(s, "0 1 4");
    steps_expect_on(s, "sum", "1 6");
    steps_expect_on(s, "seen", "1 2 5");
    steps_expect_notes(s, "1 2 5");
}

static void
ends_from_below(steps *s)
{
    draw_long_line(s);
    steps_step(s, "two", "s39", "slice", SETTING_INT("end", 2), STEPS_END);
    steps_collect(s, "two");
    steps_push(s, "1 2 3 4");
    steps_expect(s, "41 42");
    steps_expect_unwanted(s, "in");
    steps_expect_ended(s, "s0", true);
}

static void
waits_for_what_is_held_below(steps *s)
{
    draw_long_line(s);
    steps_collect(s, "s39");
    steps_hold(s, "s39", 1);
    steps_push(s, "1 2 3");
    steps_push(s, "4");
    steps_let_go(s, "s39");
    steps_expect(s, "41 42 43 44");
    steps_end(s);
}

static void
is_at_work_until_the_row_has_gone_all_the_way(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "first", "in", "inspect", SETTING_FUNCTION("function", note), STEPS_END);
    steps_step(s, "next", "first", "map", SETTING_FUNCTION("function", push_next), STEPS_END);
    steps_collect(s, "next");
    steps_push(s, "1");
    steps_expect(s, "1 2 3");
    steps_expect_notes(s, "1 2 3");
}

static void
keeps_the_key_and_the_state_of_each_key(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "first", "in", "map", SETTING_FUNCTION("function", add_one), STEPS_END);
    steps_step(s, "sum", "first", "accumulate", SETTING_FUNCTION("function", add), STEPS_END);
    steps_step(s, "ever", "sum", "stateful", SETTING_FUNCTION("function", remember), STEPS_END);
    steps_collect(s, "sum");
    steps_collect(s, "ever");
    steps_push(s, "'a':1 'b':4 'a':4");
    steps_expect_on(s, "sum", "'a':2 'b':5 'a':7");
    steps_expect_on(s, "ever", "'a':1 'b':1 'a':2");
    steps_expect_state(s, "sum", "states", 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST_PLAIN(goes_down_a_line_of_any_length),
        STEPS_TEST_PLAIN(fails_at_the_step_that_cannot_treat_the_row),
        STEPS_TEST(leaves_out_a_bad_row_and_goes_on),
        STEPS_TEST(branches_below_a_line),
        STEPS_TEST_PLAIN(ends_from_below),
        STEPS_TEST_PLAIN(waits_for_what_is_held_below),
        STEPS_TEST_PLAIN(is_at_work_until_the_row_has_gone_all_the_way),
        STEPS_TEST(keeps_the_key_and_the_state_of_each_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
