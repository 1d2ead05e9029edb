/* The reader: its buffers, positions, and what it keeps when rows are held downstream. */
#include "conformance/codec_suite.h"

#include "base/alloc.h"
#include "codecs/codecs.h"

typedef struct fixture {
    ozi_alloc_counting counting;
    ozi_buffers pool;
    ozi_reader reader;
} fixture;

static void
start(fixture *test, const oz_codec *codec, oz_encoding encoding, size_t size, size_t record_max)
{
    ozi_alloc_counting_init(&test->counting, oz_alloc_default());
    ozi_buffers_init(&test->pool, &test->counting.alloc, size);
    ozi_reader_init(&test->reader, codec, encoding, record_max, &test->pool);
}

static void
stop(fixture *test)
{
    ozi_reader_close(&test->reader);
    ozi_buffers_clear(&test->pool);
    assert_int_equal(test->counting.live_count, 0);
}

static void
feed(fixture *test, const char *data, size_t size)
{
    while (size > 0) {
        char *target;
        size_t space;
        assert_int_equal(ozi_reader_space(&test->reader, &target, &space), OZ_OK);
        space = space < size ? space : size;
        memcpy(target, data, space);
        ozi_reader_added(&test->reader, space);
        data += space;
        size -= space;
    }
}

static void
finds(fixture *test, int64_t rows, const char *expected)
{
    suite_log log = {0};
    ozi_records records;
    assert_int_equal(ozi_reader_next(&test->reader, rows, &records), OZI_FOUND_ROWS);
    suite_log_rows(&log, records.column);
    assert_string_equal(log.text, expected);
    ozi_records_drop(&records);
    free(log.text);
}

/* Reading on in the memory that was used before costs no allocation at all. */
static void
test_buffers_are_used_again(void **state)
{
    (void)state;
    fixture test;
    start(&test, &ozi_codec_lines, OZ_ENCODING_UTF8, 16384, 100);
    feed(&test, "row\n", 4);
    finds(&test, 10, "[row]");
    uint64_t calls = test.counting.calls;
    for (int i = 0; i < 20000; i++) {
        feed(&test, "row\n", 4);
        finds(&test, 10, "[row]");
        if (i % 3 == 0) {
            assert_int_equal(ozi_reader_park(&test.reader), OZ_OK);
        }
    }
    assert_int_equal(test.counting.calls, calls);
    stop(&test);
}

/* Rows that are held keep their bytes, whatever is read after them. */
static void
test_held_rows_stay(void **state)
{
    (void)state;
    fixture test;
    ozi_records records;
    const oz_column *held[40];
    start(&test, &ozi_codec_lines, OZ_ENCODING_UTF8, 8192, 5000);
    char line[3001];
    for (int i = 0; i < 40; i++) {
        memset(line, 'a' + i % 26, sizeof line - 1);
        line[sizeof line - 1] = '\n';
        feed(&test, line, sizeof line);
        assert_int_equal(ozi_reader_next(&test.reader, 10, &records), OZI_FOUND_ROWS);
        held[i] = oz_column_retain(records.column);
        assert_non_null(held[i]);
        ozi_records_drop(&records);
    }
    for (int i = 0; i < 40; i++) {
        oz_view view = ((const oz_view *)held[i]->values)[0];
        assert_int_equal(view.size, 3000);
        for (uint32_t k = 0; k < view.size; k++) {
            assert_int_equal(view.data[k], 'a' + i % 26);
        }
        oz_column_release(&held[i]);
    }
    stop(&test);
}

/* Memory grows with what came, not with the length that a frame promises. */
static void
test_promised_length(void **state)
{
    (void)state;
    fixture test;
    ozi_records records;
    start(&test, &ozi_codec_u32, OZ_ENCODING_NONE, 16384, 1 << 30);
    feed(&test, "\x3F\xFF\xFF\xFFsome", 8);
    assert_int_equal(ozi_reader_next(&test.reader, 10, &records), OZI_FOUND_STARVED);
    assert_true(test.counting.peak_bytes < 40000);
    char more[1000] = {0};
    for (int i = 0; i < 100; i++) {
        feed(&test, more, sizeof more);
        assert_int_equal(ozi_reader_next(&test.reader, 10, &records), OZI_FOUND_STARVED);
    }
    assert_true(test.counting.peak_bytes < 500000);
    assert_int_equal(ozi_reader_position(&test.reader), 0);
    stop(&test);
}

static void
test_park(void **state)
{
    (void)state;
    fixture test;
    ozi_records records;
    start(&test, &ozi_codec_lines, OZ_ENCODING_UTF8, 65536, 100);
    feed(&test, "whole\nunfin", 11);
    finds(&test, 10, "[whole]");
    assert_int_equal(ozi_reader_next(&test.reader, 10, &records), OZI_FOUND_STARVED);
    assert_int_equal(ozi_reader_park(&test.reader), OZ_OK);
    assert_true(oz_buffer_size(test.reader.buffer) < 100);
    assert_int_equal(test.pool.count, 1);
    feed(&test, "ished\n", 6);
    finds(&test, 10, "[unfinished]");
    assert_int_equal(ozi_reader_position(&test.reader), 17);
    stop(&test);
}

/* More records than the first guess, and fewer rows asked for than there are. */
static void
test_many(void **state)
{
    (void)state;
    fixture test;
    ozi_records records;
    start(&test, &ozi_codec_lines, OZ_ENCODING_UTF8, 65536, 100);
    feed(&test, "a long line in front of the many short ones\n", 44);
    for (int i = 0; i < 1000; i++) {
        feed(&test, "\n", 1);
    }
    int64_t rows = 0;
    while (ozi_reader_next(&test.reader, 300, &records) == OZI_FOUND_ROWS) {
        assert_int_equal(records.first, rows);
        assert_in_range(records.column->length, 1, 300);
        rows += records.column->length;
        ozi_records_drop(&records);
    }
    assert_int_equal(rows, 1001);
    stop(&test);
}

static void
explains(fixture *test, const char *expected)
{
    ozi_records records;
    oz_error error;
    assert_int_equal(ozi_reader_next(&test->reader, 10, &records), OZI_FOUND_FAULT);
    assert_int_equal(records.column->type, OZ_BYTES);
    assert_int_equal(records.column->length, 1);
    ozi_records_explain(&test->reader, &records, &error);
    assert_int_equal(error.status, OZ_BAD_RECORD);
    assert_string_equal(error.text, expected);
    ozi_records_drop(&records);
}

static void
test_explain(void **state)
{
    (void)state;
    fixture test;
    start(&test, &ozi_codec_lines, OZ_ENCODING_ASCII, 100, 5);
    feed(&test, "123456\nb\xC3\n1234567", 17);
    explains(&test, "a record of 6 bytes is longer than the limit of 5 bytes");
    explains(&test, "a record is not valid text: byte 1 is not ASCII");
    assert_int_equal(ozi_reader_position(&test.reader), 10);
    explains(&test, "a record is longer than the limit of 5 bytes");
    /* While it is being dropped, a restart would begin with it again. */
    assert_int_equal(ozi_reader_position(&test.reader), 10);
    stop(&test);
    start(&test, &ozi_codec_u8, OZ_ENCODING_NONE, 100, 5);
    feed(&test, "\4ab", 3);
    ozi_reader_finish(&test.reader);
    explains(&test, "a record is cut off by the end of the input");
    stop(&test);
}

/* Every allocation may fail; nothing is lost but the call, and it can be tried again. */
static void
test_no_memory(void **state)
{
    (void)state;
    static const char input[] = "caf\xE9\nb\nc\nd\ne\nf\ng\nh\ni\nj\xFF\nk\nl\n";
    for (uint64_t at = 1;; at++) {
        fixture test;
        ozi_records records;
        int64_t rows = 0;
        start(&test, &ozi_codec_lines, OZ_ENCODING_LATIN1, 64, 100);
        feed(&test, input, sizeof input - 1);
        test.counting.fail_at = test.counting.calls + at;
        bool failed = false;
        for (;;) {
            ozi_found found = ozi_reader_next(&test.reader, 100, &records);
            if (found == OZI_FOUND_STARVED) {
                break;
            }
            failed |= found == OZI_FOUND_FAILED;
            rows += found == OZI_FOUND_ROWS ? records.column->length : 0;
            ozi_records_drop(&records);
        }
        assert_int_equal(rows, 12);
        stop(&test);
        if (!failed) {
            assert_true(at > 3);
            return;
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buffers_are_used_again),
        cmocka_unit_test(test_held_rows_stay),
        cmocka_unit_test(test_promised_length),
        cmocka_unit_test(test_park),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_explain),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
