/*
 * Stretches: rows that lie one after another in one buffer, so that a loop over bytes can treat
 * them all at once. The lines of a read buffer lie so, and so do the words of a line.
 *
 *   buffer   The cat\nsat on\nthe mat\n
 *   rows     [-----]  [----]  [-----]      gaps of one byte
 *
 * The bytes of a gap may be anything (the length in front of a frame). They are read, because the
 * same buffer holds them, but they never decide anything.
 */
#ifndef OUZEL_EXPR_STRETCH_H
#define OUZEL_EXPR_STRETCH_H

#include "expr/kernel.h"

/* A stretch is a single row, however long, or no longer than this: scratch room has a bound. */
enum { OZI_STRETCH_MAX = 4096 };

typedef struct ozi_stretch {
    const oz_view *rows;
    int64_t count;    /* of rows, at least 1 */
    const char *data; /* from the first row's first byte to the last row's end; never NULL */
    size_t size;
} ozi_stretch;

/* Goes through rows stretch by stretch. */
typedef struct ozi_stretches {
    const oz_column *column;
    const oz_view *rows; /* those that are left */
    int64_t count;
    int64_t rows_max; /* of the next stretch; doubles with each: who stops soon, looks at little */
    size_t gap_min;   /* bytes between two rows of one stretch */
    size_t gap_max;
    uint32_t pin; /* where the last stretch lay */
} ozi_stretches;

/* The first `count` rows of a STRING input; gaps of 0 to 16 bytes. */
ozi_stretches
ozi_stretches_of(const ozi_input *input, int64_t count);

/* False when there are no more rows. */
bool
ozi_stretches_next(ozi_stretches *stretches, ozi_stretch *stretch);

#endif
