/* What sources and sinks give together, and what is said when that is not enough. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "graph/graph.h"

static uint32_t
add(oz_graph *graph, const char *name, const char *id, uint32_t above)
{
    const oz_edge edge = {.node = above};
    const oz_setting path = {.name = "path",
                             .value = {.kind = OZ_SCALAR_STRING, .size = 1, .as.data = "x"}};
    const oz_operator *op = oz_operator_find(name);
    bool has_path = op->options != NULL && strcmp(op->options[0].name, "path") == 0;
    const oz_node_spec spec = {.op = op,
                               .name = id,
                               .where = "app.py:7",
                               .edges = &edge,
                               .edge_count = op->inputs == NULL ? 0 : 1,
                               .settings = &path,
                               .setting_count = has_path ? 1 : 0};
    uint32_t node = 0;
    oz_error error;
    if (oz_graph_add(graph, &spec, &node, &error) != OZ_OK) {
        fail_msg("%s", error.text);
    }
    return node;
}

static void
test_together_they_give_what_each_gives(void **state)
{
    static const struct {
        const char *source, *sink;
        oz_guarantee together;
    } CASES[] = {
        {"files", "text_sink", OZ_EXACTLY_ONCE},
        {"files", "stdout_sink", OZ_AT_LEAST_ONCE},
        {"stdin_source", "text_sink", OZ_AT_MOST_ONCE},
        {"stdin_source", "stdout_sink", OZ_NO_GUARANTEE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        oz_graph *graph = oz_graph_new(oz_alloc_default(), NULL);
        uint32_t source = add(graph, CASES[i].source, "in", 0);
        uint32_t step = add(graph, "count", "step", source);
        uint32_t sink = add(graph, CASES[i].sink, "out", step);
        assert_int_equal(oz_graph_guarantee(graph), CASES[i].together);
        assert_int_equal(oz_graph_node_guarantee(graph, step), OZ_EXACTLY_ONCE);
        assert_int_equal(oz_graph_node_guarantee(graph, sink),
                         oz_operator_find(CASES[i].sink)->guarantee);
        oz_graph_free(&graph);
    }
}

static void
test_what_is_not_enough_is_named(void **state)
{
    (void)state;
    oz_error error;
    oz_graph *graph = oz_graph_new(oz_alloc_default(), NULL);
    (void)add(graph, "stdout_sink", "out", add(graph, "stdin_source", "in", 0));
    assert_int_equal(ozi_graph_require(graph, OZ_NO_GUARANTEE, &error), OZ_OK);
    assert_int_equal(ozi_graph_require(graph, OZ_AT_MOST_ONCE, &error), OZ_INVALID);
    assert_string_equal(error.text,
                        "at-most-once was asked for, but step \"out\" (stdout_sink, app.py:7) "
                        "gives at-least-once: what it was given since the last checkpoint it is "
                        "given again");
    assert_int_equal(ozi_graph_require(graph, OZ_EXACTLY_ONCE, &error), OZ_INVALID);
    assert_string_equal(error.text,
                        "exactly-once was asked for, but step \"in\" (stdin_source, app.py:7) "
                        "gives at-most-once: what it has read and the job has not dealt with is "
                        "lost when it is killed");
    oz_graph_free(&graph);
}

static void
test_every_connector_says_what_it_gives(void **state)
{
    (void)state;
    int connectors = 0;
    for (const oz_operator *const *op = oz_operators(); *op != NULL; op++) {
        bool is_connector = ozi_is_connector(*op);
        connectors += is_connector;
        if (is_connector != ((*op)->guarantee != OZ_NO_GUARANTEE)) {
            fail_msg("%s: a source or sink states its guarantee, no other step does", (*op)->name);
        }
        bool gives_epochs = (*op)->sink != NULL && (*op)->sink->commit != NULL;
        assert_true(!gives_epochs || (*op)->guarantee == OZ_EXACTLY_ONCE);
    }
    assert_true(connectors > 10);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_together_they_give_what_each_gives),
        cmocka_unit_test(test_what_is_not_enough_is_named),
        cmocka_unit_test(test_every_connector_says_what_it_gives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
