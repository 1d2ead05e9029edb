/* Sealing: schemas from the sources down, through each bind; errors that name the step. */
#include "kit/steps.h"

#include "graph/graph.h"

static const oz_port INPUTS[] = {{.name = "in", .many = true}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = "side"}, {.name = NULL}};

/* Two named columns. */
static oz_status
bind_source(const void *options, const oz_schema *inputs, uint32_t input_count, oz_schema *outputs,
            oz_error *error)
{
    (void)options;
    (void)inputs;
    (void)error;
    assert_int_equal(input_count, 0);
    outputs[0] = (oz_schema){.column_count = 2,
                             .types = {OZ_STRING, OZ_INT64},
                             .names = {"word", "n"},
                             .keyed = true};
    return OZ_OK;
}

/* Wants numbers. */
static oz_status
bind_numbers(const void *options, const oz_schema *inputs, uint32_t input_count, oz_schema *outputs,
             oz_error *error)
{
    (void)options;
    for (uint32_t i = 0; i < input_count; i++) {
        if (inputs[i].types[0] != OZ_INT64 && inputs[i].types[0] != OZ_ANY) {
            return oz_error_set(error, OZ_INVALID, "input %u gives %s, not numbers", i,
                                oz_type_name(inputs[i].types[0]));
        }
    }
    outputs[1].types[0] = OZ_INT64;
    return OZ_OK;
}

static const oz_operator SOURCE = {.name = "source", .outputs = OUTPUTS, .bind = bind_source};
static const oz_operator STEP = {.name = "step", .inputs = INPUTS, .outputs = OUTPUTS};
static const oz_operator NUMBERS = {.name = "numbers",
                                    .inputs = INPUTS,
                                    .outputs = OUTPUTS,
                                    .bind = bind_numbers};
static const oz_operator SINK = {.name = "sink", .inputs = INPUTS};
static const oz_operator LOOP = {.name = "feedback", .inputs = INPUTS, .outputs = OUTPUTS};

static uint32_t
add_step(oz_graph *graph, const oz_operator *op, const char *name, const oz_edge *edges,
         uint32_t count)
{
    uint32_t node;
    oz_error error;
    oz_node_spec spec = {
        .op = op, .name = name, .where = "app.py:7", .edges = edges, .edge_count = count};
    assert_int_equal(oz_graph_add(graph, &spec, &node, &error), OZ_OK);
    return node;
}

static void
gives_each_output_a_schema(void **state)
{
    (void)state;
    oz_error error;
    oz_graph *graph = oz_graph_new(oz_alloc_default(), NULL);
    (void)add_step(graph, &SOURCE, "in", NULL, 0);
    (void)add_step(graph, &STEP, "s", &(oz_edge){.node = 0}, 1);
    (void)add_step(graph, &SINK, "end", &(oz_edge){.node = 1}, 1);
    assert_int_equal(oz_graph_seal(graph, &error), OZ_OK);
    const oz_schema *in = graph->nodes[0].schemas;
    assert_int_equal(in[0].column_count, 2);
    assert_int_equal(in[0].types[1], OZ_INT64);
    assert_int_equal(in[1].column_count, 1);
    const oz_schema *step = graph->nodes[1].schemas;
    assert_int_equal(step[0].column_count, 1);
    assert_int_equal(step[0].types[0], OZ_ANY);
    assert_true(step[0].keyed); /* keys stay on rows */
    assert_null(graph->nodes[2].schemas);
    oz_graph_free(&graph);
}

static void
shows_a_step_the_port_that_it_reads(void **state)
{
    (void)state;
    oz_error error;
    oz_graph *graph = oz_graph_new(oz_alloc_default(), NULL);
    (void)add_step(graph, &SOURCE, "in", NULL, 0);
    (void)add_step(graph, &NUMBERS, "n", &(oz_edge){.node = 0, .output = 1}, 1);
    const oz_edge edges[] = {{.node = 1, .output = 1}, {.node = 1}};
    (void)add_step(graph, &NUMBERS, "m", edges, 2);
    assert_int_equal(oz_graph_seal(graph, &error), OZ_OK);
    assert_int_equal(graph->nodes[2].schemas[1].types[0], OZ_INT64);
    oz_graph_free(&graph);
}

static void
names_the_step_whose_bind_refuses(void **state)
{
    (void)state;
    oz_error error;
    oz_graph *graph = oz_graph_new(oz_alloc_default(), NULL);
    (void)add_step(graph, &SOURCE, "in", NULL, 0);
    const oz_edge edges[] = {{.node = 0, .output = 1}, {.node = 0}};
    (void)add_step(graph, &NUMBERS, "sums", edges, 2);
    assert_int_equal(oz_graph_seal(graph, &error), OZ_INVALID);
    assert_string_equal(error.text, "step \"sums\" (app.py:7): input 1 gives STRING, not numbers");
    assert_int_equal(oz_graph_seal(graph, &error), OZ_INVALID);
    oz_graph_free(&graph);
}

static void
knows_nothing_of_what_comes_back(void **state)
{
    (void)state;
    oz_error error;
    oz_graph *graph = oz_graph_new(oz_alloc_default(), NULL);
    uint32_t loop = add_step(graph, &LOOP, "loop", NULL, 0);
    uint32_t numbers = add_step(graph, &NUMBERS, "n", &(oz_edge){.node = loop}, 1);
    assert_int_equal(oz_graph_seal(graph, &error), OZ_INVALID);
    assert_string_equal(error.text,
                        "step \"loop\" (app.py:7): a feedback step must be closed by a loop");
    assert_int_equal(oz_graph_feed_back(graph, numbers, 0, loop, &error), OZ_OK);
    assert_int_equal(oz_graph_seal(graph, &error), OZ_OK);
    assert_int_equal(graph->nodes[loop].schemas[0].types[0], OZ_ANY);
    oz_graph_free(&graph);
}

static void
seals_a_graph_of_nothing(void **state)
{
    (void)state;
    oz_error error;
    oz_graph *graph = oz_graph_new(oz_alloc_default(), NULL);
    assert_int_equal(oz_graph_seal(graph, &error), OZ_OK);
    assert_int_equal(oz_graph_node_count(graph), 0);
    oz_graph_free(&graph);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_each_output_a_schema),
        cmocka_unit_test(shows_a_step_the_port_that_it_reads),
        cmocka_unit_test(names_the_step_whose_bind_refuses),
        cmocka_unit_test(knows_nothing_of_what_comes_back),
        cmocka_unit_test(seals_a_graph_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
