/*
 * UTF-8 checks. ASCII goes 32 bytes at a time; other characters one by one, by this table
 * (Unicode 15, table 3-7): what the second byte may be depends on the first.
 *
 *   first byte   second     third      fourth
 *   00-7F
 *   C2-DF        80-BF
 *   E0           A0-BF      80-BF
 *   E1-EC,EE-EF  80-BF      80-BF
 *   ED           80-9F      80-BF                 A0-BF are the surrogates
 *   F0           90-BF      80-BF      80-BF
 *   F1-F3        80-BF      80-BF      80-BF
 *   F4           80-8F      80-BF      80-BF
 */
#include "base/utf8.h"

static inline uint64_t
load64(const char *data)
{
    uint64_t word;
    memcpy(&word, data, sizeof word);
    return word;
}

static inline bool
is_continuation(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

/* How long a character is by its first byte; 0 when none begins so. */
static inline size_t
length_of(unsigned char first)
{
    if (first < 0x80) {
        return 1;
    }
    if (first < 0xC2 || first > 0xF4) {
        return 0;
    }
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/* Whether `second` may follow `first`, which begins a character of two bytes or more. */
static inline bool
second_fits(unsigned char first, unsigned char second, bool surrogates)
{
    switch (first) {
    case 0xE0:
        return second >= 0xA0 && second <= 0xBF;
    case 0xED:
        return second >= 0x80 && second <= (surrogates ? 0xBF : 0x9F);
    case 0xF0:
        return second >= 0x90 && second <= 0xBF;
    case 0xF4:
        return second >= 0x80 && second <= 0x8F;
    default:
        return is_continuation(second);
    }
}

/*
 * The length of the well-formed character at `bytes`, or 0. `*seen` is the number of bytes, at
 * least 1, that could have begun one: the "maximal subpart" that one U+FFFD replaces.
 */
static inline size_t
sequence(const unsigned char *bytes, size_t size, bool surrogates, size_t *seen)
{
    size_t length = length_of(bytes[0]);
    *seen = 1;
    if (length <= 1) {
        return length;
    }
    if (size < 2 || !second_fits(bytes[0], bytes[1], surrogates)) {
        return 0;
    }
    for (*seen = 2; *seen < length; (*seen)++) {
        if (*seen == size || !is_continuation(bytes[*seen])) {
            return 0;
        }
    }
    return length;
}

size_t
ozi_utf8_ascii_prefix(const char *data, size_t size)
{
    size_t at = 0;
    while (size - at >= 32) {
        uint64_t bits = load64(data + at) | load64(data + at + 8) | load64(data + at + 16) |
                        load64(data + at + 24);
        if ((bits & OZI_UTF8_HIGH_BITS) != 0) {
            break;
        }
        at += 32;
    }
    while (size - at >= 8 && ozi_utf8_ascii8(data + at)) {
        at += 8;
    }
    while (at < size && (unsigned char)data[at] < 0x80) {
        at++;
    }
    return at;
}

/* Four bytes as a number, the first one lowest. */
static inline uint32_t
load32(const char *data)
{
    uint32_t word;
    memcpy(&word, data, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap32(word);
#endif
    return word;
}

/*
 * Whether `word` begins with a valid character of two, three, four bytes: one mask for the bits
 * that are fixed, one for what the table above excludes (overlong, surrogates, beyond U+10FFFF).
 */
static inline bool
is_valid2(uint32_t word)
{
    return (word & 0xC0E0) == 0x80C0 && (word & 0x1E) != 0;
}

static inline bool
is_valid3(uint32_t word)
{
    uint32_t range = word & 0x200F;
    return (word & 0xC0C0F0) == 0x8080E0 && range != 0 && range != 0x200D;
}

static inline bool
is_valid4(uint32_t word)
{
    uint32_t range = word & 0x3007;
    return (word & 0xC0C0C0F8) == 0x808080F0 && range != 0 && ((range & 4) == 0 || range == 4);
}

/*
 * How many bytes from `data` on are valid, up to three before the end or the next eight that are
 * ASCII. Text stays with one length of character for a while, so each length has its loop.
 */
static size_t
wide_prefix(const char *data, size_t size)
{
    size_t at = 0;
    size_t before;
    do {
        before = at;
        while (size - at >= 4 && is_valid3(load32(data + at))) {
            at += 3;
        }
        while (size - at >= 4 && is_valid2(load32(data + at))) {
            at += 2;
        }
        while (size - at >= 4 && is_valid4(load32(data + at))) {
            at += 4;
        }
        if (size - at >= 8 && ozi_utf8_ascii8(data + at)) {
            break;
        }
        while (size - at >= 4 && (unsigned char)data[at] < 0x80) {
            at++;
        }
    } while (at != before);
    return at;
}

size_t
ozi_utf8_check(const char *data, size_t size, bool *ascii)
{
    size_t prefix = ozi_utf8_ascii_prefix(data, size);
    size_t at = prefix;
    while (at < size) {
        at += wide_prefix(data + at, size - at);
        if (at == size) {
            break;
        }
        if (size - at >= 8 && ozi_utf8_ascii8(data + at)) {
            at += ozi_utf8_ascii_prefix(data + at, size - at);
            continue;
        }
        size_t seen;
        size_t length = sequence((const unsigned char *)data + at, size - at, false, &seen);
        if (length == 0) {
            break;
        }
        at += length;
    }
    if (ascii != NULL) {
        *ascii = at == prefix;
    }
    return at;
}

size_t
ozi_utf8_unfinished(const char *data, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)data;
    size_t back = 0;
    while (back < 3 && back < size) {
        back++;
        if (is_continuation(bytes[size - back])) {
            continue;
        }
        size_t seen;
        size_t length = sequence(bytes + size - back, back, false, &seen);
        return length == 0 && seen == back && length_of(bytes[size - back]) > back ? back : 0;
    }
    return 0;
}

int
ozi_utf8_decode(const char *data, size_t size, uint32_t *code_point)
{
    const unsigned char *bytes = (const unsigned char *)data;
    size_t seen;
    size_t length = sequence(bytes, size, true, &seen);
    if (length == 0) {
        return -(int)seen;
    }
    /* The first byte keeps 7, 5, 4 or 3 bits, by length. */
    uint32_t value = length == 1 ? bytes[0] : bytes[0] & (0xFFU >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        value = value << 6 | (bytes[i] & 0x3F);
    }
    *code_point = value;
    return (int)length;
}

size_t
ozi_utf8_encode(uint32_t code_point, char out[4])
{
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    size_t length = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code_point & 0x3F));
        code_point >>= 6;
    }
    /* As many leading ones as the length has, then a zero. */
    out[0] = (char)((0xF00U >> length & 0xFF) | code_point);
    return length;
}

size_t
ozi_utf8_length(const char *data, size_t size)
{
    size_t count = 0;
    size_t at = 0;
    for (; size - at >= 8; at += 8) {
        /* A continuation byte has bit 7 set and bit 6 clear: leave one bit for each other byte. */
        uint64_t word = load64(data + at);
        uint64_t starts = (~word >> 7 | word >> 6) & UINT64_C(0x0101010101010101);
        count += (size_t)(starts * UINT64_C(0x0101010101010101) >> 56);
    }
    for (; at < size; at++) {
        count += !is_continuation((unsigned char)data[at]);
    }
    return count;
}

size_t
ozi_utf8_space_wide(const char *data, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)data;
    if (size >= 2 && bytes[0] == 0xC2) {
        return bytes[1] == 0x85 || bytes[1] == 0xA0 ? 2 : 0; /* U+0085, 00A0 */
    }
    if (size < 3) {
        return 0;
    }
    uint32_t word = (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2];
    bool space = (word >= 0xE28080 && word <= 0xE2808A)   /* U+2000-200A */
                 || word == 0xE280A8 || word == 0xE280A9  /* U+2028, 2029 */
                 || word == 0xE280AF || word == 0xE2819F  /* U+202F, 205F */
                 || word == 0xE19A80 || word == 0xE38080; /* U+1680, 3000 */
    return space ? 3 : 0;
}

size_t
ozi_utf8_space_before(const char *data, size_t size)
{
    if (size == 0 || (unsigned char)data[size - 1] < 0x80) {
        return size != 0 && ozi_utf8_is_space_ascii((unsigned char)data[size - 1]);
    }
    if (size >= 2 && ozi_utf8_space_wide(data + size - 2, 2) == 2) {
        return 2;
    }
    return size >= 3 && ozi_utf8_space_wide(data + size - 3, 3) == 3 ? 3 : 0;
}
