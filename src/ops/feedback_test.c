/* feedback: rows that go round. */
#include "kit/steps.h"

/* Numbers below 4 go round, each increased by one. */
static oz_status
call_up_to_4(void *self, oz_call *call, oz_error *error)
{
    (void)self;
    (void)error;
    for (; call->end < call->stop; call->end++) {
        oz_scalar value;
        assert_int_equal(oz_column_scalar(call->batch->columns[0], call->end, &value), OZ_OK);
        if (value.kind == OZ_SCALAR_OBJECT) {
            text_object_class.unbox(value.as.object, &value);
        }
        call->truths[call->end - call->begin] = value.as.int64 <= 4;
    }
    return OZ_OK;
}

static oz_function up_to_4 = {.references = 1,
                              .name = "up_to_4",
                              .call = call_up_to_4,
                              .objects = &text_object_class};

static void
draw_loop(steps *s, int64_t n)
{
    steps_source(s, "in");
    steps_step(s, "loop", "", "feedback", SETTING_INT("n", n), STEPS_END);
    steps_step(s, "all", "in loop", "union", STEPS_END);
    steps_step(s, "plus", "all", "map", SETTING_FUNCTION("function", add_one), STEPS_END);
    steps_step(s, "small", "plus", "filter", SETTING_FUNCTION("function", up_to_4), STEPS_END);
    steps_feed_back(s, "small", "loop");
}

static void
carries_rows_back(steps *s)
{
    draw_loop(s, 10);
    steps_collect(s, "all");
    steps_push(s, "2");
    steps_expect(s, "2 3 4");
    steps_end(s);
}

static void
lets_an_element_go_round_before_the_next_one_enters(steps *s)
{
    draw_loop(s, 10);
    steps_collect(s, "all");
    steps_push(s, "2 1 9");
    steps_expect(s, "2 3 4 1 2 3 4 9");
    steps_end(s);
}

static void
ends_when_the_loop_is_empty(steps *s)
{
    draw_loop(s, 10);
    steps_collect(s, "plus");
    steps_push(s, "3");
    steps_end(s);
    steps_expect(s, "4 5");
    steps_expect_ended(s, "loop", true);
    steps_expect_ended(s, "small", true);
}

static void
waits_for_what_reads_the_loop(steps *s)
{
    draw_loop(s, 10);
    steps_collect(s, "all");
    steps_hold(s, "all", 1);
    steps_push(s, "2 1");
    steps_expect(s, "2");
    steps_let_go(s, "all");
    steps_expect(s, "3 4 1 2 3 4");
    steps_end(s);
}

static void
does_not_end_while_rows_are_delayed_in_the_loop(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "loop", "", "feedback", STEPS_END);
    steps_step(s, "all", "in loop", "union", STEPS_END);
    steps_step(s, "plus", "all", "map", SETTING_FUNCTION("function", add_one), STEPS_END);
    steps_step(s, "late", "plus", "delay", SETTING_SECONDS("interval", 1), STEPS_END);
    steps_step(s, "small", "late", "filter", SETTING_FUNCTION("function", up_to_4), STEPS_END);
    steps_feed_back(s, "small", "loop");
    steps_collect(s, "small");
    steps_show_times(s);
    steps_push(s, "2");
    steps_end(s);
    steps_expect(s, "3@1000 4@2000");
}

static void
ends_although_a_clock_ticks_below_the_loop(steps *s)
{
    draw_loop(s, 10);
    steps_step(s, "lists", "all", "timed_window", SETTING_SECONDS("interval", 1), STEPS_END);
    steps_collect(s, "lists");
    steps_push(s, "3");
    steps_end(s);
    steps_expect(s, "[3, 4]");
}

static void
fails_when_the_loop_is_full(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "loop", "", "feedback", SETTING_INT("n", 4), STEPS_END);
    steps_step(s, "all", "in loop", "union", STEPS_END);
    steps_step(s, "some", "all", "branch", SETTING_FUNCTION("function", up_to_4), STEPS_END);
    steps_step(s, "more", "some.no", "flat_map", SETTING_FUNCTION("function", up_to), STEPS_END);
    steps_step(s, "zeros", "more", "map", SETTING_FUNCTION("function", parity), STEPS_END);
    steps_feed_back(s, "zeros", "loop");
    steps_push(s, "6");
    steps_expect_failure(s, "step \"loop\" (test.py:1): the loop holds 4 rows, its limit");
}

static void
is_refused_when_it_is_not_closed(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "loop", "", "feedback", STEPS_END);
    steps_step(s, "all", "in loop", "union", STEPS_END);
    steps_collect(s, "all");
    steps_expect_refused(s, "step \"loop\" (test.py:1): a feedback step must be closed by a loop");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(carries_rows_back),
        STEPS_TEST(lets_an_element_go_round_before_the_next_one_enters),
        STEPS_TEST(ends_when_the_loop_is_empty),
        STEPS_TEST(waits_for_what_reads_the_loop),
        STEPS_TEST(does_not_end_while_rows_are_delayed_in_the_loop),
        STEPS_TEST(ends_although_a_clock_ticks_below_the_loop),
        STEPS_TEST(fails_when_the_loop_is_full),
        STEPS_TEST(is_refused_when_it_is_not_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
