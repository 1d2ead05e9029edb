/* Standard output, as a simulated file and pipe: when it is written, a full pipe, a reader gone. */
#include "conformance/sink_suite.h"
#include "kit/sim_io.h"

extern const oz_operator ozi_op_stdout_sink;

static sim_io *sim;

static int
set_up(void **state)
{
    (void)state;
    sim = sim_io_new(1);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    assert_int_equal(sim_io_open_handles(sim), 0);
    sim_io_free(sim);
    return 0;
}

static oz_context *
make_sink(fake_engine *engine)
{
    engine->io = sim_io_table(sim);
    engine->now_ns = engine->io->now_ns(engine->io->self);
    sim_io_put(sim, "/dev/stdout", "", 0);
    return fake_open(engine, &ozi_op_stdout_sink, FAKE_END);
}

static char *
take_text(oz_context *sink)
{
    size_t size;
    assert_int_equal(fake_end(sink), OZ_NEED);
    fake_close(sink);
    const char *data = sim_io_get(sim, "/dev/stdout", &size);
    char *copy = calloc(1, size + 1);
    assert_non_null(copy);
    memcpy(copy, data, size);
    return copy;
}

static void
test_conformance(void **state)
{
    (void)state;
    sink_suite(make_sink, take_text);
}

static void
test_at_once(void **state)
{
    (void)state;
    fake_engine engine;
    size_t size;
    fake_engine_init(&engine, sim_io_table(sim));
    oz_context *sink = make_sink(&engine);
    assert_int_equal(fake_deliver_text(sink, "one"), OZ_NEED);
    assert_int_equal(fake_deliver_text(sink, "two"), OZ_NEED);
    (void)sim_io_get(sim, "/dev/stdout", &size);
    assert_int_equal(size, 4);
    fake_settle(&engine);
    (void)sim_io_get(sim, "/dev/stdout", &size);
    assert_int_equal(size, 8);
    fake_engine_free(&engine);
}

/* Opens both ends of a pipe; the sink has the writing one. */
static oz_context *
open_pipe(fake_engine *engine, int64_t *reader)
{
    const oz_io *io = sim_io_table(sim);
    sim_io_make_pipe(sim, "/dev/stdout");
    fake_engine_init(engine, io);
    *reader = io->open(io->self, "/dev/stdout", OZ_IO_READ);
    return fake_open(engine, &ozi_op_stdout_sink, FAKE_END);
}

static void
test_full_pipe(void **state)
{
    (void)state;
    static char text[200000];
    fake_engine engine;
    int64_t reader;
    oz_context *sink = open_pipe(&engine, &reader);
    memset(text, 'x', sizeof text - 1);
    assert_int_equal(fake_deliver_text(sink, text), OZ_WAIT);
    size_t heard = 0;
    while (heard < sizeof text) {
        int64_t size = engine.io->read(engine.io->self, reader, text, sizeof text);
        assert_true(size > 0);
        heard += (size_t)size;
        fake_settle(&engine);
    }
    assert_int_equal(sink->step, OZ_NEED);
    assert_int_equal(engine.io->close(engine.io->self, reader), 0);
    fake_engine_free(&engine);
}

static void
test_reader_gone(void **state)
{
    (void)state;
    fake_engine engine;
    int64_t reader;
    oz_context *sink = open_pipe(&engine, &reader);
    assert_int_equal(fake_deliver_text(sink, "seen"), OZ_NEED);
    assert_int_equal(engine.io->close(engine.io->self, reader), 0);
    fake_settle(&engine);
    sim_io_advance(sim, 1);
    fake_settle(&engine);
    assert_int_equal(fake_deliver_text(sink, "not seen"), OZ_DONE);
    assert_false(sink->failed);
    fake_engine_free(&engine);
}

static void
test_full_disk(void **state)
{
    (void)state;
    fake_engine engine;
    fake_engine_init(&engine, sim_io_table(sim));
    oz_context *sink = make_sink(&engine);
    sim_io_set_disk_room(sim, 2);
    assert_int_equal(fake_deliver_text(sink, "four"), OZ_FAILED);
    assert_string_equal(sink->error.text,
                        "cannot write to '<stdout>' after 2 bytes: No space left on device");
    fake_engine_free(&engine);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_conformance), TEST(test_at_once),   TEST(test_full_pipe),
        TEST(test_reader_gone), TEST(test_full_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
