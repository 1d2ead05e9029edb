/* The reader: see reader.h. */
#include "codecs/reader.h"

#include <string.h>

#include "batch/column.h"
#include "codecs/text.h"

enum {
    SPACE_MIN = 4096, /* a read of less is not worth its call */
    PARK_MAX = 4096,  /* an unfinished record of at most so many bytes is copied when parked */
    FEW = 8,          /* records that are found before an array is made for more */
    CAREFUL_FIRST = 2,
};

void
ozi_reader_init(ozi_reader *reader, const oz_codec *codec, oz_encoding encoding, size_t record_max,
                ozi_buffers *pool)
{
    *reader = (ozi_reader){.codec = codec,
                           .alloc = pool->alloc,
                           .pool = pool,
                           .record_max = record_max,
                           .encoding = encoding,
                           .held = -1};
}

/* ---- bytes in -------------------------------------------------------------------------------- */

/* Moves the unfinished bytes to the front of `target`, which becomes the buffer. */
static void
change_buffer(ozi_reader *reader, oz_buffer *target)
{
    size_t size = reader->end - reader->begin;
    if (size > 0) {
        memmove(oz_buffer_data(target), oz_buffer_data(reader->buffer) + reader->begin, size);
    }
    if (target != reader->buffer) {
        ozi_buffers_give(reader->pool, &reader->buffer);
        reader->buffer = target;
    }
    reader->begin = 0;
    reader->end = size;
}

/*
 * The size of the buffer that is needed: the pool's, or twice the unfinished record when that
 * fills more than half of it. It doubles with bytes that came, not with a length that was promised.
 */
static size_t
wanted_size(const ozi_reader *reader)
{
    size_t size = reader->pool->size;
    size_t held = reader->end - reader->begin;
    while (size < held + SPACE_MIN || (size < reader->needed && size < 2 * held)) {
        size *= 2;
    }
    return size;
}

static size_t
free_bytes(const ozi_reader *reader)
{
    return oz_buffer_size(reader->buffer) - reader->end;
}

oz_status
ozi_reader_space(ozi_reader *reader, char **data, size_t *size)
{
    bool sole = reader->buffer != NULL && oz_buffer_is_sole(reader->buffer);
    size_t wanted = wanted_size(reader);
    if (sole && oz_buffer_size(reader->buffer) >= wanted) {
        if (reader->begin > 0) {
            change_buffer(reader, reader->buffer);
        }
    } else if (reader->buffer == NULL || free_bytes(reader) < SPACE_MIN) {
        oz_buffer *target = wanted == reader->pool->size ? ozi_buffers_take(reader->pool)
                                                         : oz_buffer_new(reader->alloc, wanted);
        if (target == NULL) {
            return OZ_NO_MEMORY;
        }
        change_buffer(reader, target);
    }
    /* Otherwise rows point into the part that is consumed: go on behind it. */
    *data = oz_buffer_data(reader->buffer) + reader->end;
    *size = free_bytes(reader);
    return OZ_OK;
}

void
ozi_reader_added(ozi_reader *reader, size_t size)
{
    reader->end += size;
}

void
ozi_reader_finish(ozi_reader *reader)
{
    reader->last = true;
}

oz_status
ozi_reader_park(ozi_reader *reader)
{
    size_t size = reader->end - reader->begin;
    if (size == 0) {
        ozi_buffers_give(reader->pool, &reader->buffer);
        reader->begin = reader->end = 0;
    } else if (size <= PARK_MAX && oz_buffer_size(reader->buffer) > 2 * PARK_MAX) {
        oz_buffer *small = oz_buffer_new(reader->alloc, size);
        if (small == NULL) {
            return OZ_NO_MEMORY;
        }
        change_buffer(reader, small);
    }
    return OZ_OK;
}

void
ozi_reader_close(ozi_reader *reader)
{
    ozi_buffers_give(reader->pool, &reader->buffer);
    reader->begin = reader->end = 0;
}

int64_t
ozi_reader_position(const ozi_reader *reader)
{
    return reader->held >= 0 ? reader->held : reader->offset;
}

/* ---- records out ----------------------------------------------------------------------------- */

/* The bytes before `begin + size` are dealt with. */
static void
consume(ozi_reader *reader, size_t size)
{
    reader->begin += size;
    reader->offset += (int64_t)size;
}

/* Not inside a record that is being dropped, nor one that has been looked at before. */
static bool
at_record(const ozi_reader *reader)
{
    static const uint64_t zero[OZ_CODEC_STATE_MAX / sizeof(uint64_t)];
    return memcmp(reader->state, zero, sizeof zero) == 0;
}

/* Finds records from `begin` on; more than FEW of them in a new array, `*array`. */
static oz_status
decode(ozi_reader *reader, int64_t rows, oz_decode *call, void **array)
{
    const oz_codec *codec = reader->codec;
    oz_view *few = call->views;
    int64_t most = call->room;
    codec->decode(codec, reader->state, call);
    if (call->count < most || call->count == rows) {
        return OZ_OK;
    }
    /* As many as these let expect, and a few more; what is beyond comes with the next call. */
    size_t left = call->size - call->consumed;
    int64_t guess = (int64_t)(left * (size_t)most / (call->consumed + 1)) * 5 / 4 + 2 * FEW;
    int64_t capacity = guess + most < rows ? guess + most : rows;
    oz_view *views = *array = oz_values_new(reader->alloc, OZ_BYTES, capacity);
    if (views == NULL) {
        return OZ_NO_MEMORY;
    }
    memcpy(views, few, sizeof(oz_view) * (size_t)most);
    oz_decode more = {.data = call->data + call->consumed,
                      .size = left,
                      .last = call->last,
                      .record_max = call->record_max,
                      .views = views + most,
                      .room = capacity - most};
    if (more.room > 0) {
        codec->decode(codec, reader->state, &more);
    }
    /* A fault that it found after these records is found again by the next call. */
    if (more.fault != OZ_FAULT_NONE) {
        memset(reader->state, 0, sizeof reader->state);
        return OZ_OK;
    }
    call->count += more.count;
    call->consumed += more.consumed;
    call->needed = more.needed;
    return OZ_OK;
}

/* The one record of `records->view` as a column that lies in `records`. */
static void
column_of_one(ozi_reader *reader, oz_type type, ozi_records *out)
{
    if (out->pin == NULL) {
        out->pin = oz_buffer_retain(reader->buffer);
    }
    out->one = (oz_column){.references = OZ_ON_STACK,
                           .type = type,
                           .length = 1,
                           .values = &out->view,
                           .pins = &out->pin,
                           .pin_count = 1,
                           .alloc = reader->alloc};
    out->column = &out->one;
}

/* `count` views as a column; `*array` is taken, or NULL when they lie on the stack. */
static oz_status
column_of_views(ozi_reader *reader, oz_view *views, void **array, int64_t count, ozi_records *out)
{
    oz_type type = reader->encoding == OZ_ENCODING_NONE ? OZ_BYTES : OZ_STRING;
    if (reader->encoding == OZ_ENCODING_LATIN1) {
        OZ_TRY(ozi_text_from_latin1(reader->alloc, views, count, &out->pin));
    }
    if (count == 1) {
        out->view = views[0];
        column_of_one(reader, type, out);
        return OZ_OK;
    }
    if (*array == NULL) {
        *array = oz_values_new(reader->alloc, type, count);
        if (*array == NULL) {
            return OZ_NO_MEMORY;
        }
        memcpy(*array, views, sizeof(oz_view) * (size_t)count);
    }
    oz_buffer *items[2] = {reader->buffer, out->pin};
    ozi_pins pins = {.alloc = reader->alloc, .items = items, .count = out->pin == NULL ? 1 : 2};
    oz_view *taken = *array;
    *array = NULL;
    return ozi_column_of_views(reader->alloc, type, &taken, count, NULL, &pins, &out->column);
}

static ozi_found
found_fault(ozi_reader *reader, oz_fault fault, oz_view bad, size_t consumed, ozi_records *out)
{
    out->fault = fault;
    out->view = bad;
    column_of_one(reader, OZ_BYTES, out);
    reader->held = at_record(reader) ? -1 : reader->offset;
    reader->records++;
    consume(reader, consumed);
    return OZI_FOUND_FAULT;
}

/* Where record `index` of what was decoded begins; the state of the codec there is zero. */
static size_t
rewind_to(ozi_reader *reader, const oz_decode *call, const oz_view *views, int64_t index)
{
    if (index == call->count) {
        return call->consumed;
    }
    memset(reader->state, 0, sizeof reader->state);
    reader->needed = 0;
    return (size_t)(views[index].data - call->data) - reader->codec->header;
}

/* `call` found records: gives those up to the first that is not text, or that one. */
static ozi_found
found_records(ozi_reader *reader, const oz_decode *call, oz_view *views, void **array,
              ozi_records *out)
{
    int64_t good = ozi_text_check(reader->encoding, views, call->count, reader->codec->header == 0,
                                  &out->fault_at);
    if (good < call->count) {
        /* Many bad ones in a row must not each decode a whole batch in vain. */
        reader->careful = CAREFUL_FIRST;
    } else if (reader->careful > 0) {
        reader->careful = reader->careful < INT32_MAX ? reader->careful * 2 : 0;
    }
    if (good == 0) {
        size_t consumed = rewind_to(reader, call, views, 1);
        return found_fault(reader, OZ_FAULT_TEXT, views[0], consumed, out);
    }
    size_t consumed = rewind_to(reader, call, views, good);
    if (column_of_views(reader, views, array, good, out) != OZ_OK) {
        ozi_records_drop(out);
        return OZI_FOUND_FAILED;
    }
    reader->held = -1;
    reader->records += good;
    consume(reader, consumed);
    return OZI_FOUND_ROWS;
}

/* Field by field: to zero these structs as a whole would take longer than to find a record. */
static void
records_init(ozi_records *records, int64_t first)
{
    records->column = NULL;
    records->first = first;
    records->fault = OZ_FAULT_NONE;
    records->fault_at = 0;
    records->record_size = 0;
    records->pin = NULL;
}

static void
call_init(oz_decode *call, const ozi_reader *reader, oz_view *views, int64_t room)
{
    call->data = oz_buffer_data(reader->buffer) + reader->begin;
    call->size = reader->end - reader->begin;
    call->last = reader->last;
    call->record_max = reader->record_max;
    call->views = views;
    call->room = room;
    call->count = 0;
    call->consumed = 0;
    call->needed = 0;
    call->fault = OZ_FAULT_NONE;
    call->record_size = 0;
}

static ozi_found
found_nothing(ozi_reader *reader)
{
    if (reader->last || at_record(reader)) {
        reader->held = -1;
    }
    return reader->last ? OZI_FOUND_END : OZI_FOUND_STARVED;
}

ozi_found
ozi_reader_next(ozi_reader *reader, int64_t rows, ozi_records *out)
{
    records_init(out, reader->records);
    if (reader->buffer == NULL) {
        return found_nothing(reader);
    }
    if (reader->careful > 0 && reader->careful < rows) {
        rows = reader->careful;
    }
    oz_view few[FEW];
    void *array = NULL;
    oz_decode call;
    call_init(&call, reader, few, rows < FEW ? rows : FEW);
    oz_status status = decode(reader, rows, &call, &array);
    reader->needed = call.needed;
    ozi_found found = OZI_FOUND_FAILED;
    if (status != OZ_OK) {
        /* Nothing was consumed: see below. */
    } else if (call.count > 0) {
        found = found_records(reader, &call, array == NULL ? few : array, &array, out);
    } else if (call.fault != OZ_FAULT_NONE) {
        out->record_size = call.record_size;
        found = found_fault(reader, call.fault, call.bad, call.consumed, out);
    } else {
        consume(reader, call.consumed);
        found = found_nothing(reader);
    }
    if (found == OZI_FOUND_FAILED) {
        /* There were records from `begin` on, and they are found again by the next call. */
        memset(reader->state, 0, sizeof reader->state);
        reader->needed = 0;
    }
    oz_values_free(&array);
    return found;
}

void
ozi_records_drop(ozi_records *records)
{
    oz_column_release(&records->column);
    oz_buffer_release(&records->pin);
}

void
ozi_records_explain(const ozi_reader *reader, const ozi_records *records, oz_error *error)
{
    const char *said = oz_fault_text(records->fault);
    switch (records->fault) {
    case OZ_FAULT_LONG:
        if (records->record_size > 0) {
            (void)oz_error_set(error, OZ_BAD_RECORD, "a record of %llu bytes %s of %zu bytes",
                               (unsigned long long)records->record_size, said, reader->record_max);
        } else {
            (void)oz_error_set(error, OZ_BAD_RECORD, "a record %s of %zu bytes", said,
                               reader->record_max);
        }
        return;
    case OZ_FAULT_TEXT:
        (void)oz_error_set(error, OZ_BAD_RECORD, "a record %s: byte %zu is not %s", said,
                           records->fault_at, oz_encoding_name(reader->encoding));
        return;
    default:
        (void)oz_error_set(error, OZ_BAD_RECORD, "a record %s", said);
    }
}

int64_t
ozi_reader_rows_held(const ozi_reader *reader)
{
    return reader->buffer == NULL || reader->begin == reader->end
               ? 0
               : oz_codec_count(reader->codec, reader->state,
                                (const char *)oz_buffer_data(reader->buffer) + reader->begin,
                                reader->end - reader->begin);
}
