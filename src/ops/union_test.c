/* union: rows of several streams as they come. */
#include "kit/steps.h"

static void
passes_rows_as_they_come(steps *s)
{
    steps_source(s, "a");
    steps_source(s, "b");
    steps_step(s, "all", "a b", "union", STEPS_END);
    steps_collect(s, "all");
    steps_push_to(s, "a", "1");
    steps_push_to(s, "b", "'x'");
    steps_push_to(s, "a", "2 'k':3");
    steps_expect(s, "1 'x' 2 'k':3");
}

static void
ends_with_the_last_of_its_streams(steps *s)
{
    steps_source(s, "a");
    steps_source(s, "b");
    steps_step(s, "all", "a b", "union", STEPS_END);
    steps_collect(s, "all");
    steps_push_to(s, "a", "1");
    steps_end_of(s, "a");
    steps_expect_ended(s, "all", false);
    steps_push_to(s, "b", "2");
    steps_end_of(s, "b");
    steps_expect(s, "1 2");
    steps_expect_ended(s, "all", true);
}

static void
passes_branches_of_one_source_row_by_row(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "plus", "in", "map", SETTING_FUNCTION("function", add_one), STEPS_END);
    steps_step(s, "odd", "in", "filter", SETTING_FUNCTION("function", is_odd), STEPS_END);
    steps_step(s, "all", "plus in odd", "union", STEPS_END);
    steps_collect(s, "all");
    steps_push(s, "10 21 30");
    steps_expect(s, "11 10 22 21 21 31 30");
}

static void
takes_the_same_stream_twice(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "twice", "in in", "union", STEPS_END);
    steps_collect(s, "twice");
    steps_push(s, "1 2 3");
    steps_expect(s, "1 1 2 2 3 3");
    steps_end(s);
}

static void
passes_the_least_watermark(steps *s)
{
    steps_source(s, "a");
    steps_source(s, "b");
    steps_step(s, "all", "a b", "union", STEPS_END);
    steps_collect(s, "all");
    steps_watermark(s, "a", 10);
    steps_expect_watermark(s, "all", INT64_MIN);
    steps_watermark(s, "b", 5);
    steps_expect_watermark(s, "all", 5);
    steps_watermark(s, "a", 20);
    steps_expect_watermark(s, "all", 5);
    steps_end_of(s, "b");
    steps_expect_watermark(s, "all", 20);
}

static void
wants_no_more_of_any_stream_when_nobody_does(steps *s)
{
    steps_source(s, "a");
    steps_source(s, "b");
    steps_step(s, "all", "a b", "union", STEPS_END);
    steps_step(s, "slice", "all", "slice", SETTING_INT("end", 1), STEPS_END);
    steps_collect(s, "slice");
    steps_push_to(s, "a", "1 2");
    steps_expect_unwanted(s, "a");
    steps_push_to(s, "b", "3");
    steps_expect(s, "1");
    steps_expect_unwanted(s, "b");
}

static void
waits_for_what_reads_it(steps *s)
{
    steps_source(s, "a");
    steps_source(s, "b");
    steps_step(s, "all", "a b", "union", STEPS_END);
    steps_collect(s, "all");
    steps_hold(s, "all", 1);
    steps_push_to(s, "a", "1");
    steps_push_to(s, "b", "2 3");
    steps_expect(s, "1");
    steps_let_go(s, "all");
    steps_expect(s, "2 3");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(passes_rows_as_they_come),
        STEPS_TEST(ends_with_the_last_of_its_streams),
        STEPS_TEST(passes_branches_of_one_source_row_by_row),
        STEPS_TEST(takes_the_same_stream_twice),
        STEPS_TEST(passes_the_least_watermark),
        STEPS_TEST(wants_no_more_of_any_stream_when_nobody_does),
        STEPS_TEST(waits_for_what_reads_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
