/*
 * A bump arena: many small allocations that die together (a plan, a parse, an epoch). Allocating
 * is an addition, freeing is dropping or resetting the whole. Chunks double in size; one that is
 * too large for a chunk gets its own. One thread.
 */
#ifndef OUZEL_BASE_ARENA_H
#define OUZEL_BASE_ARENA_H

#include "base/alloc.h"

enum { OZI_ARENA_ALIGN = 16 }; /* of every allocation: fits any type */

typedef struct ozi_arena_chunk ozi_arena_chunk;

typedef struct ozi_arena {
    ozi_arena_chunk *newest; /* each chunk knows the one before it */
    char *next;              /* where the next allocation goes */
    char *end;               /* of the newest chunk */
    size_t chunk_size;       /* of the next chunk */
    size_t first_size;       /* of the first one, as init was told */
    const oz_alloc *alloc;   /* where the chunks live */
} ozi_arena;

/* An empty arena whose first chunk will have about `first_size` bytes; allocates nothing. */
void
ozi_arena_init(ozi_arena *arena, const oz_alloc *alloc, size_t first_size);

/* Frees everything; the arena is empty and may be used again. */
void
ozi_arena_free(ozi_arena *arena);

/* Forgets all allocations and keeps the first chunk, so that a steady user allocates nothing. */
void
ozi_arena_reset(ozi_arena *arena);

/* The slow half of ozi_arena_new: a new chunk. `size` is a multiple of the alignment. */
void *
ozi_arena_new_chunk(ozi_arena *arena, size_t size);

/* `size` bytes, not initialised; NULL when memory is out. A size of 0 gives a valid pointer. */
static inline void *
ozi_arena_new(ozi_arena *arena, size_t size)
{
    size_t rounded = (size + OZI_ARENA_ALIGN - 1) & ~(size_t)(OZI_ARENA_ALIGN - 1);
    if (rounded < size) {
        return NULL;
    }
    if (arena->next == NULL || rounded > (size_t)(arena->end - arena->next)) {
        return ozi_arena_new_chunk(arena, rounded);
    }
    void *pointer = arena->next;
    arena->next += rounded;
    return pointer;
}

/* The same, zeroed. */
void *
ozi_arena_zero(ozi_arena *arena, size_t size);

/* A copy of `size` bytes, with a NUL after them. */
char *
ozi_arena_copy(ozi_arena *arena, const void *data, size_t size);

/* A copy of a string that ends with a NUL. */
char *
ozi_arena_string(ozi_arena *arena, const char *text);

#endif
