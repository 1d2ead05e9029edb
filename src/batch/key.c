/* Canonical keys one by one: made from values, compared, hashed, given back. Drawn in key.h. */
#include "batch/key.h"

#include <string.h>

#include "batch/column.h"

oz_key
ozi_key_of_float64(double value)
{
    if (value != value) {
        return (oz_key){0, OZI_KEY_HIGH(OZI_KEY_NAN, 0)};
    }
    if (value >= -0x1p63 && value < 0x1p63 && (double)(int64_t)value == value) {
        bool is_minus_zero = value == 0 && __builtin_signbit(value);
        return ozi_key_of_int64((int64_t)value,
                                is_minus_zero ? OZI_KEY_SHOW_MINUS_ZERO : OZI_KEY_SHOW_FLOAT);
    }
    oz_key key = {0, OZI_KEY_HIGH(OZI_KEY_FLOAT, OZI_KEY_SHOW_FLOAT)};
    memcpy(&key.low, &value, sizeof(value));
    return key;
}

oz_key
ozi_key_of_text(oz_type type, const char *data, uint32_t size)
{
    unsigned kind = type == OZ_STRING ? OZI_KEY_STRING : OZI_KEY_BYTES;
    if (size > OZI_KEY_INLINE_MAX) {
        return (oz_key){(uint64_t)(uintptr_t)data, OZI_KEY_HIGH(kind | OZI_KEY_POINTS, 0) | size};
    }
    oz_key key = {0, 0};
    if (size > 0) {
        memcpy(&key, data, size);
    }
    key.high |= OZI_KEY_HIGH(kind, size);
    return key;
}

bool
ozi_key_of_scalar(const oz_scalar *scalar, oz_key *out)
{
    switch (scalar->kind) {
    case OZ_SCALAR_NULL:
        *out = (oz_key){0, OZI_KEY_HIGH(OZI_KEY_NULL, 0)};
        return true;
    case OZ_SCALAR_BOOL:
        *out = ozi_key_of_int64(scalar->as.boolean, OZI_KEY_SHOW_BOOL);
        return true;
    case OZ_SCALAR_INT64:
        *out = ozi_key_of_int64(scalar->as.int64, OZI_KEY_SHOW_INT);
        return true;
    case OZ_SCALAR_FLOAT64:
        *out = ozi_key_of_float64(scalar->as.float64);
        return true;
    case OZ_SCALAR_TIME:
        *out = (oz_key){(uint64_t)scalar->as.int64, OZI_KEY_HIGH(OZI_KEY_TIME, 0)};
        return true;
    case OZ_SCALAR_STRING:
        *out = ozi_key_of_text(OZ_STRING, scalar->as.data, scalar->size);
        return true;
    case OZ_SCALAR_BYTES:
        *out = ozi_key_of_text(OZ_BYTES, scalar->as.data, scalar->size);
        return true;
    case OZ_SCALAR_OBJECT:
        break;
    }
    return false;
}

static const void *
pointer_of(const oz_key *key)
{
    return (const void *)(uintptr_t)key->low;
}

bool
ozi_key_equal_slow(const oz_key *left, const oz_key *right, const oz_object_class *objects,
                   oz_status *status)
{
    ozi_key_kind kind = ozi_key_kind_of(left);
    if (kind != ozi_key_kind_of(right)) {
        return false;
    }
    if (kind == OZI_KEY_OBJECT) {
        bool equal = false;
        oz_status failed = left->low == right->low
                               ? OZ_OK
                               : objects->equal((oz_object)(uintptr_t)left->low,
                                                (oz_object)(uintptr_t)right->low, &equal);
        *status = failed == OZ_OK ? *status : failed;
        return left->low == right->low || (failed == OZ_OK && equal);
    }
    if (kind == OZI_KEY_ENCODED) {
        const ozi_key_encoded *a = pointer_of(left);
        const ozi_key_encoded *b = pointer_of(right);
        return a->canonical == b->canonical && memcmp(a->bytes, b->bytes, a->canonical) == 0;
    }
    if (ozi_key_points(left)) {
        uint32_t size = (uint32_t)left->high;
        return left->high == right->high && memcmp(pointer_of(left), pointer_of(right), size) == 0;
    }
    return left->low == right->low; /* they differ only in how they are shown */
}

oz_status
ozi_key_hash(const oz_key *key, uint64_t seed, const oz_object_class *objects, uint64_t *out)
{
    uint64_t hash;
    switch (ozi_key_kind_of(key)) {
    case OZI_KEY_LONG_STRING:
    case OZI_KEY_LONG_BYTES:
        *out = ozi_hash_bytes(seed, pointer_of(key), (uint32_t)key->high);
        return OZ_OK;
    case OZI_KEY_ENCODED: {
        const ozi_key_encoded *encoded = pointer_of(key);
        *out = ozi_hash_bytes(seed, encoded->bytes, encoded->canonical);
        return OZ_OK;
    }
    case OZI_KEY_OBJECT:
        OZ_TRY(objects->hash((oz_object)(uintptr_t)key->low, &hash));
        *out = ozi_hash_pair(seed, hash, key->high);
        return OZ_OK;
    default:
        *out = ozi_key_hash_inline(key, seed);
        return OZ_OK;
    }
}

static void
scalar_of_int(const oz_key *key, oz_scalar *out)
{
    switch (ozi_key_show_of(key)) {
    case OZI_KEY_SHOW_INT:
        *out = (oz_scalar){.kind = OZ_SCALAR_INT64, .as.int64 = (int64_t)key->low};
        return;
    case OZI_KEY_SHOW_BOOL:
        *out = (oz_scalar){.kind = OZ_SCALAR_BOOL, .as.boolean = key->low != 0};
        return;
    case OZI_KEY_SHOW_FLOAT:
        *out = (oz_scalar){.kind = OZ_SCALAR_FLOAT64, .as.float64 = (double)(int64_t)key->low};
        return;
    case OZI_KEY_SHOW_MINUS_ZERO:
        *out = (oz_scalar){.kind = OZ_SCALAR_FLOAT64, .as.float64 = -0.0};
        return;
    }
}

static void
scalar_of_text(const oz_key *key, oz_scalar *out)
{
    ozi_key_kind kind = ozi_key_kind_of(key);
    bool bytes = kind == OZI_KEY_BYTES || kind == OZI_KEY_LONG_BYTES;
    *out = (oz_scalar){.kind = bytes ? OZ_SCALAR_BYTES : OZ_SCALAR_STRING};
    if (ozi_key_points(key)) {
        out->size = (uint32_t)key->high;
        out->as.data = pointer_of(key);
    } else {
        out->size = (uint32_t)(key->high >> 48 & 0xff);
        out->as.data = (const char *)key;
    }
}

bool
ozi_key_scalar(const oz_key *key, oz_scalar *out)
{
    *out = (oz_scalar){.kind = OZ_SCALAR_NULL};
    switch (ozi_key_kind_of(key)) {
    case OZI_KEY_NONE:
    case OZI_KEY_NULL:
        return true;
    case OZI_KEY_INT:
        scalar_of_int(key, out);
        return true;
    case OZI_KEY_FLOAT:
        out->kind = OZ_SCALAR_FLOAT64;
        memcpy(&out->as.float64, &key->low, sizeof(double));
        return ozi_key_show_of(key) == OZI_KEY_SHOW_FLOAT;
    case OZI_KEY_NAN:
        *out = (oz_scalar){.kind = OZ_SCALAR_FLOAT64, .as.float64 = __builtin_nan("")};
        return true;
    case OZI_KEY_TIME:
        *out = (oz_scalar){.kind = OZ_SCALAR_TIME, .as.int64 = (int64_t)key->low};
        return true;
    case OZI_KEY_OBJECT:
        *out = (oz_scalar){.kind = OZ_SCALAR_OBJECT, .as.object = (oz_object)(uintptr_t)key->low};
        return true;
    case OZI_KEY_ENCODED:
        return false;
    default:
        scalar_of_text(key, out);
        return true;
    }
}

oz_status
ozi_key_object(const oz_key *key, const oz_object_class *objects, oz_object *out)
{
    oz_scalar scalar;
    if (ozi_key_scalar(key, &scalar)) {
        if (scalar.kind != OZ_SCALAR_OBJECT) {
            return objects->box(&scalar, out);
        }
        *out = objects->retain(scalar.as.object);
        return OZ_OK;
    }
    if (ozi_key_kind_of(key) == OZI_KEY_FLOAT) {
        uint8_t bytes[OZI_KEY_ENCODED_FLOAT] = {'F'};
        memcpy(bytes + 1, &key->low, sizeof(key->low));
        return objects->decode_key(bytes, sizeof(bytes), out);
    }
    const ozi_key_encoded *encoded = pointer_of(key);
    return objects->decode_key(encoded->bytes, encoded->total, out);
}

size_t
ozi_key_outside_bytes(const oz_key *key)
{
    switch (ozi_key_kind_of(key)) {
    case OZI_KEY_LONG_STRING:
    case OZI_KEY_LONG_BYTES:
        return (uint32_t)key->high;
    case OZI_KEY_ENCODED:
        return sizeof(ozi_key_encoded) + ((const ozi_key_encoded *)pointer_of(key))->total;
    default:
        return 0;
    }
}

oz_key
ozi_key_moved(const oz_key *key, void *target)
{
    oz_key moved = *key;
    size_t bytes = ozi_key_outside_bytes(key);
    if (bytes > 0) {
        memcpy(target, pointer_of(key), bytes);
        moved.low = (uint64_t)(uintptr_t)target;
    }
    return moved;
}
