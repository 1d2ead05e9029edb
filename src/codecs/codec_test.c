/* The list of codecs, and bytes on their way out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "codecs/codecs.h"

static void
test_find(void **state)
{
    (void)state;
    assert_ptr_equal(oz_codec_find("lines"), &ozi_codec_lines);
    assert_ptr_equal(oz_codec_find("u64le"), &ozi_codec_u64le);
    assert_null(oz_codec_find("u8le"));
    int count = 0;
    for (const oz_codec *const *codec = oz_codecs(); *codec != NULL; codec++) {
        assert_ptr_equal(oz_codec_find((*codec)->name), *codec);
        assert_true((*codec)->state_size <= OZ_CODEC_STATE_MAX);
        count++;
    }
    assert_int_equal(count, 9);
}

static void
test_count(void **state)
{
    (void)state;
    const oz_codec *lines = oz_codec_find("lines");
    const oz_codec *frames = oz_codec_find("u8");
    assert_int_equal(oz_codec_count(lines, NULL, "", 0), 0);
    assert_int_equal(oz_codec_count(lines, NULL, "a\nb\n", 4), 2);
    assert_int_equal(oz_codec_count(lines, NULL, "a\nb\nc", 5), 3);
    assert_int_equal(oz_codec_count(frames, NULL, "\1a\2bc", 5), 2);
    assert_int_equal(oz_codec_count(frames, NULL, "\1a\2b", 4), 2);
    assert_int_equal(oz_codec_count(oz_codec_find("raw"), NULL, "abc", 3), 1);
    char many[400];
    memset(many, '\n', sizeof many);
    assert_int_equal(oz_codec_count(lines, NULL, many, sizeof many), sizeof many);
}

static void
test_faults(void **state)
{
    (void)state;
    assert_string_equal(oz_fault_name(OZ_FAULT_TEXT), "bad_text");
    assert_string_equal(oz_fault_text(OZ_FAULT_TORN), "is cut off by the end of the input");
    assert_string_equal(oz_fault_name(OZ_FAULT_COUNT), "unknown");
}

static void
put(oz_bytes *bytes, const char *text)
{
    size_t size = strlen(text);
    assert_int_equal(oz_bytes_reserve(bytes, size), OZ_OK);
    bytes->end = (size_t)(ozi_copy_short(bytes->data + bytes->end, text, size) - bytes->data);
}

/* What is taken from the front makes room at the end, without new memory. */
static void
test_bytes(void **state)
{
    (void)state;
    ozi_alloc_counting counting;
    ozi_alloc_counting_init(&counting, oz_alloc_default());
    oz_bytes bytes = {.alloc = &counting.alloc};
    for (int i = 0; i < 10000; i++) {
        put(&bytes, "0123456789");
        if (i >= 50) {
            oz_bytes_drop(&bytes, 10);
        }
    }
    assert_int_equal(oz_bytes_size(&bytes), 500);
    assert_memory_equal(bytes.data + bytes.begin + 490, "0123456789", 10);
    assert_int_equal(counting.calls, 1);
    oz_bytes_drop(&bytes, 500);
    assert_int_equal(bytes.end, 0);
    put(&bytes, "x");
    oz_bytes_free(&bytes);
    assert_int_equal(counting.live_count, 0);
}

static void
test_no_memory(void **state)
{
    (void)state;
    ozi_alloc_counting counting;
    ozi_alloc_counting_init(&counting, oz_alloc_default());
    oz_bytes bytes = {.alloc = &counting.alloc};
    put(&bytes, "kept");
    counting.fail_at = 2;
    assert_int_equal(oz_bytes_reserve(&bytes, 100000), OZ_NO_MEMORY);
    assert_int_equal(oz_bytes_reserve(&bytes, SIZE_MAX), OZ_NO_MEMORY);
    assert_memory_equal(bytes.data, "kept", 4);
    oz_bytes_free(&bytes);
}

static void
test_copy_short(void **state)
{
    (void)state;
    static const char source[] = "abcdefghijklmnopqrstuvwxyz";
    for (size_t size = 0; size <= 26; size++) {
        char target[32];
        memset(target, '.', sizeof target);
        assert_ptr_equal(ozi_copy_short(target, source, size), target + size);
        assert_memory_equal(target, source, size);
        assert_int_equal(target[size], '.');
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),      cmocka_unit_test(test_count),
        cmocka_unit_test(test_faults),    cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_no_memory), cmocka_unit_test(test_copy_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
