#include "codecs/sequenced.h"

#include <string.h>

#include "base/crc.h"

enum { AT_SIZE = 1, AT_BODY_SUM = 5, AT_HEAD_SUM = 9 };
static const char MAGIC[] = {'o', 'u', 'z', 'e', 'l'};

/* ---- numbers --------------------------------------------------------------------------------- */

void
ozi_put_bytes(oz_bytes *out, const void *data, size_t size)
{
    memcpy(out->data + out->end, data, size);
    out->end += size;
}

void
ozi_put_u8(oz_bytes *out, uint8_t value)
{
    ozi_put_bytes(out, &value, sizeof value);
}

void
ozi_put_u16(oz_bytes *out, uint16_t value)
{
    ozi_put_bytes(out, &value, sizeof value);
}

void
ozi_put_u32(oz_bytes *out, uint32_t value)
{
    ozi_put_bytes(out, &value, sizeof value);
}

void
ozi_put_u64(oz_bytes *out, uint64_t value)
{
    ozi_put_bytes(out, &value, sizeof value);
}

bool
ozi_take_bytes(ozi_frame *frame, size_t size, const char **data)
{
    if (size > frame->size) {
        return false;
    }
    *data = frame->body;
    frame->body += size;
    frame->size -= size;
    return true;
}

static bool
take(ozi_frame *frame, void *value, size_t size)
{
    const char *data;
    if (!ozi_take_bytes(frame, size, &data)) {
        return false;
    }
    memcpy(value, data, size);
    return true;
}

bool
ozi_take_u8(ozi_frame *frame, uint8_t *value)
{
    return take(frame, value, sizeof *value);
}

bool
ozi_take_u16(ozi_frame *frame, uint16_t *value)
{
    return take(frame, value, sizeof *value);
}

bool
ozi_take_u32(ozi_frame *frame, uint32_t *value)
{
    return take(frame, value, sizeof *value);
}

bool
ozi_take_u64(ozi_frame *frame, uint64_t *value)
{
    return take(frame, value, sizeof *value);
}

/* ---- frames ---------------------------------------------------------------------------------- */

oz_status
ozi_frame_take(const char *data, size_t size, size_t body_max, ozi_frame *out, size_t *taken,
               size_t *needed)
{
    uint32_t body;
    uint32_t sum;
    uint32_t head_sum;
    *taken = 0;
    *needed = OZI_FRAME_HEAD;
    if (size < OZI_FRAME_HEAD) {
        return OZ_OK;
    }
    memcpy(&body, data + AT_SIZE, sizeof body);
    memcpy(&sum, data + AT_BODY_SUM, sizeof sum);
    memcpy(&head_sum, data + AT_HEAD_SUM, sizeof head_sum);
    if (ozi_crc(0, data, AT_HEAD_SUM) != head_sum || body > body_max) {
        return OZ_CORRUPT;
    }
    *needed = OZI_FRAME_HEAD + (size_t)body;
    if (size < *needed) {
        return OZ_OK;
    }
    if (ozi_crc(0, data + OZI_FRAME_HEAD, body) != sum) {
        return OZ_CORRUPT;
    }
    *out = (ozi_frame){.kind = (ozi_frame_kind)(uint8_t)data[0],
                       .body = data + OZI_FRAME_HEAD,
                       .size = body};
    *taken = *needed;
    return OZ_OK;
}

oz_status
ozi_frame_begin(oz_bytes *out, ozi_frame_kind kind, size_t size, size_t *begin)
{
    OZ_TRY(oz_bytes_reserve(out, OZI_FRAME_HEAD + size));
    *begin = out->end - out->begin;
    ozi_put_u8(out, (uint8_t)kind);
    out->end += OZI_FRAME_HEAD - 1;
    return OZ_OK;
}

void
ozi_frame_end(oz_bytes *out, size_t begin)
{
    char *head = out->data + out->begin + begin;
    uint32_t body = (uint32_t)(out->end - out->begin - begin - OZI_FRAME_HEAD);
    uint32_t sum = ozi_crc(0, head + OZI_FRAME_HEAD, body);
    memcpy(head + AT_SIZE, &body, sizeof body);
    memcpy(head + AT_BODY_SUM, &sum, sizeof sum);
    sum = ozi_crc(0, head, AT_HEAD_SUM);
    memcpy(head + AT_HEAD_SUM, &sum, sizeof sum);
}

/* ---- what they say --------------------------------------------------------------------------- */

oz_status
ozi_put_hello(oz_bytes *out, const ozi_hello *hello)
{
    size_t begin;
    OZ_TRY(ozi_frame_begin(out, OZI_FRAME_HELLO, sizeof MAGIC + 11 + hello->stream_size, &begin));
    ozi_put_bytes(out, MAGIC, sizeof MAGIC);
    ozi_put_u8(out, hello->version);
    ozi_put_u64(out, hello->session);
    ozi_put_u16(out, hello->stream_size);
    ozi_put_bytes(out, hello->stream, hello->stream_size);
    ozi_frame_end(out, begin);
    return OZ_OK;
}

bool
ozi_take_hello(ozi_frame frame, ozi_hello *hello)
{
    const char *magic;
    return frame.kind == OZI_FRAME_HELLO && ozi_take_bytes(&frame, sizeof MAGIC, &magic) &&
           memcmp(magic, MAGIC, sizeof MAGIC) == 0 && ozi_take_u8(&frame, &hello->version) &&
           ozi_take_u64(&frame, &hello->session) && ozi_take_u16(&frame, &hello->stream_size) &&
           ozi_take_bytes(&frame, hello->stream_size, &hello->stream) && frame.size == 0 &&
           hello->stream_size > 0 && hello->stream_size <= OZI_STREAM_MAX;
}

oz_status
ozi_put_welcome(oz_bytes *out, uint64_t last, uint32_t window)
{
    size_t begin;
    OZ_TRY(ozi_frame_begin(out, OZI_FRAME_WELCOME, sizeof last + sizeof window, &begin));
    ozi_put_u64(out, last);
    ozi_put_u32(out, window);
    ozi_frame_end(out, begin);
    return OZ_OK;
}

oz_status
ozi_put_number(oz_bytes *out, ozi_frame_kind kind, uint64_t number)
{
    size_t begin;
    OZ_TRY(ozi_frame_begin(out, kind, sizeof number, &begin));
    ozi_put_u64(out, number);
    ozi_frame_end(out, begin);
    return OZ_OK;
}

oz_status
ozi_put_refused(oz_bytes *out, ozi_refusal reason, const char *text)
{
    size_t begin;
    size_t size = strlen(text);
    OZ_TRY(ozi_frame_begin(out, OZI_FRAME_REFUSED, 1 + size, &begin));
    ozi_put_u8(out, (uint8_t)reason);
    ozi_put_bytes(out, text, size);
    ozi_frame_end(out, begin);
    return OZ_OK;
}
