/*
 * Numbers in decimal, to and from text, exactly as Python reads and prints them - or not at all:
 * each function says when it is not sure, and the caller asks Python.
 */
#ifndef OUZEL_EXPR_DECIMAL_H
#define OUZEL_EXPR_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OZI_DECIMAL_INT_MAX = 20, OZI_DECIMAL_FLOAT_MAX = 24 };

/* What int() makes of it: at most 18 digits, white space around them, a sign. */
bool
ozi_decimal_read_int(const char *data, size_t size, int64_t *out);

/* What float() makes of it, when the digits fit into 53 bits and the exponent is small. */
bool
ozi_decimal_read_float(const char *data, size_t size, double *out);

/* Writes str(value); returns its length, at most OZI_DECIMAL_INT_MAX. */
size_t
ozi_decimal_write_int(int64_t value, char *out);

/*
 * Writes repr(value); returns its length, at most OZI_DECIMAL_FLOAT_MAX. 0 unless the shortest
 * digits that give the same number back are 15 at most and need no exponent.
 */
size_t
ozi_decimal_write_float(double value, char *out);

#endif
