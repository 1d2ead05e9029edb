/*
 * Lateness: which rows are late, judged one after another. The watermark is the greatest time of
 * the rows so far, less the lateness that is allowed; a row is late when its time lies before the
 * watermark that the row before it has left. So it does not matter how rows are batched.
 */
#ifndef OUZEL_TIME_LATENESS_H
#define OUZEL_TIME_LATENESS_H

#include "time/instant.h"

typedef struct ozi_lateness {
    int64_t greatest_ns;
    int64_t watermark_ns; /* INT64_MIN: no row has come */
    int64_t allowed_ns;
} ozi_lateness;

/* Before the first row. */
static inline ozi_lateness
ozi_lateness_of(int64_t allowed_ns)
{
    return (ozi_lateness){.greatest_ns = INT64_MIN,
                          .watermark_ns = INT64_MIN,
                          .allowed_ns = allowed_ns};
}

/* A row of that time has come. */
static inline void
ozi_lateness_pass(ozi_lateness *lateness, int64_t time_ns)
{
    if (time_ns >= lateness->greatest_ns) {
        lateness->greatest_ns = time_ns;
        lateness->watermark_ns = ozi_instant_subtract(time_ns, lateness->allowed_ns);
    }
}

static inline bool
ozi_is_late(const ozi_lateness *lateness, int64_t time_ns)
{
    return time_ns < lateness->watermark_ns;
}

#endif
