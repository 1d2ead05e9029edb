/* Folding: runs of one key, more results than fit into one call, states that come and go. */
#include "kit/steps.h"

#include <stdio.h>

/* So many allocations that making each of them fail would take minutes. */
static void
gives_more_results_than_fit_into_one_call(steps *s)
{
    char rows[2048] = "";
    char sums[8192] = "";
    size_t row_size = 0;
    size_t sum_size = 0;
    for (int i = 0; i < 600; i++) {
        row_size +=
            (size_t)snprintf(rows + row_size, sizeof rows - row_size, "%s2", i == 0 ? "" : " ");
        sum_size += (size_t)snprintf(sums + sum_size, sizeof sums - sum_size, "%s%d",
                                     i == 0 ? "" : " ", 2 * (i + 1));
    }
    steps_of(s, "accumulate", SETTING_FUNCTION("function", add), STEPS_END);
    steps_push(s, rows);
    steps_expect(s, sums);
}

/* So many that states are fetched ahead; in the second round every other key is a new one. */
static void
fetches_the_states_of_many_keys(steps *s)
{
    enum { KEYS = 4000, ROOM = KEYS * 16 };
    static char rows[ROOM];
    static char sums[ROOM];
    steps_of(s, "accumulate", SETTING_FUNCTION("function", add), STEPS_END);
    for (int round = 0; round < 2; round++) {
        size_t row_size = 0;
        size_t sum_size = 0;
        for (int i = 0; i < KEYS; i++) {
            int key = round == 0 || i % 2 == 0 ? i : KEYS + i;
            const char *blank = i == 0 ? "" : " ";
            row_size += (size_t)snprintf(rows + row_size, ROOM - row_size, "%s%d:2", blank, key);
            sum_size += (size_t)snprintf(sums + sum_size, ROOM - sum_size, "%s%d:%d", blank, key,
                                         key == i ? 2 + 2 * round : 2);
        }
        steps_push(s, rows);
        steps_expect(s, sums);
    }
    steps_expect_state(s, "accumulate", "states", KEYS + KEYS / 2);
}

static void
treats_runs_of_one_key_together(steps *s)
{
    steps_of(s, "accumulate", SETTING_FUNCTION("function", add), STEPS_END);
    steps_push(s, "'a':1 'a':2 'a':4 'b':1 'b':2 'a':5 'a':6 'b':4");
    steps_expect(s, "'a':1 'a':3 'a':7 'b':1 'b':3 'a':12 'a':18 'b':7");
}

static void
has_a_state_of_its_own_for_rows_without_a_key(steps *s)
{
    steps_of(s, "accumulate", SETTING_FUNCTION("function", add), STEPS_END);
    steps_push(s, "1 'a':10 2 'a':20 None:5 4");
    steps_expect(s, "1 'a':10 3 'a':30 None:5 7");
    steps_expect_state(s, "accumulate", "states", 2);
}

static void
copies_a_start_that_is_an_object(steps *s)
{
    oz_object start = text_object_of_int64(100);
    steps_of(s, "accumulate", SETTING_FUNCTION("function", add),
             SETTING("start", OZ_SCALAR_OBJECT, object, start), STEPS_END);
    text_object_class.release(start);
    steps_push(s, "'a':1 'b':1 'a':1");
    steps_expect(s, "'a':101 'b':101 'a':102");
}

static void
applies_the_policy_within_a_run(steps *s)
{
    steps_policy(s, OZ_POLICY_DEAD_LETTER);
    steps_of(s, "accumulate", SETTING_FUNCTION("function", add), STEPS_END);
    steps_push(s, "'a':3 'a':1 'a':3 'a':3 'a':2 'b':3 'b':1");
    steps_expect_on(s, "out", "'a':1 'a':3 'b':1");
    steps_expect_on(s, "dead", "'a':3 'a':3 'a':3 'b':3");
}

static void
pairs_results_with_keys_of_any_type(steps *s)
{
    steps_of(s, "reduce", SETTING_FUNCTION("function", add), STEPS_END);
    steps_push(s, "1:1 'k':2 None:4 'k':5 2.5:7 (1, 2):8 2^70:9");
    steps_expect(s, "1:(1, 1) 'k':('k', 2) None:(None, 4) 'k':('k', 7) 2.5:(2.5, 7) "
                    "(1, 2):((1, 2), 8) 2^70:(2^70, 9)");
}

static void
meets_its_own_state_when_an_element_comes_from_inside(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "sums", "in", "accumulate", SETTING_FUNCTION("function", add), STEPS_END);
    steps_step(s, "next", "in", "sink", SETTING_FUNCTION("function", push_next), STEPS_END);
    steps_collect(s, "sums");
    steps_push(s, "1");
    steps_expect(s, "1 3");
    steps_expect_failure(s, "the record is 3");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST_PLAIN(gives_more_results_than_fit_into_one_call),
        STEPS_TEST_PLAIN(fetches_the_states_of_many_keys),
        STEPS_TEST(treats_runs_of_one_key_together),
        STEPS_TEST(has_a_state_of_its_own_for_rows_without_a_key),
        STEPS_TEST(copies_a_start_that_is_an_object),
        STEPS_TEST(applies_the_policy_within_a_run),
        STEPS_TEST(pairs_results_with_keys_of_any_type),
        STEPS_TEST(meets_its_own_state_when_an_element_comes_from_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
