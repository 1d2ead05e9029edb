/*
 * Windows over event time, and the slices that they are made of.
 *
 * Window w covers [w * hop, w * hop + size): aligned to the epoch, so that a replay gives the same
 * windows. Time is cut wherever a window begins or ends, which is at most twice a hop. Each row is
 * aggregated once, into the slice of its time; a window is a fold over the slices that it covers.
 *
 *     size 10, hop 4     window -1     |----------------------|          [-4, 6)
 *                        window 0               |----------------------| [ 0, 10)
 *                        window 1                       |--------------- [ 4, 14)
 *     cut at 4n, 4n + 2            ----|---|----|---|---|---|---|---|---
 *     slices                            -2  -1    0   1   2   3   4
 *
 * Windows and slices are known by their numbers, which stand in the order of time. Times may lie
 * before 1970; a begin or end that int64 nanoseconds cannot hold (before 1678, after 2262) is given
 * as the first or last time that they can.
 */
#ifndef OUZEL_TIME_WINDOWS_H
#define OUZEL_TIME_WINDOWS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct ozi_windows {
    int64_t size; /* ns */
    int64_t hop;  /* ns, 0 < hop <= size; size: windows do not overlap (tumbling) */
    int64_t hops; /* size / hop */
    int64_t rest; /* size % hop */
} ozi_windows;

/* Times t with begin <= t < end. */
typedef struct ozi_span {
    int64_t begin;
    int64_t end;
} ozi_span;

static inline ozi_windows
ozi_windows_of(int64_t size, int64_t hop)
{
    return (ozi_windows){.size = size, .hop = hop, .hops = size / hop, .rest = size % hop};
}

/* The slice that a time falls into. */
int64_t
ozi_slice_at(const ozi_windows *windows, int64_t time_ns);
ozi_span
ozi_slice_span(const ozi_windows *windows, int64_t slice);

/* The first and the last of the windows that cover a slice. */
int64_t
ozi_window_first(const ozi_windows *windows, int64_t slice);
int64_t
ozi_window_last(const ozi_windows *windows, int64_t slice);
ozi_span
ozi_window_span(const ozi_windows *windows, int64_t window);

/* Window numbers that stand for "none yet" and for "all". */
#define OZI_WINDOW_NONE INT64_MIN
#define OZI_WINDOW_ALL INT64_MAX

/*
 * The last window that is closed: its end and `grace` have been passed by the watermark (INT64_MIN:
 * there is none yet). All windows before it are closed as well.
 */
int64_t
ozi_window_closed(const ozi_windows *windows, int64_t watermark_ns, int64_t grace_ns);

/*
 * The least time that still counts when `closed` is the last closed window: of a row before it all
 * windows are closed.
 */
int64_t
ozi_window_open_from(const ozi_windows *windows, int64_t closed);

#endif
