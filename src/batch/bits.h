/*
 * Validity bitmaps: bit i, counted from the lowest bit of the first byte, belongs to row i (as in
 * Arrow). Set means that there is a value.
 */
#ifndef OUZEL_BATCH_BITS_H
#define OUZEL_BATCH_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline size_t
ozi_bits_bytes(int64_t count)
{
    return (size_t)((count + 7) / 8);
}

static inline bool
ozi_bits_get(const uint8_t *bits, int64_t index)
{
    return (bits[index >> 3] >> (index & 7) & 1) != 0;
}

static inline void
ozi_bits_set(uint8_t *bits, int64_t index)
{
    bits[index >> 3] = (uint8_t)(bits[index >> 3] | 1U << (index & 7));
}

static inline void
ozi_bits_clear(uint8_t *bits, int64_t index)
{
    bits[index >> 3] = (uint8_t)(bits[index >> 3] & ~(1U << (index & 7)));
}

/* Bits [begin, begin + count) of `source` to the front of `target`; the rest of its last byte is 0.
 */
void
ozi_bits_copy(uint8_t *target, const uint8_t *source, int64_t begin, int64_t count);

/* Puts `count` bits of `source` (from its front), or ones when it is NULL, at `at` of `target`. */
void
ozi_bits_append(uint8_t *target, int64_t at, const uint8_t *source, int64_t count);

/* The bits `indices[0..count)`, in that order. */
void
ozi_bits_take(uint8_t *target, const uint8_t *source, const int32_t *indices, int64_t count);

/* How many of `count` bits from `begin` on are set. */
int64_t
ozi_bits_count(const uint8_t *bits, int64_t begin, int64_t count);

#endif
