/* The messages of the TCP benches.
 *
 *   request  | u32 length 64, big-endian | u64 number | u64 scheduled ns | six u64 words |
 *   answer   | u32 length 24, big-endian | u64 number | u64 scheduled ns | u64 result |
 *
 * All u64 are little-endian. The result is the running sum of the first words of the request's key,
 * which is its number mod 1000. */
#ifndef OZ_BENCH_FRAMES_H
#define OZ_BENCH_FRAMES_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define FRAME_HEAD 4
#define FRAME_REQUEST 64
#define FRAME_ANSWER 24
#define FRAME_KEYS 1000

static inline uint64_t
frame_get(const uint8_t *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return le64toh(value);
}

static inline void
frame_put(uint8_t *at, uint64_t value)
{
    value = htole64(value);
    memcpy(at, &value, sizeof value);
}

static inline uint32_t
frame_get_head(const uint8_t *at)
{
    uint32_t length;
    memcpy(&length, at, sizeof length);
    return be32toh(length);
}

static inline void
frame_put_head(uint8_t *at, uint32_t length)
{
    length = htobe32(length);
    memcpy(at, &length, sizeof length);
}

#endif
