/* Lines: separators, the last line, the limit, text that is not valid. */
#include "conformance/codec_suite.h"

#include "codecs/codecs.h"

static void
reads(const char *input, size_t record_max, const char *expected)
{
    codec_suite_reads(&ozi_codec_lines, OZ_ENCODING_UTF8, record_max, input, strlen(input),
                      expected);
    codec_suite_cuts(&ozi_codec_lines, OZ_ENCODING_UTF8, record_max, input, strlen(input));
}

static void
test_separators(void **state)
{
    (void)state;
    reads("the cat\nsat\n", 100, "[the cat][sat]");
    reads("a\r\nb\r\n", 100, "[a][b]");
    reads("\n\n\r\n", 100, "[][][]");
    reads("a\rb\r\rc\n", 100, "[a\rb\r\rc]");
    reads("a\r\r\n", 100, "[a\r]");
}

static void
test_last_line(void **state)
{
    (void)state;
    reads("a\nb", 100, "[a][b]");
    reads("a\nb\r", 100, "[a][b\r]");
    reads("x", 100, "[x]");
    codec_suite_reads(&ozi_codec_lines, OZ_ENCODING_UTF8, 100, "", 0, "");
}

static void
test_limit(void **state)
{
    (void)state;
    reads("12345\n123456\n1\n", 5, "[12345]!long_records[1]");
    reads("12345\r\n12345\r", 5, "[12345]!long_records");
    reads("1234567890123456789012345678901234567890\n\nx", 5, "!long_records[][x]");
    reads("1234567", 5, "!long_records");
}

static void
test_text(void **state)
{
    (void)state;
    reads("caf\xC3\xA9\nb\xFF!\n\xE2\x82\xAC\n", 100, "[caf\xC3\xA9]!bad_text[\xE2\x82\xAC]");
    reads("\xC3\n\xA9\n", 100, "!bad_text!bad_text");
    reads("a\nb\nc\nd\ne\nf\ng\nh\ni\n\x80\nk\nl\nm\nn\no\np\nq\n\x81", 100,
          "[a][b][c][d][e][f][g][h][i]!bad_text[k][l][m][n][o][p][q]!bad_text");
}

static void
test_round_trip(void **state)
{
    (void)state;
    char text[200];
    oz_view views[150];
    memset(text, 'x', sizeof text);
    for (uint32_t i = 0; i < 150; i++) {
        views[i] = (oz_view){text, i, 0};
    }
    codec_suite_round_trip(&ozi_codec_lines, views, 150);
}

static void
test_garbage(void **state)
{
    (void)state;
    codec_suite_garbage(&ozi_codec_lines, OZ_ENCODING_UTF8, 1);
    codec_suite_garbage(&ozi_codec_lines, OZ_ENCODING_NONE, 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_separators), cmocka_unit_test(test_last_line),
        cmocka_unit_test(test_limit),      cmocka_unit_test(test_text),
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_garbage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
