/*
 * For tests only: packed streams in memory. Include it after cmocka.h.
 *
 *     test_stream stream = {.alloc = alloc};
 *     ozi_pack pack;
 *     assert_ok(test_pack_begin(&stream, &pack));
 */
#ifndef OUZEL_BASE_PACK_TESTING_H
#define OUZEL_BASE_PACK_TESTING_H

#include "base/pack.h"
#include "base/vec.h"

typedef struct test_stream {
    ozi_vec bytes;
    size_t taken;
} test_stream;

static inline oz_status
test_stream_put(void *context, const void *block, size_t size)
{
    return ozi_vec_append(&((test_stream *)context)->bytes, block, size);
}

static inline oz_status
test_stream_get(void *context, void *data, size_t size)
{
    test_stream *stream = context;
    if (stream->bytes.count - stream->taken < size) {
        return OZ_CORRUPT;
    }
    memcpy(data, (const char *)stream->bytes.items + stream->taken, size);
    stream->taken += size;
    return OZ_OK;
}

static inline oz_status
test_pack_begin(test_stream *stream, const oz_alloc *alloc, ozi_pack *pack)
{
    ozi_vec_init(&stream->bytes, alloc, 1);
    stream->taken = 0;
    return ozi_pack_init(pack, alloc, test_stream_put, stream);
}

static inline oz_status
test_unpack_begin(test_stream *stream, const oz_alloc *alloc, ozi_unpack *unpack)
{
    stream->taken = 0;
    return ozi_unpack_init(unpack, alloc, test_stream_get, stream);
}

#endif
