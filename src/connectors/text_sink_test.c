/* The text sink: what is in the file, when it is there, and a disk that is full. */
#include "conformance/scratch.h"
#include "conformance/sink_suite.h"

extern const oz_operator ozi_op_text_sink;

static scratch files;
static const char *suite_path;

static int
set_up(void **state)
{
    (void)state;
    scratch_init(&files);
    suite_path = scratch_path(&files, "out");
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    scratch_clear(&files);
    return 0;
}

static oz_context *
make_sink(fake_engine *engine)
{
    return fake_open(engine, &ozi_op_text_sink, FAKE_TEXT("path", suite_path), FAKE_END);
}

static char *
take_text(oz_context *sink)
{
    assert_int_equal(fake_end(sink), OZ_NEED);
    fake_close(sink);
    return scratch_read(suite_path);
}

static void
file_has(const char *expected)
{
    char *data = scratch_read(suite_path);
    assert_string_equal(data, expected);
    free(data);
}

static void
test_conformance(void **state)
{
    (void)state;
    sink_suite(make_sink, take_text);
}

static void
test_overwrites(void **state)
{
    (void)state;
    (void)scratch_write(&files, "out", "what was there before", 21);
    fake_engine engine;
    fake_engine_init(&engine, oz_io_system());
    oz_context *sink = make_sink(&engine);
    file_has("");
    assert_int_equal(fake_deliver_text(sink, "new"), OZ_NEED);
    fake_engine_free(&engine);
    file_has("new\n");
}

/* A row is in the file after a tenth of a second, or at flush, or when there is much. */
static void
test_when(void **state)
{
    (void)state;
    fake_engine engine;
    fake_engine_init(&engine, oz_io_system());
    oz_context *sink = make_sink(&engine);
    assert_int_equal(fake_deliver_text(sink, "a"), OZ_NEED);
    fake_advance(&engine, 99 * 1000 * 1000);
    assert_int_equal(fake_deliver_text(sink, "b"), OZ_NEED);
    file_has("");
    fake_advance(&engine, 1000 * 1000);
    file_has("a\nb\n");
    assert_int_equal(fake_deliver_text(sink, "c"), OZ_NEED);
    assert_int_equal(sink->op->on_flush(sink->state, sink), OZ_NEED);
    file_has("a\nb\nc\n");
    char *large = calloc(1, 300001);
    memset(large, 'x', 300000);
    assert_int_equal(fake_deliver_text(sink, large), OZ_NEED);
    assert_int_equal(sink->counters[0], 6 + 300001);
    free(large);
    fake_engine_free(&engine);
}

static void
test_full_disk(void **state)
{
    (void)state;
    fake_engine engine;
    fake_engine_init(&engine, oz_io_system());
    oz_context *sink =
        fake_open(&engine, &ozi_op_text_sink, FAKE_TEXT("path", "/dev/full"), FAKE_END);
    assert_int_equal(fake_deliver_text(sink, "a"), OZ_NEED);
    assert_int_equal(fake_end(sink), OZ_FAILED);
    assert_string_equal(sink->error.text,
                        "cannot write to '/dev/full' after 0 bytes: No space left on device");
    fake_engine_free(&engine);
}

static void
test_cannot_open(void **state)
{
    (void)state;
    fake_engine engine;
    oz_error error;
    fake_engine_init(&engine, oz_io_system());
    assert_null(fake_try_open(&engine, &ozi_op_text_sink, -1, &error,
                              FAKE_TEXT("path", scratch_path(&files, "no/folder")), FAKE_END));
    assert_non_null(strstr(error.text, "no/folder': No such file or directory"));
    assert_null(fake_try_open(&engine, &ozi_op_text_sink, -1, &error, FAKE_TEXT("path", suite_path),
                              FAKE_TEXT("framing", "json"), FAKE_END));
    assert_string_equal(error.text, "the framing 'json' is not known");
    fake_engine_free(&engine);
}

static void
test_schema(void **state)
{
    (void)state;
    const struct {
        const char *path;
        const char *framing;
    } options = {"x", "lines"};
    oz_error error;
    oz_schema schema = {.column_count = 2, .types = {OZ_STRING, OZ_INT64}};
    assert_int_equal(ozi_op_text_sink.bind(&options, &schema, 1, NULL, &error), OZ_INVALID);
    assert_non_null(strstr(error.text, "rows of 2 values cannot be written"));
    schema = (oz_schema){.column_count = 1, .types = {OZ_FLOAT64}};
    assert_int_equal(ozi_op_text_sink.bind(&options, &schema, 1, NULL, &error), OZ_INVALID);
    assert_non_null(strstr(error.text, "FLOAT64 values cannot be written"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_conformance, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_overwrites, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_when, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_full_disk, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cannot_open, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_schema, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
