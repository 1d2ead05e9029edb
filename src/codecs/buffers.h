/*
 * Read buffers that are used again: reading into memory that was used before is five times as fast
 * as into fresh pages. A buffer that rows downstream still point into is passed over until they let
 * go. One pool serves one source; one thread at a time.
 */
#ifndef OUZEL_CODECS_BUFFERS_H
#define OUZEL_CODECS_BUFFERS_H

#include "ouzel/batch.h"

enum { OZI_BUFFERS_MAX = 8 };

typedef struct ozi_buffers {
    const oz_alloc *alloc;
    size_t size; /* of each buffer */
    uint32_t count;
    oz_buffer *items[OZI_BUFFERS_MAX];
} ozi_buffers;

void
ozi_buffers_init(ozi_buffers *pool, const oz_alloc *alloc, size_t size);
/* A sole buffer of the pool's size; NULL when memory is out. */
oz_buffer *
ozi_buffers_take(ozi_buffers *pool);
/* Gives `*buffer` (NULL and buffers of another size are allowed) up, and sets it to NULL. */
void
ozi_buffers_give(ozi_buffers *pool, oz_buffer **buffer);
void
ozi_buffers_clear(ozi_buffers *pool);

#endif
