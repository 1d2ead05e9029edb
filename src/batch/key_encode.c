/* Keys of objects; see key_encode.h. */
#include "batch/key_encode.h"

#include <string.h>

#include "batch/buffer.h"
#include "batch/key.h"
#include "batch/rows.h"

enum { CHUNK_BYTES = 4096, ALIGN = 8 };

/* A new chunk with room for `size` bytes. */
static oz_status
open_chunk(ozi_key_encoder *encoder, size_t size)
{
    oz_buffer *chunk = oz_buffer_new(encoder->alloc, size < CHUNK_BYTES ? CHUNK_BYTES : size);
    if (chunk == NULL) {
        return OZ_NO_MEMORY;
    }
    oz_status status = encoder->rows == NULL ? OZ_OK : ozi_rows_pin(encoder->rows, chunk);
    oz_buffer_release(&encoder->chunk);
    encoder->chunk = chunk;
    encoder->used = 0;
    return status;
}

/* Lets the class write into what is left of the chunk, and into a larger one if that is too small.
 */
static oz_status
encode(ozi_key_encoder *encoder, oz_object object, ozi_key_encoded **out, size_t *canonical,
       size_t *total)
{
    for (int attempt = 0; attempt < 2; attempt++) {
        size_t needed = sizeof(ozi_key_encoded) + (attempt == 0 ? 0 : *total);
        if (encoder->chunk == NULL || encoder->used + needed > encoder->chunk->size) {
            OZ_TRY(open_chunk(encoder, needed));
        }
        *out = (ozi_key_encoded *)(void *)(encoder->chunk->data + encoder->used);
        size_t capacity = encoder->chunk->size - encoder->used - sizeof(ozi_key_encoded);
        *canonical = 0;
        *total = 0;
        OZ_TRY(encoder->objects->encode_key(object, (*out)->bytes, capacity, canonical, total));
        if (*total <= capacity) {
            return *total > UINT32_MAX ? OZ_INVALID : OZ_OK;
        }
    }
    return OZ_INVALID; /* a class that needs more each time it is asked */
}

static oz_status
key_of_encoded(ozi_key_encoder *encoder, oz_object object, oz_key *out)
{
    ozi_key_encoded *encoded;
    size_t canonical = 0;
    size_t total = 0;
    if (encoder->objects->encode_key != NULL) {
        OZ_TRY(encode(encoder, object, &encoded, &canonical, &total));
    }
    if (canonical == 0) {
        *out = (oz_key){(uint64_t)(uintptr_t)object, OZI_KEY_HIGH(OZI_KEY_OBJECT, 0)};
        return OZ_OK;
    }
    if (total == OZI_KEY_ENCODED_FLOAT && encoded->bytes[0] == 'F') {
        out->high = OZI_KEY_HIGH(OZI_KEY_FLOAT, OZI_KEY_SHOW_INT);
        memcpy(&out->low, encoded->bytes + 1, sizeof(out->low));
        return OZ_OK;
    }
    encoded->canonical = (uint32_t)canonical;
    encoded->total = (uint32_t)total;
    size_t size = sizeof(*encoded) + total;
    encoder->used += (size + ALIGN - 1) / ALIGN * ALIGN;
    *out = (oz_key){(uint64_t)(uintptr_t)encoded, OZI_KEY_HIGH(OZI_KEY_ENCODED, 0)};
    return OZ_OK;
}

oz_status
ozi_key_of_object(ozi_key_encoder *encoder, oz_object object, oz_key *out)
{
    oz_scalar scalar;
    encoder->objects->unbox(object, &scalar);
    return ozi_key_of_scalar(&scalar, out) ? OZ_OK : key_of_encoded(encoder, object, out);
}

void
ozi_key_encoder_close(ozi_key_encoder *encoder)
{
    oz_buffer_release(&encoder->chunk);
}
