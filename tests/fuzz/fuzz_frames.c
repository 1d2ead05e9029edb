/* Frames of every width and byte order, from any bytes, cut anywhere: see codec_input.h. */
#include "codecs/codecs.h"
#include "fuzz/codec_input.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const oz_codec *const codecs[] = {
        &ozi_codec_u8,    &ozi_codec_u16, &ozi_codec_u16le, &ozi_codec_u32,
        &ozi_codec_u32le, &ozi_codec_u64, &ozi_codec_u64le,
    };
    fuzz_codecs(data, size, codecs, sizeof codecs / sizeof codecs[0]);
    return 0;
}
