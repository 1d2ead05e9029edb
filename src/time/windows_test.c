/* Tests of windows.c: slices and the windows that cover them, at the ends of time too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "base/hash.h"
#include "time/windows.h"

static const int64_t FIRST = INT64_MIN;
static const int64_t LAST = INT64_MAX;

static bool
covers(ozi_span span, int64_t time)
{
    return time >= span.begin && (time < span.end || span.end == LAST);
}

static void
tumbling_windows_are_slices(void **state)
{
    (void)state;
    ozi_windows windows = ozi_windows_of(10, 10);
    assert_int_equal(ozi_slice_at(&windows, 0), 0);
    assert_int_equal(ozi_slice_at(&windows, 9), 0);
    assert_int_equal(ozi_slice_at(&windows, 10), 1);
    assert_int_equal(ozi_slice_at(&windows, -1), -1);
    assert_int_equal(ozi_slice_at(&windows, -10), -1);
    assert_int_equal(ozi_slice_at(&windows, -11), -2);
    assert_int_equal(ozi_window_first(&windows, -2), -2);
    assert_int_equal(ozi_window_last(&windows, -2), -2);
    assert_int_equal(ozi_window_span(&windows, -2).begin, -20);
    assert_int_equal(ozi_window_span(&windows, -2).end, -10);
}

/* As drawn in windows.h. */
static void
time_is_cut_where_windows_begin_or_end(void **state)
{
    (void)state;
    ozi_windows windows = ozi_windows_of(10, 4);
    const int64_t cuts[] = {-4, -2, 0, 2, 4, 6, 8, 10, 12};
    for (int64_t slice = -2; slice < 6; slice++) {
        ozi_span span = ozi_slice_span(&windows, slice);
        assert_int_equal(span.begin, cuts[slice + 2]);
        assert_int_equal(span.end, cuts[slice + 3]);
        assert_int_equal(ozi_slice_at(&windows, span.begin), slice);
        assert_int_equal(ozi_slice_at(&windows, span.end - 1), slice);
    }
    assert_int_equal(ozi_window_first(&windows, 0), -2); /* [-8, 2) and so on */
    assert_int_equal(ozi_window_last(&windows, 0), 0);
    assert_int_equal(ozi_window_first(&windows, 1), -1);
    assert_int_equal(ozi_window_last(&windows, 1), 0);
}

/* One of `sizes`, some of them as large as they can be. */
static int64_t
any_size(uint64_t random)
{
    const int64_t sizes[] = {1, 2, 3, 7, 10, 60, 1000, 86400000000000, 9000000000000000000};
    return sizes[random % (sizeof sizes / sizeof *sizes)];
}

static int64_t
any_time(uint64_t random)
{
    int64_t near = (int64_t)(random >> 8) % 200 - 100;
    switch (random % 4) {
    case 0:
        return FIRST + (near < 0 ? -near : near);
    case 1:
        return LAST - (near < 0 ? -near : near);
    case 2:
        return near;
    default:
        return (int64_t)random;
    }
}

static void
check_time(const ozi_windows *windows, int64_t time)
{
    int64_t slice = ozi_slice_at(windows, time);
    ozi_span span = ozi_slice_span(windows, slice);
    assert_true(covers(span, time));
    int64_t first = ozi_window_first(windows, slice);
    int64_t last = ozi_window_last(windows, slice);
    assert_true(first <= last);
    assert_true(covers(ozi_window_span(windows, first), time));
    assert_true(covers(ozi_window_span(windows, last), time));
    if (first > FIRST && ozi_window_span(windows, first - 1).end < LAST) {
        assert_false(covers(ozi_window_span(windows, first - 1), time));
    }
    if (ozi_window_span(windows, last).begin < LAST && last < LAST) {
        ozi_span next = ozi_window_span(windows, last + 1);
        assert_true(next.begin > time || next.begin == LAST);
    }
    /* All of the slice lies in the windows that cover it. */
    assert_true(ozi_window_span(windows, first).end >= span.end);
    assert_true(ozi_window_span(windows, last).begin <= span.begin);
}

static void
the_windows_of_a_time_are_those_that_cover_it(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 200000; i++) {
        uint64_t random = ozi_hash_pair(1, i, 0);
        int64_t size = any_size(random);
        int64_t hop = any_size(random >> 7);
        if (hop <= size) {
            ozi_windows windows = ozi_windows_of(size, hop);
            check_time(&windows, any_time(ozi_hash_pair(2, i, 0)));
        }
    }
}

static void
a_window_closes_when_the_watermark_has_passed_its_end_and_the_grace(void **state)
{
    (void)state;
    ozi_windows windows = ozi_windows_of(10, 5);
    assert_int_equal(ozi_window_closed(&windows, 9, 0), -1);
    assert_int_equal(ozi_window_closed(&windows, 10, 0), 0);
    assert_int_equal(ozi_window_closed(&windows, 14, 0), 0);
    assert_int_equal(ozi_window_closed(&windows, 15, 0), 1);
    assert_int_equal(ozi_window_closed(&windows, 15, 1), 0);
    assert_int_equal(ozi_window_closed(&windows, -11, 0), -5);
    assert_int_equal(ozi_window_closed(&windows, FIRST, 0), OZI_WINDOW_NONE);
    assert_true(ozi_window_closed(&windows, FIRST + 1, LAST) < INT64_MIN / 5);
    assert_true(ozi_window_closed(&windows, LAST, 0) > INT64_MAX / 6);
}

static void
a_time_is_late_when_all_its_windows_are_closed(void **state)
{
    (void)state;
    ozi_windows windows = ozi_windows_of(10, 4);
    for (int64_t closed = -5; closed < 5; closed++) {
        int64_t open_from = ozi_window_open_from(&windows, closed);
        for (int64_t time = -40; time < 40; time++) {
            int64_t last = ozi_window_last(&windows, ozi_slice_at(&windows, time));
            assert_int_equal(last <= closed, time < open_from);
        }
    }
    assert_int_equal(ozi_window_open_from(&windows, OZI_WINDOW_NONE), FIRST);
}

static void
what_cannot_be_held_is_cut(void **state)
{
    (void)state;
    ozi_windows windows = ozi_windows_of(10, 10);
    int64_t slice = ozi_slice_at(&windows, FIRST);
    assert_int_equal(ozi_window_span(&windows, slice).begin, FIRST);
    assert_true(ozi_window_span(&windows, slice).end > FIRST);
    slice = ozi_slice_at(&windows, LAST);
    assert_true(ozi_window_span(&windows, slice).begin < LAST);
    assert_int_equal(ozi_window_span(&windows, slice).end, LAST);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tumbling_windows_are_slices),
        cmocka_unit_test(time_is_cut_where_windows_begin_or_end),
        cmocka_unit_test(the_windows_of_a_time_are_those_that_cover_it),
        cmocka_unit_test(a_window_closes_when_the_watermark_has_passed_its_end_and_the_grace),
        cmocka_unit_test(a_time_is_late_when_all_its_windows_are_closed),
        cmocka_unit_test(what_cannot_be_held_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
