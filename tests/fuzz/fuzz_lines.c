/* Lines, from any bytes, cut anywhere: see codec_input.h. */
#include "codecs/codecs.h"
#include "fuzz/codec_input.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const oz_codec *const codecs[] = {&ozi_codec_lines};
    fuzz_codecs(data, size, codecs, 1);
    return 0;
}
