/*
 * Instants: what rows give as their event time, in nanoseconds since 1970-01-01 UTC; and arithmetic
 * that stays within what int64 nanoseconds can hold, which is from 1677 to 2262.
 */
#ifndef OUZEL_TIME_INSTANT_H
#define OUZEL_TIME_INSTANT_H

#include <stdbool.h>
#include <stdint.h>

/* From seconds; false when they cannot be held. */
bool
ozi_instant_of_int64(int64_t seconds, int64_t *ns);
/*
 * A double tells nanoseconds apart for some weeks around 1970 only: further away, seconds are taken
 * to the microsecond, as far as the double meant it. So 1700000000.3 is exactly .300000000.
 */
bool
ozi_instant_of_float64(double seconds, int64_t *ns);

/* Without overflow: the sum or difference, or the first or last instant. `ns` is not negative. */
static inline int64_t
ozi_instant_add(int64_t instant, int64_t ns)
{
    return instant > INT64_MAX - ns ? INT64_MAX : instant + ns;
}

static inline int64_t
ozi_instant_subtract(int64_t instant, int64_t ns)
{
    return instant < INT64_MIN + ns ? INT64_MIN : instant - ns;
}

#endif
