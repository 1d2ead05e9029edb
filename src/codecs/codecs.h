/* What the codecs of this folder share: the list of them, and how short records are copied. */
#ifndef OUZEL_CODECS_CODECS_H
#define OUZEL_CODECS_CODECS_H

#include <string.h>

#include "ouzel/codec.h"

extern const oz_codec ozi_codec_lines;
extern const oz_codec ozi_codec_raw;
extern const oz_codec ozi_codec_u8;
extern const oz_codec ozi_codec_u16;
extern const oz_codec ozi_codec_u16le;
extern const oz_codec ozi_codec_u32;
extern const oz_codec ozi_codec_u32le;
extern const oz_codec ozi_codec_u64;
extern const oz_codec ozi_codec_u64le;

/*
 * Copies `size` bytes and returns where they end. Most records are shorter than what the call of
 * memcpy costs; two loads that overlap treat any of 8 to 16 bytes alike.
 */
static inline char *
ozi_copy_short(char *target, const char *source, size_t size)
{
    if (size > 16) {
        memcpy(target, source, size);
    } else if (size >= 8) {
        uint64_t head;
        uint64_t tail;
        memcpy(&head, source, 8);
        memcpy(&tail, source + size - 8, 8);
        memcpy(target, &head, 8);
        memcpy(target + size - 8, &tail, 8);
    } else {
        for (size_t i = 0; i < size; i++) {
            target[i] = source[i];
        }
    }
    return target + size;
}

#endif
