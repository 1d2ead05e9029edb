/* Files: partitions, patterns, positions, chunks, and everything that can be wrong with a file. */
#include "conformance/scratch.h"
#include "conformance/source_suite.h"

extern const oz_operator ozi_op_files;

typedef struct fixture {
    scratch files;
    fake_engine engine;
    oz_error error;
} fixture;

static const char *suite_path;
static const char *suite_framing;

static int
set_up(void **state)
{
    fixture *test = calloc(1, sizeof *test);
    scratch_init(&test->files);
    fake_engine_init(&test->engine, oz_io_system());
    *state = test;
    return 0;
}

static int
tear_down(void **state)
{
    fixture *test = *state;
    fake_engine_free(&test->engine);
    scratch_clear(&test->files);
    free(test);
    return 0;
}

static const char *
text_file(fixture *test, const char *name, const char *text)
{
    return scratch_write(&test->files, name, text, strlen(text));
}

static void
test_lines(void **state)
{
    fixture *test = *state;
    const char *path = text_file(test, "a", "the cat\nsat\r\n\non");
    oz_context *node = fake_open(&test->engine, &ozi_op_files, FAKE_TEXT("path", path), FAKE_END);
    assert_int_equal(fake_drain(node, 100), OZ_DONE);
    assert_string_equal(fake_rows(node), "[the cat][sat][][on]");
    assert_int_equal(node->counters[0], 16);
    assert_non_null(strstr(node->last_row, "line 4 of "));
    assert_int_equal(node->op->source->position(node->state, 0), 16);
}

static void
test_empty(void **state)
{
    fixture *test = *state;
    const char *path = text_file(test, "a", "");
    oz_context *node = fake_open(&test->engine, &ozi_op_files, FAKE_TEXT("path", path), FAKE_END);
    assert_int_equal(fake_drain(node, 100), OZ_DONE);
    assert_string_equal(fake_rows(node), "");
}

static void
test_pattern(void **state)
{
    fixture *test = *state;
    (void)text_file(test, "part-b", "2\n");
    (void)text_file(test, "part-a", "1");
    (void)text_file(test, "part-B", "0\n");
    const char *other = text_file(test, "x[1]", "brackets\n");
    char paths[600];
    (void)snprintf(paths, sizeof paths, "%s\n%s", scratch_path(&test->files, "part-*"), other);
    oz_context *node = fake_open(&test->engine, &ozi_op_files, FAKE_TEXT("path", paths), FAKE_END);
    uint32_t count;
    assert_int_equal(node->op->source->partitions(node->state, node, &count), OZ_OK);
    assert_int_equal(count, 4);
    assert_string_equal(node->op->source->partition_name(node->state, 3), other);
    assert_int_equal(fake_drain(node, 100), OZ_DONE);
    assert_string_equal(fake_rows(node), "[0][1][2][brackets]");
    assert_int_equal(node->batches, 4);
}

static void
fails(fixture *test, const char *path, oz_status status, const char *message)
{
    assert_null(fake_try_open(&test->engine, &ozi_op_files, -1, &test->error,
                              FAKE_TEXT("path", path), FAKE_END));
    assert_int_equal(test->error.status, status);
    assert_non_null(strstr(test->error.text, message));
}

static void
test_missing(void **state)
{
    fixture *test = *state;
    fails(test, scratch_path(&test->files, "none"), OZ_NOT_FOUND,
          "none': No such file or directory");
    fails(test, scratch_path(&test->files, "none-*"), OZ_NOT_FOUND, "no file matches '");
}

static void
test_folder(void **state)
{
    fixture *test = *state;
    oz_context *node = fake_open(&test->engine, &ozi_op_files, FAKE_TEXT("path", "."), FAKE_END);
    assert_int_equal(fake_poll(node, 1), OZ_FAILED);
    assert_string_equal(node->error.text, "cannot read '.': Is a directory");
}

/* More files than stay open, of which one goes before its turn. */
static void
test_vanishing(void **state)
{
    fixture *test = *state;
    char name[24];
    for (int i = 0; i < 70; i++) {
        (void)snprintf(name, sizeof name, "many-%02d", i);
        (void)text_file(test, name, "x\n");
    }
    const char *pattern = scratch_path(&test->files, "many-*");
    oz_context *node =
        fake_open(&test->engine, &ozi_op_files, FAKE_TEXT("path", pattern), FAKE_END);
    assert_int_equal(fake_poll(node, 3), OZ_MORE);
    assert_int_equal(remove(scratch_path(&test->files, "many-68")), 0);
    assert_int_equal(fake_drain(node, 10), OZ_FAILED);
    assert_int_equal(node->row_count, 68);
    assert_int_equal(node->error.status, OZ_NOT_FOUND);
    assert_non_null(strstr(node->error.text, "many-68"));
}

static void
test_bad_records(void **state)
{
    fixture *test = *state;
    const char *path = text_file(test, "a", "one\nt\xFFo\n1234567890\nthree\n");
    oz_context *node = fake_open(&test->engine, &ozi_op_files, FAKE_TEXT("path", path),
                                 FAKE_INT("record_max", 5), FAKE_INT("chunk", 4), FAKE_END);
    assert_int_equal(fake_drain(node, 100), OZ_FAILED);
    assert_string_equal(fake_rows(node), "[one]");
    assert_string_equal(node->last_bad, "a record is not valid text: byte 1 is not UTF-8");
    assert_non_null(strstr(node->last_row, "line 2 of "));
    node->policy = OZ_POLICY_SKIP;
    assert_int_equal(fake_drain(node, 100), OZ_DONE);
    assert_string_equal(fake_rows(node), "[one][three]");
    assert_non_null(strstr(node->last_bad, "is longer than the limit of 5 bytes"));
    assert_non_null(strstr(node->last_row, "line 4 of "));
}

static void
test_encodings(void **state)
{
    fixture *test = *state;
    const char *path = text_file(test, "a", "caf\xE9\nx\n");
    oz_context *node = fake_open(&test->engine, &ozi_op_files, FAKE_TEXT("path", path),
                                 FAKE_TEXT("encoding", "ISO-8859-1"), FAKE_END);
    assert_int_equal(fake_drain(node, 100), OZ_DONE);
    assert_string_equal(fake_rows(node), "[caf\xC3\xA9][x]");
    assert_null(fake_try_open(&test->engine, &ozi_op_files, -1, &test->error,
                              FAKE_TEXT("path", path), FAKE_TEXT("encoding", "utf-16"), FAKE_END));
    assert_int_equal(test->error.status, OZ_UNSUPPORTED);
    assert_null(fake_try_open(&test->engine, &ozi_op_files, -1, &test->error,
                              FAKE_TEXT("path", path), FAKE_TEXT("framing", "u33"), FAKE_END));
    assert_int_equal(test->error.status, OZ_INVALID);
}

/* A drain emits what was read and reads no more. */
static void
test_drain(void **state)
{
    fixture *test = *state;
    const char *path = text_file(test, "a", "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
    oz_context *node = fake_open(&test->engine, &ozi_op_files, FAKE_TEXT("path", path),
                                 FAKE_INT("chunk", 11), FAKE_END);
    assert_int_equal(fake_poll(node, 1), OZ_MORE);
    oz_step step;
    do {
        step = node->op->on_flush(node->state, node);
    } while (step == OZ_MORE);
    assert_int_equal(step, OZ_NEED);
    assert_in_range(node->row_count, 5, 9);
    assert_int_equal(node->op->source->position(node->state, 0), node->row_count * 2);
}

static oz_context *
make_for_suite(fake_engine *engine, int64_t position)
{
    oz_error error;
    oz_context *node =
        fake_try_open(engine, &ozi_op_files, position, &error, FAKE_TEXT("path", suite_path),
                      FAKE_TEXT("framing", suite_framing), FAKE_INT("record_max", 12),
                      FAKE_INT("chunk", 16), FAKE_END);
    assert_non_null(node);
    node->policy = OZ_POLICY_SKIP;
    return node;
}

static void
test_conformance(void **state)
{
    fixture *test = *state;
    suite_framing = "lines";
    suite_path = text_file(test, "a", "the\ncat\n\nsat on the mat and\n\xFF\n\xC3\xA9\nlast");
    source_suite(make_for_suite);
    suite_framing = "u8";
    suite_path = text_file(test, "b", "\3the\xF0 a frame of 240 bytes that is cut off");
    suite_path = text_file(test, "c", "\3the\3cat\16too many bytes\3sat\1x");
    source_suite(make_for_suite);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_empty, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_pattern, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_missing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_folder, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_vanishing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_records, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_encodings, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_drain, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_conformance, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
