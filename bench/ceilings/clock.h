/* Seconds by the wall clock and of this process's CPU time. */
#ifndef OZ_BENCH_CLOCK_H
#define OZ_BENCH_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t
clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline double
clock_seconds(clockid_t clock)
{
    return (double)clock_ns(clock) * 1e-9;
}

#endif
