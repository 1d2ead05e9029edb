/*
 * A set of strings, each with a number: 0, 1, 2, ... in the order in which they came. What belongs
 * to a name (a node, a table, a counter) lies in an array of the caller's under that number. Names
 * are copied and stay where they are until the set is freed. One thread.
 */
#ifndef OUZEL_BASE_NAMES_H
#define OUZEL_BASE_NAMES_H

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"

#define OZI_NAMES_NONE SIZE_MAX /* what find returns for a name that is not there */

typedef struct ozi_names {
    ozi_vec entries; /* one for each name: see names.c */
    ozi_map by_hash; /* hash of a name -> 1 + index of the newest name with that hash */
    ozi_arena texts; /* the bytes */
    uint64_t seed;   /* of the hash */
} ozi_names;

/* An empty set; allocates nothing. */
void
ozi_names_init(ozi_names *names, const oz_alloc *alloc, uint64_t seed);

/* Frees everything; the set is empty and may be used again. */
void
ozi_names_free(ozi_names *names);

/* The number of a name of `size` bytes, or OZI_NAMES_NONE. */
size_t
ozi_names_find(const ozi_names *names, const char *name, size_t size);

/* Its number, new when the name was not there. NO_MEMORY leaves the set as it was. */
OZ_MUST_USE oz_status
ozi_names_add(ozi_names *names, const char *name, size_t size, size_t *number);

/* The name with a number below the count; it ends with a NUL. `*size` may be NULL. */
const char *
ozi_names_at(const ozi_names *names, size_t number, size_t *size);

static inline size_t
ozi_names_count(const ozi_names *names)
{
    return names->entries.count;
}

#endif
