/* Keys and scalars that tables own, and the layout of values. */
#include "state/value.h"

#include <assert.h>

oz_status
ozi_layout_of(const oz_field *fields, ozi_layout *out)
{
    *out = (ozi_layout){0};
    for (int i = 0; fields[i] != OZ_FIELD_END; i++) {
        if (i == OZ_FIELDS_MAX) {
            return OZ_INVALID;
        }
        switch (fields[i]) {
        case OZ_FIELD_INT64:
        case OZ_FIELD_FLOAT64:
            out->size += 8;
            break;
        case OZ_FIELD_SCALAR:
            out->offsets[out->scalar_count++] = out->size;
            out->size += (uint32_t)sizeof(oz_scalar);
            break;
        case OZ_FIELD_END:
        default:
            return OZ_INVALID;
        }
    }
    return OZ_OK;
}

static oz_scalar *
field_at(const ozi_layout *layout, const void *value, uint32_t index)
{
    return (oz_scalar *)(void *)((char *)(uintptr_t)value + layout->offsets[index]);
}

void
ozi_value_release(const ozi_layout *layout, ozi_owner *owner, void *value)
{
    for (uint32_t i = 0; i < layout->scalar_count; i++) {
        ozi_scalar_disown(owner, field_at(layout, value, i));
    }
}

int
ozi_value_visit(const ozi_layout *layout, const void *value, oz_object_visit visit, void *context)
{
    for (uint32_t i = 0; i < layout->scalar_count; i++) {
        const oz_scalar *scalar = field_at(layout, value, i);
        int stop = scalar->kind == OZ_SCALAR_OBJECT ? visit(scalar->as.object, context) : 0;
        if (stop != 0) {
            return stop;
        }
    }
    return 0;
}

static bool
owns_bytes(const oz_scalar *scalar)
{
    bool is_text = scalar->kind == OZ_SCALAR_STRING || scalar->kind == OZ_SCALAR_BYTES;
    return is_text && scalar->size > 0;
}

bool
ozi_value_owns_bytes(const ozi_layout *layout, const void *value)
{
    for (uint32_t i = 0; i < layout->scalar_count; i++) {
        if (owns_bytes(field_at(layout, value, i))) {
            return true;
        }
    }
    return false;
}

bool
ozi_value_check(const ozi_layout *layout, const void *value)
{
    for (uint32_t i = 0; i < layout->scalar_count; i++) {
        const oz_scalar *scalar = field_at(layout, value, i);
        if (scalar->kind > OZ_SCALAR_OBJECT ||
            (scalar->kind == OZ_SCALAR_OBJECT && scalar->as.object == NULL)) {
            return false;
        }
    }
    return true;
}

/* ---- scalars --------------------------------------------------------------------------------- */

static oz_status
own_bytes(ozi_owner *owner, const oz_scalar *value, oz_scalar *out)
{
    out->as.data = ""; /* empty text needs no memory */
    if (value->size > 0) {
        char *copy = ozi_pool_new(&owner->pool, value->size);
        if (copy == NULL) {
            return OZ_NO_MEMORY;
        }
        out->as.data = memcpy(copy, value->as.data, value->size);
    }
    return OZ_OK;
}

oz_status
ozi_scalar_own(ozi_owner *owner, const oz_scalar *value, oz_scalar *out)
{
    *out = *value;
    if (value->kind == OZ_SCALAR_OBJECT) {
        if (owner->objects == NULL) {
            return OZ_INVALID;
        }
        out->as.object = owner->objects->retain(value->as.object);
        owner->object_count++;
    } else if (value->kind == OZ_SCALAR_STRING || value->kind == OZ_SCALAR_BYTES) {
        return own_bytes(owner, value, out);
    }
    return OZ_OK;
}

void
ozi_scalar_disown(ozi_owner *owner, const oz_scalar *scalar)
{
    if (scalar->kind == OZ_SCALAR_OBJECT) {
        owner->object_count--;
        owner->objects->release(scalar->as.object);
    } else if (owns_bytes(scalar)) {
        ozi_pool_free(&owner->pool, (void *)(uintptr_t)scalar->as.data, scalar->size);
    }
}

/* ---- keys ------------------------------------------------------------------------------------ */

oz_status
ozi_key_own(ozi_owner *owner, const oz_key *key, oz_key *out)
{
    *out = *key;
    if (ozi_key_kind_of(key) == OZI_KEY_OBJECT) {
        assert(owner->objects != NULL);
        (void)owner->objects->retain((oz_object)(uintptr_t)key->low);
        owner->object_count++;
        return OZ_OK;
    }
    size_t bytes = ozi_key_outside_bytes(key);
    if (bytes > 0) {
        void *copy = ozi_pool_new(&owner->pool, bytes);
        if (copy == NULL) {
            return OZ_NO_MEMORY;
        }
        *out = ozi_key_moved(key, copy);
    }
    return OZ_OK;
}

void
ozi_key_disown(ozi_owner *owner, const oz_key *key)
{
    if (ozi_key_kind_of(key) == OZI_KEY_OBJECT) {
        owner->object_count--;
        owner->objects->release((oz_object)(uintptr_t)key->low);
    } else if (ozi_key_points(key)) {
        ozi_pool_free(&owner->pool, (void *)(uintptr_t)key->low, ozi_key_outside_bytes(key));
    }
}

int
ozi_key_visit(const oz_key *key, oz_object_visit visit, void *context)
{
    bool object = ozi_key_kind_of(key) == OZI_KEY_OBJECT;
    return object ? visit((oz_object)(uintptr_t)key->low, context) : 0;
}
