/* Tests of pack.c: what goes in comes out, and damage of any kind is noticed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "base/alloc_testing.h"
#include "base/pack_memory.h"

enum { LONG_BYTES = 3 * OZI_PACK_BLOCK + 17 };

static void
write_all(ozi_pack *pack)
{
    ozi_pack_u8(pack, 7);
    ozi_pack_u32(pack, 70000);
    ozi_pack_i64(pack, INT64_MIN);
    ozi_pack_string(pack, "the cat");
    ozi_pack_string(pack, "");
    ozi_pack_string(pack, NULL);
    for (uint32_t i = 0; i < LONG_BYTES; i++) {
        ozi_pack_u8(pack, (uint8_t)(i * 31));
    }
    ozi_pack_u64(pack, UINT64_MAX);
}

static oz_status
read_all(ozi_unpack *unpack)
{
    bool is_same = ozi_unpack_u8(unpack) == 7 && ozi_unpack_u32(unpack) == 70000 &&
                   ozi_unpack_i64(unpack) == INT64_MIN;
    size_t size;
    char *text = ozi_unpack_string(unpack, 100, &size);
    is_same &= text != NULL && size == 7 && strcmp(text, "the cat") == 0;
    ozi_alloc_free(unpack->alloc, text, size + 1);
    text = ozi_unpack_string(unpack, 100, &size);
    is_same &= text != NULL && size == 0;
    ozi_alloc_free(unpack->alloc, text, 1);
    is_same &= ozi_unpack_string(unpack, 100, &size) == NULL;
    for (uint32_t i = 0; i < LONG_BYTES; i++) {
        is_same &= ozi_unpack_u8(unpack) == (uint8_t)(i * 31);
    }
    is_same &= ozi_unpack_u64(unpack) == UINT64_MAX;
    oz_status status = ozi_unpack_finish(unpack);
    assert_true(is_same || status != OZ_OK);
    return status;
}

static oz_status
there_and_back(const oz_alloc *alloc)
{
    ozi_pack_memory stream;
    ozi_pack pack;
    ozi_unpack unpack;
    oz_status status = ozi_pack_to_memory(&stream, alloc, &pack);
    if (status == OZ_OK) {
        write_all(&pack);
        status = ozi_pack_finish(&pack);
    }
    if (status == OZ_OK) {
        status = ozi_unpack_from_memory(&stream, alloc, &unpack);
        status = status == OZ_OK ? read_all(&unpack) : status;
    }
    ozi_vec_free(&stream.bytes);
    return status;
}

static void
what_goes_in_comes_out(void **state)
{
    (void)state;
    assert_int_equal(there_and_back(oz_alloc_default()), OZ_OK);
    (void)ozi_alloc_fail_each(there_and_back);
}

/* Reads a changed copy of a stream; it must be refused, whatever was changed. */
static void
damage_is_noticed(void **state)
{
    (void)state;
    ozi_pack_memory stream;
    ozi_pack pack;
    ozi_unpack unpack;
    assert_int_equal(ozi_pack_to_memory(&stream, oz_alloc_default(), &pack), OZ_OK);
    write_all(&pack);
    assert_int_equal(ozi_pack_finish(&pack), OZ_OK);
    uint8_t *bytes = stream.bytes.items;
    size_t whole = stream.bytes.count;
    for (size_t at = 0; at < whole; at += at < 64 || whole - at < 64 ? 1 : 997) {
        bytes[at] ^= 0x10;
        assert_int_equal(ozi_unpack_from_memory(&stream, oz_alloc_default(), &unpack), OZ_OK);
        assert_int_equal(read_all(&unpack), OZ_CORRUPT);
        bytes[at] ^= 0x10;
        stream.bytes.count = at; /* cut off here */
        assert_int_equal(ozi_unpack_from_memory(&stream, oz_alloc_default(), &unpack), OZ_OK);
        assert_int_equal(read_all(&unpack), OZ_CORRUPT);
        stream.bytes.count = whole;
    }
    ozi_vec_free(&stream.bytes);
}

static void
a_stream_ends_where_it_ends(void **state)
{
    (void)state;
    ozi_pack_memory stream;
    ozi_pack pack;
    ozi_unpack unpack;
    assert_int_equal(ozi_pack_to_memory(&stream, oz_alloc_default(), &pack), OZ_OK);
    ozi_pack_u32(&pack, 5);
    ozi_pack_u32(&pack, 6);
    assert_int_equal(ozi_pack_finish(&pack), OZ_OK);
    assert_int_equal(ozi_unpack_from_memory(&stream, oz_alloc_default(), &unpack), OZ_OK);
    assert_int_equal(ozi_unpack_u32(&unpack), 5);
    assert_int_equal(ozi_unpack_finish(&unpack), OZ_CORRUPT); /* something is left */
    assert_int_equal(ozi_unpack_from_memory(&stream, oz_alloc_default(), &unpack), OZ_OK);
    assert_int_equal(ozi_unpack_u64(&unpack), UINT64_C(6) << 32 | 5);
    assert_int_equal(ozi_unpack_u8(&unpack), 0); /* nothing is left */
    assert_int_equal(ozi_unpack_finish(&unpack), OZ_CORRUPT);
    ozi_vec_free(&stream.bytes);
}

static void
the_first_failure_is_latched(void **state)
{
    (void)state;
    ozi_pack_memory stream;
    ozi_pack pack;
    assert_int_equal(ozi_pack_to_memory(&stream, oz_alloc_default(), &pack), OZ_OK);
    ozi_pack_fail(&pack, OZ_UNSUPPORTED);
    ozi_pack_fail(&pack, OZ_IO);
    ozi_pack_u64(&pack, 1);
    assert_int_equal(ozi_pack_finish(&pack), OZ_UNSUPPORTED);
    assert_int_equal(stream.bytes.count, 0);
    ozi_vec_free(&stream.bytes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_in_comes_out),
        cmocka_unit_test(damage_is_noticed),
        cmocka_unit_test(a_stream_ends_where_it_ends),
        cmocka_unit_test(the_first_failure_is_latched),
    };
    return cmocka_run_group_tests_name("base/pack", tests, NULL, NULL);
}
