/* The null sink: its hash tells different rows apart, and not how they were batched or ordered. */
#include "conformance/sink_suite.h"

extern const oz_operator ozi_op_null;

/* The hash over rows [0, count) of `views`, in batches of `rows`. */
static int64_t
hash_of(oz_type type, const oz_view *views, int64_t count, int64_t rows)
{
    fake_engine engine;
    fake_engine_init(&engine, oz_io_system());
    oz_context *sink = fake_open(&engine, &ozi_op_null, FAKE_END);
    for (int64_t row = 0; row < count; row += rows) {
        int64_t end = row + rows < count ? row + rows : count;
        assert_int_equal(suite_deliver(sink, type, views, sizeof views[0], row, end), OZ_NEED);
    }
    assert_int_equal(fake_end(sink), OZ_NEED);
    assert_int_equal(sink->counters[0], count);
    int64_t hash = sink->counters[1];
    fake_engine_free(&engine);
    return hash;
}

static void
test_hash(void **state)
{
    (void)state;
    const oz_view views[] = {{"the", 3, 0}, {"cat", 3, 0}, {"sat", 3, 0}};
    const oz_view turned[] = {{"sat", 3, 0}, {"the", 3, 0}, {"cat", 3, 0}};
    const oz_view other[] = {{"the", 3, 0}, {"cat", 3, 0}, {"sit", 3, 0}};
    int64_t hash = hash_of(OZ_STRING, views, 3, 3);
    assert_true(hash > 0);
    assert_int_equal(hash_of(OZ_STRING, views, 3, 1), hash);
    assert_int_equal(hash_of(OZ_STRING, turned, 3, 2), hash);
    assert_int_not_equal(hash_of(OZ_STRING, other, 3, 3), hash);
    assert_int_not_equal(hash_of(OZ_STRING, views, 2, 2), hash);
}

static void
test_without_hash(void **state)
{
    (void)state;
    static const int64_t numbers[] = {1, 2};
    fake_engine engine;
    fake_engine_init(&engine, oz_io_system());
    oz_context *sink = fake_open(&engine, &ozi_op_null, FAKE_BOOL("hash", false), FAKE_END);
    assert_int_equal(suite_deliver(sink, OZ_INT64, numbers, 8, 0, 2), OZ_NEED);
    assert_int_equal(fake_end(sink), OZ_NEED);
    assert_int_equal(sink->counters[0], 2);
    assert_int_equal(sink->counters[1], 0);
    fake_engine_free(&engine);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash),
        cmocka_unit_test(test_without_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
