/* Tests of queue.c: batches in order, taken whole and in parts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "state/state_testing.h"

static oz_table *
queue(const oz_alloc *alloc)
{
    return test_table(alloc, OZ_TABLE_QUEUE, false, OZ_FIELD_END);
}

/* Pushes a batch of the integers [begin, end). */
static oz_status
push(oz_table *table, const oz_alloc *alloc, int64_t begin, int64_t end, int64_t due_ns)
{
    const oz_column *column = NULL;
    const oz_batch *batch = NULL;
    oz_builder *builder = oz_builder_new(alloc, OZ_INT64, NULL);
    oz_status status = builder == NULL ? OZ_NO_MEMORY : OZ_OK;
    for (int64_t i = begin; i < end && status == OZ_OK; i++) {
        status = oz_builder_append_int64(builder, i);
    }
    if (status == OZ_OK) {
        status = oz_builder_finish(builder, &column);
    }
    oz_builder_free(&builder);
    OZ_TRY(status);
    OZ_TRY(test_batch(&column, &batch));
    status = oz_queue_push(table, batch, due_ns);
    oz_batch_release(&batch);
    return status;
}

/* Takes at most `rows` rows and checks that they begin with `first`; returns how many came. */
static int64_t
pop(oz_table *table, int64_t rows, int64_t first)
{
    const oz_batch *batch;
    assert_ok(oz_queue_pop(table, rows, &batch));
    if (batch == NULL) {
        return 0;
    }
    const int64_t *values = batch->columns[0]->values;
    int64_t count = batch->row_count;
    for (int64_t i = 0; i < count; i++) {
        assert_int_equal(values[i], first + i);
    }
    oz_batch_release(&batch);
    return count;
}

static void
batches_leave_in_order_whole_or_in_parts(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    oz_table *table = queue(alloc);
    assert_int_equal(pop(table, 5, 0), 0);
    assert_ok(push(table, alloc, 0, 3, 10));
    assert_ok(push(table, alloc, 3, 10, 20));
    assert_ok(push(table, alloc, 10, 10, 25));
    assert_ok(push(table, alloc, 10, 12, 30));
    assert_int_equal(oz_table_count(table), 12);
    assert_int_equal(pop(table, 100, 0), 3);
    assert_int_equal(pop(table, 2, 3), 2);
    assert_int_equal(pop(table, 0, 5), 0);
    assert_true(ozi_table_check(table));
    assert_int_equal(pop(table, 1, 5), 1);
    assert_int_equal(pop(table, 100, 6), 4);
    assert_int_equal(oz_table_count(table), 2);
    assert_int_equal(pop(table, 2, 10), 2);
    assert_int_equal(pop(table, 2, 12), 0);
    assert_true(ozi_table_check(table));
    ozi_table_free(&table);
}

static void
front_says_when_it_is_due(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    oz_table *table = queue(alloc);
    int64_t due_ns;
    assert_false(oz_queue_due(table, &due_ns));
    assert_ok(push(table, alloc, 0, 2, 10));
    assert_ok(push(table, alloc, 2, 4, 20));
    assert_true(oz_queue_due(table, &due_ns));
    assert_int_equal(due_ns, 10);
    assert_int_equal(pop(table, 1, 0), 1);
    assert_true(oz_queue_due(table, &due_ns));
    assert_int_equal(due_ns, 10);
    assert_int_equal(pop(table, 1, 1), 1);
    assert_true(oz_queue_due(table, &due_ns));
    assert_int_equal(due_ns, 20);
    ozi_table_free(&table);
}

static void
watermark_leaves_with_the_row_before_it(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    oz_table *table = queue(alloc);
    int64_t time_ns;
    assert_ok(push(table, alloc, 0, 2, 10));
    assert_ok(oz_queue_push_watermark(table, 5));
    assert_ok(oz_queue_push_watermark(table, 6));
    assert_ok(push(table, alloc, 2, 4, 20));
    assert_true(ozi_table_check(table));
    assert_int_equal(oz_table_count(table), 4);
    assert_int_equal(pop(table, 1, 0), 1);
    assert_false(oz_queue_pop_watermark(table, &time_ns));
    assert_int_equal(pop(table, 9, 1), 1);
    assert_true(oz_queue_pop_watermark(table, &time_ns));
    assert_int_equal(time_ns, 6);
    assert_false(oz_queue_pop_watermark(table, &time_ns));
    assert_int_equal(pop(table, 9, 2), 2);
    ozi_table_free(&table);
}

static void
batch_on_the_stack_is_kept_as_a_copy(void **state)
{
    (void)state;
    oz_table *table = queue(oz_alloc_default());
    oz_one one;
    oz_object object = text_object_new("on the stack");
    assert_ok(
        oz_queue_push(table,
                      oz_batch_one(&one, oz_alloc_default(), &text_object_class, object, NULL), 0));
    text_object_class.release(object);
    memset(&one, 0, sizeof(one));
    assert_int_equal(text_object_live, 1);
    const oz_batch *batch;
    assert_ok(oz_queue_pop(table, 1, &batch));
    assert_batch(batch, "on the stack\n");
    oz_batch_release(&batch);
    assert_int_equal(text_object_live, 0);
    ozi_table_free(&table);
}

static int
count_visits(oz_object object, void *context)
{
    (void)object;
    ++*(int *)context;
    return 0;
}

/* Objects of a batch that others hold too must not be counted as owned by the table. */
static void
only_rows_of_its_own_are_visited(void **state)
{
    (void)state;
    oz_table *table = queue(oz_alloc_default());
    const oz_column *column = NULL;
    const oz_batch *batch = NULL;
    int visits = 0;
    assert_ok(
        test_column(oz_alloc_default(), OZ_OBJECT, LIST_OF(T_OBJECT("a"), T_OBJECT("b")), &column));
    assert_ok(test_batch(&column, &batch));
    assert_ok(oz_queue_push(table, batch, 0));
    assert_int_equal(ozi_table_visit_objects(table, count_visits, &visits), 0);
    assert_int_equal(visits, 0);
    oz_batch_release(&batch);
    assert_int_equal(ozi_table_visit_objects(table, count_visits, &visits), 0);
    assert_int_equal(visits, 2);
    assert_ok(oz_queue_pop(table, 2, &batch));
    const oz_batch *part = NULL; /* another column over the same objects */
    assert_ok(oz_batch_slice(batch, 0, 1, &part));
    assert_ok(oz_queue_push(table, part, 0));
    oz_batch_release(&part);
    assert_int_equal(ozi_table_visit_objects(table, count_visits, &visits), 0);
    assert_int_equal(visits, 2);
    oz_batch_release(&batch);
    assert_int_equal(ozi_table_visit_objects(table, count_visits, &visits), 0);
    assert_int_equal(visits, 3);
    ozi_table_free(&table);
    assert_int_equal(text_object_live, 0);
}

static void
random_parts_add_up(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    for (uint64_t seed = 0; seed < 4; seed++) {
        uint64_t random = seed;
        int64_t pushed = 0;
        int64_t popped = 0;
        oz_table *table = queue(alloc);
        for (int step = 0; step < 5000; step++) {
            if (test_draw(&random, 8) < (step / 1000 % 2 == 0 ? 5U : 2U)) {
                int64_t rows = test_draw(&random, 10);
                assert_ok(push(table, alloc, pushed, pushed + rows, step));
                pushed += rows;
            } else {
                popped += pop(table, test_draw(&random, 15), popped);
            }
            assert_seed(oz_table_count(table) == pushed - popped, seed);
            assert_seed(step % 101 != 0 || ozi_table_check(table), seed);
        }
        ozi_table_free(&table);
    }
}

static oz_status
scenario(const oz_alloc *alloc)
{
    oz_table_decl decl = {.kind = OZ_TABLE_QUEUE};
    oz_table *table;
    OZ_TRY(ozi_table_new(alloc, NULL, &decl, &table));
    oz_status status = OZ_OK;
    for (int64_t i = 0; i < 20 && status == OZ_OK; i++) {
        status = push(table, alloc, i * 3, i * 3 + 3, 0);
    }
    for (int64_t i = 0; i < 50 && status == OZ_OK; i++) {
        const oz_batch *batch;
        int64_t rows = oz_table_count(table);
        status = oz_queue_pop(table, 1, &batch);
        assert_int_equal(oz_table_count(table), status == OZ_OK ? rows - 1 : rows);
        oz_batch_release(&batch);
    }
    assert_true(ozi_table_check(table));
    ozi_table_free(&table);
    return status;
}

static void
survives_without_memory(void **state)
{
    (void)state;
    assert_survives(scenario);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_leave_in_order_whole_or_in_parts),
        cmocka_unit_test(front_says_when_it_is_due),
        cmocka_unit_test(watermark_leaves_with_the_row_before_it),
        cmocka_unit_test(batch_on_the_stack_is_kept_as_a_copy),
        cmocka_unit_test(only_rows_of_its_own_are_visited),
        cmocka_unit_test(random_parts_add_up),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
