/* Queue steps: when rows are due, what they do when they are full, stalled or at their end. */
#include "kit/steps.h"

static void
lets_batches_go_in_order_although_a_later_one_is_due(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "late", "in", "delay", SETTING_SECONDS("interval", 1), STEPS_END);
    steps_collect(s, "late");
    steps_show_times(s);
    for (int i = 0; i < 5; i++) {
        steps_push(s, i % 2 == 0 ? "1" : "2");
        steps_advance_ms(s, 300);
    }
    steps_end(s);
    steps_expect(s, "1@1000 2@1300 1@1600 2@1900 1@2200");
}

static void
does_not_stop_what_feeds_it_for_what_reads_it(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "seen", "in", "inspect", SETTING_FUNCTION("function", note), STEPS_END);
    steps_step(s, "buffer", "seen", "buffer", SETTING_INT("n", 3), STEPS_END);
    steps_collect(s, "buffer");
    steps_hold(s, "buffer", 1);
    for (int i = 0; i < 6; i++) {
        steps_push(s, "7");
    }
    steps_expect_notes(s, "7 7 7 7");
    steps_let_go(s, "buffer");
    steps_expect_notes(s, "7 7");
    steps_expect(s, "7 7 7 7 7 7");
}

static void
keeps_watermarks_behind_the_rows_before_them(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "late", "in", "delay", SETTING_SECONDS("interval", 1), STEPS_END);
    steps_collect(s, "late");
    steps_show_watermarks(s);
    steps_watermark(s, "in", 5);
    steps_push(s, "1");
    steps_watermark(s, "in", 6);
    steps_watermark(s, "in", 7);
    steps_push(s, "2");
    steps_watermark(s, "in", 8);
    steps_expect(s, "<5>");
    steps_advance_ms(s, 1000);
    steps_expect(s, "1 <7> 2 <8>");
    steps_push(s, "3");
    steps_watermark(s, "in", 9);
    steps_flush(s);
    steps_expect(s, "3 <9>");
    steps_end(s);
}

static void
flushes_as_much_as_is_taken(steps *s)
{
    steps_of(s, "delay", SETTING_SECONDS("interval", 1), STEPS_END);
    steps_hold(s, "out", 1);
    steps_push(s, "1");
    steps_push(s, "2");
    steps_flush(s);
    steps_expect(s, "1");
    steps_expect_state(s, "delay", "rows", 1);
    steps_let_go(s, "out");
    steps_expect(s, "");
    steps_advance_ms(s, 1000);
    steps_expect(s, "2");
    steps_end(s);
}

static void
ends_at_a_flush_that_empties_it(steps *s)
{
    steps_of(s, "delay", SETTING_SECONDS("interval", 1), STEPS_END);
    steps_push(s, "1 2");
    steps_end_of(s, "in");
    steps_expect_ended(s, "delay", false);
    steps_flush(s);
    steps_expect(s, "1 2");
    steps_expect_ended(s, "delay", true);
}

static void
flushes_steps_from_the_top(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "late", "in", "delay", SETTING_SECONDS("interval", 1), STEPS_END);
    steps_step(s, "pairs", "late", "partition", SETTING_INT("n", 2), STEPS_END);
    steps_step(s, "later", "pairs", "delay", SETTING_SECONDS("interval", 1), STEPS_END);
    steps_collect(s, "later");
    steps_push(s, "1 2 3");
    steps_flush(s);
    steps_expect(s, "(1, 2) (3)");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(lets_batches_go_in_order_although_a_later_one_is_due),
        STEPS_TEST(does_not_stop_what_feeds_it_for_what_reads_it),
        STEPS_TEST(keeps_watermarks_behind_the_rows_before_them),
        STEPS_TEST(flushes_as_much_as_is_taken),
        STEPS_TEST(ends_at_a_flush_that_empties_it),
        STEPS_TEST(flushes_steps_from_the_top),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
