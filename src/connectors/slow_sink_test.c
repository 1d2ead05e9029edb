/* The slow sink: it waits by the clock of the engine, for as long as its rows take. */
#include "conformance/sink_suite.h"
#include "connectors/collected.h"

extern const oz_operator ozi_op_slow_sink;

#define SECOND INT64_C(1000000000)

static void
test_waits(void **state)
{
    (void)state;
    static const int64_t numbers[] = {1, 2, 3, 4};
    fake_engine engine;
    ozi_collected got;
    fake_engine_init(&engine, oz_io_system());
    ozi_collected_init(&got, &engine.counting.alloc);
    oz_context *sink = fake_open(&engine, &ozi_op_slow_sink, FAKE_INT("delay", 1),
                                 FAKE_FUNCTION("into", &got.function), FAKE_END);
    assert_int_equal(suite_deliver(sink, OZ_INT64, numbers, 8, 0, 3), OZ_WAIT);
    assert_int_equal(got.rows, 3);
    fake_advance(&engine, 3 * SECOND - 1);
    assert_int_equal(fake_end(sink), OZ_WAIT);
    fake_advance(&engine, 1);
    assert_int_equal(sink->step, OZ_NEED);
    assert_int_equal(fake_end(sink), OZ_NEED);
    assert_true(got.ended);
    assert_int_equal(sink->counters[0], 1);
    ozi_collected_clear(&got);
    fake_engine_free(&engine);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_waits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
