/* count: rows of each key. */
#include "kit/steps.h"

static void
gives_each_update_with_its_key(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "keyed", "in", "key_by", STEPS_END);
    steps_step(s, "count", "keyed", "count", STEPS_END);
    steps_collect(s, "count");
    steps_push(s, "'a' 'b' 'a'");
    steps_expect(s, "'a':('a', 1) 'b':('b', 1) 'a':('a', 2)");
    steps_end(s);
    steps_expect(s, "");
}

static void
gives_the_count_alone_without_a_key(steps *s)
{
    steps_of(s, "count", STEPS_END);
    steps_push(s, "'a' None (1, 2)");
    steps_expect(s, "1 2 3");
}

static void
gives_one_row_a_key_at_the_end(steps *s)
{
    steps_of(s, "count", SETTING_TEXT("emit", "final"), STEPS_END);
    steps_push(s, "'b':1 None:1 'b':1 1:1 'b':2 1.0:1 (1, 2):1 'a rather long key':1");
    steps_end(s);
    steps_expect_sorted(s, "('a rather long key', 1) ('b', 3) ((1, 2), 1) (1, 2) (None, 1)");
}

static void
gives_one_count_at_the_end_without_a_key(steps *s)
{
    steps_of(s, "count", SETTING_TEXT("emit", "final"), STEPS_END);
    steps_push(s, "1 1 1");
    steps_end(s);
    steps_expect(s, "3");
}

static void
gives_nothing_at_the_end_of_nothing(steps *s)
{
    steps_of(s, "count", SETTING_TEXT("emit", "final"), STEPS_END);
    steps_end(s);
    steps_expect(s, "");
}

static void
gives_final_rows_as_far_as_they_are_taken(steps *s)
{
    steps_of(s, "count", SETTING_TEXT("emit", "final"), STEPS_END);
    steps_hold(s, "out", 1);
    steps_push(s, "1:0 2:0 3:0 4:0 5:0");
    steps_end(s);
    steps_let_go(s, "out");
    steps_expect_sorted(s, "(1, 1) (2, 1) (3, 1) (4, 1) (5, 1)");
    steps_expect_ended(s, "count", true);
    steps_end(s);
}

static void
ends_early_when_nobody_wants_the_rest(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "count", "in", "count", SETTING_TEXT("emit", "final"), STEPS_END);
    steps_step(s, "slice", "count", "slice", SETTING_INT("end", 2), STEPS_END);
    steps_step(s, "rows", "slice", "count", STEPS_END);
    steps_collect(s, "rows");
    steps_push(s, "1:0 2:0 3:0");
    steps_end(s);
    steps_expect(s, "1 2");
}

static void
takes_one_of_two_words_for_emit(steps *s)
{
    steps_of(s, "count", SETTING_TEXT("emit", "sometimes"), STEPS_END);
    steps_expect_refused(s, "option \"emit\" takes one of current|final");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(gives_each_update_with_its_key),
        STEPS_TEST(gives_the_count_alone_without_a_key),
        STEPS_TEST(gives_one_row_a_key_at_the_end),
        STEPS_TEST(gives_one_count_at_the_end_without_a_key),
        STEPS_TEST(gives_nothing_at_the_end_of_nothing),
        STEPS_TEST(gives_final_rows_as_far_as_they_are_taken),
        STEPS_TEST(ends_early_when_nobody_wants_the_rest),
        STEPS_TEST(takes_one_of_two_words_for_emit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
