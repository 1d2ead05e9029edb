/* Numbered frames from any bytes, as the source and the sender take them from a connection. */
#include <string.h>

#include "codecs/sequenced.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads the body as every kind of frame: what is taken lies within it. */
static void
look_at(ozi_frame frame)
{
    ozi_hello hello;
    uint64_t number;
    uint32_t count;
    if (ozi_take_hello(frame, &hello) &&
        (hello.stream < frame.body || hello.stream + hello.stream_size > frame.body + frame.size)) {
        __builtin_trap();
    }
    if (!ozi_take_u64(&frame, &number) || !ozi_take_u32(&frame, &count)) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        const char *record;
        uint32_t length;
        if (!ozi_take_u32(&frame, &length) || !ozi_take_bytes(&frame, length, &record)) {
            return;
        }
    }
}

/* The bytes as they come; and as the body of a frame, whose checksums no fuzzer would guess. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ozi_frame frame;
    size_t taken = 1;
    size_t needed;
    for (size_t at = 0; at < size && taken > 0; at += taken) {
        if (ozi_frame_take((const char *)data + at, size - at, 4096, &frame, &taken, &needed) !=
            OZ_OK) {
            break;
        }
        if (taken > 0) {
            look_at(frame);
        }
    }
    oz_bytes bytes = {.alloc = oz_alloc_default()};
    size_t begin;
    if (size > 0 && size < 65536 &&
        ozi_frame_begin(&bytes, (ozi_frame_kind)data[0], size, &begin) == OZ_OK) {
        ozi_put_bytes(&bytes, data + 1, size - 1);
        ozi_frame_end(&bytes, begin);
        if (ozi_frame_take(bytes.data + bytes.begin, oz_bytes_size(&bytes), size, &frame, &taken,
                           &needed) != OZ_OK ||
            taken != oz_bytes_size(&bytes)) {
            __builtin_trap();
        }
        look_at(frame);
    }
    oz_bytes_free(&bytes);
    return 0;
}
