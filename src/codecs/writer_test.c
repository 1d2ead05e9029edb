/* The writer: runs of rows, what is not text, and how far it came. The rest: sink_suite.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "codecs/codecs.h"
#include "codecs/writer.h"

static const oz_column *columns[2];
static oz_column column;
static oz_batch batch;

static void
set_column(oz_type type, const void *values, int64_t count, const uint8_t *validity)
{
    column = (oz_column){.type = type, .length = count, .values = values, .validity = validity};
    columns[0] = columns[1] = &column;
    batch = (oz_batch){.column_count = 1, .row_count = count, .columns = columns};
}

/* Writes from row `row` on; checks where it stopped and what is there. */
static void
writes(const oz_codec *codec, int64_t row, oz_status status, int64_t stop, const char *expected)
{
    oz_bytes out = {.alloc = oz_alloc_default()};
    oz_error error;
    assert_int_equal(ozi_write_rows(codec, &batch, &row, &out, &error), status);
    assert_int_equal(row, stop);
    assert_int_equal(oz_bytes_size(&out), strlen(expected));
    assert_memory_equal(out.data == NULL ? "" : out.data, expected, strlen(expected));
    oz_bytes_free(&out);
}

static void
test_text(void **state)
{
    (void)state;
    static const oz_view views[] = {{"the", 3, 0}, {"", 0, 0}, {"cat", 3, 0}};
    set_column(OZ_STRING, views, 3, NULL);
    writes(&ozi_codec_lines, 0, OZ_OK, 3, "the\n\ncat\n");
    writes(&ozi_codec_lines, 2, OZ_OK, 3, "cat\n");
    writes(&ozi_codec_lines, 3, OZ_OK, 3, "");
    set_column(OZ_BYTES, views, 3, NULL);
    writes(&ozi_codec_raw, 0, OZ_OK, 3, "thecat");
}

static void
test_nulls(void **state)
{
    (void)state;
    static const oz_view views[] = {{"the", 3, 0}, {NULL, 0, 0}, {"cat", 3, 0}, {NULL, 0, 0}};
    static const uint8_t validity[] = {5};
    set_column(OZ_STRING, views, 4, validity);
    writes(&ozi_codec_lines, 0, OZ_BAD_RECORD, 1, "the\n");
    writes(&ozi_codec_lines, 2, OZ_BAD_RECORD, 3, "cat\n");
}

static void
test_too_long(void **state)
{
    (void)state;
    static char long_text[300];
    const oz_view views[] = {{"a", 1, 0}, {long_text, 300, 0}, {"b", 1, 0}};
    set_column(OZ_STRING, views, 3, NULL);
    writes(&ozi_codec_u8, 0, OZ_BAD_RECORD, 1, "\1a");
    writes(&ozi_codec_u8, 2, OZ_OK, 3, "\1b");
}

static void
test_other_types(void **state)
{
    (void)state;
    static const double numbers[] = {1.5};
    oz_error error;
    int64_t row = 0;
    oz_bytes out = {.alloc = oz_alloc_default()};
    set_column(OZ_FLOAT64, numbers, 1, NULL);
    assert_int_equal(ozi_write_rows(&ozi_codec_lines, &batch, &row, &out, &error), OZ_BAD_RECORD);
    assert_string_equal(error.text, "a float cannot be written: only text and bytes can (map(str) "
                                    "makes text)");
    batch.column_count = 2;
    assert_int_equal(ozi_write_rows(&ozi_codec_lines, &batch, &row, &out, &error), OZ_BAD_RECORD);
    assert_int_equal(row, 0);
}

static void
test_no_memory(void **state)
{
    (void)state;
    static const oz_view views[] = {{"the", 3, 0}, {"cat", 3, 0}};
    ozi_alloc_counting counting;
    ozi_alloc_counting_init(&counting, oz_alloc_default());
    counting.fail_at = 1;
    counting.fail_on = true;
    oz_bytes out = {.alloc = &counting.alloc};
    oz_error error;
    int64_t row = 0;
    set_column(OZ_STRING, views, 2, NULL);
    assert_int_equal(ozi_write_rows(&ozi_codec_lines, &batch, &row, &out, &error), OZ_NO_MEMORY);
    assert_int_equal(row, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),      cmocka_unit_test(test_nulls),
        cmocka_unit_test(test_too_long),  cmocka_unit_test(test_other_types),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
