/* reduce: one value a key, by a function. */
#include "kit/steps.h"

static void
gives_each_update_with_its_key(steps *s)
{
    steps_of(s, "reduce", SETTING_FUNCTION("function", add), STEPS_END);
    steps_push(s, "'a':2 'b':10 'a':4");
    steps_expect(s, "'a':('a', 2) 'b':('b', 10) 'a':('a', 6)");
    steps_end(s);
    steps_expect(s, "");
}

static void
gives_the_value_alone_without_a_key(steps *s)
{
    steps_of(s, "reduce", SETTING_FUNCTION("function", add), STEPS_END);
    steps_push(s, "1 2 4");
    steps_expect(s, "1 3 7");
}

static void
gives_one_row_a_key_at_the_end(steps *s)
{
    steps_of(s, "reduce", SETTING_FUNCTION("function", add), SETTING_TEXT("emit", "final"),
             STEPS_END);
    steps_push(s, "'b':1 'a':2 'b':10 (1, 2):5 'a':20");
    steps_expect(s, "");
    steps_end(s);
    steps_expect_sorted(s, "('a', 22) ('b', 11) ((1, 2), 5)");
}

static void
gives_one_value_at_the_end_without_a_key(steps *s)
{
    steps_of(s, "reduce", SETTING_FUNCTION("function", add), SETTING_TEXT("emit", "final"),
             STEPS_END);
    steps_push(s, "1 2 4");
    steps_end(s);
    steps_expect(s, "7");
}

static void
gives_nothing_at_the_end_of_nothing(steps *s)
{
    steps_of(s, "reduce", SETTING_FUNCTION("function", add), SETTING_TEXT("emit", "final"),
             STEPS_END);
    steps_end(s);
    steps_expect(s, "");
}

static void
leaves_out_what_only_had_bad_rows(steps *s)
{
    steps_policy(s, OZ_POLICY_SKIP);
    steps_of(s, "reduce", SETTING_FUNCTION("function", add), SETTING_TEXT("emit", "final"),
             STEPS_END);
    steps_push(s, "3 'a':3 'b':1 'b':3");
    steps_end(s);
    steps_expect(s, "('b', 1)");
}

static void
fails_at_a_bad_row(steps *s)
{
    steps_of(s, "reduce", SETTING_FUNCTION("function", add), STEPS_END);
    steps_push(s, "'k':1 'k':3 'k':2");
    steps_expect(s, "'k':('k', 1)");
    steps_expect_failure(s, "the record is 3");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(gives_each_update_with_its_key),
        STEPS_TEST(gives_the_value_alone_without_a_key),
        STEPS_TEST(gives_one_row_a_key_at_the_end),
        STEPS_TEST(gives_one_value_at_the_end_without_a_key),
        STEPS_TEST(gives_nothing_at_the_end_of_nothing),
        STEPS_TEST(leaves_out_what_only_had_bad_rows),
        STEPS_TEST(fails_at_a_bad_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
