/* Names by number and by hash. Names with the same hash, if ever, form a chain. */
#include "base/names.h"

#include "base/hash.h"

enum { FIRST_CHUNK = 256 };

typedef struct entry {
    const char *text;
    size_t size;
    uint64_t same_hash; /* 1 + index of the next older name with this hash; 0: none */
} entry;

void
ozi_names_init(ozi_names *names, const oz_alloc *alloc, uint64_t seed)
{
    ozi_vec_init(&names->entries, alloc, sizeof(entry));
    ozi_map_init(&names->by_hash, alloc, seed);
    ozi_arena_init(&names->texts, alloc, FIRST_CHUNK);
    names->seed = seed;
}

void
ozi_names_free(ozi_names *names)
{
    ozi_vec_free(&names->entries);
    ozi_map_free(&names->by_hash);
    ozi_arena_free(&names->texts);
}

size_t
ozi_names_find(const ozi_names *names, const char *name, size_t size)
{
    const uint64_t *newest = ozi_map_get(&names->by_hash, ozi_hash_bytes(names->seed, name, size));
    uint64_t at = newest == NULL ? 0 : *newest;
    const entry *entries = names->entries.items;
    while (at != 0) {
        const entry *candidate = &entries[at - 1];
        if (candidate->size == size && (size == 0 || memcmp(candidate->text, name, size) == 0)) {
            return at - 1;
        }
        at = candidate->same_hash;
    }
    return OZI_NAMES_NONE;
}

oz_status
ozi_names_add(ozi_names *names, const char *name, size_t size, size_t *number)
{
    *number = ozi_names_find(names, name, size);
    if (*number != OZI_NAMES_NONE) {
        return OZ_OK;
    }
    /* What can fail comes first; the map last, because it is what makes the name be found. */
    OZ_TRY(ozi_vec_reserve(&names->entries, 1));
    const char *text = ozi_arena_copy(&names->texts, name, size);
    if (text == NULL) {
        return OZ_NO_MEMORY;
    }
    uint64_t *newest = ozi_map_put(&names->by_hash, ozi_hash_bytes(names->seed, name, size), NULL);
    if (newest == NULL) {
        return OZ_NO_MEMORY;
    }
    entry added = {.text = text, .size = size, .same_hash = *newest};
    OZ_TRY(ozi_vec_append(&names->entries, &added, 1));
    *number = names->entries.count - 1;
    *newest = names->entries.count;
    return OZ_OK;
}

const char *
ozi_names_at(const ozi_names *names, size_t number, size_t *size)
{
    const entry *found = ozi_vec_at(&names->entries, number);
    if (size != NULL) {
        *size = found->size;
    }
    return found->text;
}
