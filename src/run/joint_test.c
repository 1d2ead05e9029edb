/*
 * Jobs of several workers in one process, in a simulated world: each step is that of a worker drawn
 * by the seed, the machine stops at any operation and starts again with another number of workers,
 * and the output must be that of a job that never stopped.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "kit/sim_io.h"
#include "op/exchange.h"
#include "run/joint.h"
#include "state/table.h"

#define REPLAY "OUZEL_SEEDS=%" PRIu64 " build/tests/test-run-joint"

/* Of a lane: less than a message, so that all are full all the time. */
enum { ROOM = 256 };
enum { FILES = 5, LINES = 40, WORDS = 7, WORKERS_MAX = 4, STEPS_MAX = 400000, EPOCHS_MAX = 2000 };

/* ---- the world: bells are real, and nobody ever waits for them ------------------------------- */

static const oz_io *world;

static int64_t
watch(void *self, int64_t poller, int64_t file, uint32_t interest, uint64_t token)
{
    return token == OZI_BELL_TOKEN ? 0 : world->watch(self, poller, file, interest, token);
}

static oz_io
table_of(sim_io *sim)
{
    world = sim_io_table(sim);
    oz_io io = *world;
    io.watch = watch;
    return io;
}

/* ---- a step with state by key: numbers the rows of each word --------------------------------- */

/* `all` brings each worker all rows there are. */
enum { IN, ALL };
static const oz_port INPUTS[] = {{.name = "in", .routing = OZ_ROUTE_KEY}, {.name = NULL}};
static const oz_port BOTH_INPUTS[] = {{.name = "in", .routing = OZ_ROUTE_KEY},
                                      {.name = "all", .routing = OZ_ROUTE_BROADCAST},
                                      {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = NULL}};
static const oz_table_decl TABLES[] = {
    {.name = "count", .kind = OZ_TABLE_VALUE, .keyed = true, .fields = {OZ_FIELD_INT64}},
    {.name = "heard", .kind = OZ_TABLE_VALUE, .fields = {OZ_FIELD_INT64}, .broadcast = true},
    {.name = NULL},
};

static oz_status
number_row(oz_context *node, const oz_batch *batch, int64_t row, oz_builder *builder)
{
    const ozi_exchange *exchange = node->engine->exchange;
    uint64_t hash = batch->rows->hashes[row];
    char text[64];
    oz_scalar word;
    void *value;
    if (exchange != NULL) { /* it is where it belongs */
        assert_int_equal(ozi_owner_of(&exchange->owners, hash), exchange->job->worker);
    }
    OZ_TRY(oz_column_scalar(batch->columns[0], row, &word));
    OZ_TRY(oz_table_put(oz_context_table(node, 0), &batch->rows->keys[row], hash, &value,
                        &(bool){false}));
    int size = snprintf(text, sizeof text, "%.*s %" PRId64, (int)word.size, word.as.data,
                        ++*(int64_t *)value);
    return oz_builder_append_string(builder, text, (size_t)size);
}

static oz_status
number_rows(oz_context *node, const oz_batch *batch, const oz_batch **out)
{
    const oz_column *column = NULL;
    oz_builder *builder = oz_builder_new(oz_context_alloc(node), OZ_STRING, NULL);
    oz_status status = builder == NULL ? OZ_NO_MEMORY : OZ_OK;
    for (int64_t row = 0; row < batch->row_count && status == OZ_OK; row++) {
        status = number_row(node, batch, row, builder);
    }
    status = status == OZ_OK ? oz_builder_finish(builder, &column) : status;
    oz_builder_free(&builder);
    OZ_TRY(status);
    status = oz_batch_new(oz_context_alloc(node), &column, NULL, 1, batch->rows, out);
    oz_column_release(&column);
    return status;
}

static oz_step
number_on_batch(void *state, oz_context *node, uint32_t input, const oz_batch *batch)
{
    (void)state;
    const oz_batch *out = NULL;
    if (input == ALL) {
        int64_t *heard = oz_table_single(oz_context_table(node, 1));
        *heard += batch->row_count;
        return OZ_NEED;
    }
    oz_status status = number_rows(node, batch, &out);
    if (status != OZ_OK) {
        return oz_failed(node, status);
    }
    oz_step step = oz_emit(node, 0, out);
    oz_batch_release(&out);
    return step;
}

/* Each worker has heard each row once. */
static oz_step
hear_on_end(void *state, oz_context *node, uint32_t input, uint32_t open_inputs)
{
    (void)state;
    (void)input;
    int64_t *heard = oz_table_single(oz_context_table(node, 1));
    if (open_inputs == 0) {
        assert_int_equal(*heard, FILES * LINES);
    }
    return OZ_NEED;
}

static const oz_operator NUMBER = {.name = "number",
                                   .inputs = INPUTS,
                                   .outputs = OUTPUTS,
                                   .tables = TABLES,
                                   .on_batch = number_on_batch};

static const oz_operator NUMBER_AND_HEAR = {.name = "number_and_hear",
                                            .inputs = BOTH_INPUTS,
                                            .outputs = OUTPUTS,
                                            .tables = TABLES,
                                            .on_batch = number_on_batch,
                                            .on_end = hear_on_end};

/* ---- the graph ------------------------------------------------------------------------------- */

static oz_scalar
text_of(const char *text)
{
    return (oz_scalar){.kind = OZ_SCALAR_STRING, .size = (uint32_t)strlen(text), .as.data = text};
}

/* Below the last step, and beside it below the first when it hears all. */
static void
draw(oz_graph *graph, const oz_operator *op, const char *option, oz_scalar value)
{
    uint32_t node = oz_graph_node_count(graph);
    const oz_edge edges[] = {{.node = node - 1}, {.node = 0, .input = ALL}};
    oz_error error;
    const oz_setting setting = {.name = option, .value = value};
    const oz_node_spec spec = {.op = op,
                               .edges = edges,
                               .edge_count = node == 0                ? 0
                                             : op == &NUMBER_AND_HEAR ? 2
                                                                      : 1,
                               .settings = &setting,
                               .setting_count = option != NULL};
    if (oz_graph_add(graph, &spec, &node, &error) != OZ_OK) {
        fail_msg("%s", error.text);
    }
}

typedef struct plan {
    const char *in, *out;
    bool delays;        /* before the words are counted: queues on each worker */
    bool hears;         /* the step that counts is told of all words, on each worker */
    bool redraws;       /* keys once more, after they were counted: a second exchange by key */
    uint32_t later_min; /* entries of a table that is written while rows go on */
} plan;

/* files -> (delay ->) key_by -> number -> (key_by -> delay ->) a sink of files */
static oz_graph *
graph_of(const oz_alloc *alloc, const plan *drawn, uint32_t workers)
{
    oz_error error;
    const oz_scalar nothing = {.kind = OZ_SCALAR_NULL};
    const oz_scalar delay = {.kind = OZ_SCALAR_FLOAT64, .as.float64 = 1e-7};
    oz_graph *graph = oz_graph_new(alloc, NULL);
    draw(graph, oz_operator_find("files"), "path", text_of(drawn->in));
    if (drawn->delays) {
        draw(graph, oz_operator_find("delay"), "interval", delay);
    }
    draw(graph, oz_operator_find("key_by"), NULL, nothing);
    draw(graph, drawn->hears ? &NUMBER_AND_HEAR : &NUMBER, NULL, nothing);
    if (drawn->redraws) {
        draw(graph, oz_operator_find("unique"), NULL, nothing);
        draw(graph, oz_operator_find("delay"), "interval", delay);
    }
    bool has_epochs = strstr(drawn->out, "{epoch}") != NULL;
    const char *sink = has_epochs ? "epoch_files" : "text_sink";
    draw(graph, oz_operator_find(sink), "path", text_of(drawn->out));
    if (oz_graph_seal(graph, &error) != OZ_OK || oz_graph_spread(graph, workers, &error) != OZ_OK) {
        fail_msg("%s", error.text);
    }
    return graph;
}

/* What is in a file; its size. */
static size_t
lines_of(int file, char *text, size_t room)
{
    size_t size = 0;
    for (int i = 0; i < LINES; i++) {
        int word = (file * 31 + i * 17) % WORDS;
        size += (size_t)snprintf(text + size, room - size, "word%d\n", word);
    }
    return size;
}

static void
put_input(sim_io *sim)
{
    for (int file = 0; file < FILES; file++) {
        char text[LINES * 16];
        char path[16];
        (void)snprintf(path, sizeof path, "in.%d", file);
        sim_io_put(sim, path, text, lines_of(file, text, sizeof text));
    }
}

/* ---- the crew -------------------------------------------------------------------------------- */

typedef struct crew {
    oz_io io;
    ozi_alloc_counting memory;
    oz_graph *graph;
    const plan *drawn;
    oz_job *host;
    bool has_state;
    oz_job *jobs[WORKERS_MAX];
    oz_instance *instances[WORKERS_MAX]; /* NULL: the seat is free */
    bool is_done[WORKERS_MAX];
    bool grows;     /* and shrinks, when the seed says so */
    uint64_t asked; /* times that it was told to */
    uint64_t lost;  /* times that it could not, as far as that was noted */
} crew;

static oz_status
sit(crew *made, uint32_t seat, oz_error *error)
{
    int64_t bells[WORKERS_MAX] = {0};
    for (uint32_t i = 0; i < oz_job_seats(made->host); i++) {
        bells[i] = oz_job_bell(made->host, i);
    }
    assert_int_equal(oz_job_join(NULL, oz_job_file(made->host), bells, seat, &made->jobs[seat],
                                 NULL),
                     OZ_OK);
    made->jobs[seat]->room_max = ROOM;
    made->is_done[seat] = false;
    const oz_run_options options = {.io = &made->io,
                                    .batch_rows = 3,
                                    .state = made->has_state ? "state" : NULL,
                                    .checkpoint_ns = 500,
                                    .job = made->jobs[seat]};
    OZ_TRY(oz_instance_new(made->graph, &options, &made->instances[seat], error));
    made->instances[seat]->state.later_min = made->drawn->later_min;
    return OZ_OK;
}

static void
stand_up(crew *made, uint32_t seat)
{
    oz_instance_free(&made->instances[seat]);
    oz_job_free(&made->jobs[seat]);
}

/* The `fail_at`th allocation fails; 0: none does. */
static oz_status
gather(crew *made, sim_io *sim, const plan *drawn, uint32_t workers, bool has_state, bool grows,
       uint64_t fail_at, oz_error *error)
{
    uint32_t seats = grows ? WORKERS_MAX : workers;
    *made = (crew){.io = table_of(sim), .drawn = drawn, .has_state = has_state, .grows = grows};
    ozi_alloc_counting_init(&made->memory, oz_alloc_default());
    made->graph = graph_of(&made->memory.alloc, drawn, seats);
    made->memory.fail_at = fail_at == 0 ? 0 : made->memory.calls + fail_at;
    assert_int_equal(oz_job_new(NULL, workers, seats, &made->host, NULL), OZ_OK);
    for (uint32_t i = 0; i < workers; i++) {
        OZ_TRY(sit(made, i, error));
    }
    return OZ_OK;
}

static void
part(crew *made)
{
    for (uint32_t i = 0; i < WORKERS_MAX; i++) {
        stand_up(made, i);
    }
    oz_job_free(&made->host);
    oz_graph_free(&made->graph);
    assert_int_equal(made->memory.live_count, 0);
}

static uint64_t
draw_number(uint64_t *seed)
{
    *seed += UINT64_C(0x9e3779b97f4a7c15);
    return ozi_mix64(*seed);
}

/*
 * Now and then another number of workers is to go on. One that cannot make its instance is not
 * waited for any more: nothing has changed then.
 */
static void
scale(crew *made, uint64_t *seed)
{
    oz_moves moves;
    oz_error error;
    uint32_t wanted = 1 + (uint32_t)(draw_number(seed) % WORKERS_MAX);
    oz_job_moves(made->host, &moves);
    if (moves.made + moves.lost < made->asked || moves.present != moves.workers ||
        wanted == moves.workers) {
        return;
    }
    assert_int_equal(oz_job_scale(made->host, wanted, NULL), OZ_OK);
    for (uint32_t seat = moves.workers; moves.lost > made->lost && seat < WORKERS_MAX; seat++) {
        stand_up(made, seat); /* it had come for nothing */
    }
    made->lost = moves.lost;
    for (uint32_t seat = moves.workers; seat < wanted; seat++) {
        assert_null(made->instances[seat]); /* who was there before has left */
        if (sit(made, seat, &error) != OZ_OK) {
            assert_int_equal(oz_job_scale(made->host, moves.workers, NULL), OZ_OK);
            for (; seat >= moves.workers; seat--) {
                stand_up(made, seat);
            }
            return;
        }
    }
    made->asked++;
}

/* Whether all that share the keys have come to their end. */
static bool
are_done(const crew *made)
{
    uint32_t workers = oz_job_workers(made->host);
    for (uint32_t i = 0; i < workers; i++) {
        if (!made->is_done[i]) {
            return false;
        }
    }
    return true;
}

static oz_step
step_worker(crew *made, uint32_t seat, oz_error *error)
{
    oz_instance *instance = made->instances[seat];
    oz_step step = made->is_done[seat] || instance == NULL ? OZ_MORE : oz_step_once(instance);
    if (step == OZ_WAIT) {
        (void)oz_wait(instance, 0); /* it goes on when others, or the disk, have */
    }
    if (step == OZ_FAILED) {
        *error = *oz_instance_error(instance);
    }
    made->is_done[seat] |= step == OZ_DONE;
    if (step == OZ_DONE && seat >= oz_job_workers(made->host)) {
        stand_up(made, seat); /* it has none of the keys any more: it leaves */
    }
    return step;
}

/* Steps the workers in an order that the seed draws, until all are done or one fails. */
static oz_step
work(crew *made, sim_io *sim, uint64_t *seed, int steps_max, oz_error *error)
{
    for (int i = 0; i < steps_max && !are_done(made); i++) {
        uint64_t drawn = draw_number(seed);
        sim_io_advance(sim, 10);
        if (made->grows && (drawn >> 32) % 64 == 0) {
            scale(made, seed);
        }
        if (step_worker(made, (uint32_t)(drawn % WORKERS_MAX), error) == OZ_FAILED) {
            return OZ_FAILED;
        }
    }
    return are_done(made) ? OZ_DONE : OZ_MORE;
}

/* ---- what must be true of the output --------------------------------------------------------- */

/* Each word is numbered 1, 2, 3, ... without a gap, in order; how many lines there are. */
static int
check_lines(const char *text, size_t size, uint64_t seed)
{
    int counts[WORDS] = {0};
    int lines = 0;
    const char *end = text + size;
    while (text < end) {
        int word;
        int number;
        if (sscanf(text, "word%d %d\n", &word, &number) != 2 || word >= WORDS ||
            number != ++counts[word]) {
            fail_msg(REPLAY ": line %d is not the next of its word: %.12s", seed, lines, text);
        }
        text = (const char *)memchr(text, '\n', (size_t)(end - text)) + 1;
        lines++;
    }
    return lines;
}

static void
check_output(sim_io *sim, bool has_state, bool is_whole, uint64_t seed)
{
    size_t size = 0;
    size_t side_size = 0;
    const char *side = sim_io_get(sim, "out.txt.committed", &side_size);
    size_t length = side == NULL || side_size == 0 ? 0 : (size_t)strtoull(side, NULL, 10);
    const char *text = sim_io_get(sim, "out.txt", &size);
    if (text == NULL || length > size) {
        assert_false(is_whole);
        assert_int_equal(length, 0);
        return;
    }
    int lines = check_lines(text, has_state ? length : size, seed);
    if (is_whole && lines != FILES * LINES) {
        fail_msg(REPLAY ": %d lines, not %d", seed, lines, FILES * LINES);
    }
}

/* The files of epochs, one after the other. */
static void
check_files(sim_io *sim, bool is_whole, uint64_t seed)
{
    static char all[FILES * LINES * 16];
    size_t length = 0;
    for (int epoch = 1; epoch < EPOCHS_MAX; epoch++) {
        char path[32];
        size_t size = 0;
        (void)snprintf(path, sizeof path, "out-%08d.txt", epoch);
        const char *text = sim_io_get(sim, path, &size);
        if (text != NULL) {
            assert_true(length + size <= sizeof all);
            memcpy(all + length, text, size);
            length += size;
        }
    }
    int lines = check_lines(all, length, seed);
    if (is_whole && lines != FILES * LINES) {
        fail_msg(REPLAY ": %d lines in files, not %d", seed, lines, FILES * LINES);
    }
}

/* ---- tests ----------------------------------------------------------------------------------- */

#define SIMULATED .in = "in.*", .out = "out.txt", .later_min = 1
static const plan PLANS[] = {{SIMULATED},
                             {SIMULATED, .delays = true},
                             {SIMULATED, .hears = true},
                             {SIMULATED, .redraws = true}};
enum { PLAN_COUNT = sizeof PLANS / sizeof *PLANS };

static void
every_number_of_workers_agrees(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        uint32_t workers = 1 + (uint32_t)(seed % WORKERS_MAX);
        bool has_state = seed % 3 == 0;
        bool grows = seed % 6 == 0;
        uint64_t drawn = seed;
        crew made;
        oz_error error;
        sim_io *sim = sim_io_new(seed);
        put_input(sim);
        oz_status status =
            gather(&made, sim, &PLANS[seed % PLAN_COUNT], workers, has_state, grows, 0, &error);
        if (status != OZ_OK || work(&made, sim, &drawn, STEPS_MAX, &error) != OZ_DONE) {
            fail_msg(REPLAY ": %s", seed, error.text);
        }
        part(&made);
        check_output(sim, has_state, true, seed);
        assert_int_equal(sim_io_open_handles(sim), 0);
        sim_io_free(sim);
    }
}

/*
 * What goes wrong in a life, if anything does before it has come to its end: the allocation that is
 * to fail, or 0.
 */
static uint64_t
draw_fault(sim_io *sim, uint64_t *drawn)
{
    static const int ERRORS[] = {EIO, ENOSPC, EMFILE};
    uint64_t operation = 1 + draw_number(drawn) % 400;
    sim_io_file_faults pieces = {.chunk_max = draw_number(drawn) % 3 == 0 ? 1 : 0};
    sim_io_set_file_faults(sim, "in.0", &pieces);
    sim_io_set_file_faults(sim, "out.txt", &pieces);
    switch (draw_number(drawn) % 5) {
    case 4:
        return operation;
    case 0:
        sim_io_fail_at(sim, operation, ERRORS[operation % 3]); /* that one, and no other */
        break;
    case 1:
        sim_io_set_disk_room(sim, (int64_t)operation * 20);
        break;
    default:
        sim_io_stop_at(sim, operation); /* the machine */
    }
    return 0;
}

static void
end_fault(sim_io *sim)
{
    const sim_io_file_faults none = {0};
    sim_io_stop_at(sim, 0);
    sim_io_fail_at(sim, 0, 0);
    sim_io_set_disk_room(sim, -1);
    sim_io_set_file_faults(sim, "in.0", &none);
    sim_io_set_file_faults(sim, "out.txt", &none);
}

/* Lives of one job: something goes wrong in each that the seed draws, but not in the last one. */
static void
live_and_die(uint64_t seed)
{
    uint64_t drawn = seed;
    sim_io *sim = sim_io_new(seed);
    plan planned = PLANS[draw_number(&drawn) % PLAN_COUNT];
    oz_step step = OZ_MORE;
    bool has_files = draw_number(&drawn) % 3 == 0;
    planned.out = has_files ? "out-{epoch}.txt" : planned.out;
    put_input(sim);
    for (int life = 0; step != OZ_DONE; life++) {
        crew made;
        oz_error error = {.status = OZ_OK};
        uint32_t workers = 1 + (uint32_t)(draw_number(&drawn) % WORKERS_MAX);
        bool is_last = life >= 6;
        bool grows = draw_number(&drawn) % 2 == 0;
        uint64_t fail_at = is_last ? 0 : draw_fault(sim, &drawn);
        oz_status status = gather(&made, sim, &planned, workers, true, grows, fail_at, &error);
        step = status == OZ_OK ? work(&made, sim, &drawn, STEPS_MAX, &error) : OZ_FAILED;
        part(&made);
        if (is_last && step != OZ_DONE) {
            fail_msg(REPLAY ": %s", seed, error.text);
        }
        end_fault(sim);
        if (step != OZ_DONE) {
            sim_io_start_again(sim, draw_number(&drawn) % 2 == 0);
        }
        if (has_files) {
            check_files(sim, step == OZ_DONE, seed);
        } else {
            check_output(sim, true, step == OZ_DONE, seed);
        }
    }
    sim_io_free(sim);
}

/* OUZEL_SEEDS=first or first-last chooses others. */
static void
a_job_that_dies_loses_nothing(void **state)
{
    (void)state;
    uint64_t first = 1;
    uint64_t last = getenv("OUZEL_CI") == NULL ? 1500 : 6000;
    const char *chosen = getenv("OUZEL_SEEDS");
    if (chosen != NULL && sscanf(chosen, "%" SCNu64 "-%" SCNu64, &first, &last) == 1) {
        last = first;
    }
    for (uint64_t seed = first; seed <= last; seed++) {
        live_and_die(seed);
    }
}

/* ---- threads in the real world --------------------------------------------------------------- */

enum { ROUNDS = 15, THREADS = 3 };

typedef struct life {
    const oz_graph *graph;
    oz_job *job;
    const char *state;
    oz_error error;
    oz_step step;
} life;

static void *
live(void *context)
{
    life *lived = context;
    oz_instance *instance = NULL;
    const oz_run_options options = {.batch_rows = 3,
                                    .state = lived->state,
                                    .checkpoint_ns = 20000,
                                    .job = lived->job};
    lived->step = OZ_FAILED;
    if (oz_instance_new(lived->graph, &options, &instance, &lived->error) != OZ_OK) {
        return NULL;
    }
    do {
        lived->step = oz_step_once(instance);
        if (lived->step == OZ_WAIT) {
            (void)oz_wait(instance, -1);
        }
    } while (lived->step == OZ_MORE || lived->step == OZ_WAIT);
    lived->error = *oz_instance_error(instance);
    oz_instance_free(&instance);
    return NULL;
}

static void
run_threads(const plan *drawn, const char *state)
{
    int64_t bells[THREADS];
    pthread_t threads[THREADS];
    life lives[THREADS];
    oz_job *host = NULL;
    oz_graph *graph = graph_of(oz_alloc_default(), drawn, THREADS);
    assert_int_equal(oz_job_new(NULL, THREADS, 0, &host, NULL), OZ_OK);
    for (uint32_t i = 0; i < THREADS; i++) {
        bells[i] = oz_job_bell(host, i);
    }
    for (uint32_t i = 0; i < THREADS; i++) {
        lives[i] = (life){.graph = graph, .state = state};
        assert_int_equal(oz_job_join(NULL, oz_job_file(host), bells, i, &lives[i].job, NULL),
                         OZ_OK);
        lives[i].job->room_max = ROOM;
        assert_int_equal(pthread_create(&threads[i], NULL, live, &lives[i]), 0);
    }
    for (uint32_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        if (lives[i].step != OZ_DONE) {
            fail_msg("worker %u: %s", i, lives[i].error.text);
        }
        oz_job_free(&lives[i].job);
    }
    oz_job_free(&host);
    oz_graph_free(&graph);
}

static char folder[256];

static const char *
path_of(char *buffer, const char *name)
{
    (void)snprintf(buffer, 300, "%s/%s", folder, name);
    return buffer;
}

static void
write_file(const char *name, const char *text, size_t size)
{
    char path[300];
    const oz_io *io = oz_io_system();
    int64_t file = io->open(NULL, path_of(path, name), OZ_IO_CREATE);
    assert_int_equal(io->write(NULL, file, text, size), size);
    assert_int_equal(io->close(NULL, file), 0);
}

static void
check_file(const char *name)
{
    char path[300];
    static char text[FILES * LINES * 16];
    const oz_io *io = oz_io_system();
    int64_t file = io->open(NULL, path_of(path, name), OZ_IO_READ);
    int64_t size = io->read(NULL, file, text, sizeof text);
    assert_int_equal(io->close(NULL, file), 0);
    assert_int_equal(check_lines(text, (size_t)size, 0), FILES * LINES);
}

/* Sleeping and waking, and checkpoints while others are in the middle of a step. */
static void
threads_agree(void **unused)
{
    (void)unused;
    char in[300];
    char out[300];
    char state[300];
    const char *parent = getenv("TMPDIR");
    (void)snprintf(folder, sizeof folder, "%s/joint-XXXXXX", parent == NULL ? "/tmp" : parent);
    assert_non_null(mkdtemp(folder));
    plan drawn = {.in = path_of(in, "in.*"), .out = path_of(out, "out.txt")};
    for (int number = 0; number < FILES; number++) {
        char name[16];
        char text[LINES * 16];
        (void)snprintf(name, sizeof name, "in.%d", number);
        write_file(name, text, lines_of(number, text, sizeof text));
    }
    for (int round = 0; round < ROUNDS; round++) {
        char name[16];
        (void)snprintf(name, sizeof name, "state.%d", round);
        drawn.delays = round % 3 == 1;
        drawn.redraws = round % 3 == 2;
        run_threads(&drawn, round % 4 == 0 ? NULL : path_of(state, name));
        check_file("out.txt");
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_of_workers_agrees),
        cmocka_unit_test(a_job_that_dies_loses_nothing),
        cmocka_unit_test(threads_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
