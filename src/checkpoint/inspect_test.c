/* Looking into the state folder of a job that ran on a simulated disk. */
#include "ouzel/inspect.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "kit/sim_io.h"
#include "ouzel/engine.h"

enum { LINES = 300, WORDS = 12 };

/* ---- a job that has run ---------------------------------------------------------------------- */

static void
draw(oz_graph *graph, const char *op, const char *id, const char *path)
{
    uint32_t node = oz_graph_node_count(graph);
    const oz_edge edge = {.node = node - 1};
    oz_error error;
    const oz_setting setting = {.name = "path",
                                .value = {.kind = OZ_SCALAR_STRING,
                                          .size = path == NULL ? 0 : (uint32_t)strlen(path),
                                          .as.data = path}};
    const oz_node_spec spec = {.op = oz_operator_find(op),
                               .name = id,
                               .edges = &edge,
                               .edge_count = node > 0,
                               .settings = &setting,
                               .setting_count = path != NULL};
    if (oz_graph_add(graph, &spec, &node, &error) != OZ_OK) {
        fail_msg("%s", error.text);
    }
}

/* Counts the words of a file, three lines at a time and with a checkpoint after each few. */
static sim_io *
run_job(int steps)
{
    static char text[LINES * 8];
    size_t size = 0;
    oz_error error;
    sim_io *sim = sim_io_new(7);
    for (int i = 0; i < LINES; i++) {
        size += (size_t)snprintf(text + size, sizeof text - size, "w%d\n", i * i % WORDS);
    }
    sim_io_put(sim, "in.txt", text, size);
    oz_graph *graph = oz_graph_new(oz_alloc_default(), NULL);
    draw(graph, "files", "in", "in.txt");
    draw(graph, "key_by", "keys", NULL);
    draw(graph, "count", "count", NULL);
    assert_int_equal(oz_graph_seal(graph, &error), OZ_OK);
    const oz_run_options options = {.io = sim_io_table(sim),
                                    .batch_rows = 3,
                                    .state = "state",
                                    .checkpoint_ns = 20};
    oz_instance *instance = NULL;
    assert_int_equal(oz_instance_new(graph, &options, &instance, &error), OZ_OK);
    oz_step step = OZ_MORE;
    for (int i = 0; i < steps && (step == OZ_MORE || step == OZ_WAIT); i++) {
        sim_io_advance(sim, 10);
        step = oz_step_once(instance);
        if (step == OZ_WAIT) {
            (void)oz_wait(instance, -1);
        }
    }
    assert_int_not_equal(step, OZ_FAILED);
    oz_instance_free(&instance);
    oz_graph_free(&graph);
    return sim;
}

static const oz_inspected_step *
step_of(const oz_inspection *found, const char *id)
{
    for (uint32_t i = 0; i < found->step_count; i++) {
        if (strcmp(found->steps[i].id, id) == 0) {
            return &found->steps[i];
        }
    }
    fail_msg("no step %s", id);
    return NULL;
}

static bool
add(void *context, const oz_key *key, uint64_t hash, void *value)
{
    (void)key;
    (void)hash;
    *(int64_t *)context += *(const int64_t *)value;
    return true;
}

/* ---- tests ----------------------------------------------------------------------------------- */

/* What an epoch has belongs together: as many words were counted as lines were read. */
static void
shows_steps_tables_and_positions(void **state)
{
    (void)state;
    bool has_chain = false;
    for (int steps = 20; steps < 400; steps += 20) {
        oz_error error;
        oz_inspection *found = NULL;
        sim_io *sim = run_job(steps);
        const oz_inspect_options options = {.io = sim_io_table(sim)};
        assert_int_equal(oz_inspect("state", &options, &found, &error), OZ_OK);
        assert_true(found->epoch > 0);
        assert_int_equal(found->workers, 1);
        assert_int_equal(found->step_count, 3);
        const oz_inspected_step *in = step_of(found, "in");
        const oz_inspected_step *count = step_of(found, "count");
        assert_string_equal(in->op, "files");
        assert_int_equal(in->position_count, 1);
        assert_string_equal(in->positions[0].partition, "in.txt");
        assert_string_equal(count->tables[0].name, "counts");
        assert_int_equal(count->tables[0].decl.kind, OZ_TABLE_VALUE);
        assert_int_equal(count->tables[0].decl.fields[0], OZ_FIELD_INT64);
        int64_t words = 0;
        oz_table_scan(count->tables[0].table, add, &words);
        size_t size;
        const char *text = sim_io_get(sim, "in.txt", &size);
        int64_t lines = 0;
        for (int64_t i = 0; i < in->positions[0].position; i++) {
            lines += text[i] == '\n';
        }
        assert_int_equal(words, lines);
        assert_true(words > 0);
        assert_int_equal(found->has_ended, words == LINES);
        has_chain |= found->file_count > 1;
        oz_inspection_free(&found);
        assert_null(found);
        assert_int_equal(sim_io_open_handles(sim), 0);
        sim_io_free(sim);
    }
    assert_true(has_chain);
}

static void
a_folder_that_is_none_is_told_and_not_made(void **state)
{
    (void)state;
    oz_error error;
    oz_inspection *found = NULL;
    sim_io *sim = sim_io_new(1);
    const oz_inspect_options options = {.io = sim_io_table(sim)};
    assert_int_equal(oz_inspect("nothing", &options, &found, &error), OZ_NOT_FOUND);
    assert_non_null(strstr(error.text, "'nothing' is no state folder"));
    assert_null(found);
    assert_int_equal(oz_inspect("nothing", &options, &found, &error), OZ_NOT_FOUND);
    sim_io_free(sim);
}

/* The name of the first file of the epoch that holds. */
static void
file_of(sim_io *sim, char *path, size_t room)
{
    oz_error error;
    oz_inspection *found = NULL;
    const oz_inspect_options options = {.io = sim_io_table(sim)};
    assert_int_equal(oz_inspect("state", &options, &found, &error), OZ_OK);
    (void)snprintf(path, room, "state/%s", found->files[0].name);
    oz_inspection_free(&found);
}

static void
damage_is_found_and_named(void **state)
{
    (void)state;
    char path[96];
    sim_io *sim = run_job(100);
    file_of(sim, path, sizeof path);
    size_t size;
    const char *whole = sim_io_get(sim, path, &size);
    char *copy = test_malloc(size);
    memcpy(copy, whole, size);
    const oz_inspect_options options = {.io = sim_io_table(sim)};
    for (size_t at = 0; at < 2 * size; at++) {
        oz_error error;
        oz_inspection *found = NULL;
        if (at < size) {
            copy[at] ^= 4;
        }
        sim_io_put(sim, path, copy, at < size ? size : at - size);
        if (at < size) {
            copy[at] ^= 4;
        }
        assert_int_equal(oz_inspect("state", &options, &found, &error), OZ_CORRUPT);
        assert_non_null(strstr(error.text, path));
        assert_int_equal(sim_io_open_handles(sim), 0);
    }
    test_free(copy);
    sim_io_free(sim);
}

/* Or it can do without: what is found then is whole. */
static void
memory_that_runs_out_is_told(void **state)
{
    (void)state;
    sim_io *sim = run_job(200);
    bool was_reached = true;
    int told = 0;
    for (uint64_t n = 1; was_reached; n++) {
        oz_error error;
        oz_inspection *found = NULL;
        ozi_alloc_counting counting;
        ozi_alloc_counting_init(&counting, oz_alloc_default());
        counting.fail_at = n;
        const oz_inspect_options options = {.io = sim_io_table(sim), .alloc = &counting.alloc};
        oz_status status = oz_inspect("state", &options, &found, &error);
        was_reached = counting.calls >= n;
        told += was_reached && status == OZ_NO_MEMORY;
        if (!was_reached || status != OZ_NO_MEMORY) {
            assert_int_equal(status, OZ_OK);
            assert_non_null(step_of(found, "count")->tables[0].table);
        }
        oz_inspection_free(&found);
        assert_int_equal(counting.live_count, 0);
        assert_int_equal(sim_io_open_handles(sim), 0);
    }
    assert_true(told > 20);
    sim_io_free(sim);
}

static void
calls_that_fail_are_told(void **state)
{
    (void)state;
    sim_io *sim = run_job(200);
    oz_status status = OZ_IO;
    for (uint64_t n = 1; status != OZ_OK; n++) {
        oz_error error;
        oz_inspection *found = NULL;
        const oz_inspect_options options = {.io = sim_io_table(sim)};
        sim_io_fail_at(sim, n, EIO);
        status = oz_inspect("state", &options, &found, &error);
        if (status != OZ_OK) {
            assert_int_equal(status, OZ_IO);
            assert_non_null(strstr(error.text, "Input/output error"));
        }
        oz_inspection_free(&found);
        assert_int_equal(sim_io_open_handles(sim), 0);
        assert_true(n < 1000);
    }
    sim_io_free(sim);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_steps_tables_and_positions),
        cmocka_unit_test(a_folder_that_is_none_is_told_and_not_made),
        cmocka_unit_test(damage_is_found_and_named),
        cmocka_unit_test(memory_that_runs_out_is_told),
        cmocka_unit_test(calls_that_fail_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
