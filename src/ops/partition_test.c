/* partition: n rows together, or what came in time. */
#include "kit/steps.h"

static void
gathers_n_rows(steps *s)
{
    steps_of(s, "partition", SETTING_INT("n", 2), STEPS_END);
    steps_push(s, "1 2 3");
    steps_expect(s, "(1, 2)");
    steps_end(s);
    steps_expect(s, "(3)");
}

static void
gathers_one_row(steps *s)
{
    steps_of(s, "partition", SETTING_INT("n", 1), STEPS_END);
    steps_push(s, "1 'k':'text' None");
    steps_expect(s, "(1) 'k':('text') (None)");
    steps_end(s);
    steps_expect(s, "");
}

static void
gathers_the_rows_of_each_key(steps *s)
{
    steps_of(s, "partition", SETTING_INT("n", 2), STEPS_END);
    steps_push(s, "'b':1 'a':2 'b':3 'a rather long key':4 'c':5 'a':6 'a rather long key':7");
    steps_expect(s, "'b':(1, 3) 'a':(2, 6) 'a rather long key':(4, 7)");
    steps_push(s, "'b':8 'another rather long key':9 'a rather long key':10 'd':11");
    steps_end(s);
    steps_expect(s, "'c':(5) 'b':(8) 'another rather long key':(9) 'a rather long key':(10) "
                    "'d':(11)");
}

static void
gathers_rows_of_several_columns(steps *s)
{
    steps_of(s, "partition", SETTING_INT("n", 2), STEPS_END);
    steps_push(s, "(1, 'a') (2, 'b')");
    steps_expect(s, "((1, 'a'), (2, 'b'))");
}

static void
lets_a_group_go_when_its_time_has_come(steps *s)
{
    steps_of(s, "partition", SETTING_INT("n", 3), SETTING_SECONDS("timeout", 0.5), STEPS_END);
    steps_show_times(s);
    steps_push(s, "1 2");
    steps_advance_ms(s, 400);
    steps_push(s, "'k':7");
    steps_expect(s, "");
    steps_advance_ms(s, 200);
    steps_expect(s, "(1, 2)@500");
    steps_push(s, "3");
    steps_advance_ms(s, 1000);
    steps_expect(s, "'k':(7)@900 (3)@1100");
}

static void
counts_the_time_of_a_group_anew_when_it_was_full(steps *s)
{
    steps_of(s, "partition", SETTING_INT("n", 2), SETTING_SECONDS("timeout", 0.5), STEPS_END);
    steps_show_times(s);
    steps_push(s, "1");
    steps_advance_ms(s, 300);
    steps_push(s, "2 3");
    steps_expect(s, "(1, 2)@300");
    steps_advance_ms(s, 1000);
    steps_expect(s, "(3)@800");
}

static void
gives_what_is_left_by_flush(steps *s)
{
    steps_of(s, "partition", SETTING_INT("n", 3), SETTING_SECONDS("timeout", 1), STEPS_END);
    steps_push(s, "1 2 'k':3");
    steps_flush(s);
    steps_expect(s, "(1, 2) 'k':(3)");
    steps_advance_ms(s, 2000);
    steps_push(s, "4 5 6");
    steps_expect(s, "(4, 5, 6)");
    steps_expect_state(s, "partition", "open", 0);
    steps_end(s);
    steps_expect(s, "");
}

static void
gives_nothing_for_no_rows(steps *s)
{
    steps_of(s, "partition", SETTING_INT("n", 3), STEPS_END);
    steps_flush(s);
    steps_end(s);
    steps_expect(s, "");
}

static void
waits_for_what_reads_it(steps *s)
{
    steps_of(s, "partition", SETTING_INT("n", 2), STEPS_END);
    steps_hold(s, "out", 1);
    steps_push(s, "1 2");
    steps_push(s, "3 4 5");
    steps_end(s);
    steps_expect(s, "(1, 2)");
    steps_let_go(s, "out");
    steps_expect(s, "(3, 4) (5)");
    steps_end(s);
}

static void
ends_when_nobody_wants_more(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "pairs", "in", "partition", SETTING_INT("n", 2), STEPS_END);
    steps_step(s, "slice", "pairs", "slice", SETTING_INT("end", 1), STEPS_END);
    steps_collect(s, "slice");
    steps_push(s, "1 2 3 4");
    steps_expect(s, "(1, 2)");
    steps_expect_unwanted(s, "in");
}

static void
refuses_groups_of_no_rows(steps *s)
{
    steps_of(s, "partition", SETTING_INT("n", 0), STEPS_END);
    steps_expect_refused(s, "option \"n\" must be from 1 to 1e+09, not 0");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(gathers_n_rows),
        STEPS_TEST(gathers_one_row),
        STEPS_TEST(gathers_the_rows_of_each_key),
        STEPS_TEST(gathers_rows_of_several_columns),
        STEPS_TEST(lets_a_group_go_when_its_time_has_come),
        STEPS_TEST(counts_the_time_of_a_group_anew_when_it_was_full),
        STEPS_TEST(gives_what_is_left_by_flush),
        STEPS_TEST(gives_nothing_for_no_rows),
        STEPS_TEST(waits_for_what_reads_it),
        STEPS_TEST(ends_when_nobody_wants_more),
        STEPS_TEST(refuses_groups_of_no_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
