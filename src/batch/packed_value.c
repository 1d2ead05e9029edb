/* Single values, keys and objects in packed streams. */
#include "batch/packed.h"

static const uint64_t object_bytes_max = UINT64_C(1) << 40;

void
ozi_scratch_free(ozi_scratch *scratch)
{
    ozi_alloc_free(scratch->alloc, scratch->data, scratch->size);
    scratch->data = NULL;
    scratch->size = 0;
}

/* Reads `size` bytes into the scratch memory; NULL after a failure. */
static char *
read_bytes(ozi_unpack *unpack, ozi_scratch *scratch, size_t size)
{
    if (unpack->status == OZ_OK && size > scratch->size) {
        size_t room = size < 256 ? 256 : size + size / 2;
        ozi_alloc_free(scratch->alloc, scratch->data, scratch->size);
        scratch->data = ozi_alloc_new(scratch->alloc, room);
        scratch->size = scratch->data == NULL ? 0 : room;
        if (scratch->data == NULL) {
            ozi_unpack_fail(unpack, OZ_NO_MEMORY);
        }
    }
    if (unpack->status != OZ_OK) {
        return NULL;
    }
    ozi_unpack_bytes(unpack, scratch->data, size);
    return unpack->status == OZ_OK ? scratch->data : NULL;
}

/* ---- objects --------------------------------------------------------------------------------- */

static oz_status
give(void *context, const void *bytes, size_t size)
{
    ozi_pack *pack = context;
    ozi_pack_u64(pack, size);
    ozi_pack_bytes(pack, bytes, size);
    return pack->status;
}

void
ozi_pack_objects(ozi_pack *pack, const oz_object_class *objects, const oz_object *handles,
                 int64_t count)
{
    if (objects == NULL || objects->encode == NULL) {
        ozi_pack_fail(pack, OZ_UNSUPPORTED);
    } else if (pack->status == OZ_OK) {
        ozi_pack_fail(pack, objects->encode(handles, count, give, pack));
    }
}

void
ozi_unpack_objects(ozi_unpack *unpack, const oz_object_class *objects, oz_object *handles,
                   int64_t count)
{
    ozi_scratch scratch = {.alloc = unpack->alloc};
    uint64_t size = ozi_unpack_count(unpack, object_bytes_max);
    const char *bytes = read_bytes(unpack, &scratch, size);
    if (bytes != NULL && (objects == NULL || objects->decode == NULL)) {
        ozi_unpack_fail(unpack, OZ_UNSUPPORTED);
    } else if (bytes != NULL) {
        ozi_unpack_fail(unpack, objects->decode(bytes, size, handles, count));
    }
    ozi_scratch_free(&scratch);
}

/* ---- scalars --------------------------------------------------------------------------------- */

/* The native value that an object is; itself where it is none, or the null of its language. */
static oz_scalar
unboxed(const oz_scalar *scalar, const oz_object_class *objects)
{
    oz_scalar native = *scalar;
    if (scalar->kind == OZ_SCALAR_OBJECT && objects != NULL) {
        objects->unbox(scalar->as.object, &native);
    }
    return native.kind == OZ_SCALAR_NULL || native.kind == OZ_SCALAR_TIME ? *scalar : native;
}

static void
pack_native(ozi_pack *pack, const oz_scalar *scalar, const oz_object_class *objects)
{
    ozi_pack_u8(pack, (uint8_t)scalar->kind);
    switch (scalar->kind) {
    case OZ_SCALAR_NULL:
        return;
    case OZ_SCALAR_BOOL:
        ozi_pack_u8(pack, scalar->as.boolean);
        return;
    case OZ_SCALAR_INT64:
    case OZ_SCALAR_TIME:
    case OZ_SCALAR_FLOAT64:
        ozi_pack_bytes(pack, &scalar->as, sizeof(uint64_t));
        return;
    case OZ_SCALAR_STRING:
    case OZ_SCALAR_BYTES:
        ozi_pack_u32(pack, scalar->size);
        ozi_pack_bytes(pack, scalar->as.data, scalar->size);
        return;
    case OZ_SCALAR_OBJECT:
        ozi_pack_objects(pack, objects, &scalar->as.object, 1);
        return;
    }
}

void
ozi_pack_scalar(ozi_pack *pack, const oz_scalar *scalar, const oz_object_class *objects)
{
    oz_scalar native = unboxed(scalar, objects);
    pack_native(pack, &native, objects);
}

void
ozi_unpack_scalar(ozi_unpack *unpack, const oz_object_class *objects, ozi_scratch *scratch,
                  oz_scalar *out)
{
    *out = (oz_scalar){.kind = (oz_scalar_kind)ozi_unpack_u8(unpack)};
    switch (out->kind) {
    case OZ_SCALAR_NULL:
        return;
    case OZ_SCALAR_BOOL:
        out->as.boolean = ozi_unpack_u8(unpack) != 0;
        return;
    case OZ_SCALAR_INT64:
    case OZ_SCALAR_TIME:
    case OZ_SCALAR_FLOAT64:
        ozi_unpack_bytes(unpack, &out->as, sizeof(uint64_t));
        return;
    case OZ_SCALAR_STRING:
    case OZ_SCALAR_BYTES:
        out->size = ozi_unpack_u32(unpack);
        out->as.data = read_bytes(unpack, scratch, out->size);
        break;
    case OZ_SCALAR_OBJECT:
        ozi_unpack_objects(unpack, objects, &out->as.object, 1);
        break;
    default:
        ozi_unpack_fail(unpack, OZ_CORRUPT);
        break;
    }
    if (unpack->status != OZ_OK) {
        *out = (oz_scalar){.kind = OZ_SCALAR_NULL};
    }
}

/* ---- keys ------------------------------------------------------------------------------------ */

void
ozi_pack_key(ozi_pack *pack, const oz_key *key)
{
    size_t outside = ozi_key_outside_bytes(key);
    if (ozi_key_kind_of(key) == OZI_KEY_OBJECT) {
        ozi_pack_fail(pack, OZ_UNSUPPORTED);
    } else if (outside == 0) {
        ozi_pack_bytes(pack, key, sizeof *key);
    } else {
        const oz_key without = {0, key->high};
        ozi_pack_bytes(pack, &without, sizeof without);
        ozi_pack_u32(pack, (uint32_t)outside);
        ozi_pack_bytes(pack, (const void *)(uintptr_t)key->low, outside);
    }
}

/* Do these `size` bytes lie behind such a key? */
static bool
fits(const oz_key *key, uint32_t size)
{
    if (ozi_key_kind_of(key) == OZI_KEY_ENCODED) {
        return size >= sizeof(ozi_key_encoded);
    }
    return size == (uint32_t)key->high;
}

void
ozi_unpack_key(ozi_unpack *unpack, ozi_scratch *scratch, oz_key *out)
{
    ozi_unpack_bytes(unpack, out, sizeof *out);
    if (unpack->status == OZ_OK && ozi_key_points(out)) {
        uint32_t size = ozi_unpack_u32(unpack);
        if (unpack->status == OZ_OK && !fits(out, size)) {
            ozi_unpack_fail(unpack, OZ_CORRUPT);
        }
        out->low = (uint64_t)(uintptr_t)read_bytes(unpack, scratch, size);
    }
    if (unpack->status == OZ_OK && (ozi_key_kind_of(out) == OZI_KEY_OBJECT || out->high == 0)) {
        ozi_unpack_fail(unpack, OZ_CORRUPT);
    }
    if (unpack->status != OZ_OK) {
        *out = (oz_key){0, OZI_KEY_HIGH(OZI_KEY_NULL, 0)};
    }
}
