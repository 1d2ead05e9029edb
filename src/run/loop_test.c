/* The loop: one bounded piece of work a call, in a fixed order; what wakes it. */
#include "kit/steps.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>

#include "kit/sim_io.h"
#include "run/instance.h"

static const oz_port INPUTS[] = {{.name = "in"}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = NULL}};

static char seen[1024]; /* who did what */

static void
note_text(const char *name, int64_t number)
{
    size_t used = strlen(seen);
    (void)snprintf(seen + used, sizeof seen - used, "%s%lld ", name, (long long)number);
}

static void
assert_seen(const char *text)
{
    assert_string_equal(seen, text);
    seen[0] = '\0';
}

/* ---- a source that counts up, in batches of what it is allowed ------------------------------- */

typedef struct numbers_options {
    int64_t last;
} numbers_options;

static const oz_option NUMBERS_OPTIONS[] = {
    {.name = "last", .kind = OZ_OPTION_INT64, .offset = offsetof(numbers_options, last)},
    {.name = NULL},
};

typedef struct numbers_state {
    int64_t next;
    bool reads_no_more;
} numbers_state;

static oz_step
numbers_poll(void *memory, oz_context *context, int64_t rows)
{
    numbers_state *state = memory;
    const numbers_options *options = oz_options(context);
    note_text(oz_node_name(context), rows);
    if (state->next >= options->last) {
        return OZ_DONE;
    }
    oz_object object = text_object_of_int64(++state->next);
    oz_step step = oz_emit_object(context, 0, object, NULL);
    text_object_class.release(object);
    return step >= OZ_DONE ? step : OZ_MORE;
}

/* What it has read are the numbers up to the next multiple of 3. */
static oz_step
numbers_on_flush(void *memory, oz_context *context)
{
    numbers_state *state = memory;
    if (state->next % 3 == 0) {
        return OZ_NEED;
    }
    oz_object object = text_object_of_int64(++state->next);
    oz_step step = oz_emit_object(context, 0, object, NULL);
    text_object_class.release(object);
    return step >= OZ_DONE ? step : OZ_MORE;
}

static const oz_source_verbs NUMBERS_SOURCE = {.poll = numbers_poll};
static const oz_operator NUMBERS = {.name = "numbers",
                                    .outputs = OUTPUTS,
                                    .options = NUMBERS_OPTIONS,
                                    .options_size = sizeof(numbers_options),
                                    .state_size = sizeof(numbers_state),
                                    .on_flush = numbers_on_flush,
                                    .source = &NUMBERS_SOURCE};

/* ---- a sink that takes so many rows and then waits for a timer ------------------------------- */

static oz_step
slow_on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)state;
    (void)input;
    oz_scalar value;
    assert_int_equal(oz_column_scalar(batch->columns[0], 0, &value), OZ_OK);
    text_object_class.unbox(value.as.object, &value);
    note_text("=", value.as.int64);
    return oz_timer_set(context, 0, oz_now_ns(context) + 1000) == OZ_OK ? OZ_WAIT : OZ_FAILED;
}

static oz_step
slow_on_timer(void *state, oz_context *context, int64_t id)
{
    (void)state;
    (void)context;
    note_text("timer", id);
    return OZ_NEED;
}

static const oz_operator SLOW = {.name = "slow",
                                 .inputs = INPUTS,
                                 .holds = true,
                                 .on_batch = slow_on_batch,
                                 .on_timer = slow_on_timer};

static oz_step
fast_on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)slow_on_batch(state, context, input, batch);
    oz_timer_cancel(context, 0);
    return OZ_NEED;
}

static const oz_operator FAST = {.name = "fast", .inputs = INPUTS, .on_batch = fast_on_batch};

/* ---- an instance of the test ----------------------------------------------------------------- */

typedef struct stage {
    sim_io *sim;
    oz_graph *graph;
    oz_instance *instance;
} stage;

static uint32_t
add_step(stage *on, const oz_operator *op, const char *name, int above, int64_t last)
{
    uint32_t node;
    oz_error error;
    oz_edge edge = {.node = (uint32_t)above};
    oz_setting setting = SETTING_INT("last", last);
    oz_node_spec spec = {.op = op,
                         .name = name,
                         .edges = &edge,
                         .edge_count = above >= 0,
                         .settings = &setting,
                         .setting_count = last >= 0};
    if (oz_graph_add(on->graph, &spec, &node, &error) != OZ_OK) {
        fail_msg("%s", error.text);
    }
    return node;
}

static void
set_stage(stage *on)
{
    on->sim = sim_io_new(1);
    on->graph = oz_graph_new(oz_alloc_default(), &text_object_class);
    on->instance = NULL;
    seen[0] = '\0';
}

static void
start_with(stage *on, int64_t batch_rows, const oz_io *io)
{
    oz_error error;
    oz_run_options options = {.io = io, .batch_rows = batch_rows};
    assert_int_equal(oz_graph_seal(on->graph, &error), OZ_OK);
    assert_int_equal(oz_instance_new(on->graph, &options, &on->instance, &error), OZ_OK);
}

static void
start(stage *on, int64_t batch_rows)
{
    start_with(on, batch_rows, sim_io_table(on->sim));
}

static void
clear_stage(stage *on)
{
    oz_instance_free(&on->instance);
    oz_graph_free(&on->graph);
    assert_int_equal(sim_io_open_handles(on->sim), 0);
    assert_int_equal(text_object_live, 0);
    sim_io_free(on->sim);
}

/* ---- sources --------------------------------------------------------------------------------- */

static void
polls_each_source_once_a_step(void **state)
{
    (void)state;
    stage on;
    set_stage(&on);
    (void)add_step(&on, &NUMBERS, "a", -1, 2);
    (void)add_step(&on, &NUMBERS, "b", -1, 1);
    (void)add_step(&on, &FAST, "x", 0, -1);
    (void)add_step(&on, &FAST, "y", 1, -1);
    start(&on, 10);
    assert_int_equal(oz_step_once(on.instance), OZ_MORE);
    assert_seen("a10 =1 b10 =1 ");
    assert_int_equal(oz_step_once(on.instance), OZ_MORE);
    assert_seen("a10 =2 b10 ");
    assert_int_equal(oz_step_once(on.instance), OZ_DONE);
    assert_seen("a10 ");
    assert_int_equal(oz_step_once(on.instance), OZ_DONE);
    assert_int_equal(oz_step_once(on.instance), OZ_DONE);
    assert_seen("");
    clear_stage(&on);
}

static void
polls_for_one_row_where_rows_go_round_a_loop(void **state)
{
    (void)state;
    stage on;
    set_stage(&on);
    uint32_t back = add_step(&on, oz_operator_find("feedback"), NULL, -1, -1);
    (void)add_step(&on, &NUMBERS, "a", -1, 1);
    oz_error error;
    oz_edge edges[] = {{.node = 1}, {.node = back}};
    uint32_t node;
    oz_node_spec spec = {.op = oz_operator_find("union"), .edges = edges, .edge_count = 2};
    assert_int_equal(oz_graph_add(on.graph, &spec, &node, &error), OZ_OK);
    (void)add_step(&on, &FAST, "x", (int)node, -1);
    assert_int_equal(oz_graph_feed_back(on.graph, node, 0, back, &error), OZ_OK);
    start(&on, 10);
    assert_int_equal(oz_step_once(on.instance), OZ_MORE);
    assert_seen("a1 =1 ");
    clear_stage(&on);
}

static void
polls_no_source_above_a_step_that_waits(void **state)
{
    (void)state;
    stage on;
    set_stage(&on);
    (void)add_step(&on, &NUMBERS, "a", -1, 2);
    (void)add_step(&on, &SLOW, "x", 0, -1);
    (void)add_step(&on, &NUMBERS, "b", -1, 1);
    (void)add_step(&on, &FAST, "y", 2, -1);
    start(&on, 10);
    assert_int_equal(oz_step_once(on.instance), OZ_MORE);
    assert_seen("a10 =1 b10 =1 ");
    assert_int_equal(oz_step_once(on.instance), OZ_WAIT);
    assert_seen("b10 ");
    assert_int_equal(oz_step_once(on.instance), OZ_WAIT);
    assert_int_equal(oz_instance_wake_at(on.instance), SIM_IO_NOW_NS + 1000);
    sim_io_advance(on.sim, 1000);
    assert_int_equal(oz_step_once(on.instance), OZ_WAIT);
    assert_seen("timer0 a10 =2 ");
    clear_stage(&on);
}

static void
drains_what_sources_have_read(void **state)
{
    (void)state;
    stage on;
    set_stage(&on);
    (void)add_step(&on, &NUMBERS, "a", -1, 100);
    (void)add_step(&on, &SLOW, "x", 0, -1);
    (void)add_step(&on, oz_operator_find("input"), "in", -1, -1);
    start(&on, 10);
    assert_int_equal(oz_step_once(on.instance), OZ_WAIT);
    assert_seen("a10 =1 ");
    assert_int_equal(oz_drain(on.instance), OZ_NEED);
    assert_int_equal(oz_step_once(on.instance), OZ_WAIT);
    for (int i = 0; i < 2; i++) {
        sim_io_advance(on.sim, 1000);
        assert_int_equal(oz_step_once(on.instance), OZ_WAIT);
    }
    assert_seen("timer0 =2 timer0 =3 ");
    sim_io_advance(on.sim, 1000);
    assert_int_equal(oz_step_once(on.instance), OZ_DONE);
    assert_int_equal(oz_step_once(on.instance), OZ_DONE);
    assert_seen("timer0 ");
    clear_stage(&on);
}

/* ---- timers ---------------------------------------------------------------------------------- */

static oz_status
ticker_open(void *state, oz_context *context, oz_error *error)
{
    (void)state;
    (void)error;
    return oz_timer_set(context, 7, oz_now_ns(context));
}

static oz_step
ticker_on_timer(void *state, oz_context *context, int64_t id)
{
    (void)state;
    note_text("tick", id);
    return oz_timer_set(context, id, oz_now_ns(context)) == OZ_OK ? OZ_NEED : OZ_FAILED;
}

static const oz_operator TICKER = {.name = "ticker",
                                   .inputs = INPUTS,
                                   .open = ticker_open,
                                   .on_batch = fast_on_batch,
                                   .on_timer = ticker_on_timer};

static void
fires_a_timer_once_a_step(void **state)
{
    (void)state;
    stage on;
    set_stage(&on);
    (void)add_step(&on, oz_operator_find("input"), "in", -1, -1);
    (void)add_step(&on, &TICKER, "t", 0, -1);
    start(&on, 10);
    assert_int_equal(oz_step_once(on.instance), OZ_MORE);
    assert_int_equal(oz_step_once(on.instance), OZ_MORE);
    assert_seen("tick7 tick7 ");
    (void)oz_push_end(on.instance, 0);
    assert_int_equal(oz_step_once(on.instance), OZ_DONE); /* takes the timer off */
    assert_int_equal(oz_step_once(on.instance), OZ_DONE);
    assert_seen("");
    clear_stage(&on);
}

static void
waits_for_the_next_timer(void **state)
{
    (void)state;
    stage on;
    set_stage(&on);
    (void)add_step(&on, &NUMBERS, "a", -1, 1);
    (void)add_step(&on, &SLOW, "x", 0, -1);
    start(&on, 10);
    assert_int_equal(oz_step_once(on.instance), OZ_WAIT);
    assert_int_equal(oz_step_once(on.instance), OZ_WAIT);
    assert_seen("a10 =1 ");
    assert_int_equal(oz_wait(on.instance, -1), OZ_INTERRUPTED);
    assert_int_equal(on.instance->engine.now_ns, SIM_IO_NOW_NS + 1000);
    assert_int_equal(oz_step_once(on.instance), OZ_DONE);
    assert_seen("timer0 a10 ");
    clear_stage(&on);
}

/* ---- descriptors ----------------------------------------------------------------------------- */

typedef struct reader_state {
    int64_t file;
} reader_state;

static oz_status
reader_open(void *memory, oz_context *context, oz_error *error)
{
    reader_state *state = memory;
    const oz_io *io = oz_context_io(context);
    state->file = io->open(io->self, "pipe", OZ_IO_READ);
    if (state->file < 0) {
        return oz_error_set(error, OZ_IO, "cannot open the pipe");
    }
    return oz_watch(context, state->file, OZ_IO_READABLE, 5);
}

static oz_step
reader_on_ready(void *memory, oz_context *context, uint64_t token, uint32_t ready)
{
    reader_state *state = memory;
    const oz_io *io = oz_context_io(context);
    char text[16];
    assert_int_equal(ready & OZ_IO_READABLE, OZ_IO_READABLE);
    note_text("token", (int64_t)token);
    int64_t size = io->read(io->self, state->file, text, sizeof text);
    note_text("bytes", size);
    if (size > 0) {
        return OZ_NEED;
    }
    return oz_watch(context, state->file, OZ_IO_NONE, 5) == OZ_OK ? OZ_DONE : OZ_FAILED;
}

static oz_step
reader_poll(void *memory, oz_context *context, int64_t rows)
{
    (void)memory;
    (void)context;
    (void)rows;
    note_text("poll", 0);
    return OZ_NEED;
}

static void
reader_close(void *memory, oz_context *context)
{
    const oz_io *io = oz_context_io(context);
    (void)io->close(io->self, ((reader_state *)memory)->file);
}

static const oz_source_verbs READER_SOURCE = {.poll = reader_poll};
static const oz_operator READER = {.name = "reader",
                                   .outputs = OUTPUTS,
                                   .state_size = sizeof(reader_state),
                                   .open = reader_open,
                                   .on_ready = reader_on_ready,
                                   .close = reader_close,
                                   .source = &READER_SOURCE};

static void
wakes_a_source_when_its_descriptor_is_ready(void **state)
{
    (void)state;
    stage on;
    set_stage(&on);
    sim_io_make_pipe(on.sim, "pipe");
    const oz_io *io = sim_io_table(on.sim);
    int64_t end = io->open(io->self, "pipe", OZ_IO_APPEND);
    (void)add_step(&on, &READER, "r", -1, -1);
    start(&on, 10);
    assert_int_equal(oz_step_once(on.instance), OZ_WAIT);
    assert_int_equal(oz_step_once(on.instance), OZ_WAIT);
    assert_seen("poll0 ");
    assert_int_equal(io->write(io->self, end, "abc", 3), 3);
    assert_int_equal(oz_wait(on.instance, -1), OZ_OK);
    assert_seen("token5 bytes3 ");
    assert_int_equal(oz_step_once(on.instance), OZ_WAIT);
    assert_seen("poll0 ");
    assert_int_equal(io->write(io->self, end, "de", 2), 2);
    assert_int_equal(oz_step_once(on.instance), OZ_WAIT);
    assert_seen("token5 bytes2 poll0 ");
    assert_int_equal(io->close(io->self, end), 0);
    assert_int_equal(oz_step_once(on.instance), OZ_DONE);
    assert_seen("token5 bytes0 ");
    assert_int_equal(oz_step_once(on.instance), OZ_DONE);
    clear_stage(&on);
}

/* ---- waking ---------------------------------------------------------------------------------- */

static void
returns_from_a_wait_when_it_is_woken(void **state)
{
    (void)state;
    stage on;
    set_stage(&on);
    (void)add_step(&on, oz_operator_find("input"), "in", -1, -1);
    start(&on, 10);
    oz_wake(on.instance); /* before there is a poller */
    assert_int_equal(oz_wait(on.instance, -1), OZ_INTERRUPTED);
    oz_wake(on.instance);
    assert_int_equal(oz_step_once(on.instance), OZ_WAIT); /* does not swallow it */
    assert_int_equal(oz_wait(on.instance, -1), OZ_INTERRUPTED);
    sim_io_set_automatic(on.sim, false);
    assert_int_equal(oz_wait(on.instance, 0), OZ_INTERRUPTED); /* the time has passed */
    clear_stage(&on);
}

/* A clock that moves by itself, and a poller that finds something at the third look. */
static int looks;
static bool finds_nothing;
static int64_t longest_look_ns;

static int64_t
moving_now_ns(void *self)
{
    (void)self;
    static int64_t now_ns;
    return now_ns += 1000;
}

static int64_t
wait_thrice(void *self, int64_t poller, oz_io_event *events, int capacity, int64_t timeout_ns)
{
    (void)self;
    (void)poller;
    (void)events;
    (void)capacity;
    longest_look_ns = timeout_ns > longest_look_ns ? timeout_ns : longest_look_ns;
    looks++;
    return timeout_ns != 0 || (looks % 3 == 0 && !finds_nothing) ? -EINTR : 0;
}

static oz_status
open_spinning(void *memory, oz_context *context, oz_error *error)
{
    (void)memory;
    (void)error;
    oz_spin(context, 50000);
    return OZ_OK;
}

static oz_step
ignore_batch(void *memory, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)memory;
    (void)context;
    (void)input;
    (void)batch;
    return OZ_NEED;
}

static const oz_operator SPINNING = {.name = "spinning",
                                     .inputs = INPUTS,
                                     .open = open_spinning,
                                     .on_batch = ignore_batch};

static void
keeps_looking_before_it_sleeps(void **state)
{
    (void)state;
    stage on;
    set_stage(&on);
    oz_io io = *sim_io_table(on.sim);
    io.now_ns = moving_now_ns;
    io.wait = wait_thrice;
    (void)add_step(&on, oz_operator_find("input"), "in", -1, -1);
    (void)add_step(&on, &SPINNING, "spinning", 0, -1);
    start_with(&on, 10, &io);
    looks = 0;
    longest_look_ns = 0;
    assert_int_equal(oz_wait(on.instance, 1000000), OZ_INTERRUPTED);
    assert_int_equal(looks, 3);
    assert_int_equal(longest_look_ns, 0);
    assert_int_equal(oz_wait(on.instance, 1500), OZ_INTERRUPTED); /* no longer than it may */
    assert_int_equal(looks, 5);
    finds_nothing = true;
    assert_int_equal(oz_wait(on.instance, 1000000), OZ_INTERRUPTED); /* then it sleeps */
    assert_in_range(longest_look_ns, 900000, 960000);
    clear_stage(&on);
}

static void
returns_from_a_wait_when_the_pipe_of_a_signal_is_written(void **state)
{
    (void)state;
    stage on;
    set_stage(&on);
    sim_io_make_pipe(on.sim, "signals");
    const oz_io *io = sim_io_table(on.sim);
    (void)add_step(&on, oz_operator_find("input"), "in", -1, -1);
    start(&on, 10);
    int64_t file = io->open(io->self, "signals", OZ_IO_READ);
    int64_t end = io->open(io->self, "signals", OZ_IO_APPEND);
    assert_int_equal(oz_wake_by(on.instance, file), OZ_OK);
    assert_int_equal(io->write(io->self, end, "!", 1), 1);
    assert_int_equal(oz_wait(on.instance, -1), OZ_INTERRUPTED);
    assert_int_equal(io->write(io->self, end, "!", 1), 1);
    (void)oz_step_once(on.instance);
    assert_int_equal(oz_wait(on.instance, -1), OZ_INTERRUPTED); /* the step did not swallow it */
    assert_int_equal(io->close(io->self, file), 0);
    assert_int_equal(io->close(io->self, end), 0);
    clear_stage(&on);
}

static void *
wake_it(void *argument)
{
    oz_wake(argument);
    return NULL;
}

static void
can_be_woken_by_another_thread(void **state)
{
    (void)state;
    stage on;
    pthread_t thread;
    set_stage(&on);
    (void)add_step(&on, oz_operator_find("input"), "in", -1, -1);
    oz_error error;
    assert_int_equal(oz_graph_seal(on.graph, &error), OZ_OK);
    assert_int_equal(oz_instance_new(on.graph, NULL, &on.instance, &error), OZ_OK);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(pthread_create(&thread, NULL, wake_it, on.instance), 0);
        assert_int_equal(oz_wait(on.instance, -1), OZ_INTERRUPTED);
        assert_int_equal(pthread_join(thread, NULL), 0);
        while (oz_wait(on.instance, 0) != OZ_INTERRUPTED) {
        }
    }
    clear_stage(&on);
}

static void
shows_a_descriptor_for_a_foreign_loop(void **state)
{
    (void)state;
    stage on;
    set_stage(&on);
    (void)add_step(&on, &NUMBERS, "a", -1, 1);
    (void)add_step(&on, &SLOW, "x", 0, -1);
    start(&on, 10);
    assert_int_equal(oz_step_once(on.instance), OZ_WAIT);
    int64_t file = oz_instance_fd(on.instance);
    assert_true(file >= 0);
    assert_int_equal(oz_instance_fd(on.instance), file);
    clear_stage(&on);
}

/* ---- failures -------------------------------------------------------------------------------- */

static oz_step
broken_poll(void *state, oz_context *context, int64_t rows)
{
    (void)state;
    return oz_fail(context, OZ_IO, "broken after %lld rows", (long long)rows);
}

static const oz_source_verbs BROKEN_SOURCE = {.poll = broken_poll};
static const oz_operator BROKEN = {.name = "broken", .outputs = OUTPUTS, .source = &BROKEN_SOURCE};

static void
does_nothing_more_after_a_failure(void **state)
{
    (void)state;
    stage on;
    set_stage(&on);
    (void)add_step(&on, &BROKEN, "b", -1, -1);
    (void)add_step(&on, &NUMBERS, "a", -1, 5);
    (void)add_step(&on, &FAST, "x", 1, -1);
    start(&on, 10);
    assert_int_equal(oz_step_once(on.instance), OZ_FAILED);
    assert_string_equal(oz_instance_error(on.instance)->text, "step \"b\": broken after 10 rows");
    assert_int_equal(oz_step_once(on.instance), OZ_FAILED);
    assert_seen("");
    clear_stage(&on);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(polls_each_source_once_a_step),
        cmocka_unit_test(polls_for_one_row_where_rows_go_round_a_loop),
        cmocka_unit_test(polls_no_source_above_a_step_that_waits),
        cmocka_unit_test(drains_what_sources_have_read),
        cmocka_unit_test(fires_a_timer_once_a_step),
        cmocka_unit_test(waits_for_the_next_timer),
        cmocka_unit_test(wakes_a_source_when_its_descriptor_is_ready),
        cmocka_unit_test(returns_from_a_wait_when_it_is_woken),
        cmocka_unit_test(keeps_looking_before_it_sleeps),
        cmocka_unit_test(returns_from_a_wait_when_the_pipe_of_a_signal_is_written),
        cmocka_unit_test(can_be_woken_by_another_thread),
        cmocka_unit_test(shows_a_descriptor_for_a_foreign_loop),
        cmocka_unit_test(does_nothing_more_after_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
