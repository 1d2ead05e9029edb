/* Watermarks: the least of the open edges, and never before the rows that came before it. */
#include "kit/steps.h"

#include "op/context.h"

/* ---- a step that says after each row how far it has come ------------------------------------- */

static const oz_port INPUTS[] = {{.name = "in"}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = NULL}};

static oz_step
marks_on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)state;
    (void)input;
    for (int64_t row = 0; row < batch->row_count; row++) {
        const oz_batch *one = NULL;
        oz_scalar value;
        oz_status status = oz_batch_slice(batch, row, row + 1, &one);
        if (status != OZ_OK) {
            return oz_failed(context, status);
        }
        assert_int_equal(oz_column_scalar(one->columns[0], 0, &value), OZ_OK);
        if (value.kind == OZ_SCALAR_OBJECT) {
            text_object_class.unbox(value.as.object, &value);
        }
        oz_step step = oz_emit(context, 0, one);
        oz_batch_release(&one);
        if (step == OZ_FAILED || oz_emit_watermark(context, value.as.int64) == OZ_FAILED) {
            return OZ_FAILED;
        }
    }
    return OZ_NEED;
}

static const oz_operator MARKS = {.name = "marks",
                                  .inputs = INPUTS,
                                  .outputs = OUTPUTS,
                                  .on_batch = marks_on_batch};

/* ---- tests ----------------------------------------------------------------------------------- */

static void
passes_through_steps(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "map", "in", "map", SETTING_FUNCTION("function", add_one), STEPS_END);
    steps_step(s, "ways", "map", "branch", SETTING_FUNCTION("function", is_odd), STEPS_END);
    steps_collect(s, "ways.yes");
    steps_collect(s, "ways.no");
    steps_watermark(s, "in", 7);
    steps_expect_watermark(s, "ways.yes", 7);
    steps_expect_watermark(s, "ways.no", 7);
}

static void
never_goes_back(steps *s)
{
    steps_source(s, "in");
    steps_collect(s, "in");
    steps_watermark(s, "in", 7);
    steps_watermark(s, "in", 5);
    steps_expect_watermark(s, "in", 7);
    steps_watermark(s, "in", 7);
    steps_watermark(s, "in", 8);
    steps_expect_watermark(s, "in", 8);
}

static void
is_the_least_of_all_streams(steps *s)
{
    steps_source(s, "a");
    steps_source(s, "b");
    steps_source(s, "c");
    steps_step(s, "all", "a b c", "union", STEPS_END);
    steps_collect(s, "all");
    steps_watermark(s, "a", 30);
    steps_watermark(s, "b", 20);
    steps_expect_watermark(s, "all", INT64_MIN);
    steps_watermark(s, "c", 10);
    steps_expect_watermark(s, "all", 10);
    steps_watermark(s, "c", 25);
    steps_expect_watermark(s, "all", 20);
}

static void
grows_when_a_slow_stream_ends(steps *s)
{
    steps_source(s, "a");
    steps_source(s, "b");
    steps_step(s, "all", "a b", "union", STEPS_END);
    steps_collect(s, "all");
    steps_watermark(s, "a", 30);
    steps_expect_watermark(s, "all", INT64_MIN);
    steps_end_of(s, "b");
    steps_expect_watermark(s, "all", 30);
}

static void
waits_behind_rows_of_a_step_that_is_held(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "words", "in", "flat_map", SETTING_FUNCTION("function", words), STEPS_END);
    steps_collect(s, "words");
    steps_hold(s, "words", 1);
    steps_push(s, "'a b c'");
    steps_watermark(s, "in", 7);
    steps_expect_watermark(s, "words", INT64_MIN);
    steps_let_go(s, "words");
    steps_expect(s, "'a' 'b' 'c'");
    steps_expect_watermark(s, "words", 7);
}

static void
waits_behind_rows_that_wait_at_an_output(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "words", "in", "flat_map", SETTING_FUNCTION("function", words), STEPS_END);
    steps_step(s, "sizes", "words", "map", SETTING_FUNCTION("function", length), STEPS_END);
    steps_step(s, "both", "words sizes", "union", STEPS_END);
    steps_collect(s, "both");
    steps_hold(s, "both", 1);
    steps_push(s, "'a b'");
    steps_watermark(s, "in", 7);
    steps_watermark(s, "in", 9);
    steps_expect_watermark(s, "both", INT64_MIN);
    steps_let_go(s, "both");
    steps_expect(s, "1 'a' 1 'b'");
    steps_expect_watermark(s, "both", 9);
}

static void
keeps_its_place_among_rows_that_wait_for_a_step(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "words", "in", "flat_map", SETTING_FUNCTION("function", words), STEPS_END);
    steps_step(s, "map", "words", "map", SETTING_FUNCTION("function", length), STEPS_END);
    steps_collect(s, "map");
    steps_show_watermarks(s);
    steps_hold(s, "map", 1);
    steps_push(s, "'a bc'");
    steps_watermark(s, "in", 7);
    steps_push(s, "'def'");
    steps_let_go(s, "map");
    steps_expect(s, "1 2 <7> 3");
}

static void
keeps_its_place_among_rows_that_wait_at_an_output(steps *s)
{
    steps_source(s, "in");
    steps_step_of(s, "marks", "in", &MARKS, STEPS_END);
    steps_step(s, "plus", "marks", "map", SETTING_FUNCTION("function", add_one), STEPS_END);
    steps_step(s, "both", "marks plus", "union", STEPS_END);
    steps_collect(s, "both");
    steps_show_watermarks(s);
    steps_hold(s, "both", 1);
    steps_push(s, "1 2 3");
    steps_let_go(s, "both");
    steps_expect(s, "2 1 <1> 3 2 <2> 4 3 <3>");
    steps_end(s);
}

static void
does_not_go_round_a_loop(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "loop", "", "feedback", STEPS_END);
    steps_step(s, "all", "in loop", "union", STEPS_END);
    steps_step(s, "plus", "all", "map", SETTING_FUNCTION("function", add_one), STEPS_END);
    steps_step(s, "none", "plus", "slice", SETTING_INT("start", 5), STEPS_END);
    steps_feed_back(s, "none", "loop");
    steps_collect(s, "plus");
    steps_push(s, "1");
    steps_watermark(s, "in", 7);
    steps_expect(s, "2");
    steps_end(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(passes_through_steps),
        STEPS_TEST(never_goes_back),
        STEPS_TEST(is_the_least_of_all_streams),
        STEPS_TEST(grows_when_a_slow_stream_ends),
        STEPS_TEST(waits_behind_rows_of_a_step_that_is_held),
        STEPS_TEST(waits_behind_rows_that_wait_at_an_output),
        STEPS_TEST(keeps_its_place_among_rows_that_wait_for_a_step),
        STEPS_TEST(keeps_its_place_among_rows_that_wait_at_an_output),
        STEPS_TEST(does_not_go_round_a_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
