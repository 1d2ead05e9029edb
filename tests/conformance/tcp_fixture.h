/* A TCP source that serves simulated peers, and a reply step behind it. */
#ifndef OUZEL_TESTS_TCP_FIXTURE_H
#define OUZEL_TESTS_TCP_FIXTURE_H

#include "conformance/fake_engine.h"
#include "kit/sim_io.h"

extern const oz_operator ozi_op_tcp_source;
extern const oz_operator ozi_op_reply;

#define SECOND INT64_C(1000000000)

/* The counters of the source. */
enum { CONNECTIONS, REFUSED, RESETS, IDLE, LONG, TORN, BAD_TEXT, BYTES };

typedef struct fixture {
    sim_io *sim;
    const oz_io *io;
    fake_engine engine;
    oz_context *reply;
    oz_context *source;
} fixture;

static inline int
set_up(void **state)
{
    fixture *test = calloc(1, sizeof *test);
    test->sim = sim_io_new(1);
    test->io = sim_io_table(test->sim);
    fake_engine_init(&test->engine, test->io);
    *state = test;
    return 0;
}

static inline int
tear_down(void **state)
{
    fixture *test = *state;
    fake_engine_free(&test->engine);
    assert_int_equal(sim_io_open_handles(test->sim), 0);
    sim_io_free(test->sim);
    free(test);
    return 0;
}

#define SERVE(test, ...)                                                                           \
    ((test)->source =                                                                              \
         fake_open(&(test)->engine, &ozi_op_tcp_source, FAKE_TEXT("host", "127.0.0.1"),            \
                   FAKE_INT("port", 7010), FAKE_BOOL("listen", true), __VA_ARGS__))

/* Opens the steps of `source -> reply`; as in a graph, readers before what they read. */
static inline void
serve_and_reply(fixture *test, int64_t pending_max)
{
    test->reply =
        fake_open(&test->engine, &ozi_op_reply, FAKE_INT("pending_max", pending_max), FAKE_END);
    SERVE(test, FAKE_END);
    test->source->feeds = test->reply;
}

static inline int64_t
dial(fixture *test)
{
    int64_t socket = test->io->connect(test->io->self, "127.0.0.1", 7010, 0);
    assert_true(socket >= 0);
    fake_settle(&test->engine);
    return socket;
}

static inline void
say(fixture *test, int64_t socket, const char *text, size_t size)
{
    assert_int_equal(test->io->send(test->io->self, socket, text, size), (int64_t)size);
    fake_settle(&test->engine);
}
#define SAY(test, socket, text) say(test, socket, text, sizeof text - 1)

static inline void
hang_up(fixture *test, int64_t socket)
{
    assert_int_equal(test->io->close(test->io->self, socket), 0);
    fake_settle(&test->engine);
}

/* What the peer has received by now; "(end)" when the connection was closed. */
static inline const char *
hears(fixture *test, int64_t socket)
{
    static char text[1 << 17];
    int64_t size = test->io->receive(test->io->self, socket, text, sizeof text - 1);
    if (size <= 0) {
        return size == OZ_IO_AGAIN ? "" : "(end)";
    }
    text[size] = '\0';
    return text;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
