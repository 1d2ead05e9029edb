/*
 * Arithmetic on scalars with Python's meaning: what is exact natively is done natively, and the
 * rest (an int that overflows, mixed or foreign types) by the class of objects.
 */
#ifndef OUZEL_OP_NUMBER_H
#define OUZEL_OP_NUMBER_H

#include "op/context.h"

/*
 * field = field + value; a field of kind NULL counts as 0. BAD_RECORD with a message when the two
 * cannot be added, and the field is as it was.
 */
oz_status
ozi_number_add(oz_context *node, oz_table *table, oz_scalar *field, const oz_scalar *value,
               oz_error *error);
/* Whether left < right. Texts compare by code points, as their UTF-8 does by bytes. */
oz_status
ozi_number_less(oz_context *node, const oz_scalar *left, const oz_scalar *right, bool *out,
                oz_error *error);
/*
 * field = value, where a NULL becomes the object that the host language has for it, for a field of
 * kind NULL has no value yet. BAD_RECORD without objects.
 */
oz_status
ozi_number_keep(oz_context *node, oz_table *table, oz_scalar *field, const oz_scalar *value,
                oz_error *error);
/* The value as a double; false for what is no number. An int beyond 64 bits is rounded. */
bool
ozi_number_float64(oz_context *node, const oz_scalar *value, double *out);
/*
 * sum / count, rounded once as Python does for ints of up to 64 bits; a larger int is rounded to a
 * double first. False when the sum is no number.
 */
bool
ozi_number_mean(oz_context *node, const oz_scalar *sum, int64_t count, double *out);

#endif
