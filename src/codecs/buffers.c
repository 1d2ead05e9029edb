/* The pool of read buffers: see buffers.h. */
#include "codecs/buffers.h"

void
ozi_buffers_init(ozi_buffers *pool, const oz_alloc *alloc, size_t size)
{
    *pool = (ozi_buffers){.alloc = alloc, .size = size};
}

oz_buffer *
ozi_buffers_take(ozi_buffers *pool)
{
    /* From the end: what was given back last is still in the cache. */
    for (uint32_t i = pool->count; i-- > 0;) {
        oz_buffer *buffer = pool->items[i];
        if (oz_buffer_is_sole(buffer)) {
            pool->count--;
            for (uint32_t k = i; k < pool->count; k++) {
                pool->items[k] = pool->items[k + 1];
            }
            return buffer;
        }
    }
    return oz_buffer_new(pool->alloc, pool->size);
}

void
ozi_buffers_give(ozi_buffers *pool, oz_buffer **buffer)
{
    if (*buffer == NULL || oz_buffer_size(*buffer) != pool->size) {
        oz_buffer_release(buffer);
        return;
    }
    if (pool->count == OZI_BUFFERS_MAX) {
        /* The oldest is the one most likely to be held for long. */
        oz_buffer_release(&pool->items[0]);
        pool->count--;
        for (uint32_t k = 0; k < pool->count; k++) {
            pool->items[k] = pool->items[k + 1];
        }
    }
    pool->items[pool->count++] = *buffer;
    *buffer = NULL;
}

void
ozi_buffers_clear(ozi_buffers *pool)
{
    while (pool->count > 0) {
        oz_buffer_release(&pool->items[--pool->count]);
    }
}
