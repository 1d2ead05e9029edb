/* Files of epochs: when they appear, and what is found of them when the job goes on. */
#include <unistd.h>

#include "conformance/scratch.h"
#include "conformance/sink_suite.h"

extern const oz_operator ozi_op_epoch_files;

static scratch files;
static const char *pattern;

static int
set_up(void **state)
{
    (void)state;
    scratch_init(&files);
    pattern = scratch_path(&files, "part-{epoch}.txt");
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
    engine->has_epochs = true;
    return fake_open(engine, &ozi_op_epoch_files, FAKE_TEXT("path", pattern), FAKE_END);
}

static void
prepare(oz_context *sink, uint64_t epoch)
{
    assert_int_equal(sink->op->sink->prepare(sink->state, sink, epoch), OZ_OK);
}

static void
commit(oz_context *sink, uint64_t epoch)
{
    assert_int_equal(sink->op->sink->commit(sink->state, sink, epoch), OZ_OK);
}

static void
part_has(const char *part, const char *expected)
{
    char *data = scratch_read(scratch_path(&files, part));
    assert_string_equal(data, expected);
    free(data);
}

static bool
is_there(const char *part)
{
    return access(scratch_path(&files, part), F_OK) == 0;
}

static char *
take_text(oz_context *sink)
{
    prepare(sink, 1);
    commit(sink, 1);
    fake_close(sink);
    return scratch_read(scratch_path(&files, "part-00000001.txt"));
}

static void
test_conformance(void **state)
{
    (void)state;
    sink_suite(make_sink, take_text);
}

/* A file has its name when its epoch holds, no sooner; an epoch without rows has none. */
static void
test_when(void **state)
{
    (void)state;
    fake_engine engine;
    fake_engine_init(&engine, oz_io_system());
    oz_context *sink = make_sink(&engine);
    assert_int_equal(fake_deliver_text(sink, "a"), OZ_NEED);
    prepare(sink, 7);
    part_has("part-00000007.txt.tmp", "a\n");
    assert_false(is_there("part-00000007.txt"));
    commit(sink, 7);
    part_has("part-00000007.txt", "a\n");
    assert_false(is_there("part-00000007.txt.tmp"));
    prepare(sink, 8);
    commit(sink, 8);
    assert_false(is_there("part-00000008.txt"));
    assert_int_equal(fake_deliver_text(sink, "b"), OZ_NEED);
    prepare(sink, 9);
    commit(sink, 9);
    part_has("part-00000009.txt", "b\n");
    assert_int_equal(fake_deliver_text(sink, "lost"), OZ_NEED);
    fake_engine_free(&engine);
    assert_false(is_there("part-next.txt.tmp"));
}

/* When a checkpoint fails, the next one shows the rows of both. */
static void
test_prepared_twice(void **state)
{
    (void)state;
    fake_engine engine;
    fake_engine_init(&engine, oz_io_system());
    oz_context *sink = make_sink(&engine);
    assert_int_equal(fake_deliver_text(sink, "a"), OZ_NEED);
    prepare(sink, 3);
    assert_int_equal(fake_deliver_text(sink, "b"), OZ_NEED);
    prepare(sink, 4);
    assert_int_equal(fake_deliver_text(sink, "c"), OZ_NEED);
    assert_false(is_there("part-00000003.txt"));
    commit(sink, 4);
    part_has("part-00000003.txt", "a\n");
    part_has("part-00000004.txt", "b\n");
    assert_false(is_there("part-00000003.txt.tmp"));
    prepare(sink, 5);
    commit(sink, 5);
    part_has("part-00000005.txt", "c\n");
    fake_engine_free(&engine);
}

static void
test_mistakes(void **state)
{
    (void)state;
    fake_engine engine;
    oz_error error;
    const struct {
        const char *path, *framing;
    } options = {"out.txt", "lines"}, twice = {"{epoch}{epoch}", "lines"};
    oz_schema schema = {.column_count = 1, .types = {OZ_STRING}};
    assert_int_equal(ozi_op_epoch_files.bind(&options, &schema, 1, NULL, &error), OZ_INVALID);
    assert_string_equal(error.text,
                        "'out.txt' must have {epoch} in it once, where the number goes");
    assert_int_equal(ozi_op_epoch_files.bind(&twice, &schema, 1, NULL, &error), OZ_INVALID);
    fake_engine_init(&engine, oz_io_system());
    assert_null(fake_try_open(&engine, &ozi_op_epoch_files, -1, &error,
                              FAKE_TEXT("path", "x-{epoch}"), FAKE_END));
    assert_string_equal(error.text,
                        "'x-{epoch}' is a file for each epoch: that needs a state folder");
    engine.has_epochs = true;
    oz_context *sink =
        fake_open(&engine, &ozi_op_epoch_files,
                  FAKE_TEXT("path", scratch_path(&files, "no/folder/{epoch}")), FAKE_END);
    assert_int_equal(fake_deliver_text(sink, "a"), OZ_FAILED);
    assert_non_null(strstr(sink->error.text, "no/folder/next.tmp': No such file or directory"));
    fake_engine_free(&engine);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_conformance, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_when, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_prepared_twice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_mistakes, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
