/*
 * The reader: from what a connector reads to columns of records.
 *
 *     buffer  |....consumed....|====records====|--unfinished--|      free      |
 *             0              begin                           end            size
 *
 * The connector asks for space, reads into it, says how much came, and takes records until the
 * reader is starved. Nothing is copied but the unfinished end, which moves to the front when the
 * buffer is full or used again.
 *
 *     ozi_reader_space -> read -> ozi_reader_added -> ozi_reader_next ... ROWS, FAULT, STARVED
 *
 * Between two calls the reader holds no records, only bytes: `ozi_reader_position` is exact after
 * every one. Memory: one buffer, which grows beyond the pool's size only as far as a record within
 * the limit really came.
 */
#ifndef OUZEL_CODECS_READER_H
#define OUZEL_CODECS_READER_H

#include "codecs/buffers.h"
#include "ouzel/codec.h"

typedef struct ozi_reader {
    const oz_codec *codec;
    const oz_alloc *alloc;
    ozi_buffers *pool;
    size_t record_max;
    oz_encoding encoding;
    bool last;         /* no more bytes will come */
    oz_buffer *buffer; /* NULL: none is held */
    size_t begin;
    size_t end;
    size_t needed;   /* bytes from `begin` on that the next record has at least */
    int64_t offset;  /* of `begin` in the input */
    int64_t held;    /* where a faulty record began that is still being dropped; or -1 */
    int64_t records; /* before `begin`, faulty ones included */
    int64_t careful; /* rows at once after bad text; 0: no limit */
    uint64_t state[OZ_CODEC_STATE_MAX / sizeof(uint64_t)];
} ozi_reader;

/* What ozi_reader_next found. */
typedef enum ozi_found {
    OZI_FOUND_ROWS,
    OZI_FOUND_FAULT,
    OZI_FOUND_STARVED, /* nothing: read more */
    OZI_FOUND_END,     /* nothing, and nothing will come */
    OZI_FOUND_FAILED,  /* no memory */
} ozi_found;

/*
 * ROWS: `column` holds records first, first + 1, ... ; a column of one record lies in this struct,
 * and must be gone when the struct is. FAULT: `bad` is what is at hand of record `first`, a BYTES
 * column of one row. Either points into the reader's buffer: call ozi_records_drop before the next
 * call of the reader.
 */
typedef struct ozi_records {
    const oz_column *column;
    int64_t first; /* counted from 0 */
    oz_fault fault;
    size_t fault_at;      /* of TEXT: the byte in the record */
    uint64_t record_size; /* of LONG, 0 when it is not known */
    oz_column one;
    oz_view view;
    oz_buffer *pin;
} ozi_records;

/* `pool` outlives the reader. */
void
ozi_reader_init(ozi_reader *reader, const oz_codec *codec, oz_encoding encoding, size_t record_max,
                ozi_buffers *pool);
/* Room to read into, at least 1 byte. */
oz_status
ozi_reader_space(ozi_reader *reader, char **data, size_t *size);
/* `size` bytes were read into it. */
void
ozi_reader_added(ozi_reader *reader, size_t size);
/* No more bytes will come. */
void
ozi_reader_finish(ozi_reader *reader);
/* At most `rows` records, or one fault. */
ozi_found
ozi_reader_next(ozi_reader *reader, int64_t rows, ozi_records *out);
void
ozi_records_drop(ozi_records *records);
/* "record 12 is longer than the limit of 100 bytes" into `error`, as BAD_RECORD. */
void
ozi_records_explain(const ozi_reader *reader, const ozi_records *records, oz_error *error);
/* Records that were added and not taken, an unfinished one included. */
int64_t
ozi_reader_rows_held(const ozi_reader *reader);
/* The offset in the input of the first byte that is not dealt with. */
int64_t
ozi_reader_position(const ozi_reader *reader);
/* Nothing will be read for a while: keeps no more memory than the unfinished record needs. */
oz_status
ozi_reader_park(ozi_reader *reader);
/* Gives up the buffer; the reader may be initialised again. */
void
ozi_reader_close(ozi_reader *reader);

#endif
