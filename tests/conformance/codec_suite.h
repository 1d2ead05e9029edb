/*
 * What is true of every codec: its test calls these with inputs of its own.
 *
 *   codec_suite_cuts        every cut of an input gives the same records, faults and positions
 *   codec_suite_round_trip  what was written is read back
 *   codec_suite_garbage     no bytes make it read beyond the input, hang, or forget a byte
 */
#ifndef OUZEL_TESTS_CODEC_SUITE_H
#define OUZEL_TESTS_CODEC_SUITE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codecs/reader.h"
#include "codecs/writer.h"

/* What reading gave, as text: "[the cat]@8 [sat]@12 !long_records@40 ". */
typedef struct suite_log {
    char *text;
    size_t size, capacity;
} suite_log;

static inline void
suite_log_add(suite_log *log, const char *data, size_t size)
{
    if (log->size + size + 1 > log->capacity) {
        log->capacity = (log->size + size + 1) * 2;
        log->text = realloc(log->text, log->capacity);
        assert_non_null(log->text);
    }
    memcpy(log->text + log->size, data, size);
    log->size += size;
    log->text[log->size] = '\0';
}

static inline void
suite_log_position(suite_log *log, const ozi_reader *reader)
{
    char text[32];
    int size = snprintf(text, sizeof text, "@%lld ", (long long)ozi_reader_position(reader));
    suite_log_add(log, text, (size_t)size);
}

static inline void
suite_log_rows(suite_log *log, const oz_column *column)
{
    const oz_view *views = column->values;
    for (int64_t i = 0; i < column->length; i++) {
        suite_log_add(log, "[", 1);
        suite_log_add(log, views[i].data, views[i].size);
        suite_log_add(log, "]", 1);
    }
}

/*
 * Takes all there is. With `rows` 1 positions are noted as well; of codecs without records only the
 * bytes themselves.
 */
static inline ozi_found
suite_take(ozi_reader *reader, int64_t rows, suite_log *log)
{
    for (;;) {
        ozi_records records;
        ozi_found found = ozi_reader_next(reader, rows, &records);
        if (found == OZI_FOUND_ROWS && !reader->codec->framed) {
            for (int64_t i = 0; i < records.column->length; i++) {
                oz_view view = ((const oz_view *)records.column->values)[i];
                suite_log_add(log, view.data, view.size);
            }
        } else if (found == OZI_FOUND_ROWS) {
            assert_in_range(records.column->length, 1, rows);
            suite_log_rows(log, records.column);
        } else if (found == OZI_FOUND_FAULT) {
            const char *name = oz_fault_name(records.fault);
            suite_log_add(log, "!", 1);
            suite_log_add(log, name, strlen(name));
        } else {
            return found;
        }
        ozi_records_drop(&records);
        /* While a long record is dropped, the position depends on how much of it has come. */
        if (rows == 1 && reader->codec->framed && found == OZI_FOUND_ROWS) {
            suite_log_position(log, reader);
        }
    }
}

/* Reads `input` in pieces of at most `piece` bytes, the first one of `first` bytes. */
static inline suite_log
suite_read(const oz_codec *codec, oz_encoding encoding, size_t record_max, const char *input,
           size_t size, size_t first, size_t piece, int64_t rows)
{
    ozi_buffers pool;
    ozi_reader reader;
    suite_log log = {0};
    suite_log_add(&log, "", 0);
    ozi_buffers_init(&pool, oz_alloc_default(), 64);
    ozi_reader_init(&reader, codec, encoding, record_max, &pool);
    for (size_t at = 0; at < size;) {
        char *data;
        size_t space;
        assert_int_equal(ozi_reader_space(&reader, &data, &space), OZ_OK);
        assert_true(space > 0);
        size_t want = at == 0 && first > 0 ? first : piece;
        want = want < space ? want : space;
        want = want < size - at ? want : size - at;
        memcpy(data, input + at, want);
        at += want;
        ozi_reader_added(&reader, want);
        assert_int_equal(suite_take(&reader, rows, &log), OZI_FOUND_STARVED);
        if (at % 3 == 0) {
            assert_int_equal(ozi_reader_park(&reader), OZ_OK);
        }
    }
    ozi_reader_finish(&reader);
    assert_int_equal(suite_take(&reader, rows, &log), OZI_FOUND_END);
    assert_int_equal(ozi_reader_position(&reader), (int64_t)size);
    ozi_reader_close(&reader);
    ozi_buffers_clear(&pool);
    return log;
}

static inline void
suite_expect(const suite_log *expected, suite_log *actual)
{
    assert_int_equal(actual->size, expected->size);
    assert_memory_equal(actual->text, expected->text, expected->size);
    free(actual->text);
}

/* Every first piece, every size of pieces up to 40, one row at a time and many. */
static inline void
codec_suite_cuts(const oz_codec *codec, oz_encoding encoding, size_t record_max, const char *input,
                 size_t size)
{
    for (int64_t rows = 1; rows <= 1000; rows *= 10) {
        suite_log whole =
            suite_read(codec, encoding, record_max, input, size, size, size + 1, rows);
        for (size_t first = 1; first < size; first++) {
            suite_log cut =
                suite_read(codec, encoding, record_max, input, size, first, size + 1, rows);
            suite_expect(&whole, &cut);
        }
        for (size_t piece = 1; piece < size && piece <= 40; piece++) {
            suite_log cut = suite_read(codec, encoding, record_max, input, size, 0, piece, rows);
            suite_expect(&whole, &cut);
        }
        free(whole.text);
    }
}

/* What was read of an input, to compare with the text that a log has. */
static inline void
codec_suite_reads(const oz_codec *codec, oz_encoding encoding, size_t record_max, const char *input,
                  size_t size, const char *expected)
{
    suite_log log = suite_read(codec, encoding, record_max, input, size, size, size, 1000);
    assert_string_equal(log.text, expected);
    free(log.text);
}

/* Writes `count` records, reads them back, and compares. */
static inline void
codec_suite_round_trip(const oz_codec *codec, const oz_view *views, int64_t count)
{
    oz_bytes out = {.alloc = oz_alloc_default()};
    oz_error error;
    int64_t done;
    suite_log expected = {0};
    assert_int_equal(codec->encode(codec, views, count, &out, &done, &error), OZ_OK);
    assert_int_equal(done, count);
    suite_log_add(&expected, "", 0);
    for (int64_t i = 0; i < count; i++) {
        suite_log_add(&expected, "[", codec->framed);
        suite_log_add(&expected, views[i].data, views[i].size);
        suite_log_add(&expected, "]", codec->framed);
    }
    size_t size = oz_bytes_size(&out);
    suite_log actual =
        suite_read(codec, OZ_ENCODING_NONE, 1 << 20, out.data, size, size, size, count + 1);
    suite_expect(&expected, &actual);
    free(expected.text);
    oz_bytes_free(&out);
}

static inline uint32_t
suite_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33);
}

/*
 * Random bytes, of few kinds so that separators and short lengths are frequent, in an allocation
 * without a spare byte, cut at random: the records must be those of the uncut input.
 */
static inline void
codec_suite_garbage(const oz_codec *codec, oz_encoding encoding, uint64_t seed)
{
    static const unsigned char kinds[] = {0, 1, 2, 3, 10, 13, 10, 'a', 'b', 0xC3, 0xA9, 0xFF, 0};
    for (int round = 0; round < 300; round++) {
        size_t size = 1 + suite_random(&seed) % 120;
        char *input = malloc(size);
        assert_non_null(input);
        for (size_t i = 0; i < size; i++) {
            input[i] = (char)kinds[suite_random(&seed) % sizeof kinds];
        }
        size_t record_max = 1 + suite_random(&seed) % 20;
        suite_log whole = suite_read(codec, encoding, record_max, input, size, size, size, 7);
        for (int cut = 0; cut < 5; cut++) {
            size_t first = 1 + suite_random(&seed) % size;
            size_t piece = 1 + suite_random(&seed) % size;
            suite_log pieces =
                suite_read(codec, encoding, record_max, input, size, first, piece, 7);
            suite_expect(&whole, &pieces);
        }
        free(input);
        free(whole.text);
    }
}

#endif
