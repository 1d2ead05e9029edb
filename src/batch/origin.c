/* Where rows came from: a small counted struct with its texts behind it. */
#include "base/alloc.h"
#include "batch/buffer.h"
#include "batch/rows.h"

static size_t
origin_bytes(const char *name, const char *unit)
{
    return sizeof(oz_origin) + strlen(name) + 1 + strlen(unit) + 1;
}

const oz_origin *
ozi_origin_new(const oz_alloc *alloc, const char *name, const char *unit, uint32_t partition,
               uint64_t connection)
{
    oz_origin *origin = ozi_alloc_new(alloc, origin_bytes(name, unit));
    if (origin == NULL) {
        return NULL;
    }
    char *text = (char *)(origin + 1);
    *origin = (oz_origin){.references = 1,
                          .partition = partition,
                          .connection = connection,
                          .name = memcpy(text, name, strlen(name) + 1),
                          .unit = memcpy(text + strlen(name) + 1, unit, strlen(unit) + 1),
                          .alloc = alloc};
    return origin;
}

const oz_origin *
ozi_origin_retain(const oz_origin *origin)
{
    if (origin != NULL) {
        ozi_count_up(&origin->references);
    }
    return origin;
}

void
ozi_origin_release(const oz_origin **origin)
{
    oz_origin *held = (oz_origin *)(uintptr_t)*origin;
    *origin = NULL;
    if (held != NULL && ozi_count_down(&held->references)) {
        ozi_alloc_free(held->alloc, held, origin_bytes(held->name, held->unit));
    }
}
