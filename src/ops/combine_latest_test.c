/* combine_latest: the latest rows of all streams, whenever one comes. */
#include "kit/steps.h"

static void
latest_of_two(steps *s, int64_t emit_on)
{
    steps_source(s, "a");
    steps_source(s, "b");
    steps_step(s, "latest", "a b", "combine_latest", SETTING_INT("emit_on", emit_on), STEPS_END);
    steps_collect(s, "latest");
}

static void
gives_the_latest_rows_together(steps *s)
{
    latest_of_two(s, 0);
    steps_push_to(s, "a", "1");
    steps_expect(s, "");
    steps_push_to(s, "b", "'x'");
    steps_expect(s, "(1, 'x')");
    steps_push_to(s, "a", "2 3");
    steps_expect(s, "(2, 'x') (3, 'x')");
    steps_end(s);
}

static void
gives_a_result_for_rows_of_chosen_streams(steps *s)
{
    latest_of_two(s, 2);
    steps_push_to(s, "a", "1 2");
    steps_push_to(s, "b", "'x'");
    steps_push_to(s, "a", "3");
    steps_push_to(s, "b", "'y' 'z'");
    steps_expect(s, "(2, 'x') (3, 'y') (3, 'z')");
}

static void
takes_rows_of_any_type(steps *s)
{
    latest_of_two(s, 0);
    steps_push_to(s, "a", "None");
    steps_push_to(s, "b", "(1, 2) 'k':1 None [1]");
    steps_push_to(s, "a", "'a text of more than 14 bytes'");
    steps_expect(s, "(None, (1, 2)) (None, 1) (None, None) (None, [1]) "
                    "('a text of more than 14 bytes', [1])");
}

static void
combines_branches_of_one_source_row_by_row(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "plus", "in", "map", SETTING_FUNCTION("function", add_one), STEPS_END);
    steps_step(s, "latest", "in plus", "combine_latest", STEPS_END);
    steps_collect(s, "latest");
    steps_push(s, "1 2 3");
    steps_expect(s, "(1, 2) (1, 3) (2, 3) (2, 4) (3, 4)");
}

static void
goes_on_after_the_end_of_one_stream(steps *s)
{
    latest_of_two(s, 0);
    steps_push_to(s, "a", "1");
    steps_end_of(s, "a");
    steps_push_to(s, "b", "'x' 'y'");
    steps_expect(s, "(1, 'x') (1, 'y')");
    steps_end(s);
}

static void
knows_only_the_streams_it_combines(steps *s)
{
    latest_of_two(s, 4);
    steps_expect_refused(s, "emit_on names a stream that is not combined");
}

static void
needs_two_streams(steps *s)
{
    steps_source(s, "a");
    steps_step(s, "latest", "a", "combine_latest", STEPS_END);
    steps_expect_refused(s, "combine_latest takes 2 to 63 streams, not 1");
}

static void
waits_for_what_reads_it(steps *s)
{
    latest_of_two(s, 0);
    steps_hold(s, "latest", 1);
    steps_push_to(s, "a", "1");
    steps_push_to(s, "b", "'x'");
    steps_push_to(s, "b", "'y' 'z'");
    steps_expect(s, "(1, 'x')");
    steps_let_go(s, "latest");
    steps_expect(s, "(1, 'y') (1, 'z')");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(gives_the_latest_rows_together),
        STEPS_TEST(gives_a_result_for_rows_of_chosen_streams),
        STEPS_TEST(takes_rows_of_any_type),
        STEPS_TEST(combines_branches_of_one_source_row_by_row),
        STEPS_TEST(goes_on_after_the_end_of_one_stream),
        STEPS_TEST(knows_only_the_streams_it_combines),
        STEPS_TEST(needs_two_streams),
        STEPS_TEST(waits_for_what_reads_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
