/* Runs of bits; see bits.h. */
#include "batch/bits.h"

#include <string.h>

void
ozi_bits_copy(uint8_t *target, const uint8_t *source, int64_t begin, int64_t count)
{
    if (count == 0) {
        return;
    }
    const uint8_t *from = source + (begin >> 3);
    unsigned shift = (unsigned)(begin & 7);
    size_t bytes = ozi_bits_bytes(count);
    if (shift == 0) {
        memcpy(target, from, bytes);
    } else {
        /* The byte after the last one is read only when it holds bits that were asked for. */
        size_t readable = ozi_bits_bytes((int64_t)shift + count);
        for (size_t i = 0; i < bytes; i++) {
            unsigned next = i + 1 < readable ? from[i + 1] : 0U;
            target[i] = (uint8_t)((from[i] | next << 8) >> shift);
        }
    }
    if ((count & 7) != 0) {
        target[bytes - 1] = (uint8_t)(target[bytes - 1] & ((1U << (count & 7)) - 1));
    }
}

void
ozi_bits_append(uint8_t *target, int64_t at, const uint8_t *source, int64_t count)
{
    if (source != NULL && (at & 7) == 0) {
        ozi_bits_copy(target + (at >> 3), source, 0, count);
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        if (source == NULL || ozi_bits_get(source, i)) {
            ozi_bits_set(target, at + i);
        } else {
            ozi_bits_clear(target, at + i);
        }
    }
}

void
ozi_bits_take(uint8_t *target, const uint8_t *source, const int32_t *indices, int64_t count)
{
    memset(target, 0, ozi_bits_bytes(count));
    for (int64_t i = 0; i < count; i++) {
        unsigned bit = ozi_bits_get(source, indices[i]);
        target[i >> 3] = (uint8_t)(target[i >> 3] | bit << (i & 7));
    }
}

int64_t
ozi_bits_count(const uint8_t *bits, int64_t begin, int64_t count)
{
    int64_t set = 0;
    int64_t end = begin + count;
    for (; begin < end && (begin & 63) != 0; begin++) {
        set += ozi_bits_get(bits, begin);
    }
    for (; begin + 64 <= end; begin += 64) {
        uint64_t word;
        memcpy(&word, bits + (begin >> 3), sizeof(word));
        set += __builtin_popcountll(word);
    }
    for (; begin < end; begin++) {
        set += ozi_bits_get(bits, begin);
    }
    return set;
}
