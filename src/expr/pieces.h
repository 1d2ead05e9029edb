/*
 * Pieces: what str.split cuts rows into. split.c says where to cut; here is how rows that lie
 * together are cut at once, and the growing result.
 */
#ifndef OUZEL_EXPR_PIECES_H
#define OUZEL_EXPR_PIECES_H

#include "expr/stretch.h"

/* The result on its way. */
typedef struct ozi_pieces {
    const oz_alloc *alloc;
    oz_view *views; /* of oz_values_new, or NULL */
    int64_t count;
    int64_t capacity;
    int32_t *counts; /* pieces of each row */
} ozi_pieces;

/* Room for `more` views and the scans' slack. */
oz_status
ozi_pieces_reserve(ozi_pieces *pieces, int64_t more);

/* Another piece. */
oz_status
ozi_pieces_add(ozi_pieces *pieces, const char *data, size_t size, uint32_t flags);

/*
 * Cuts the first `count` rows at white space, or at the ASCII character `byte`, into pieces and
 * counts[0..count). Stops before a row of 2 GiB or more: `*done` rows were cut.
 */
oz_status
ozi_pieces_words(ozi_pieces *pieces, const ozi_input *input, int64_t *done);
oz_status
ozi_pieces_fields(ozi_pieces *pieces, const ozi_input *input, char byte, int64_t *done);

#endif
