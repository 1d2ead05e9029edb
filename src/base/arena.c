/* Chunks of the bump arena: a list from the newest to the first. */
#include "base/arena.h"

enum { CHUNK_MAX = 1 << 20 }; /* chunks stop doubling here */

struct ozi_arena_chunk {
    _Alignas(OZI_ARENA_ALIGN) ozi_arena_chunk *before; /* NULL for the first */
    size_t size;                                       /* with this header */
};

void
ozi_arena_init(ozi_arena *arena, const oz_alloc *alloc, size_t first_size)
{
    *arena = (ozi_arena){.chunk_size = first_size, .first_size = first_size, .alloc = alloc};
}

static void
drop_newest(ozi_arena *arena)
{
    ozi_arena_chunk *chunk = arena->newest;
    arena->newest = chunk->before;
    ozi_alloc_free(arena->alloc, chunk, chunk->size);
}

void
ozi_arena_free(ozi_arena *arena)
{
    while (arena->newest != NULL) {
        drop_newest(arena);
    }
    ozi_arena_init(arena, arena->alloc, arena->first_size);
}

void
ozi_arena_reset(ozi_arena *arena)
{
    if (arena->newest == NULL) {
        return;
    }
    while (arena->newest->before != NULL) {
        drop_newest(arena);
    }
    arena->next = (char *)(arena->newest + 1);
    arena->end = (char *)arena->newest + arena->newest->size;
    arena->chunk_size = arena->first_size;
}

void *
ozi_arena_new_chunk(ozi_arena *arena, size_t size)
{
    size_t whole;
    if (__builtin_add_overflow(size, sizeof(ozi_arena_chunk), &whole)) {
        return NULL;
    }
    if (whole < arena->chunk_size) {
        whole = arena->chunk_size;
    }
    ozi_arena_chunk *chunk = ozi_alloc_new(arena->alloc, whole);
    if (chunk == NULL) {
        return NULL;
    }
    *chunk = (ozi_arena_chunk){.before = arena->newest, .size = whole};
    if (arena->chunk_size < CHUNK_MAX) {
        arena->chunk_size *= 2;
    }
    arena->newest = chunk;
    arena->next = (char *)(chunk + 1) + size;
    arena->end = (char *)chunk + whole;
    return chunk + 1;
}

void *
ozi_arena_zero(ozi_arena *arena, size_t size)
{
    void *pointer = ozi_arena_new(arena, size);
    return pointer == NULL ? NULL : memset(pointer, 0, size);
}

char *
ozi_arena_copy(ozi_arena *arena, const void *data, size_t size)
{
    char *copy = size == SIZE_MAX ? NULL : ozi_arena_new(arena, size + 1);
    if (copy == NULL) {
        return NULL;
    }
    if (size > 0) {
        memcpy(copy, data, size);
    }
    copy[size] = '\0';
    return copy;
}

char *
ozi_arena_string(ozi_arena *arena, const char *text)
{
    return ozi_arena_copy(arena, text, strlen(text));
}
