/*
 * Values, keys and batches in packed streams (base/pack.h): what state files consist of, and what
 * crosses to other workers.
 *
 *     scalar   | u8 kind | value |                   BOOL u8; INT64, TIME, FLOAT64 8 bytes;
 *                                                    text u32 size, bytes; OBJECT as objects, 1
 *     key      | 16 bytes | u32 size, bytes |        the second part where it points to some
 *     objects  | u64 size | bytes of the class |
 *     column   | u8 type | u8 has validity | i64 length | validity | values |
 *              text: u32 sizes, then the bytes; LIST: offsets from 0, then the child; STRUCT: u32
 *              fields, u8 has names, names, then the fields; others as they lie in memory
 *              OBJECT: objects that are all of one native type are a column of that type; else
 *              u8 0, objects; or u8 1, u32 items, a column for each position of tuples
 *     rows     | u8 arrays | times | u8 form, keys, hashes | positions | u8 has origin | origin |
 *              keys by form: 0 one after the other; 1 as they lie in memory, none points to
 *              anything; 2 u32 column, whose ints they are
 *     batch    | i64 rows | u32 columns | u8 has names | names | columns | u8 has rows | rows |
 *
 * Failures are latched in the stream. What is unpacked is believed as far as its checksums go: it
 * comes from this job, and pickles in it are loaded. Receipts and connections stay behind.
 */
#ifndef OUZEL_BATCH_PACKED_H
#define OUZEL_BATCH_PACKED_H

#include "base/pack.h"
#include "batch/key.h"

/* Memory for what an unpacked value or key points to: valid until it is used again. */
typedef struct ozi_scratch {
    const oz_alloc *alloc;
    char *data; /* aligned for any type */
    size_t size;
} ozi_scratch;

void
ozi_scratch_free(ozi_scratch *scratch);

/*
 * An object that is a native value is packed as that, except null and times. UNSUPPORTED is latched
 * for one whose class cannot encode.
 */
void
ozi_pack_scalar(ozi_pack *pack, const oz_scalar *scalar, const oz_object_class *objects);
/* Text lies in `scratch`; an object is a new reference, for the caller to release. */
void
ozi_unpack_scalar(ozi_unpack *unpack, const oz_object_class *objects, ozi_scratch *scratch,
                  oz_scalar *out);

/* UNSUPPORTED is latched for a key that is an object with rules of its own. */
void
ozi_pack_key(ozi_pack *pack, const oz_key *key);
void
ozi_unpack_key(ozi_unpack *unpack, ozi_scratch *scratch, oz_key *out);

void
ozi_pack_batch(ozi_pack *pack, const oz_batch *batch);
/* NULL after a failure. */
const oz_batch *
ozi_unpack_batch(ozi_unpack *unpack, const oz_object_class *objects);

/* ---- for packed.c ---------------------------------------------------------------------------- */

void
ozi_pack_objects(ozi_pack *pack, const oz_object_class *objects, const oz_object *handles,
                 int64_t count);
/* A column of objects: what follows its head. */
void
ozi_pack_object_column(ozi_pack *pack, const oz_column *column);
/* New references; after a failure none. */
void
ozi_unpack_object_column(ozi_unpack *unpack, const oz_object_class *class, oz_object *objects,
                         int64_t length);
/* New references; after a failure none. */
void
ozi_unpack_objects(ozi_unpack *unpack, const oz_object_class *objects, oz_object *handles,
                   int64_t count);
void
ozi_pack_column(ozi_pack *pack, const oz_column *column);
/* NULL after a failure. */
const oz_column *
ozi_unpack_column(ozi_unpack *unpack, const oz_object_class *objects);

#endif
