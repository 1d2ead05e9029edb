/* Tests of stretch.c: which rows lie together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "batch/batch_testing.h"
#include "expr/stretch.h"

/* A text in one buffer, rows as pairs of offset and size; checks how many rows the stretches have.
 */
static void
assert_stretches(const char *text, const uint32_t (*rows)[2], int64_t count, size_t gap_min,
                 const int64_t *expected)
{
    oz_view views[16];
    oz_buffer *buffer = oz_buffer_new(oz_alloc_default(), strlen(text));
    memcpy(oz_buffer_data(buffer), text, strlen(text));
    for (int64_t i = 0; i < count; i++) {
        views[i] = (oz_view){oz_buffer_data(buffer) + rows[i][0], rows[i][1], 0};
    }
    const oz_column column = {
        .type = OZ_STRING, .length = count, .values = views, .pin_count = 1, .pins = &buffer};
    const oz_column *columns[] = {&column};
    ozi_input input = {.columns = columns, .column_count = 1, .count = count};
    ozi_stretches stretches = ozi_stretches_of(&input, count);
    ozi_stretch stretch;
    stretches.gap_min = gap_min;
    int64_t seen = 0;
    for (; ozi_stretches_next(&stretches, &stretch); expected++) {
        assert_int_equal(stretch.count, *expected);
        assert_ptr_equal(stretch.rows, &views[seen]);
        assert_ptr_equal(stretch.data, views[seen].data);
        seen += stretch.count;
        assert_ptr_equal(stretch.data + stretch.size, views[seen - 1].data + views[seen - 1].size);
    }
    assert_int_equal(seen, count);
    oz_buffer_release(&buffer);
}

static void
a_lines_lie_together(void **state)
{
    (void)state;
    const uint32_t rows[][2] = {{0, 3}, {4, 0}, {5, 2}};
    assert_stretches("abc\n\nde", rows, 3, 0, (const int64_t[]){3});
    assert_stretches("abc\n\nde", rows, 3, 1, (const int64_t[]){3});
}

static void
b_order_and_gaps_break(void **state)
{
    (void)state;
    const uint32_t backward[][2] = {{4, 2}, {0, 3}, {4, 2}};
    assert_stretches("abc de", backward, 3, 0, (const int64_t[]){1, 2});
    const uint32_t touching[][2] = {{0, 2}, {2, 2}, {5, 1}};
    assert_stretches("abcd e", touching, 3, 0, (const int64_t[]){3});
    assert_stretches("abcd e", touching, 3, 1, (const int64_t[]){1, 2});
    const uint32_t overlapping[][2] = {{0, 3}, {1, 3}};
    assert_stretches("abcd", overlapping, 2, 0, (const int64_t[]){1, 1});
    const uint32_t far[][2] = {{0, 1}, {17, 1}, {35, 1}};
    assert_stretches("a                b                 c", far, 3, 0, (const int64_t[]){2, 1});
}

/* The bytes between two buffers, or behind one, are nobody's to read. */
static void
c_only_inside_a_buffer(void **state)
{
    (void)state;
    static const char text[] = "ab cd";
    const oz_view views[] = {{text, 2, 0}, {text + 3, 2, 0}, {NULL, 0, 0}};
    const oz_column column = {.type = OZ_STRING, .length = 3, .values = views};
    const oz_column *columns[] = {&column};
    ozi_input input = {.columns = columns, .column_count = 1, .count = 3};
    ozi_stretches stretches = ozi_stretches_of(&input, 3);
    ozi_stretch stretch;
    for (int i = 0; i < 3; i++) {
        assert_true(ozi_stretches_next(&stretches, &stretch));
        assert_int_equal(stretch.count, 1);
        assert_int_equal(stretch.size, views[i].size);
        assert_non_null(stretch.data);
    }
    assert_false(ozi_stretches_next(&stretches, &stretch));
}

static void
d_bounds(void **state)
{
    (void)state;
    enum { ROWS = 5000, SIZE = 9 };
    oz_buffer *buffer = oz_buffer_new(oz_alloc_default(), ROWS * (SIZE + 1));
    oz_view *views = oz_values_new(oz_alloc_default(), OZ_STRING, ROWS);
    for (int i = 0; i < ROWS; i++) {
        views[i] = (oz_view){oz_buffer_data(buffer) + (size_t)i * (SIZE + 1), SIZE, 0};
    }
    const oz_column column = {
        .type = OZ_STRING, .length = ROWS, .values = views, .pin_count = 1, .pins = &buffer};
    const oz_column *columns[] = {&column};
    ozi_input input = {.columns = columns, .column_count = 1, .count = ROWS};
    ozi_stretches stretches = ozi_stretches_of(&input, ROWS);
    ozi_stretch stretch;
    int64_t rows = 0;
    assert_true(ozi_stretches_next(&stretches, &stretch));
    assert_in_range(stretch.count, 1, 16);
    rows = stretch.count;
    while (ozi_stretches_next(&stretches, &stretch)) {
        assert_in_range(stretch.size, 1, OZI_STRETCH_MAX);
        rows += stretch.count;
    }
    assert_int_equal(rows, ROWS);
    void *values = views;
    oz_values_free(&values);
    oz_buffer_release(&buffer);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lines_lie_together),
        cmocka_unit_test(b_order_and_gaps_break),
        cmocka_unit_test(c_only_inside_a_buffer),
        cmocka_unit_test(d_bounds),
    };
    return cmocka_run_group_tests_name("expr/stretch", tests, NULL, NULL);
}
