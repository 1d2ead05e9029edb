/* Collecting batches: they are kept, printed and let go. */
#include "conformance/fake_engine.h"
#include "connectors/collected.h"

extern const oz_operator ozi_op_collect;

static void
test_collect(void **state)
{
    (void)state;
    fake_engine engine;
    ozi_collected got;
    char text[64];
    fake_engine_init(&engine, oz_io_system());
    ozi_collected_init(&got, &engine.counting.alloc);
    oz_context *node =
        fake_open(&engine, &ozi_op_collect, FAKE_FUNCTION("into", &got.function), FAKE_END);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(fake_deliver_text(node, i % 2 == 0 ? "the" : "cat"), OZ_NEED);
    }
    assert_int_equal(fake_end(node), OZ_NEED);
    assert_true(got.ended);
    assert_int_equal(got.rows, 20);
    assert_true(ozi_collected_print(&got, text, sizeof text) > sizeof text);
    ozi_collected_clear(&got);
    assert_int_equal(got.rows, 0);
    assert_int_equal(fake_deliver_text(node, "sat"), OZ_NEED);
    (void)ozi_collected_print(&got, text, sizeof text);
    assert_non_null(strstr(text, "sat"));
    ozi_collected_clear(&got);
    (void)ozi_collected_print(&got, text, sizeof text);
    assert_string_equal(text, "");
    fake_engine_free(&engine);
}

static void
test_wrong_function(void **state)
{
    (void)state;
    fake_engine engine;
    oz_error error;
    oz_function other = {.references = 1, .name = "other"};
    fake_engine_init(&engine, oz_io_system());
    assert_null(fake_try_open(&engine, &ozi_op_collect, -1, &error, FAKE_FUNCTION("into", &other),
                              FAKE_END));
    assert_null(fake_try_open(&engine, &ozi_op_collect, -1, &error, FAKE_END));
    assert_string_equal(error.text, "collect needs the option into");
    fake_engine_free(&engine);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_collect),
        cmocka_unit_test(test_wrong_function),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
