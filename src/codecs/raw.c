/*
 * raw: whatever is there, as it was read.
 *
 * The stretch of bytes that one read gave is one record, cut where the limit is. Where records
 * begin and end means nothing, so they are BYTES; only their concatenation is what was sent.
 * Written out, nothing is put between records.
 */
#include "codecs/codecs.h"

static void
raw_decode(const oz_codec *codec, void *state, oz_decode *call)
{
    (void)codec;
    (void)state;
    while (call->count < call->room && call->consumed < call->size) {
        size_t size = call->size - call->consumed;
        size = size < call->record_max ? size : call->record_max;
        call->views[call->count++] = (oz_view){call->data + call->consumed, (uint32_t)size, 0};
        call->consumed += size;
    }
}

static oz_status
raw_encode(const oz_codec *codec, const oz_view *views, int64_t count, oz_bytes *out, int64_t *done,
           oz_error *error)
{
    (void)codec;
    (void)error;
    for (*done = 0; *done < count; (*done)++) {
        oz_view view = views[*done];
        OZ_TRY(oz_bytes_reserve(out, view.size));
        out->end = (size_t)(ozi_copy_short(out->data + out->end, view.data, view.size) - out->data);
    }
    return OZ_OK;
}

const oz_codec ozi_codec_raw = {
    .name = "raw",
    .summary = "Bytes as they come, without records.",
    .decode = raw_decode,
    .encode = raw_encode,
};
