/* The list of codecs, names of faults, and bytes on their way out. */
#include <string.h>

#include "base/alloc.h"
#include "codecs/codecs.h"

static const oz_codec *const codecs[] = {
    &ozi_codec_lines, &ozi_codec_raw,   &ozi_codec_u8,  &ozi_codec_u16,   &ozi_codec_u16le,
    &ozi_codec_u32,   &ozi_codec_u32le, &ozi_codec_u64, &ozi_codec_u64le, NULL,
};

#define FAULT_NAME(name, counter, text) counter,
#define FAULT_TEXT(name, counter, text) text,
static const char *const fault_names[] = {OZ_FAULT_TABLE(FAULT_NAME)};
static const char *const fault_texts[] = {OZ_FAULT_TABLE(FAULT_TEXT)};
#undef FAULT_NAME
#undef FAULT_TEXT

enum { BYTES_FIRST = 1024, VIEWS_MAX = 64 };

const oz_codec *
oz_codec_find(const char *name)
{
    for (const oz_codec *const *codec = codecs; *codec != NULL; codec++) {
        if (strcmp((*codec)->name, name) == 0) {
            return *codec;
        }
    }
    return NULL;
}

const oz_codec *const *
oz_codecs(void)
{
    return codecs;
}

int64_t
oz_codec_count(const oz_codec *codec, const void *state, const char *data, size_t size)
{
    oz_view views[VIEWS_MAX];
    uint64_t copy[OZ_CODEC_STATE_MAX / sizeof(uint64_t)] = {0};
    int64_t count = 0;
    if (!codec->framed) {
        return size > 0;
    }
    if (state != NULL) {
        memcpy(copy, state, codec->state_size);
    }
    while (size > 0) {
        oz_decode call = {.data = data,
                          .size = size,
                          .record_max = OZ_RECORD_MAX_LIMIT,
                          .views = views,
                          .room = VIEWS_MAX};
        codec->decode(codec, copy, &call);
        count += call.count;
        if (call.consumed == 0) {
            return count + 1;
        }
        data += call.consumed;
        size -= call.consumed;
    }
    return count;
}

const char *
oz_fault_name(oz_fault fault)
{
    return (unsigned)fault < OZ_FAULT_COUNT ? fault_names[fault] : "unknown";
}

const char *
oz_fault_text(oz_fault fault)
{
    return (unsigned)fault < OZ_FAULT_COUNT ? fault_texts[fault] : "is faulty";
}

oz_status
oz_bytes_reserve(oz_bytes *bytes, size_t more)
{
    if (more <= bytes->capacity - bytes->end) {
        return OZ_OK;
    }
    size_t held = oz_bytes_size(bytes);
    size_t needed;
    if (__builtin_add_overflow(held, more, &needed)) {
        return OZ_NO_MEMORY;
    }
    if (bytes->begin > 0) {
        memmove(bytes->data, bytes->data + bytes->begin, held);
        bytes->begin = 0;
        bytes->end = held;
    }
    size_t capacity = bytes->capacity < BYTES_FIRST ? BYTES_FIRST : bytes->capacity;
    while (capacity < needed) {
        capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
    }
    if (capacity > bytes->capacity) {
        char *data = ozi_alloc_resize(bytes->alloc, bytes->data, bytes->capacity, capacity);
        if (data == NULL) {
            return OZ_NO_MEMORY;
        }
        bytes->data = data;
        bytes->capacity = capacity;
    }
    return OZ_OK;
}

void
oz_bytes_drop(oz_bytes *bytes, size_t size)
{
    bytes->begin += size;
    if (bytes->begin == bytes->end) {
        bytes->begin = bytes->end = 0;
    }
}

void
oz_bytes_free(oz_bytes *bytes)
{
    ozi_alloc_free(bytes->alloc, bytes->data, bytes->capacity);
    *bytes = (oz_bytes){.alloc = bytes->alloc};
}
