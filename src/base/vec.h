/*
 * A growable array of items of one size. There is no macro: the items are a `void *`, which C
 * converts by itself, so that a loop reads
 *
 *     const oz_node *nodes = vec.items;
 *     for (size_t i = 0; i < vec.count; i++) { ... nodes[i] ... }
 *
 * and an append is `*(oz_node *)ozi_vec_push(&vec) = node` after a check for NULL. Pointers into
 * the items are valid until the next call that may grow. One thread.
 */
#ifndef OUZEL_BASE_VEC_H
#define OUZEL_BASE_VEC_H

#include "base/alloc.h"

typedef struct ozi_vec {
    void *items;           /* NULL as long as there is no room */
    size_t count;          /* items in use */
    size_t capacity;       /* items that fit without growing */
    size_t item_size;      /* in bytes */
    const oz_alloc *alloc; /* where the items live */
} ozi_vec;

/* An empty array; allocates nothing. */
void
ozi_vec_init(ozi_vec *vec, const oz_alloc *alloc, size_t item_size);

/* Frees the items; the array is empty and may be used again. Safe on a zeroed struct. */
void
ozi_vec_free(ozi_vec *vec);

/* Makes room for `more` items beyond the count. NO_MEMORY leaves everything as it was. */
OZ_MUST_USE oz_status
ozi_vec_reserve(ozi_vec *vec, size_t more);

/* The slow half of ozi_vec_push: grows by half. */
OZ_MUST_USE oz_status
ozi_vec_grow(ozi_vec *vec);

/* Appends copies of `count` items; they may not lie in the array itself. */
OZ_MUST_USE oz_status
ozi_vec_append(ozi_vec *vec, const void *items, size_t count);

/* Takes out item `index`; those after it move up. */
void
ozi_vec_remove(ozi_vec *vec, size_t index);

/* Item `index`, which must exist. */
static inline void *
ozi_vec_at(const ozi_vec *vec, size_t index)
{
    return (char *)vec->items + index * vec->item_size;
}

/* The last item, or NULL when there is none. */
static inline void *
ozi_vec_last(const ozi_vec *vec)
{
    return vec->count == 0 ? NULL : ozi_vec_at(vec, vec->count - 1);
}

/* A new item at the end, zeroed; NULL when memory is out. */
static inline void *
ozi_vec_push(ozi_vec *vec)
{
    if (vec->count == vec->capacity && ozi_vec_grow(vec) != OZ_OK) {
        return NULL;
    }
    return memset(ozi_vec_at(vec, vec->count++), 0, vec->item_size);
}

/* Drops the last item and returns where it was: valid until the next push. NULL when empty. */
static inline void *
ozi_vec_pop(ozi_vec *vec)
{
    return vec->count == 0 ? NULL : ozi_vec_at(vec, --vec->count);
}

/* Forgets the items and keeps the room. */
static inline void
ozi_vec_clear(ozi_vec *vec)
{
    vec->count = 0;
}

#endif
