#include "time/windows.h"

/* Begins and ends are computed in this, and cut to int64 at the end. */
__extension__ typedef __int128 wide;

static int64_t
cut(wide value)
{
    return value > INT64_MAX ? INT64_MAX : value < INT64_MIN ? INT64_MIN : (int64_t)value;
}

static int64_t
divide_down(int64_t value, int64_t divisor)
{
    int64_t quotient = value / divisor;
    return quotient - (value % divisor < 0);
}

/* Between two hops there are two slices where the end of a window lies between them. */
static bool
is_cut_twice(const ozi_windows *windows)
{
    return windows->rest != 0;
}

/* The window that begins last before or at the begin of a slice. */
static int64_t
hop_of(const ozi_windows *windows, int64_t slice)
{
    return is_cut_twice(windows) ? slice >> 1 : slice; /* half of it, rounded down */
}

static bool
is_second(const ozi_windows *windows, int64_t slice)
{
    return is_cut_twice(windows) && (slice & 1) != 0;
}

int64_t
ozi_slice_at(const ozi_windows *windows, int64_t time_ns)
{
    int64_t hop = divide_down(time_ns, windows->hop);
    if (!is_cut_twice(windows)) {
        return hop;
    }
    /* Hops of at least 2 ns are fewer than 2^62, so that their double fits. */
    wide within = (wide)time_ns - (wide)hop * windows->hop;
    return hop * 2 + (within >= windows->rest);
}

ozi_span
ozi_slice_span(const ozi_windows *windows, int64_t slice)
{
    wide begin = (wide)hop_of(windows, slice) * windows->hop;
    wide end = begin + windows->hop;
    if (is_second(windows, slice)) {
        begin += windows->rest;
    } else if (is_cut_twice(windows)) {
        end = begin + windows->rest;
    }
    return (ozi_span){.begin = cut(begin), .end = cut(end)};
}

int64_t
ozi_window_last(const ozi_windows *windows, int64_t slice)
{
    return hop_of(windows, slice);
}

int64_t
ozi_window_first(const ozi_windows *windows, int64_t slice)
{
    int64_t before = windows->hops;
    int64_t first;
    if (!is_cut_twice(windows) || is_second(windows, slice)) {
        before--; /* the window that begins so many hops before has ended */
    }
    return __builtin_sub_overflow(hop_of(windows, slice), before, &first) ? INT64_MIN : first;
}

ozi_span
ozi_window_span(const ozi_windows *windows, int64_t window)
{
    wide begin = (wide)window * windows->hop;
    return (ozi_span){.begin = cut(begin), .end = cut(begin + windows->size)};
}

int64_t
ozi_window_closed(const ozi_windows *windows, int64_t watermark_ns, int64_t grace_ns)
{
    if (watermark_ns == INT64_MIN) {
        return OZI_WINDOW_NONE;
    }
    wide begin = (wide)watermark_ns - grace_ns - windows->size;
    wide window = begin / windows->hop;
    return cut(window - (begin % windows->hop < 0));
}

int64_t
ozi_window_open_from(const ozi_windows *windows, int64_t closed)
{
    /* The window that begins last covers a time longest. */
    return closed == OZI_WINDOW_NONE ? INT64_MIN : cut(((wide)closed + 1) * windows->hop);
}
