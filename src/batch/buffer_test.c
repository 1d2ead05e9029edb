#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "batch/batch_testing.h"
#include "batch/buffer.h"

static void
count_release(void *context)
{
    ++*(int *)context;
}

static void
a_bytes_are_counted(void **state)
{
    (void)state;
    oz_buffer *buffer = oz_buffer_new(oz_alloc_default(), 100);
    assert_int_equal(oz_buffer_size(buffer), 100);
    memset(oz_buffer_data(buffer), 'x', 100);
    for (int i = 0; i < OZ_BUFFER_SLACK; i++) {
        assert_int_equal(oz_buffer_data(buffer)[100 + i], 0);
    }
    assert_true(oz_buffer_is_sole(buffer));
    oz_buffer *other = oz_buffer_retain(buffer);
    assert_ptr_equal(other, buffer);
    assert_false(oz_buffer_is_sole(buffer));
    oz_buffer_release(&other);
    assert_null(other);
    assert_true(oz_buffer_is_sole(buffer));
    oz_buffer_release(&buffer);
    oz_buffer_release(&buffer); /* NULL by now */
}

static void
b_foreign_memory_is_given_back_once(void **state)
{
    (void)state;
    int released = 0;
    oz_buffer *buffer = oz_buffer_wrap(oz_alloc_default(), "abc", 3, count_release, &released);
    oz_buffer *other = oz_buffer_retain(buffer);
    oz_buffer_release(&buffer);
    assert_int_equal(released, 0);
    oz_buffer_release(&other);
    assert_int_equal(released, 1);
    buffer = oz_buffer_wrap(oz_alloc_default(), "abc", 3, NULL, NULL);
    oz_buffer_release(&buffer);
}

static void
c_an_array_grows_and_holds_objects(void **state)
{
    (void)state;
    oz_buffer *buffer = ozi_buffer_array(oz_alloc_default(), 1, sizeof(oz_object));
    ((oz_object *)(void *)buffer->data)[0] = text_object_new("x");
    assert_ok(ozi_buffer_resize(&buffer, 1000 * sizeof(oz_object)));
    assert_ptr_equal(ozi_buffer_of(oz_buffer_data(buffer)), buffer);
    ozi_buffer_hold_objects(buffer, &text_object_class, 1);
    assert_int_equal(text_object_live, 1);
    oz_buffer_release(&buffer);
    assert_int_equal(text_object_live, 0);
}

static void
d_sizes_that_do_not_exist(void **state)
{
    (void)state;
    assert_null(oz_buffer_new(oz_alloc_default(), SIZE_MAX));
    assert_null(ozi_buffer_array(oz_alloc_default(), -1, 8));
    assert_null(ozi_buffer_array(oz_alloc_default(), INT64_MAX, 8));
    oz_buffer *buffer = ozi_buffer_array(oz_alloc_default(), 0, 8);
    assert_int_equal(ozi_buffer_resize(&buffer, SIZE_MAX), OZ_NO_MEMORY);
    oz_buffer_release(&buffer);
}

static oz_status
scenario(const oz_alloc *alloc)
{
    oz_buffer *buffer = oz_buffer_new(alloc, 10);
    oz_status status = buffer == NULL ? OZ_NO_MEMORY : ozi_buffer_resize(&buffer, 20000);
    oz_buffer *wrap = oz_buffer_wrap(alloc, "", 0, NULL, NULL);
    status = wrap == NULL ? OZ_NO_MEMORY : status;
    oz_buffer_release(&wrap);
    oz_buffer_release(&buffer);
    return status;
}

static void
e_no_memory(void **state)
{
    (void)state;
    assert_survives(scenario);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bytes_are_counted),
        cmocka_unit_test(b_foreign_memory_is_given_back_once),
        cmocka_unit_test(c_an_array_grows_and_holds_objects),
        cmocka_unit_test(d_sizes_that_do_not_exist),
        cmocka_unit_test(e_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
