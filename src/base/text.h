/*
 * A string builder for printers: messages, graphs, JSON. It writes into the caller's buffer, where
 * text beyond the room is cut and counted (as snprintf does), or into memory that grows up to a
 * bound. Nothing needs a check on the way; at the end ozi_text_is_cut says whether it was cut.
 *
 * The text always ends with a NUL, and a cut never leaves half a UTF-8 character. One thread.
 */
#ifndef OUZEL_BASE_TEXT_H
#define OUZEL_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>

#include "base/alloc.h"

typedef struct ozi_text {
    char *data;            /* ends with a NUL when capacity > 0 */
    size_t size;           /* bytes in `data`, without the NUL */
    size_t needed;         /* bytes that all of the text has */
    size_t capacity;       /* of `data`, with the NUL */
    size_t limit;          /* the capacity never grows beyond; equal to it for a buffer */
    const oz_alloc *alloc; /* NULL for a buffer of the caller */
} ozi_text;

/* Writes into `buffer`; with a capacity of 0 (and NULL) it only measures. */
void
ozi_text_init(ozi_text *text, char *buffer, size_t capacity);

/* Grows to at most `limit` bytes; allocates nothing yet, so `data` is NULL while it is empty. */
void
ozi_text_init_growing(ozi_text *text, const oz_alloc *alloc, size_t limit);

/* Frees what grew. */
void
ozi_text_free(ozi_text *text);

/* True when text was cut: the room, the limit or memory was too small. */
static inline bool
ozi_text_is_cut(const ozi_text *text)
{
    return text->size < text->needed;
}

void
ozi_text_bytes(ozi_text *text, const char *data, size_t size);

void
ozi_text_char(ozi_text *text, char character);

/* A string that ends with a NUL. */
void
ozi_text_string(ozi_text *text, const char *string);

/* `count` times the same character: for indents and lines. */
void
ozi_text_repeat(ozi_text *text, char character, size_t count);

/* As printf. A single piece is at most 511 bytes: what is longer goes by the other functions. */
void
ozi_text_format(ozi_text *text, const char *format, ...) OZ_PRINTF(2, 3);

void
ozi_text_int64(ozi_text *text, int64_t value);

/* The shortest digits that give the same double back, written as Python's repr() writes them. */
void
ozi_text_float64(ozi_text *text, double value);

/*
 * In single quotes with escapes as Python's repr() of a str; a malformed byte is \xNN. At most
 * `shown_max` bytes of `data` are shown, with "..." after the quote when there are more.
 */
void
ozi_text_quoted(ozi_text *text, const char *data, size_t size, size_t shown_max);

/* As a JSON string with its quotes; a malformed byte becomes U+FFFD. */
void
ozi_text_json(ozi_text *text, const char *data, size_t size);

#endif
