/* The growing half of the growable array; the rest is inline in vec.h. */
#include "base/vec.h"

enum { FIRST_CAPACITY = 8 };

void
ozi_vec_init(ozi_vec *vec, const oz_alloc *alloc, size_t item_size)
{
    *vec = (ozi_vec){.item_size = item_size, .alloc = alloc};
}

void
ozi_vec_free(ozi_vec *vec)
{
    if (vec->items != NULL) {
        ozi_alloc_free(vec->alloc, vec->items, vec->capacity * vec->item_size);
    }
    ozi_vec_init(vec, vec->alloc, vec->item_size);
}

static oz_status
set_capacity(ozi_vec *vec, size_t capacity)
{
    size_t size;
    if (__builtin_mul_overflow(capacity, vec->item_size, &size)) {
        return OZ_NO_MEMORY;
    }
    void *items = ozi_alloc_resize(vec->alloc, vec->items, vec->capacity * vec->item_size, size);
    if (items == NULL) {
        return OZ_NO_MEMORY;
    }
    vec->items = items;
    vec->capacity = capacity;
    return OZ_OK;
}

oz_status
ozi_vec_grow(ozi_vec *vec)
{
    size_t capacity = vec->capacity < FIRST_CAPACITY ? FIRST_CAPACITY : vec->capacity;
    return set_capacity(vec, vec->capacity == 0 ? capacity : capacity + capacity / 2);
}

oz_status
ozi_vec_reserve(ozi_vec *vec, size_t more)
{
    size_t needed;
    if (__builtin_add_overflow(vec->count, more, &needed)) {
        return OZ_NO_MEMORY;
    }
    if (needed <= vec->capacity) {
        return OZ_OK;
    }
    /* By half at least, so that many small reserves do not copy every time. */
    size_t by_half = vec->capacity + vec->capacity / 2;
    return set_capacity(vec, needed > by_half ? needed : by_half);
}

oz_status
ozi_vec_append(ozi_vec *vec, const void *items, size_t count)
{
    OZ_TRY(ozi_vec_reserve(vec, count));
    if (count > 0) {
        memcpy(ozi_vec_at(vec, vec->count), items, count * vec->item_size);
        vec->count += count;
    }
    return OZ_OK;
}

void
ozi_vec_remove(ozi_vec *vec, size_t index)
{
    char *item = ozi_vec_at(vec, index);
    memmove(item, item + vec->item_size, (vec->count - index - 1) * vec->item_size);
    vec->count--;
}
