/* Text: names of encodings, valid and invalid records, Latin-1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "codecs/codecs.h"
#include "codecs/text.h"

static void
finds(const char *name, const oz_codec *codec, oz_status status, oz_encoding expected)
{
    oz_error error;
    oz_encoding encoding = OZ_ENCODING_NONE;
    assert_int_equal(oz_encoding_find(name, codec, &encoding, &error), status);
    if (status == OZ_OK) {
        assert_int_equal(encoding, expected);
    }
}

static void
test_names(void **state)
{
    (void)state;
    const oz_codec *lines = &ozi_codec_lines;
    finds("auto", lines, OZ_OK, OZ_ENCODING_UTF8);
    finds("auto", &ozi_codec_u32, OZ_OK, OZ_ENCODING_NONE);
    finds("auto", &ozi_codec_raw, OZ_OK, OZ_ENCODING_NONE);
    finds("UTF-8", lines, OZ_OK, OZ_ENCODING_UTF8);
    finds("utf_8", &ozi_codec_u32, OZ_OK, OZ_ENCODING_UTF8);
    finds("Latin-1", lines, OZ_OK, OZ_ENCODING_LATIN1);
    finds("ISO-8859-1", lines, OZ_OK, OZ_ENCODING_LATIN1);
    finds("US-ASCII", lines, OZ_OK, OZ_ENCODING_ASCII);
    finds("bytes", &ozi_codec_raw, OZ_OK, OZ_ENCODING_NONE);
    finds("utf-8", &ozi_codec_raw, OZ_INVALID, OZ_ENCODING_NONE);
    finds("utf-16", lines, OZ_UNSUPPORTED, OZ_ENCODING_NONE);
    finds("a name that is longer than any encoding's", lines, OZ_UNSUPPORTED, OZ_ENCODING_NONE);
    assert_string_equal(oz_encoding_name(OZ_ENCODING_LATIN1), "Latin-1");
}

/* Cuts `text` at "|" into views and checks them. */
static int64_t
checks(oz_encoding encoding, const char *text, oz_view *views, size_t *bad_at)
{
    int64_t count = 0;
    for (const char *at = text;; count++) {
        const char *end = strchr(at, '|');
        size_t size = end == NULL ? strlen(at) : (size_t)(end - at);
        views[count] = (oz_view){at, (uint32_t)size, 0};
        if (end == NULL) {
            break;
        }
        at = end + 1;
    }
    int64_t together = ozi_text_check(encoding, views, count + 1, true, bad_at);
    assert_int_equal(ozi_text_check(encoding, views, count + 1, false, bad_at), together);
    return together;
}

static void
test_check(void **state)
{
    (void)state;
    oz_view views[8];
    size_t bad_at = 99;
    assert_int_equal(checks(OZ_ENCODING_UTF8, "the|cat||sat", views, &bad_at), 4);
    assert_int_equal(views[3].flags, OZ_VIEW_ASCII);
    assert_int_equal(checks(OZ_ENCODING_UTF8, "the|c\xC3\xA4t|sat", views, &bad_at), 3);
    assert_int_equal(views[0].flags, OZ_VIEW_ASCII);
    assert_int_equal(views[1].flags, 0);
    assert_int_equal(bad_at, 99);
    assert_int_equal(checks(OZ_ENCODING_UTF8, "the|c\xC3|\xA4t", views, &bad_at), 1);
    assert_int_equal(bad_at, 1);
    assert_int_equal(checks(OZ_ENCODING_UTF8, "\xED\xA0\x80", views, &bad_at), 0);
    assert_int_equal(checks(OZ_ENCODING_ASCII, "a|b\xC3\xA4", views, &bad_at), 1);
    assert_int_equal(bad_at, 1);
    assert_int_equal(checks(OZ_ENCODING_LATIN1, "a|\xE4\xFF", views, &bad_at), 2);
    assert_int_equal(checks(OZ_ENCODING_NONE, "a|\xE4\xFF", views, &bad_at), 2);
}

/* Every byte, as Python's bytes.decode("latin-1") has it. */
static void
test_latin1(void **state)
{
    (void)state;
    char bytes[256];
    for (int i = 0; i < 256; i++) {
        bytes[i] = (char)i;
    }
    oz_view views[] = {{bytes, 128, OZ_VIEW_ASCII}, {bytes, 256, 0}, {bytes + 0xE9, 1, 0}};
    oz_buffer *buffer;
    assert_int_equal(ozi_text_from_latin1(oz_alloc_default(), views, 3, &buffer), OZ_OK);
    assert_ptr_equal(views[0].data, bytes);
    assert_int_equal(views[1].size, 128 + 2 * 128);
    assert_memory_equal(views[1].data, bytes, 128);
    assert_memory_equal(views[1].data + 128, "\xC2\x80\xC2\x81", 4);
    assert_memory_equal(views[1].data + 128 + 254, "\xC3\xBF", 2);
    assert_int_equal(views[2].size, 2);
    assert_memory_equal(views[2].data, "\xC3\xA9", 2);
    oz_buffer_release(&buffer);
    assert_int_equal(ozi_text_from_latin1(oz_alloc_default(), views, 1, &buffer), OZ_OK);
    assert_null(buffer);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_latin1),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
