/* Ends: told once, in order, when a step can take them; a step that holds rows ends after them. */
#include "kit/steps.h"

#include "op/context.h"

static const oz_port INPUTS[] = {{.name = "in", .many = true}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = NULL}};

/* ---- a step that tells of its ends ----------------------------------------------------------- */

typedef struct teller_options {
    int64_t more; /* so often on_end answers MORE */
    int64_t wait; /* and then WAIT, until a timer */
} teller_options;

static const oz_option OPTIONS[] = {
    {.name = "more",
     .kind = OZ_OPTION_INT64,
     .offset = offsetof(teller_options, more),
     .by_default = "0"},
    {.name = "wait",
     .kind = OZ_OPTION_INT64,
     .offset = offsetof(teller_options, wait),
     .by_default = "0"},
    {.name = NULL},
};

typedef struct teller_state {
    int64_t calls; /* of on_end after the last end */
} teller_state;

static oz_step
emit_number(oz_context *context, int64_t number)
{
    oz_object object = text_object_of_int64(number);
    oz_step step = oz_emit_object(context, 0, object, NULL);
    text_object_class.release(object);
    return step;
}

static oz_step
teller_on_batch(void *memory, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)memory;
    (void)input;
    assert_non_null(batch);
    return oz_emit(context, 0, batch) == OZ_FAILED ? OZ_FAILED : OZ_NEED;
}

/* Emits 100 * (edges that are left) + the edge, and -1, -2, ... for calls after the last end. */
static oz_step
teller_on_end(void *memory, oz_context *context, uint32_t input, uint32_t open_inputs)
{
    teller_state *state = memory;
    const teller_options *options = oz_options(context);
    int64_t number = 100 * (int64_t)open_inputs + input;
    oz_step step = emit_number(context, state->calls > 0 ? -state->calls : number);
    if (step == OZ_FAILED || open_inputs > 0) {
        return step == OZ_FAILED ? OZ_FAILED : OZ_NEED;
    }
    state->calls++;
    if (state->calls <= options->more) {
        return OZ_MORE;
    }
    if (state->calls <= options->more + options->wait) {
        oz_status status = oz_timer_set(context, 0, oz_now_ns(context) + 1000000);
        return status == OZ_OK ? OZ_WAIT : oz_failed(context, status);
    }
    return OZ_NEED;
}

static oz_step
teller_on_timer(void *memory, oz_context *context, int64_t id)
{
    (void)memory;
    (void)context;
    (void)id;
    return OZ_NEED;
}

static const oz_operator TELLER = {.name = "teller",
                                   .inputs = INPUTS,
                                   .outputs = OUTPUTS,
                                   .options = OPTIONS,
                                   .options_size = sizeof(teller_options),
                                   .state_size = sizeof(teller_state),
                                   .holds = true,
                                   .on_batch = teller_on_batch,
                                   .on_timer = teller_on_timer,
                                   .on_end = teller_on_end};

static void
tells_each_end_and_what_is_left(steps *s)
{
    steps_source(s, "a");
    steps_source(s, "b");
    steps_source(s, "c");
    steps_step_of(s, "teller", "a b c", &TELLER, STEPS_END);
    steps_collect(s, "teller");
    steps_end_of(s, "b");
    steps_expect(s, "201");
    steps_end_of(s, "c");
    steps_expect(s, "102");
    steps_expect_ended(s, "teller", false);
    steps_end_of(s, "a");
    steps_expect(s, "0");
    steps_expect_ended(s, "teller", true);
}

static void
calls_again_a_step_that_said_more_at_the_end(steps *s)
{
    steps_source(s, "in");
    steps_step_of(s, "teller", "in", &TELLER, SETTING_INT("more", 3), STEPS_END);
    steps_collect(s, "teller");
    steps_push(s, "7");
    steps_end(s);
    steps_expect(s, "7 0 -1 -2 -3");
}

static void
calls_again_a_step_that_waited_at_the_end(steps *s)
{
    steps_source(s, "in");
    steps_step_of(s, "teller", "in", &TELLER, SETTING_INT("more", 1), SETTING_INT("wait", 2),
                  STEPS_END);
    steps_collect(s, "teller");
    steps_show_times(s);
    steps_end(s);
    steps_expect(s, "0@0 -1@0 -2@1 -3@2");
}

static void
waits_at_the_end_while_what_is_below_is_held_up(steps *s)
{
    steps_source(s, "in");
    steps_step_of(s, "teller", "in", &TELLER, SETTING_INT("more", 2), STEPS_END);
    steps_collect(s, "teller");
    steps_hold(s, "teller", 1);
    steps_push(s, "7");
    steps_end(s);
    steps_expect(s, "7");
    steps_let_go(s, "teller");
    steps_expect(s, "0 -1 -2");
    steps_end(s);
}

/* ---- ends that come at a bad time ------------------------------------------------------------ */

/* Ends source "b" when it sees a 2, from inside the step. */
static oz_status
call_end_b(void *self, oz_call *call, oz_error *error)
{
    (void)error;
    for (; call->end < call->stop; call->end++) {
        oz_scalar value;
        assert_int_equal(oz_column_scalar(call->batch->columns[0], call->end, &value), OZ_OK);
        if (value.kind == OZ_SCALAR_OBJECT) {
            text_object_class.unbox(value.as.object, &value);
        }
        if (value.as.int64 == 2) {
            steps_end_inside(*(const char *const *)self);
        }
    }
    return OZ_OK;
}

static const char *ended_inside = "b";
static oz_function end_b = {.references = 1,
                            .name = "end_b",
                            .call = call_end_b,
                            .objects = &text_object_class,
                            .self = &ended_inside};

static void
tells_an_end_after_the_call_in_which_it_came(steps *s)
{
    steps_source(s, "a");
    steps_source(s, "b");
    steps_step_of(s, "teller", "a b", &TELLER, STEPS_END);
    steps_step(s, "ender", "teller", "inspect", SETTING_FUNCTION("function", end_b), STEPS_END);
    steps_collect(s, "ender");
    steps_push_to(s, "a", "1");
    steps_push_to(s, "a", "2");
    steps_expect(s, "1 2 101");
    steps_push_to(s, "a", "3");
    steps_end_of(s, "a");
    steps_expect(s, "3 0");
    steps_expect_ended(s, "teller", true);
}

static void
zips_no_more_after_an_end_from_inside(steps *s)
{
    steps_source(s, "a");
    steps_source(s, "b");
    steps_step(s, "zip", "a b", "zip", STEPS_END);
    steps_step(s, "ender", "zip", "inspect", SETTING_FUNCTION("function", end_b), STEPS_END);
    steps_collect(s, "ender");
    steps_push_to(s, "b", "'x' 'y'");
    steps_push_to(s, "a", "1");
    steps_push_to(s, "a", "2");
    steps_expect(s, "(1, 'x') (2, 'y')");
    steps_expect_ended(s, "zip", true);
}

static void
ends_after_rows_that_wait_for_a_step_at_work(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "next", "in", "inspect", SETTING_FUNCTION("function", push_next), STEPS_END);
    steps_step(s, "count", "next", "count", SETTING_TEXT("emit", "final"), STEPS_END);
    steps_collect(s, "count");
    steps_push(s, "1");
    steps_end(s);
    steps_expect(s, "3");
}

/* ---- a step that waits for something and knows no ends --------------------------------------- */

static oz_step
waiter_on_batch(void *memory, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)memory;
    (void)input;
    oz_status status = oz_timer_set(context, 0, oz_now_ns(context) + 1000000);
    if (status != OZ_OK) {
        return oz_failed(context, status);
    }
    return oz_emit(context, 0, batch) == OZ_FAILED ? OZ_FAILED : OZ_WAIT;
}

static const oz_operator WAITER = {.name = "waiter",
                                   .inputs = INPUTS,
                                   .outputs = OUTPUTS,
                                   .holds = true,
                                   .on_batch = waiter_on_batch,
                                   .on_timer = teller_on_timer};

static void
ends_a_step_that_waits_when_it_waits_no_more(steps *s)
{
    steps_source(s, "in");
    steps_step_of(s, "waiter", "in", &WAITER, STEPS_END);
    steps_collect(s, "waiter");
    steps_push(s, "1");
    steps_end_of(s, "in");
    steps_expect(s, "1");
    steps_expect_ended(s, "waiter", false);
    steps_advance_ms(s, 1);
    steps_expect_ended(s, "waiter", true);
}

/* ---- DONE from elsewhere --------------------------------------------------------------------- */

static oz_step
tired_on_timer(void *memory, oz_context *context, int64_t id)
{
    (void)memory;
    (void)context;
    (void)id;
    return OZ_DONE;
}

static const oz_operator TIRED = {.name = "tired",
                                  .inputs = INPUTS,
                                  .outputs = OUTPUTS,
                                  .holds = true,
                                  .on_batch = waiter_on_batch,
                                  .on_timer = tired_on_timer};

static void
ends_as_a_whole_by_done_from_a_timer(steps *s)
{
    steps_source(s, "a");
    steps_source(s, "b");
    steps_step_of(s, "tired", "a b", &TIRED, STEPS_END);
    steps_collect(s, "tired");
    steps_push_to(s, "a", "1");
    steps_advance_ms(s, 1);
    steps_expect(s, "1");
    steps_expect_ended(s, "tired", true);
    steps_expect_ended(s, ">tired", true);
    steps_push_to(s, "b", "2");
    steps_expect_unwanted(s, "b");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(tells_each_end_and_what_is_left),
        STEPS_TEST(calls_again_a_step_that_said_more_at_the_end),
        STEPS_TEST(calls_again_a_step_that_waited_at_the_end),
        STEPS_TEST(waits_at_the_end_while_what_is_below_is_held_up),
        STEPS_TEST(tells_an_end_after_the_call_in_which_it_came),
        STEPS_TEST(zips_no_more_after_an_end_from_inside),
        STEPS_TEST(ends_after_rows_that_wait_for_a_step_at_work),
        STEPS_TEST(ends_a_step_that_waits_when_it_waits_no_more),
        STEPS_TEST(ends_as_a_whole_by_done_from_a_timer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
