#include "base/pack.h"

#include "base/crc.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "numbers are packed as they lie in memory, which must be little-endian"
#endif

static const uint32_t no_string = UINT32_MAX;

/* ---- packing --------------------------------------------------------------------------------- */

oz_status
ozi_pack_init(ozi_pack *pack, const oz_alloc *alloc,
              oz_status (*put)(void *context, const void *block, size_t size), void *context)
{
    *pack = (ozi_pack){.put = put, .context = context, .alloc = alloc};
    pack->block = ozi_alloc_new(alloc, OZI_PACK_HEAD + OZI_PACK_BLOCK);
    return pack->block == NULL ? OZ_NO_MEMORY : OZ_OK;
}

void
ozi_pack_fail(ozi_pack *pack, oz_status status)
{
    pack->status = pack->status == OZ_OK ? status : pack->status;
}

static void
put_block(ozi_pack *pack, uint32_t size, uint32_t crc)
{
    memcpy(pack->block, &size, sizeof size);
    memcpy(pack->block + sizeof size, &crc, sizeof crc);
    if (pack->status == OZ_OK) {
        pack->status = pack->put(pack->context, pack->block, OZI_PACK_HEAD + size);
    }
}

static void
flush(ozi_pack *pack)
{
    uint32_t crc = 0;
    if (!pack->is_unchecked) {
        crc = ozi_crc(0, pack->block + OZI_PACK_HEAD, pack->used);
        pack->crc = ozi_crc(pack->crc, &crc, sizeof crc);
    }
    put_block(pack, (uint32_t)pack->used, crc);
    pack->used = 0;
}

void
ozi_pack_bytes(ozi_pack *pack, const void *data, size_t size)
{
    const char *from = data;
    while (size > 0 && pack->status == OZ_OK) {
        size_t room = OZI_PACK_BLOCK - pack->used;
        size_t part = size < room ? size : room;
        memcpy(pack->block + OZI_PACK_HEAD + pack->used, from, part);
        pack->used += part;
        from += part;
        size -= part;
        if (pack->used == OZI_PACK_BLOCK) {
            flush(pack);
        }
    }
}

void
ozi_pack_u8(ozi_pack *pack, uint8_t value)
{
    ozi_pack_bytes(pack, &value, sizeof value);
}

void
ozi_pack_u32(ozi_pack *pack, uint32_t value)
{
    ozi_pack_bytes(pack, &value, sizeof value);
}

void
ozi_pack_u64(ozi_pack *pack, uint64_t value)
{
    ozi_pack_bytes(pack, &value, sizeof value);
}

void
ozi_pack_i64(ozi_pack *pack, int64_t value)
{
    ozi_pack_bytes(pack, &value, sizeof value);
}

void
ozi_pack_string(ozi_pack *pack, const char *string)
{
    size_t size = string == NULL ? 0 : strlen(string);
    if (size >= no_string) {
        ozi_pack_fail(pack, OZ_INVALID);
        return;
    }
    ozi_pack_u32(pack, string == NULL ? no_string : (uint32_t)size);
    ozi_pack_bytes(pack, string, size);
}

oz_status
ozi_pack_finish(ozi_pack *pack)
{
    if (pack->block != NULL) {
        if (pack->used > 0) {
            flush(pack);
        }
        put_block(pack, 0, pack->crc);
    }
    ozi_pack_drop(pack);
    return pack->status;
}

void
ozi_pack_drop(ozi_pack *pack)
{
    ozi_alloc_free(pack->alloc, pack->block, OZI_PACK_HEAD + OZI_PACK_BLOCK);
    pack->block = NULL;
}

/* ---- unpacking ------------------------------------------------------------------------------- */

oz_status
ozi_unpack_init(ozi_unpack *unpack, const oz_alloc *alloc,
                oz_status (*get)(void *context, void *data, size_t size), void *context)
{
    *unpack = (ozi_unpack){.get = get, .context = context, .alloc = alloc};
    unpack->block = ozi_alloc_new(alloc, OZI_PACK_BLOCK);
    return unpack->block == NULL ? OZ_NO_MEMORY : OZ_OK;
}

void
ozi_unpack_fail(ozi_unpack *unpack, oz_status status)
{
    unpack->status = unpack->status == OZ_OK ? status : unpack->status;
}

/* The next block, or the end. */
static oz_status
take_block(ozi_unpack *unpack)
{
    uint32_t head[2]; /* size, checksum */
    if (unpack->ended) {
        return OZ_CORRUPT;
    }
    OZ_TRY(unpack->get(unpack->context, head, sizeof head));
    unpack->size = unpack->used = 0;
    if (head[0] == 0) {
        unpack->ended = true;
        return head[1] == unpack->crc ? OZ_OK : OZ_CORRUPT;
    }
    if (head[0] > OZI_PACK_BLOCK) {
        return OZ_CORRUPT;
    }
    OZ_TRY(unpack->get(unpack->context, unpack->block, head[0]));
    if (!unpack->is_unchecked) {
        if (ozi_crc(0, unpack->block, head[0]) != head[1]) {
            return OZ_CORRUPT;
        }
        unpack->crc = ozi_crc(unpack->crc, &head[1], sizeof head[1]);
    }
    unpack->size = head[0];
    return OZ_OK;
}

void
ozi_unpack_bytes(ozi_unpack *unpack, void *data, size_t size)
{
    char *to = data;
    while (size > 0) {
        if (unpack->status == OZ_OK && unpack->used == unpack->size) {
            ozi_unpack_fail(unpack, unpack->ended ? OZ_CORRUPT : take_block(unpack));
        }
        if (unpack->status != OZ_OK) {
            memset(to, 0, size);
            return;
        }
        size_t left = unpack->size - unpack->used;
        size_t part = size < left ? size : left;
        memcpy(to, unpack->block + unpack->used, part);
        unpack->used += part;
        to += part;
        size -= part;
    }
}

uint8_t
ozi_unpack_u8(ozi_unpack *unpack)
{
    uint8_t value;
    ozi_unpack_bytes(unpack, &value, sizeof value);
    return value;
}

uint32_t
ozi_unpack_u32(ozi_unpack *unpack)
{
    uint32_t value;
    ozi_unpack_bytes(unpack, &value, sizeof value);
    return value;
}

uint64_t
ozi_unpack_u64(ozi_unpack *unpack)
{
    uint64_t value;
    ozi_unpack_bytes(unpack, &value, sizeof value);
    return value;
}

int64_t
ozi_unpack_i64(ozi_unpack *unpack)
{
    int64_t value;
    ozi_unpack_bytes(unpack, &value, sizeof value);
    return value;
}

uint64_t
ozi_unpack_count(ozi_unpack *unpack, uint64_t limit)
{
    uint64_t count = ozi_unpack_u64(unpack);
    if (count > limit) {
        ozi_unpack_fail(unpack, OZ_CORRUPT);
        return 0;
    }
    return count;
}

char *
ozi_unpack_string(ozi_unpack *unpack, size_t limit, size_t *size)
{
    uint32_t bytes = ozi_unpack_u32(unpack);
    if (size != NULL) {
        *size = 0;
    }
    if (bytes == no_string || unpack->status != OZ_OK) {
        return NULL;
    }
    if (bytes > limit) {
        ozi_unpack_fail(unpack, OZ_CORRUPT);
        return NULL;
    }
    char *string = ozi_alloc_new(unpack->alloc, (size_t)bytes + 1);
    if (string == NULL) {
        ozi_unpack_fail(unpack, OZ_NO_MEMORY);
        return NULL;
    }
    ozi_unpack_bytes(unpack, string, bytes);
    string[bytes] = '\0';
    if (unpack->status != OZ_OK) {
        ozi_alloc_free(unpack->alloc, string, (size_t)bytes + 1);
        return NULL;
    }
    if (size != NULL) {
        *size = bytes;
    }
    return string;
}

oz_status
ozi_unpack_finish(ozi_unpack *unpack)
{
    if (unpack->status == OZ_OK && !unpack->ended) {
        unpack->status = unpack->used < unpack->size ? OZ_CORRUPT : take_block(unpack);
        unpack->status = unpack->status == OZ_OK && !unpack->ended ? OZ_CORRUPT : unpack->status;
    }
    ozi_alloc_free(unpack->alloc, unpack->block, OZI_PACK_BLOCK);
    unpack->block = NULL;
    return unpack->status;
}
