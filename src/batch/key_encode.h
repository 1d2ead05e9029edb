/* Keys of objects: native ones by their value, others in the bytes or by the rules of the class. */
#ifndef OUZEL_BATCH_KEY_ENCODE_H
#define OUZEL_BATCH_KEY_ENCODE_H

#include "ouzel/batch.h"

/*
 * Where encoded keys are written. A chunk that is full stays alive with `rows`, as the last one
 * does; without `rows` the key of one object may be looked up, and lives until the close.
 */
typedef struct ozi_key_encoder {
    const oz_alloc *alloc;
    const oz_object_class *objects;
    oz_rows *rows;
    oz_buffer *chunk;
    size_t used;
} ozi_key_encoder;

/* The key of an object; what it points to belongs to the object or to the encoder. */
oz_status
ozi_key_of_object(ozi_key_encoder *encoder, oz_object object, oz_key *out);

void
ozi_key_encoder_close(ozi_key_encoder *encoder);

#endif
