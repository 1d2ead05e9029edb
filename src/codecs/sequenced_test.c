/* Tests of numbered frames: there and back, cut and garbled at every byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "base/alloc_testing.h"
#include "codecs/sequenced.h"

static const ozi_hello hello = {.version = OZI_SEQUENCED_VERSION,
                                .session = 7,
                                .stream = "orders",
                                .stream_size = 6};

static oz_status
put_all(oz_bytes *out)
{
    size_t begin;
    OZ_TRY(ozi_put_hello(out, &hello));
    OZ_TRY(ozi_put_welcome(out, 41, 65536));
    OZ_TRY(ozi_frame_begin(out, OZI_FRAME_RECORDS, 19, &begin));
    ozi_put_u64(out, 42);
    ozi_put_u32(out, 1);
    ozi_put_u32(out, 3);
    ozi_put_bytes(out, "cat", 3);
    ozi_frame_end(out, begin);
    OZ_TRY(ozi_put_number(out, OZI_FRAME_ACK, 42));
    return ozi_put_refused(out, OZI_REFUSED_FENCED, "a later session");
}

static oz_status
there_and_back(const oz_alloc *alloc)
{
    static const ozi_frame_kind kinds[] = {OZI_FRAME_HELLO, OZI_FRAME_WELCOME, OZI_FRAME_RECORDS,
                                           OZI_FRAME_ACK, OZI_FRAME_REFUSED};
    oz_bytes bytes = {.alloc = alloc};
    oz_status status = put_all(&bytes);
    size_t at = bytes.begin;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && status == OZ_OK; i++) {
        ozi_frame frame;
        size_t taken;
        size_t needed;
        assert_int_equal(ozi_frame_take(bytes.data + at, bytes.end - at, 64, &frame, &taken,
                                        &needed),
                         OZ_OK);
        assert_int_equal(frame.kind, kinds[i]);
        assert_true(taken > 0 && taken == needed);
        ozi_hello found;
        assert_int_equal(ozi_take_hello(frame, &found), i == 0);
        if (i == 0) {
            assert_memory_equal(found.stream, "orders", 6);
            assert_int_equal(found.session, 7);
        }
        at += taken;
    }
    if (status == OZ_OK) {
        assert_int_equal(at, bytes.end);
    }
    oz_bytes_free(&bytes);
    return status;
}

static void
test_there_and_back(void **state)
{
    (void)state;
    (void)ozi_alloc_fail_each(there_and_back);
}

static void
test_cut_and_garbled(void **state)
{
    (void)state;
    oz_bytes bytes = {.alloc = oz_alloc_default()};
    ozi_frame frame;
    size_t taken;
    size_t needed;
    assert_int_equal(ozi_put_hello(&bytes, &hello), OZ_OK);
    char *data = bytes.data + bytes.begin;
    size_t size = oz_bytes_size(&bytes);
    for (size_t cut = 0; cut < size; cut++) {
        assert_int_equal(ozi_frame_take(data, cut, 64, &frame, &taken, &needed), OZ_OK);
        assert_int_equal(taken, 0);
        assert_int_equal(needed, cut < OZI_FRAME_HEAD ? OZI_FRAME_HEAD : size);
    }
    for (size_t bit = 0; bit < size * 8; bit++) {
        data[bit / 8] = (char)(data[bit / 8] ^ (1 << bit % 8));
        oz_status status = ozi_frame_take(data, size, 64, &frame, &taken, &needed);
        assert_int_equal(status, OZ_CORRUPT);
        data[bit / 8] = (char)(data[bit / 8] ^ (1 << bit % 8));
    }
    oz_bytes_free(&bytes);
}

/* A frame that is whole, with a body that is none of a hello. */
static void
check_no_hello(const char *body, size_t size)
{
    const ozi_frame frame = {.kind = OZI_FRAME_HELLO, .body = body, .size = size};
    ozi_hello found;
    assert_false(ozi_take_hello(frame, &found));
}

static void
test_no_hello(void **state)
{
    (void)state;
    static const char good[] = "ouzel\x01\x07\0\0\0\0\0\0\0\x02\0ab";
    ozi_hello found;
    const ozi_frame frame = {.kind = OZI_FRAME_HELLO, .body = good, .size = sizeof good - 1};
    assert_true(ozi_take_hello(frame, &found));
    for (size_t size = 0; size < sizeof good - 1; size++) {
        check_no_hello(good, size);
    }
    check_no_hello(good, sizeof good); /* a byte too many */
    check_no_hello("GET / HTTP/1.1\r\n\r\n", 18);
    check_no_hello("ouzel\x01\x07\0\0\0\0\0\0\0\0\0", 16); /* a stream without a name */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_cut_and_garbled),
        cmocka_unit_test(test_no_hello),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
