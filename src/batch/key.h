/*
 * Keys in canonical form: 16 bytes, equal in C when the values are equal in Python.
 *
 *     byte    0        7 8        13 14      15
 *            +----------+-----------+-------+------+
 *     NULL   | 0                    | 0     | kind |
 *     INT    | int64    | 0         | show  | kind |   an int, a bool, or a float that is one
 *     FLOAT  | bits     | 0         | show  | kind |   any other number that a double holds
 *     NAN    | 0                    | 0     | kind |
 *     TIME   | int64    | 0         | 0     | kind |
 *     STRING | up to 14 bytes, 0s   | size  | kind |   the same for BYTES
 *            +----------+-----------+-------+------+
 *     LONG_  | pointer  | u32 size, 0       | kind |   STRING and BYTES above 14 bytes
 *     ENCODED| pointer  | 0                 | kind |   to { u32 canonical, u32 total, bytes }
 *     OBJECT | handle   | 0                 | kind |   equal and hashed by its class
 *            +----------+-------------------+------+
 *
 * "show" is an ozi_key_show: as what the key is given back. It is no part of the key. Kind 0 is no
 * key at all, so that zeroed memory is a table without keys. What a key points to belongs to
 * others: to the pins of row data, or to a table.
 *
 * ENCODED is what the class writes for tuples and for large integers (object.h, encode_key). One
 * form is taken apart again: nine bytes, 'F' and a double, are an integer beyond 64 bits that a
 * double holds exactly. It becomes the FLOAT key of that number, and decode_key gets the nine bytes
 * to give the integer back. So 2**70 and 2.0**70 are one key, also when one of them comes from a
 * FLOAT64 column that has no class.
 */
#ifndef OUZEL_BATCH_KEY_H
#define OUZEL_BATCH_KEY_H

#include "base/hash.h"
#include "ouzel/batch.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the layout of keys is drawn for little-endian machines"
#endif

enum {
    OZI_KEY_LOOSE = 0x40,  /* in a kind: "show" is no part of the key */
    OZI_KEY_POINTS = 0x80, /* in a kind: `low` is a pointer */
};

typedef enum ozi_key_kind {
    OZI_KEY_NONE = 0,
    OZI_KEY_NULL = 1,
    OZI_KEY_NAN = 2,
    OZI_KEY_TIME = 3,
    OZI_KEY_STRING = 4,
    OZI_KEY_BYTES = 5,
    OZI_KEY_INT = OZI_KEY_LOOSE | 6,
    OZI_KEY_FLOAT = OZI_KEY_LOOSE | 7,
    OZI_KEY_LONG_STRING = OZI_KEY_POINTS | OZI_KEY_STRING,
    OZI_KEY_LONG_BYTES = OZI_KEY_POINTS | OZI_KEY_BYTES,
    OZI_KEY_ENCODED = OZI_KEY_POINTS | 8,
    OZI_KEY_OBJECT = OZI_KEY_POINTS | 9,
} ozi_key_kind;

/* As what an INT or FLOAT key is given back. */
typedef enum ozi_key_show {
    OZI_KEY_SHOW_INT,
    OZI_KEY_SHOW_BOOL,
    OZI_KEY_SHOW_FLOAT,
    OZI_KEY_SHOW_MINUS_ZERO, /* -0.0, which equals 0 */
} ozi_key_show;

enum { OZI_KEY_INLINE_MAX = 14, OZI_KEY_ENCODED_FLOAT = 9 };

#define OZI_KEY_HIGH(kind, byte14) ((uint64_t)(kind) << 56 | (uint64_t)(byte14) << 48)
#define OZI_KEY_SHOW_MASK (UINT64_C(0xff) << 48)
#define OZI_KEY_POINTS_BIT (UINT64_C(1) << 63)
#define OZI_KEY_LOOSE_BIT (UINT64_C(1) << 62)

/* What an ENCODED key points to. */
typedef struct ozi_key_encoded {
    uint32_t canonical; /* bytes that make the key */
    uint32_t total;     /* with those that give the very object back */
    uint8_t bytes[];
} ozi_key_encoded;

static inline ozi_key_kind
ozi_key_kind_of(const oz_key *key)
{
    return (ozi_key_kind)(key->high >> 56);
}

static inline ozi_key_show
ozi_key_show_of(const oz_key *key)
{
    return (ozi_key_show)(key->high >> 48 & 0xff);
}

static inline bool
ozi_key_points(const oz_key *key)
{
    return (key->high & OZI_KEY_POINTS_BIT) != 0;
}

static inline oz_key
ozi_key_of_int64(int64_t value, ozi_key_show show)
{
    return (oz_key){(uint64_t)value, OZI_KEY_HIGH(OZI_KEY_INT, show)};
}

/* The slow half of ozi_key_equal. */
bool
ozi_key_equal_slow(const oz_key *left, const oz_key *right, const oz_object_class *objects,
                   oz_status *status);

/*
 * Are two keys of one seed equal? `objects` compares OBJECT keys; when it fails the answer is false
 * and `*status`, which is not touched otherwise, says why.
 */
static inline bool
ozi_key_equal(const oz_key *left, const oz_key *right, const oz_object_class *objects,
              oz_status *status)
{
    if (((left->low ^ right->low) | (left->high ^ right->high)) == 0) {
        return true;
    }
    if ((left->high & right->high & (OZI_KEY_POINTS_BIT | OZI_KEY_LOOSE_BIT)) == 0) {
        return false;
    }
    return ozi_key_equal_slow(left, right, objects, status);
}

/* The hash of a key that lies in its 16 bytes. */
static inline uint64_t
ozi_key_hash_inline(const oz_key *key, uint64_t seed)
{
    bool loose = (key->high & OZI_KEY_LOOSE_BIT) != 0;
    return ozi_hash_pair(seed, key->low, loose ? key->high & ~OZI_KEY_SHOW_MASK : key->high);
}

/* The hash of any key; fails when that of its class does. */
oz_status
ozi_key_hash(const oz_key *key, uint64_t seed, const oz_object_class *objects, uint64_t *out);

/* ---- from and to values ---------------------------------------------------------------------- */

oz_key
ozi_key_of_float64(double value);

/* `data` must live as long as the key when it has more than OZI_KEY_INLINE_MAX bytes. */
oz_key
ozi_key_of_text(oz_type type, const char *data, uint32_t size);

/* Appends a key, as what it was made of, to a builder of type ANY. */
oz_status
ozi_key_append(const oz_key *key, oz_builder *builder);

/* The key of a scalar; false for an OBJECT (key_encode.h has those). */
bool
ozi_key_of_scalar(const oz_scalar *scalar, oz_key *out);

/*
 * The value of a key, borrowed: text may lie in the key itself. An OBJECT scalar with the handle
 * for an OBJECT key. False when only the class can give it back: ozi_key_object.
 */
bool
ozi_key_scalar(const oz_key *key, oz_scalar *out);

/* The key as an object, a new reference. */
oz_status
ozi_key_object(const oz_key *key, const oz_object_class *objects, oz_object *out);

/* ---- for those who keep keys ----------------------------------------------------------------- */

/* How many bytes a key points to; 0 for those that lie in the key, and for an OBJECT. */
size_t
ozi_key_outside_bytes(const oz_key *key);

/* The same key with what it points to copied to `target`, which is aligned to 8 bytes. */
oz_key
ozi_key_moved(const oz_key *key, void *target);

#endif
