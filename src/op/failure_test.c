/* Messages: the step, the line that drew it, the record and where it came from. */
#include "kit/steps.h"

#include <stdio.h>

#include "batch/rows.h"

static void
names_the_step_its_line_and_the_record(steps *s)
{
    steps_of(s, "map", SETTING_FUNCTION("function", fail_on_3), STEPS_END);
    steps_push(s, "3");
    steps_expect_failure(s, "step \"map\" (test.py:1): the function cannot treat it; the record "
                            "is 3");
}

/* A batch of numbers, the second of which is a 3, that came from a file. */
static oz_status
batch_of_file(const oz_alloc *alloc, const oz_batch **out)
{
    oz_rows *rows = NULL;
    const oz_rows *held;
    const oz_column *column = NULL;
    const oz_origin *origin = ozi_origin_new(alloc, "numbers.txt", "line", 0, 0);
    int64_t *values = oz_values_new(alloc, OZ_INT64, 2);
    oz_status status = origin == NULL || values == NULL ? OZ_NO_MEMORY : OZ_OK;
    if (status == OZ_OK) {
        status = ozi_rows_derive(alloc, NULL, 2, OZI_ROWS_POSITIONS, &rows);
    }
    if (status == OZ_OK) {
        values[0] = 1;
        values[1] = 3;
        ozi_rows_positions(rows)[0] = 16;
        ozi_rows_positions(rows)[1] = 17;
        ozi_rows_set_origin(rows, origin);
        void *taken = values;
        values = NULL;
        status = oz_column_of_values(alloc, OZ_INT64, &taken, 2, 2, &column);
    }
    if (status == OZ_OK) {
        status = oz_batch_new(alloc, &column, NULL, 1, rows, out);
    }
    void *unused = values;
    oz_values_free(&unused);
    held = rows;
    oz_rows_release(&held);
    ozi_origin_release(&origin);
    return status;
}

static void
names_where_the_record_came_from(steps *s)
{
    const oz_batch *batch = NULL;
    steps_of(s, "map", SETTING_FUNCTION("function", fail_on_3), STEPS_END);
    oz_instance *instance = steps_instance(s);
    if (instance == NULL || batch_of_file(oz_alloc_default(), &batch) != OZ_OK) {
        return;
    }
    assert_int_equal(oz_push(instance, steps_node(s, "in"), batch), OZ_FAILED);
    oz_batch_release(&batch);
    const oz_error *error = oz_instance_error(instance);
    if (error->status == OZ_BAD_RECORD) {
        assert_string_equal(error->text, "step \"map\" (test.py:1): the function cannot treat it; "
                                         "the record is 3, line 17 of numbers.txt");
        uint32_t failed;
        int64_t row;
        if (oz_instance_failure(instance, &failed, &batch, &row)) {
            assert_int_equal(failed, steps_node(s, "map"));
            assert_int_equal(((const int64_t *)batch->columns[0]->values)[row], 3);
        }
    }
    oz_instance_forgive(instance);
    assert_false(oz_instance_failure(instance, &(uint32_t){0}, &batch, &(int64_t){0}));
}

static void
cuts_a_long_record(steps *s)
{
    char text[2000];
    text[0] = '\'';
    memset(text + 1, 'x', 1000);
    (void)snprintf(text + 1001, 2, "'");
    steps_of(s, "map", SETTING_FUNCTION("function", add_one), STEPS_END);
    steps_push(s, text);
    steps_expect_failure(s, "xxxxxxxxxx...");
}

static void
keeps_the_first_of_two_failures(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "first", "in", "map", SETTING_FUNCTION("function", fail_on_3), STEPS_END);
    steps_step(s, "second", "in", "map", SETTING_FUNCTION("function", add_one), STEPS_END);
    steps_collect(s, "first");
    steps_push(s, "3");
    steps_expect_failure(s, "step \"first\"");
    steps_push(s, "'text'");
    steps_expect_failure(s, "step \"second\"");
}

/* ---- what an operator says itself ------------------------------------------------------------ */

static const oz_port INPUTS[] = {{.name = "in"}, {.name = NULL}};

static oz_step
full_on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)state;
    (void)input;
    return oz_fail(context, OZ_FULL, "%lld rows are too many", (long long)batch->row_count);
}

static oz_step
bare_on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)state;
    (void)input;
    (void)batch;
    return oz_failed(context, OZ_IO);
}

static oz_step
silent_on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)state;
    (void)context;
    (void)input;
    (void)batch;
    return OZ_FAILED;
}

static const oz_operator FULL = {.name = "full", .inputs = INPUTS, .on_batch = full_on_batch};
static const oz_operator BARE = {.name = "bare", .inputs = INPUTS, .on_batch = bare_on_batch};
static const oz_operator SILENT = {.name = "silent", .inputs = INPUTS, .on_batch = silent_on_batch};

static void
says_what_the_step_says(steps *s)
{
    steps_source(s, "in");
    steps_step_of(s, "full", "in", &FULL, STEPS_END);
    steps_push(s, "1");
    steps_expect_failure(s, "step \"full\" (test.py:1): 1 rows are too many");
}

static void
says_the_status_when_the_step_says_nothing_more(steps *s)
{
    steps_source(s, "in");
    steps_step_of(s, "bare", "in", &BARE, STEPS_END);
    steps_push(s, "1");
    steps_expect_failure(s, "step \"bare\" (test.py:1): IO");
}

static void
says_so_when_the_step_says_nothing_at_all(steps *s)
{
    steps_source(s, "in");
    steps_step_of(s, "silent", "in", &SILENT, STEPS_END);
    steps_push(s, "1");
    steps_expect_failure(s, "step \"silent\" (test.py:1): failed without saying why");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(names_the_step_its_line_and_the_record),
        STEPS_TEST(names_where_the_record_came_from),
        STEPS_TEST(cuts_a_long_record),
        STEPS_TEST(keeps_the_first_of_two_failures),
        STEPS_TEST(says_what_the_step_says),
        STEPS_TEST(says_the_status_when_the_step_says_nothing_more),
        STEPS_TEST(says_so_when_the_step_says_nothing_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
