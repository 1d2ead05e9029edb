/* The scans in plain C: eight bytes a step in a 64-bit word. See scan.h. */
#include <string.h>

#define OZI_SCAN_TARGET
/* The high bit keeps the answer defined when there is no other. */
#define ozi_scan_lowest(bits) __builtin_ctzll((bits) | UINT64_C(1) << 63)

#include "expr/scan_bits.h"

#define ONES UINT64_C(0x0101010101010101)
#define HIGH (ONES << 7)

/* Eight bytes, the first one lowest. */
static inline uint64_t
load(const char *data)
{
    uint64_t word;
    memcpy(&word, data, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* The high bits of eight bytes as eight bits. */
static inline uint64_t
pack(uint64_t high)
{
    return (high >> 7) * UINT64_C(0x0102040810204080) >> 56;
}

/* The high bit of each byte in [first, last], which are ASCII. No byte carries into the next. */
static inline uint64_t
within(uint64_t word, unsigned first, unsigned last)
{
    uint64_t low = word & ~HIGH;
    return (low + ONES * (0x80 - first)) & ~(low + ONES * (0x7F - last)) & ~word & HIGH;
}

/* The high bit of each byte that is `byte`. */
static inline uint64_t
equal(uint64_t word, unsigned byte)
{
    uint64_t difference = word ^ ONES * byte;
    return ~(((difference & ~HIGH) + ~HIGH) | difference) & HIGH;
}

/* White space beyond ASCII begins with C2, E1, E2 or E3. */
static inline uint64_t
block_words(const char *data, uint64_t *wide, uint64_t *suspects)
{
    uint64_t words = 0;
    *wide = 0;
    *suspects = 0;
    for (unsigned i = 0; i < 8; i++) {
        uint64_t word = load(data + i * 8);
        uint64_t space = within(word, 0x09, 0x0D) | within(word, 0x1C, 0x20);
        words |= pack(~space & HIGH) << i * 8;
        if ((word & HIGH) != 0) {
            uint64_t lead =
                equal(word, 0xC2) | equal(word, 0xE1) | equal(word, 0xE2) | equal(word, 0xE3);
            *wide |= pack(word & HIGH) << i * 8;
            *suspects |= pack(lead) << i * 8;
        }
    }
    return words;
}

static inline uint64_t
block_byte(const char *data, unsigned byte, uint64_t *wide)
{
    uint64_t marks = 0;
    *wide = 0;
    for (unsigned i = 0; i < 8; i++) {
        uint64_t word = load(data + i * 8);
        marks |= pack(within(word, byte, byte)) << i * 8;
        *wide |= pack(word & HIGH) << i * 8;
    }
    return marks;
}

static bool
mark_words(const char *data, size_t size, uint64_t *words, uint64_t *wide, uint64_t *suspects)
{
    char rest[64];
    uint64_t any = 0;
    size_t full = size / 64;
    for (size_t block = 0; block < full; block++) {
        words[block] = block_words(data + block * 64, &wide[block], &suspects[block]);
        any |= wide[block];
    }
    memset(rest, ' ', sizeof rest);
    memcpy(rest, data + full * 64, size % 64);
    words[full] = block_words(rest, &wide[full], &suspects[full]);
    return (any | wide[full]) != 0;
}

static bool
mark_byte(const char *data, size_t size, char byte, uint64_t *marks, uint64_t *wide)
{
    unsigned wanted = (unsigned char)byte;
    char rest[64];
    uint64_t any = 0;
    size_t full = size / 64;
    for (size_t block = 0; block < full; block++) {
        marks[block] = block_byte(data + block * 64, wanted, &wide[block]);
        any |= wide[block];
    }
    memset(rest, byte ^ 1, sizeof rest);
    memcpy(rest, data + full * 64, size % 64);
    marks[full] = block_byte(rest, wanted, &wide[full]);
    return (any | wide[full]) != 0;
}

static unsigned
find(const char *data, size_t size, char first)
{
    unsigned low = (unsigned char)first;
    uint64_t bytes = 0;
    uint64_t letters = 0;
    for (; size >= 8; data += 8, size -= 8) {
        uint64_t word = load(data);
        bytes |= word;
        letters |= within(word, low, low + 25);
    }
    for (size_t i = 0; i < size; i++) {
        bytes |= (unsigned char)data[i];
        letters |= (unsigned char)(data[i] - first) < 26;
    }
    return (letters != 0 ? OZI_SCAN_LETTER : 0) | ((bytes & HIGH) != 0 ? OZI_SCAN_WIDE : 0);
}

/* The compiler makes vectors of this one by itself. */
static void
flip_letters(char *restrict target, const char *restrict source, size_t size, char first)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char letter = (unsigned char)(source[i] - first) < 26;
        target[i] = (char)(source[i] ^ (letter << 5));
    }
}

const ozi_scan ozi_scan_plain = {
    .name = "plain",
    .mark_words = mark_words,
    .mark_byte = mark_byte,
    .starts = starts,
    .rank = rank,
    .emit_words = emit_words,
    .emit_fields = emit_fields,
    .count_rows = count_rows,
    .find = find,
    .flip_letters = flip_letters,
};
