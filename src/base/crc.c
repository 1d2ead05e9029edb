/*
 * Eight bytes a step: by the processor where it can, else by tables, one per byte of a word.
 *
 * An instruction of the processor takes three cycles, but one can begin in each: so three pieces
 * that lie one behind the other are summed up at the same time. The sum of a piece goes behind the
 * one before it by a shift over as many zeros as it has bytes, which is linear in its bits (as in
 * Gopal et al., "Fast CRC Computation for iSCSI Polynomial Using CRC32 Instruction", 2011).
 */
#include "base/crc.h"

#include <pthread.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the tables are for little-endian machines"
#endif

static const uint32_t polynomial = UINT32_C(0x82f63b78); /* reflected */

/* tables[k][b]: what byte b does, k bytes before the end of a word. */
static uint32_t tables[8][256];
static pthread_once_t made = PTHREAD_ONCE_INIT;

static void
make_tables(void)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? polynomial : 0);
        }
        tables[0][byte] = crc;
    }
    for (uint32_t byte = 0; byte < 256; byte++) {
        for (int k = 1; k < 8; k++) {
            uint32_t crc = tables[k - 1][byte];
            tables[k][byte] = (crc >> 8) ^ tables[0][crc & 0xff];
        }
    }
}

static uint32_t
by_tables(uint32_t crc, const uint8_t *data, size_t size)
{
    (void)pthread_once(&made, make_tables);
    for (; size >= 8; size -= 8, data += 8) {
        uint64_t word;
        memcpy(&word, data, 8);
        word ^= crc;
        crc = 0;
        for (int k = 0; k < 8; k++) {
            crc ^= tables[7 - k][word >> (8 * k) & 0xff];
        }
    }
    for (; size > 0; size--) {
        crc = (crc >> 8) ^ tables[0][(crc ^ *data++) & 0xff];
    }
    return crc;
}

#if defined(__x86_64__)
#include <nmmintrin.h>

enum { PIECE = 1024 };

/* shifts[k][b]: what byte k of a sum, of value b, is behind PIECE zeros. */
static uint32_t shifts[4][256];
static pthread_once_t shifts_made = PTHREAD_ONCE_INIT;

static void
make_shifts(void)
{
    static const uint8_t zeros[PIECE];
    for (uint32_t byte = 0; byte < 256; byte++) {
        for (int k = 0; k < 4; k++) {
            shifts[k][byte] = by_tables(byte << (8 * k), zeros, PIECE);
        }
    }
}

static uint32_t
shift(uint32_t crc)
{
    return shifts[0][crc & 0xff] ^ shifts[1][crc >> 8 & 0xff] ^ shifts[2][crc >> 16 & 0xff] ^
           shifts[3][crc >> 24];
}

static inline uint64_t
word_at(const uint8_t *data)
{
    uint64_t word;
    memcpy(&word, data, sizeof word);
    return word;
}

/* Three pieces. */
__attribute__((target("sse4.2"))) static uint32_t
by_threes(uint32_t crc, const uint8_t *data)
{
    uint64_t first = crc;
    uint64_t second = 0;
    uint64_t third = 0;
    for (size_t at = 0; at < PIECE; at += 8) {
        first = _mm_crc32_u64(first, word_at(data + at));
        second = _mm_crc32_u64(second, word_at(data + PIECE + at));
        third = _mm_crc32_u64(third, word_at(data + 2 * (size_t)PIECE + at));
    }
    return shift(shift((uint32_t)first) ^ (uint32_t)second) ^ (uint32_t)third;
}

__attribute__((target("sse4.2"))) static uint32_t
by_processor(uint32_t crc, const uint8_t *data, size_t size)
{
    if (size >= 3 * (size_t)PIECE) {
        (void)pthread_once(&shifts_made, make_shifts);
    }
    for (; size >= 3 * (size_t)PIECE; size -= 3 * (size_t)PIECE, data += 3 * (size_t)PIECE) {
        crc = by_threes(crc, data);
    }
    uint64_t wide = crc;
    for (; size >= 8; size -= 8, data += 8) {
        wide = _mm_crc32_u64(wide, word_at(data));
    }
    crc = (uint32_t)wide;
    for (; size > 0; size--) {
        crc = _mm_crc32_u8(crc, *data++);
    }
    return crc;
}

uint32_t
ozi_crc(uint32_t before, const void *data, size_t size)
{
    return ~(__builtin_cpu_supports("sse4.2") ? by_processor(~before, data, size)
                                              : by_tables(~before, data, size));
}
#else
uint32_t
ozi_crc(uint32_t before, const void *data, size_t size)
{
    return ~by_tables(~before, data, size);
}
#endif
