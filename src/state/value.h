/*
 * What a table owns: the keys and the SCALAR fields in its entries. Bytes that they point to are
 * copied into the table's pool; objects are retained. And the layout of a value from its fields.
 */
#ifndef OUZEL_STATE_VALUE_H
#define OUZEL_STATE_VALUE_H

#include "batch/key.h"
#include "ouzel/table.h"
#include "state/pool.h"

/* Who owns: where bytes lie, what retains objects. */
typedef struct ozi_owner {
    ozi_pool pool;
    const oz_object_class *objects; /* NULL: nothing may be an object */
    int64_t object_count;           /* objects retained here and not yet released */
} ozi_owner;

typedef struct ozi_layout {
    uint32_t size;         /* of the value, a multiple of 8 */
    uint32_t scalar_count; /* fields that own something */
    uint32_t offsets[OZ_FIELDS_MAX];
} ozi_layout;

/* INVALID when there are more than OZ_FIELDS_MAX fields or one is unknown. */
OZ_MUST_USE oz_status
ozi_layout_of(const oz_field *fields, ozi_layout *out);

/* Lets go of all that the fields own. The memory of the value is left alone. */
void
ozi_value_release(const ozi_layout *layout, ozi_owner *owner, void *value);

/* Does a field own bytes in the pool? */
bool
ozi_value_owns_bytes(const ozi_layout *layout, const void *value);

/* Are all SCALAR fields of a known kind? For tests. */
bool
ozi_value_check(const ozi_layout *layout, const void *value);

int
ozi_value_visit(const ozi_layout *layout, const void *value, oz_object_visit visit, void *context);

/* A scalar that owns what it holds, in place of what was in `*out`, which is not looked at. */
OZ_MUST_USE oz_status
ozi_scalar_own(ozi_owner *owner, const oz_scalar *value, oz_scalar *out);

/* Lets go of what an owned scalar holds. */
void
ozi_scalar_disown(ozi_owner *owner, const oz_scalar *scalar);

/* The same for keys. */
OZ_MUST_USE oz_status
ozi_key_own(ozi_owner *owner, const oz_key *key, oz_key *out);

void
ozi_key_disown(ozi_owner *owner, const oz_key *key);

int
ozi_key_visit(const oz_key *key, oz_object_visit visit, void *context);

#endif
