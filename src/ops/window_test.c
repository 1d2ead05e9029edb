/* window: which rows a window takes, when it closes, and what is too late. */
#include <stdio.h>

#include "batch/key.h"
#include "batch/rows.h"
#include "kit/steps.h"

static const int64_t SECOND = 1000000000;

/* ---- a graph around it ----------------------------------------------------------------------- */

/* Starts and ends in seconds: a step that makes results short. */
static oz_status
in_seconds(const oz_column *times, const oz_column **out)
{
    int64_t *values = oz_values_new(times->alloc, OZ_INT64, times->length);
    void *taken = values;
    if (values == NULL) {
        return OZ_NO_MEMORY;
    }
    for (int64_t i = 0; i < times->length; i++) {
        values[i] = ((const int64_t *)times->values)[i] / SECOND;
    }
    return oz_column_of_values(times->alloc, OZ_INT64, &taken, times->length, times->length, out);
}

static oz_step
shorten(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)state;
    (void)input;
    const oz_column *columns[4] = {NULL};
    const oz_batch *shorter = NULL;
    oz_status status = OZ_OK;
    for (uint32_t i = 0; i < batch->column_count && status == OZ_OK; i++) {
        if (batch->columns[i]->type == OZ_TIME) {
            status = in_seconds(batch->columns[i], &columns[i]);
        } else {
            columns[i] = oz_column_retain(batch->columns[i]);
        }
    }
    if (status == OZ_OK) {
        status = oz_batch_new(batch->alloc, columns, NULL, batch->column_count, NULL, &shorter);
    }
    for (uint32_t i = 0; i < 4; i++) {
        oz_column_release(&columns[i]);
    }
    oz_step step = status == OZ_OK ? oz_emit(context, 0, shorter) : oz_failed(context, status);
    oz_batch_release(&shorter);
    return step;
}

static const oz_port PORT_IN[] = {{.name = "in"}, {.name = NULL}};
static const oz_port PORT_OUT[] = {{.name = "out"}, {.name = NULL}};
static const oz_operator SHORTEN = {.name = "shorten",
                                    .summary = "Shows times in seconds.",
                                    .inputs = PORT_IN,
                                    .outputs = PORT_OUT,
                                    .on_batch = shorten};

/* Rows that are their own times, in windows; "out" has the results, "windows.late" late rows. */
static void
windows_of(steps *s, double lateness, double size, double hop, const char *aggregate,
           const char *emit, double grace)
{
    steps_source(s, "in");
    steps_step(s, "timed", "in", "event_time", SETTING_SECONDS("lateness", lateness),
               SETTING_TEXT("late", "pass"), STEPS_END);
    steps_step(s, "windows", "timed", "window", SETTING_SECONDS("size", size),
               SETTING_SECONDS("hop", hop), SETTING_TEXT("aggregate", aggregate),
               SETTING_TEXT("emit", emit), SETTING_SECONDS("grace", grace), STEPS_END);
    steps_step_of(s, "out", "windows", &SHORTEN, STEPS_END);
    steps_collect(s, "out");
    steps_collect(s, "windows.late");
}

static void
expect_no_older_slices(steps *s)
{
    steps_expect_state(s, "windows", "older", 0);
}

/* ---- final ----------------------------------------------------------------------------------- */

static void
a_window_gives_its_result_when_the_watermark_passes_its_end(steps *s)
{
    windows_of(s, 0, 10, 0, "count", "final", 0);
    steps_push(s, "1 4 9.5");
    steps_expect(s, "");
    steps_push(s, "10");
    steps_expect(s, "(0, 10, 3)");
    steps_push(s, "35");
    steps_expect(s, "(10, 20, 1)");
    steps_end(s);
    steps_expect(s, "(30, 40, 1)");
}

static void
each_key_has_windows_of_its_own(steps *s)
{
    windows_of(s, 0, 10, 0, "count", "final", 0);
    steps_push(s, "'b':1 'a':2 'b':3 'a':11 'c':12 'b':13 'a':21");
    steps_expect(s, "('b', 0, 10, 2) ('a', 0, 10, 1) ('a', 10, 20, 1) ('c', 10, 20, 1) "
                    "('b', 10, 20, 1)");
    steps_end(s);
    steps_expect(s, "('a', 20, 30, 1)");
    expect_no_older_slices(s);
}

static void
rows_out_of_order_find_their_window(steps *s)
{
    windows_of(s, 20, 10, 0, "sum", "final", 0);
    steps_push(s, "'a':5 'a':25 'a':14 'a':6 'b':7 'a':26 'b':3");
    steps_expect(s, "");
    steps_push(s, "'c':41");
    steps_expect(s, "('a', 0, 10, 11) ('b', 0, 10, 10) ('a', 10, 20, 14)");
    steps_end(s);
    steps_expect(s, "('a', 20, 30, 51) ('c', 40, 50, 41)");
    expect_no_older_slices(s);
}

static void
windows_are_given_in_order_of_their_ends(steps *s)
{
    windows_of(s, 100, 10, 0, "count", "final", 0);
    steps_push(s, "'a':35 'b':25 'c':15 'd':5 'c':36 'a':6");
    steps_end(s);
    steps_expect(s, "('d', 0, 10, 1) ('a', 0, 10, 1) ('c', 10, 20, 1) ('b', 20, 30, 1) "
                    "('a', 30, 40, 1) ('c', 30, 40, 1)");
}

static void
windows_that_overlap_share_their_slices(steps *s)
{
    windows_of(s, 0, 10, 5, "sum", "final", 0);
    steps_push(s, "'a':1 'a':6 'b':7 'a':12 'b':31");
    steps_expect(s, "('a', -5, 5, 1) ('a', 0, 10, 7) ('b', 0, 10, 7) ('a', 5, 15, 18) "
                    "('b', 5, 15, 7) ('a', 10, 20, 12)");
    steps_end(s);
    steps_expect(s, "('b', 25, 35, 31) ('b', 30, 40, 31)");
    expect_no_older_slices(s);
}

static void
a_hop_need_not_divide_the_size(steps *s)
{
    windows_of(s, 0, 10, 4, "count", "final", 0);
    steps_push(s, "1 2 5 6 9 30");
    steps_expect(s, "(-8, 2, 1) (-4, 6, 3) (0, 10, 5) (4, 14, 3) (8, 18, 1)");
    steps_end(s);
    steps_expect(s, "(24, 34, 1) (28, 38, 1)");
    expect_no_older_slices(s);
}

static void
the_order_of_keys_is_that_of_their_first_row_in_the_window(steps *s)
{
    windows_of(s, 30, 20, 10, "count", "final", 0);
    steps_push(s, "'a':15 'b':5 'c':16 'c':6 'a':25");
    steps_end(s);
    steps_expect(s, "('b', -10, 10, 1) ('c', -10, 10, 1) ('a', 0, 20, 1) ('b', 0, 20, 1) "
                    "('c', 0, 20, 2) ('a', 10, 30, 2) ('c', 10, 30, 1) ('a', 20, 40, 1)");
    expect_no_older_slices(s);
}

static void
windows_far_apart_do_not_give_those_between(steps *s)
{
    windows_of(s, 0, 1, 0.5, "count", "final", 0);
    steps_push(s, "'a':-9223372036 'a':0 'a':9223372035");
    steps_end(s);
    steps_expect(s, "('a', -9223372036, -9223372035, 1) ('a', -9223372036, -9223372035, 1) "
                    "('a', 0, 0, 1) ('a', 0, 1, 1) "
                    "('a', 9223372034, 9223372035, 1) ('a', 9223372035, 9223372036, 1)");
    expect_no_older_slices(s);
}

static void
times_before_1970_have_windows(steps *s)
{
    windows_of(s, 0, 10, 0, "count", "final", 0);
    steps_push(s, "-11 -10 -1 0 9");
    steps_end(s);
    steps_expect(s, "(-20, -10, 1) (-10, 0, 2) (0, 10, 2)");
}

static void
a_key_without_new_rows_is_forgotten_when_the_next_windows_close(steps *s)
{
    windows_of(s, 0, 10, 0, "count", "final", 0);
    steps_push(s, "'a':1");
    steps_push(s, "'b':12");
    steps_push(s, "'b':22");
    steps_expect(s, "('a', 0, 10, 1) ('b', 10, 20, 1)");
    steps_expect_state(s, "windows", "newest", 1);
    steps_push(s, "'a':23");
    steps_end(s);
    steps_expect(s, "('b', 20, 30, 1) ('a', 20, 30, 1)");
    expect_no_older_slices(s);
}

static void
long_and_strange_keys_are_given_back(steps *s)
{
    windows_of(s, 0, 10, 0, "count", "final", 0);
    steps_push(s, "'a key that is longer than fourteen bytes':1 None:2 2^70:3 "
                  "'a key that is longer than fourteen bytes':4 1:5");
    steps_end(s);
    steps_expect(s, "('a key that is longer than fourteen bytes', 0, 10, 2) (None, 0, 10, 1) "
                    "(2^70, 0, 10, 1) (1, 0, 10, 1)");
}

/* ---- late rows ------------------------------------------------------------------------------- */

static void
rows_of_a_closed_window_are_late(steps *s)
{
    windows_of(s, 0, 10, 0, "count", "final", 0);
    steps_push(s, "'a':5 'a':12 'a':6 'a':11 'b':7 'a':13");
    steps_expect(s, "('a', 0, 10, 1)");
    steps_expect_on(s, "windows.late", "'a':6 'b':7");
    steps_end(s);
    steps_expect(s, "('a', 10, 20, 3)");
    steps_expect_counter(s, "windows", "late_rows", 2);
}

static void
a_late_row_counts_for_the_windows_that_are_still_open(steps *s)
{
    windows_of(s, 0, 20, 10, "count", "final", 0);
    steps_push(s, "'a':5 'a':12 'a':6 'a':25 'a':7 'a':15");
    steps_expect(s, "('a', -10, 10, 1) ('a', 0, 20, 3)");
    steps_expect_on(s, "windows.late", "'a':7");
    steps_end(s);
    steps_expect(s, "('a', 10, 30, 3) ('a', 20, 40, 1)");
    expect_no_older_slices(s);
}

static void
a_late_row_does_not_open_closed_windows_again(steps *s)
{
    windows_of(s, 0, 20, 10, "count", "final", 0);
    steps_push(s, "'a':65 'b':55 'a':81 'c':65");
    steps_expect(s, "('a', 50, 70, 1) ('b', 50, 70, 1) ('a', 60, 80, 1)");
    steps_expect_on(s, "windows.late", "'c':65");
    steps_end(s);
    steps_expect(s, "('a', 70, 90, 1) ('a', 80, 100, 1)");
}

static void
a_grace_keeps_windows_open(steps *s)
{
    windows_of(s, 0, 10, 0, "count", "final", 5);
    steps_push(s, "'a':5 'a':12 'a':6 'a':14 'b':7");
    steps_expect(s, "");
    steps_push(s, "'a':15 'a':8 'b':13");
    steps_expect(s, "('a', 0, 10, 2) ('b', 0, 10, 1)");
    steps_expect_on(s, "windows.late", "'a':8");
    steps_end(s);
    steps_expect(s, "('a', 10, 20, 3) ('b', 10, 20, 1)");
}

/* The results of a window may come when the watermark is past its end by the grace. */
static void
the_grace_holds_the_watermark_back(steps *s)
{
    windows_of(s, 0, 10, 0, "count", "final", 5);
    steps_push(s, "5 17");
    steps_expect(s, "(0, 10, 1)");
    steps_expect_watermark(s, "out", 12 * SECOND);
}

static void
results_can_be_windowed_again(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "timed", "in", "event_time", STEPS_END);
    steps_step(s, "small", "timed", "window", SETTING_SECONDS("size", 10),
               SETTING_TEXT("emit", "final"), STEPS_END);
    steps_step(s, "windows", "small", "window", SETTING_SECONDS("size", 20),
               SETTING_TEXT("emit", "final"), STEPS_END);
    steps_step_of(s, "out", "windows", &SHORTEN, STEPS_END);
    steps_collect(s, "out");
    steps_collect(s, "windows.late");
    steps_push(s, "'a':1 'a':11 'b':12 'a':15 'a':21 'a':31 'a':41");
    steps_expect(s, "('a', 0, 20, 2) ('b', 0, 20, 1) ('a', 20, 40, 2)");
    steps_end(s);
    steps_expect(s, "('a', 40, 60, 1)");
    steps_expect_on(s, "windows.late", "");
}

/* ---- current --------------------------------------------------------------------------------- */

static void
each_row_updates_its_window(steps *s)
{
    windows_of(s, 0, 10, 0, "sum", "current", 0);
    steps_push(s, "'a':1 'b':2 'a':3 'a':12 'b':4");
    steps_expect(s, "('a', 0, 10, 1) ('b', 0, 10, 2) ('a', 0, 10, 4) ('a', 10, 20, 12)");
    steps_expect_on(s, "windows.late", "'b':4");
    steps_flush(s);
    steps_push(s, "'a':13");
    steps_expect(s, "('a', 10, 20, 25)");
    steps_end(s);
    steps_expect(s, "");
    expect_no_older_slices(s);
}

static void
slices_that_no_window_needs_are_forgotten(steps *s)
{
    windows_of(s, 0, 10, 0, "count", "current", 0);
    steps_push(s, "'a':5 'b':6 'c':7 'a':10 'b':10 'c':10 'a':30");
    steps_expect(s, "('a', 0, 10, 1) ('b', 0, 10, 1) ('c', 0, 10, 1) ('a', 10, 20, 1) "
                    "('b', 10, 20, 1) ('c', 10, 20, 1) ('a', 30, 40, 1)");
    expect_no_older_slices(s);
}

static void
each_row_updates_all_windows_that_it_falls_into(steps *s)
{
    windows_of(s, 0, 20, 10, "count", "current", 0);
    steps_push(s, "5 6 12 8 25");
    steps_expect(s, "(-10, 10, 1) (0, 20, 1) (-10, 10, 2) (0, 20, 2) (0, 20, 3) (10, 30, 1) "
                    "(0, 20, 4) (10, 30, 2) (20, 40, 1)");
    steps_end(s);
    steps_expect(s, "");
}

/* ---- aggregates ------------------------------------------------------------------------------ */

static void
the_least_row(steps *s)
{
    windows_of(s, 20, 10, 5, "min", "final", 0);
    steps_push(s, "8 3 4 12 7");
    steps_end(s);
    steps_expect(s, "(-5, 5, 3) (0, 10, 3) (5, 15, 7) (10, 20, 12)");
}

static void
the_greatest_row(steps *s)
{
    windows_of(s, 20, 10, 5, "max", "final", 0);
    steps_push(s, "8 3 4 12 7");
    steps_end(s);
    steps_expect(s, "(-5, 5, 4) (0, 10, 8) (5, 15, 12) (10, 20, 12)");
}

static void
the_mean_of_rows(steps *s)
{
    windows_of(s, 20, 10, 5, "mean", "final", 0);
    steps_push(s, "8 3 4 12 7");
    steps_end(s);
    steps_expect(s, "(-5, 5, 3.5) (0, 10, 5.5) (5, 15, 9.0) (10, 20, 12.0)");
}

static void
floats_add_up(steps *s)
{
    windows_of(s, 20, 10, 5, "sum", "final", 0);
    steps_push(s, "8.5 3 4.25 12 7");
    steps_end(s);
    steps_expect(s, "(-5, 5, 7.25) (0, 10, 22.75) (5, 15, 27.5) (10, 20, 12)");
}

/* ---- what cannot be -------------------------------------------------------------------------- */

static void
rows_without_a_time_are_bad(steps *s)
{
    steps_policy(s, OZ_POLICY_DEAD_LETTER);
    steps_of(s, "window", SETTING_SECONDS("size", 10), STEPS_END);
    steps_push(s, "1 2");
    steps_expect(s, "");
    steps_expect_on(s, "dead", "1 2");
    steps_expect_counter(s, "window", "bad_records", 2);
}

static void
a_hop_beyond_the_size_is_refused(steps *s)
{
    steps_of(s, "window", SETTING_SECONDS("size", 10), SETTING_SECONDS("hop", 11), STEPS_END);
    steps_expect_refused(s, "the hop of windows is at most their size");
}

static void
too_many_windows_over_one_row_are_refused(steps *s)
{
    steps_of(s, "window", SETTING_SECONDS("size", 1000), SETTING_SECONDS("hop", 0.001), STEPS_END);
    steps_expect_refused(s, "more than 100000 windows would overlap");
}

/* A text has a time here, but no sum: length gives the one, and nothing the other. */
static void
rows_that_cannot_be_added_follow_the_policy(steps *s)
{
    steps_policy(s, OZ_POLICY_DEAD_LETTER);
    steps_source(s, "in");
    steps_step(s, "timed", "in", "event_time", SETTING_FUNCTION("function", length), STEPS_END);
    steps_step(s, "windows", "timed", "window", SETTING_SECONDS("size", 10),
               SETTING_TEXT("aggregate", "mean"), SETTING_TEXT("emit", "final"), STEPS_END);
    steps_collect(s, "windows");
    steps_collect(s, "windows.dead");
    steps_push(s, "'k':'a' 'k':'ab'");
    steps_end(s);
    steps_expect_on(s, "windows", "");
    steps_expect_on(s, "windows.dead", "'k':'a' 'k':'ab'");
    expect_no_older_slices(s);
}

/* ---- holding up, flushing -------------------------------------------------------------------- */

static void
flush_gives_what_windows_hold_and_begins_anew(steps *s)
{
    windows_of(s, 0, 10, 5, "count", "final", 0);
    steps_push(s, "'a':1 'b':2 'a':7");
    steps_expect(s, "('a', -5, 5, 1) ('b', -5, 5, 1)");
    steps_flush(s);
    steps_expect(s, "('a', 0, 10, 2) ('b', 0, 10, 1) ('a', 5, 15, 1)");
    expect_no_older_slices(s);
    steps_push(s, "'a':8");
    steps_end(s);
    steps_expect(s, "('a', 0, 10, 1) ('a', 5, 15, 1)");
}

static void
results_wait_when_there_is_no_room_below(steps *s)
{
    windows_of(s, 0, 10, 0, "count", "final", 0);
    steps_hold(s, "out", 1);
    steps_push(s, "'a':1 'b':2 'c':3");
    steps_expect(s, "");
    steps_end(s);
    if (steps_is_alone(s)) {
        steps_expect(s, "('a', 0, 10, 1)");
        steps_let_go(s, "out");
        steps_expect(s, "('b', 0, 10, 1) ('c', 0, 10, 1)");
    } else {
        steps_let_go(s, "out");
        steps_expect(s, "('a', 0, 10, 1) ('b', 0, 10, 1) ('c', 0, 10, 1)");
    }
    steps_end(s);
    steps_expect_ended(s, "windows", true);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(a_window_gives_its_result_when_the_watermark_passes_its_end),
        STEPS_TEST(each_key_has_windows_of_its_own),
        STEPS_TEST(rows_out_of_order_find_their_window),
        STEPS_TEST(windows_are_given_in_order_of_their_ends),
        STEPS_TEST(windows_that_overlap_share_their_slices),
        STEPS_TEST(a_hop_need_not_divide_the_size),
        STEPS_TEST(the_order_of_keys_is_that_of_their_first_row_in_the_window),
        STEPS_TEST(windows_far_apart_do_not_give_those_between),
        STEPS_TEST(times_before_1970_have_windows),
        STEPS_TEST(a_key_without_new_rows_is_forgotten_when_the_next_windows_close),
        STEPS_TEST(long_and_strange_keys_are_given_back),
        STEPS_TEST(rows_of_a_closed_window_are_late),
        STEPS_TEST(a_late_row_counts_for_the_windows_that_are_still_open),
        STEPS_TEST(a_late_row_does_not_open_closed_windows_again),
        STEPS_TEST(a_grace_keeps_windows_open),
        STEPS_TEST(the_grace_holds_the_watermark_back),
        STEPS_TEST(results_can_be_windowed_again),
        STEPS_TEST(each_row_updates_its_window),
        STEPS_TEST(slices_that_no_window_needs_are_forgotten),
        STEPS_TEST(each_row_updates_all_windows_that_it_falls_into),
        STEPS_TEST(the_least_row),
        STEPS_TEST(the_greatest_row),
        STEPS_TEST(the_mean_of_rows),
        STEPS_TEST(floats_add_up),
        STEPS_TEST(rows_without_a_time_are_bad),
        STEPS_TEST(a_hop_beyond_the_size_is_refused),
        STEPS_TEST(too_many_windows_over_one_row_are_refused),
        STEPS_TEST(rows_that_cannot_be_added_follow_the_policy),
        STEPS_TEST(flush_gives_what_windows_hold_and_begins_anew),
        STEPS_TEST(results_wait_when_there_is_no_room_below),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
