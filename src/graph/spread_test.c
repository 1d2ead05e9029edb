/* Tests of spread.c: where steps stand, on which edges exchanges are put in, and what is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "graph/graph.h"
#include "ouzel/job.h"

static oz_graph *graph;

static uint32_t
draw(const char *op, const char *option, const char *value, const uint32_t *above, uint32_t count)
{
    oz_edge edges[4];
    oz_error error;
    uint32_t node;
    const oz_setting setting = {.name = option,
                                .value = {.kind = OZ_SCALAR_STRING,
                                          .size = value == NULL ? 0 : (uint32_t)strlen(value),
                                          .as.data = value}};
    for (uint32_t i = 0; i < count; i++) {
        edges[i] = (oz_edge){.node = above[i]};
    }
    const oz_node_spec spec = {.op = oz_operator_find(op),
                               .name = NULL,
                               .edges = edges,
                               .edge_count = count,
                               .settings = &setting,
                               .setting_count = option != NULL};
    if (oz_graph_add(graph, &spec, &node, &error) != OZ_OK) {
        fail_msg("%s", error.text);
    }
    return node;
}

static uint32_t
step(const char *op, uint32_t above)
{
    return draw(op, NULL, NULL, &above, 1);
}

static uint32_t
files(void)
{
    return draw("files", "path", "in.*", NULL, 0);
}

static uint32_t
stdin_source(void)
{
    return draw("stdin_source", NULL, NULL, NULL, 0);
}

static void
spread(uint32_t workers, uint32_t exchanges)
{
    oz_error error;
    uint32_t drawn = oz_graph_node_count(graph);
    if (oz_graph_seal(graph, &error) != OZ_OK || oz_graph_spread(graph, workers, &error) != OZ_OK) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(graph->exchange_count, exchanges);
    assert_int_equal(oz_graph_node_count(graph), drawn + 2 * exchanges);
}

/* What the step now reads. */
static const char *
reads(uint32_t node)
{
    return oz_graph_node_id(graph, graph->nodes[node].edges[0].node);
}

static int
begin(void **state)
{
    (void)state;
    graph = oz_graph_new(oz_alloc_default(), NULL);
    return 0;
}

static int
end(void **state)
{
    (void)state;
    oz_graph_free(&graph);
    return 0;
}

static void
rows_go_to_the_owners_of_their_keys(void **state)
{
    (void)state;
    uint32_t in = files();
    uint32_t key = step("key_by", in);
    uint32_t count = step("count", key);
    uint32_t unique = step("unique", count);
    uint32_t out = draw("text_sink", "path", "out", &unique, 1);
    spread(3, 2);
    assert_int_equal(graph->nodes[in].place, OZI_PLACE_EACH);
    assert_int_equal(graph->nodes[key].place, OZI_PLACE_EACH);
    assert_int_equal(graph->nodes[count].place, OZI_PLACE_KEYED);
    assert_int_equal(graph->nodes[unique].place, OZI_PLACE_KEYED);
    assert_int_equal(graph->nodes[out].place, OZI_PLACE_ONE);
    assert_string_equal(reads(count), "files.0/key_by.0 => by key, received");
    assert_int_equal(graph->nodes[unique].edges[0].node, count); /* they are where they belong */
    assert_true(strstr(reads(out), "=> worker 0, received") != NULL);
}

/* A count of which nobody sees the updates is made where the rows are, and then of its parts. */
static void
rows_are_counted_where_they_are_read(void **state)
{
    (void)state;
    oz_error error;
    uint32_t key = step("key_by", files());
    uint32_t count = draw("count", "emit", "final", &key, 1);
    uint32_t unique = step("unique", key);
    uint32_t drawn = oz_graph_node_count(graph);
    assert_int_equal(oz_graph_seal(graph, &error), OZ_OK);
    assert_int_equal(oz_graph_spread(graph, 2, &error), OZ_OK);
    assert_int_equal(oz_graph_node_count(graph), drawn + 1 + 2 + 2);
    assert_string_equal(
        reads(count), "files.0/key_by.0 => parts of files.0/key_by.0/count.0 => by key, received");
    assert_string_equal(reads(unique), "files.0/key_by.0 => by key, received");
    assert_string_equal(graph->nodes[count].op->name, "count");
    assert_ptr_equal(graph->nodes[count].op, oz_operator_find("count")->combiner->whole);
    assert_int_equal(graph->nodes[count].place, OZI_PLACE_KEYED);
}

/* Where one worker reads all rows it would do the work of all. */
static void
rows_of_one_worker_are_counted_by_the_others(void **state)
{
    (void)state;
    uint32_t key = step("key_by", stdin_source());
    uint32_t count = draw("count", "emit", "final", &key, 1);
    spread(2, 1);
    assert_ptr_equal(graph->nodes[count].op, oz_operator_find("count"));
}

static void
one_worker_needs_no_exchange(void **state)
{
    (void)state;
    (void)step("count", step("key_by", files()));
    spread(1, 0);
}

static void
what_has_no_key_stands_on_worker_0(void **state)
{
    (void)state;
    uint32_t count = step("count", files());
    uint32_t after = step("unique", count);
    spread(2, 1);
    assert_int_equal(graph->nodes[count].place, OZI_PLACE_ONE);
    assert_int_equal(graph->nodes[after].place, OZI_PLACE_ONE);
}

static void
two_readers_share_an_exchange(void **state)
{
    (void)state;
    uint32_t key = step("key_by", files());
    uint32_t first = step("count", key);
    uint32_t second = step("unique", key);
    spread(2, 1);
    assert_int_equal(graph->nodes[first].edges[0].node, graph->nodes[second].edges[0].node);
}

static void
other_keys_bring_rows_elsewhere(void **state)
{
    (void)state;
    uint32_t count = step("count", step("key_by", files()));
    uint32_t again = step("key_by", count);
    uint32_t second = step("count", again);
    spread(2, 2);
    assert_int_equal(graph->nodes[second].place, OZI_PLACE_KEYED);
    assert_int_not_equal(graph->nodes[second].edges[0].node, again);
}

static void
a_source_without_partitions_stands_on_worker_0(void **state)
{
    (void)state;
    uint32_t in = stdin_source();
    uint32_t key = step("key_by", in);
    uint32_t count = step("count", key);
    spread(2, 1);
    assert_int_equal(graph->nodes[key].place, OZI_PLACE_ONE);
    assert_int_equal(graph->nodes[count].place, OZI_PLACE_KEYED);
}

static void
a_union_of_both_has_rows_everywhere(void **state)
{
    (void)state;
    const uint32_t above[] = {files(), stdin_source()};
    uint32_t both = draw("union", NULL, NULL, above, 2);
    uint32_t zipped = draw("zip", NULL, NULL, above, 2);
    spread(2, 1); /* of the files, to zip; what comes from stdin is there */
    assert_int_equal(graph->nodes[both].place, OZI_PLACE_EACH);
    assert_int_equal(graph->nodes[zipped].place, OZI_PLACE_ONE);
    assert_int_equal(graph->nodes[zipped].edges[1].node, above[1]);
}

static void
a_loop_stands_on_worker_0(void **state)
{
    (void)state;
    uint32_t in = files();
    uint32_t back = draw("feedback", NULL, NULL, NULL, 0);
    const uint32_t above[] = {in, back};
    uint32_t both = draw("union", NULL, NULL, above, 2);
    uint32_t unique = step("unique", both);
    assert_int_equal(oz_graph_feed_back(graph, unique, 0, back, NULL), OZ_OK);
    spread(2, 1);
    assert_int_equal(graph->nodes[both].place, OZI_PLACE_ONE);
    assert_int_equal(graph->nodes[unique].place, OZI_PLACE_ONE);
    assert_int_equal(graph->nodes[both].edges[1].node, back);
}

static void
an_answer_whose_question_has_left_is_refused(void **state)
{
    (void)state;
    oz_error error;
    uint32_t count = step("count", step("key_by", stdin_source()));
    (void)step("reply", count);
    assert_int_equal(oz_graph_seal(graph, &error), OZ_OK);
    assert_int_equal(oz_graph_spread(graph, 2, &error), OZ_INVALID);
    assert_true(strstr(error.text, "needs its rows on the worker that has read them") != NULL);
}

static void
it_is_spread_once(void **state)
{
    (void)state;
    oz_error error;
    (void)files();
    assert_int_equal(oz_graph_spread(graph, 2, &error), OZ_INVALID); /* it is not sealed */
    assert_int_equal(oz_graph_seal(graph, &error), OZ_OK);
    assert_int_equal(oz_graph_spread(graph, OZ_WORKERS_MAX + 1, &error), OZ_INVALID);
    uint64_t before = ozi_graph_fingerprint(graph);
    assert_int_equal(oz_graph_spread(graph, 2, &error), OZ_OK);
    assert_int_equal(oz_graph_spread(graph, 2, &error), OZ_INVALID);
    assert_int_not_equal(ozi_graph_fingerprint(graph), before);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_go_to_the_owners_of_their_keys),
        TEST(rows_are_counted_where_they_are_read),
        TEST(rows_of_one_worker_are_counted_by_the_others),
        TEST(one_worker_needs_no_exchange),
        TEST(what_has_no_key_stands_on_worker_0),
        TEST(two_readers_share_an_exchange),
        TEST(other_keys_bring_rows_elsewhere),
        TEST(a_source_without_partitions_stands_on_worker_0),
        TEST(a_union_of_both_has_rows_everywhere),
        TEST(a_loop_stands_on_worker_0),
        TEST(an_answer_whose_question_has_left_is_refused),
        TEST(it_is_spread_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
