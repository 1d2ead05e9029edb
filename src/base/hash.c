/*
 * Hash of bytes. Up to 16 bytes are two words that may overlap; more go 16 bytes a step, or 48 in
 * three lanes that the processor works on side by side; the last 16 bytes end every input.
 */
#include "base/hash.h"

#include <string.h>

static inline uint64_t
load64(const uint8_t *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

static inline uint64_t
load32(const uint8_t *bytes)
{
    uint32_t word;
    memcpy(&word, bytes, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap32(word);
#endif
    return word;
}

/* The last step of all sizes; the size itself is mixed in, so that zero bytes count. */
static inline uint64_t
finish(uint64_t state, uint64_t first, uint64_t second, size_t size)
{
    ozi_uint128 product = (ozi_uint128)(first ^ OZI_HASH_PI_1) * (second ^ state);
    return ozi_hash_fold((uint64_t)product ^ OZI_HASH_PI_0 ^ size,
                         (uint64_t)(product >> 64) ^ OZI_HASH_PI_1);
}

static inline uint64_t
hash_short(uint64_t state, const uint8_t *bytes, size_t size)
{
    if (size >= 8) {
        return finish(state, load64(bytes), load64(bytes + size - 8), size);
    }
    if (size >= 4) {
        return finish(state, load32(bytes), load32(bytes + size - 4), size);
    }
    if (size > 0) {
        uint64_t word =
            (uint64_t)bytes[0] << 16 | (uint64_t)bytes[size >> 1] << 8 | bytes[size - 1];
        return finish(state, word, 0, size);
    }
    return finish(state, 0, 0, 0);
}

/* Kept apart, so that the short path saves no registers. */
__attribute__((noinline)) static uint64_t
hash_long(uint64_t state, const uint8_t *bytes, size_t size)
{
    const uint8_t *last = bytes + size - 16;
    size_t left = size;
    if (left > 48) {
        uint64_t second = state;
        uint64_t third = state;
        do {
            state = ozi_hash_fold(load64(bytes) ^ OZI_HASH_PI_1, load64(bytes + 8) ^ state);
            second = ozi_hash_fold(load64(bytes + 16) ^ OZI_HASH_PI_2, load64(bytes + 24) ^ second);
            third = ozi_hash_fold(load64(bytes + 32) ^ OZI_HASH_PI_3, load64(bytes + 40) ^ third);
            bytes += 48;
            left -= 48;
        } while (left > 48);
        state ^= second ^ third;
    }
    while (left > 16) {
        state = ozi_hash_fold(load64(bytes) ^ OZI_HASH_PI_1, load64(bytes + 8) ^ state);
        bytes += 16;
        left -= 16;
    }
    return finish(state, load64(last), load64(last + 8), size);
}

uint64_t
ozi_hash_bytes(uint64_t seed, const void *data, size_t size)
{
    uint64_t state = seed ^ OZI_HASH_PI_2;
    return size <= 16 ? hash_short(state, data, size) : hash_long(state, data, size);
}
