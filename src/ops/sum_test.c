/* sum: exact for ints, beyond 64 bits as an object; what cannot be added is a bad row. */
#include "kit/steps.h"

static void
gives_each_update_with_its_key(steps *s)
{
    steps_of(s, "sum", STEPS_END);
    steps_push(s, "'a':1 'b':2 'a':3");
    steps_expect(s, "'a':('a', 1) 'b':('b', 2) 'a':('a', 4)");
}

static void
gives_the_sum_alone_without_a_key(steps *s)
{
    steps_of(s, "sum", STEPS_END);
    steps_push(s, "1 2 0.5 True -10");
    steps_expect(s, "1 3 3.5 4.5 -5.5");
}

static void
gives_one_row_a_key_at_the_end(steps *s)
{
    steps_of(s, "sum", SETTING_TEXT("emit", "final"), STEPS_END);
    steps_push(s, "'b':1 'a':2 'b':10 'a':0.5 7 8");
    steps_end(s);
    steps_expect_sorted(s, "('a', 2.5) ('b', 11) 15");
}

static void
goes_beyond_64_bits(steps *s)
{
    steps_of(s, "sum", STEPS_END);
    steps_push(s, "9223372036854775807");
    steps_push(s, "1 1");
    steps_push(s, "1.0");
    steps_expect(s, "9223372036854775807 2^63 2^63 9.223372036854776e+18");
}

static void
leaves_out_rows_that_cannot_be_added(steps *s)
{
    steps_policy(s, OZ_POLICY_DEAD_LETTER);
    steps_of(s, "sum", STEPS_END);
    steps_push(s, "1 'text' 2 None other 4 (1, 2) 8");
    steps_expect_on(s, "out", "1 3 7 15");
    steps_expect_on(s, "dead", "'text' None other (1, 2)");
    steps_expect_counter(s, "sum", "bad_records", 4);
}

static void
forgets_a_key_whose_first_row_is_bad(steps *s)
{
    steps_policy(s, OZ_POLICY_SKIP);
    steps_of(s, "sum", SETTING_TEXT("emit", "final"), STEPS_END);
    steps_push(s, "'a':'text' 'b':1 None");
    steps_expect_state(s, "sum", "sums", 1);
    steps_end(s);
    steps_expect(s, "('b', 1)");
}

static void
fails_at_a_bad_row_after_those_before_it(steps *s)
{
    steps_of(s, "sum", STEPS_END);
    steps_push(s, "'k':1 'k':2 'k':'text' 'k':4");
    steps_expect(s, "'k':('k', 1) 'k':('k', 3)");
    steps_expect_failure(s, "step \"sum\" (test.py:1): the value cannot be added to the sum; the "
                            "record is 'text'");
    steps_push(s, "'k':4");
    steps_expect(s, "'k':('k', 7)");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(gives_each_update_with_its_key),
        STEPS_TEST(gives_the_sum_alone_without_a_key),
        STEPS_TEST(gives_one_row_a_key_at_the_end),
        STEPS_TEST(goes_beyond_64_bits),
        STEPS_TEST(leaves_out_rows_that_cannot_be_added),
        STEPS_TEST(forgets_a_key_whose_first_row_is_bad),
        STEPS_TEST(fails_at_a_bad_row_after_those_before_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
