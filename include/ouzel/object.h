/*
 * Objects: opaque handles of the host language, with the class of operations that the engine needs
 * to keep, compare and print them. The engine never looks inside. One class serves one language:
 * the Python extension supplies the class of Python objects; a C program usually needs none.
 */
#ifndef OUZEL_OBJECT_H
#define OUZEL_OBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "ouzel/status.h"

typedef void *oz_object;
/* Called for each object that something owns; not 0 ends the walk and is returned by it. */
typedef int (*oz_object_visit)(oz_object object, void *context);

/* A value that is not a column: how single values cross between native types and objects. */
typedef enum oz_scalar_kind {
    OZ_SCALAR_NULL,
    OZ_SCALAR_BOOL,
    OZ_SCALAR_INT64,
    OZ_SCALAR_FLOAT64,
    OZ_SCALAR_TIME,
    OZ_SCALAR_STRING, /* UTF-8; surrogates as Python's "surrogatepass" writes them */
    OZ_SCALAR_BYTES,
    OZ_SCALAR_OBJECT,
} oz_scalar_kind;

typedef struct oz_scalar {
    oz_scalar_kind kind;
    uint32_t size; /* of STRING and BYTES, in bytes */
    union {
        bool boolean;
        int64_t int64; /* INT64 and TIME */
        double float64;
        const char *data; /* borrowed: valid as long as what it came from */
        oz_object object; /* borrowed */
    } as;
} oz_scalar;

/*
 * All functions run on the thread that drives the instance; the class sees to the locks of its
 * language itself. Those that can fail return a status and keep the details (an exception) where
 * the host finds them again.
 */
typedef struct oz_object_class {
    const char *name;

    oz_object (*retain)(oz_object object); /* returns `object` */
    void (*release)(oz_object object);
    /* The same for a run of handles: the hot loops of take, concat and free. */
    void (*retain_many)(const oz_object *objects, int64_t count);
    void (*release_many)(oz_object *objects, int64_t count);

    /*
     * A new reference for a scalar that is not an OBJECT; a tuple of `count` scalars, some of which
     * may be OBJECT, or a dict when there are names.
     */
    oz_status (*box)(const oz_scalar *scalar, oz_object *out);
    oz_status (*box_row)(const oz_scalar *scalars, const char *const *names, uint32_t count,
                         oz_object *out);
    /* A list of them, for a LIST column; a class without it gets tuples, by box_row. */
    oz_status (*box_list)(const oz_scalar *scalars, uint32_t count, oz_object *out);
    /*
     * How many items a tuple has (exactly that type of the language), and where they lie, borrowed;
     * 0 for anything else. NULL: there are no tuples.
     */
    uint32_t (*open_tuple)(oz_object object, const oz_object **items);
    /*
     * What a dict (exactly that type of the language) has under `keys`, borrowed, NULL where there
     * is nothing; false for anything else. NULL: there are no dicts.
     */
    bool (*open_dict)(oz_object object, const oz_object *keys, uint32_t count, oz_object *items);
    /*
     * A value that is not native as text that databases read, a new reference: an instant, a date,
     * a decimal number. UNSUPPORTED for anything else. NULL: there are none.
     */
    oz_status (*text)(oz_object object, oz_object *out);
    /*
     * The scalar of exactly that native type (never a subclass), borrowed from `object`; kind
     * OZ_SCALAR_OBJECT when there is none (also an int beyond 64 bits).
     */
    void (*unbox)(oz_object object, oz_scalar *out);

    /*
     * As a key: `hash` and `equal` by the language's own rules. Objects with an `unbox`ed scalar
     * or an `encode_key` never come here.
     */
    oz_status (*hash)(oz_object object, uint64_t *out);
    oz_status (*equal)(oz_object left, oz_object right, bool *out);
    /*
     * Writes the canonical bytes of a composite or large key (a tuple, an int beyond 64 bits) into
     * `buffer` of `capacity` bytes: equal keys give equal bytes. `canonical` is their count, and
     * `total` the count with what is needed to give the very object back; 0 for "not encodable".
     * When `total` is above `capacity` it is called again with more room.
     *
     * An int beyond 64 bits that a double holds exactly is 'F' and the eight bytes of that double
     * (so that it equals the float); decode_key gets the same nine bytes back. Nothing else may be
     * nine bytes with an 'F' in front.
     */
    oz_status (*encode_key)(oz_object object, uint8_t *buffer, size_t capacity, size_t *canonical,
                            size_t *total);
    oz_status (*decode_key)(const uint8_t *bytes, size_t total, oz_object *out);

    /*
     * For state on disk and for other workers of the job: gives, in one call of `give`, bytes from
     * which `decode` makes objects that are equal to these `count`, in their order. Nobody but this
     * job may have written the bytes. NULL: there is no way, and an object in a table is an error.
     * `decode` gives new references, or on failure none.
     */
    oz_status (*encode)(const oz_object *objects, int64_t count,
                        oz_status (*give)(void *context, const void *bytes, size_t size),
                        void *context);
    oz_status (*decode)(const void *bytes, size_t size, oz_object *objects, int64_t count);

    /*
     * Whether a state that stateful keeps has nothing in it any more from that time on: then its
     * key is let go of. NULL: never.
     */
    bool (*is_spent)(oz_object object, int64_t time_ns);

    /* Calls `work`, which may wait, without the locks of the language. NULL: there are none. */
    void (*unlocked)(void (*work)(void *context), void *context);
    /* Arithmetic for aggregates over values that are not native: left + right, left < right. */
    oz_status (*add)(oz_object left, oz_object right, oz_object *out);
    oz_status (*less)(oz_object left, oz_object right, bool *out);
    oz_status (*copy)(oz_object object, oz_object *out); /* a deep copy: `start` per key */

    /* At most `capacity` bytes of a short description for messages; returns what was needed. */
    size_t (*print)(oz_object object, char *buffer, size_t capacity);
} oz_object_class;

#endif
