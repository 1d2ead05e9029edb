/* The TCP sink, over simulated sockets: a peer that is late, slow, or goes away. */
#include "conformance/sink_suite.h"
#include "kit/sim_io.h"

extern const oz_operator ozi_op_tcp_sink;

#define SECOND INT64_C(1000000000)

enum { CONNECTIONS, LOST, BYTES };

typedef struct fixture {
    sim_io *sim;
    const oz_io *io;
    fake_engine engine;
    oz_context *sink;
    int64_t listener;
} fixture;

static fixture *current; /* for the conformance suite, whose functions take no context */

static int
set_up(void **state)
{
    fixture *test = calloc(1, sizeof *test);
    test->sim = sim_io_new(1);
    test->io = sim_io_table(test->sim);
    test->listener = -1;
    fake_engine_init(&test->engine, test->io);
    *state = current = test;
    return 0;
}

static int
tear_down(void **state)
{
    fixture *test = *state;
    fake_engine_free(&test->engine);
    if (test->listener >= 0) {
        assert_int_equal(test->io->close(test->io->self, test->listener), 0);
    }
    assert_int_equal(sim_io_open_handles(test->sim), 0);
    sim_io_free(test->sim);
    free(test);
    return 0;
}

#define CONNECT(test, ...)                                                                         \
    ((test)->sink = fake_open(&(test)->engine, &ozi_op_tcp_sink, FAKE_TEXT("host", "127.0.0.1"),   \
                              FAKE_INT("port", 7011), __VA_ARGS__))

static void
listen_there(fixture *test)
{
    test->listener = test->io->listen(test->io->self, "127.0.0.1", 7011, 5);
    assert_true(test->listener >= 0);
}

static int64_t
accept_there(fixture *test)
{
    char address[OZ_IO_ADDRESS_MAX];
    fake_settle(&test->engine);
    return test->io->accept(test->io->self, test->listener, address);
}

/* Everything that the peer receives until nothing more comes. */
static const char *
hears(fixture *test, int64_t socket)
{
    static char text[1 << 20];
    size_t size = 0;
    for (;;) {
        fake_settle(&test->engine);
        int64_t result =
            test->io->receive(test->io->self, socket, text + size, sizeof text - 1 - size);
        if (result <= 0) {
            text[size] = '\0';
            return text;
        }
        size += (size_t)result;
    }
}

static void
hang_up(fixture *test, int64_t socket)
{
    assert_int_equal(test->io->close(test->io->self, socket), 0);
    fake_settle(&test->engine);
}

static void
test_sends_at_once(void **state)
{
    fixture *test = *state;
    listen_there(test);
    CONNECT(test, FAKE_END);
    int64_t socket = accept_there(test);
    sim_io_advance(test->sim, 1);
    fake_settle(&test->engine);
    char text[8];
    assert_int_equal(fake_deliver_text(test->sink, "the"), OZ_NEED);
    assert_int_equal(test->io->receive(test->io->self, socket, text, sizeof text), 4);
    /* More in the same step of the loop goes together, with the next one. */
    assert_int_equal(fake_deliver_text(test->sink, "cat"), OZ_NEED);
    assert_int_equal(fake_deliver_text(test->sink, "sat"), OZ_NEED);
    assert_int_equal(test->io->receive(test->io->self, socket, text, sizeof text), OZ_IO_AGAIN);
    assert_string_equal(hears(test, socket), "cat\nsat\n");
    assert_int_equal(test->sink->counters[BYTES], 12);
    hang_up(test, socket);
}

static void
test_peer_comes_later(void **state)
{
    fixture *test = *state;
    CONNECT(test, FAKE_END);
    fake_settle(&test->engine);
    assert_int_equal(fake_deliver_text(test->sink, "early"), OZ_NEED);
    for (int i = 0; i < 30; i++) {
        sim_io_advance(test->sim, SECOND);
        fake_settle(&test->engine);
    }
    listen_there(test);
    sim_io_advance(test->sim, 6 * SECOND);
    int64_t socket = accept_there(test);
    assert_string_equal(hears(test, socket), "early\n");
    hang_up(test, socket);
}

static void
test_no_patience(void **state)
{
    fixture *test = *state;
    CONNECT(test, FAKE_FLOAT("patience", 3.0), FAKE_END);
    for (int i = 0; i < 20 && !test->sink->failed; i++) {
        fake_settle(&test->engine);
        sim_io_advance(test->sim, SECOND);
    }
    assert_string_equal(test->sink->error.text,
                        "no connection to 127.0.0.1:7011 within 3 s: Connection refused");
}

/* Full: the step waits; when half of it is gone, it takes more. */
static void
test_back_pressure(void **state)
{
    fixture *test = *state;
    static char text[60001];
    memset(text, 'x', sizeof text - 1);
    listen_there(test);
    CONNECT(test, FAKE_INT("pending_max", 100000), FAKE_END);
    int64_t socket = accept_there(test);
    int rows = 1;
    while (fake_deliver_text(test->sink, text) == OZ_NEED) {
        assert_true(++rows < 10);
        fake_settle(&test->engine);
    }
    size_t heard = strlen(hears(test, socket));
    assert_int_equal(heard, (size_t)rows * sizeof text);
    assert_int_equal(test->sink->step, OZ_NEED);
    hang_up(test, socket);
}

/* After a reset the next connection begins with a whole record, and none is missing after it. */
static void
test_reconnect(void **state)
{
    fixture *test = *state;
    const sim_io_link link = {.buffer_max = 10, .reset_after = -1};
    sim_io_set_link(test->sim, &link);
    listen_there(test);
    CONNECT(test, FAKE_END);
    int64_t socket = accept_there(test);
    assert_int_equal(fake_deliver_text(test->sink, "one"), OZ_NEED);
    assert_int_equal(fake_deliver_text(test->sink, "two"), OZ_NEED);
    assert_int_equal(fake_deliver_text(test->sink, "three"), OZ_NEED);
    assert_int_equal(fake_deliver_text(test->sink, "four"), OZ_NEED);
    fake_settle(&test->engine);
    sim_io_reset(test->sim, socket);
    hang_up(test, socket);
    assert_int_equal(test->sink->counters[LOST], 1);
    sim_io_set_link(test->sim, &sim_io_link_default);
    sim_io_advance(test->sim, SECOND);
    socket = accept_there(test);
    assert_string_equal(hears(test, socket), "three\nfour\n");
    assert_int_equal(test->sink->counters[CONNECTIONS], 2);
    hang_up(test, socket);
}

static void
test_peer_closes(void **state)
{
    fixture *test = *state;
    listen_there(test);
    CONNECT(test, FAKE_END);
    int64_t socket = accept_there(test);
    assert_int_equal(test->io->send(test->io->self, socket, "ignored", 7), 7);
    fake_settle(&test->engine);
    hang_up(test, socket);
    assert_int_equal(test->sink->counters[LOST], 1);
}

/* The end waits for the peer, and the peer sees the end of the stream after the last row. */
static void
test_end(void **state)
{
    fixture *test = *state;
    CONNECT(test, FAKE_END);
    assert_int_equal(fake_deliver_text(test->sink, "last"), OZ_NEED);
    assert_int_equal(fake_end(test->sink), OZ_WAIT);
    listen_there(test);
    int64_t socket = accept_there(test);
    assert_int_equal(fake_end(test->sink), OZ_NEED);
    fake_close(test->sink);
    char text[8];
    assert_int_equal(test->io->receive(test->io->self, socket, text, sizeof text), 5);
    assert_int_equal(test->io->receive(test->io->self, socket, text, sizeof text), 0);
    hang_up(test, socket);
}

/* ---- conformance: the suite has an engine of its own, over the same world -------------------- */

static oz_context *
make_sink(fake_engine *engine)
{
    engine->io = current->io;
    engine->now_ns = current->io->now_ns(current->io->self);
    if (current->listener < 0) {
        listen_there(current);
    }
    return fake_open(engine, &ozi_op_tcp_sink, FAKE_TEXT("host", "127.0.0.1"),
                     FAKE_INT("port", 7011), FAKE_END);
}

static char *
take_text(oz_context *sink)
{
    char address[OZ_IO_ADDRESS_MAX];
    fake_engine *engine = sink->engine;
    for (int i = 0; fake_end(sink) == OZ_WAIT; i++) {
        assert_true(i < 10);
        fake_settle(engine);
    }
    fake_close(sink);
    int64_t socket = current->io->accept(current->io->self, current->listener, address);
    char *text = calloc(1, 1 << 16);
    int64_t size = current->io->receive(current->io->self, socket, text, (1 << 16) - 1);
    assert_true(size > 0);
    hang_up(current, socket);
    return text;
}

static void
test_conformance(void **state)
{
    (void)state;
    sink_suite(make_sink, take_text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_sends_at_once), TEST(test_peer_comes_later), TEST(test_no_patience),
        TEST(test_back_pressure), TEST(test_reconnect),        TEST(test_peer_closes),
        TEST(test_end),           TEST(test_conformance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
