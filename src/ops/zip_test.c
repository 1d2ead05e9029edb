/* zip: the first rows of all streams together, then the second ones. */
#include "kit/steps.h"

static void
zip_of_two(steps *s, int64_t maxsize)
{
    steps_source(s, "a");
    steps_source(s, "b");
    steps_step(s, "zip", "a b", "zip", SETTING_INT("maxsize", maxsize), STEPS_END);
    steps_collect(s, "zip");
}

static void
pairs_the_rows_of_two_streams(steps *s)
{
    zip_of_two(s, 10);
    steps_push_to(s, "a", "1 2");
    steps_expect(s, "");
    steps_push_to(s, "b", "'x' 'y' 'z'");
    steps_expect(s, "(1, 'x') (2, 'y')");
    steps_push_to(s, "a", "3");
    steps_expect(s, "(3, 'z')");
}

static void
takes_rows_of_any_type(steps *s)
{
    zip_of_two(s, 10);
    steps_push_to(s, "a", "None 1.5 'text' [1]");
    steps_push_to(s, "b", "(1, 2) 'k':1 2^70 None");
    steps_expect(s, "(None, (1, 2)) (1.5, 1) ('text', 2^70) ([1], None)");
}

static void
takes_lists_that_come_as_columns(steps *s)
{
    steps_source(s, "a");
    steps_source(s, "b");
    steps_step(s, "lists", "a", "timed_window", SETTING_SECONDS("interval", 1), STEPS_END);
    steps_step(s, "zip", "lists b", "zip", STEPS_END);
    steps_collect(s, "zip");
    steps_push_to(s, "b", "'x'");
    steps_push_to(s, "a", "1 2");
    steps_advance_ms(s, 1000);
    steps_expect(s, "([1, 2], 'x')");
}

static void
pairs_branches_of_one_source(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "plus", "in", "map", SETTING_FUNCTION("function", add_one), STEPS_END);
    steps_step(s, "odd", "in", "filter", SETTING_FUNCTION("function", is_odd), STEPS_END);
    steps_step(s, "zip", "plus in odd", "zip", STEPS_END);
    steps_collect(s, "zip");
    steps_push(s, "1 2 3");
    steps_expect(s, "(2, 1, 1) (3, 2, 3)");
}

static void
ends_with_the_stream_that_is_used_up(steps *s)
{
    zip_of_two(s, 10);
    steps_push_to(s, "a", "1");
    steps_push_to(s, "b", "'x'");
    steps_end_of(s, "a");
    steps_expect(s, "(1, 'x')");
    steps_expect_ended(s, "zip", true);
    steps_push_to(s, "b", "'y'");
    steps_expect_unwanted(s, "b");
}

static void
uses_up_the_rows_of_a_stream_that_has_ended(steps *s)
{
    zip_of_two(s, 10);
    steps_push_to(s, "a", "1 2");
    steps_end_of(s, "a");
    steps_expect_ended(s, "zip", false);
    steps_push_to(s, "b", "'x'");
    steps_push_to(s, "b", "'y' 'z'");
    steps_expect(s, "(1, 'x') (2, 'y')");
    steps_expect_ended(s, "zip", true);
}

static void
ends_all_of_its_streams_when_one_is_used_up(steps *s)
{
    steps_source(s, "a");
    steps_source(s, "b");
    steps_source(s, "c");
    steps_step(s, "zip", "a b c", "zip", STEPS_END);
    steps_collect(s, "zip");
    steps_push_to(s, "c", "7 8 9");
    steps_push_to(s, "a", "1");
    steps_end_of(s, "a");
    steps_push_to(s, "b", "'x'");
    steps_expect(s, "(1, 'x', 7)");
    steps_expect_unwanted(s, "b");
    steps_expect_unwanted(s, "c");
}

static void
drops_what_has_no_partner_at_the_end(steps *s)
{
    zip_of_two(s, 10);
    steps_push_to(s, "a", "1 2 3");
    steps_push_to(s, "b", "'x'");
    steps_end(s);
    steps_expect(s, "(1, 'x')");
}

static void
fails_when_one_stream_is_too_far_ahead(steps *s)
{
    zip_of_two(s, 2);
    steps_push_to(s, "a", "1 2");
    steps_push_to(s, "a", "3");
    steps_expect_failure(s, "stream 0 is more than 2 rows ahead of another");
}

static void
needs_two_streams(steps *s)
{
    steps_source(s, "a");
    steps_step(s, "zip", "a", "zip", STEPS_END);
    steps_expect_refused(s, "step \"zip\" (test.py:1): zip takes 2 to 64 streams, not 1");
}

static void
waits_for_what_reads_it(steps *s)
{
    zip_of_two(s, 10);
    steps_hold(s, "zip", 1);
    steps_push_to(s, "a", "1");
    steps_push_to(s, "b", "'x'");
    steps_push_to(s, "b", "'y'");
    steps_push_to(s, "a", "2");
    steps_expect(s, "(1, 'x')");
    steps_let_go(s, "zip");
    steps_expect(s, "(2, 'y')");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(pairs_the_rows_of_two_streams),
        STEPS_TEST(takes_rows_of_any_type),
        STEPS_TEST(takes_lists_that_come_as_columns),
        STEPS_TEST(pairs_branches_of_one_source),
        STEPS_TEST(ends_with_the_stream_that_is_used_up),
        STEPS_TEST(uses_up_the_rows_of_a_stream_that_has_ended),
        STEPS_TEST(ends_all_of_its_streams_when_one_is_used_up),
        STEPS_TEST(drops_what_has_no_partner_at_the_end),
        STEPS_TEST(fails_when_one_stream_is_too_far_ahead),
        STEPS_TEST(needs_two_streams),
        STEPS_TEST(waits_for_what_reads_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
