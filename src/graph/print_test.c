/* How graphs look: as text boxes, for Graphviz, for Mermaid, as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "graph/graph.h"

/* ---- operators ---------------------------------------------------------------------------------
 */

typedef struct step_options {
    oz_function *function;
    oz_function *key;
    int64_t n;
    int64_t interval;
    int64_t emit;
    double factor;
    bool strict;
    const char *path;
    const char *password;
} step_options;

static const oz_option OPTIONS[] = {
    {.name = "function", .kind = OZ_OPTION_FUNCTION, .offset = offsetof(step_options, function)},
    {.name = "key", .kind = OZ_OPTION_FUNCTION, .offset = offsetof(step_options, key)},
    {.name = "n", .kind = OZ_OPTION_INT64, .offset = offsetof(step_options, n), .by_default = "1"},
    {.name = "interval",
     .kind = OZ_OPTION_DURATION,
     .offset = offsetof(step_options, interval),
     .by_default = "-1"},
    {.name = "emit",
     .kind = OZ_OPTION_CHOICE,
     .offset = offsetof(step_options, emit),
     .by_default = "current",
     .choices = "current|final"},
    {.name = "factor",
     .kind = OZ_OPTION_FLOAT64,
     .offset = offsetof(step_options, factor),
     .by_default = "0.5"},
    {.name = "strict",
     .kind = OZ_OPTION_BOOL,
     .offset = offsetof(step_options, strict),
     .by_default = "false"},
    {.name = "path",
     .kind = OZ_OPTION_STRING,
     .offset = offsetof(step_options, path),
     .by_default = ""},
    {.name = "pw",
     .kind = OZ_OPTION_STRING,
     .offset = offsetof(step_options, password),
     .by_default = "",
     .is_secret = true},
    {.name = NULL},
};

static const oz_port IN[] = {{.name = "in", .many = true}, {.name = NULL}};
static const oz_port OUT[] = {{.name = "out"}, {.name = "late"}, {.name = NULL}};
static const oz_port WAYS[] = {{.name = "yes"}, {.name = "no"}, {.name = NULL}};

static const oz_operator INPUT = {.name = "input", .outputs = OUT, .guarantee = OZ_AT_MOST_ONCE};
static const oz_operator STEP = {.name = "step",
                                 .inputs = IN,
                                 .outputs = OUT,
                                 .options = OPTIONS,
                                 .options_size = sizeof(step_options)};
static const oz_operator BRANCH = {.name = "branch", .inputs = IN, .outputs = WAYS};
static const oz_operator UNION = {.name = "union", .inputs = IN, .outputs = OUT};
static const oz_operator FEEDBACK = {.name = "feedback", .inputs = IN, .outputs = OUT};
static const oz_operator SINK = {.name = "sink", .inputs = IN, .guarantee = OZ_AT_LEAST_ONCE};

static oz_function lower = {.references = 1, .name = "str.lower"};

/* ---- drawing -----------------------------------------------------------------------------------
 */

static oz_graph *graph;

static int
begin(void **state)
{
    (void)state;
    graph = oz_graph_new(oz_alloc_default(), NULL);
    return graph == NULL;
}

static int
end(void **state)
{
    (void)state;
    oz_graph_free(&graph);
    return 0;
}

static uint32_t
add_with(const oz_operator *op, const char *name, const oz_edge *edges, uint32_t edge_count,
         const oz_setting *settings, uint32_t setting_count)
{
    uint32_t node;
    oz_error error = {.status = OZ_OK};
    oz_node_spec spec = {.op = op,
                         .name = name,
                         .edges = edges,
                         .edge_count = edge_count,
                         .settings = settings,
                         .setting_count = setting_count};
    if (oz_graph_add(graph, &spec, &node, &error) != OZ_OK) {
        fail_msg("%s", error.text);
    }
    return node;
}

static uint32_t
add_source(const char *name)
{
    return add_with(&INPUT, name, NULL, 0, NULL, 0);
}

/* A step that reads output `output` of `above`. */
static uint32_t
add_port(const oz_operator *op, const char *name, uint32_t above, uint32_t output)
{
    oz_edge edge = {.node = above, .output = output};
    return add_with(op, name, &edge, 1, NULL, 0);
}

static uint32_t
add(const oz_operator *op, const char *name, uint32_t above)
{
    return add_port(op, name, above, 0);
}

static uint32_t
add_union(const char *name, uint32_t first, uint32_t second)
{
    const oz_edge edges[] = {{.node = first}, {.node = second}};
    return add_with(&UNION, name, edges, 2, NULL, 0);
}

static void
looks(oz_graph_format format, const char *expected)
{
    char text[8192];
    size_t needed = oz_graph_print(graph, format, text, sizeof text);
    assert_in_range(needed, 0, sizeof text - 1);
    assert_string_equal(text, expected);
}

/* ---- boxes -------------------------------------------------------------------------------------
 */

static void
a_chain_hangs_on_one_line(void **state)
{
    (void)state;
    uint32_t source = add_source("clicks");
    add(&SINK, NULL, add(&STEP, "lower", source));
    looks(OZ_GRAPH_TEXT, "+--------------+\n"
                         "| clicks       |\n"
                         "| input        |\n"
                         "+--------------+\n"
                         "  |\n"
                         "+--------------+\n"
                         "| lower        |\n"
                         "| step         |\n"
                         "+--------------+\n"
                         "  |\n"
                         "+--------------+\n"
                         "| sink         |\n"
                         "+--------------+\n");
}

static void
ports_are_named_where_they_are_read(void **state)
{
    (void)state;
    uint32_t branch = add(&BRANCH, NULL, add_source("in"));
    uint32_t yes = add_port(&STEP, "half", branch, 0);
    uint32_t no = add_port(&STEP, "double", branch, 1);
    add_union("all", yes, no);
    looks(OZ_GRAPH_TEXT, "+--------------+\n"
                         "| in           |\n"
                         "| input        |\n"
                         "+--------------+\n"
                         "  |\n"
                         "+--------------+\n"
                         "| branch       |\n"
                         "+--------------+\n"
                         "  |     |\n"
                         "  |   +- yes --------+\n"
                         "  |   | half         |\n"
                         "  |   | step         |\n"
                         "  |   +--------------+\n"
                         "  |     |\n"
                         "  '-----|-----.\n"
                         "        |   +- no ---------+\n"
                         "        |   | double       |\n"
                         "        |   | step         |\n"
                         "        |   +--------------+\n"
                         "        |     |\n"
                         "+--------------+\n"
                         "| all          |\n"
                         "| union        |\n"
                         "+--------------+\n");
}

static void
a_line_leads_past_boxes_that_do_not_read_it(void **state)
{
    (void)state;
    uint32_t source = add_source("in");
    uint32_t step = add(&STEP, "a", source);
    step = add(&STEP, "b", step);
    add_union("join", source, step);
    looks(OZ_GRAPH_TEXT, "+--------------+\n"
                         "| in           |\n"
                         "| input        |\n"
                         "+--------------+\n"
                         "  |     |\n"
                         "  |   +--------------+\n"
                         "  |   | a            |\n"
                         "  |   | step         |\n"
                         "  |   +--------------+\n"
                         "  |     |\n"
                         "  |   +--------------+\n"
                         "  |   | b            |\n"
                         "  |   | step         |\n"
                         "  |   +--------------+\n"
                         "  |     |\n"
                         "+--------------+\n"
                         "| join         |\n"
                         "| union        |\n"
                         "+--------------+\n");
}

static void
two_sources_join_and_another_graph_stands_apart(void **state)
{
    (void)state;
    uint32_t left = add_source("left");
    uint32_t right = add_source("right");
    add_union("join", left, right);
    add_source("alone");
    looks(OZ_GRAPH_TEXT, "+--------------+\n"
                         "| left         |\n"
                         "| input        |\n"
                         "+--------------+\n"
                         "  |\n"
                         "  |   +--------------+\n"
                         "  |   | right        |\n"
                         "  |   | input        |\n"
                         "  |   +--------------+\n"
                         "  |     |\n"
                         "+--------------+\n"
                         "| join         |\n"
                         "| union        |\n"
                         "+--------------+\n"
                         "\n"
                         "+--------------+\n"
                         "| alone        |\n"
                         "| input        |\n"
                         "+--------------+\n");
}

static void
a_loop_is_told_at_both_ends(void **state)
{
    (void)state;
    uint32_t source = add_source("pages");
    uint32_t back = add_with(&FEEDBACK, "again", NULL, 0, NULL, 0);
    uint32_t join = add_union(NULL, source, back);
    uint32_t links = add(&STEP, "links", join);
    oz_error error;
    assert_int_equal(oz_graph_feed_back(graph, links, 1, back, &error), OZ_OK);
    looks(OZ_GRAPH_TEXT, "+--------------+\n"
                         "| pages        |\n"
                         "| input        |\n"
                         "+--------------+\n"
                         "  |\n"
                         "  |   +- late ----------+\n"
                         "  |   | again           |\n"
                         "  |   | feedback        |\n"
                         "  |   | back from links |\n"
                         "  |   +-----------------+\n"
                         "  |     |\n"
                         "+--------------+\n"
                         "| union        |\n"
                         "+--------------+\n"
                         "  |\n"
                         "+---------------+\n"
                         "| links         |\n"
                         "| step          |\n"
                         "| back to again |\n"
                         "+---------------+\n");
}

static void
many_readers_have_a_line_each(void **state)
{
    (void)state;
    uint32_t source = add_source("in");
    for (int i = 0; i < 5; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "%d", i);
        add(&SINK, name, source);
    }
    looks(OZ_GRAPH_TEXT, "+--------------------------+\n"
                         "| in                       |\n"
                         "| input                    |\n"
                         "+--------------------------+\n"
                         "  |     |     |     |     |\n"
                         "  |     |     |     |   +--------------+\n"
                         "  |     |     |     |   | 0            |\n"
                         "  |     |     |     |   | sink         |\n"
                         "  |     |     |     |   +--------------+\n"
                         "  |     |     |     |\n"
                         "  |     |     |   +--------------+\n"
                         "  |     |     |   | 1            |\n"
                         "  |     |     |   | sink         |\n"
                         "  |     |     |   +--------------+\n"
                         "  |     |     |\n"
                         "  |     |   +--------------+\n"
                         "  |     |   | 2            |\n"
                         "  |     |   | sink         |\n"
                         "  |     |   +--------------+\n"
                         "  |     |\n"
                         "  |   +--------------+\n"
                         "  |   | 3            |\n"
                         "  |   | sink         |\n"
                         "  |   +--------------+\n"
                         "  |\n"
                         "+--------------+\n"
                         "| 4            |\n"
                         "| sink         |\n"
                         "+--------------+\n");
}

static void
more_readers_than_there_are_lanes_say_what_they_read(void **state)
{
    (void)state;
    uint32_t source = add_source("in");
    for (int i = 0; i < 40; i++) {
        add(&SINK, NULL, source);
    }
    char text[65536];
    size_t needed = oz_graph_print(graph, OZ_GRAPH_TEXT, text, sizeof text);
    assert_in_range(needed, 0, sizeof text - 1);
    int count = 0;
    for (const char *at = text; (at = strstr(at, "| reads in ")) != NULL; at++) {
        count++;
    }
    assert_int_equal(count, 40 - 32);
}

/* ---- what is in a box --------------------------------------------------------------------------
 */

static void
options_show_when_they_are_not_at_their_default(void **state)
{
    (void)state;
    const oz_setting settings[] = {
        {.name = "function", .function = &lower},
        {.name = "key", .function = &lower},
        {.name = "n", .value = {.kind = OZ_SCALAR_INT64, .as.int64 = 3}},
        {.name = "interval", .value = {.kind = OZ_SCALAR_FLOAT64, .as.float64 = 2.5}},
        {.name = "emit", .value = {.kind = OZ_SCALAR_STRING, .size = 5, .as.data = "final"}},
        {.name = "factor", .value = {.kind = OZ_SCALAR_FLOAT64, .as.float64 = 0.25}},
        {.name = "strict", .value = {.kind = OZ_SCALAR_BOOL, .as.boolean = true}},
        {.name = "path", .value = {.kind = OZ_SCALAR_STRING, .size = 5, .as.data = "a.txt"}},
        {.name = "pw", .value = {.kind = OZ_SCALAR_STRING, .size = 6, .as.data = "secret"}},
    };
    oz_edge edge = {.node = add_source("in")};
    add_with(&STEP, NULL, &edge, 1, settings, 9);
    looks(OZ_GRAPH_MERMAID,
          "graph TD\n"
          "  n0[\"in<br/>input\"]\n"
          "  n1[\"step str.lower key=str.lower n=3 interval=2.5s emit=final factor=0.25 strict "
          "path=a.txt pw=***\"]\n"
          "  n0 --> n1\n");
}

static void
a_long_label_is_cut_between_characters(void **state)
{
    (void)state;
    char name[302];
    for (int i = 0; i < 150; i++) {
        memcpy(name + 2 * i, "\xc3\xa9", 3);
    }
    add_source(name);
    char text[2048];
    (void)oz_graph_print(graph, OZ_GRAPH_TEXT, text, sizeof text);
    assert_non_null(strstr(text, "\xc3\xa9... |\n"));
    const char *line = strchr(text, '\n') + 1;
    size_t columns = 0;
    for (const char *at = line; *at != '\n'; at++) {
        columns += ((unsigned char)*at & 0xC0) != 0x80;
    }
    assert_int_equal(columns, strchr(text, '\n') - text);
}

static void
a_box_is_as_wide_as_its_characters_and_has_no_line_breaks(void **state)
{
    (void)state;
    add_source("zu sp\xc3\xa4t\nund mehr");
    looks(OZ_GRAPH_TEXT, "+------------------+\n"
                         "| zu sp\xc3\xa4t und mehr |\n"
                         "| input            |\n"
                         "+------------------+\n");
}

/* ---- the other printers ------------------------------------------------------------------------
 */

/* With quotes, ports and a loop. */
static void
draw_all(void)
{
    uint32_t source = add_source("a \"b\" \\ <c> #1 & d");
    uint32_t back = add_with(&FEEDBACK, "again", NULL, 0, NULL, 0);
    uint32_t join = add_union("all", source, back);
    uint32_t branch = add(&BRANCH, NULL, join);
    oz_error error;
    add_port(&SINK, NULL, branch, 0);
    assert_int_equal(oz_graph_feed_back(graph, branch, 1, back, &error), OZ_OK);
    assert_int_equal(oz_graph_seal(graph, &error), OZ_OK);
}

static void
graphviz_gets_quotes_escaped_and_loops_dashed(void **state)
{
    (void)state;
    draw_all();
    looks(OZ_GRAPH_DOT, "digraph ouzel {\n"
                        "  node [shape=box];\n"
                        "  n0 [label=\"a \\\"b\\\" \\\\ <c> #1 & d\\ninput\"];\n"
                        "  n1 [label=\"again\\nfeedback\"];\n"
                        "  n2 [label=\"all\\nunion\"];\n"
                        "  n3 [label=\"branch\"];\n"
                        "  n4 [label=\"sink\"];\n"
                        "  n3 -> n1 [label=\"no\", style=dashed, constraint=false];\n"
                        "  n0 -> n2;\n"
                        "  n1 -> n2;\n"
                        "  n2 -> n3;\n"
                        "  n3 -> n4 [label=\"yes\"];\n"
                        "}\n");
}

static void
mermaid_gets_entities_and_loops_dotted(void **state)
{
    (void)state;
    draw_all();
    looks(OZ_GRAPH_MERMAID, "graph TD\n"
                            "  n0[\"a #quot;b#quot; \\ #lt;c#gt; #35;1 #amp; d<br/>input\"]\n"
                            "  n1[\"again<br/>feedback\"]\n"
                            "  n2[\"all<br/>union\"]\n"
                            "  n3[\"branch\"]\n"
                            "  n4[\"sink\"]\n"
                            "  n3 -.->|\"no\"| n1\n"
                            "  n0 --> n2\n"
                            "  n1 --> n2\n"
                            "  n2 --> n3\n"
                            "  n3 -->|\"yes\"| n4\n");
}

static void
json_has_ids_ports_and_loops(void **state)
{
    (void)state;
    draw_all();
    looks(OZ_GRAPH_JSON,
          "{\"nodes\": ["
          "{\"id\": \"a \\\"b\\\" \\\\ <c> #1 & d\", \"name\": \"a \\\"b\\\" \\\\ <c> #1 & d\", "
          "\"operator\": \"input\", \"detail\": \"input\", \"where\": null, "
          "\"guarantee\": \"at-most-once\"}, "
          "{\"id\": \"again\", \"name\": \"again\", \"operator\": \"feedback\", "
          "\"detail\": \"feedback\", \"where\": null}, "
          "{\"id\": \"all\", \"name\": \"all\", \"operator\": \"union\", \"detail\": \"union\", "
          "\"where\": null}, "
          "{\"id\": \"all/branch.0\", \"name\": null, \"operator\": \"branch\", "
          "\"detail\": \"branch\", \"where\": null}, "
          "{\"id\": \"all/branch.0/sink.0\", \"name\": null, \"operator\": \"sink\", "
          "\"detail\": \"sink\", \"where\": null, \"guarantee\": \"at-least-once\"}], "
          "\"edges\": ["
          "{\"from\": \"all/branch.0\", \"output\": \"no\", \"to\": \"again\", \"input\": 0, "
          "\"loop\": true}, "
          "{\"from\": \"a \\\"b\\\" \\\\ <c> #1 & d\", \"output\": \"out\", \"to\": \"all\", "
          "\"input\": 0, \"loop\": false}, "
          "{\"from\": \"again\", \"output\": \"out\", \"to\": \"all\", \"input\": 1, "
          "\"loop\": false}, "
          "{\"from\": \"all\", \"output\": \"out\", \"to\": \"all/branch.0\", \"input\": 0, "
          "\"loop\": false}, "
          "{\"from\": \"all/branch.0\", \"output\": \"yes\", \"to\": \"all/branch.0/sink.0\", "
          "\"input\": 0, \"loop\": false}], \"guarantee\": \"no guarantee\"}\n");
}

static void
an_empty_graph_is_empty(void **state)
{
    (void)state;
    looks(OZ_GRAPH_TEXT, "");
    looks(OZ_GRAPH_DOT, "digraph ouzel {\n  node [shape=box];\n}\n");
    looks(OZ_GRAPH_MERMAID, "graph TD\n");
    looks(OZ_GRAPH_JSON, "{\"nodes\": [], \"edges\": [], \"guarantee\": \"exactly-once\"}\n");
}

static void
what_does_not_fit_is_cut_and_measured(void **state)
{
    (void)state;
    add_source("in");
    char text[20];
    size_t needed = oz_graph_print(graph, OZ_GRAPH_TEXT, NULL, 0);
    assert_int_equal(oz_graph_print(graph, OZ_GRAPH_TEXT, text, sizeof text), needed);
    assert_int_equal(needed, 4 * 17);
    assert_string_equal(text, "+--------------+\n| ");
}

#define PRINT_TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        PRINT_TEST(a_chain_hangs_on_one_line),
        PRINT_TEST(ports_are_named_where_they_are_read),
        PRINT_TEST(a_line_leads_past_boxes_that_do_not_read_it),
        PRINT_TEST(two_sources_join_and_another_graph_stands_apart),
        PRINT_TEST(a_loop_is_told_at_both_ends),
        PRINT_TEST(many_readers_have_a_line_each),
        PRINT_TEST(more_readers_than_there_are_lanes_say_what_they_read),
        PRINT_TEST(options_show_when_they_are_not_at_their_default),
        PRINT_TEST(a_long_label_is_cut_between_characters),
        PRINT_TEST(a_box_is_as_wide_as_its_characters_and_has_no_line_breaks),
        PRINT_TEST(graphviz_gets_quotes_escaped_and_loops_dashed),
        PRINT_TEST(mermaid_gets_entities_and_loops_dotted),
        PRINT_TEST(json_has_ids_ports_and_loops),
        PRINT_TEST(an_empty_graph_is_empty),
        PRINT_TEST(what_does_not_fit_is_cut_and_measured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
