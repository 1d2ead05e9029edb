#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "batch/batch_testing.h"
#include "batch/rows.h"

static void
a_origins(void **state)
{
    (void)state;
    const oz_origin *origin = ozi_origin_new(oz_alloc_default(), "a.txt", "line", 3, 7);
    const oz_origin *same = ozi_origin_retain(origin);
    ozi_origin_release(&origin);
    assert_null(origin);
    assert_string_equal(same->name, "a.txt");
    assert_string_equal(same->unit, "line");
    assert_int_equal(same->partition, 3);
    assert_int_equal(same->connection, 7);
    ozi_origin_release(&same);
    assert_null(ozi_origin_retain(NULL));
    ozi_origin_release(&same);
}

/* Two rows at positions 10 and 11. */
static oz_status
make_rows(const oz_alloc *alloc, const oz_rows **out)
{
    oz_rows *rows;
    const oz_origin *origin = ozi_origin_new(alloc, "a.txt", "line", 0, 0);
    if (origin == NULL) {
        return OZ_NO_MEMORY;
    }
    oz_status status = ozi_rows_derive(alloc, NULL, 2, OZI_ROWS_POSITIONS, &rows);
    if (status == OZ_OK) {
        ozi_rows_set_origin(rows, origin);
        ozi_rows_positions(rows)[0] = 10;
        ozi_rows_positions(rows)[1] = 11;
        *out = rows;
    }
    ozi_origin_release(&origin);
    return status;
}

static void
b_arrays_that_stay_are_shared(void **state)
{
    (void)state;
    const oz_rows *base = NULL;
    oz_rows *rows = NULL;
    assert_ok(make_rows(oz_alloc_default(), &base));
    assert_int_equal(ozi_rows_arrays(base), OZI_ROWS_POSITIONS);
    assert_ok(ozi_rows_derive(oz_alloc_default(), base, 2, OZI_ROWS_TIMES, &rows));
    ozi_rows_times(rows)[1] = 5;
    assert_ptr_equal(rows->positions, base->positions);
    oz_rows_release(&base);
    assert_int_equal(rows->positions[1], 11);
    assert_string_equal(rows->origin->name, "a.txt");
    base = rows;
    oz_rows_release(&base);
}

static void
c_from_the_stack_to_the_heap(void **state)
{
    (void)state;
    int64_t time = 4;
    int64_t position = 9;
    oz_buffer *pin = oz_buffer_new(oz_alloc_default(), 1);
    oz_key key = {1, 2};
    uint64_t hash = 3;
    const oz_rows stack = {.times = &time,
                           .positions = &position,
                           .keys = &key,
                           .hashes = &hash,
                           .pins = &pin,
                           .pin_count = 1,
                           .alloc = oz_alloc_default()};
    const oz_rows *heap = oz_rows_retain(&stack);
    assert_ptr_not_equal(heap, &stack);
    time = position = 0;
    key = (oz_key){0, 0};
    assert_int_equal(heap->times[0], 4);
    assert_int_equal(heap->positions[0], 9);
    assert_int_equal(heap->keys[0].high, 2);
    assert_int_equal(heap->hashes[0], 3);
    assert_false(oz_buffer_is_sole(pin));
    const oz_rows *same = oz_rows_retain(heap);
    assert_ptr_equal(same, heap);
    oz_rows_release(&same);
    oz_rows_release(&heap);
    assert_true(oz_buffer_is_sole(pin));
    oz_buffer_release(&pin);
    const oz_rows *none = &stack;
    oz_rows_release(&none);
    assert_null(none);
}

static oz_status
scenario(const oz_alloc *alloc)
{
    const oz_rows *base = NULL;
    oz_rows *rows = NULL;
    OZ_TRY(make_rows(alloc, &base));
    oz_status status = ozi_rows_derive(alloc, base, 2, OZI_ROWS_KEYS, &rows);
    oz_buffer *pin = oz_buffer_new(alloc, 1);
    status = status == OZ_OK && pin == NULL ? OZ_NO_MEMORY : status;
    for (int i = 0; i < 3 && status == OZ_OK; i++) {
        status = ozi_rows_pin(rows, pin);
    }
    oz_buffer_release(&pin);
    oz_rows_release(&base);
    base = rows;
    oz_rows_release(&base);
    return status;
}

static void
d_no_memory(void **state)
{
    (void)state;
    assert_survives(scenario);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_origins),
        cmocka_unit_test(b_arrays_that_stay_are_shared),
        cmocka_unit_test(c_from_the_stack_to_the_heap),
        cmocka_unit_test(d_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
