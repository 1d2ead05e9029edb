/* Drawing: what is copied, what is refused and with which words, and the ids of steps. */
#include "kit/steps.h"

#include "base/alloc_testing.h"
#include "graph/graph.h"

static const oz_port INPUTS[] = {{.name = "in"}, {.name = NULL}};
static const oz_port MANY[] = {{.name = "in", .many = true}, {.name = NULL}};
static const oz_port TWO[] = {{.name = "left"}, {.name = "right"}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = "dead"}, {.name = NULL}};

static const oz_operator SOURCE = {.name = "source", .outputs = OUTPUTS};
static const oz_operator STEP = {.name = "step", .inputs = INPUTS, .outputs = OUTPUTS};
static const oz_operator JOIN = {.name = "join", .inputs = MANY, .outputs = OUTPUTS};
static const oz_operator PAIR = {.name = "pair", .inputs = TWO, .outputs = OUTPUTS};
static const oz_operator LOOP = {.name = "feedback", .inputs = INPUTS, .outputs = OUTPUTS};

/* ---- helpers --------------------------------------------------------------------------------- */

/* Adds a step that reads output 0 of `above`; -1: nothing. */
static oz_status
try_add(oz_graph *graph, const oz_operator *op, const char *name, int above, uint32_t *node,
        oz_error *error)
{
    oz_edge edge = {.node = (uint32_t)above};
    oz_node_spec spec = {
        .op = op, .name = name, .where = "app.py:7", .edges = &edge, .edge_count = above >= 0};
    *error = (oz_error){.status = OZ_OK};
    return oz_graph_add(graph, &spec, node, error);
}

static uint32_t
add_step(oz_graph *graph, const oz_operator *op, const char *name, int above)
{
    uint32_t node;
    oz_error error;
    if (try_add(graph, op, name, above, &node, &error) != OZ_OK) {
        fail_msg("%s", error.text);
    }
    return node;
}

#define assert_refused(graph, spec, message)                                                       \
    do {                                                                                           \
        uint32_t node;                                                                             \
        oz_error error = {.status = OZ_OK};                                                        \
        uint32_t count = oz_graph_node_count(graph);                                               \
        assert_int_equal(oz_graph_add((graph), (spec), &node, &error), OZ_INVALID);                \
        assert_string_equal(error.text, (message));                                                \
        assert_int_equal(oz_graph_node_count(graph), count);                                       \
    } while (0)

/* ---- drawing --------------------------------------------------------------------------------- */

static void
copies_what_the_spec_points_to(void **state)
{
    (void)state;
    char name[] = "words";
    char where[] = "app.py:3";
    oz_edge edge = {.node = 0};
    oz_graph *graph = oz_graph_new(oz_alloc_default(), NULL);
    oz_node_spec spec = {
        .op = &STEP, .name = name, .where = where, .edges = &edge, .edge_count = 1};
    uint32_t node;
    oz_error error;
    assert_int_equal(add_step(graph, &SOURCE, NULL, -1), 0);
    assert_int_equal(oz_graph_add(graph, &spec, &node, &error), OZ_OK);
    assert_int_equal(node, 1);
    memset(name, 'x', 5);
    memset(where, 'x', 8);
    edge.node = 99;
    assert_string_equal(graph->nodes[1].name, "words");
    assert_string_equal(graph->nodes[1].where, "app.py:3");
    assert_int_equal(graph->nodes[1].edges[0].node, 0);
    assert_int_equal(oz_graph_node_count(graph), 2);
    oz_graph_free(&graph);
    assert_null(graph);
}

static void
frees_a_graph_that_is_not_there(void **state)
{
    (void)state;
    oz_graph *graph = NULL;
    oz_graph_free(&graph);
    graph = oz_graph_new(oz_alloc_default(), NULL);
    oz_graph_free(&graph);
}

/* ---- what is refused ------------------------------------------------------------------------- */

static void
refuses_edges_to_nothing(void **state)
{
    (void)state;
    oz_graph *graph = oz_graph_new(oz_alloc_default(), NULL);
    (void)add_step(graph, &SOURCE, "in", -1);
    oz_edge edge = {.node = 5};
    oz_node_spec spec = {
        .op = &STEP, .name = "s", .where = "app.py:9", .edges = &edge, .edge_count = 1};
    assert_refused(
        graph, &spec,
        "step \"s\" (app.py:9): reads node 5, which is not drawn yet; a loop goes through "
        "a \"feedback\" step");
    edge = (oz_edge){.node = 0, .output = 2};
    assert_refused(graph, &spec, "step \"s\" (app.py:9): step \"in\" has no output 2");
    edge = (oz_edge){.node = 0, .input = 1};
    spec.where = NULL;
    assert_refused(graph, &spec, "step \"s\": it has no input 1");
    oz_graph_free(&graph);
}

static void
refuses_inputs_that_are_not_connected_once(void **state)
{
    (void)state;
    oz_graph *graph = oz_graph_new(oz_alloc_default(), NULL);
    (void)add_step(graph, &SOURCE, "in", -1);
    oz_edge edges[] = {{.node = 0}, {.node = 0}};
    oz_node_spec spec = {.op = &STEP, .edges = edges, .edge_count = 0};
    assert_refused(graph, &spec, "step \"step\": its input \"in\" is not connected");
    spec.edge_count = 2;
    assert_refused(graph, &spec,
                   "step \"step\": its input \"in\" takes one stream, not 2: join them by union");
    spec.op = &PAIR;
    assert_refused(graph, &spec,
                   "step \"pair\": its input \"left\" takes one stream, not 2: join them by union");
    spec.edge_count = 1;
    assert_refused(graph, &spec, "step \"pair\": its input \"right\" is not connected");
    edges[1].input = 1;
    spec.edge_count = 2;
    uint32_t node;
    oz_error error;
    assert_int_equal(oz_graph_add(graph, &spec, &node, &error), OZ_OK);
    spec.op = &JOIN;
    edges[1].input = 0;
    assert_int_equal(oz_graph_add(graph, &spec, &node, &error), OZ_OK);
    oz_graph_free(&graph);
}

static void
refuses_names_and_ids_that_are_there(void **state)
{
    (void)state;
    oz_graph *graph = oz_graph_new(oz_alloc_default(), NULL);
    (void)add_step(graph, &SOURCE, "in", -1);
    oz_node_spec spec = {.op = &SOURCE, .name = "in"};
    assert_refused(graph, &spec, "step \"in\": another step has the name \"in\"");
    spec = (oz_node_spec){.op = &SOURCE, .name = "other", .id = "in"};
    assert_refused(graph, &spec, "step \"other\": another step has the id \"in\"");
    oz_graph_free(&graph);
}

static void
refuses_options_that_do_not_fit(void **state)
{
    (void)state;
    oz_graph *graph = oz_graph_new(oz_alloc_default(), NULL);
    oz_setting setting = SETTING_INT("n", 1);
    oz_node_spec spec = {.op = &SOURCE,
                         .where = "app.py:2",
                         .settings = &setting,
                         .setting_count = 1};
    assert_refused(graph, &spec,
                   "step \"source\" (app.py:2): operator \"source\": there is no option \"n\"");
    oz_graph_free(&graph);
}

static void
refuses_steps_once_it_is_sealed(void **state)
{
    (void)state;
    oz_error error;
    oz_graph *graph = oz_graph_new(oz_alloc_default(), NULL);
    (void)add_step(graph, &SOURCE, "in", -1);
    assert_int_equal(oz_graph_seal(graph, &error), OZ_OK);
    assert_int_equal(oz_graph_seal(graph, &error), OZ_OK);
    oz_node_spec spec = {.op = &SOURCE};
    assert_refused(graph, &spec, "step \"source\": the graph is sealed");
    oz_graph_free(&graph);
}

/* ---- loops ----------------------------------------------------------------------------------- */

static void
closes_loops_through_a_feedback_step(void **state)
{
    (void)state;
    oz_error error;
    oz_graph *graph = oz_graph_new(oz_alloc_default(), NULL);
    uint32_t loop = add_step(graph, &LOOP, "back", -1);
    uint32_t step = add_step(graph, &STEP, "s", (int)loop);
    assert_int_equal(oz_graph_feed_back(graph, step, 5, loop, &error), OZ_INVALID);
    assert_string_equal(error.text, "no such step or output");
    assert_int_equal(oz_graph_feed_back(graph, step, 0, step, &error), OZ_INVALID);
    assert_string_equal(error.text, "step \"s\" is not a feedback step that is still open");
    assert_int_equal(oz_graph_feed_back(graph, step, 1, loop, &error), OZ_OK);
    assert_int_equal(oz_graph_feed_back(graph, step, 0, loop, &error), OZ_INVALID);
    assert_true(graph->nodes[loop].is_loop);
    assert_int_equal(graph->nodes[loop].edges[0].output, 1);
    oz_graph_free(&graph);
}

/* ---- ids ------------------------------------------------------------------------------------- */

static void
assert_id(const oz_graph *graph, uint32_t node, const char *id)
{
    assert_string_equal(oz_graph_node_id(graph, node), id);
}

static void
derives_ids_from_what_is_above(void **state)
{
    (void)state;
    oz_graph *graph = oz_graph_new(oz_alloc_default(), NULL);
    assert_id(graph, add_step(graph, &SOURCE, NULL, -1), "source.0");
    assert_id(graph, add_step(graph, &SOURCE, NULL, -1), "source.1");
    assert_id(graph, add_step(graph, &STEP, NULL, 0), "source.0/step.0");
    assert_id(graph, add_step(graph, &STEP, NULL, 0), "source.0/step.1");
    assert_id(graph, add_step(graph, &JOIN, NULL, 0), "source.0/join.0");
    assert_id(graph, add_step(graph, &STEP, NULL, 3), "source.0/step.1/step.0");
    oz_graph_free(&graph);
}

static void
takes_the_name_for_the_id(void **state)
{
    (void)state;
    oz_graph *graph = oz_graph_new(oz_alloc_default(), NULL);
    assert_id(graph, add_step(graph, &SOURCE, "clicks", -1), "clicks");
    assert_id(graph, add_step(graph, &STEP, NULL, 0), "clicks/step.0");
    oz_edge edge = {.node = 1};
    uint32_t node;
    oz_error error;
    oz_node_spec spec = {
        .op = &STEP, .name = "total", .id = "total-v2", .edges = &edge, .edge_count = 1};
    assert_int_equal(oz_graph_add(graph, &spec, &node, &error), OZ_OK);
    assert_id(graph, node, "total-v2");
    oz_graph_free(&graph);
}

static void
gives_each_loop_an_id_of_its_own(void **state)
{
    (void)state;
    oz_error error;
    oz_graph *graph = oz_graph_new(oz_alloc_default(), NULL);
    uint32_t first = add_step(graph, &LOOP, NULL, -1);
    uint32_t step = add_step(graph, &STEP, NULL, (int)first);
    assert_int_equal(oz_graph_feed_back(graph, step, 0, first, &error), OZ_OK);
    uint32_t second = add_step(graph, &LOOP, NULL, -1);
    assert_id(graph, first, "feedback.0");
    assert_id(graph, second, "feedback.1");
    oz_graph_free(&graph);
}

/* ---- memory ---------------------------------------------------------------------------------- */

static oz_status
draw_and_seal(const oz_alloc *alloc)
{
    uint32_t node;
    oz_error error = {.status = OZ_OK};
    oz_graph *graph = oz_graph_new(alloc, NULL);
    oz_status status = graph == NULL ? OZ_NO_MEMORY : OZ_OK;
    if (status == OZ_OK) {
        status = try_add(graph, &SOURCE, "in", -1, &node, &error);
    }
    for (int i = 0; i < 9 && status == OZ_OK; i++) {
        status = try_add(graph, &STEP, NULL, i, &node, &error);
    }
    if (status == OZ_OK) {
        status = oz_graph_seal(graph, &error);
    }
    if (status != OZ_OK && graph != NULL) {
        assert_string_equal(error.text + strlen(error.text) - 13, "out of memory");
        if (oz_graph_node_count(graph) == 10) {
            assert_int_equal(oz_graph_seal(graph, &error), OZ_OK); /* now that there is some */
        }
    }
    oz_graph_free(&graph);
    return status;
}

static void
survives_without_memory(void **state)
{
    (void)state;
    assert_in_range(ozi_alloc_fail_each(draw_and_seal), 50, 200);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_what_the_spec_points_to),
        cmocka_unit_test(frees_a_graph_that_is_not_there),
        cmocka_unit_test(refuses_edges_to_nothing),
        cmocka_unit_test(refuses_inputs_that_are_not_connected_once),
        cmocka_unit_test(refuses_names_and_ids_that_are_there),
        cmocka_unit_test(refuses_options_that_do_not_fit),
        cmocka_unit_test(refuses_steps_once_it_is_sealed),
        cmocka_unit_test(closes_loops_through_a_feedback_step),
        cmocka_unit_test(derives_ids_from_what_is_above),
        cmocka_unit_test(takes_the_name_for_the_id),
        cmocka_unit_test(gives_each_loop_an_id_of_its_own),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
