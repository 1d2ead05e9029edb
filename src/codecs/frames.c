/*
 * frames: a length, then so many bytes.
 *
 *      0     1     2     3     4                    4 + n
 *     +-----+-----+-----+-----+-----+---  ...  ---+-----+
 *     |   n, big endian       |       n bytes           |      u32; u8, u16 and u64 alike
 *     +-----+-----+-----+-----+-----+---  ...  ---+-----+
 *     |   n, little endian    |       n bytes           |      u32le
 *     +-----+-----+-----+-----+-----+---  ...  ---+-----+
 *
 * The length counts what follows it and may be 0. It comes from a stranger: it is compared with the
 * limit before anything else is done with it, no sum is made of it that could overflow, and no
 * memory is taken for bytes that have not come. A frame over the limit is one fault, reported when
 * its length is read; its bytes are dropped as they come. A frame that the end of the input cuts is
 * one fault, too.
 */
#include "codecs/codecs.h"

typedef struct frames_state {
    uint64_t skip; /* bytes left of a frame that was too long */
} frames_state;

/* Drops what is there of a frame that was too long. */
static void
skip_rest(frames_state *state, oz_decode *call)
{
    size_t size = state->skip < call->size ? (size_t)state->skip : call->size;
    call->consumed = size;
    state->skip = call->last ? 0 : state->skip - size;
}

/* A frame over the limit begins where `consumed` is; its length was read. */
static void
too_long(frames_state *state, oz_decode *call, uint32_t header, uint64_t length)
{
    size_t left = call->size - call->consumed - header;
    size_t there = length < left ? (size_t)length : left;
    uint32_t shown = (uint32_t)(there < call->record_max ? there : call->record_max);
    call->fault = OZ_FAULT_LONG;
    call->bad = (oz_view){call->data + call->consumed + header, shown, 0};
    call->record_size = length;
    call->consumed += header + there;
    state->skip = call->last ? 0 : length - there;
}

/* `left` bytes of a frame that needs `needed`: the rest will come, or the frame is torn. */
static void
unfinished_frame(oz_decode *call, uint32_t header, size_t left, size_t needed)
{
    if (!call->last) {
        call->needed = needed;
    } else if (left > 0 && call->count == 0) {
        size_t skip = left < header ? left : header;
        call->fault = OZ_FAULT_TORN;
        call->bad = (oz_view){call->data + call->consumed + skip, (uint32_t)(left - skip), 0};
        call->consumed += left;
    }
}

/* The same loop for each kind of header; `read` is known when it is compiled. */
static inline __attribute__((always_inline)) void
decode_frames(frames_state *state, oz_decode *call, uint32_t header,
              uint64_t (*read)(const char *data))
{
    skip_rest(state, call);
    if (state->skip > 0) {
        return;
    }
    while (call->count < call->room) {
        const char *at = call->data + call->consumed;
        size_t left = call->size - call->consumed;
        if (left < header) {
            unfinished_frame(call, header, left, header);
            return;
        }
        uint64_t length = read(at);
        if (length > call->record_max) {
            if (call->count == 0) {
                too_long(state, call, header, length);
            }
            return;
        }
        if (left - header < length) {
            unfinished_frame(call, header, left, header + (size_t)length);
            return;
        }
        call->views[call->count++] = (oz_view){at + header, (uint32_t)length, 0};
        call->consumed += header + (size_t)length;
    }
}

static inline uint64_t
read_1(const char *data)
{
    return (unsigned char)*data;
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define BIG(bits, value) __builtin_bswap##bits(value)
#define LITTLE(bits, value) (value)
#else
#define BIG(bits, value) (value)
#define LITTLE(bits, value) __builtin_bswap##bits(value)
#endif

#define READ(name, type, bits, order)                                                              \
    static inline uint64_t name(const char *data)                                                  \
    {                                                                                              \
        type value;                                                                                \
        memcpy(&value, data, sizeof value);                                                        \
        return order(bits, value);                                                                 \
    }
READ(read_2, uint16_t, 16, BIG)
READ(read_2_le, uint16_t, 16, LITTLE)
READ(read_4, uint32_t, 32, BIG)
READ(read_4_le, uint32_t, 32, LITTLE)
READ(read_8, uint64_t, 64, BIG)
READ(read_8_le, uint64_t, 64, LITTLE)

static void
frames_decode(const oz_codec *codec, void *state, oz_decode *call)
{
    switch (codec->header) {
    case 1:
        decode_frames(state, call, 1, read_1);
        return;
    case 2:
        codec->swapped ? decode_frames(state, call, 2, read_2_le)
                       : decode_frames(state, call, 2, read_2);
        return;
    case 4:
        codec->swapped ? decode_frames(state, call, 4, read_4_le)
                       : decode_frames(state, call, 4, read_4);
        return;
    default:
        codec->swapped ? decode_frames(state, call, 8, read_8_le)
                       : decode_frames(state, call, 8, read_8);
        return;
    }
}

static char *
write_length(const oz_codec *codec, char *target, uint64_t length)
{
    for (uint32_t i = 0; i < codec->header; i++) {
        uint32_t shift = 8 * (codec->swapped ? i : codec->header - 1 - i);
        target[i] = (char)(length >> shift);
    }
    return target + codec->header;
}

static oz_status
frames_encode(const oz_codec *codec, const oz_view *views, int64_t count, oz_bytes *out,
              int64_t *done, oz_error *error)
{
    uint64_t most = codec->header >= 4 ? UINT32_MAX : (UINT64_C(1) << 8 * codec->header) - 1;
    for (*done = 0; *done < count; (*done)++) {
        oz_view view = views[*done];
        if (view.size > most) {
            return oz_error_set(error, OZ_BAD_RECORD,
                                "a record of %u bytes does not fit into a %s frame (%llu at most)",
                                view.size, codec->name, (unsigned long long)most);
        }
        OZ_TRY(oz_bytes_reserve(out, (size_t)codec->header + view.size));
        char *target = write_length(codec, out->data + out->end, view.size);
        out->end = (size_t)(ozi_copy_short(target, view.data, view.size) - out->data);
    }
    return OZ_OK;
}

#define FRAMES(id, bytes, little, text_)                                                           \
    const oz_codec ozi_codec_##id = {                                                              \
        .name = #id,                                                                               \
        .summary = text_,                                                                          \
        .framed = true,                                                                            \
        .state_size = sizeof(frames_state),                                                        \
        .header = bytes,                                                                           \
        .swapped = little,                                                                         \
        .decode = frames_decode,                                                                   \
        .encode = frames_encode,                                                                   \
    };
FRAMES(u8, 1, false, "Frames of at most 255 bytes after a length of one byte.")
FRAMES(u16, 2, false, "Frames of at most 65,535 bytes after a length of two bytes, big endian.")
FRAMES(u16le, 2, true, "Frames of at most 65,535 bytes after a length of two bytes, little endian.")
FRAMES(u32, 4, false, "Frames after a length of four bytes, big endian.")
FRAMES(u32le, 4, true, "Frames after a length of four bytes, little endian.")
FRAMES(u64, 8, false, "Frames after a length of eight bytes, big endian.")
FRAMES(u64le, 8, true, "Frames after a length of eight bytes, little endian.")
