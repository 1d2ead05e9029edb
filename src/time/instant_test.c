/* Tests of instant.c and lateness.h: seconds as nanoseconds, and who is late. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "time/lateness.h"

static int64_t
of_float(double seconds)
{
    int64_t ns = 0;
    assert_true(ozi_instant_of_float64(seconds, &ns));
    return ns;
}

static void
whole_seconds_are_exact_as_far_as_they_can_be_held(void **state)
{
    (void)state;
    int64_t ns;
    assert_true(ozi_instant_of_int64(-9223372036, &ns));
    assert_int_equal(ns, INT64_C(-9223372036000000000));
    assert_true(ozi_instant_of_int64(9223372036, &ns));
    assert_int_equal(ns, INT64_C(9223372036000000000));
    assert_false(ozi_instant_of_int64(9223372037, &ns));
    assert_false(ozi_instant_of_int64(INT64_MIN, &ns));
}

static void
a_float_near_1970_has_nanoseconds(void **state)
{
    (void)state;
    assert_int_equal(of_float(0.3), 300000000);
    assert_int_equal(of_float(-0.3), -300000000);
    assert_int_equal(of_float(1e-9), 1);
    assert_int_equal(of_float(8388607.123456789), INT64_C(8388607123456789));
}

static void
a_float_of_today_is_taken_to_the_microsecond(void **state)
{
    (void)state;
    assert_int_equal(of_float(1700000000.3), INT64_C(1700000000300000000));
    assert_int_equal(of_float(1700000000.123456), INT64_C(1700000000123456000));
    assert_int_equal(of_float(-1700000000.123456), INT64_C(-1700000000123456000));
    assert_int_equal(of_float(8388608), INT64_C(8388608000000000));
    for (int64_t i = 0; i < 100000; i++) {
        int64_t microseconds = INT64_C(1699999999999999) + i * 7919;
        assert_int_equal(of_float((double)microseconds / 1e6), microseconds * 1000);
    }
}

static void
floats_keep_their_order_where_the_precision_changes(void **state)
{
    (void)state;
    double seconds = 8388607.9999;
    int64_t before = of_float(seconds);
    for (int i = 0; i < 200000; i++) {
        seconds = nextafter(seconds, 1e9);
        int64_t after = of_float(seconds);
        assert_true(after >= before);
        before = after;
    }
}

static void
what_is_no_time_is_refused(void **state)
{
    (void)state;
    int64_t ns;
    const double wrong[] = {9.3e9,      -9.3e9, 1e300, -1e300, (double)INFINITY, -(double)INFINITY,
                            (double)NAN};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_false(ozi_instant_of_float64(wrong[i], &ns));
    }
    assert_true(ozi_instant_of_float64(9223372036.0, &ns));
    assert_true(ozi_instant_of_float64(-9223372036.0, &ns));
}

static void
sums_stay_within_what_can_be_held(void **state)
{
    (void)state;
    assert_int_equal(ozi_instant_add(5, 7), 12);
    assert_int_equal(ozi_instant_add(INT64_MAX - 1, 7), INT64_MAX);
    assert_int_equal(ozi_instant_add(INT64_MIN, INT64_MAX), -1);
    assert_int_equal(ozi_instant_subtract(5, 7), -2);
    assert_int_equal(ozi_instant_subtract(INT64_MIN + 1, 7), INT64_MIN);
    assert_int_equal(ozi_instant_subtract(INT64_MAX, INT64_MAX), 0);
}

static void
a_row_is_late_behind_the_greatest_time_less_the_lateness(void **state)
{
    (void)state;
    ozi_lateness lateness = ozi_lateness_of(2);
    assert_false(ozi_is_late(&lateness, INT64_MIN));
    ozi_lateness_pass(&lateness, 10);
    assert_false(ozi_is_late(&lateness, 8));
    assert_true(ozi_is_late(&lateness, 7));
    ozi_lateness_pass(&lateness, 9);
    assert_int_equal(lateness.watermark_ns, 8);
    ozi_lateness_pass(&lateness, 11);
    assert_true(ozi_is_late(&lateness, 8));
}

static void
the_watermark_does_not_leave_time(void **state)
{
    (void)state;
    ozi_lateness lateness = ozi_lateness_of(INT64_MAX);
    ozi_lateness_pass(&lateness, -5);
    assert_int_equal(lateness.watermark_ns, INT64_MIN);
    assert_false(ozi_is_late(&lateness, INT64_MIN));
    ozi_lateness_pass(&lateness, INT64_MAX);
    assert_int_equal(lateness.watermark_ns, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_seconds_are_exact_as_far_as_they_can_be_held),
        cmocka_unit_test(a_float_near_1970_has_nanoseconds),
        cmocka_unit_test(a_float_of_today_is_taken_to_the_microsecond),
        cmocka_unit_test(floats_keep_their_order_where_the_precision_changes),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(sums_stay_within_what_can_be_held),
        cmocka_unit_test(a_row_is_late_behind_the_greatest_time_less_the_lateness),
        cmocka_unit_test(the_watermark_does_not_leave_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
