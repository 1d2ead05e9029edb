/* The scans for x86-64 with AVX2: 64 bytes a step. See scan.h. */
#include "expr/scan.h"

#ifdef __x86_64__

#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2,bmi,popcnt")))
#define AVX2_BODY AVX2 static inline
#define OZI_SCAN_TARGET AVX2
#define ozi_scan_lowest(bits) _tzcnt_u64(bits)

#include "expr/scan_bits.h"

AVX2_BODY __m256i
load(const char *data)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)data);
}

AVX2_BODY uint64_t
bits_of(__m256i lanes)
{
    return (uint32_t)_mm256_movemask_epi8(lanes);
}

/*
 * White space is 09-0D, 1C-1F and 20. The low four bits of a byte choose the one white space
 * character to compare it with; 1C and 1D share theirs with 0C and 0D and are compared apart.
 */
AVX2_BODY __m256i
is_space(__m256i bytes)
{
    const __m256i table = _mm256_setr_epi8(0x20, -1, -1, -1, -1, -1, -1, -1, -1, 0x09, 0x0A, 0x0B,
                                           0x0C, 0x0D, 0x1E, 0x1F, 0x20, -1, -1, -1, -1, -1, -1, -1,
                                           -1, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x1E, 0x1F);
    __m256i same = _mm256_cmpeq_epi8(_mm256_shuffle_epi8(table, bytes), bytes);
    __m256i even = _mm256_and_si256(bytes, _mm256_set1_epi8((char)0xFE));
    return _mm256_or_si256(same, _mm256_cmpeq_epi8(even, _mm256_set1_epi8(0x1C)));
}

/* Whether lanes are one of the 26 letters from `first` on. */
AVX2_BODY __m256i
is_letter(__m256i bytes, char first)
{
    __m256i from_zero = _mm256_sub_epi8(bytes, _mm256_set1_epi8(first));
    return _mm256_cmpeq_epi8(_mm256_min_epu8(from_zero, _mm256_set1_epi8(25)), from_zero);
}

AVX2_BODY uint64_t
block_words(const char *data, uint64_t *wide)
{
    __m256i low = load(data);
    __m256i high = load(data + 32);
    *wide = bits_of(low) | bits_of(high) << 32;
    return ~(bits_of(is_space(low)) | bits_of(is_space(high)) << 32);
}

AVX2_BODY uint64_t
block_byte(const char *data, __m256i byte, uint64_t *wide)
{
    __m256i low = load(data);
    __m256i high = load(data + 32);
    *wide = bits_of(low) | bits_of(high) << 32;
    return bits_of(_mm256_cmpeq_epi8(low, byte)) | bits_of(_mm256_cmpeq_epi8(high, byte)) << 32;
}

/* Where a block has one of two bytes. */
AVX2_BODY uint64_t
where(const char *data, unsigned one, unsigned other)
{
    __m256i first = _mm256_set1_epi8((char)one);
    __m256i second = _mm256_set1_epi8((char)other);
    __m256i low = load(data);
    __m256i high = load(data + 32);
    low = _mm256_or_si256(_mm256_cmpeq_epi8(low, first), _mm256_cmpeq_epi8(low, second));
    high = _mm256_or_si256(_mm256_cmpeq_epi8(high, first), _mm256_cmpeq_epi8(high, second));
    return bits_of(low) | bits_of(high) << 32;
}

/*
 * The first two bytes of white space beyond ASCII: C2 85, C2 A0, E1 9A, E2 80, E2 81, E3 80. Behind
 * the last byte of a block may come anything.
 */
AVX2_BODY uint64_t
block_suspects(const char *data)
{
    const uint64_t last = UINT64_C(1) << 63;
    uint64_t latin = where(data, 0xC2, 0xC2) & (where(data, 0x85, 0xA0) >> 1 | last);
    uint64_t ogham = where(data, 0xE1, 0xE1) & (where(data, 0x9A, 0x9A) >> 1 | last);
    uint64_t general = where(data, 0xE2, 0xE2) & (where(data, 0x80, 0x81) >> 1 | last);
    uint64_t ideographic = where(data, 0xE3, 0xE3) & (where(data, 0x80, 0x80) >> 1 | last);
    return latin | ogham | general | ideographic;
}

AVX2 static bool
mark_words(const char *data, size_t size, uint64_t *words, uint64_t *wide, uint64_t *suspects)
{
    char rest[64];
    uint64_t any = 0;
    size_t full = size / 64;
    for (size_t block = 0; block < full; block++) {
        const char *at = data + block * 64;
        words[block] = block_words(at, &wide[block]);
        suspects[block] = wide[block] == 0 ? 0 : block_suspects(at);
        any |= wide[block];
    }
    memset(rest, ' ', sizeof rest);
    memcpy(rest, data + full * 64, size % 64);
    words[full] = block_words(rest, &wide[full]);
    suspects[full] = wide[full] == 0 ? 0 : block_suspects(rest);
    return (any | wide[full]) != 0;
}

AVX2 static bool
mark_byte(const char *data, size_t size, char byte, uint64_t *marks, uint64_t *wide)
{
    __m256i wanted = _mm256_set1_epi8(byte);
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

AVX2 static unsigned
find(const char *data, size_t size, char first)
{
    __m256i bytes = _mm256_setzero_si256();
    __m256i letters = _mm256_setzero_si256();
    for (; size >= 32; data += 32, size -= 32) {
        __m256i block = load(data);
        bytes = _mm256_or_si256(bytes, block);
        letters = _mm256_or_si256(letters, is_letter(block, first));
    }
    bool wide = bits_of(bytes) != 0;
    bool letter = bits_of(letters) != 0;
    for (size_t i = 0; i < size; i++) {
        wide |= (unsigned char)data[i] >= 0x80;
        letter |= (unsigned char)(data[i] - first) < 26;
    }
    return (letter ? OZI_SCAN_LETTER : 0) | (wide ? OZI_SCAN_WIDE : 0);
}

AVX2 static void
flip_letters(char *target, const char *source, size_t size, char first)
{
    size_t at = 0;
    for (; size - at >= 32; at += 32) {
        __m256i bytes = load(source + at);
        __m256i flip = _mm256_and_si256(is_letter(bytes, first), _mm256_set1_epi8(0x20));
        _mm256_storeu_si256((__m256i *)(void *)(target + at), _mm256_xor_si256(bytes, flip));
    }
    for (; at < size; at++) {
        unsigned char letter = (unsigned char)(source[at] - first) < 26;
        target[at] = (char)(source[at] ^ (letter << 5));
    }
}

const ozi_scan ozi_scan_avx2 = {
    .name = "avx2",
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

#endif
