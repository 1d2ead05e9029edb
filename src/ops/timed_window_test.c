/* timed_window: a list every so often. */
#include "kit/steps.h"

static void
gives_a_list_each_interval(steps *s)
{
    steps_of(s, "timed_window", SETTING_SECONDS("interval", 1), STEPS_END);
    steps_show_times(s);
    steps_advance_ms(s, 200);
    steps_push(s, "1");
    steps_advance_ms(s, 500);
    steps_push(s, "2");
    steps_expect(s, "");
    steps_advance_ms(s, 1800);
    steps_push(s, "3");
    steps_advance_ms(s, 600);
    steps_expect(s, "[1, 2]@1000 []@2000 [3]@3000");
}

static void
gives_a_list_for_each_key_that_had_rows(steps *s)
{
    steps_of(s, "timed_window", SETTING_SECONDS("interval", 1), STEPS_END);
    steps_push(s, "'b':1 'a':2 'b':3 'a rather long key':None");
    steps_advance_ms(s, 1000);
    steps_expect(s, "'b':[1, 3] 'a':[2] 'a rather long key':[None]");
    steps_advance_ms(s, 1000);
    steps_expect(s, "");
    steps_push(s, "'a':4");
    steps_advance_ms(s, 1000);
    steps_expect(s, "'a':[4]");
}

static void
gives_no_empty_list_after_key_by(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "keys", "in", "key_by", SETTING_FUNCTION("function", parity), STEPS_END);
    steps_step(s, "lists", "keys", "timed_window", SETTING_SECONDS("interval", 1), STEPS_END);
    steps_collect(s, "lists");
    steps_advance_ms(s, 1500);
    steps_expect(s, "");
    steps_push(s, "1 2 3");
    steps_advance_ms(s, 500);
    steps_expect(s, "1:[1, 3] 0:[2]");
}

static void
gathers_rows_of_any_type(steps *s)
{
    steps_of(s, "timed_window", SETTING_SECONDS("interval", 1), STEPS_END);
    steps_push(s, "None 1.5 'text' (1, 2) [1]");
    steps_advance_ms(s, 1000);
    steps_expect(s, "[None, 1.5, 'text', (1, 2), [1]]");
}

static void
gives_what_is_left_at_the_end(steps *s)
{
    steps_of(s, "timed_window", SETTING_SECONDS("interval", 1), STEPS_END);
    steps_show_times(s);
    steps_push(s, "1 2");
    steps_end(s);
    steps_expect(s, "[1, 2]@0");
}

static void
gives_nothing_at_the_end_of_nothing(steps *s)
{
    steps_of(s, "timed_window", SETTING_SECONDS("interval", 1), STEPS_END);
    steps_end(s);
    steps_expect(s, "");
}

static void
gives_what_is_there_by_flush(steps *s)
{
    steps_of(s, "timed_window", SETTING_SECONDS("interval", 1), STEPS_END);
    steps_show_times(s);
    steps_advance_ms(s, 300);
    steps_push(s, "1 2");
    steps_flush(s);
    steps_push(s, "3");
    steps_advance_ms(s, 1000);
    steps_expect(s, "[1, 2]@300 [3]@1000");
}

static void
does_not_drift(steps *s)
{
    steps_of(s, "timed_window", SETTING_SECONDS("interval", 0.1), STEPS_END);
    steps_show_times(s);
    steps_advance_ms(s, 350);
    steps_expect(s, "[]@100 []@200 []@300");
    steps_advance_ms(s, 100);
    steps_expect(s, "[]@400");
}

static void
goes_on_after_it_was_held_up(steps *s)
{
    steps_of(s, "timed_window", SETTING_SECONDS("interval", 1), STEPS_END);
    steps_hold(s, "out", 1);
    steps_push(s, "1");
    steps_advance_ms(s, 1500);
    steps_expect(s, "[1]");
    steps_push(s, "2");
    steps_let_go(s, "out");
    steps_advance_ms(s, 500);
    steps_expect(s, "[2]");
}

static void
refuses_no_interval(steps *s)
{
    steps_of(s, "timed_window", STEPS_END);
    steps_expect_refused(s, "option \"interval\" is required");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(gives_a_list_each_interval),
        STEPS_TEST(gives_a_list_for_each_key_that_had_rows),
        STEPS_TEST(gives_no_empty_list_after_key_by),
        STEPS_TEST(gathers_rows_of_any_type),
        STEPS_TEST(gives_what_is_left_at_the_end),
        STEPS_TEST(gives_nothing_at_the_end_of_nothing),
        STEPS_TEST(gives_what_is_there_by_flush),
        STEPS_TEST(does_not_drift),
        STEPS_TEST(goes_on_after_it_was_held_up),
        STEPS_TEST(refuses_no_interval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
