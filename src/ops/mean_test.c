/* mean: a float, whatever the numbers are. */
#include "kit/steps.h"

static void
gives_each_update(steps *s)
{
    steps_of(s, "mean", STEPS_END);
    steps_push(s, "1 2 6");
    steps_expect(s, "1.0 1.5 3.0");
    steps_end(s);
}

static void
gives_each_update_with_its_key(steps *s)
{
    steps_of(s, "mean", STEPS_END);
    steps_push(s, "'a':1 'b':2.5 'a':2");
    steps_expect(s, "'a':('a', 1.0) 'b':('b', 2.5) 'a':('a', 1.5)");
}

static void
gives_one_row_a_key_at_the_end(steps *s)
{
    steps_of(s, "mean", SETTING_TEXT("emit", "final"), STEPS_END);
    steps_push(s, "'b':1 'a':2 'b':10 'a':True");
    steps_end(s);
    steps_expect_sorted(s, "('a', 1.5) ('b', 5.5)");
}

static void
divides_sums_beyond_64_bits(steps *s)
{
    steps_of(s, "mean", STEPS_END);
    steps_push(s, "2^70 2^70 1.0");
    steps_expect(s, "1.1805916207174113e+21 1.1805916207174113e+21 7.870610804782742e+20");
}

static void
leaves_out_what_is_no_number(steps *s)
{
    steps_policy(s, OZ_POLICY_DEAD_LETTER);
    steps_of(s, "mean", STEPS_END);
    steps_push(s, "1 'text' 2 None");
    steps_expect_on(s, "out", "1.0 1.5");
    steps_expect_on(s, "dead", "'text' None");
}

static void
gives_nothing_for_bad_rows_alone(steps *s)
{
    steps_policy(s, OZ_POLICY_SKIP);
    steps_of(s, "mean", SETTING_TEXT("emit", "final"), STEPS_END);
    steps_push(s, "'text' 'a':None 'b':1 'b':'text'");
    steps_end(s);
    steps_expect(s, "('b', 1.0)");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(gives_each_update),
        STEPS_TEST(gives_each_update_with_its_key),
        STEPS_TEST(gives_one_row_a_key_at_the_end),
        STEPS_TEST(divides_sums_beyond_64_bits),
        STEPS_TEST(leaves_out_what_is_no_number),
        STEPS_TEST(gives_nothing_for_bad_rows_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
