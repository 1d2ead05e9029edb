/* Word count as fast as hand-written C gets: masks of 64 bytes find the ends of words, two
 * open-addressing tables hold short words inline, and groups of words are prefetched before they
 * are counted.
 *
 * The work is that of str.lower, str.split and a count: ASCII letters become lower case, ASCII
 * white space separates, and bytes above 127 are checked to be UTF-8 (and kept as they are).
 *
 *   read a chunk -> per stripe: lower case, ends of words -> per group: key and slot -> count
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "words_table.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

#define CHUNK_BYTES (1 << 17)
#define STRIPE_BYTES 4096
#define BLOCK_BYTES 64

/* Lower-cases the blocks of 64 bytes in [from, to) in place and writes where each separator lies.
 */
typedef size_t
split_fn(uint8_t *text, size_t from, size_t to, uint32_t *ends, bool *ascii);

static size_t
split_plain(uint8_t *text, size_t from, size_t to, uint32_t *ends, bool *ascii)
{
    uint8_t high = 0;
    size_t count = 0;
    for (size_t i = from; i < to; i++) {
        uint8_t c = text[i];
        high |= c;
        text[i] = (uint8_t)(c + ((uint8_t)(c - 'A') < 26 ? 32 : 0));
        ends[count] = (uint32_t)i;
        count += (uint8_t)(c - 9) < 5 || (uint8_t)(c - 28) < 5;
    }
    *ascii = high < 128;
    return count;
}

#ifdef __x86_64__

/* Appends the positions of the bits of a mask. Writes in steps of eight, wanted or not: the branch
 * on the exact number would be mispredicted once a block. */
static inline __attribute__((always_inline, target("bmi,popcnt"))) size_t
flatten(uint32_t *ends, size_t count, uint32_t base, uint64_t mask)
{
    size_t bits = (size_t)__builtin_popcountll(mask);
    for (size_t done = 0; done < bits; done += 8) {
        for (size_t i = 0; i < 8; i++) {
            ends[count + done + i] = base + (uint32_t)_tzcnt_u64(mask);
            mask = _blsr_u64(mask);
        }
    }
    return count + bits;
}

/* Whether lanes lie in [low, low + span): one subtraction and one comparison. */
static inline __attribute__((always_inline, target("avx2"))) __m256i
within_avx2(__m256i text, char low, char span)
{
    __m256i from_zero = _mm256_sub_epi8(text, _mm256_set1_epi8(low));
    __m256i last = _mm256_set1_epi8((char)(span - 1));
    return _mm256_cmpeq_epi8(_mm256_min_epu8(from_zero, last), from_zero);
}

static inline __attribute__((always_inline, target("avx2"))) uint64_t
block_avx2(uint8_t *text, __m256i *high)
{
    __m256i c = _mm256_loadu_si256((const __m256i *)text);
    __m256i upper = _mm256_and_si256(within_avx2(c, 'A', 26), _mm256_set1_epi8(32));
    __m256i space = _mm256_or_si256(within_avx2(c, 9, 5), within_avx2(c, 28, 5));
    *high = _mm256_or_si256(*high, c);
    _mm256_storeu_si256((__m256i *)text, _mm256_add_epi8(c, upper));
    return (uint32_t)_mm256_movemask_epi8(space);
}

__attribute__((target("avx2,bmi,popcnt"))) static size_t
split_avx2(uint8_t *text, size_t from, size_t to, uint32_t *ends, bool *ascii)
{
    __m256i high = _mm256_setzero_si256();
    size_t count = 0;
    for (size_t i = from; i < to; i += 64) {
        uint64_t mask = block_avx2(text + i, &high);
        mask |= block_avx2(text + i + 32, &high) << 32;
        count = flatten(ends, count, (uint32_t)i, mask);
    }
    *ascii = _mm256_movemask_epi8(high) == 0;
    return count;
}

__attribute__((target("avx512bw,avx2,bmi,popcnt"))) static size_t
split_avx512(uint8_t *text, size_t from, size_t to, uint32_t *ends, bool *ascii)
{
    const __m512i case_bit = _mm512_set1_epi8(32);
    __m512i high = _mm512_setzero_si512();
    size_t count = 0;
    for (size_t i = from; i < to; i += 64) {
        __m512i c = _mm512_loadu_si512(text + i);
        __m512i letter = _mm512_sub_epi8(c, _mm512_set1_epi8('A'));
        __m512i blank = _mm512_sub_epi8(c, _mm512_set1_epi8(28));
        __m512i line = _mm512_sub_epi8(c, _mm512_set1_epi8(9));
        __mmask64 upper = _mm512_cmplt_epu8_mask(letter, _mm512_set1_epi8(26));
        uint64_t space = _mm512_cmplt_epu8_mask(blank, _mm512_set1_epi8(5));
        space |= _mm512_cmplt_epu8_mask(line, _mm512_set1_epi8(5));
        high = _mm512_or_si512(high, c);
        _mm512_storeu_si512(text + i, _mm512_mask_add_epi8(c, upper, c, case_bit));
        count = flatten(ends, count, (uint32_t)i, space);
    }
    *ascii = _mm512_movepi8_mask(high) == 0;
    return count;
}

#endif

static split_fn *
choose_split(void)
{
#ifdef __x86_64__
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512bw")) {
        return split_avx512;
    }
    if (__builtin_cpu_supports("avx2")) {
        return split_avx2;
    }
#endif
    return split_plain;
}

/* The length of a valid UTF-8 character, 0 for anything else. */
static size_t
utf8_length(const uint8_t *text, size_t left)
{
    uint8_t c = text[0];
    size_t length = c < 0x80 ? 1 : c < 0xC2 ? 0 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : c < 0xF5 ? 4 : 0;
    if (length == 0 || length > left) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    bool overlong = (c == 0xE0 && text[1] < 0xA0) || (c == 0xF0 && text[1] < 0x90);
    bool surrogate = c == 0xED && text[1] > 0x9F;
    bool too_large = c == 0xF4 && text[1] > 0x8F;
    return overlong || surrogate || too_large ? 0 : length;
}

static void
check_utf8(const uint8_t *text, size_t bytes, uint64_t offset)
{
    for (size_t i = 0; i < bytes;) {
        size_t length = utf8_length(text + i, bytes - i);
        if (length == 0) {
            fprintf(stderr, "words_fast: byte %llu is not UTF-8\n",
                    (unsigned long long)(offset + i));
            exit(1);
        }
        i += length;
    }
}

static bool
is_space(uint8_t c)
{
    return (uint8_t)(c - 9) < 5 || (uint8_t)(c - 28) < 5;
}

/* Counts a text that ends with a separator and has room for a block of padding behind it. */
static uint64_t
count_text(split_fn *split, uint8_t *text, size_t bytes, uint64_t offset)
{
    static uint32_t ends[STRIPE_BYTES + 8];
    uint64_t words = 0;
    uint32_t start = 0;
    bool checked = false;
    memset(text + bytes, ' ', BLOCK_BYTES);
    for (size_t from = 0; from < bytes; from += STRIPE_BYTES) {
        size_t left = (bytes - from + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
        size_t to = from + (left < STRIPE_BYTES ? left : STRIPE_BYTES);
        bool ascii;
        size_t count = split(text, from, to, ends, &ascii);
        if (!ascii && !checked) {
            check_utf8(text, bytes, offset);
            checked = true;
        }
        words += table_count(text, ends, count, &start);
    }
    return words;
}

struct words_result
words_count(const char *path)
{
    static uint8_t chunk[CHUNK_BYTES + 2 * BLOCK_BYTES], tail[CHUNK_BYTES];
    struct words_result result = {0};
    split_fn *split = choose_split();
    size_t kept = 0;
    ssize_t got;
    int file = open(path, O_RDONLY);
    if (file < 0) {
        perror(path);
        exit(1);
    }
    while ((got = read(file, chunk + kept, CHUNK_BYTES - kept)) > 0) {
        size_t filled = kept + (size_t)got, cut = filled;
        while (cut > 0 && !is_space(chunk[cut - 1])) {
            cut--;
        }
        kept = filled - cut;
        if (kept == CHUNK_BYTES) {
            fprintf(stderr, "words_fast: a word longer than %d bytes\n", CHUNK_BYTES);
            exit(1);
        }
        memcpy(tail, chunk + cut, kept);
        result.words += count_text(split, chunk, cut, result.bytes);
        memcpy(chunk, tail, kept);
        result.bytes += cut;
    }
    if (kept > 0) {
        chunk[kept] = '\n';
        result.words += count_text(split, chunk, kept + 1, result.bytes);
        result.bytes += kept;
    }
    close(file);
    result.distinct = table_distinct();
    return result;
}
