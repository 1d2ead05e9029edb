/* rate_limit: rows some time apart. */
#include "kit/steps.h"

static void
lets_rows_go_some_time_apart(steps *s)
{
    steps_of(s, "rate_limit", SETTING_SECONDS("interval", 1), STEPS_END);
    steps_show_times(s);
    steps_push(s, "1");
    steps_advance_ms(s, 200);
    steps_push(s, "2");
    steps_advance_ms(s, 4800);
    steps_push(s, "3");
    steps_expect(s, "1@0 2@1000 3@5000");
}

static void
spreads_rows_that_come_together(steps *s)
{
    steps_of(s, "rate_limit", SETTING_SECONDS("interval", 1), STEPS_END);
    steps_show_times(s);
    steps_push(s, "1 2 3");
    steps_expect(s, "1@0");
    steps_advance_ms(s, 5000);
    steps_expect(s, "2@1000 3@2000");
    steps_push(s, "4 5");
    steps_advance_ms(s, 1500);
    steps_expect(s, "4@5000 5@6000");
}

static void
ends_after_its_last_row(steps *s)
{
    steps_of(s, "rate_limit", SETTING_SECONDS("interval", 1), STEPS_END);
    steps_show_times(s);
    steps_push(s, "1 2 'k':3");
    steps_end(s);
    steps_expect(s, "1@0 2@1000 'k':3@2000");
}

static void
lets_all_go_by_flush(steps *s)
{
    steps_of(s, "rate_limit", SETTING_SECONDS("interval", 1), SETTING_INT("n", 10), STEPS_END);
    steps_show_times(s);
    steps_push(s, "1 2 3");
    steps_flush(s);
    steps_expect(s, "1@0 2@0 3@0");
    steps_end(s);
}

static void
stops_what_feeds_it_when_it_is_full(steps *s)
{
    steps_of(s, "rate_limit", SETTING_SECONDS("interval", 1), STEPS_END);
    steps_push(s, "1");
    steps_push(s, "2");
    steps_push(s, "3");
    steps_expect_state(s, "rate_limit", "rows", 1);
    steps_advance_ms(s, 1000);
    steps_expect(s, "1 2");
    steps_advance_ms(s, 1000);
    steps_expect(s, "3");
}

static void
keeps_rows_while_what_reads_it_is_held_up(steps *s)
{
    steps_of(s, "rate_limit", SETTING_SECONDS("interval", 1), SETTING_INT("n", 10), STEPS_END);
    steps_show_times(s);
    steps_hold(s, "out", 1);
    steps_push(s, "1");
    steps_push(s, "2 3");
    steps_advance_ms(s, 2500);
    steps_expect(s, "1@0");
    steps_let_go(s, "out");
    steps_expect(s, "2@2500");
    steps_end(s);
    steps_expect(s, "3@3500");
}

static void
lets_all_go_without_an_interval(steps *s)
{
    steps_of(s, "rate_limit", SETTING_SECONDS("interval", 0), STEPS_END);
    steps_push(s, "1 2 3");
    steps_expect(s, "1 2 3");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(lets_rows_go_some_time_apart),
        STEPS_TEST(spreads_rows_that_come_together),
        STEPS_TEST(ends_after_its_last_row),
        STEPS_TEST(lets_all_go_by_flush),
        STEPS_TEST(stops_what_feeds_it_when_it_is_full),
        STEPS_TEST(keeps_rows_while_what_reads_it_is_held_up),
        STEPS_TEST(lets_all_go_without_an_interval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
