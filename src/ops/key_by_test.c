/* key_by: the key of each row, which stays on it. */
#include "kit/steps.h"

static void
gives_each_row_a_key(steps *s)
{
    steps_of(s, "key_by", SETTING_FUNCTION("function", length), STEPS_END);
    steps_push(s, "'a' 'bb'");
    steps_expect(s, "1:'a' 2:'bb'");
    steps_end(s);
}

static void
takes_the_row_itself_without_a_function(steps *s)
{
    steps_of(s, "key_by", STEPS_END);
    steps_push(s, "'a' 1 1.5 True None 2^70");
    steps_push(s, "(1, 'b')");
    steps_expect(s, "'a':'a' 1:1 1.5:1.5 True:True None:None 2^70:2^70 (1, 'b'):(1, 'b')");
}

static void
replaces_the_key_that_a_row_has(steps *s)
{
    steps_of(s, "key_by", SETTING_FUNCTION("function", parity), STEPS_END);
    steps_push(s, "'old':1 'old':2 'old':3");
    steps_expect(s, "1:1 0:2 1:3");
}

static void
lets_the_key_stay_through_other_steps(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "keyed", "in", "key_by", SETTING_FUNCTION("function", letter), STEPS_END);
    steps_step(s, "words", "keyed", "flat_map", SETTING_FUNCTION("function", words), STEPS_END);
    steps_step(s, "sizes", "words", "map", SETTING_FUNCTION("function", length), STEPS_END);
    steps_step(s, "odd", "sizes", "filter", SETTING_FUNCTION("function", is_odd), STEPS_END);
    steps_collect(s, "odd");
    steps_push(s, "'a bc def' 'x'");
    steps_expect(s, "'a':1 'a':3 'x':1");
}

static void
fails_at_a_key_that_is_not_hashable(steps *s)
{
    steps_of(s, "key_by", STEPS_END);
    steps_push(s, "1 2 [3] 4");
    steps_expect(s, "1:1 2:2");
    steps_expect_failure(s, "the record is [3]");
    steps_push(s, "5");
    steps_expect(s, "5:5");
}

static void
sends_rows_without_a_good_key_to_the_port_dead(steps *s)
{
    steps_policy(s, OZ_POLICY_DEAD_LETTER);
    steps_of(s, "key_by", SETTING_FUNCTION("function", as_list), STEPS_END);
    steps_push(s, "1 2");
    steps_expect_on(s, "out", "");
    steps_expect_on(s, "dead", "1 2");
    steps_expect_counter(s, "key_by", "bad_records", 2);
}

static void
skips_rows_for_which_the_function_fails(steps *s)
{
    steps_policy(s, OZ_POLICY_SKIP);
    steps_of(s, "key_by", SETTING_FUNCTION("function", length), STEPS_END);
    steps_push(s, "1 'a' 2 3 'bb' 4");
    steps_expect(s, "1:'a' 2:'bb'");
    steps_expect_counter(s, "key_by", "bad_records", 4);
}

static void
skips_bad_keys_between_good_ones(steps *s)
{
    steps_policy(s, OZ_POLICY_SKIP);
    steps_of(s, "key_by", STEPS_END);
    steps_push(s, "[1] 1 [2] [3] 2 3 [4]");
    steps_expect(s, "1:1 2:2 3:3");
}

static void
waits_for_what_reads_it(steps *s)
{
    steps_of(s, "key_by", STEPS_END);
    steps_hold(s, "out", 1);
    steps_push(s, "1");
    steps_push(s, "2 3");
    steps_expect(s, "1:1");
    steps_let_go(s, "out");
    steps_expect(s, "2:2 3:3");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(gives_each_row_a_key),
        STEPS_TEST(takes_the_row_itself_without_a_function),
        STEPS_TEST(replaces_the_key_that_a_row_has),
        STEPS_TEST(lets_the_key_stay_through_other_steps),
        STEPS_TEST(fails_at_a_key_that_is_not_hashable),
        STEPS_TEST(sends_rows_without_a_good_key_to_the_port_dead),
        STEPS_TEST(skips_rows_for_which_the_function_fails),
        STEPS_TEST(skips_bad_keys_between_good_ones),
        STEPS_TEST(waits_for_what_reads_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
