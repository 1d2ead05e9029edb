/* min: numbers, texts and whatever else compares. */
#include "kit/steps.h"

static void
gives_each_update(steps *s)
{
    steps_of(s, "min", STEPS_END);
    steps_push(s, "2 3 1");
    steps_expect(s, "2 2 1");
    steps_end(s);
}

static void
compares_numbers_of_all_kinds(steps *s)
{
    steps_of(s, "min", STEPS_END);
    steps_push(s, "-1 -1.0 -2 -2.5");
    steps_expect(s, "-1 -1 -2 -2.5");
}

static void
compares_texts(steps *s)
{
    steps_of(s, "min", STEPS_END);
    steps_push(s, "'b' 'b' 'a' '' 'bc'");
    steps_expect(s, "'b' 'b' 'a' '' ''");
}

static void
gives_one_row_a_key_at_the_end(steps *s)
{
    steps_of(s, "min", SETTING_TEXT("emit", "final"), STEPS_END);
    steps_push(s, "'b':7 'a':5 'b':2 'a':1 'b':4");
    steps_end(s);
    steps_expect_sorted(s, "('a', 1) ('b', 2)");
}

static void
gives_nothing_at_the_end_of_nothing(steps *s)
{
    steps_of(s, "min", SETTING_TEXT("emit", "final"), STEPS_END);
    steps_end(s);
    steps_expect(s, "");
}

static void
leaves_out_what_does_not_compare(steps *s)
{
    steps_policy(s, OZ_POLICY_DEAD_LETTER);
    steps_of(s, "min", STEPS_END);
    steps_push(s, "1 'text' None (1, 2) 1");
    steps_expect_on(s, "out", "1 1");
    steps_expect_on(s, "dead", "'text' None (1, 2)");
}

static void
keeps_a_null_that_came_first(steps *s)
{
    steps_of(s, "min", STEPS_END);
    steps_push(s, "None 1");
    steps_expect(s, "None");
    steps_expect_failure(s, "the value cannot be compared with the others; the record is 1");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(gives_each_update),
        STEPS_TEST(compares_numbers_of_all_kinds),
        STEPS_TEST(compares_texts),
        STEPS_TEST(gives_one_row_a_key_at_the_end),
        STEPS_TEST(gives_nothing_at_the_end_of_nothing),
        STEPS_TEST(leaves_out_what_does_not_compare),
        STEPS_TEST(keeps_a_null_that_came_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
