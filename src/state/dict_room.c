/* The memory of a dict: chunks that are added, holes that are squeezed out. Drawn in dict.h. */
#include "state/dict.h"

enum {
    ROOM_MIN = 2,      /* entries in the first piece of memory: most dicts of a MAP stay small */
    DIRECTORY_MIN = 1, /* log2 of the pointers to chunks */
};

/* ---- chunks: the first one grows by doubling, then there are more of full size --------------- */

static size_t
chunk_bytes(const ozi_dict *dict, const ozi_shape *shape)
{
    return (size_t)shape->stride << dict->shift;
}

/* The number of chunks that hold `room` entries. */
static uint32_t
chunk_count(const ozi_dict *dict, uint32_t room)
{
    return room == 0 ? 0 : ((room - 1) >> dict->shift) + 1;
}

static size_t
directory_bytes(const ozi_dict *dict)
{
    return sizeof(char *) << dict->directory;
}

static oz_status
grow_directory(ozi_dict *dict, const ozi_shape *shape, unsigned directory)
{
    char **chunks = ozi_pool_new(shape->pool, sizeof(char *) << directory);
    if (chunks == NULL) {
        return OZ_NO_MEMORY;
    }
    if (dict->chunks != NULL) {
        memcpy(chunks, dict->chunks, directory_bytes(dict));
        ozi_pool_free(shape->pool, dict->chunks, directory_bytes(dict));
    }
    dict->chunks = chunks;
    dict->directory = (uint8_t)directory;
    return OZ_OK;
}

/* Moves the first chunk, the only one, to memory for `room` entries. */
static oz_status
resize_first(ozi_dict *dict, ozi_shape *shape, uint32_t room)
{
    if (dict->chunks == NULL) {
        OZ_TRY(grow_directory(dict, shape, DIRECTORY_MIN));
        dict->chunks[0] = NULL;
    }
    char *chunk = ozi_pool_new(shape->pool, (size_t)room * shape->stride);
    if (chunk == NULL) {
        return OZ_NO_MEMORY;
    }
    if (dict->used > 0) {
        memcpy(chunk, dict->chunks[0], (size_t)dict->used * shape->stride);
        shape->moves++;
    }
    ozi_pool_free(shape->pool, dict->chunks[0], (size_t)dict->room * shape->stride);
    dict->chunks[0] = chunk;
    dict->room = room;
    return OZ_OK;
}

static oz_status
add_chunk(ozi_dict *dict, const ozi_shape *shape)
{
    uint32_t count = chunk_count(dict, dict->room);
    if (count == (uint32_t)1 << dict->directory) {
        OZ_TRY(grow_directory(dict, shape, dict->directory + 1U));
    }
    char *chunk = ozi_pool_new(shape->pool, chunk_bytes(dict, shape));
    if (chunk == NULL) {
        return OZ_NO_MEMORY;
    }
    dict->chunks[count] = chunk;
    dict->room += (uint32_t)1 << dict->shift;
    return OZ_OK;
}

static oz_status
add_room(ozi_dict *dict, ozi_shape *shape)
{
    if (dict->room >> dict->shift == 0) {
        return resize_first(dict, shape, dict->room == 0 ? ROOM_MIN : dict->room * 2);
    }
    return add_chunk(dict, shape);
}

/* Gives back what is not needed for the entries in use, with as much room again for new ones. */
static void
drop_room(ozi_dict *dict, ozi_shape *shape)
{
    uint32_t full = (uint32_t)1 << dict->shift;
    while (dict->room > full && dict->room - full >= dict->used + dict->used) {
        dict->room -= full;
        ozi_pool_free(shape->pool, dict->chunks[dict->room >> dict->shift],
                      chunk_bytes(dict, shape));
    }
    uint32_t room = ROOM_MIN;
    while (room < dict->used * 2) {
        room *= 2;
    }
    if (dict->room <= full && room < dict->room) {
        (void)!resize_first(dict, shape, room); /* without memory it stays as large as it was */
    }
}

void
ozi_dict_free(ozi_dict *dict, const ozi_shape *shape)
{
    uint32_t count = chunk_count(dict, dict->room);
    for (uint32_t i = 0; i < count; i++) {
        size_t bytes = count == 1 ? (size_t)dict->room * shape->stride : chunk_bytes(dict, shape);
        ozi_pool_free(shape->pool, dict->chunks[i], bytes);
    }
    ozi_pool_free(shape->pool, dict->chunks, directory_bytes(dict));
    if (dict->index != ozi_dict_no_index()) {
        ozi_pool_free(shape->pool, dict->index, ((size_t)dict->mask + 1) * sizeof *dict->index);
    }
    ozi_dict_init(dict, dict->shift, dict->load);
}

/* ---- squeezing out holes --------------------------------------------------------------------- */

/* The slots of an index in which `live` entries have room to double. */
static uint64_t
slots_for(const ozi_dict *dict, uint32_t live)
{
    uint64_t slots = OZI_DICT_BUCKET;
    while (slots * dict->load / 256 < (uint64_t)live * 2) {
        slots *= 2;
    }
    return slots;
}

/* Moves all live entries to the front, in their order. */
static void
squeeze(ozi_dict *dict, ozi_shape *shape)
{
    uint32_t from = dict->oldest;
    uint32_t to = 0;
    for (ozi_entry *entry; (entry = ozi_dict_next(dict, shape, &from)) != NULL; to++) {
        ozi_entry *place = ozi_dict_at(dict, shape, to);
        if (place != entry) {
            memcpy(place, entry, shape->stride);
        }
    }
    dict->used = to;
    dict->oldest = 0;
    shape->moves++;
    (void)!ozi_dict_index_rebuild(dict, shape, (uint64_t)dict->mask + 1); /* allocates nothing */
}

void
ozi_dict_shrink(ozi_dict *dict, ozi_shape *shape)
{
    squeeze(dict, shape);
    drop_room(dict, shape);
    uint64_t slots = slots_for(dict, dict->live);
    if (slots < (uint64_t)dict->mask + 1) {
        (void)!ozi_dict_index_rebuild(dict, shape, slots); /* without memory the old one stays */
    }
}

oz_status
ozi_dict_make_room(ozi_dict *dict, ozi_shape *shape)
{
    if (dict->live >= dict->limit) {
        OZ_TRY(ozi_dict_index_rebuild(dict, shape, ((uint64_t)dict->mask + 1) * 2));
    }
    bool no_room = dict->used == dict->room;
    bool no_number = dict->used + 1 > dict->mask; /* in a slot; then many are holes */
    if ((no_room || no_number) && ozi_dict_has_holes(dict)) {
        squeeze(dict, shape);
        return OZ_OK;
    }
    return no_room ? add_room(dict, shape) : OZ_OK;
}
