/* How values look in text: numbers, quoted strings, JSON strings. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "base/utf8.h"

enum { DIGITS_MAX = 17 }; /* always enough for a double */

/*
 * The shortest form d.ddde+xx that reads back as `value`. Below a power of two doubles lie denser
 * than above: there the next 16-digit number may read back although the nearest does not.
 */
static void
shortest(double value, char *buffer, size_t capacity)
{
    for (int digits = 1; digits <= DIGITS_MAX; digits++) {
        (void)snprintf(buffer, capacity, "%.*e", digits - 1, value);
        char *last = strchr(buffer, 'e') - 1;
        if (strtod(buffer, NULL) == value) {
            return;
        }
        if (digits == DIGITS_MAX - 1 && *last < '9') {
            (*last)++;
            if (strtod(buffer, NULL) == value) {
                return;
            }
        }
    }
}

/* Python's repr writes an exponent below 1e-4 and from 1e16 on, otherwise a plain number. */
static void
write_digits(ozi_text *text, const char *digits, int count, int exponent)
{
    if (exponent < -4 || exponent >= 16) {
        ozi_text_char(text, digits[0]);
        if (count > 1) {
            ozi_text_char(text, '.');
            ozi_text_bytes(text, digits + 1, (size_t)count - 1);
        }
        ozi_text_format(text, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
        return;
    }
    if (exponent < 0) {
        ozi_text_string(text, "0.");
        ozi_text_repeat(text, '0', (size_t)(-exponent - 1));
        ozi_text_bytes(text, digits, (size_t)count);
        return;
    }
    int whole = exponent + 1 < count ? exponent + 1 : count;
    ozi_text_bytes(text, digits, (size_t)whole);
    ozi_text_repeat(text, '0', (size_t)(exponent + 1 - whole));
    ozi_text_char(text, '.');
    if (whole < count) {
        ozi_text_bytes(text, digits + whole, (size_t)(count - whole));
    } else {
        ozi_text_char(text, '0');
    }
}

void
ozi_text_float64(ozi_text *text, double value)
{
    if (isnan(value)) {
        ozi_text_string(text, "nan");
        return;
    }
    if (signbit(value)) {
        ozi_text_char(text, '-');
        value = -value;
    }
    if (isinf(value)) {
        ozi_text_string(text, "inf");
        return;
    }
    char buffer[40];
    char digits[DIGITS_MAX] = {0};
    int count = 0;
    shortest(value, buffer, sizeof buffer);
    const char *at = buffer;
    /* Whatever the locale writes as the point is no digit and passed over. */
    for (; *at != 'e'; at++) {
        if (*at >= '0' && *at <= '9') {
            digits[count++] = *at;
        }
    }
    write_digits(text, digits, count, (int)strtol(at + 1, NULL, 10));
}

/* The letter after the backslash that Python and JSON share, or 0. */
static char
escape_letter(unsigned char byte)
{
    return byte == '\n' ? 'n' : byte == '\r' ? 'r' : byte == '\t' ? 't' : byte == '\\' ? '\\' : 0;
}

static void
quoted_character(ozi_text *text, const char *data, int length, char quote)
{
    unsigned char byte = (unsigned char)data[0];
    if (length < 0 || byte < 0x20 || byte == 0x7F || byte == '\\' || byte == (unsigned char)quote) {
        if (byte == (unsigned char)quote || escape_letter(byte) != 0) {
            char escaped[2] = {'\\', byte == (unsigned char)quote ? quote : escape_letter(byte)};
            ozi_text_bytes(text, escaped, 2);
        } else {
            ozi_text_format(text, "\\x%02x", byte);
        }
        return;
    }
    ozi_text_bytes(text, data, (size_t)length);
}

void
ozi_text_quoted(ozi_text *text, const char *data, size_t size, size_t shown_max)
{
    /* Python takes double quotes when the text has single ones only. */
    bool has_single = size > 0 && memchr(data, '\'', size) != NULL;
    char quote = has_single && memchr(data, '"', size) == NULL ? '"' : '\'';
    ozi_text_char(text, quote);
    size_t at = 0;
    while (at < size && at < shown_max) {
        uint32_t code_point;
        int length = ozi_utf8_decode(data + at, size - at, &code_point);
        if (length > 0 && at + (size_t)length > shown_max) {
            break;
        }
        quoted_character(text, data + at, length, quote);
        at += length > 0 ? (size_t)length : 1;
    }
    ozi_text_char(text, quote);
    if (at < size) {
        ozi_text_string(text, "...");
    }
}

void
ozi_text_json(ozi_text *text, const char *data, size_t size)
{
    ozi_text_char(text, '"');
    size_t at = 0;
    while (at < size) {
        uint32_t code_point;
        int length = ozi_utf8_decode(data + at, size - at, &code_point);
        unsigned char byte = (unsigned char)data[at];
        if (length < 0) {
            ozi_text_string(text, "\\ufffd");
        } else if (byte == '"' || escape_letter(byte) != 0) {
            char escaped[2] = {'\\', byte == '"' ? '"' : escape_letter(byte)};
            ozi_text_bytes(text, escaped, 2);
        } else if (byte < 0x20 || byte == 0x7F || (code_point >= 0xD800 && code_point <= 0xDFFF)) {
            ozi_text_format(text, "\\u%04x", (unsigned)code_point);
        } else {
            ozi_text_bytes(text, data + at, (size_t)length);
        }
        at += (size_t)abs(length);
    }
    ozi_text_char(text, '"');
}
