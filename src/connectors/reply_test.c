/* Replies, over simulated sockets: who gets which answer, and peers that do not take theirs. */
#include "conformance/tcp_fixture.h"
#include "connectors/collected.h"

extern const oz_operator ozi_op_collect;

static void
test_reply(void **state)
{
    fixture *test = *state;
    serve_and_reply(test, 1 << 20);
    int64_t first = dial(test);
    int64_t second = dial(test);
    SAY(test, first, "hello\n");
    SAY(test, second, "to\nyou\n");
    assert_string_equal(hears(test, first), "hello\n");
    assert_string_equal(hears(test, second), "to\nyou\n");
    /* A peer that has said all still gets its answer. */
    assert_int_equal(test->io->send(test->io->self, first, "last", 4), 4);
    assert_int_equal(test->io->shut(test->io->self, first), 0);
    fake_settle(&test->engine);
    assert_string_equal(hears(test, first), "last\n");
    sim_io_advance(test->sim, SECOND);
    fake_settle(&test->engine);
    assert_string_equal(hears(test, first), "(end)");
    hang_up(test, first);
    hang_up(test, second);
}

/* Answers that the peer does not take wait; meanwhile it is not read from. */
static void
test_slow_peer(void **state)
{
    fixture *test = *state;
    static char text[40001];
    const sim_io_link link = {.buffer_max = 50000, .reset_after = -1};
    memset(text, 'x', sizeof text);
    text[40000] = '\n';
    sim_io_set_link(test->sim, &link);
    serve_and_reply(test, 1 << 20);
    int64_t socket = dial(test);
    int sent = 0;
    while (test->io->send(test->io->self, socket, text, sizeof text) == sizeof text) {
        fake_settle(&test->engine);
        assert_true(++sent < 10);
    }
    assert_in_range(test->source->row_count, 2, 4);
    size_t heard = 0;
    for (const char *more = hears(test, socket); more[0] != '\0'; more = hears(test, socket)) {
        heard += strlen(more);
        fake_settle(&test->engine);
    }
    assert_in_range(heard, (size_t)sent * sizeof text, (size_t)sent * sizeof text + 50000);
    assert_int_equal(test->reply->counters[1], 0);
    hang_up(test, socket);
}

/* A peer behind which too much would wait is disconnected. */
static void
test_peer_that_never_reads(void **state)
{
    fixture *test = *state;
    static char text[40001];
    const sim_io_link link = {.buffer_max = 50000, .reset_after = -1};
    memset(text, 'x', sizeof text);
    text[40000] = '\n';
    sim_io_set_link(test->sim, &link);
    serve_and_reply(test, 1000);
    int64_t socket = dial(test);
    while (test->reply->counters[1] == 0) {
        assert_int_equal(test->io->send(test->io->self, socket, text, sizeof text), sizeof text);
        fake_settle(&test->engine);
    }
    assert_int_equal(test->source->row_count, 2);
    hang_up(test, socket);
}

/*
 * A peer that has said all stays connected while a row of it is somewhere in the graph, but not
 * when a new one needs its place.
 */
static void
test_lingering(void **state)
{
    fixture *test = *state;
    static ozi_collected held; /* the graph lets go of it in tear_down */
    ozi_collected_init(&held, &test->engine.counting.alloc);
    test->reply = fake_open(&test->engine, &ozi_op_reply, FAKE_END);
    SERVE(test, FAKE_INT("connections", 1), FAKE_END);
    test->source->feeds =
        fake_open(&test->engine, &ozi_op_collect, FAKE_FUNCTION("into", &held.function), FAKE_END);
    int64_t first = dial(test);
    SAY(test, first, "question\n");
    assert_int_equal(test->io->shut(test->io->self, first), 0);
    for (int i = 0; i < 100; i++) {
        sim_io_advance(test->sim, SECOND);
        fake_settle(&test->engine);
    }
    assert_string_equal(hears(test, first), "");
    assert_int_equal(fake_deliver(test->reply, held.batches[0]), OZ_NEED);
    fake_settle(&test->engine);
    assert_string_equal(hears(test, first), "question\n");
    int64_t second = dial(test);
    assert_string_equal(hears(test, first), "(end)");
    SAY(test, second, "in\n");
    assert_int_equal(held.rows, 2);
    hang_up(test, first);
    hang_up(test, second);
    ozi_collected_clear(&held);
}

static void
test_answer_without_connection(void **state)
{
    fixture *test = *state;
    serve_and_reply(test, 1 << 20);
    assert_int_equal(fake_deliver_text(test->reply, "to nobody"), OZ_NEED);
    assert_int_equal(test->reply->counters[0], 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_reply),
        TEST(test_slow_peer),
        TEST(test_peer_that_never_reads),
        TEST(test_lingering),
        TEST(test_answer_without_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
