/* Calling functions over batches: in pieces, with failures of all kinds. */
#include "kit/steps.h"

/* Treats at most two rows a call, as a kernel does that cannot go on. */
static oz_status
call_in_pieces(void *self, oz_call *call, oz_error *error)
{
    (void)self;
    int64_t stop = call->stop;
    call->stop = call->begin + 2 < stop ? call->begin + 2 : stop;
    oz_status status = fail_on_3.call(fail_on_3.self, call, error);
    call->stop = stop;
    return status;
}

static oz_function in_pieces = {.references = 1,
                                .name = "in_pieces",
                                .call = call_in_pieces,
                                .objects = &text_object_class};

static void
calls_a_function_until_all_rows_are_done(steps *s)
{
    steps_of(s, "map", SETTING_FUNCTION("function", in_pieces), STEPS_END);
    steps_push(s, "'a':1 'b':2 'c':4 'd':5 'e':6 'f':7 'g':8");
    steps_expect(s, "'a':1 'b':2 'c':4 'd':5 'e':6 'f':7 'g':8");
}

static void
filters_in_pieces(steps *s)
{
    steps_of(s, "filter", SETTING_FUNCTION("function", in_pieces), STEPS_END);
    steps_push(s, "'a':1 'b':0 'c':0 'd':0 'e':6 'f':7 'g':8");
    steps_expect(s, "'a':1 'e':6 'f':7 'g':8");
}

static void
applies_the_policy_between_pieces(steps *s)
{
    steps_policy(s, OZ_POLICY_DEAD_LETTER);
    steps_of(s, "inspect", SETTING_FUNCTION("function", in_pieces), STEPS_END);
    steps_push(s, "'a':3 'b':1 'c':3 'd':3 'e':6 'f':3");
    steps_expect_on(s, "out", "'b':1 'e':6");
    steps_expect_on(s, "dead", "'a':3 'c':3 'd':3 'f':3");
}

/* ---- failures of the machine ----------------------------------------------------------------- */

/* Treats rows up to a 3 and then fails altogether. */
static oz_status
call_interrupted(void *self, oz_call *call, oz_error *error)
{
    (void)self;
    oz_status status = fail_on_3.call(fail_on_3.self, call, error);
    return status == OZ_BAD_RECORD ? oz_error_set(error, OZ_INTERRUPTED, "stopped by a signal")
                                   : status;
}

static oz_function interrupted = {.references = 1,
                                  .name = "interrupted",
                                  .call = call_interrupted,
                                  .objects = &text_object_class};

static void
fails_whatever_the_policy_when_the_function_cannot_go_on(steps *s)
{
    steps_policy(s, OZ_POLICY_SKIP);
    steps_of(s, "map", SETTING_FUNCTION("function", interrupted), STEPS_END);
    steps_push(s, "1 2 3 4");
    steps_expect(s, "1 2");
    steps_expect_failure(s, "step \"map\" (test.py:1): stopped by a signal");
    steps_expect_counter(s, "map", "bad_records", 0);
}

/* ---- what comes between a failure and its message -------------------------------------------- */

static void
says_why_a_row_failed_although_rows_before_it_failed_further_down(steps *s)
{
    steps_source(s, "in");
    steps_policy(s, OZ_POLICY_FAIL);
    steps_step(s, "first", "in", "map", SETTING_FUNCTION("function", fail_on_3), STEPS_END);
    steps_policy(s, OZ_POLICY_SKIP);
    steps_step(s, "second", "first", "map", SETTING_FUNCTION("function", add_one), STEPS_END);
    steps_collect(s, "second");
    steps_push(s, "1 'text' 3");
    steps_expect(s, "2");
    steps_expect_failure(s, "step \"first\" (test.py:1): the function cannot treat it; the record "
                            "is 3");
    steps_expect_counter(s, "second", "bad_records", 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(calls_a_function_until_all_rows_are_done),
        STEPS_TEST(filters_in_pieces),
        STEPS_TEST(applies_the_policy_between_pieces),
        STEPS_TEST(fails_whatever_the_policy_when_the_function_cannot_go_on),
        STEPS_TEST(says_why_a_row_failed_although_rows_before_it_failed_further_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
