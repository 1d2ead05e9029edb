/* Order: who lies below whom, whom a step waits for, and where rows must pass one at a time. */
#include "kit/steps.h"

#include "graph/graph.h"

static const oz_port INPUTS[] = {{.name = "in", .many = true}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = "side"}, {.name = NULL}};
static const oz_table_decl QUEUE[] = {{.name = "rows", .kind = OZ_TABLE_QUEUE}, {.name = NULL}};

static const oz_operator STEP = {.name = "step", .inputs = INPUTS, .outputs = OUTPUTS};
static const oz_operator SOURCE = {.name = "source", .outputs = OUTPUTS};
static const oz_operator BUFFER = {.name = "queue",
                                   .inputs = INPUTS,
                                   .outputs = OUTPUTS,
                                   .tables = QUEUE};
static const oz_operator LOOP = {.name = "feedback",
                                 .inputs = INPUTS,
                                 .outputs = OUTPUTS,
                                 .tables = QUEUE};

/* ---- a graph in a few words ------------------------------------------------------------------ */

/*
 * "a:  b:a  c:a.b" draws source a, step b that reads a, and step c that reads both. One letter is a
 * step; a capital letter is a queue, 'L' a feedback step that is closed by "L<x". A digit behind a
 * letter that is read is its output.
 */
static uint32_t
node_of(const oz_graph *graph, char name)
{
    for (uint32_t i = 0; i < oz_graph_node_count(graph); i++) {
        if (graph->nodes[i].name[0] == name) {
            return i;
        }
    }
    fail_msg("no step %c", name);
    return 0;
}

static const char *
draw_step(oz_graph *graph, const char *text)
{
    char name[] = {*text, '\0'};
    oz_edge edges[8];
    oz_node_spec spec = {.name = name, .edges = edges};
    for (text += 2; *text >= 'A'; text++) {
        edges[spec.edge_count] = (oz_edge){.node = node_of(graph, *text)};
        if (text[1] >= '0' && text[1] <= '9') {
            edges[spec.edge_count].output = (uint32_t)(*++text - '0');
        }
        spec.edge_count++;
    }
    bool is_queue = name[0] < 'a';
    spec.op = name[0] == 'L' ? &LOOP : is_queue ? &BUFFER : spec.edge_count == 0 ? &SOURCE : &STEP;
    uint32_t node;
    oz_error error;
    assert_int_equal(oz_graph_add(graph, &spec, &node, &error), OZ_OK);
    return text;
}

static oz_graph *
drawn(const char *text)
{
    oz_error error = {.status = OZ_OK};
    oz_graph *graph = oz_graph_new(oz_alloc_default(), NULL);
    while (*text != '\0') {
        if (*text == ' ') {
            text++;
        } else if (text[1] == '<') {
            assert_int_equal(oz_graph_feed_back(graph, node_of(graph, text[2]), 0,
                                                node_of(graph, text[0]), &error),
                             OZ_OK);
            text += 3;
        } else {
            text = draw_step(graph, text);
        }
    }
    assert_int_equal(oz_graph_seal(graph, &error), OZ_OK);
    return graph;
}

static void
assert_set(const oz_graph *graph, const uint64_t *set, const char *names)
{
    char actual[64] = "";
    size_t size = 0;
    for (uint32_t i = 0; i < oz_graph_node_count(graph); i++) {
        if ((set[i / 64] >> (i % 64) & 1) != 0) {
            actual[size++] = graph->nodes[i].name[0];
        }
    }
    actual[size] = '\0';
    assert_string_equal(actual, names);
}

static void
assert_reach(const oz_graph *graph, char name, const char *names)
{
    assert_set(graph, graph->nodes[node_of(graph, name)].reach, names);
}

static void
assert_below(const oz_graph *graph, char name, const char *names)
{
    assert_set(graph, graph->nodes[node_of(graph, name)].below, names);
}

/* The steps whose output passes row by row. */
static void
assert_by_row(const char *text, const char *names)
{
    oz_graph *graph = drawn(text);
    uint64_t set[2] = {0};
    for (uint32_t i = 0; i < oz_graph_node_count(graph); i++) {
        set[i / 64] |= (uint64_t)graph->nodes[i].by_row << (i % 64);
    }
    assert_set(graph, set, names);
    oz_graph_free(&graph);
}

/* ---- readers --------------------------------------------------------------------------------- */

static void
lists_readers_in_the_order_drawn(void **state)
{
    (void)state;
    oz_graph *graph = drawn("a: b:a c:a1 d:ab e:aa");
    const ozi_node *a = &graph->nodes[0];
    assert_int_equal(a->reader_counts[0], 4);
    assert_int_equal(a->reader_counts[1], 1);
    assert_int_equal(a->readers[0][0].node, 1);
    assert_int_equal(a->readers[0][1].node, 3);
    assert_int_equal(a->readers[0][2].edge, 0);
    assert_int_equal(a->readers[0][3].edge, 1);
    assert_int_equal(a->readers[1][0].node, 2);
    oz_graph_free(&graph);
}

/* ---- reach and below ------------------------------------------------------------------------- */

static void
reaches_all_that_lies_below(void **state)
{
    (void)state;
    oz_graph *graph = drawn("a: b:a c:b d:a1 e:cd f:");
    assert_reach(graph, 'a', "bcde");
    assert_reach(graph, 'b', "ce");
    assert_reach(graph, 'd', "e");
    assert_reach(graph, 'e', "");
    assert_reach(graph, 'f', "");
    assert_below(graph, 'a', "bcde");
    oz_graph_free(&graph);
}

static void
waits_for_nothing_beyond_a_queue(void **state)
{
    (void)state;
    oz_graph *graph = drawn("a: b:a Q:b c:Q d:c e:b");
    assert_reach(graph, 'a', "bQcde");
    assert_below(graph, 'a', "bQe");
    assert_below(graph, 'Q', "cd");
    oz_graph_free(&graph);
}

static void
reaches_itself_through_a_loop(void **state)
{
    (void)state;
    oz_graph *graph = drawn("a: L: b:aL c:b d:c e:c L<d");
    assert_reach(graph, 'a', "Lbcde");
    assert_reach(graph, 'b', "Lbcde");
    assert_reach(graph, 'e', "");
    assert_below(graph, 'a', "Lbcde");
    assert_below(graph, 'b', "e");
    assert_below(graph, 'L', "e");
    oz_graph_free(&graph);
}

static void
goes_beyond_64_steps(void **state)
{
    (void)state;
    oz_error error;
    oz_graph *graph = oz_graph_new(oz_alloc_default(), NULL);
    for (uint32_t i = 0; i < 150; i++) {
        uint32_t node;
        oz_edge edge = {.node = i - 1};
        oz_node_spec spec = {.op = i == 0 ? &SOURCE : &STEP,
                             .edges = &edge,
                             .edge_count = i == 0 ? 0 : 1};
        assert_int_equal(oz_graph_add(graph, &spec, &node, &error), OZ_OK);
    }
    assert_int_equal(oz_graph_seal(graph, &error), OZ_OK);
    assert_int_equal(graph->reach_words, 3);
    assert_true(graph->nodes[0].reach[2] == (UINT64_C(1) << 22) - 1);
    assert_true(graph->nodes[148].below[2] == UINT64_C(1) << 21);
    assert_true(graph->nodes[149].reach[2] == 0);
    oz_graph_free(&graph);
}

/* ---- by row ---------------------------------------------------------------------------------- */

static void
passes_batches_where_nothing_rejoins(void **state)
{
    (void)state;
    assert_by_row("a: b:a c:b", "");
    assert_by_row("a: b:a c:a d:b e:c", "");
    assert_by_row("a: b: c:ab d:c", "");
    assert_by_row("a: b: c:ab d:c e:c f:de", "c");
}

static void
passes_row_by_row_where_branches_rejoin(void **state)
{
    (void)state;
    assert_by_row("a: b:a c:ab", "a");
    assert_by_row("a: b:aa", "a");
    assert_by_row("a: b:a c:a d:b e:c f:de", "a");
    assert_by_row("a: b:a c:b d:b e:cd", "b");
    assert_by_row("a: b:a c:b d:cb e:d f:da", "ab");
}

static void
passes_row_by_row_where_ports_rejoin(void **state)
{
    (void)state;
    assert_by_row("a: b:a c:bb1", "b");
    assert_by_row("a: b:a c:b1 d:bc", "b");
}

static void
passes_row_by_row_into_a_loop(void **state)
{
    (void)state;
    assert_by_row("a: L: b:aL c:b L<c", "a");
    assert_by_row("z: a:z L: b:aL c:b d:c L<c", "za");
    assert_by_row("a: x: L: b:aL c:b d:cx L<c", "a");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_readers_in_the_order_drawn),
        cmocka_unit_test(reaches_all_that_lies_below),
        cmocka_unit_test(waits_for_nothing_beyond_a_queue),
        cmocka_unit_test(reaches_itself_through_a_loop),
        cmocka_unit_test(goes_beyond_64_steps),
        cmocka_unit_test(passes_batches_where_nothing_rejoins),
        cmocka_unit_test(passes_row_by_row_where_branches_rejoin),
        cmocka_unit_test(passes_row_by_row_where_ports_rejoin),
        cmocka_unit_test(passes_row_by_row_into_a_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
