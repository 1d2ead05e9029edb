/* delay: each row some time later. */
#include "kit/steps.h"

static void
lets_each_row_go_later(steps *s)
{
    steps_of(s, "delay", SETTING_SECONDS("interval", 0.5), STEPS_END);
    steps_show_times(s);
    steps_push(s, "1");
    steps_advance_ms(s, 200);
    steps_push(s, "2 'k':3");
    steps_expect(s, "");
    steps_advance_ms(s, 1000);
    steps_expect(s, "1@500 2@700 'k':3@700");
}

static void
ends_after_its_last_row(steps *s)
{
    steps_of(s, "delay", SETTING_SECONDS("interval", 0.5), STEPS_END);
    steps_show_times(s);
    steps_push(s, "1 2");
    steps_end(s);
    steps_expect(s, "1@500 2@500");
    steps_expect_state(s, "delay", "rows", 0);
}

static void
ends_at_once_when_it_holds_nothing(steps *s)
{
    steps_of(s, "delay", SETTING_SECONDS("interval", 0.5), STEPS_END);
    steps_end_of(s, "in");
    steps_expect_ended(s, "delay", true);
}

static void
lets_all_go_by_flush(steps *s)
{
    steps_of(s, "delay", SETTING_SECONDS("interval", 0.5), STEPS_END);
    steps_show_times(s);
    steps_push(s, "1 2");
    steps_advance_ms(s, 100);
    steps_push(s, "3");
    steps_flush(s);
    steps_expect(s, "1@100 2@100 3@100");
    steps_push(s, "4");
    steps_advance_ms(s, 1000);
    steps_expect(s, "4@600");
}

static void
stops_what_feeds_it_when_it_is_full(steps *s)
{
    steps_of(s, "delay", SETTING_SECONDS("interval", 0.5), SETTING_INT("n", 2), STEPS_END);
    steps_show_times(s);
    steps_push(s, "1");
    steps_push(s, "2");
    steps_push(s, "3");
    steps_expect_state(s, "delay", "rows", 2);
    steps_advance_ms(s, 500);
    steps_expect(s, "1@500 2@500");
    steps_advance_ms(s, 1000);
    steps_expect(s, "3@1000");
}

static void
keeps_rows_while_what_reads_it_is_held_up(steps *s)
{
    steps_of(s, "delay", SETTING_SECONDS("interval", 0.5), STEPS_END);
    steps_show_times(s);
    steps_hold(s, "out", 1);
    steps_push(s, "1");
    steps_advance_ms(s, 100);
    steps_push(s, "2");
    steps_push(s, "3");
    steps_advance_ms(s, 900);
    steps_expect(s, "1@500");
    steps_expect_state(s, "delay", "rows", 2);
    steps_let_go(s, "out");
    steps_expect(s, "2@1000 3@1000");
    steps_end(s);
}

static void
lets_rows_go_by_the_loop_without_an_interval(steps *s)
{
    steps_of(s, "delay", SETTING_SECONDS("interval", 0), STEPS_END);
    steps_push(s, "1 2 3");
    steps_expect(s, "1 2 3");
}

static void
ends_when_nobody_wants_more(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "delay", "in", "delay", SETTING_SECONDS("interval", 0.5), STEPS_END);
    steps_step(s, "slice", "delay", "slice", SETTING_INT("end", 1), STEPS_END);
    steps_collect(s, "slice");
    steps_push(s, "1 2 3");
    steps_advance_ms(s, 1000);
    steps_expect(s, "1");
    steps_expect_ended(s, "delay", true);
    steps_push(s, "4");
    steps_expect_unwanted(s, "in");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(lets_each_row_go_later),
        STEPS_TEST(ends_after_its_last_row),
        STEPS_TEST(ends_at_once_when_it_holds_nothing),
        STEPS_TEST(lets_all_go_by_flush),
        STEPS_TEST(stops_what_feeds_it_when_it_is_full),
        STEPS_TEST(keeps_rows_while_what_reads_it_is_held_up),
        STEPS_TEST(lets_rows_go_by_the_loop_without_an_interval),
        STEPS_TEST(ends_when_nobody_wants_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
