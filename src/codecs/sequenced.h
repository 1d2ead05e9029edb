/*
 * The frames of a connection whose records have numbers and are acknowledged: docs/protocol.md.
 *
 *     frame   | u8 kind | u32 size of the body | u32 CRC-32C of the body | u32 that of the 9 bytes
 *               before | body |
 *
 *     HELLO   | "ouzel" | u8 version | u64 session | u16 size, stream |     a sender begins
 *     RECORDS | u64 number of the first | u32 how many | u32 size, bytes | ...
 *     END     | u64 number of the last record of the stream |
 *     WELCOME | u64 last that is safe | u32 window |                        the engine answers
 *     ACK     | u64 last that is safe |
 *     REFUSED | u8 reason | text |                                          ... and closes
 *
 * Numbers are little-endian. Records of a stream are numbered from 1 without gaps; 0 is "none yet".
 */
#ifndef OUZEL_CODECS_SEQUENCED_H
#define OUZEL_CODECS_SEQUENCED_H

#include "ouzel/codec.h"

enum {
    OZI_SEQUENCED_VERSION = 1,
    OZI_FRAME_HEAD = 13,
    OZI_FRAME_BODY_MAX = 1 << 26,
    OZI_STREAM_MAX = 255, /* bytes of the name of a stream */
};

typedef enum ozi_frame_kind {
    OZI_FRAME_HELLO = 1,
    OZI_FRAME_RECORDS = 2,
    OZI_FRAME_END = 3,
    OZI_FRAME_WELCOME = 17,
    OZI_FRAME_ACK = 18,
    OZI_FRAME_REFUSED = 19,
} ozi_frame_kind;

typedef enum ozi_refusal {
    OZI_REFUSED_PROTOCOL = 1, /* what came is not this protocol, or was damaged: connect anew */
    OZI_REFUSED_FENCED = 2,   /* a later session sends this stream: give up */
    OZI_REFUSED_FULL = 3,     /* as many streams as there may be: give up */
    OZI_REFUSED_GAP = 4,      /* records are missing: send again what is not acknowledged */
    OZI_REFUSED_ENDED = 5,    /* the stream has ended: give up */
} ozi_refusal;

typedef struct ozi_frame {
    ozi_frame_kind kind;
    const char *body; /* borrowed */
    size_t size;
} ozi_frame;

/*
 * The frame at the front of `size` bytes. OK, and `*taken` bytes are dealt with; or `*taken` is 0:
 * it is not whole yet, and has `*needed` bytes (at least). CORRUPT: a size above `body_max`, or a
 * checksum that does not match; that of the head is looked at before its size is believed, so that
 * nobody waits for bytes that were never sent.
 */
OZ_MUST_USE oz_status
ozi_frame_take(const char *data, size_t size, size_t body_max, ozi_frame *out, size_t *taken,
               size_t *needed);

/* Begins a frame at the end of `out`, with room for `size` bytes of body; those are appended. */
OZ_MUST_USE oz_status
ozi_frame_begin(oz_bytes *out, ozi_frame_kind kind, size_t size, size_t *begin);
/* All from `begin` on is the frame: its head is filled in. */
void
ozi_frame_end(oz_bytes *out, size_t begin);

/* What the bodies consist of; `put` into room that is there, `take` false when it is not. */
void
ozi_put_u8(oz_bytes *out, uint8_t value);
void
ozi_put_u16(oz_bytes *out, uint16_t value);
void
ozi_put_u32(oz_bytes *out, uint32_t value);
void
ozi_put_u64(oz_bytes *out, uint64_t value);
void
ozi_put_bytes(oz_bytes *out, const void *data, size_t size);
bool
ozi_take_u8(ozi_frame *frame, uint8_t *value);
bool
ozi_take_u16(ozi_frame *frame, uint16_t *value);
bool
ozi_take_u32(ozi_frame *frame, uint32_t *value);
bool
ozi_take_u64(ozi_frame *frame, uint64_t *value);
bool
ozi_take_bytes(ozi_frame *frame, size_t size, const char **data);

typedef struct ozi_hello {
    uint8_t version;
    uint64_t session;
    const char *stream; /* no NUL behind it */
    uint16_t stream_size;
} ozi_hello;

OZ_MUST_USE oz_status
ozi_put_hello(oz_bytes *out, const ozi_hello *hello);
/* False: it is none. */
bool
ozi_take_hello(ozi_frame frame, ozi_hello *hello);
OZ_MUST_USE oz_status
ozi_put_welcome(oz_bytes *out, uint64_t last, uint32_t window);
OZ_MUST_USE oz_status
ozi_put_number(oz_bytes *out, ozi_frame_kind kind, uint64_t number); /* ACK, END */
OZ_MUST_USE oz_status
ozi_put_refused(oz_bytes *out, ozi_refusal reason, const char *text);

#endif
