#include "exchange/lane.h"

#include <string.h>

enum { PREFIX_BYTES = 8, FIRST_CAPACITY = 1 << 12, BODY_MAX = 1 << 30 };

/* A vector that has grown for one long message is not kept. */
enum { KEEP_MAX = 1 << 22 };

static oz_status
reserve(const oz_alloc *alloc, char **data, size_t *capacity, size_t needed)
{
    if (needed <= *capacity) {
        return OZ_OK;
    }
    size_t grown = *capacity == 0 ? FIRST_CAPACITY : *capacity;
    while (grown < needed) {
        grown *= 2;
    }
    char *moved = ozi_alloc_resize(alloc, *data, *capacity, grown);
    if (moved == NULL) {
        return OZ_NO_MEMORY;
    }
    *data = moved;
    *capacity = grown;
    return OZ_OK;
}

static void
shrink(const oz_alloc *alloc, char **data, size_t *capacity)
{
    if (*capacity > KEEP_MAX) {
        ozi_alloc_free(alloc, *data, *capacity);
        *data = NULL;
        *capacity = 0;
    }
}

/* ---- writing --------------------------------------------------------------------------------- */

void
ozi_lane_writer_init(ozi_lane_writer *writer, const oz_alloc *alloc, ozi_lane *lane, uint64_t bytes)
{
    *writer = (ozi_lane_writer){.lane = lane, .mask = bytes - 1, .alloc = alloc};
    writer->tail = atomic_load_explicit(&lane->tail, memory_order_relaxed);
    writer->head = atomic_load_explicit(&lane->head, memory_order_acquire);
}

void
ozi_lane_writer_free(ozi_lane_writer *writer)
{
    ozi_alloc_free(writer->alloc, writer->pending, writer->capacity);
    *writer = (ozi_lane_writer){.lane = NULL};
}

oz_status
ozi_lane_begin(ozi_lane_writer *writer, uint32_t kind)
{
    uint32_t prefix[2] = {0, kind};
    writer->message = writer->size;
    return ozi_lane_append(writer, prefix, sizeof prefix);
}

oz_status
ozi_lane_append(ozi_lane_writer *writer, const void *data, size_t size)
{
    if (writer->size - writer->message + size > BODY_MAX) {
        return OZ_FULL;
    }
    OZ_TRY(reserve(writer->alloc, &writer->pending, &writer->capacity, writer->size + size));
    memcpy(writer->pending + writer->size, data, size);
    writer->size += size;
    return OZ_OK;
}

void
ozi_lane_end(ozi_lane_writer *writer)
{
    uint32_t size = (uint32_t)(writer->size - writer->message - PREFIX_BYTES);
    memcpy(writer->pending + writer->message, &size, sizeof size);
    writer->message = writer->size;
}

void
ozi_lane_cancel(ozi_lane_writer *writer)
{
    writer->size = writer->message;
}

static uint64_t
room(const ozi_lane_writer *writer)
{
    return writer->mask + 1 - (writer->tail - writer->head);
}

/*
 * Tells the reader to say when there is room, and looks once more: it may just have read. Each time
 * anew: the reader may have answered what was asked before, for room that has been used since.
 */
static bool
ask_for_room(ozi_lane_writer *writer)
{
    atomic_store(&writer->lane->wants_room, 1);
    atomic_thread_fence(memory_order_seq_cst);
    writer->head = atomic_load_explicit(&writer->lane->head, memory_order_acquire);
    return room(writer) > 0;
}

static void
copy_in(ozi_lane_writer *writer, uint64_t count)
{
    uint64_t at = writer->tail & writer->mask;
    uint64_t until_end = writer->mask + 1 - at;
    uint64_t first = count < until_end ? count : until_end;
    memcpy(writer->lane->bytes + at, writer->pending + writer->sent, first);
    memcpy(writer->lane->bytes, writer->pending + writer->sent + first, count - first);
    writer->tail += count;
    writer->sent += count;
}

static bool
has_nothing_left(ozi_lane_writer *writer)
{
    if (writer->sent < writer->size) {
        return false;
    }
    writer->size = writer->sent = writer->message = 0;
    shrink(writer->alloc, &writer->pending, &writer->capacity);
    return true;
}

bool
ozi_lane_flush(ozi_lane_writer *writer, bool *moved)
{
    ozi_lane *lane = writer->lane;
    *moved = false;
    if (ozi_lane_is_closed(writer)) {
        writer->sent = writer->size;
    }
    while (writer->sent < writer->size) {
        uint64_t left = writer->size - writer->sent;
        if (room(writer) < left) {
            writer->head = atomic_load_explicit(&lane->head, memory_order_acquire);
        }
        uint64_t count = room(writer) < left ? room(writer) : left;
        if (count == 0) {
            if (!ask_for_room(writer)) {
                break;
            }
            continue;
        }
        copy_in(writer, count);
        atomic_store_explicit(&lane->tail, writer->tail, memory_order_release);
        *moved = true;
    }
    return has_nothing_left(writer);
}

bool
ozi_lane_has_room(ozi_lane_writer *writer)
{
    return room(writer) > 0 || ozi_lane_is_closed(writer) || ask_for_room(writer);
}

bool
ozi_lane_is_closed(const ozi_lane_writer *writer)
{
    return atomic_load_explicit(&writer->lane->is_closed, memory_order_relaxed) != 0;
}

/* ---- reading --------------------------------------------------------------------------------- */

void
ozi_lane_reader_init(ozi_lane_reader *reader, const oz_alloc *alloc, ozi_lane *lane, uint64_t bytes)
{
    *reader = (ozi_lane_reader){.lane = lane, .mask = bytes - 1, .alloc = alloc};
    reader->head = atomic_load_explicit(&lane->head, memory_order_relaxed);
    reader->tail = reader->head;
}

void
ozi_lane_reader_free(ozi_lane_reader *reader)
{
    ozi_alloc_free(reader->alloc, reader->body, reader->capacity);
    *reader = (ozi_lane_reader){.lane = NULL};
}

static uint64_t
copy_out(ozi_lane_reader *reader, void *to, uint64_t wanted)
{
    uint64_t there = reader->tail - reader->head;
    uint64_t count = wanted < there ? wanted : there;
    uint64_t at = reader->head & reader->mask;
    uint64_t until_end = reader->mask + 1 - at;
    uint64_t first = count < until_end ? count : until_end;
    memcpy(to, reader->lane->bytes + at, first);
    memcpy((char *)to + first, reader->lane->bytes, count - first);
    reader->head += count;
    return count;
}

/* As much of the message as is there. */
static oz_status
read_on(ozi_lane_reader *reader)
{
    if (reader->head_bytes < PREFIX_BYTES) {
        char *prefix = (char *)reader->prefix;
        reader->head_bytes += (uint32_t)copy_out(reader, prefix + reader->head_bytes,
                                                 PREFIX_BYTES - reader->head_bytes);
    }
    if (reader->head_bytes < PREFIX_BYTES) {
        return OZ_OK;
    }
    if (reader->prefix[0] > BODY_MAX) {
        return OZ_CORRUPT;
    }
    OZ_TRY(reserve(reader->alloc, &reader->body, &reader->capacity, reader->prefix[0]));
    if (reader->got < reader->prefix[0]) {
        reader->got +=
            copy_out(reader, reader->body + reader->got, reader->prefix[0] - reader->got);
    }
    return OZ_OK;
}

bool
ozi_lane_has_bytes(ozi_lane_reader *reader)
{
    reader->tail = atomic_load_explicit(&reader->lane->tail, memory_order_acquire);
    return reader->tail != reader->head;
}

oz_status
ozi_lane_take(ozi_lane_reader *reader, uint32_t *kind, const char **body, size_t *size)
{
    if (reader->got == 0) {
        shrink(reader->alloc, &reader->body, &reader->capacity);
    }
    if (reader->tail == reader->head && !ozi_lane_has_bytes(reader)) {
        return OZ_NOT_FOUND;
    }
    uint64_t before = reader->head;
    OZ_TRY(read_on(reader));
    if (reader->head_bytes == PREFIX_BYTES && reader->got < reader->prefix[0] &&
        ozi_lane_has_bytes(reader)) {
        OZ_TRY(read_on(reader));
    }
    if (reader->head != before) {
        atomic_store_explicit(&reader->lane->head, reader->head, memory_order_release);
    }
    if (reader->head_bytes < PREFIX_BYTES || reader->got < reader->prefix[0]) {
        return OZ_NOT_FOUND;
    }
    *kind = reader->prefix[1];
    *body = reader->body;
    *size = reader->prefix[0];
    reader->head_bytes = 0;
    reader->got = 0;
    return OZ_OK;
}

void
ozi_lane_close(ozi_lane_reader *reader)
{
    atomic_store(&reader->lane->is_closed, 1);
}

bool
ozi_lane_must_wake_writer(ozi_lane_reader *reader)
{
    atomic_thread_fence(memory_order_seq_cst); /* the position before the question */
    return atomic_load_explicit(&reader->lane->wants_room, memory_order_relaxed) != 0 &&
           atomic_exchange(&reader->lane->wants_room, 0) != 0;
}
