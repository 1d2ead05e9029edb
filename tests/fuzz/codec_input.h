/*
 * How a fuzzer's input drives a codec: the first bytes say how, the rest is what is read.
 *
 *     byte 0   which codec (of those that the target allows), by remainder
 *     byte 1   the limit of a record, 1 to 64, or its default for 0
 *     byte 2   bytes that are read at once, 1 to 255, or all for 0
 *     byte 3   rows that are asked for, 1 to 255
 *     byte 4   the encoding, by remainder
 *
 * Whatever comes, all bytes are consumed, records lie inside the buffer, text is valid, and the
 * records of the cut input are those of the whole.
 */
#ifndef OUZEL_TESTS_CODEC_INPUT_H
#define OUZEL_TESTS_CODEC_INPUT_H

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/utf8.h"
#include "codecs/reader.h"

enum { FUZZ_HEAD = 5 };

typedef struct fuzz_plan {
    const oz_codec *codec;
    size_t record_max;
    size_t piece;
    int64_t rows;
    oz_encoding encoding;
} fuzz_plan;

static inline void
fuzz_require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

static inline fuzz_plan
fuzz_plan_of(const uint8_t *data, const oz_codec *const *codecs, size_t codec_count)
{
    return (fuzz_plan){.codec = codecs[data[0] % codec_count],
                       .record_max = data[1] == 0 ? OZ_RECORD_MAX_DEFAULT : data[1] % 64 + 1,
                       .piece = data[2] == 0 ? SIZE_MAX : data[2],
                       .rows = data[3] == 0 ? 1 : data[3],
                       .encoding = (oz_encoding)(data[4] % 4)};
}

/* Folds a record into the hash of all that was found. */
static inline uint64_t
fuzz_record(const fuzz_plan *plan, oz_view view, uint64_t hash)
{
    fuzz_require(view.size <= 2 * plan->record_max); /* Latin-1 may double */
    if (plan->encoding != OZ_ENCODING_NONE) {
        fuzz_require(ozi_utf8_check(view.data, view.size, NULL) == view.size);
    }
    if ((view.flags & OZ_VIEW_ASCII) != 0) {
        fuzz_require(ozi_utf8_ascii_prefix(view.data, view.size) == view.size);
    }
    return ozi_hash_bytes(hash, view.data, view.size);
}

/* Everything that can be found now. */
static inline ozi_found
fuzz_take(const fuzz_plan *plan, ozi_reader *reader, uint64_t *hash)
{
    for (;;) {
        ozi_records records;
        ozi_found found = ozi_reader_next(reader, plan->rows, &records);
        if (found == OZI_FOUND_ROWS) {
            const oz_view *views = records.column->values;
            fuzz_require(records.column->length <= plan->rows);
            for (int64_t i = 0; i < records.column->length; i++) {
                *hash = fuzz_record(plan, views[i], *hash);
            }
        } else if (found == OZI_FOUND_FAULT) {
            *hash = ozi_hash_pair(*hash, records.fault, (uint64_t)records.first);
        } else {
            return found;
        }
        ozi_records_drop(&records);
    }
}

/* The hash of all records and faults of an input that is read piece by piece. */
static inline uint64_t
fuzz_read(const fuzz_plan *plan, const uint8_t *data, size_t size)
{
    ozi_buffers pool;
    ozi_reader reader;
    uint64_t hash = 0;
    ozi_buffers_init(&pool, oz_alloc_default(), 32);
    ozi_reader_init(&reader, plan->codec, plan->encoding, plan->record_max, &pool);
    for (size_t at = 0; at < size;) {
        char *target;
        size_t space;
        fuzz_require(ozi_reader_space(&reader, &target, &space) == OZ_OK && space > 0);
        size_t part = plan->piece < space ? plan->piece : space;
        part = part < size - at ? part : size - at;
        memcpy(target, data + at, part);
        at += part;
        ozi_reader_added(&reader, part);
        fuzz_require(fuzz_take(plan, &reader, &hash) == OZI_FOUND_STARVED);
        if ((at & 1) != 0) {
            fuzz_require(ozi_reader_park(&reader) == OZ_OK);
        }
    }
    ozi_reader_finish(&reader);
    fuzz_require(fuzz_take(plan, &reader, &hash) == OZI_FOUND_END);
    fuzz_require(ozi_reader_position(&reader) == (int64_t)size);
    ozi_reader_close(&reader);
    ozi_buffers_clear(&pool);
    return hash;
}

/* The target's work: reads the input in pieces, whole, and in single bytes. */
static inline void
fuzz_codecs(const uint8_t *data, size_t size, const oz_codec *const *codecs, size_t codec_count)
{
    if (size < FUZZ_HEAD) {
        return;
    }
    fuzz_plan plan = fuzz_plan_of(data, codecs, codec_count);
    uint64_t hash = fuzz_read(&plan, data + FUZZ_HEAD, size - FUZZ_HEAD);
    plan.piece = SIZE_MAX;
    fuzz_require(fuzz_read(&plan, data + FUZZ_HEAD, size - FUZZ_HEAD) == hash);
    plan.piece = 1;
    fuzz_require(fuzz_read(&plan, data + FUZZ_HEAD, size - FUZZ_HEAD) == hash);
}

#endif
