/* The flaky sink: it fails for the rows it should, and keeps those around them. */
#include "conformance/sink_suite.h"
#include "connectors/collected.h"

extern const oz_operator ozi_op_flaky_sink;

static void
test_fails(void **state)
{
    (void)state;
    static const int64_t numbers[] = {1, 2, 3, 4, 5, 6, 7};
    fake_engine engine;
    ozi_collected got;
    char text[64];
    fake_engine_init(&engine, oz_io_system());
    ozi_collected_init(&got, &engine.counting.alloc);
    oz_context *sink = fake_open(&engine, &ozi_op_flaky_sink, FAKE_INT("every", 3),
                                 FAKE_FUNCTION("into", &got.function), FAKE_END);
    sink->policy = OZ_POLICY_SKIP;
    assert_int_equal(suite_deliver(sink, OZ_INT64, numbers, 8, 0, 2), OZ_NEED);
    assert_int_equal(suite_deliver(sink, OZ_INT64, numbers, 8, 2, 7), OZ_NEED);
    (void)ozi_collected_print(&got, text, sizeof text);
    assert_string_equal(text, "[1][2][4][5][7]");
    assert_string_equal(sink->last_bad, "row 6 fails, as one in 3 does");
    assert_int_equal(sink->counters[0], 2);
    sink->policy = OZ_POLICY_FAIL;
    assert_int_equal(suite_deliver(sink, OZ_INT64, numbers, 8, 0, 7), OZ_FAILED);
    assert_int_equal(got.rows, 6);
    assert_int_equal(fake_end(sink), OZ_NEED);
    ozi_collected_clear(&got);
    fake_engine_free(&engine);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_fails)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
