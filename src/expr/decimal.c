/* Decimal numbers; see decimal.h. */
#include "expr/decimal.h"

#include <math.h>
#include <string.h>

/* Powers of ten that a double holds exactly. */
static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

enum { DIGITS_MAX = 18, EXPONENT_MAX = 22 };
#define DOUBLE_INT_MAX (INT64_C(1) << 53)

static inline bool
is_digit(char byte)
{
    return (unsigned char)(byte - '0') < 10;
}

/* White space as the C library knows it: int() and float() refuse 1C-1F, unlike str.strip(). */
static inline bool
is_space(char byte)
{
    return byte == ' ' || (unsigned char)(byte - '\t') < 5;
}

/* Text that is being read. */
typedef struct reader {
    const char *at;
    const char *end;
} reader;

/* Leaves out white space at both ends, and reads a sign: true for a minus. */
static bool
begin_number(reader *reader, const char *data, size_t size)
{
    reader->at = size == 0 ? "" : data;
    reader->end = reader->at + size;
    while (reader->at < reader->end && is_space(reader->end[-1])) {
        reader->end--;
    }
    while (reader->at < reader->end && is_space(reader->at[0])) {
        reader->at++;
    }
    bool minus = reader->at < reader->end && reader->at[0] == '-';
    reader->at += minus || (reader->at < reader->end && reader->at[0] == '+');
    return minus;
}

/* Adds digits to `*value`; returns how many there were. What they mean is lost beyond 18. */
static int64_t
read_digits(reader *reader, int64_t *value)
{
    const char *begin = reader->at;
    uint64_t sum = (uint64_t)*value;
    for (; reader->at < reader->end && is_digit(reader->at[0]); reader->at++) {
        sum = sum * 10 + (uint64_t)(reader->at[0] - '0');
    }
    *value = (int64_t)sum;
    return reader->at - begin;
}

bool
ozi_decimal_read_int(const char *data, size_t size, int64_t *out)
{
    reader reader;
    int64_t value = 0;
    bool minus = begin_number(&reader, data, size);
    int64_t digits = read_digits(&reader, &value);
    if (digits == 0 || digits > DIGITS_MAX || reader.at != reader.end) {
        return false;
    }
    *out = minus ? -value : value;
    return true;
}

/* Adds an "e-5" to `*exponent`; false when it is malformed or long. */
static bool
read_exponent(reader *reader, int64_t *exponent)
{
    if (reader->at == reader->end || (reader->at[0] | 0x20) != 'e') {
        return true;
    }
    reader->at++;
    bool minus = reader->at < reader->end && reader->at[0] == '-';
    reader->at += minus || (reader->at < reader->end && reader->at[0] == '+');
    int64_t value = 0;
    int64_t digits = read_digits(reader, &value);
    if (digits == 0 || digits > 4) {
        return false;
    }
    *exponent += minus ? -value : value;
    return true;
}

bool
ozi_decimal_read_float(const char *data, size_t size, double *out)
{
    reader reader;
    int64_t value = 0;
    int64_t exponent = 0;
    bool minus = begin_number(&reader, data, size);
    int64_t digits = read_digits(&reader, &value);
    if (reader.at < reader.end && reader.at[0] == '.') {
        reader.at++;
        exponent = -read_digits(&reader, &value);
        digits -= exponent;
    }
    if (digits == 0 || digits > DIGITS_MAX || !read_exponent(&reader, &exponent) ||
        reader.at != reader.end || value > DOUBLE_INT_MAX) {
        return false;
    }
    if (value != 0 && (exponent < -EXPONENT_MAX || exponent > EXPONENT_MAX)) {
        return false;
    }
    /* Both numbers are exact, so the one operation rounds as the whole conversion must. */
    double number = (double)value;
    if (value != 0) {
        number = exponent < 0 ? number / powers[-exponent] : number * powers[exponent];
    }
    *out = minus ? -number : number;
    return true;
}

size_t
ozi_decimal_write_int(int64_t value, char *out)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    char digits[OZI_DECIMAL_INT_MAX];
    size_t at = sizeof digits;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    for (; rest >= 10; rest /= 100) {
        at -= 2;
        memcpy(digits + at, pairs + rest % 100 * 2, 2);
    }
    /* One digit is left, or none but the zero of the number 0. */
    if (rest > 0 || at == sizeof digits) {
        digits[--at] = (char)('0' + rest);
    }
    if (value < 0) {
        digits[--at] = '-';
    }
    memcpy(out, digits + at, sizeof digits - at);
    return sizeof digits - at;
}

/* `value` / 10^places with all its places, `value` < 10^16 and places > 0. */
static size_t
write_places(int64_t value, int places, char *out)
{
    char digits[OZI_DECIMAL_INT_MAX];
    size_t count = ozi_decimal_write_int(value, digits);
    size_t whole = count > (size_t)places ? count - (size_t)places : 0;
    size_t at = whole;
    memcpy(out, digits, whole);
    if (whole == 0) {
        out[at++] = '0';
    }
    out[at++] = '.';
    for (size_t zeros = (size_t)places - (count - whole); zeros > 0; zeros--) {
        out[at++] = '0';
    }
    memcpy(out + at, digits + whole, count - whole);
    return at + count - whole;
}

/*
 * Decimals of up to 15 digits are so far apart that each double stands for one of them at most. So
 * one that gives the number back is the shortest that does, and what repr() prints.
 */
static size_t
write_positive(double value, char *out)
{
    if (value < (double)DOUBLE_INT_MAX && value == floor(value)) {
        size_t size = ozi_decimal_write_int((int64_t)value, out);
        memcpy(out + size, ".0", 2);
        return size + 2;
    }
    if (value < 1e-4) {
        return 0;
    }
    for (int places = 1; places <= EXPONENT_MAX && value * powers[places] < 1e15; places++) {
        int64_t digits = (int64_t)(value * powers[places] + 0.5);
        if ((double)digits / powers[places] == value) {
            return write_places(digits, places, out);
        }
    }
    return 0;
}

static size_t
write_word(const char *word, size_t size, char *out)
{
    memcpy(out, word, size);
    return size;
}

size_t
ozi_decimal_write_float(double value, char *out)
{
    if (isnan(value)) {
        return write_word("nan", 3, out);
    }
    bool minus = signbit(value) != 0;
    *out = '-';
    if (isinf(value)) {
        return minus + write_word("inf", 3, out + minus);
    }
    size_t size = write_positive(fabs(value), out + minus);
    return size == 0 ? 0 : size + minus;
}
