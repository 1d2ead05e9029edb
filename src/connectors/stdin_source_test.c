/* Standard input, as a simulated file and pipe. */
#include "conformance/source_suite.h"
#include "kit/sim_io.h"

extern const oz_operator ozi_op_stdin_source;

static void
test_file(void **state)
{
    (void)state;
    sim_io *sim = sim_io_new(1);
    fake_engine engine;
    sim_io_put(sim, "/dev/stdin", "the cat\nsat\non", 14);
    fake_engine_init(&engine, sim_io_table(sim));
    oz_context *node = fake_open(&engine, &ozi_op_stdin_source, FAKE_INT("chunk", 5), FAKE_END);
    assert_int_equal(fake_drain(node, 2), OZ_DONE);
    assert_string_equal(fake_rows(node), "[the cat][sat][on]");
    assert_string_equal(node->last_row, "line 3 of <stdin>");
    fake_engine_free(&engine);
    sim_io_free(sim);
}

/* A silent pipe blocks nothing, and is not asked again before it has something. */
static void
test_pipe(void **state)
{
    (void)state;
    sim_io *sim = sim_io_new(1);
    const oz_io *io = sim_io_table(sim);
    fake_engine engine;
    sim_io_make_pipe(sim, "/dev/stdin");
    fake_engine_init(&engine, io);
    int64_t pipe = io->open(io->self, "/dev/stdin", OZ_IO_APPEND);
    oz_context *node = fake_open(&engine, &ozi_op_stdin_source, FAKE_END);
    assert_int_equal(fake_poll(node, 100), OZ_NEED);
    fake_settle(&engine);
    assert_int_equal(io->write(io->self, pipe, "a\nb", 3), 3);
    fake_settle(&engine);
    assert_string_equal(fake_rows(node), "[a]");
    assert_int_equal(io->write(io->self, pipe, "c\n\xFF\n", 4), 4);
    node->policy = OZ_POLICY_SKIP;
    fake_settle(&engine);
    assert_string_equal(fake_rows(node), "[a][bc]");
    assert_int_equal(node->bad_records, 1);
    assert_int_equal(io->close(io->self, pipe), 0);
    fake_settle(&engine);
    assert_int_equal(node->step, OZ_DONE);
    fake_engine_free(&engine);
    assert_int_equal(sim_io_open_handles(sim), 0);
    sim_io_free(sim);
}

static void
test_errors(void **state)
{
    (void)state;
    sim_io *sim = sim_io_new(1);
    fake_engine engine;
    oz_error error;
    fake_engine_init(&engine, sim_io_table(sim));
    assert_null(fake_try_open(&engine, &ozi_op_stdin_source, -1, &error, FAKE_END));
    assert_non_null(strstr(error.text, "cannot read '<stdin>'"));
    sim_io_put(sim, "/dev/stdin", "x", 1);
    assert_null(fake_try_open(&engine, &ozi_op_stdin_source, 7, &error, FAKE_END));
    assert_string_equal(error.text, "<stdin> cannot be read again from byte 7 on");
    fake_engine_free(&engine);
    sim_io_free(sim);
}

static void
test_drain(void **state)
{
    (void)state;
    sim_io *sim = sim_io_new(1);
    fake_engine engine;
    sim_io_put(sim, "/dev/stdin", "1\n2\n3\n4\n5\n6\n7\n8\n", 16);
    fake_engine_init(&engine, sim_io_table(sim));
    oz_context *node = fake_open(&engine, &ozi_op_stdin_source, FAKE_END);
    assert_int_equal(fake_poll(node, 1), OZ_MORE);
    while (node->op->on_flush(node->state, node) == OZ_MORE) {
    }
    assert_string_equal(fake_rows(node), "[1][2][3][4][5][6][7][8]");
    fake_engine_free(&engine);
    sim_io_free(sim);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_pipe),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_drain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
