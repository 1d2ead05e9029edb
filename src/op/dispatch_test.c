/*
 * Dispatch: depth first in the order drawn; what comes to a step that is at work or held waits in
 * order; branches that rejoin pass one row at a time; nothing comes after DONE.
 */
#include "kit/steps.h"

#include "op/context.h"

static const oz_port INPUTS[] = {{.name = "in", .many = true}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = "side"}, {.name = NULL}};

/* ---- order ----------------------------------------------------------------------------------- */

static void
goes_depth_first_in_the_order_drawn(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "a", "in", "inspect", SETTING_FUNCTION("function", note), STEPS_END);
    steps_step(s, "b", "in", "map", SETTING_FUNCTION("function", add_one), STEPS_END);
    steps_step(s, "a1", "a", "sink", SETTING_FUNCTION("function", note), STEPS_END);
    steps_step(s, "b1", "b", "sink", SETTING_FUNCTION("function", note), STEPS_END);
    steps_push(s, "1");
    steps_push(s, "7");
    steps_expect_notes(s, "1 1 2 7 7 8");
}

static void
passes_rejoining_branches_row_by_row(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "words", "in", "flat_map", SETTING_FUNCTION("function", words), STEPS_END);
    steps_step(s, "sizes", "words", "map", SETTING_FUNCTION("function", length), STEPS_END);
    steps_step(s, "both", "words sizes", "union", STEPS_END);
    steps_collect(s, "both");
    steps_push(s, "'a bc' 'def'");
    steps_expect(s, "1 'a' 2 'bc' 3 'def'");
}

static void
passes_rejoining_ports_row_by_row(steps *s)
{
    steps_policy(s, OZ_POLICY_DEAD_LETTER);
    steps_source(s, "in");
    steps_step(s, "map", "in", "map", SETTING_FUNCTION("function", add_one), STEPS_END);
    steps_step(s, "both", "map map.dead", "union", STEPS_END);
    steps_collect(s, "both");
    steps_push(s, "1 'a' 2 'b' 'c' 3");
    steps_expect(s, "2 'a' 3 'b' 'c' 4");
}

static void
keeps_the_order_of_rejoining_branches_while_held_up(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "words", "in", "flat_map", SETTING_FUNCTION("function", words), STEPS_END);
    steps_step(s, "again", "words", "flat_map", SETTING_FUNCTION("function", words), STEPS_END);
    steps_step(s, "both", "words again", "union", STEPS_END);
    steps_collect(s, "both");
    steps_hold(s, "both", 1);
    steps_push(s, "'a b' 'c'");
    steps_push(s, "'d'");
    steps_expect(s, "'a'");
    steps_let_go(s, "both");
    steps_expect(s, "'a' 'b' 'b' 'c' 'c' 'd' 'd'");
    steps_end(s);
}

static void
delivers_what_waits_before_the_end(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "words", "in", "flat_map", SETTING_FUNCTION("function", words), STEPS_END);
    steps_step(s, "sizes", "words", "map", SETTING_FUNCTION("function", length), STEPS_END);
    steps_step(s, "both", "words sizes", "union", STEPS_END);
    steps_collect(s, "both");
    steps_hold(s, "both", 1);
    steps_push(s, "'a b c'");
    steps_end(s);
    steps_let_go(s, "both");
    steps_expect(s, "1 'a' 1 'b' 1 'c'");
    steps_expect_ended(s, "both", true);
    steps_end(s);
}

/* ---- pushes from inside a step --------------------------------------------------------------- */

static void
lets_an_element_from_inside_wait_for_a_step_at_work(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "next", "in", "inspect", SETTING_FUNCTION("function", push_next), STEPS_END);
    steps_collect(s, "next");
    steps_push(s, "1");
    steps_expect(s, "1 2 3");
}

static void
lets_an_element_from_inside_pass_steps_that_rest(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "first", "in", "inspect", SETTING_FUNCTION("function", note), STEPS_END);
    steps_step(s, "next", "in", "inspect", SETTING_FUNCTION("function", push_next), STEPS_END);
    steps_step(s, "last", "in", "inspect", SETTING_FUNCTION("function", note), STEPS_END);
    steps_collect(s, "next");
    steps_push(s, "1");
    steps_expect(s, "1 2 3");
    steps_expect_notes(s, "1 2 2 3 3 1");
}

static void
lets_elements_from_inside_pass_after_the_row_that_gave_them(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "next", "in", "inspect", SETTING_FUNCTION("function", push_next), STEPS_END);
    steps_step(s, "plus", "next", "map", SETTING_FUNCTION("function", add_one), STEPS_END);
    steps_step(s, "both", "next plus", "union", STEPS_END);
    steps_collect(s, "both");
    steps_push(s, "1");
    steps_expect(s, "2 1 3 2 4 3");
}

/* ---- MORE ------------------------------------------------------------------------------------ */

/* Gives the rows of a batch one at a time, each in a call of its own. */
typedef struct slowly_state {
    const oz_batch *batch;
    int64_t row;
} slowly_state;

static oz_step
slowly_on_batch(void *memory, oz_context *context, uint32_t input, const oz_batch *batch)
{
    slowly_state *state = memory;
    const oz_batch *one = NULL;
    (void)input;
    if (batch != NULL) {
        assert_null(state->batch); /* it had said MORE */
        state->batch = oz_batch_retain(batch);
        state->row = 0;
        return state->batch == NULL ? oz_failed(context, OZ_NO_MEMORY) : OZ_MORE;
    }
    assert_non_null(state->batch);
    oz_status status = oz_batch_slice(state->batch, state->row, state->row + 1, &one);
    if (status != OZ_OK || ++state->row == state->batch->row_count) {
        oz_batch_release(&state->batch);
    }
    oz_step step = status == OZ_OK ? oz_emit(context, 0, one) : oz_failed(context, status);
    oz_batch_release(&one);
    if (step == OZ_DONE || step == OZ_FAILED) {
        oz_batch_release(&state->batch);
        return step;
    }
    return state->batch != NULL ? OZ_MORE : OZ_NEED;
}

static void
slowly_close(void *memory, oz_context *context)
{
    (void)context;
    oz_batch_release(&((slowly_state *)memory)->batch);
}

static const oz_operator SLOWLY = {.name = "slowly",
                                   .inputs = INPUTS,
                                   .outputs = OUTPUTS,
                                   .state_size = sizeof(slowly_state),
                                   .holds = true,
                                   .on_batch = slowly_on_batch,
                                   .close = slowly_close};

static void
calls_a_step_that_said_more_before_it_gives_it_anything(steps *s)
{
    steps_source(s, "a");
    steps_source(s, "b");
    steps_step_of(s, "slowly", "a b", &SLOWLY, STEPS_END);
    steps_collect(s, "slowly");
    steps_push_to(s, "a", "1 2 3");
    steps_push_to(s, "b", "4 5");
    steps_expect(s, "1 2 3 4 5");
    steps_end(s);
}

static void
goes_on_with_steps_from_the_bottom(steps *s)
{
    steps_source(s, "in");
    steps_step_of(s, "first", "in", &SLOWLY, STEPS_END);
    steps_step(s, "words", "first", "flat_map", SETTING_FUNCTION("function", words), STEPS_END);
    steps_step_of(s, "second", "words", &SLOWLY, STEPS_END);
    steps_collect(s, "second");
    steps_hold(s, "second", 1);
    steps_push(s, "'a b' 'c d'");
    steps_push(s, "'e'");
    steps_expect(s, "'a'");
    steps_let_go(s, "second");
    steps_expect(s, "'b' 'c' 'd' 'e'");
    steps_end(s);
}

/* Emits into a step that is held up without looking at the answer. */
static oz_step
careless_on_batch(void *memory, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)memory;
    (void)input;
    for (int i = 0; i < 3; i++) {
        if (oz_emit(context, 0, batch) == OZ_FAILED) {
            return OZ_FAILED;
        }
    }
    return OZ_NEED;
}

static const oz_operator CARELESS = {.name = "careless",
                                     .inputs = INPUTS,
                                     .outputs = OUTPUTS,
                                     .on_batch = careless_on_batch};

static void
keeps_rows_for_a_step_that_is_held(steps *s)
{
    steps_source(s, "in");
    steps_step_of(s, "careless", "in", &CARELESS, STEPS_END);
    steps_step_of(s, "slowly", "careless", &SLOWLY, STEPS_END);
    steps_collect(s, "slowly");
    steps_hold(s, "slowly", 1);
    steps_push(s, "1");
    steps_push(s, "2");
    steps_expect(s, "1");
    steps_let_go(s, "slowly");
    steps_expect(s, "1 1 2 2 2");
    steps_end(s);
}

static void
keeps_nothing_back_for_the_answer_of_others(steps *s)
{
    steps_source(s, "a");
    steps_source(s, "b");
    steps_step(s, "map", "a", "map", SETTING_FUNCTION("function", add_one), STEPS_END);
    steps_step(s, "same", "map", "union", STEPS_END);
    steps_collect(s, "same");
    steps_collect(s, "b");
    steps_hold(s, "same", 1);
    steps_push_to(s, "a", "1");
    steps_push_to(s, "a", "2");
    steps_push_to(s, "b", "7 8");
    steps_expect_on(s, "same", "2");
    steps_expect_on(s, "b", "7 8");
    steps_let_go(s, "same");
    steps_expect_on(s, "same", "3");
}

/* ---- DONE ------------------------------------------------------------------------------------ */

/* Wants one row of each input. */
static oz_step
once_on_batch(void *memory, oz_context *context, uint32_t input, const oz_batch *batch)
{
    bool *had = memory;
    const oz_batch *one = NULL;
    assert_false(had[input]); /* it had said DONE */
    oz_status status = oz_batch_slice(batch, 0, 1, &one);
    if (status != OZ_OK) {
        return oz_failed(context, status);
    }
    had[input] = true;
    oz_step step = oz_emit(context, 0, one);
    oz_batch_release(&one);
    return step == OZ_FAILED ? OZ_FAILED : OZ_DONE;
}

static const oz_operator ONCE = {.name = "once",
                                 .inputs = INPUTS,
                                 .outputs = OUTPUTS,
                                 .state_size = 3 * sizeof(bool),
                                 .on_batch = once_on_batch};

static void
gives_nothing_to_a_port_that_wants_no_more(steps *s)
{
    steps_source(s, "a");
    steps_source(s, "b");
    steps_step_of(s, "once", "a b", &ONCE, STEPS_END);
    steps_collect(s, "once");
    steps_push_to(s, "a", "1 2");
    steps_push_to(s, "a", "3");
    steps_expect(s, "1");
    steps_expect_unwanted(s, "a");
    steps_expect_ended(s, "once", false);
    steps_push_to(s, "b", "4 5");
    steps_expect(s, "4");
    steps_expect_ended(s, "once", true);
}

static void
drops_what_waits_for_a_port_that_wants_no_more(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "next", "in", "inspect", SETTING_FUNCTION("function", push_next), STEPS_END);
    steps_step_of(s, "once", "in next in", &ONCE, STEPS_END);
    steps_collect(s, "once");
    steps_push(s, "1");
    steps_expect(s, "2 2 1");
    steps_expect_ended(s, "once", true);
}

static void
says_that_nobody_listens_only_when_no_port_is_read(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "ways", "in", "branch", SETTING_FUNCTION("function", is_odd), STEPS_END);
    steps_step_of(s, "yes", "ways.yes", &ONCE, STEPS_END);
    steps_step_of(s, "no", "ways.no", &ONCE, STEPS_END);
    steps_collect(s, "yes");
    steps_collect(s, "no");
    steps_push(s, "1");
    steps_push(s, "3");
    steps_expect_on(s, "yes", "1");
    steps_expect_ended(s, "ways", false);
    steps_push(s, "2");
    steps_expect_on(s, "no", "2");
    steps_expect_unwanted(s, "in");
}

/* ---- failures -------------------------------------------------------------------------------- */

static void
goes_on_with_what_waits_after_a_failure(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "words", "in", "flat_map", SETTING_FUNCTION("function", up_to), STEPS_END);
    steps_step(s, "plus", "words", "map", SETTING_FUNCTION("function", add_one), STEPS_END);
    steps_step(s, "all", "words plus", "union", STEPS_END);
    steps_step(s, "bad", "all", "map", SETTING_FUNCTION("function", fail_on_3), STEPS_END);
    steps_collect(s, "bad");
    steps_push(s, "2");
    steps_expect(s, "2 1");
    steps_expect_failure(s, "step \"bad\"");
    steps_push(s, "1");
    steps_expect(s, "2 1");
}

/* ---- what is measured ------------------------------------------------------------------------ */

static void
counts_calls_and_rows(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "odd", "in", "filter", SETTING_FUNCTION("function", is_odd), STEPS_END);
    steps_collect(s, "odd");
    steps_push(s, "1 2 3");
    steps_push(s, "4 5 6 7");
    if (steps_instance(s) != NULL && steps_is_alone(s)) {
        oz_node_stats stats;
        oz_instance_stats(steps_instance(s), steps_node(s, "odd"), &stats);
        steps_expect(s, "1 3 5 7");
        assert_int_equal(stats.calls, 7);
        assert_int_equal(stats.rows_in, 7);
        assert_int_equal(stats.rows_out, 4);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(goes_depth_first_in_the_order_drawn),
        STEPS_TEST(passes_rejoining_branches_row_by_row),
        STEPS_TEST(passes_rejoining_ports_row_by_row),
        STEPS_TEST(keeps_the_order_of_rejoining_branches_while_held_up),
        STEPS_TEST(delivers_what_waits_before_the_end),
        STEPS_TEST(lets_an_element_from_inside_wait_for_a_step_at_work),
        STEPS_TEST(lets_an_element_from_inside_pass_steps_that_rest),
        STEPS_TEST(lets_elements_from_inside_pass_after_the_row_that_gave_them),
        STEPS_TEST(calls_a_step_that_said_more_before_it_gives_it_anything),
        STEPS_TEST(goes_on_with_steps_from_the_bottom),
        STEPS_TEST(keeps_rows_for_a_step_that_is_held),
        STEPS_TEST(keeps_nothing_back_for_the_answer_of_others),
        STEPS_TEST(gives_nothing_to_a_port_that_wants_no_more),
        STEPS_TEST(drops_what_waits_for_a_port_that_wants_no_more),
        STEPS_TEST(says_that_nobody_listens_only_when_no_port_is_read),
        STEPS_TEST(goes_on_with_what_waits_after_a_failure),
        STEPS_TEST(counts_calls_and_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
