/*
 * Columns become Arrow arrays. What an array has to free lies in one block, its private data: the
 * column that it shows, the buffers that were made for it, the structs of its children. The schema
 * is written afterwards from these blocks, so that an OBJECT column is looked through only once.
 */
#ifndef OUZEL_BATCH_ARROW_WRITE_H
#define OUZEL_BATCH_ARROW_WRITE_H

#include "batch/column.h"
#include "ouzel/arrow.h"

enum { OZI_ARROW_BUFFERS_MAX = 3 };

typedef struct ozi_arrow_block {
    const oz_alloc *alloc;
    size_t size;
    const oz_column *column; /* retained; NULL for the struct that is a batch */
    const oz_batch *batch;   /* retained; NULL for a column */
    const void *buffers[OZI_ARROW_BUFFERS_MAX];
    oz_buffer *made[2];            /* those of the buffers that are not the column's */
    struct ArrowArray *pointers[]; /* to the children, which lie behind */
} ozi_arrow_block;

/* Are all rows of an OBJECT column None, so that it may go out as a column of no type? */
bool
ozi_arrow_is_nothing(const oz_column *column);

/* The schema of an array that was exported by us. */
oz_status
ozi_arrow_schema_of(const struct ArrowArray *array, const char *name, struct ArrowSchema *out);

#endif
