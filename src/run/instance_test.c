/* Instances: what stays, what goes and what is new when the graph was drawn further. */
#include "kit/steps.h"

#include <stdio.h>

#include "base/alloc_testing.h"
#include "batch/print.h"
#include "kit/sim_io.h"
#include "run/instance.h"

/* ---- operators of the test ------------------------------------------------------------------- */

static char seen[4096]; /* what taps got, and doors did */

static void
note_text(const char *format, ...)
{
    size_t used = strlen(seen);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(seen + used, sizeof seen - used, format, arguments);
    va_end(arguments);
}

static void
assert_seen(const char *text)
{
    assert_string_equal(seen, text);
    seen[0] = '\0';
}

static const oz_port INPUTS[] = {{.name = "in"}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = NULL}};

static oz_step
tap_on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)state;
    (void)input;
    char row[256];
    for (int64_t i = 0; i < batch->row_count; i++) {
        (void)oz_batch_print_row(batch, i, row, sizeof row);
        note_text("%s=%s ", oz_node_name(context), row);
    }
    return OZ_NEED;
}

static const oz_operator TAP = {.name = "tap", .inputs = INPUTS, .on_batch = tap_on_batch};

typedef struct door_options {
    bool is_stuck;
} door_options;

static const oz_option DOOR_OPTIONS[] = {
    {.name = "is_stuck",
     .kind = OZ_OPTION_BOOL,
     .offset = offsetof(door_options, is_stuck),
     .by_default = "false"},
    {.name = NULL},
};

static oz_status
door_open(void *state, oz_context *context, oz_error *error)
{
    (void)state;
    const door_options *options = oz_options(context);
    note_text("+%s ", oz_node_name(context));
    OZ_TRY(oz_timer_set(context, 0, oz_now_ns(context) + 1000));
    return options->is_stuck ? oz_error_set(error, OZ_IO, "it is stuck") : OZ_OK;
}

static void
door_close(void *state, oz_context *context)
{
    (void)state;
    note_text("-%s ", oz_node_name(context));
}

static oz_step
door_on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)state;
    (void)input;
    return oz_emit(context, 0, batch);
}

static const oz_operator DOOR = {.name = "door",
                                 .inputs = INPUTS,
                                 .outputs = OUTPUTS,
                                 .options = DOOR_OPTIONS,
                                 .options_size = sizeof(door_options),
                                 .state_size = 1,
                                 .open = door_open,
                                 .on_batch = door_on_batch,
                                 .close = door_close};

/* ---- drawing --------------------------------------------------------------------------------- */

/* A step that reads output 0 of the step before, or of `above`. */
typedef struct drawn_step {
    const oz_operator *op;
    const char *name;
    int above; /* -1: nothing */
    oz_setting setting;
    oz_policy policy;
} drawn_step;

static oz_graph *
draw_with(const oz_alloc *alloc, const drawn_step *drawn, size_t count)
{
    oz_error error = {.status = OZ_OK};
    oz_graph *graph = oz_graph_new(alloc, &text_object_class);
    for (size_t i = 0; i < count; i++) {
        uint32_t node;
        oz_edge edge = {.node = (uint32_t)drawn[i].above};
        oz_node_spec spec = {.op = drawn[i].op,
                             .name = drawn[i].name,
                             .policy = drawn[i].policy,
                             .edges = &edge,
                             .edge_count = drawn[i].above >= 0,
                             .settings = &drawn[i].setting,
                             .setting_count = drawn[i].setting.name != NULL};
        if (oz_graph_add(graph, &spec, &node, &error) != OZ_OK) {
            fail_msg("%s", error.text);
        }
    }
    assert_int_equal(oz_graph_seal(graph, &error), OZ_OK);
    return graph;
}

#define draw(...)                                                                                  \
    draw_with(oz_alloc_default(), (const drawn_step[]){__VA_ARGS__},                               \
              sizeof((drawn_step[]){__VA_ARGS__}) / sizeof(drawn_step))

#define IN                                                                                         \
    {                                                                                              \
        .op = oz_operator_find("input"), .name = "in", .above = -1                                 \
    }

static oz_instance *
started(const oz_graph *graph, const oz_io *io)
{
    oz_error error;
    oz_instance *instance;
    oz_run_options options = {.io = io, .seed = 42};
    if (oz_instance_new(graph, &options, &instance, &error) != OZ_OK) {
        fail_msg("%s", error.text);
    }
    return instance;
}

static oz_step
push_int(oz_instance *instance, uint32_t node, int64_t value)
{
    oz_one one;
    oz_object object = text_object_of_int64(value);
    oz_step step =
        oz_push(instance, node,
                oz_batch_one(&one, instance->engine.alloc, &text_object_class, object, NULL));
    text_object_class.release(object);
    return step;
}

static void
update(oz_instance *instance, oz_graph **old, oz_graph *graph)
{
    oz_error error;
    if (oz_instance_update(instance, graph, &error) != OZ_OK) {
        fail_msg("%s", error.text);
    }
    oz_graph_free(old);
    *old = graph;
}

static void
forget(oz_instance **instance, oz_graph **graph)
{
    oz_instance_free(instance);
    oz_graph_free(graph);
    seen[0] = '\0';
    assert_int_equal(text_object_live, 0);
}

/* ---- what stays ------------------------------------------------------------------------------ */

static void
keeps_the_tables_of_steps_that_stay(void **state)
{
    (void)state;
    const oz_operator *count = oz_operator_find("count");
    oz_graph *graph =
        draw(IN, {.op = count, .name = "n", .above = 0}, {.op = &TAP, .name = "t", .above = 1});
    oz_instance *instance = started(graph, NULL);
    (void)push_int(instance, 0, 7);
    (void)push_int(instance, 0, 7);
    assert_seen("t=1 t=2 ");
    update(instance, &graph,
           draw(IN, {.op = &TAP, .name = "new", .above = 0}, {.op = count, .name = "n", .above = 0},
                {.op = &TAP, .name = "t", .above = 2}));
    (void)push_int(instance, 0, 7);
    assert_seen("new=7 t=3 ");
    oz_node_stats stats;
    oz_instance_stats(instance, 2, &stats);
    assert_int_equal(stats.rows_in, 3);
    assert_int_equal(stats.rows_out, 3);
    oz_instance_stats(instance, 1, &stats);
    assert_int_equal(stats.rows_in, 1);
    forget(&instance, &graph);
}

static void
forgets_the_tables_of_steps_with_another_id(void **state)
{
    (void)state;
    const oz_operator *count = oz_operator_find("count");
    oz_graph *graph =
        draw(IN, {.op = count, .name = "n", .above = 0}, {.op = &TAP, .name = "t", .above = 1});
    oz_instance *instance = started(graph, NULL);
    (void)push_int(instance, 0, 7);
    assert_seen("t=1 ");
    update(instance, &graph,
           draw(IN, {.op = count, .name = "m", .above = 0}, {.op = &TAP, .name = "t", .above = 1}));
    (void)push_int(instance, 0, 7);
    assert_seen("t=1 ");
    forget(&instance, &graph);
}

static void
takes_over_new_options_and_policies(void **state)
{
    (void)state;
    drawn_step bad = {.op = oz_operator_find("map"),
                      .name = "m",
                      .above = 0,
                      .setting = SETTING_FUNCTION("function", fail_on_3)};
    oz_graph *graph = draw(IN, bad, {.op = &TAP, .name = "t", .above = 1});
    oz_instance *instance = started(graph, NULL);
    assert_int_equal(push_int(instance, 0, 3), OZ_FAILED);
    assert_int_equal(push_int(instance, 0, 1), OZ_FAILED); /* latched */
    oz_instance_forgive(instance);
    bad.policy = OZ_POLICY_SKIP;
    update(instance, &graph, draw(IN, bad, {.op = &TAP, .name = "t", .above = 1}));
    assert_int_equal(push_int(instance, 0, 3), OZ_NEED);
    assert_int_equal(oz_instance_counter(instance, 1, "bad_records"), 2);
    bad.setting = SETTING_FUNCTION("function", add_one);
    update(instance, &graph, draw(IN, bad, {.op = &TAP, .name = "t", .above = 1}));
    assert_int_equal(push_int(instance, 0, 3), OZ_NEED);
    assert_seen("t=4 ");
    forget(&instance, &graph);
}

static void
keeps_rows_that_wait_and_their_timers(void **state)
{
    (void)state;
    sim_io *sim = sim_io_new(1);
    drawn_step late = {.op = oz_operator_find("delay"),
                       .name = "late",
                       .above = 0,
                       .setting = SETTING_SECONDS("interval", 1)};
    oz_graph *graph = draw(IN, late, {.op = &TAP, .name = "t", .above = 1});
    oz_instance *instance = started(graph, sim_io_table(sim));
    (void)push_int(instance, 0, 7);
    update(instance, &graph, draw(IN, late, {.op = &TAP, .name = "u", .above = 1}));
    assert_int_equal(oz_step_once(instance), OZ_WAIT);
    assert_int_equal(oz_instance_wake_at(instance), SIM_IO_NOW_NS + 1000000000);
    sim_io_advance(sim, 1000000000);
    assert_int_equal(oz_step_once(instance), OZ_WAIT);
    assert_seen("u=7 ");
    forget(&instance, &graph);
    sim_io_free(sim);
}

/* ---- what goes, what comes ------------------------------------------------------------------- */

static void
opens_what_is_new_and_closes_what_is_gone(void **state)
{
    (void)state;
    oz_graph *graph =
        draw(IN, {.op = &DOOR, .name = "a", .above = 0}, {.op = &DOOR, .name = "b", .above = 1});
    oz_instance *instance = started(graph, NULL);
    assert_seen("+b +a ");
    update(instance, &graph,
           draw(IN, {.op = &DOOR, .name = "c", .above = 0}, {.op = &DOOR, .name = "b", .above = 1},
                {.op = &DOOR, .name = "d", .above = 2}));
    assert_seen("+d +c -a ");
    assert_int_equal(instance->engine.timers.live, 3);
    oz_instance_free(&instance);
    assert_seen("-c -b -d ");
    forget(&instance, &graph);
}

static void
is_as_before_when_a_new_step_cannot_open(void **state)
{
    (void)state;
    oz_graph *graph =
        draw(IN, {.op = &DOOR, .name = "a", .above = 0}, {.op = &TAP, .name = "t", .above = 1});
    oz_graph *other =
        draw(IN, {.op = &DOOR, .name = "a", .above = 0},
             {.op = &DOOR, .name = "stuck", .above = 1, .setting = SETTING_BOOL("is_stuck", true)},
             {.op = &DOOR, .name = "b", .above = 2});
    oz_instance *instance = started(graph, NULL);
    assert_seen("+a ");
    oz_error error = {.status = OZ_OK};
    assert_int_equal(oz_instance_update(instance, other, &error), OZ_IO);
    assert_string_equal(error.text, "step \"stuck\": it is stuck");
    assert_seen("+b +stuck -stuck -b ");
    assert_int_equal(oz_instance_error(instance)->status, OZ_OK);
    assert_int_equal(instance->engine.timers.live, 1);
    oz_graph_free(&other);
    assert_int_equal(push_int(instance, 0, 5), OZ_NEED);
    assert_seen("t=5 ");
    forget(&instance, &graph);
}

static void
is_not_made_when_a_step_cannot_open(void **state)
{
    (void)state;
    oz_error error;
    oz_instance *instance;
    oz_graph *graph =
        draw(IN,
             {.op = &DOOR, .name = "stuck", .above = 0, .setting = SETTING_BOOL("is_stuck", true)});
    assert_int_equal(oz_instance_new(graph, NULL, &instance, &error), OZ_IO);
    assert_null(instance);
    assert_string_equal(error.text, "step \"stuck\": it is stuck");
    forget(&instance, &graph);
}

static void
is_as_before_when_memory_is_out(void **state)
{
    (void)state;
    const oz_operator *count = oz_operator_find("count");
    ozi_alloc_counting counting;
    oz_error error;
    ozi_alloc_counting_init(&counting, oz_alloc_default());
    const drawn_step first[] = {IN,
                                {.op = count, .name = "n", .above = 0},
                                {.op = &TAP, .name = "t", .above = 1}};
    const drawn_step second[] = {IN,
                                 {.op = &DOOR, .name = "d", .above = 0},
                                 {.op = count, .name = "n", .above = 1},
                                 {.op = &TAP, .name = "t", .above = 2}};
    oz_graph *graph = draw_with(&counting.alloc, first, 3);
    oz_graph *other = draw_with(&counting.alloc, second, 4);
    oz_instance *instance = started(graph, NULL);
    oz_status status = OZ_NO_MEMORY;
    for (int64_t n = 1; status == OZ_NO_MEMORY; n++) {
        counting.calls = 0;
        counting.fail_at = (uint64_t)n;
        status = oz_instance_update(instance, other, &error);
        counting.fail_at = 0;
        seen[0] = '\0';
        assert_int_equal(push_int(instance, 0, 7), OZ_NEED);
        char expected[32];
        (void)snprintf(expected, sizeof expected, "t=%lld ", (long long)n);
        assert_seen(expected);
    }
    assert_int_equal(status, OZ_OK);
    oz_graph_free(&graph);
    oz_instance_free(&instance);
    oz_graph_free(&other);
    assert_int_equal(counting.live_count, 0);
    seen[0] = '\0';
}

static void
is_not_made_of_a_graph_that_is_not_sealed(void **state)
{
    (void)state;
    oz_error error;
    oz_instance *instance;
    oz_graph *graph = oz_graph_new(oz_alloc_default(), NULL);
    assert_int_equal(oz_instance_new(graph, NULL, &instance, &error), OZ_INVALID);
    assert_string_equal(error.text, "the graph is not sealed");
    oz_graph_free(&graph);
}

static void
tells_new_readers_that_what_they_read_has_ended(void **state)
{
    (void)state;
    oz_graph *graph = draw(IN, {.op = &TAP, .name = "t", .above = 0});
    oz_instance *instance = started(graph, NULL);
    (void)push_int(instance, 0, 7);
    (void)oz_push_end(instance, 0);
    assert_int_equal(oz_step_once(instance), OZ_DONE);
    update(instance, &graph,
           draw(IN, {.op = &TAP, .name = "t", .above = 0}, {.op = &TAP, .name = "u", .above = 0}));
    assert_int_equal(oz_step_once(instance), OZ_DONE);
    assert_int_equal(push_int(instance, 0, 7), OZ_DONE);
    assert_seen("t=7 ");
    forget(&instance, &graph);
}

static void
works_without_any_step(void **state)
{
    (void)state;
    oz_error error;
    oz_graph *graph = oz_graph_new(oz_alloc_default(), NULL);
    assert_int_equal(oz_graph_seal(graph, &error), OZ_OK);
    oz_instance *instance = started(graph, NULL);
    assert_int_equal(oz_step_once(instance), OZ_DONE);
    forget(&instance, &graph);
}

/* ---- for a garbage collector ----------------------------------------------------------------- */

static int
gather(oz_object object, void *context)
{
    (void)context;
    note_text("%s ", text_object_text(object));
    return 0;
}

static void
shows_the_objects_that_it_owns(void **state)
{
    (void)state;
    sim_io *sim = sim_io_new(1);
    oz_graph *graph = draw(IN,
                           {.op = oz_operator_find("accumulate"),
                            .name = "sums",
                            .above = 0,
                            .setting = SETTING_FUNCTION("function", add)},
                           {.op = oz_operator_find("delay"),
                            .name = "late",
                            .above = 0,
                            .setting = SETTING_SECONDS("interval", 1)});
    oz_instance *instance = started(graph, sim_io_table(sim));
    (void)push_int(instance, 0, 7);
    (void)push_int(instance, 0, 8);
    assert_int_equal(oz_instance_visit(instance, gather, NULL), 0);
    assert_seen("15 7 8 ");
    forget(&instance, &graph);
    sim_io_free(sim);
}

static void
knows_counters_and_tables_by_name(void **state)
{
    (void)state;
    oz_graph *graph = draw(IN, {.op = oz_operator_find("count"), .name = "n", .above = 0});
    oz_instance *instance = started(graph, NULL);
    assert_int_equal(oz_instance_counter(instance, 1, "bad_records"), 0);
    assert_int_equal(oz_instance_counter(instance, 1, "lost_rows"), -1);
    assert_non_null(oz_instance_table(instance, 1, "counts"));
    assert_null(oz_instance_table(instance, 1, "sums"));
    forget(&instance, &graph);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_the_tables_of_steps_that_stay),
        cmocka_unit_test(forgets_the_tables_of_steps_with_another_id),
        cmocka_unit_test(takes_over_new_options_and_policies),
        cmocka_unit_test(keeps_rows_that_wait_and_their_timers),
        cmocka_unit_test(opens_what_is_new_and_closes_what_is_gone),
        cmocka_unit_test(is_as_before_when_a_new_step_cannot_open),
        cmocka_unit_test(is_not_made_when_a_step_cannot_open),
        cmocka_unit_test(is_as_before_when_memory_is_out),
        cmocka_unit_test(is_not_made_of_a_graph_that_is_not_sealed),
        cmocka_unit_test(tells_new_readers_that_what_they_read_has_ended),
        cmocka_unit_test(works_without_any_step),
        cmocka_unit_test(shows_the_objects_that_it_owns),
        cmocka_unit_test(knows_counters_and_tables_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
