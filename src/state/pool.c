/*
 * Blocks in size classes. Below a line they are 16, 32 and 48 bytes, then 64, 128, 192 and 256,
 * then four sizes per power of two (320, 384, 448, 512, 640, ...), so that at most a fifth is
 * unused.
 *
 *     slab   | header | block | block |   block   | block |      not yet cut       |
 *                                                          ^ at                    ^ end
 *
 * Under AddressSanitizer all that is not a live block is poisoned, to the byte.
 */
#include "state/pool.h"

#include <stdbool.h>

#if OZI_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(memory, size) ((void)(memory), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(memory, size) ((void)(memory), (void)(size))
#endif

enum {
    SMALL_STEP = 16,   /* classes 0 to 2 */
    SMALL_CLASSES = 3, /* those below a line */
    SMALL_REGION = 512,
    LINE_CLASSES = 7, /* with 64, 128, 192, 256 */
    LINE_LOG = 8,     /* from 2^8 on there are four classes per power of two */
    SLAB_MIN = 1024,
};

/* From here on slabs are a multiple of it: an allocator may put them into huge pages. */
static const size_t huge_bytes = (size_t)2 << 20;
static const size_t slab_max = (size_t)32 << 20;

struct ozi_pool_slab {
    ozi_pool_slab *next;
    size_t size;
};

static size_t
class_bytes(unsigned class)
{
    if (class < SMALL_CLASSES) {
        return (size_t)(class + 1) * SMALL_STEP;
    }
    if (class < LINE_CLASSES) {
        return (size_t)(class - SMALL_CLASSES + 1) * OZI_POOL_LINE;
    }
    unsigned step = class - LINE_CLASSES;
    size_t base = (size_t)1 << (LINE_LOG + step / 4);
    return base + base / 4 * (step % 4 + 1);
}

/* The smallest class of at least `size` bytes; OZI_POOL_CLASSES when there is none. */
static unsigned
class_of(size_t size)
{
    if (size <= 3 * SMALL_STEP) {
        return (unsigned)((size - 1) / SMALL_STEP);
    }
    if (size <= (size_t)1 << LINE_LOG) {
        return SMALL_CLASSES + (unsigned)((size - 1) / OZI_POOL_LINE);
    }
    unsigned log = 63 - (unsigned)__builtin_clzll(size - 1); /* 2^log < size <= 2^(log + 1) */
    unsigned quarter = (unsigned)((size - 1 - ((size_t)1 << log)) >> (log - 2));
    unsigned class = LINE_CLASSES + (log - LINE_LOG) * 4 + quarter;
    return class < OZI_POOL_CLASSES ? class : OZI_POOL_CLASSES;
}

size_t
ozi_pool_rounded(size_t size)
{
    return class_bytes(class_of(size));
}

void
ozi_pool_init(ozi_pool *pool, const oz_alloc *alloc)
{
    memset(pool, 0, sizeof *pool);
    pool->alloc = alloc;
}

void
ozi_pool_drop(ozi_pool *pool)
{
    for (ozi_pool_slab *slab = pool->slabs; slab != NULL;) {
        ozi_pool_slab *next = slab->next;
        size_t size = slab->size;
        ASAN_UNPOISON_MEMORY_REGION(slab, size);
        ozi_alloc_free(pool->alloc, slab, size);
        slab = next;
    }
    ozi_pool_init(pool, pool->alloc);
}

/* ---- lists of blocks that wait --------------------------------------------------------------- */

static void
push(ozi_pool *pool, unsigned class, void *block)
{
    ASAN_UNPOISON_MEMORY_REGION(block, sizeof(void *));
    memcpy(block, &pool->lists[class], sizeof(void *));
    ASAN_POISON_MEMORY_REGION(block, class_bytes(class));
    pool->lists[class] = block;
    pool->waiting[class / 64] |= (uint64_t)1 << class % 64;
}

static void *
pop(ozi_pool *pool, unsigned class)
{
    void *block = pool->lists[class];
    ASAN_UNPOISON_MEMORY_REGION(block, sizeof(void *));
    memcpy(&pool->lists[class], block, sizeof(void *));
    ASAN_POISON_MEMORY_REGION(block, sizeof(void *));
    if (pool->lists[class] == NULL) {
        pool->waiting[class / 64] &= ~((uint64_t)1 << class % 64);
    }
    return block;
}

/* The largest class in which a block waits, or -1. */
static int
largest_waiting(const ozi_pool *pool)
{
    for (int word = 1; word >= 0; word--) {
        if (pool->waiting[word] != 0) {
            return word * 64 + 63 - __builtin_clzll(pool->waiting[word]);
        }
    }
    return -1;
}

/* Puts what is left of a region into the lists, in the largest pieces. */
static void
donate(ozi_pool *pool, char *at, char *end, size_t least)
{
    while ((size_t)(end - at) >= least) {
        size_t left = (size_t)(end - at);
        unsigned class = class_of(left);
        class -= class == OZI_POOL_CLASSES || class_bytes(class) > left;
        push(pool, class, at);
        at += class_bytes(class);
    }
}

/* ---- regions --------------------------------------------------------------------------------- */

/* A new slab with room for `size` bytes becomes the region. */
static bool
take_slab(ozi_pool *pool, size_t size)
{
    size_t need = size + sizeof(ozi_pool_slab) + OZI_POOL_LINE;
    size_t bytes = pool->held_bytes / 4; /* so the last slab is at most a fifth of all */
    bytes = bytes < SLAB_MIN ? SLAB_MIN : bytes > slab_max ? slab_max : bytes;
    bytes = bytes < huge_bytes && pool->held_bytes >= huge_bytes / 2 ? huge_bytes : bytes;
    bytes = bytes < need ? need : bytes;
    size_t unit = bytes >= huge_bytes ? huge_bytes : OZI_POOL_LINE;
    bytes = (bytes + unit - 1) / unit * unit;
    ozi_pool_slab *slab = ozi_alloc_new(pool->alloc, bytes);
    if (slab == NULL) {
        return false;
    }
    *slab = (ozi_pool_slab){.next = pool->slabs, .size = bytes};
    pool->slabs = slab;
    pool->held_bytes += bytes;
    uintptr_t first = (uintptr_t)(slab + 1);
    size_t skip = (OZI_POOL_LINE - first % OZI_POOL_LINE) % OZI_POOL_LINE;
    pool->at = (char *)(slab + 1) + skip;
    pool->end = (char *)slab + bytes;
    ASAN_POISON_MEMORY_REGION(pool->at, (size_t)(pool->end - pool->at));
    return true;
}

/* The next region, of at least `size` bytes: the largest block that waits, or a new slab. */
static bool
take_region(ozi_pool *pool, size_t size)
{
    char *at = pool->at;
    char *end = pool->end;
    int class = largest_waiting(pool);
    if (class >= SMALL_CLASSES && class_bytes((unsigned)class) >= size) {
        pool->at = pop(pool, (unsigned)class);
        pool->end = pool->at + class_bytes((unsigned)class);
    } else if (!take_slab(pool, size)) {
        return false;
    }
    donate(pool, at, end, OZI_POOL_LINE);
    return true;
}

/* A block of less than a line, from a region of its own so that lines stay aligned. */
static void *
cut_small(ozi_pool *pool, size_t bytes)
{
    if ((size_t)(pool->small_end - pool->small_at) < bytes) {
        char *region = ozi_pool_new(pool, SMALL_REGION);
        if (region == NULL) {
            return NULL;
        }
        donate(pool, pool->small_at, pool->small_end, SMALL_STEP);
        ASAN_POISON_MEMORY_REGION(region, SMALL_REGION);
        pool->small_at = region;
        pool->small_end = region + SMALL_REGION;
    }
    char *block = pool->small_at;
    pool->small_at += bytes;
    return block;
}

static void *
cut(ozi_pool *pool, size_t bytes)
{
    if ((size_t)(pool->end - pool->at) < bytes && !take_region(pool, bytes)) {
        return NULL;
    }
    char *block = pool->at;
    pool->at += bytes;
    return block;
}

/* ---- blocks ---------------------------------------------------------------------------------- */

void *
ozi_pool_new(ozi_pool *pool, size_t size)
{
    unsigned class = class_of(size);
    if (class == OZI_POOL_CLASSES) {
        return NULL;
    }
    void *block;
    if (pool->lists[class] != NULL) {
        block = pop(pool, class);
    } else if (class < SMALL_CLASSES) {
        block = cut_small(pool, class_bytes(class));
    } else {
        block = cut(pool, class_bytes(class));
    }
    if (block != NULL) {
        ASAN_UNPOISON_MEMORY_REGION(block, size);
    }
    return block;
}

void
ozi_pool_free(ozi_pool *pool, void *block, size_t size)
{
    if (block != NULL) {
        push(pool, class_of(size), block);
    }
}

size_t
ozi_pool_bytes(const ozi_pool *pool)
{
    return pool->held_bytes - (size_t)(pool->end - pool->at);
}
