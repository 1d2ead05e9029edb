/*
 * UTF-8: is it valid, where does a white space character lie, what is the next character.
 *
 * "Valid" is what Python's strict decoder accepts: no surrogates, no overlong forms, nothing above
 * U+10FFFF. Strings inside the engine may also hold surrogates, which came from Python as three
 * bytes each ("surrogatepass"); all functions but ozi_utf8_check pass over them like any character.
 *
 * White space is what Python's str.isspace() and str.split() mean by it: U+0009-000D, 001C-0020,
 * 0085, 00A0, 1680, 2000-200A, 2028, 2029, 202F, 205F, 3000.
 */
#ifndef OUZEL_BASE_UTF8_H
#define OUZEL_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The bit that tells a byte of a multi-byte character, for eight bytes at once. */
#define OZI_UTF8_HIGH_BITS UINT64_C(0x8080808080808080)

/*
 * The length of the longest valid beginning: `size` when all of it is valid, otherwise where the
 * first malformed sequence begins. `*ascii` (may be NULL) tells whether that beginning is ASCII.
 */
size_t
ozi_utf8_check(const char *data, size_t size, bool *ascii);

/* The length of the beginning that is ASCII. */
size_t
ozi_utf8_ascii_prefix(const char *data, size_t size);

/*
 * How many bytes at the end (0-3) begin a character that more bytes could complete. A decoder that
 * is fed piece by piece holds them back. The bytes before them are not looked at.
 */
size_t
ozi_utf8_unfinished(const char *data, size_t size);

/*
 * The next character of `size` > 0 bytes that need not be valid. Returns its length (1-4) and sets
 * `*code_point`; for a malformed sequence returns minus the number of bytes (1-3) that Python's
 * "replace" turns into one U+FFFD.
 */
int
ozi_utf8_decode(const char *data, size_t size, uint32_t *code_point);

/* Writes a code point (at most U+10FFFF, surrogates as three bytes); returns its length (1-4). */
size_t
ozi_utf8_encode(uint32_t code_point, char out[4]);

/* The number of characters in valid UTF-8. */
size_t
ozi_utf8_length(const char *data, size_t size);

/* One of the ten ASCII white space characters: 9-13, 28-31 and 32. */
static inline bool
ozi_utf8_is_space_ascii(unsigned char byte)
{
    return byte <= 32 && (UINT64_C(0x1F0003E00) >> byte & 1) != 0;
}

/* The length of the white space character at `data`, in valid UTF-8; 0 when another is there. */
size_t
ozi_utf8_space_wide(const char *data, size_t size); /* the slow half: not ASCII */
static inline size_t
ozi_utf8_space(const char *data, size_t size)
{
    unsigned char byte = size == 0 ? 'x' : (unsigned char)data[0];
    return byte < 0x80 ? ozi_utf8_is_space_ascii(byte) : ozi_utf8_space_wide(data, size);
}

/* The length of the white space character that ends at data + size; 0 when another is there. */
size_t
ozi_utf8_space_before(const char *data, size_t size);

/* True when all eight bytes at `data` are ASCII. */
static inline bool
ozi_utf8_ascii8(const char *data)
{
    uint64_t word;
    memcpy(&word, data, sizeof word);
    return (word & OZI_UTF8_HIGH_BITS) == 0;
}

#endif
