#include "connectors/streams.h"

#include <string.h>

#include "base/alloc.h"
#include "batch/key.h"
#include "batch/rows.h"

/* The value of a stream in the table. */
typedef struct saved {
    int64_t last;
    int64_t session;
    int64_t ended;
} saved;

/* After so many records of the source, `last` was the last one of the stream. */
typedef struct mark {
    int64_t after;
    uint64_t last;
} mark;

ozi_stream *
ozi_stream_find(const ozi_streams *streams, const char *name, size_t size)
{
    for (size_t i = 0; i < streams->list.count; i++) {
        ozi_stream *of = ozi_stream_at(streams, i);
        if (strlen(of->name) == size && memcmp(of->name, name, size) == 0) {
            return of;
        }
    }
    return NULL;
}

static void
free_stream(const ozi_streams *streams, ozi_stream *of)
{
    ozi_vec_free(&of->marks);
    ozi_origin_release(&of->origin);
    ozi_alloc_free(streams->alloc, of, sizeof *of);
}

ozi_stream *
ozi_stream_add(ozi_streams *streams, const char *name, size_t size)
{
    ozi_stream *made = ozi_alloc_zero(streams->alloc, sizeof *made);
    if (made == NULL) {
        return NULL;
    }
    memcpy(made->name, name, size);
    made->key = ozi_key_of_text(OZ_STRING, made->name, (uint32_t)size);
    ozi_vec_init(&made->marks, streams->alloc, sizeof(mark));
    made->origin = ozi_origin_new(streams->alloc, made->name, "record", 0, 0);
    if (made->origin == NULL || ozi_vec_append(&streams->list, &made, 1) != OZ_OK) {
        free_stream(streams, made);
        return NULL;
    }
    return made;
}

static oz_status
restore(ozi_streams *streams, oz_table *table)
{
    oz_cursor cursor = {0};
    const oz_key *key;
    void *value;
    while (oz_map_next(table, &oz_key_single, OZ_HASH_SINGLE, &cursor, &key, &value)) {
        oz_scalar name;
        const saved *was = value;
        if (!ozi_key_scalar(key, &name) || name.size > OZI_STREAM_MAX) {
            return OZ_CORRUPT;
        }
        ozi_stream *of = ozi_stream_add(streams, name.as.data, name.size);
        if (of == NULL) {
            return OZ_NO_MEMORY;
        }
        of->last = of->acked = (uint64_t)was->last;
        of->session = (uint64_t)was->session;
        of->has_ended = was->ended != 0;
        streams->ended += of->has_ended;
    }
    return OZ_OK;
}

oz_status
ozi_streams_init(ozi_streams *streams, oz_context *context)
{
    *streams = (ozi_streams){.alloc = oz_context_alloc(context)};
    ozi_vec_init(&streams->list, streams->alloc, sizeof(ozi_stream *));
    return oz_has_epochs(context) ? restore(streams, oz_context_table(context, 0)) : OZ_OK;
}

void
ozi_streams_free(ozi_streams *streams)
{
    for (size_t i = 0; i < streams->list.count; i++) {
        free_stream(streams, ozi_stream_at(streams, i));
    }
    ozi_vec_free(&streams->list);
}

oz_status
ozi_stream_save(oz_context *context, const ozi_stream *of)
{
    if (!oz_has_epochs(context)) {
        return OZ_OK;
    }
    void *value;
    bool is_new;
    OZ_TRY(oz_map_put(oz_context_table(context, 0), &oz_key_single, OZ_HASH_SINGLE, &of->key,
                      &value, &is_new));
    *(saved *)value = (saved){(int64_t)of->last, (int64_t)of->session, of->has_ended};
    return OZ_OK;
}

/* Marks that no position lies between are one: there are few of them. */
oz_status
ozi_stream_move_on(ozi_streams *streams, oz_context *context, ozi_stream *of, uint64_t last)
{
    streams->emitted += (int64_t)(last - of->last);
    of->last = last;
    OZ_TRY(ozi_stream_save(context, of));
    mark *latest = of->marks.count == 0 ? NULL : ozi_vec_last(&of->marks);
    const mark now = {.after = streams->emitted, .last = last};
    if (latest != NULL && latest->after > streams->asked) {
        *latest = now;
        return OZ_OK;
    }
    return ozi_vec_append(&of->marks, &now, 1);
}

bool
ozi_stream_is_safe(ozi_stream *of, int64_t safe)
{
    bool has_moved = false;
    while (of->marks.count > 0 && ((const mark *)ozi_vec_at(&of->marks, 0))->after <= safe) {
        of->acked = ((const mark *)ozi_vec_at(&of->marks, 0))->last;
        ozi_vec_remove(&of->marks, 0);
        has_moved = true;
    }
    return has_moved;
}
