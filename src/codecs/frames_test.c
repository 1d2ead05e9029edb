/* Frames: every width and byte order, the limit, torn frames, lengths that lie. */
#include "conformance/codec_suite.h"

#include "codecs/codecs.h"

#define READS(codec, record_max, input, expected)                                                  \
    do {                                                                                           \
        codec_suite_reads(codec, OZ_ENCODING_NONE, record_max, input, sizeof input - 1, expected); \
        codec_suite_cuts(codec, OZ_ENCODING_NONE, record_max, input, sizeof input - 1);            \
    } while (0)

static void
test_widths(void **state)
{
    (void)state;
    READS(&ozi_codec_u8, 100, "\3the\0\3cat", "[the][][cat]");
    READS(&ozi_codec_u16, 100, "\0\3the\0\0\0\3cat", "[the][][cat]");
    READS(&ozi_codec_u16le, 100, "\3\0the\0\0\3\0cat", "[the][][cat]");
    READS(&ozi_codec_u32, 100, "\0\0\0\3the\0\0\0\0\0\0\0\1x", "[the][][x]");
    READS(&ozi_codec_u32le, 100, "\3\0\0\0the\0\0\0\0\1\0\0\0x", "[the][][x]");
    READS(&ozi_codec_u64, 100, "\0\0\0\0\0\0\0\3the\0\0\0\0\0\0\0\1x", "[the][x]");
    READS(&ozi_codec_u64le, 100, "\3\0\0\0\0\0\0\0the\1\0\0\0\0\0\0\0x", "[the][x]");
}

static void
test_limit(void **state)
{
    (void)state;
    READS(&ozi_codec_u8, 5, "\5abcde\6abcdef\1x", "[abcde]!long_records[x]");
    READS(&ozi_codec_u32, 5, "\xFF\xFF\xFF\xFFwhat follows", "!long_records");
    READS(&ozi_codec_u64, 5, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFFwhat follows", "!long_records");
    READS(&ozi_codec_u64le, 5, "\xF8\xFF\xFF\xFF\xFF\xFF\xFF\xFFwhat follows", "!long_records");
}

static void
test_torn(void **state)
{
    (void)state;
    READS(&ozi_codec_u8, 9, "\1x\4the", "[x]!torn_records");
    READS(&ozi_codec_u32, 9, "\0\0\0\1x\0\0", "[x]!torn_records");
    READS(&ozi_codec_u32, 9, "\0\0\0\1", "!torn_records");
}

static void
test_text(void **state)
{
    (void)state;
    static const char input[] = "\2\xC3\xA9\1\xC3\3a\xFFz\1x";
    codec_suite_reads(&ozi_codec_u8, OZ_ENCODING_UTF8, 9, input, sizeof input - 1,
                      "[\xC3\xA9]!bad_text!bad_text[x]");
    codec_suite_cuts(&ozi_codec_u8, OZ_ENCODING_UTF8, 9, input, sizeof input - 1);
}

static void
test_round_trip(void **state)
{
    (void)state;
    char bytes[255];
    oz_view views[256];
    for (uint32_t i = 0; i < 256; i++) {
        views[i] = (oz_view){bytes, i, 0};
    }
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (char)i;
    }
    for (const oz_codec *const *codec = oz_codecs(); *codec != NULL; codec++) {
        if ((*codec)->header > 0) {
            codec_suite_round_trip(*codec, views, 256);
        }
    }
}

static void
test_too_long_to_write(void **state)
{
    (void)state;
    static char bytes[65536];
    oz_view views[] = {{bytes, 3, 0}, {bytes, 256, 0}, {bytes, 65536, 0}};
    oz_bytes out = {.alloc = oz_alloc_default()};
    oz_error error;
    int64_t done;
    assert_int_equal(ozi_codec_u8.encode(&ozi_codec_u8, views, 3, &out, &done, &error),
                     OZ_BAD_RECORD);
    assert_int_equal(done, 1);
    assert_string_equal(error.text,
                        "a record of 256 bytes does not fit into a u8 frame (255 at most)");
    assert_int_equal(ozi_codec_u16.encode(&ozi_codec_u16, views, 3, &out, &done, &error),
                     OZ_BAD_RECORD);
    assert_int_equal(done, 2);
    assert_int_equal(oz_bytes_size(&out), 1 + 3 + 2 + 3 + 2 + 256);
    oz_bytes_free(&out);
}

static void
test_garbage(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (const oz_codec *const *codec = oz_codecs(); *codec != NULL; codec++) {
        if ((*codec)->header > 0) {
            codec_suite_garbage(*codec, OZ_ENCODING_NONE, seed++);
            codec_suite_garbage(*codec, OZ_ENCODING_UTF8, seed++);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_widths),     cmocka_unit_test(test_limit),
        cmocka_unit_test(test_torn),       cmocka_unit_test(test_text),
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_too_long_to_write),
        cmocka_unit_test(test_garbage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
