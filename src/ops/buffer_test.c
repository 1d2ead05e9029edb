/* buffer: what feeds it does not wait for what reads it. */
#include "kit/steps.h"

static void
passes_rows_by_the_loop(steps *s)
{
    steps_of(s, "buffer", SETTING_INT("n", 100), STEPS_END);
    steps_push(s, "1 2 3");
    steps_expect(s, "1 2 3");
    steps_push(s, "'k':4 None (1, 2)");
    steps_expect(s, "'k':4 None (1, 2)");
    steps_end(s);
}

static void
takes_rows_while_what_reads_it_is_held_up(steps *s)
{
    steps_of(s, "buffer", SETTING_INT("n", 3), STEPS_END);
    steps_hold(s, "out", 1);
    steps_push(s, "1");
    steps_push(s, "2");
    steps_push(s, "3");
    steps_push(s, "4");
    steps_expect(s, "1");
    steps_expect_state(s, "buffer", "rows", 3);
    steps_push(s, "5");
    steps_expect_state(s, "buffer", "rows", 3);
    steps_let_go(s, "out");
    steps_expect(s, "2 3 4 5");
    steps_end(s);
}

static void
ends_after_its_last_row(steps *s)
{
    steps_of(s, "buffer", STEPS_END);
    steps_hold(s, "out", 1);
    steps_push(s, "1");
    steps_push(s, "2 3");
    steps_end(s);
    steps_expect_ended(s, "buffer", false);
    steps_let_go(s, "out");
    steps_expect(s, "1 2 3");
    steps_expect_ended(s, "buffer", true);
    steps_end(s);
}

static void
fails_in_the_loop_when_what_reads_it_fails(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "buffer", "in", "buffer", STEPS_END);
    steps_step(s, "map", "buffer", "map", SETTING_FUNCTION("function", fail_on_3), STEPS_END);
    steps_collect(s, "map");
    steps_push(s, "1 2 3");
    steps_expect(s, "1 2");
    steps_expect_failure(s, "step \"map\"");
    steps_push(s, "4");
    steps_expect(s, "4");
}

static void
ends_when_nobody_wants_more(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "buffer", "in", "buffer", STEPS_END);
    steps_step(s, "slice", "buffer", "slice", SETTING_INT("end", 1), STEPS_END);
    steps_collect(s, "slice");
    steps_push(s, "1 2 3");
    steps_expect(s, "1");
    steps_push(s, "4");
    steps_expect_unwanted(s, "in");
}

static void
stands_before_a_slow_step_and_behind_another(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "first", "in", "buffer", SETTING_INT("n", 1), STEPS_END);
    steps_step(s, "map", "first", "map", SETTING_FUNCTION("function", add_one), STEPS_END);
    steps_step(s, "second", "map", "buffer", SETTING_INT("n", 1), STEPS_END);
    steps_collect(s, "second");
    steps_hold(s, "second", 1);
    steps_push(s, "1");
    steps_push(s, "2");
    steps_push(s, "3");
    steps_push(s, "4");
    steps_push(s, "5");
    steps_expect(s, "2");
    steps_expect_state(s, "second", "rows", 1);
    steps_expect_state(s, "first", "rows", 1);
    steps_let_go(s, "second");
    steps_expect(s, "3 4 5 6");
    steps_end(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(passes_rows_by_the_loop),
        STEPS_TEST(takes_rows_while_what_reads_it_is_held_up),
        STEPS_TEST(ends_after_its_last_row),
        STEPS_TEST(fails_in_the_loop_when_what_reads_it_fails),
        STEPS_TEST(ends_when_nobody_wants_more),
        STEPS_TEST(stands_before_a_slow_step_and_behind_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
