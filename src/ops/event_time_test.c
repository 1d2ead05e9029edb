/* event_time: what is a time, what is late, and what is said about the rows to come. */
#include <stdio.h>

#include "kit/steps.h"

static const int64_t SECOND = 1000000000;

static void
a_row_may_be_its_own_time(steps *s)
{
    steps_of(s, "event_time", STEPS_END);
    steps_push(s, "1 2.5 3");
    steps_expect(s, "1 2.5 3");
    steps_expect_watermark(s, "out", 3 * SECOND);
}

static void
a_function_gives_the_time_of_a_row(steps *s)
{
    steps_of(s, "event_time", SETTING_FUNCTION("function", length), STEPS_END);
    steps_push(s, "'abcd' 'ab' 'abcd'");
    steps_expect(s, "'abcd' 'abcd'");
    steps_expect_on(s, "late", "'ab'");
    steps_expect_watermark(s, "out", 4 * SECOND);
}

static void
keys_stay_on_rows(steps *s)
{
    steps_of(s, "event_time", STEPS_END);
    steps_push(s, "'a':1 'a key that is longer than fourteen bytes':2 'a':1");
    steps_expect(s, "'a':1 'a key that is longer than fourteen bytes':2");
    steps_expect_on(s, "late", "'a':1");
}

static void
rows_behind_the_watermark_are_late(steps *s)
{
    steps_of(s, "event_time", SETTING_SECONDS("lateness", 1), STEPS_END);
    steps_push(s, "10 12 11 9 10 12.5 11.25 11.75");
    steps_expect(s, "10 12 11 12.5 11.75");
    steps_expect_on(s, "late", "9 10 11.25");
    steps_expect_watermark(s, "out", 11 * SECOND + SECOND / 2);
    steps_expect_counter(s, "event_time", "late_rows", 3);
}

static void
late_rows_come_in_their_order(steps *s)
{
    steps_of(s, "event_time", STEPS_END);
    steps_push(s, "9 1 2 3 4 5");
    steps_expect(s, "9");
    steps_expect_on(s, "late", "1 2 3 4 5");
}

static void
late_rows_may_stay_among_the_others(steps *s)
{
    steps_of(s, "event_time", SETTING_TEXT("late", "pass"), STEPS_END);
    steps_push(s, "10 9 11 8 7 12");
    steps_expect(s, "10 9 11 8 7 12");
    steps_expect_on(s, "late", "");
    steps_expect_counter(s, "event_time", "late_rows", 3);
    steps_expect_watermark(s, "out", 12 * SECOND);
}

static void
times_may_lie_before_1970(steps *s)
{
    steps_of(s, "event_time", SETTING_SECONDS("lateness", 0.5), STEPS_END);
    steps_push(s, "-3 -3.5 -3.75");
    steps_expect(s, "-3 -3.5");
    steps_expect_on(s, "late", "-3.75");
    steps_expect_watermark(s, "out", -3 * SECOND - SECOND / 2);
}

static void
a_watermark_before_the_first_time_that_there_is_says_nothing(steps *s)
{
    steps_of(s, "event_time", SETTING_SECONDS("lateness", 5), STEPS_END);
    steps_push(s, "-9223372036");
    steps_expect(s, "-9223372036");
    steps_expect_watermark(s, "out", INT64_MIN);
}

static void
watermarks_from_above_end_here(steps *s)
{
    steps_of(s, "event_time", STEPS_END);
    steps_push(s, "1");
    steps_watermark(s, "in", 100 * SECOND);
    steps_push(s, "2");
    steps_expect(s, "1 2");
    steps_expect_watermark(s, "out", 2 * SECOND);
}

static void
rows_without_a_time_follow_the_policy(steps *s)
{
    steps_policy(s, OZ_POLICY_DEAD_LETTER);
    steps_of(s, "event_time", STEPS_END);
    steps_push(s, "1 'soon' 3 None True 2 [4] 10000000000 1e300 4");
    steps_expect(s, "1 3 4");
    steps_expect_on(s, "late", "2");
    steps_expect_on(s, "dead", "'soon' None True [4] 10000000000 1e+300");
    steps_expect_counter(s, "event_time", "bad_records", 6);
    steps_expect_watermark(s, "out", 4 * SECOND);
}

static void
rows_before_one_without_a_time_are_delivered(steps *s)
{
    steps_of(s, "event_time", STEPS_END);
    steps_push(s, "1 2 'soon' 3");
    steps_expect(s, "1 2");
    steps_expect_watermark(s, "out", 2 * SECOND);
    steps_expect_failure(s, "its event time is a text");
    steps_push(s, "2 1");
    steps_expect(s, "2");
    steps_expect_on(s, "late", "1");
}

static void
a_function_that_fails_makes_a_bad_record(steps *s)
{
    steps_policy(s, OZ_POLICY_SKIP);
    steps_of(s, "event_time", SETTING_FUNCTION("function", fail_on_3), STEPS_END);
    steps_push(s, "1 2 3 4");
    steps_expect(s, "1 2 4");
    steps_expect_counter(s, "event_time", "bad_records", 1);
}

static void
one_port_that_ends_does_not_end_the_other(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "timed", "in", "event_time", STEPS_END);
    steps_step(s, "first", "timed", "slice", SETTING_INT("end", 1), STEPS_END);
    steps_collect(s, "first");
    steps_collect(s, "timed.late");
    steps_push(s, "5 6 4 7 3");
    steps_expect_on(s, "first", "5");
    steps_expect_on(s, "timed.late", "4 3");
}

static void
both_ports_joined_give_the_rows_in_order(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "timed", "in", "event_time", STEPS_END);
    steps_step(s, "all", "timed timed.late", "union", STEPS_END);
    steps_collect(s, "all");
    steps_push(s, "5 6 4 7 3 8");
    steps_expect(s, "5 6 4 7 3 8");
}

/* ---- objects of the host language ------------------------------------------------------------ */

/* Stands for what turns a datetime into nanoseconds: [7] is 7 ns. */
static oz_status
convert_list(void *self, oz_call *call, oz_error *error)
{
    (void)self;
    const oz_object *objects = call->batch->columns[0]->values;
    long long ns;
    char after;
    if (sscanf(text_object_text(objects[0]), "[%lld%c", &ns, &after) != 2) {
        call->end = call->begin;
        return oz_error_set(error, OZ_BAD_RECORD, "not a time of mine");
    }
    call->objects[0] = text_object_of_int64(ns);
    call->end = 1;
    call->count = 1;
    return OZ_OK;
}

static oz_function convert = {.references = 1,
                              .name = "convert",
                              .call = convert_list,
                              .objects = &text_object_class};

static void
objects_are_converted(steps *s)
{
    steps_policy(s, OZ_POLICY_SKIP);
    steps_of(s, "event_time", SETTING_FUNCTION("convert", convert), STEPS_END);
    steps_push(s, "[1500] 2 {3} [2000000001] [1]");
    steps_expect(s, "[1500] 2 [2000000001]");
    steps_expect_on(s, "late", "[1]");
    steps_expect_watermark(s, "out", 2000000001);
    steps_expect_counter(s, "event_time", "bad_records", 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(a_row_may_be_its_own_time),
        STEPS_TEST(a_function_gives_the_time_of_a_row),
        STEPS_TEST(keys_stay_on_rows),
        STEPS_TEST(rows_behind_the_watermark_are_late),
        STEPS_TEST(late_rows_come_in_their_order),
        STEPS_TEST(late_rows_may_stay_among_the_others),
        STEPS_TEST(times_may_lie_before_1970),
        STEPS_TEST(a_watermark_before_the_first_time_that_there_is_says_nothing),
        STEPS_TEST(watermarks_from_above_end_here),
        STEPS_TEST(rows_without_a_time_follow_the_policy),
        STEPS_TEST(rows_before_one_without_a_time_are_delivered),
        STEPS_TEST(a_function_that_fails_makes_a_bad_record),
        STEPS_TEST(one_port_that_ends_does_not_end_the_other),
        STEPS_TEST(both_ports_joined_give_the_rows_in_order),
        STEPS_TEST(objects_are_converted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
