/* The TCP source, over simulated sockets: peers that come, go and misbehave. */
#include "conformance/tcp_fixture.h"

static void
test_one_message_is_one_batch(void **state)
{
    fixture *test = *state;
    SERVE(test, FAKE_END);
    int64_t socket = dial(test);
    SAY(test, socket, "the cat\n");
    assert_int_equal(test->source->batches, 1);
    SAY(test, socket, "sat\non\n");
    assert_int_equal(test->source->batches, 2);
    SAY(test, socket, "the m");
    assert_int_equal(test->source->batches, 2);
    SAY(test, socket, "at\n");
    assert_string_equal(fake_rows(test->source), "[the cat][sat][on][the mat]");
    assert_non_null(strstr(test->source->last_row, "message 4 of 127.0.0.1:"));
    hang_up(test, socket);
    assert_int_equal(test->source->counters[CONNECTIONS], 1);
    assert_int_equal(test->source->counters[BYTES], 23);
}

static void
test_last_line_without_end(void **state)
{
    fixture *test = *state;
    SERVE(test, FAKE_INT("sessions", 1), FAKE_END);
    int64_t socket = dial(test);
    SAY(test, socket, "a\nb");
    hang_up(test, socket);
    assert_string_equal(fake_rows(test->source), "[a][b]");
    assert_int_equal(test->source->step, OZ_DONE);
}

static void
test_many_peers(void **state)
{
    fixture *test = *state;
    int64_t sockets[5];
    SERVE(test, FAKE_TEXT("framing", "u16"), FAKE_END);
    for (int i = 0; i < 5; i++) {
        sockets[i] = dial(test);
    }
    for (int i = 0; i < 5; i++) {
        assert_int_equal(test->io->send(test->io->self, sockets[i], "\0\3the\0\3cat\0", 11), 11);
    }
    fake_settle(&test->engine);
    assert_int_equal(test->source->batches, 5);
    assert_int_equal(test->source->row_count, 10);
    for (int i = 0; i < 5; i++) {
        hang_up(test, sockets[i]);
    }
    assert_int_equal(test->source->counters[TORN], 5);
}

/* A peer that sends without end does not keep the others waiting. */
static void
test_fairness(void **state)
{
    fixture *test = *state;
    static char flood[60000];
    memset(flood, '\n', sizeof flood);
    SERVE(test, FAKE_INT("chunk", 100), FAKE_END);
    int64_t loud = dial(test);
    int64_t quiet = dial(test);
    assert_int_equal(test->io->send(test->io->self, loud, flood, sizeof flood), sizeof flood);
    assert_int_equal(test->io->send(test->io->self, quiet, "x\n", 2), 2);
    while (strstr(fake_rows(test->source), "[x]") == NULL) {
        assert_true(fake_step(&test->engine));
        assert_true(test->source->row_count < 3000);
    }
    hang_up(test, loud);
    hang_up(test, quiet);
    assert_int_equal(test->source->row_count, sizeof flood + 1);
}

static void
test_bad_text_is_left_out(void **state)
{
    fixture *test = *state;
    SERVE(test, FAKE_END);
    int64_t socket = dial(test);
    SAY(test, socket, "a\n\xFF\nb\n\xC3");
    hang_up(test, socket);
    assert_string_equal(fake_rows(test->source), "[a][b]");
    assert_int_equal(test->source->counters[BAD_TEXT], 2);
}

static void
test_long_record_ends_the_connection(void **state)
{
    fixture *test = *state;
    SERVE(test, FAKE_TEXT("framing", "u32"), FAKE_INT("record_max", 8), FAKE_END);
    int64_t socket = dial(test);
    int64_t other = dial(test);
    SAY(test, socket, "\0\0\0\1a\xFF\xFF\xFF\xFFwhat follows a lie");
    assert_string_equal(hears(test, socket), "(end)");
    SAY(test, other, "\0\0\0\1b");
    assert_string_equal(fake_rows(test->source), "[a][b]");
    assert_int_equal(test->source->counters[LONG], 1);
    hang_up(test, socket);
    hang_up(test, other);
}

static void
test_reset_in_the_middle_of_a_frame(void **state)
{
    fixture *test = *state;
    SERVE(test, FAKE_TEXT("framing", "u32"), FAKE_END);
    int64_t socket = dial(test);
    SAY(test, socket, "\0\0\0\1a\0\0\0\5hal");
    sim_io_reset(test->sim, socket);
    fake_settle(&test->engine);
    assert_string_equal(fake_rows(test->source), "[a]");
    assert_int_equal(test->source->counters[RESETS], 1);
    assert_int_equal(test->io->close(test->io->self, socket), 0);
}

static void
test_too_many_connections(void **state)
{
    fixture *test = *state;
    SERVE(test, FAKE_INT("connections", 2), FAKE_END);
    int64_t first = dial(test);
    int64_t second = dial(test);
    int64_t third = dial(test);
    assert_string_equal(hears(test, third), "(end)");
    assert_string_equal(hears(test, second), "");
    assert_int_equal(test->source->counters[REFUSED], 1);
    hang_up(test, first);
    int64_t fourth = dial(test);
    SAY(test, fourth, "in\n");
    assert_string_equal(fake_rows(test->source), "[in]");
    hang_up(test, second);
    hang_up(test, third);
    hang_up(test, fourth);
}

/* Bytes that never become a record do not keep a connection alive. */
static void
test_idle(void **state)
{
    fixture *test = *state;
    SERVE(test, FAKE_INT("idle", 10), FAKE_END);
    int64_t slow = dial(test);
    int64_t busy = dial(test);
    for (int i = 0; i < 6; i++) {
        sim_io_advance(test->sim, 2 * SECOND);
        SAY(test, slow, "x");
        SAY(test, busy, "row\n");
    }
    assert_string_equal(hears(test, slow), "(end)");
    assert_string_equal(hears(test, busy), "");
    assert_int_equal(test->source->counters[IDLE], 1);
    hang_up(test, slow);
    hang_up(test, busy);
}

static void
test_address_in_use(void **state)
{
    fixture *test = *state;
    oz_error error;
    SERVE(test, FAKE_END);
    assert_null(fake_try_open(&test->engine, &ozi_op_tcp_source, -1, &error,
                              FAKE_TEXT("host", "127.0.0.1"), FAKE_INT("port", 7010),
                              FAKE_BOOL("listen", true), FAKE_END));
    assert_string_equal(error.text, "cannot listen on '127.0.0.1:7010': Address already in use");
}

static void
test_client(void **state)
{
    fixture *test = *state;
    test->source = fake_open(&test->engine, &ozi_op_tcp_source, FAKE_TEXT("host", "127.0.0.1"),
                             FAKE_INT("port", 7012), FAKE_INT("sessions", 2), FAKE_END);
    fake_settle(&test->engine);
    sim_io_advance(test->sim, 20 * SECOND);
    fake_settle(&test->engine);
    int64_t listener = test->io->listen(test->io->self, "127.0.0.1", 7012, 5);
    char address[OZ_IO_ADDRESS_MAX];
    for (int i = 0; i < 2; i++) {
        sim_io_advance(test->sim, 6 * SECOND);
        fake_settle(&test->engine);
        int64_t socket = test->io->accept(test->io->self, listener, address);
        assert_true(socket >= 0);
        SAY(test, socket, "row\n");
        hang_up(test, socket);
    }
    assert_string_equal(fake_rows(test->source), "[row][row]");
    assert_int_equal(test->source->step, OZ_DONE);
    assert_int_equal(test->io->close(test->io->self, listener), 0);
}

static void
test_client_without_peer(void **state)
{
    fixture *test = *state;
    test->source = fake_open(&test->engine, &ozi_op_tcp_source, FAKE_TEXT("host", "127.0.0.1"),
                             FAKE_INT("port", 7012), FAKE_INT("patience", 30), FAKE_END);
    for (int i = 0; i < 40 && !test->source->failed; i++) {
        fake_settle(&test->engine);
        sim_io_advance(test->sim, SECOND);
    }
    assert_string_equal(test->source->error.text,
                        "no connection to 127.0.0.1:7012 within 30 s: Connection refused");
}

/* What was received comes out; then nobody is let in, and nothing is received any more. */
static void
test_drain(void **state)
{
    fixture *test = *state;
    SERVE(test, FAKE_END);
    int64_t socket = dial(test);
    assert_int_equal(test->io->send(test->io->self, socket, "1\n2\n3\n4\n5\n6\nrest", 16), 16);
    fake_events(&test->engine, 0);
    assert_int_equal(fake_poll(test->source, 2), OZ_MORE);
    assert_int_equal(test->io->send(test->io->self, socket, "more\n", 5), 5);
    oz_step step;
    do {
        step = test->source->op->on_flush(test->source->state, test->source);
    } while (step == OZ_MORE);
    assert_int_equal(step, OZ_NEED);
    assert_string_equal(fake_rows(test->source), "[1][2][3][4][5][6]");
    hang_up(test, socket);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_one_message_is_one_batch),
        TEST(test_last_line_without_end),
        TEST(test_many_peers),
        TEST(test_fairness),
        TEST(test_bad_text_is_left_out),
        TEST(test_long_record_ends_the_connection),
        TEST(test_reset_in_the_middle_of_a_frame),
        TEST(test_too_many_connections),
        TEST(test_idle),
        TEST(test_address_in_use),
        TEST(test_client),
        TEST(test_client_without_peer),
        TEST(test_drain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
