/* The scans for x86-64 with AVX2: 64 bytes a step. See scan.h. */
#include "expr/scan.h"

#ifdef __x86_64__

#include <immintrin.h>
#include <string.h>

#include "expr/scan_bits.h"

#define AVX2 __attribute__((target("avx2,bmi,popcnt")))
#define AVX2_BODY static inline __attribute__((always_inline, target("avx2,bmi,popcnt")))

OZI_SCAN_BITS(AVX2)

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
    const __m256i table = _mm256_setr_epi8(
        0x20, -1, -1, -1, -1, -1, -1, -1, -1, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x1E, 0x1F, 0x20, -1,
        -1, -1, -1, -1, -1, -1, -1, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x1E, 0x1F);
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

AVX2 static bool
mark_words(const char *data, size_t size, uint64_t *words, uint64_t *wide)
{
    char rest[64];
    uint64_t any = 0;
    size_t full = size / 64;
    for (size_t block = 0; block < full; block++) {
        words[block] = block_words(data + block * 64, &wide[block]);
        any |= wide[block];
    }
    memset(rest, ' ', sizeof rest);
    memcpy(rest, data + full * 64, size % 64);
    words[full] = block_words(rest, &wide[full]);
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

AVX2 static bool
has_letters(const char *data, size_t size, char first)
{
    for (; size >= 64; data += 64, size -= 64) {
        __m256i found =
            _mm256_or_si256(is_letter(load(data), first), is_letter(load(data + 32), first));
        if (!_mm256_testz_si256(found, found)) {
            return true;
        }
    }
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)(data[i] - first) < 26) {
            return true;
        }
    }
    return false;
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
    .has_letters = has_letters,
    .flip_letters = flip_letters,
};

#endif
