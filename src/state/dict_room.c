/* The memory of a dict: chunks that are added, holes that are squeezed out. Drawn in dict.h. */
#include "state/dict.h"

enum {
    ROOM_MIN = 2,    /* entries in the first piece of memory: most dicts of a MAP stay small */
    SHRINK_MIN = 16, /* less memory is not worth giving back */
    CHUNKS_LOG_MIN = 1,
    CHUNK_ROOM = 1 << OZI_CHUNK_LOG,
};

/* ---- chunks: the first one grows by doubling, then there are more of full size --------------- */

static size_t
chunk_bytes(const ozi_shape *shape)
{
    return (size_t)shape->stride << OZI_CHUNK_LOG;
}

/* The number of chunks that hold `room` entries. */
static uint32_t
chunk_count(uint32_t room)
{
    return room == 0 ? 0 : ((room - 1) >> OZI_CHUNK_LOG) + 1;
}

static size_t
list_bytes(unsigned log)
{
    return sizeof(char *) << log;
}

static oz_status
grow_list(ozi_dict *dict, ozi_shape *shape, unsigned log)
{
    char **chunks = ozi_pool_new(&shape->owner->pool, list_bytes(log));
    if (chunks == NULL) {
        return OZ_NO_MEMORY;
    }
    if (dict->chunks != NULL) {
        memcpy(chunks, dict->chunks, list_bytes(dict->chunks_log));
        ozi_pool_free(&shape->owner->pool, dict->chunks, list_bytes(dict->chunks_log));
    }
    dict->chunks = chunks;
    dict->chunks_log = (uint8_t)log;
    shape->moves++;
    return OZ_OK;
}

/* Moves the first chunk, the only one, to memory for `room` entries. */
static oz_status
resize_first(ozi_dict *dict, ozi_shape *shape, uint32_t room)
{
    if (dict->chunks == NULL) {
        OZ_TRY(grow_list(dict, shape, CHUNKS_LOG_MIN));
        dict->chunks[0] = NULL;
    }
    char *chunk = ozi_pool_new(&shape->owner->pool, (size_t)room * shape->stride);
    if (chunk == NULL) {
        return OZ_NO_MEMORY;
    }
    if (dict->used > 0) {
        memcpy(chunk, dict->chunks[0], (size_t)dict->used * shape->stride);
    }
    ozi_pool_free(&shape->owner->pool, dict->chunks[0], (size_t)dict->room * shape->stride);
    dict->chunks[0] = chunk;
    dict->room = room;
    shape->moves++;
    return OZ_OK;
}

static oz_status
add_chunk(ozi_dict *dict, ozi_shape *shape)
{
    uint32_t count = chunk_count(dict->room);
    if (count == (uint32_t)1 << dict->chunks_log) {
        OZ_TRY(grow_list(dict, shape, dict->chunks_log + 1U));
    }
    char *chunk = ozi_pool_new(&shape->owner->pool, chunk_bytes(shape));
    if (chunk == NULL) {
        return OZ_NO_MEMORY;
    }
    dict->chunks[count] = chunk;
    dict->room += CHUNK_ROOM;
    return OZ_OK;
}

static oz_status
add_room(ozi_dict *dict, ozi_shape *shape)
{
    if (dict->room < CHUNK_ROOM) {
        return resize_first(dict, shape, dict->room == 0 ? ROOM_MIN : dict->room * 2);
    }
    return add_chunk(dict, shape);
}

/* Gives back the chunks behind the last entry, all but `spare`; the first one stays. */
static void
drop_chunks(ozi_dict *dict, const ozi_shape *shape, uint32_t spare)
{
    uint32_t keep = (spare + 1) * CHUNK_ROOM;
    while (dict->room > CHUNK_ROOM && dict->room >= dict->used + keep) {
        dict->room -= CHUNK_ROOM;
        ozi_pool_free(&shape->owner->pool, dict->chunks[dict->room >> OZI_CHUNK_LOG],
                      chunk_bytes(shape));
    }
}

/* Gives back most of the first chunk, when it is the only one. */
static void
shrink_first(ozi_dict *dict, ozi_shape *shape)
{
    uint32_t room = ROOM_MIN;
    while (room < dict->used * 2) {
        room *= 2;
    }
    if (dict->room <= CHUNK_ROOM && room < dict->room) {
        (void)!resize_first(dict, shape, room); /* without memory it stays as large as it was */
    }
}

void
ozi_dict_free_chunks(ozi_dict *dict, const ozi_shape *shape)
{
    uint32_t count = chunk_count(dict->room);
    for (uint32_t i = 0; i < count; i++) {
        size_t bytes = count == 1 ? (size_t)dict->room * shape->stride : chunk_bytes(shape);
        ozi_pool_free(&shape->owner->pool, dict->chunks[i], bytes);
    }
    ozi_pool_free(&shape->owner->pool, dict->chunks, list_bytes(dict->chunks_log));
}

/* ---- holes ----------------------------------------------------------------------------------- */

/* True when squeezing out the holes is better than more memory. */
static bool
has_holes(const ozi_dict *dict)
{
    uint32_t holes = dict->used - dict->live;
    return holes > 0 && holes >= dict->used / 4;
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
    ozi_dict_index_refill(dict, shape);
}

oz_status
ozi_dict_make_room(ozi_dict *dict, ozi_shape *shape, uint64_t hash)
{
    if (dict->used == dict->room && has_holes(dict)) {
        squeeze(dict, shape);
    } else if (dict->used == dict->room) {
        OZ_TRY(add_room(dict, shape));
    }
    OZ_TRY(ozi_dict_index_widen(dict, shape));
    return ozi_dict_index_make_room(dict, shape, hash);
}

oz_status
ozi_dict_stretch(ozi_dict *dict, ozi_shape *shape, uint64_t entries)
{
    OZ_TRY(ozi_dict_reserve(dict, shape, entries));
    while (dict->used < entries) {
        if (dict->used == dict->room) {
            OZ_TRY(add_room(dict, shape));
        }
        uint64_t left = entries - dict->used;
        uint32_t count = dict->room - dict->used;
        count = left < count ? (uint32_t)left : count;
        for (uint32_t i = 0; i < count; i++) {
            memset(ozi_dict_at(dict, shape, dict->used++), 0, shape->stride);
        }
        OZ_TRY(ozi_dict_index_widen(dict, shape));
    }
    return OZ_OK;
}

void
ozi_dict_shrink(ozi_dict *dict, ozi_shape *shape)
{
    drop_chunks(dict, shape, 1);
    if (dict->room < SHRINK_MIN || dict->live >= dict->room / 8) {
        return;
    }
    if (dict->used > dict->live) {
        squeeze(dict, shape);
    }
    drop_chunks(dict, shape, 0);
    shrink_first(dict, shape);
    ozi_dict_index_shrink(dict, shape);
}
