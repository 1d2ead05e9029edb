/*
 * Operands: the two sides of an operator, each a column or a constant, given to the inner loops as
 * plain arrays of one type, a chunk of rows at a time. So there is one loop for each operation, not
 * one for each mixture.
 */
#ifndef OUZEL_EXPR_OPERAND_H
#define OUZEL_EXPR_OPERAND_H

#include "expr/kernel.h"

enum { OZI_CHUNK = 256 }; /* rows: a few kilobytes on the stack */

typedef struct ozi_operand {
    oz_type type;       /* BOOL, INT64, FLOAT64 or STRING */
    const void *values; /* of the first row of the call; NULL for a constant */
    int64_t integer;    /* the constant: also a BOOL */
    double number;
    oz_view text;
} ozi_operand;

/*
 * The operands of a call: its columns, then its arguments. INVALID unless they are `wanted` and
 * numbers all, or strings all.
 */
oz_status
ozi_operands_open(ozi_operand *operands, uint32_t wanted, const oz_scalar *arguments,
                  uint32_t argument_count, oz_call *call, ozi_input *input, oz_error *error);

static inline bool
ozi_operand_is_integral(const ozi_operand *operand)
{
    return operand->type == OZ_BOOL || operand->type == OZ_INT64;
}

/* Rows [at, at + count) of an integral operand; `room` is used when they are no such array. */
const int64_t *
ozi_operand_integers(const ozi_operand *operand, int64_t at, int64_t count,
                     int64_t room[OZI_CHUNK]);

/* Those of any number as doubles, rounded as Python's float() does. */
const double *
ozi_operand_floats(const ozi_operand *operand, int64_t at, int64_t count, double room[OZI_CHUNK]);

/* How many of these rows, from the first, are the same number as a double: the ints up to 2^53. */
int64_t
ozi_operand_exact(const ozi_operand *operand, int64_t at, int64_t count);

#endif
