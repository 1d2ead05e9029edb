/* Tests of share_linux.c: two mappings of one memory, and bells. */
#define _GNU_SOURCE
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "base/share.h"

enum { SIZE = 1 << 16 };

static void
memory_is_the_same_in_both_mappings(void **state)
{
    (void)state;
    int64_t file = ozi_share_memory(SIZE);
    assert_true(file >= 0);
    assert_int_equal(ozi_share_size(file), SIZE);
    char *here = ozi_share_map(file, SIZE);
    char *there = ozi_share_map(file, SIZE);
    assert_non_null(here);
    assert_non_null(there);
    assert_ptr_not_equal(here, there);
    assert_int_equal(there[SIZE - 1], 0);
    memcpy(here + 100, "dipper", 7);
    assert_string_equal(there + 100, "dipper");
    ozi_share_unmap(here, SIZE);
    assert_string_equal(there + 100, "dipper");
    ozi_share_unmap(there, SIZE);
    ozi_share_close(file);
    assert_true(ozi_share_size(file) < 0);
    assert_null(ozi_share_map(file, SIZE));
}

static bool
is_readable(int64_t file)
{
    struct pollfd entry = {.fd = (int)file, .events = POLLIN};
    return poll(&entry, 1, 0) == 1;
}

static void
a_bell_is_readable_until_it_is_read(void **state)
{
    (void)state;
    char bytes[8];
    int64_t bell = ozi_share_bell();
    assert_true(bell >= 0);
    assert_false(is_readable(bell));
    ozi_share_ring(bell);
    ozi_share_ring(bell);
    assert_true(is_readable(bell));
    assert_int_equal(read((int)bell, bytes, sizeof bytes), 8);
    assert_false(is_readable(bell));
    ozi_share_close(bell);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_the_same_in_both_mappings),
        cmocka_unit_test(a_bell_is_readable_until_it_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
