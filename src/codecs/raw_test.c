/* Raw bytes: nothing is lost or added, however they are cut. */
#include "conformance/codec_suite.h"

#include "codecs/codecs.h"

static void
test_bytes(void **state)
{
    (void)state;
    static const char input[] = "any\0bytes\n\xFF\xFE that come";
    codec_suite_cuts(&ozi_codec_raw, OZ_ENCODING_NONE, 7, input, sizeof input);
}

static void
test_round_trip(void **state)
{
    (void)state;
    const oz_view views[] = {{"the", 3, 0}, {"", 0, 0}, {"a cat that sat on the mat", 25, 0}};
    codec_suite_round_trip(&ozi_codec_raw, views, 3);
}

static void
test_limit(void **state)
{
    (void)state;
    oz_view views[8];
    oz_decode call = {.data = "0123456789", .size = 10, .record_max = 4, .views = views, .room = 8};
    ozi_codec_raw.decode(&ozi_codec_raw, NULL, &call);
    assert_int_equal(call.count, 3);
    assert_int_equal(call.consumed, 10);
    assert_int_equal(views[2].size, 2);
}

static void
test_garbage(void **state)
{
    (void)state;
    codec_suite_garbage(&ozi_codec_raw, OZ_ENCODING_NONE, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_garbage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
