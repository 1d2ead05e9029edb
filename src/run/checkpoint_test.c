/*
 * Checkpoints: a job is stopped at every file operation, in a world whose disk forgets what was not
 * synced, and goes on; its output must be that of a job that never stopped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "batch/key.h"
#include "kit/sim_io.h"
#include "run/instance.h"

enum { LINES = 40, KINDS = 7, STEPS_MAX = 100000, EPOCHS_MAX = 200, SECOND = 1000000000 };

static const oz_port INPUTS[] = {{.name = "in"}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = NULL}};

/* ---- a step with state: numbers its rows, and those of each kind ----------------------------- */

static const oz_table_decl NUMBER_TABLES[] = {
    {.name = "count", .kind = OZ_TABLE_VALUE, .fields = {OZ_FIELD_INT64}},
    {.name = "seen", .kind = OZ_TABLE_LIST},
    {.name = "kinds", .kind = OZ_TABLE_VALUE, .keyed = true, .fields = {OZ_FIELD_INT64}},
    {.name = NULL},
};

/* How many rows of the kind of row `number` there have been, it included. */
static oz_status
count_kind(oz_table *kinds, int64_t number, int64_t *count)
{
    oz_key key = ozi_key_of_int64(number % KINDS, OZI_KEY_SHOW_INT);
    uint64_t hash;
    void *value;
    OZ_TRY(ozi_key_hash(&key, 1, NULL, &hash));
    OZ_TRY(oz_table_put(kinds, &key, hash, &value, &(bool){false}));
    *count = ++*(int64_t *)value;
    return OZ_OK;
}

static oz_status
number_row(oz_context *context, const oz_column *lines, int64_t row, oz_builder *builder)
{
    int64_t *count = oz_table_single(oz_context_table(context, 0));
    oz_table *seen = oz_context_table(context, 1);
    char text[64];
    oz_scalar line;
    int64_t kind;
    OZ_TRY(count_kind(oz_context_table(context, 2), ++*count, &kind));
    OZ_TRY(oz_column_scalar(lines, row, &line));
    OZ_TRY(oz_list_push(seen, &oz_key_single, OZ_HASH_SINGLE, &line));
    int size =
        snprintf(text, sizeof text, "%" PRId64 ":%.*s:%" PRId64 ":%" PRId64, *count, (int)line.size,
                 line.as.data, oz_list_length(seen, &oz_key_single, OZ_HASH_SINGLE), kind);
    return oz_builder_append_string(builder, text, (size_t)size);
}

static oz_status
number_rows(oz_context *context, const oz_batch *batch, const oz_batch **out)
{
    const oz_column *column = NULL;
    oz_builder *builder = oz_builder_new(oz_context_alloc(context), OZ_STRING, NULL);
    oz_status status = builder == NULL ? OZ_NO_MEMORY : OZ_OK;
    for (int64_t row = 0; row < batch->row_count && status == OZ_OK; row++) {
        status = number_row(context, batch->columns[0], row, builder);
    }
    status = status == OZ_OK ? oz_builder_finish(builder, &column) : status;
    oz_builder_free(&builder);
    OZ_TRY(status);
    status = oz_batch_new(oz_context_alloc(context), &column, NULL, 1, NULL, out);
    oz_column_release(&column);
    return status;
}

static oz_step
number_on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)state;
    (void)input;
    const oz_batch *out = NULL;
    oz_status status = number_rows(context, batch, &out);
    if (status != OZ_OK) {
        return oz_failed(context, status);
    }
    oz_step step = oz_emit(context, 0, out);
    oz_batch_release(&out);
    return step;
}

static const oz_operator NUMBER = {.name = "number",
                                   .inputs = INPUTS,
                                   .outputs = OUTPUTS,
                                   .tables = NUMBER_TABLES,
                                   .on_batch = number_on_batch};

/* ---- the job --------------------------------------------------------------------------------- */

static void
draw(oz_graph *graph, const oz_operator *op, const oz_setting *settings, uint32_t setting_count)
{
    uint32_t node = oz_graph_node_count(graph);
    oz_edge edge = {.node = node - 1};
    oz_error error;
    const oz_node_spec spec = {.op = op,
                               .edges = &edge,
                               .edge_count = node > 0,
                               .settings = settings,
                               .setting_count = setting_count};
    if (oz_graph_add(graph, &spec, &node, &error) != OZ_OK) {
        fail_msg("%s", error.text);
    }
}

static oz_scalar
text_of(const char *text)
{
    return (oz_scalar){.kind = OZ_SCALAR_STRING, .size = (uint32_t)strlen(text), .as.data = text};
}

/* files -> (delay ->) number -> a sink of files */
static oz_graph *
job_with(const oz_alloc *alloc, const char *sink, const char *path, double delay_s)
{
    oz_error error;
    oz_graph *graph = oz_graph_new(alloc, NULL);
    const oz_setting in = {.name = "path", .value = text_of("in.txt")};
    const oz_setting out = {.name = "path", .value = text_of(path)};
    const oz_setting delay = {.name = "interval",
                              .value = {.kind = OZ_SCALAR_FLOAT64, .as.float64 = delay_s}};
    draw(graph, oz_operator_find("files"), &in, 1);
    if (delay_s > 0) {
        draw(graph, oz_operator_find("delay"), &delay, 1);
    }
    draw(graph, &NUMBER, NULL, 0);
    draw(graph, oz_operator_find(sink), &out, 1);
    if (oz_graph_seal(graph, &error) != OZ_OK) {
        fail_msg("%s", error.text);
    }
    return graph;
}

static oz_graph *
job_into(const char *sink, const char *path, double delay_s)
{
    return job_with(oz_alloc_default(), sink, path, delay_s);
}

static oz_graph *
job(double delay_s)
{
    return job_into("text_sink", "out.txt", delay_s);
}

static void
put_input(sim_io *sim)
{
    char text[LINES * 16];
    size_t size = 0;
    for (int i = 1; i <= LINES; i++) {
        size += (size_t)snprintf(text + size, sizeof text - size, "line%d\n", i);
    }
    sim_io_put(sim, "in.txt", text, size);
}

static const char *
expected(void)
{
    static char text[LINES * 32];
    size_t size = 0;
    for (int i = 1; i <= LINES; i++) {
        size += (size_t)snprintf(text + size, sizeof text - size, "%d:line%d:%d:%d\n", i, i, i,
                                 (i - 1) / KINDS + 1);
    }
    return text;
}

/* Runs the job until it ends, fails, or has made `steps_max` steps; how it stood at the end. */
static oz_step
run(sim_io *sim, const oz_graph *graph, int steps_max, oz_error *error)
{
    const oz_run_options options = {.io = sim_io_table(sim),
                                    .batch_rows = 3,
                                    .state = "state",
                                    .checkpoint_ns = 1};
    oz_instance *instance = NULL;
    oz_step step = OZ_MORE;
    *error = (oz_error){.status = OZ_OK};
    if (oz_instance_new(graph, &options, &instance, error) != OZ_OK) {
        return OZ_FAILED;
    }
    for (int i = 0; i < steps_max && (step == OZ_MORE || step == OZ_WAIT); i++) {
        sim_io_advance(sim, 10);
        step = oz_step_once(instance);
        if (step == OZ_WAIT && oz_wait(instance, -1) == OZ_IO) {
            step = OZ_FAILED;
        }
    }
    if (step == OZ_FAILED) {
        *error = *oz_instance_error(instance);
    }
    oz_instance_free(&instance);
    return step;
}

/* What a reader may believe of the output: as many bytes as the side file says. */
static size_t
committed(sim_io *sim)
{
    size_t size;
    const char *text = sim_io_get(sim, "out.txt.committed", &size);
    return text == NULL || size == 0 ? 0 : (size_t)strtoull(text, NULL, 10);
}

static void
check_output(sim_io *sim, bool is_whole, uint64_t n)
{
    size_t size = 0;
    size_t length = committed(sim);
    const char *text = sim_io_get(sim, "out.txt", &size);
    if (length > size || (length > 0 && memcmp(text, expected(), length) != 0) ||
        (is_whole && (size != strlen(expected()) || length != size))) {
        fail_msg("stopped at operation %d: %d bytes, of which %d are final:\n%s", (int)n, (int)size,
                 (int)length, text == NULL ? "" : text);
    }
}

/* The files of epochs, one after the other; files that have their names are final. */
static void
check_files(sim_io *sim, bool is_whole, uint64_t n)
{
    size_t length = 0;
    for (int epoch = 1; epoch < EPOCHS_MAX; epoch++) {
        char path[32];
        size_t size = 0;
        (void)snprintf(path, sizeof path, "out-%08d.txt", epoch);
        const char *text = sim_io_get(sim, path, &size);
        if (text != NULL &&
            (length + size > strlen(expected()) || memcmp(text, expected() + length, size) != 0)) {
            fail_msg("stopped at operation %d: %s has\n%.*s", (int)n, path, (int)size, text);
        }
        length += text == NULL ? 0 : size;
        (void)snprintf(path, sizeof path, "out-%08d.txt.tmp", epoch);
        if (is_whole && sim_io_get(sim, path, &size) != NULL) {
            fail_msg("stopped at operation %d: %s is left", (int)n, path);
        }
    }
    if (is_whole && length != strlen(expected())) {
        fail_msg("stopped at operation %d: %d bytes", (int)n, (int)length);
    }
}

typedef void (*check)(sim_io *sim, bool is_whole, uint64_t n);

/* Goes on until the job is at its end. */
static void
finish(sim_io *sim, const oz_graph *graph, check check, uint64_t n)
{
    oz_error error;
    if (run(sim, graph, STEPS_MAX, &error) != OZ_DONE) {
        fail_msg("stopped at operation %d: %s", (int)n, error.text);
    }
    check(sim, true, n);
}

/* ---- tests ----------------------------------------------------------------------------------- */

/* And while it begins again, and once more. */
static void
stop_at_every_operation(oz_graph *graph, check check)
{
    bool was_reached = true;
    uint64_t n = 0;
    while (was_reached) {
        oz_error error;
        sim_io *sim = sim_io_new(++n);
        put_input(sim);
        sim_io_stop_at(sim, n);
        was_reached = run(sim, graph, STEPS_MAX, &error) != OZ_DONE;
        for (uint64_t again = 0; again < 3 && was_reached; again++) {
            sim_io_start_again(sim, n % 3 != 0);
            check(sim, false, n);
            sim_io_stop_at(sim, 1 + (n * 7 + again * 13) % 60);
            (void)run(sim, graph, STEPS_MAX, &error);
        }
        sim_io_start_again(sim, n % 3 != 0);
        check(sim, false, n);
        finish(sim, graph, check, n);
        sim_io_free(sim);
    }
    assert_in_range(n, 100, 100000);
    oz_graph_free(&graph);
}

static void
stopped_at_every_operation(void **state)
{
    (void)state;
    stop_at_every_operation(job(0), check_output);
}

static void
files_of_epochs_stopped_at_every_operation(void **state)
{
    (void)state;
    stop_at_every_operation(job_into("epoch_files", "out-{epoch}.txt", 0), check_files);
}

/* A file that is gone, or is another one, is no reason to go on as if nothing were. */
static void
files_of_epochs_that_others_have_changed(void **state)
{
    (void)state;
    oz_graph *graph = job_into("epoch_files", "out-{epoch}.txt", 0);
    int refused = 0;
    bool is_stopped = true;
    for (uint64_t n = 1; is_stopped; n++) {
        oz_error error;
        sim_io *sim = sim_io_new(n);
        size_t size = 0;
        put_input(sim);
        sim_io_stop_at(sim, n);
        is_stopped = run(sim, graph, STEPS_MAX, &error) == OZ_FAILED;
        sim_io_start_again(sim, false);
        for (int epoch = 1; epoch < EPOCHS_MAX; epoch++) {
            char path[32];
            (void)snprintf(path, sizeof path, "out-%08d.txt.tmp", epoch);
            if (sim_io_get(sim, path, &size) != NULL) {
                sim_io_put(sim, path, "x", 1);
            }
        }
        oz_step step = run(sim, graph, STEPS_MAX, &error);
        if (step == OZ_FAILED) {
            refused++;
            assert_int_equal(error.status, OZ_REFUSED);
            assert_non_null(strstr(error.text, "had written: it was changed by others"));
        } else {
            check_files(sim, true, n);
        }
        sim_io_free(sim);
    }
    assert_in_range(refused, 2, 60);
    oz_graph_free(&graph);
}

/* And again while it goes on, and once more. */
static void
stopped_while_it_goes_on(void **state)
{
    (void)state;
    oz_graph *graph = job(0);
    uint64_t stops = 0;
    for (uint64_t seed = 1; seed <= 400; seed++) {
        sim_io *sim = sim_io_new(seed);
        oz_error error;
        oz_step step = OZ_FAILED;
        put_input(sim);
        for (int stop = 0; stop < 6 && step == OZ_FAILED; stop++) {
            sim_io_stop_at(sim, 1 + sim_io_table(sim)->random(sim_io_table(sim)->self) % 120);
            step = run(sim, graph, STEPS_MAX, &error);
            stops += step == OZ_FAILED;
            sim_io_start_again(sim, seed % 2 == 0);
            check_output(sim, false, seed);
        }
        finish(sim, graph, check_output, seed);
        sim_io_free(sim);
    }
    assert_in_range(stops, 500, 3000);
    oz_graph_free(&graph);
}

/* Rows that wait for the clock are there after a stop, and due when they would have been. */
static void
rows_that_wait_go_on_waiting(void **state)
{
    (void)state;
    oz_graph *graph = job(10);
    oz_error error;
    sim_io *sim = sim_io_new(7);
    put_input(sim);
    sim_io_set_automatic(sim, false);
    assert_int_equal(run(sim, graph, 200, &error), OZ_WAIT); /* all are read, none has left */
    assert_int_equal(committed(sim), 0);
    sim_io_start_again(sim, true);
    sim_io_advance(sim, 9 * (int64_t)SECOND);
    assert_int_equal(run(sim, graph, 20, &error), OZ_WAIT);
    assert_int_equal(committed(sim), 0);
    sim_io_start_again(sim, true);
    sim_io_advance(sim, SECOND);
    finish(sim, graph, check_output, 0);
    sim_io_free(sim);
    oz_graph_free(&graph);
}

static void
put_back(sim_io *sim, const char *path, const char *data, size_t size, size_t changed)
{
    char *copy = malloc(size + 1);
    memcpy(copy, data, size);
    copy[changed] ^= 1;
    sim_io_put(sim, path, copy, size);
    free(copy);
}

/* The path of the state file that the manifest names. */
static void
state_path(sim_io *sim, char *path, size_t capacity)
{
    size_t size;
    char name[65];
    const char *line = strstr(sim_io_get(sim, "state/manifest", &size), "\nstate 0 ");
    assert_non_null(line);
    assert_int_equal(sscanf(line, "\nstate 0 %64s", name), 1);
    (void)snprintf(path, capacity, "state/%s", name);
}

/* Any bit of any file: the message names the file, and nothing is overwritten. */
static void
damage_is_refused_by_name(void **state)
{
    (void)state;
    oz_graph *graph = job(0);
    sim_io *sim = sim_io_new(3);
    oz_error error;
    char paths[2][80] = {"state/manifest"};
    put_input(sim);
    assert_int_equal(run(sim, graph, 30, &error), OZ_MORE);
    state_path(sim, paths[1], sizeof paths[1]);
    for (int i = 0; i < 2; i++) {
        size_t size;
        const char *data = sim_io_get(sim, paths[i], &size);
        char *kept = malloc(size);
        memcpy(kept, data, size);
        for (size_t at = 0; at < size; at += 7) {
            put_back(sim, paths[i], kept, size, at);
            assert_int_equal(run(sim, graph, 1, &error), OZ_FAILED);
            assert_int_equal(error.status, OZ_CORRUPT);
            assert_non_null(strstr(error.text, paths[i]));
            sim_io_put(sim, paths[i], kept, at); /* cut off */
            assert_int_equal(run(sim, graph, 1, &error), OZ_FAILED);
            assert_int_equal(error.status, OZ_CORRUPT);
            sim_io_put(sim, paths[i], kept, size);
        }
        free(kept);
    }
    finish(sim, graph, check_output, 0);
    sim_io_free(sim);
    oz_graph_free(&graph);
}

static void
one_job_owns_a_folder(void **state)
{
    (void)state;
    oz_graph *graph = job(0);
    sim_io *sim = sim_io_new(4);
    oz_error error;
    put_input(sim);
    const oz_run_options options = {.io = sim_io_table(sim), .state = "state"};
    oz_instance *first = NULL;
    oz_instance *second = NULL;
    assert_int_equal(oz_instance_new(graph, &options, &first, &error), OZ_OK);
    assert_int_equal(oz_instance_new(graph, &options, &second, &error), OZ_REFUSED);
    assert_non_null(strstr(error.text, "another process runs a job in the state folder 'state'"));
    oz_instance_free(&first);
    assert_int_equal(oz_instance_new(graph, &options, &first, &error), OZ_OK);
    oz_instance_free(&first);
    sim_io_free(sim);
    oz_graph_free(&graph);
}

/* The step that numbers is drawn no more: its state is not dropped by accident. */
static void
state_of_a_step_that_is_gone(void **state)
{
    (void)state;
    oz_graph *graph = job(0);
    oz_graph *other = oz_graph_new(oz_alloc_default(), NULL);
    const oz_setting in = {.name = "path", .value = text_of("in.txt")};
    sim_io *sim = sim_io_new(5);
    oz_error error;
    put_input(sim);
    assert_int_equal(run(sim, graph, 20, &error), OZ_MORE);
    draw(other, oz_operator_find("files"), &in, 1);
    assert_int_equal(oz_graph_seal(other, &error), OZ_OK);
    oz_run_options options = {.io = sim_io_table(sim), .state = "state"};
    oz_instance *instance = NULL;
    assert_int_equal(oz_instance_new(other, &options, &instance, &error), OZ_REFUSED);
    assert_non_null(strstr(error.text, "table \"count\""));
    options.allow_dropped_state = true;
    assert_int_equal(oz_instance_new(other, &options, &instance, &error), OZ_OK);
    oz_instance_free(&instance);
    sim_io_free(sim);
    oz_graph_free(&graph);
    oz_graph_free(&other);
}

/* One more checkpoint, made or lost: it comes to the disk while rows go on. */
static void
checkpoint(oz_instance *instance)
{
    uint64_t epoch = oz_instance_epoch(instance);
    int64_t failures = oz_instance_failed_checkpoints(instance, NULL);
    oz_checkpoint(instance);
    while (oz_instance_epoch(instance) == epoch &&
           oz_instance_failed_checkpoints(instance, NULL) == failures) {
        oz_step step = oz_step_once(instance);
        assert_true(step == OZ_MORE || step == OZ_WAIT);
        assert_int_not_equal(oz_wait(instance, 1), OZ_IO); /* what is aside is done now */
    }
}

/* A full disk stops checkpoints, not the job; with room it goes on by itself. */
static void
a_full_disk_is_waited_for(void **state)
{
    (void)state;
    oz_graph *graph = job(0);
    sim_io *sim = sim_io_new(6);
    oz_error error;
    put_input(sim);
    const oz_run_options options = {.io = sim_io_table(sim),
                                    .batch_rows = 1,
                                    .state = "state",
                                    .checkpoint_ns = SECOND};
    oz_instance *instance = NULL;
    assert_int_equal(oz_instance_new(graph, &options, &instance, &error), OZ_OK);
    assert_int_equal(oz_step_once(instance), OZ_MORE);
    checkpoint(instance);
    assert_int_equal(oz_instance_epoch(instance), 1);
    assert_int_equal(oz_step_once(instance), OZ_MORE);
    sim_io_set_disk_room(sim, 60); /* for the row, not for the state */
    checkpoint(instance);
    assert_int_equal(oz_instance_epoch(instance), 1);
    assert_int_equal(oz_instance_failed_checkpoints(instance, &error), 1);
    assert_non_null(strstr(error.text, "No space left"));
    sim_io_set_disk_room(sim, -1);
    checkpoint(instance);
    assert_int_equal(oz_instance_epoch(instance), 3); /* the number of the lost one is not used */
    oz_instance_free(&instance);
    sim_io_free(sim);
    oz_graph_free(&graph);
}

/*
 * One call fails, which may lose an epoch: all that has changed since the one before it is in the
 * next one. What comes after it is cut off again and again, so that it must be taken up from there.
 */
static void
what_a_lost_epoch_had_is_in_the_next(void **state)
{
    (void)state;
    oz_graph *graph = job(0);
    for (uint64_t n = 1; n < 250; n += 3) {
        for (int steps = 4; steps < 44; steps += 3) {
            sim_io *sim = sim_io_new(n);
            oz_error error;
            put_input(sim);
            sim_io_fail_at(sim, n, 5); /* EIO */
            (void)run(sim, graph, steps, &error);
            sim_io_fail_at(sim, 0, 0);
            finish(sim, graph, check_output, n);
            sim_io_free(sim);
        }
    }
    oz_graph_free(&graph);
}

/*
 * The n-th allocation fails, while the job begins, runs, or begins again: it says so, lets all go,
 * and when there is memory it goes on from what holds.
 */
static void
memory_that_runs_out_at_every_allocation(void **state)
{
    (void)state;
    static const char *const sinks[] = {"text_sink", "epoch_files"};
    static const char *const paths[] = {"out.txt", "out-{epoch}.txt"};
    for (int kind = 0; kind < 2; kind++) {
        ozi_alloc_counting counting;
        ozi_alloc_counting_init(&counting, oz_alloc_default());
        oz_graph *graph = job_with(&counting.alloc, sinks[kind], paths[kind], 0.00000005);
        size_t before = counting.live_count;
        bool was_reached = true;
        uint64_t n = 0;
        while (was_reached) {
            sim_io *sim = sim_io_new(++n);
            oz_error error;
            put_input(sim);
            counting.calls = 0;
            counting.fail_at = n;
            oz_step step = run(sim, graph, n % 2 == 0 ? STEPS_MAX : 25, &error);
            step = step == OZ_MORE ? run(sim, graph, STEPS_MAX, &error) : step;
            was_reached = counting.calls >= n;
            bool is_told = error.status == OZ_NO_MEMORY || strstr(error.text, "memory") != NULL;
            if (step != OZ_DONE && (step != OZ_FAILED || !is_told)) {
                fail_msg("allocation %d: %d, %s", (int)n, (int)step, error.text);
            }
            counting.fail_at = 0;
            assert_int_equal(counting.live_count, before);
            assert_int_equal(sim_io_open_handles(sim), 0);
            finish(sim, graph, kind == 0 ? check_output : check_files, n);
            sim_io_free(sim);
        }
        assert_in_range(n, 100, 100000);
        oz_graph_free(&graph);
        assert_int_equal(counting.live_count, 0);
    }
}

/* What attempts left that came to nothing is removed, and nothing else. */
static void
what_nobody_needs_is_removed(void **state)
{
    (void)state;
    oz_graph *graph = job(0);
    sim_io *sim = sim_io_new(8);
    oz_error error;
    size_t size;
    char path[80];
    put_input(sim);
    assert_int_equal(run(sim, graph, 30, &error), OZ_MORE);
    state_path(sim, path, sizeof path);
    sim_io_put(sim, "state/state.0.99.1", "half", 4);
    sim_io_put(sim, "state/state.17.2.3", "", 0);
    sim_io_put(sim, "state/state.txt", "mine", 4);
    assert_int_equal(run(sim, graph, 1, &error), OZ_MORE);
    assert_null(sim_io_get(sim, "state/state.0.99.1", &size));
    assert_null(sim_io_get(sim, "state/state.17.2.3", &size));
    assert_non_null(sim_io_get(sim, "state/state.txt", &size));
    assert_non_null(sim_io_get(sim, path, &size));
    sim_io_free(sim);
    oz_graph_free(&graph);
}

/* It is the step's failure, not one of the folder: what it has shown would not be there. */
static void
a_file_that_cannot_be_made_durable(void **state)
{
    (void)state;
    static const char *const paths[] = {"out.txt", "out.txt.committed.tmp"};
    static const char *const messages[] = {"cannot make durable 'out.txt': Input/output error",
                                           "cannot make durable and name "
                                           "'out.txt.committed.tmp': Input/output error"};
    for (int i = 0; i < 2; i++) {
        oz_graph *graph = job(0);
        sim_io *sim = sim_io_new(9);
        oz_error error;
        sim_io_file_faults faults = {.sync_error = EIO};
        put_input(sim);
        sim_io_set_file_faults(sim, paths[i], &faults);
        assert_int_equal(run(sim, graph, STEPS_MAX, &error), OZ_FAILED);
        assert_non_null(strstr(error.text, messages[i]));
        assert_non_null(strstr(error.text, "text_sink"));
        assert_int_equal(sim_io_open_handles(sim), 0);
        faults.sync_error = 0;
        sim_io_set_file_faults(sim, paths[i], &faults);
        finish(sim, graph, check_output, (uint64_t)i);
        sim_io_free(sim);
        oz_graph_free(&graph);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_job_owns_a_folder),
        cmocka_unit_test(stopped_at_every_operation),
        cmocka_unit_test(files_of_epochs_stopped_at_every_operation),
        cmocka_unit_test(files_of_epochs_that_others_have_changed),
        cmocka_unit_test(stopped_while_it_goes_on),
        cmocka_unit_test(rows_that_wait_go_on_waiting),
        cmocka_unit_test(damage_is_refused_by_name),
        cmocka_unit_test(state_of_a_step_that_is_gone),
        cmocka_unit_test(a_full_disk_is_waited_for),
        cmocka_unit_test(what_a_lost_epoch_had_is_in_the_next),
        cmocka_unit_test(memory_that_runs_out_at_every_allocation),
        cmocka_unit_test(what_nobody_needs_is_removed),
        cmocka_unit_test(a_file_that_cannot_be_made_durable),
    };
    return cmocka_run_group_tests_name("run/checkpoint", tests, NULL, NULL);
}
