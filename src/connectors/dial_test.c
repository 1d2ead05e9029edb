/* Dialling: pauses that grow and vary, a peer that never answers, and a host that is not known. */
#include <errno.h>

#include "conformance/fake_engine.h"
#include "connectors/dial.h"
#include "kit/sim_io.h"

#define SECOND INT64_C(1000000000)

enum { TIMER = 3, TOKEN = 9 };

typedef struct dialler {
    ozi_dial dial;
    int64_t connected;
} dialler;

static oz_step
on_timer(void *state, oz_context *context, int64_t id)
{
    assert_int_equal(id, TIMER);
    return ozi_dial_timer(&((dialler *)state)->dial, context);
}

static oz_step
on_ready(void *state, oz_context *context, uint64_t token, uint32_t ready)
{
    (void)ready;
    assert_int_equal(token, TOKEN);
    dialler *it = state;
    return ozi_dial_ready(&it->dial, context, &it->connected);
}

static oz_step
on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)state;
    (void)context;
    (void)input;
    (void)batch;
    return OZ_NEED;
}

static void
close_node(void *state, oz_context *context)
{
    (void)context;
    ozi_dial_close(&((dialler *)state)->dial);
}

static const oz_port INPUTS[] = {{.name = "in"}, {.name = NULL}};
static const oz_operator DIALLER = {.name = "dialler",
                                    .inputs = INPUTS,
                                    .state_size = sizeof(dialler),
                                    .on_batch = on_batch,
                                    .on_timer = on_timer,
                                    .on_ready = on_ready,
                                    .close = close_node};

static dialler *
start(fake_engine *engine, sim_io *sim, const char *host, int64_t patience_ns)
{
    fake_engine_init(engine, sim_io_table(sim));
    oz_context *node = fake_open(engine, &DIALLER, FAKE_END);
    dialler *it = node->state;
    it->connected = -1;
    ozi_dial_init(&it->dial, node, host, 7011, patience_ns, TIMER, TOKEN);
    assert_int_equal(ozi_dial_start(&it->dial, node), OZ_OK);
    return it;
}

static void
test_pauses(void **state)
{
    (void)state;
    sim_io *sim = sim_io_new(1);
    fake_engine engine;
    dialler *it = start(&engine, sim, "127.0.0.1", 0);
    int64_t most_ns = 50000000;
    for (int i = 1; i < 15; i++) {
        fake_settle(&engine);
        assert_int_equal(it->dial.tries, i);
        int64_t pause_ns = fake_next_timer(&engine) - engine.now_ns;
        assert_in_range(pause_ns, most_ns / 2, most_ns);
        sim_io_advance(sim, pause_ns);
        most_ns = most_ns * 2 < 5 * SECOND ? most_ns * 2 : 5 * SECOND;
    }
    const oz_io *io = engine.io;
    int64_t listener = io->listen(io->self, "127.0.0.1", 7011, 1);
    fake_settle(&engine);
    assert_true(it->connected >= 0);
    assert_int_equal(fake_next_timer(&engine), INT64_MAX);
    (void)io->close(io->self, it->connected);
    (void)io->close(io->self, listener);
    fake_engine_free(&engine);
    assert_int_equal(sim_io_open_handles(sim), 0);
    sim_io_free(sim);
}

/* A try that gets no answer at all is given up, and the next one made. */
static void
test_no_answer(void **state)
{
    (void)state;
    sim_io *sim = sim_io_new(1);
    fake_engine engine;
    const sim_io_link link = {.buffer_max = 1000, .delay_ns = 1000 * SECOND, .reset_after = -1};
    sim_io_set_link(sim, &link);
    dialler *it = start(&engine, sim, "127.0.0.1", 25 * SECOND);
    int64_t listener = engine.io->listen(engine.io->self, "127.0.0.1", 7011, 1);
    for (int i = 0; i < 40 && !engine.nodes[0]->failed; i++) {
        fake_settle(&engine);
        sim_io_advance(sim, SECOND);
    }
    assert_int_equal(it->dial.tries, 3);
    assert_string_equal(engine.nodes[0]->error.text,
                        "no connection to 127.0.0.1:7011 within 25 s: no answer");
    (void)engine.io->close(engine.io->self, listener);
    fake_engine_free(&engine);
    sim_io_free(sim);
}

static int64_t
unknown_host(void *self, const char *host, uint16_t port, uint32_t attempt)
{
    (void)self;
    (void)attempt;
    (void)host;
    (void)port;
    return -ENXIO;
}

static void
test_unknown_host(void **state)
{
    (void)state;
    sim_io *sim = sim_io_new(1);
    fake_engine engine;
    dialler *it = start(&engine, sim, "no.such.host", 0);
    oz_io io = *engine.io;
    io.connect = unknown_host;
    it->dial.io = &io;
    (void)fake_step(&engine);
    assert_string_equal(engine.nodes[0]->error.text,
                        "cannot connect to no.such.host:7011: the host is not known");
    fake_engine_free(&engine);
    sim_io_free(sim);
}

static void
test_address(void **state)
{
    (void)state;
    char text[OZ_IO_ADDRESS_MAX];
    ozi_address(text, "127.0.0.1", 7010);
    assert_string_equal(text, "127.0.0.1:7010");
    ozi_address(text, "::1", 80);
    assert_string_equal(text, "[::1]:80");
    ozi_address(text, "[::1]", 80);
    assert_string_equal(text, "[::1]:80");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pauses),
        cmocka_unit_test(test_no_answer),
        cmocka_unit_test(test_unknown_host),
        cmocka_unit_test(test_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
