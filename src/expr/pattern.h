/* Templates of str.format as a list of pieces. */
#ifndef OUZEL_EXPR_PATTERN_H
#define OUZEL_EXPR_PATTERN_H

#include "ouzel/batch.h"

enum { OZI_PIECES_MAX = 64 };

/* A part of each result. */
typedef struct ozi_piece {
    const char *data; /* text as it is; NULL for a field */
    uint32_t size;
    uint32_t column; /* of a field */
} ozi_piece;

typedef struct ozi_pattern {
    ozi_piece pieces[OZI_PIECES_MAX];
    uint32_t count;
    uint32_t fields; /* columns that are needed */
} ozi_pattern;

/*
 * Reads a template, whose text must stay where it is: fields are {}, counted from 0, or {0}, but
 * not both; {{ and }} are braces. INVALID for anything else that Python knows, or refuses.
 */
oz_status
ozi_pattern_read(ozi_pattern *pattern, const char *text, uint32_t size, oz_error *error);

#endif
