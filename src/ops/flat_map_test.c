/* flat_map: any number of results a row, also when what is below can take only some of them. */
#include "kit/steps.h"

static void
gives_the_items_of_each_row(steps *s)
{
    steps_of(s, "flat_map", SETTING_FUNCTION("function", words), STEPS_END);
    steps_push(s, "'a b' '' 'c'");
    steps_expect(s, "'a' 'b' 'c'");
    steps_push(s, "'' ''");
    steps_expect(s, "");
    steps_end(s);
}

static void
lets_each_item_have_the_key_of_its_row(steps *s)
{
    steps_of(s, "flat_map", SETTING_FUNCTION("function", up_to), STEPS_END);
    steps_push(s, "'x':2 'y':0 'z':3 'y':1");
    steps_expect(s, "'x':1 'x':2 'z':1 'z':2 'z':3 'y':1");
}

/* So many allocations that making each of them fail would take minutes. */
static void
gives_more_items_than_fit_into_a_batch(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "flat", "in", "flat_map", SETTING_FUNCTION("function", up_to), STEPS_END);
    steps_step(s, "count", "flat", "count", SETTING_TEXT("emit", "final"), STEPS_END);
    steps_collect(s, "count");
    steps_push(s, "5000 3 9000");
    steps_end(s);
    steps_expect(s, "14003");
}

static void
delivers_items_given_before_a_failure(steps *s)
{
    steps_of(s, "flat_map", SETTING_FUNCTION("function", up_to_bad), STEPS_END);
    steps_push(s, "'a':1 'b':3 'c':2");
    steps_expect(s, "'a':1 'b':1 'b':2 'b':3");
    steps_expect_failure(s, "the record is 3");
}

static void
sends_bad_rows_to_the_port_dead(steps *s)
{
    steps_policy(s, OZ_POLICY_DEAD_LETTER);
    steps_of(s, "flat_map", SETTING_FUNCTION("function", up_to_bad), STEPS_END);
    steps_push(s, "'a':1 'b':3 'b':3 'c':2");
    steps_expect_on(s, "out", "'a':1 'b':1 'b':2 'b':3 'b':1 'b':2 'b':3 'c':1 'c':2");
    steps_expect_on(s, "dead", "'b':3 'b':3");
    steps_expect_counter(s, "flat_map", "bad_records", 2);
}

static void
keeps_the_rest_of_a_row_while_it_is_held_up(steps *s)
{
    steps_of(s, "flat_map", SETTING_FUNCTION("function", words), STEPS_END);
    steps_hold(s, "out", 1);
    steps_push(s, "'a b c' 'd'");
    steps_push(s, "'e f'");
    steps_let_go(s, "out");
    steps_expect(s, "'a' 'b' 'c' 'd' 'e' 'f'");
    steps_end(s);
}

static void
ends_after_the_rest_of_a_row(steps *s)
{
    steps_of(s, "flat_map", SETTING_FUNCTION("function", words), STEPS_END);
    steps_hold(s, "out", 1);
    steps_push(s, "'a b c'");
    steps_end(s);
    steps_expect_ended(s, "flat_map", false);
    steps_let_go(s, "out");
    steps_expect(s, "'a' 'b' 'c'");
    steps_end(s);
}

static void
stops_in_the_middle_of_a_row_when_nobody_wants_more(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "flat", "in", "flat_map", SETTING_FUNCTION("function", up_to_bad), STEPS_END);
    steps_step(s, "slice", "flat", "slice", SETTING_INT("end", 4), STEPS_END);
    steps_collect(s, "slice");
    steps_push(s, "2 10000000 3");
    steps_expect(s, "1 2 1 2");
    steps_expect_unwanted(s, "in");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(gives_the_items_of_each_row),
        STEPS_TEST(lets_each_item_have_the_key_of_its_row),
        STEPS_TEST_PLAIN(gives_more_items_than_fit_into_a_batch),
        STEPS_TEST(delivers_items_given_before_a_failure),
        STEPS_TEST(sends_bad_rows_to_the_port_dead),
        STEPS_TEST(keeps_the_rest_of_a_row_while_it_is_held_up),
        STEPS_TEST(ends_after_the_rest_of_a_row),
        STEPS_TEST(stops_in_the_middle_of_a_row_when_nobody_wants_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
