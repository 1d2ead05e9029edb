/*
 * The streams of a source of numbered records: where each of them stands, and what of it is safe.
 *
 *     last     the last record that was emitted; in the table of the source
 *     marks    at which positions of the source the stream stood where: a position that is safe
 *              tells which records are
 *     acked    the last record that is safe
 */
#ifndef OUZEL_CONNECTORS_STREAMS_H
#define OUZEL_CONNECTORS_STREAMS_H

#include "base/vec.h"
#include "codecs/sequenced.h"
#include "ouzel/op.h"

/* Table 0 of such a source. */
#define OZI_STREAMS_TABLE                                                                          \
    {                                                                                              \
        .name = "streams", .kind = OZ_TABLE_MAP,                                                   \
        .fields = {OZ_FIELD_INT64, OZ_FIELD_INT64, OZ_FIELD_INT64},                                \
        .help = "of each its last number, its session, and whether it has ended"                   \
    }

typedef struct ozi_stream {
    char name[OZI_STREAM_MAX + 1];
    oz_key key;     /* points to `name` */
    uint64_t last;  /* was emitted */
    uint64_t acked; /* is safe */
    uint64_t session;
    bool has_ended;
    size_t unacked; /* bytes since the last epoch was asked for */
    ozi_vec marks;  /* of what is not acknowledged, in order */
    void *sender;   /* the connection that sends it; NULL: none now */
    const oz_origin *origin;
} ozi_stream;

typedef struct ozi_streams {
    const oz_alloc *alloc;
    ozi_vec list;    /* ozi_stream * */
    int64_t emitted; /* records and ends, of all: the position of the source */
    int64_t asked;   /* the last position that was asked for */
    int64_t ended;
} ozi_streams;

/* With those of the table. CORRUPT: it is not such a table. */
OZ_MUST_USE oz_status
ozi_streams_init(ozi_streams *streams, oz_context *context);
void
ozi_streams_free(ozi_streams *streams);
static inline ozi_stream *
ozi_stream_at(const ozi_streams *streams, size_t index)
{
    return *(ozi_stream **)ozi_vec_at(&streams->list, index);
}
/* NULL: there is none of that name. */
ozi_stream *
ozi_stream_find(const ozi_streams *streams, const char *name, size_t size);
/* A new one; NULL when memory is out. */
ozi_stream *
ozi_stream_add(ozi_streams *streams, const char *name, size_t size);
/* Writes into the table what the stream is now. */
OZ_MUST_USE oz_status
ozi_stream_save(oz_context *context, const ozi_stream *of);
/* Everything up to `last` was emitted, or left out. */
OZ_MUST_USE oz_status
ozi_stream_move_on(ozi_streams *streams, oz_context *context, ozi_stream *of, uint64_t last);
/* The position of the source `safe` is: whether there is something to be acknowledged. */
bool
ozi_stream_is_safe(ozi_stream *of, int64_t safe);

#endif
