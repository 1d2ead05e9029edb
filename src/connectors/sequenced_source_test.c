/* The source of numbered records, over simulated sockets; test_sender.py has real ones. */
#include "codecs/sequenced.h"
#include "conformance/fake_engine.h"
#include "kit/sim_io.h"

extern const oz_operator ozi_op_sequenced_source;

enum { CONNECTIONS, REFUSED, FAULTS, REPEATED };

typedef struct fixture {
    sim_io *sim;
    const oz_io *io;
    fake_engine engine;
    oz_context *source;
} fixture;

static int
set_up(void **state)
{
    fixture *test = calloc(1, sizeof *test);
    test->sim = sim_io_new(1);
    test->io = sim_io_table(test->sim);
    fake_engine_init(&test->engine, test->io);
    *state = test;
    return 0;
}

static int
tear_down(void **state)
{
    fixture *test = *state;
    fake_engine_free(&test->engine);
    assert_int_equal(sim_io_open_handles(test->sim), 0);
    sim_io_free(test->sim);
    free(test);
    return 0;
}

static void
begin(fixture *test)
{
    test->source = fake_open(&test->engine, &ozi_op_sequenced_source,
                             FAKE_TEXT("host", "127.0.0.1"), FAKE_INT("port", 7020),
                             FAKE_TEXT("encoding", "utf-8"), FAKE_INT("ends", 1), FAKE_END);
}

static oz_step
settle(fixture *test)
{
    oz_step step = OZ_NEED;
    for (int i = 0; i < 20 && step != OZ_DONE; i++) {
        fake_settle(&test->engine);
        step = fake_poll(test->source, 100);
    }
    return step;
}

/* Connects, and sends the bytes, which are freed. */
static int64_t
say(fixture *test, int64_t socket, oz_bytes *bytes)
{
    if (socket < 0) {
        socket = test->io->connect(test->io->self, "127.0.0.1", 7020, 0);
        (void)settle(test);
        assert_int_equal(test->io->connected(test->io->self, socket), 0);
    }
    int64_t size = (int64_t)oz_bytes_size(bytes);
    assert_int_equal(test->io->send(test->io->self, socket, bytes->data + bytes->begin,
                                    (size_t)size),
                     size);
    oz_bytes_free(bytes);
    return socket;
}

static int64_t
hello(fixture *test, uint64_t session)
{
    oz_bytes bytes = {.alloc = oz_alloc_default()};
    const ozi_hello said = {.version = OZI_SEQUENCED_VERSION,
                            .session = session,
                            .stream = "s",
                            .stream_size = 1};
    assert_int_equal(ozi_put_hello(&bytes, &said), OZ_OK);
    return say(test, -1, &bytes);
}

/* A frame of records of one letter each. */
static void
records(fixture *test, int64_t socket, uint64_t first, const char *letters)
{
    size_t begin_of;
    size_t count = strlen(letters);
    oz_bytes bytes = {.alloc = oz_alloc_default()};
    assert_int_equal(ozi_frame_begin(&bytes, OZI_FRAME_RECORDS, 12 + 5 * count, &begin_of), OZ_OK);
    ozi_put_u64(&bytes, first);
    ozi_put_u32(&bytes, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        ozi_put_u32(&bytes, 1);
        ozi_put_bytes(&bytes, &letters[i], 1);
    }
    ozi_frame_end(&bytes, begin_of);
    (void)say(test, socket, &bytes);
}

/* The next frame that the source has sent. */
static ozi_frame
heard(fixture *test, int64_t socket)
{
    static char bytes[4096];
    static size_t size;
    ozi_frame frame = {.size = 0};
    size_t taken;
    size_t needed;
    (void)settle(test);
    size = 0;
    while (size < OZI_FRAME_HEAD) { /* a head, and then its body: no more */
        assert_int_equal(test->io->receive(test->io->self, socket, bytes + size, 1), 1);
        size++;
    }
    assert_int_equal(ozi_frame_take(bytes, size, 4096, &frame, &taken, &needed), OZ_OK);
    for (; size < needed; size++) {
        assert_int_equal(test->io->receive(test->io->self, socket, bytes + size, 1), 1);
    }
    assert_int_equal(ozi_frame_take(bytes, size, 4096, &frame, &taken, &needed), OZ_OK);
    assert_int_equal(taken, needed);
    return frame;
}

static void
hears_number(fixture *test, int64_t socket, ozi_frame_kind kind, uint64_t number)
{
    uint64_t found = UINT64_MAX;
    ozi_frame frame = heard(test, socket);
    assert_int_equal(frame.kind, kind);
    assert_true(ozi_take_u64(&frame, &found));
    assert_int_equal(found, number);
}

static void
hears_refusal(fixture *test, int64_t socket, ozi_refusal reason)
{
    uint8_t found = 0;
    ozi_frame frame = heard(test, socket);
    assert_int_equal(frame.kind, OZI_FRAME_REFUSED);
    assert_true(ozi_take_u8(&frame, &found));
    assert_int_equal(found, reason);
    assert_int_equal(test->io->close(test->io->self, socket), 0);
}

static void
test_records_come_once(void **state)
{
    fixture *test = *state;
    begin(test);
    int64_t socket = hello(test, 1);
    hears_number(test, socket, OZI_FRAME_WELCOME, 0);
    records(test, socket, 1, "ab");
    hears_number(test, socket, OZI_FRAME_ACK, 2);
    records(test, socket, 2, "bc");
    hears_number(test, socket, OZI_FRAME_ACK, 3);
    assert_string_equal(fake_rows(test->source), "[a][b][c]");
    assert_int_equal(test->source->counters[REPEATED], 1);
    oz_bytes bytes = {.alloc = oz_alloc_default()};
    assert_int_equal(ozi_put_number(&bytes, OZI_FRAME_END, 4), OZ_OK);
    (void)say(test, socket, &bytes);
    assert_int_equal(settle(test), OZ_DONE);
    hears_number(test, socket, OZI_FRAME_ACK, 4);
    assert_int_equal(test->io->close(test->io->self, socket), 0);
}

/* What came after the position of an epoch is not acknowledged when that one holds. */
static void
test_epochs_acknowledge(void **state)
{
    fixture *test = *state;
    test->engine.has_epochs = true;
    begin(test);
    const oz_source_verbs *verbs = test->source->op->source;
    void *memory = test->source->state;
    int64_t socket = hello(test, 1);
    hears_number(test, socket, OZI_FRAME_WELCOME, 0);
    records(test, socket, 1, "ab");
    (void)settle(test);
    int64_t first = verbs->position(memory, 0);
    records(test, socket, 3, "c");
    (void)settle(test);
    int64_t second = verbs->position(memory, 0);
    records(test, socket, 4, "d");
    (void)settle(test);
    assert_int_equal(verbs->acknowledge(memory, test->source, 0, first), OZ_OK);
    hears_number(test, socket, OZI_FRAME_ACK, 2);
    assert_int_equal(test->io->close(test->io->self, socket), 0);
    socket = hello(test, 1); /* a new connection begins with what is safe */
    hears_number(test, socket, OZI_FRAME_WELCOME, 2);
    assert_int_equal(verbs->acknowledge(memory, test->source, 0, second), OZ_OK);
    hears_number(test, socket, OZI_FRAME_ACK, 3);
    assert_string_equal(fake_rows(test->source), "[a][b][c][d]");
    assert_int_equal(test->io->close(test->io->self, socket), 0);
}

static void
test_who_is_refused(void **state)
{
    fixture *test = *state;
    begin(test);
    int64_t first = hello(test, 5);
    hears_number(test, first, OZI_FRAME_WELCOME, 0);
    hears_refusal(test, hello(test, 4), OZI_REFUSED_FENCED);
    int64_t second = hello(test, 6);
    hears_number(test, second, OZI_FRAME_WELCOME, 0);
    hears_refusal(test, first, OZI_REFUSED_FENCED);
    records(test, second, 2, "b");
    hears_refusal(test, second, OZI_REFUSED_GAP);
    int64_t third = hello(test, 6);
    hears_number(test, third, OZI_FRAME_WELCOME, 0);
    oz_bytes again = {.alloc = oz_alloc_default()};
    assert_int_equal(ozi_put_welcome(&again, 0, 0), OZ_OK);
    (void)say(test, third, &again); /* a frame, but none of a sender */
    hears_refusal(test, third, OZI_REFUSED_PROTOCOL);
    assert_string_equal(fake_rows(test->source), "");
    assert_int_equal(test->source->counters[REFUSED], 4);
}

/* Half a hello, and nothing more. */
static void
test_who_says_nothing_goes(void **state)
{
    fixture *test = *state;
    begin(test);
    oz_bytes half = {.alloc = oz_alloc_default()};
    char byte;
    const ozi_hello said = {.version = 1, .session = 1, .stream = "s", .stream_size = 1};
    assert_int_equal(ozi_put_hello(&half, &said), OZ_OK);
    half.end -= 3;
    int64_t socket = say(test, -1, &half);
    (void)settle(test);
    sim_io_advance(test->sim, INT64_C(20000000000));
    fake_advance(&test->engine, INT64_C(20000000000));
    (void)settle(test);
    assert_int_equal(test->io->receive(test->io->self, socket, &byte, 1), 0);
    assert_int_equal(test->source->counters[FAULTS], 1);
    assert_int_equal(test->io->close(test->io->self, socket), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_records_come_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_epochs_acknowledge, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_who_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_who_says_nothing_goes, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
