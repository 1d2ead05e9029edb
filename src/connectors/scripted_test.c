/* The scripted source: rows, orders, positions, and a script that is not understood. */
#include "conformance/source_suite.h"
#include "kit/sim_io.h"

extern const oz_operator ozi_op_scripted;

#define SECOND INT64_C(1000000000)

#define PLAY(engine, text, ...)                                                                    \
    fake_open(engine, &ozi_op_scripted, FAKE_TEXT("script", text), __VA_ARGS__)

static void
test_rows(void **state)
{
    (void)state;
    fake_engine engine;
    fake_engine_init(&engine, oz_io_system());
    oz_context *node = PLAY(&engine, "the cat\n\n!!sat\non", FAKE_END);
    assert_int_equal(fake_drain(node, 3), OZ_DONE);
    assert_string_equal(fake_rows(node), "[the cat][][!sat][on]");
    assert_string_equal(node->last_row, "line 4 of the script");
    oz_context *numbers = PLAY(&engine, "1\n-2\n", FAKE_TEXT("type", "int"), FAKE_END);
    assert_int_equal(fake_drain(numbers, 9), OZ_DONE);
    assert_string_equal(fake_rows(numbers), "[1][-2]");
    fake_engine_free(&engine);
}

static void
test_pause(void **state)
{
    (void)state;
    fake_engine engine;
    fake_engine_init(&engine, oz_io_system());
    oz_context *node = PLAY(&engine, "a\n!pause 2.5\nb", FAKE_END);
    assert_int_equal(fake_drain(node, 9), OZ_NEED);
    fake_advance(&engine, 2 * SECOND);
    assert_int_equal(fake_poll(node, 9), OZ_NEED);
    assert_string_equal(fake_rows(node), "[a]");
    fake_advance(&engine, SECOND / 2);
    assert_int_equal(fake_drain(node, 9), OZ_DONE);
    assert_string_equal(fake_rows(node), "[a][b]");
    fake_engine_free(&engine);
}

static void
test_end_and_going_on(void **state)
{
    (void)state;
    fake_engine engine;
    oz_error error;
    fake_engine_init(&engine, oz_io_system());
    oz_context *node = PLAY(&engine, "a\n!eof\nb", FAKE_END);
    assert_int_equal(fake_drain(node, 9), OZ_DONE);
    assert_int_equal(node->op->source->position(node->state, 0), 2);
    oz_context *rest = fake_try_open(&engine, &ozi_op_scripted, 2, &error,
                                     FAKE_TEXT("script", "a\n!eof\nb"), FAKE_END);
    assert_int_equal(fake_drain(rest, 9), OZ_DONE);
    assert_string_equal(fake_rows(rest), "[b]");
    fake_engine_free(&engine);
}

static void
test_abort(void **state)
{
    (void)state;
    fake_engine engine;
    fake_engine_init(&engine, oz_io_system());
    oz_context *node = PLAY(&engine, "a\n!abort\nb", FAKE_END);
    assert_int_equal(fake_drain(node, 9), OZ_FAILED);
    assert_string_equal(node->error.text, "the script aborts in line 2");
    oz_context *again = PLAY(&engine, "a\n!abort\nb", FAKE_INT("skip_aborts", 1), FAKE_END);
    assert_int_equal(fake_drain(again, 9), OZ_DONE);
    assert_string_equal(fake_rows(again), "[a][b]");
    fake_engine_free(&engine);
}

static int64_t last_time_ns;

static oz_step
note_time(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)state;
    (void)context;
    (void)input;
    assert_non_null(batch->rows->times);
    last_time_ns = batch->rows->times[batch->row_count - 1];
    return OZ_NEED;
}

static void
test_event_times(void **state)
{
    (void)state;
    static const oz_port inputs[] = {{.name = "in"}, {.name = NULL}};
    static const oz_operator watcher = {.name = "watcher", .inputs = inputs, .on_batch = note_time};
    fake_engine engine;
    fake_engine_init(&engine, oz_io_system());
    oz_context *node = PLAY(&engine, "!at 10 a\n!late 3 b\nc\n!at 12.5 d", FAKE_END);
    node->feeds = fake_open(&engine, &watcher, FAKE_END);
    static const int64_t expected_ms[] = {10000, 7000, 10000, 12500};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(fake_poll(node, 1), OZ_MORE);
        assert_int_equal(last_time_ns, expected_ms[i] * 1000000);
    }
    assert_string_equal(fake_rows(node), "[a][b][c][d]");
    fake_engine_free(&engine);
}

static void
fails(const char *script, const char *type, const char *message)
{
    fake_engine engine;
    oz_error error;
    fake_engine_init(&engine, oz_io_system());
    assert_null(fake_try_open(&engine, &ozi_op_scripted, -1, &error, FAKE_TEXT("script", script),
                              FAKE_TEXT("type", type), FAKE_END));
    assert_string_equal(error.text, message);
    fake_engine_free(&engine);
}

static void
test_not_understood(void **state)
{
    (void)state;
    fails("a\n!stop", "text", "line 2 of the script is not understood: !stop");
    fails("!pause\n5", "text", "line 1 of the script is not understood: !pause");
    fails("!at\n5", "text", "line 1 of the script is not understood: !at");
    fails("!eof now", "text", "line 1 of the script is not understood: !eof now");
    fails("1\nx", "int", "line 2 of the script is not understood: x");
    fails("1\n\n2", "int", "line 2 of the script is not understood: ");
}

static oz_context *
make_for_suite(fake_engine *engine, int64_t position)
{
    oz_error error;
    return fake_try_open(engine, &ozi_op_scripted, position, &error,
                         FAKE_TEXT("script", "1\n2\n!at 3 3\n\n5\n!late 1 6\n"), FAKE_END);
}

static void
test_conformance(void **state)
{
    (void)state;
    source_suite(make_for_suite);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_pause),
        cmocka_unit_test(test_end_and_going_on),
        cmocka_unit_test(test_abort),
        cmocka_unit_test(test_event_times),
        cmocka_unit_test(test_not_understood),
        cmocka_unit_test(test_conformance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
