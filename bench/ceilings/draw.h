/* The common random source of all workloads: a pure function of (seed, event, field, index), so
 * that every program, in whatever language, sees the same bytes. Counter-based splitmix64. */
#ifndef OZ_BENCH_DRAW_H
#define OZ_BENCH_DRAW_H

#include <stdint.h>

#define DRAW_GOLDEN 0x9E3779B97F4A7C15u

static inline uint64_t
draw_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* One key per event; every value of that event is drawn from it. */
static inline uint64_t
draw_key(uint64_t seed, uint64_t event)
{
    return draw_mix(seed + (event + 1) * DRAW_GOLDEN);
}

/* The index-th draw of one field of the event. */
static inline uint64_t
draw(uint64_t key, uint64_t field, uint64_t index)
{
    return draw_mix(key + (256 * field + index + 1) * DRAW_GOLDEN);
}

/* A draw brought into [0, limit), limit < 2^32. */
static inline uint64_t
draw_below(uint64_t value, uint64_t limit)
{
    return ((value >> 32) * limit) >> 32;
}

#endif
