/* Where a string lies in another. */
#ifndef OUZEL_EXPR_FIND_H
#define OUZEL_EXPR_FIND_H

#include <stddef.h>
#include <string.h>

/* The first place of `wanted` (at least one byte) in `data`, or NULL. */
static inline const char *
ozi_find(const char *data, size_t size, const char *wanted, size_t wanted_size)
{
    while (size >= wanted_size) {
        const char *place = memchr(data, wanted[0], size - wanted_size + 1);
        if (place == NULL || memcmp(place + 1, wanted + 1, wanted_size - 1) == 0) {
            return place;
        }
        size -= (size_t)(place + 1 - data);
        data = place + 1;
    }
    return NULL;
}

#endif
