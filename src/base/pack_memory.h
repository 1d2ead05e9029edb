/*
 * Packed streams in memory: from one table to another, and in tests.
 *
 *     ozi_pack_memory memory;
 *     ozi_pack pack;
 *     OZ_TRY(ozi_pack_to_memory(&memory, alloc, &pack));
 *     ...
 *     ozi_vec_free(&memory.bytes);
 */
#ifndef OUZEL_BASE_PACK_MEMORY_H
#define OUZEL_BASE_PACK_MEMORY_H

#include "base/pack.h"
#include "base/vec.h"

typedef struct ozi_pack_memory {
    ozi_vec bytes; /* for the owner to free, also after a failure */
    size_t taken;
} ozi_pack_memory;

static inline oz_status
ozi_pack_memory_put(void *context, const void *block, size_t size)
{
    return ozi_vec_append(&((ozi_pack_memory *)context)->bytes, block, size);
}

static inline oz_status
ozi_pack_memory_get(void *context, void *data, size_t size)
{
    ozi_pack_memory *memory = context;
    if (memory->bytes.count - memory->taken < size) {
        return OZ_CORRUPT;
    }
    memcpy(data, (const char *)memory->bytes.items + memory->taken, size);
    memory->taken += size;
    return OZ_OK;
}

/* Begins a stream in memory that is empty. */
OZ_MUST_USE static inline oz_status
ozi_pack_to_memory(ozi_pack_memory *memory, const oz_alloc *alloc, ozi_pack *pack)
{
    ozi_vec_init(&memory->bytes, alloc, 1);
    memory->taken = 0;
    return ozi_pack_init(pack, alloc, ozi_pack_memory_put, memory);
}

/* Begins to read what was packed, from its start. */
OZ_MUST_USE static inline oz_status
ozi_unpack_from_memory(ozi_pack_memory *memory, const oz_alloc *alloc, ozi_unpack *unpack)
{
    memory->taken = 0;
    return ozi_unpack_init(unpack, alloc, ozi_pack_memory_get, memory);
}

#endif
