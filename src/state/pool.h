/*
 * The memory of one table: blocks of any size, cut from slabs that grow with the table.
 *
 * Why not one allocation each: a table of millions of keys is then made of a few large pieces of
 * memory, which huge pages can hold (with small pages each update misses the TLB); it costs a
 * pointer move to take a block; and letting go of a table is letting go of its slabs.
 *
 * A block that is freed waits in the list of its size class. When the newest region is used up, the
 * largest block that waits becomes the next region, before a new slab is taken: what a small index
 * leaves behind is cut into entries. Blocks do not merge, so what can wait unused is bounded by the
 * most that was ever in use, class by class. One thread.
 */
#ifndef OUZEL_STATE_POOL_H
#define OUZEL_STATE_POOL_H

#include "base/alloc.h"

enum {
    OZI_POOL_CLASSES = 128,
    OZI_POOL_LINE = 64, /* blocks of at least this size begin at a cache line */
};

typedef struct ozi_pool_slab ozi_pool_slab;

typedef struct ozi_pool {
    const oz_alloc *alloc;
    ozi_pool_slab *slabs;          /* newest first */
    char *at, *end;                /* the region from which blocks are cut */
    char *small_at, *small_end;    /* the same for blocks of less than a line */
    size_t held_bytes;             /* all slabs */
    uint64_t waiting[2];           /* bit c: class c has a block that waits */
    void *lists[OZI_POOL_CLASSES]; /* a block that waits begins with a pointer to the next one */
} ozi_pool;

/* Nothing is allocated yet. */
void
ozi_pool_init(ozi_pool *pool, const oz_alloc *alloc);

/* Frees all blocks at once; the pool is empty and may be used again. */
void
ozi_pool_drop(ozi_pool *pool);

/* `size` bytes (> 0), not initialised; aligned to 16, from 64 bytes on to a line. NULL: no memory.
 */
void *
ozi_pool_new(ozi_pool *pool, size_t size);

/* Takes `block` back (NULL is allowed), which was asked for with that `size`. */
void
ozi_pool_free(ozi_pool *pool, void *block, size_t size);

/* What the pool has taken from its allocator and used at least once. */
size_t
ozi_pool_bytes(const ozi_pool *pool);

/* The bytes that a block of `size` really has. */
size_t
ozi_pool_rounded(size_t size);

#endif
