/*
 * A fake of the engine, for unit tests of connectors: nodes without a graph.
 *
 * It stands in for the functions of op.h, so that a test sees every call: it decides what oz_emit
 * answers, when time passes, and what a bad record does. One test program includes it once. What
 * needs the real engine is tested in tests/conformance/connectors.c.
 *
 *     fake_engine engine;
 *     fake_engine_init(&engine, oz_io_system());
 *     oz_context *node = fake_open(&engine, &ozi_op_files, FAKE_TEXT("path", path), FAKE_END);
 *     fake_poll(node, 100);   fake_rows(node) -> "[the cat][sat]"
 *     fake_engine_free(&engine);
 */
#ifndef OUZEL_TESTS_FAKE_ENGINE_H
#define OUZEL_TESTS_FAKE_ENGINE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/io_folder.h"
#include "op/options.h"
#include "ouzel/graph.h"
#include "state/table.h"

enum { FAKE_NODES = 8, FAKE_TIMERS = 16, FAKE_WATCHED = 64, FAKE_COUNTERS = 32 };
enum { FAKE_TEXT_MAX = 1 << 20 };

typedef struct fake_timer {
    bool set;
    int64_t id, at_ns;
} fake_timer;

typedef struct fake_watched {
    oz_context *node;
    int64_t file;
    uint64_t token;
    uint32_t interest;
} fake_watched;

typedef struct fake_engine {
    const oz_io *io;
    ozi_alloc_counting counting; /* finds leaks, and fails on demand */
    int64_t now_ns;
    bool has_epochs; /* as with a state folder */
    bool frozen;     /* time passes by fake_advance alone */
    int64_t poller;
    oz_context *nodes[FAKE_NODES];
    uint32_t node_count;
    fake_watched watched[FAKE_WATCHED];
    char shared_name[32];
    void *shared;
    size_t shared_size;
    void (*shared_destroy)(void *);
    const oz_object_class *objects;
} fake_engine;

struct oz_context {
    fake_engine *engine;
    const oz_operator *op;
    void *options;
    void *state;
    oz_table *table;
    oz_error error;
    oz_policy policy;
    bool failed;
    bool ready;
    oz_step step; /* the last answer to a timer, descriptor or poll */
    int64_t counters[FAKE_COUNTERS];
    fake_timer timers[FAKE_TIMERS];
    /* What was emitted, as text; how many batches; what oz_emit answers after so many more. */
    char *rows;
    size_t rows_size;
    int64_t batches, row_count, bad_records;
    oz_step answer;
    int64_t answer_after;
    char last_row[256]; /* "line 3 of book.txt", where the last row came from */
    char last_bad[OZ_ERROR_TEXT_MAX];
    oz_context *feeds; /* a sink that takes what is emitted, too */
};

/* ---- the functions of op.h ------------------------------------------------------------------- */

const void *
oz_options(const oz_context *node)
{
    return node->options;
}

static inline void
fake_note_row(oz_context *node, const oz_batch *batch, int64_t row)
{
    char text[4096];
    oz_scalar value;
    int size = 0;
    assert_int_equal(batch->column_count, 1);
    assert_int_equal(oz_column_scalar(batch->columns[0], row, &value), OZ_OK);
    if (value.kind == OZ_SCALAR_STRING || value.kind == OZ_SCALAR_BYTES) {
        uint32_t shown = value.size < 4000 ? value.size : 4000;
        text[0] = '[';
        memcpy(text + 1, value.as.data, shown);
        text[shown + 1] = ']';
        size = (int)shown + 2;
    } else {
        size = snprintf(text, sizeof text, "[%lld]", (long long)value.as.int64);
    }
    if (node->rows_size + (size_t)size < FAKE_TEXT_MAX) {
        memcpy(node->rows + node->rows_size, text, (size_t)size);
        node->rows_size += (size_t)size;
        node->rows[node->rows_size] = '\0';
    }
}

static inline void
fake_note_place(oz_context *node, const oz_batch *batch, int64_t row)
{
    const oz_rows *rows = batch->rows;
    if (rows != NULL && rows->origin != NULL && rows->positions != NULL) {
        (void)snprintf(node->last_row, sizeof node->last_row, "%s %lld of %.200s",
                       rows->origin->unit, (long long)rows->positions[row], rows->origin->name);
    }
}

static inline oz_step
fake_deliver(oz_context *sink, const oz_batch *batch);

oz_step
oz_emit(oz_context *node, uint32_t output, const oz_batch *batch)
{
    assert_int_equal(output, 0);
    for (int64_t row = 0; row < batch->row_count; row++) {
        fake_note_row(node, batch, row);
        fake_note_place(node, batch, row);
    }
    node->batches++;
    node->row_count += batch->row_count;
    if (node->feeds != NULL) {
        (void)fake_deliver(node->feeds, batch);
    }
    return node->answer_after > 0 && --node->answer_after == 0 ? node->answer : OZ_NEED;
}

bool
oz_has_reader(const oz_context *node, uint32_t output)
{
    (void)node;
    return output == 0;
}

oz_step
oz_fail(oz_context *node, oz_status status, const char *format, ...)
{
    char text[OZ_ERROR_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    (void)oz_error_set(&node->error, status, "%s", text);
    node->failed = true;
    return OZ_FAILED;
}

oz_error *
oz_context_error(oz_context *node)
{
    return &node->error;
}

oz_step
oz_failed(oz_context *node, oz_status status)
{
    if (node->error.status != status) {
        (void)oz_error_set(&node->error, status, "%s", oz_status_name(status));
    }
    node->failed = true;
    return OZ_FAILED;
}

oz_step
oz_bad_record(oz_context *node, const oz_batch *batch, int64_t row)
{
    node->bad_records++;
    fake_note_place(node, batch, row);
    (void)snprintf(node->last_bad, sizeof node->last_bad, "%s", node->error.text);
    node->failed = node->policy == OZ_POLICY_FAIL;
    return node->failed ? OZ_FAILED : OZ_NEED;
}

void
oz_count(oz_context *node, uint32_t counter, int64_t amount)
{
    assert_true(counter < FAKE_COUNTERS && node->op->counters != NULL);
    node->counters[counter] += amount;
}

oz_status
oz_timer_set(oz_context *node, int64_t id, int64_t at_ns)
{
    fake_timer *place = NULL;
    for (int i = 0; i < FAKE_TIMERS; i++) {
        fake_timer *timer = &node->timers[i];
        if (timer->set && timer->id == id) {
            timer->at_ns = at_ns;
            return OZ_OK;
        }
        place = timer->set ? place : timer;
    }
    assert_non_null(place);
    *place = (fake_timer){true, id, at_ns};
    return OZ_OK;
}

void
oz_timer_cancel(oz_context *node, int64_t id)
{
    for (int i = 0; i < FAKE_TIMERS; i++) {
        node->timers[i].set = node->timers[i].set && node->timers[i].id != id;
    }
}

bool
oz_has_epochs(const oz_context *node)
{
    return node->engine->has_epochs;
}

/* The first one only; jobs that go on are tested with the real engine: run/checkpoint_test.c. */
oz_table *
oz_context_table(oz_context *node, uint32_t index)
{
    assert_true(node->engine->has_epochs && index == 0);
    if (node->table == NULL) {
        assert_int_equal(ozi_table_new(&node->engine->counting.alloc, node->engine->objects,
                                       node->op->tables, &node->table),
                         OZ_OK);
    }
    return node->table;
}

static inline int64_t
fake_sync_folder_of(const oz_io *io, const char *path)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    assert_non_null(slash);
    (void)snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
    return ozi_io_sync_folder(io, folder);
}

/* At once. */
oz_status
oz_leave_errand(oz_context *node, const oz_errand *errand)
{
    const oz_io *io = node->engine->io;
    if (errand->path == NULL) {
        oz_status status = errand->run(errand->work, &node->error);
        errand->release(errand->work);
        return status;
    }
    assert_int_equal(errand->file < 0 ? 0 : io->sync(io->self, errand->file), 0);
    assert_int_equal(errand->closes ? io->close(io->self, errand->file) : 0, 0);
    assert_int_equal(errand->to == NULL ? 0 : io->rename(io->self, errand->path, errand->to), 0);
    assert_int_equal(errand->is_name_synced ? fake_sync_folder_of(io, errand->path) : 0, 0);
    return OZ_OK;
}

int64_t
oz_now_ns(oz_context *node)
{
    return node->engine->now_ns;
}

void
oz_spin(oz_context *node, int64_t duration_ns)
{
    (void)node;
    (void)duration_ns;
}

oz_status
oz_watch(oz_context *node, int64_t file, uint32_t interest, uint64_t token)
{
    fake_engine *engine = node->engine;
    fake_watched *place = NULL;
    for (int i = FAKE_WATCHED; i-- > 0;) {
        fake_watched *watched = &engine->watched[i];
        if (watched->node == node && watched->file == file) {
            place = watched;
            break;
        }
        place = watched->node == NULL ? watched : place;
    }
    assert_non_null(place);
    *place = (fake_watched){interest == OZ_IO_NONE ? NULL : node, file, token, interest};
    if (engine->poller < 0) {
        engine->poller = engine->io->poller(engine->io->self);
    }
    int64_t result = engine->io->watch(engine->io->self, engine->poller, file, interest,
                                       (uint64_t)(place - engine->watched));
    if (result < 0 && interest != OZ_IO_NONE) {
        place->node = NULL;
        return oz_error_set(&node->error, OZ_IO, "cannot watch: %s", strerror((int)-result));
    }
    return OZ_OK;
}

const oz_io *
oz_context_io(oz_context *node)
{
    return node->engine->io;
}

const oz_alloc *
oz_context_alloc(oz_context *node)
{
    return &node->engine->counting.alloc;
}

const oz_object_class *
oz_context_objects(oz_context *node)
{
    return node->engine->objects;
}

int64_t
oz_batch_rows(const oz_context *node)
{
    (void)node;
    return 4;
}

uint64_t
oz_context_seed(oz_context *node)
{
    (void)node;
    return 1;
}

void
oz_ask_checkpoint(oz_context *node)
{
    (void)node;
}

const char *
oz_node_name(const oz_context *node)
{
    return node->op->name;
}

void *
ozi_context_shared(oz_context *node, const char *name, size_t size, void (*destroy)(void *));

void *
ozi_context_shared(oz_context *node, const char *name, size_t size, void (*destroy)(void *))
{
    fake_engine *engine = node->engine;
    if (engine->shared == NULL) {
        engine->shared = ozi_alloc_zero(&engine->counting.alloc, size);
        engine->shared_size = size;
        engine->shared_destroy = destroy;
        (void)snprintf(engine->shared_name, sizeof engine->shared_name, "%s", name);
    }
    assert_string_equal(engine->shared_name, name);
    return engine->shared;
}

/* ---- for tests ------------------------------------------------------------------------------- */

#define FAKE_TEXT(name_, text_)                                                                    \
    (oz_setting)                                                                                   \
    {                                                                                              \
        .name = name_, .value =                                                                    \
        {.kind = OZ_SCALAR_STRING,                                                                 \
         .size = (uint32_t)strlen(text_),                                                          \
         .as.data = text_ }                                                                        \
    }
#define FAKE_INT(name_, number_)                                                                   \
    (oz_setting)                                                                                   \
    {                                                                                              \
        .name = name_, .value = {.kind = OZ_SCALAR_INT64, .as.int64 = number_ }                    \
    }
#define FAKE_FLOAT(name_, number_)                                                                 \
    (oz_setting)                                                                                   \
    {                                                                                              \
        .name = name_, .value = {.kind = OZ_SCALAR_FLOAT64, .as.float64 = number_ }                \
    }
#define FAKE_BOOL(name_, truth_)                                                                   \
    (oz_setting)                                                                                   \
    {                                                                                              \
        .name = name_, .value = {.kind = OZ_SCALAR_BOOL, .as.boolean = truth_ }                    \
    }
#define FAKE_FUNCTION(name_, function_)                                                            \
    (oz_setting)                                                                                   \
    {                                                                                              \
        .name = name_, .function = function_                                                       \
    }
#define FAKE_END                                                                                   \
    (oz_setting)                                                                                   \
    {                                                                                              \
        .name = NULL                                                                               \
    }

static inline void
fake_engine_init(fake_engine *engine, const oz_io *io)
{
    memset(engine, 0, sizeof *engine);
    engine->io = io;
    engine->poller = -1;
    engine->now_ns = io == NULL ? 0 : io->now_ns(io->self);
    ozi_alloc_counting_init(&engine->counting, oz_alloc_default());
}

/*
 * Makes a node and opens it; a source with all its partitions at `position`. NULL on failure, with
 * the message in `error`.
 */
static inline oz_context *
fake_open_list(fake_engine *engine, const oz_operator *op, int64_t position, oz_error *error,
               const oz_setting *settings)
{
    uint32_t count = 0;
    while (settings[count].name != NULL) {
        count++;
    }
    oz_context *node = calloc(1, sizeof *node);
    assert_non_null(node);
    node->engine = engine;
    node->op = op;
    node->rows = calloc(1, FAKE_TEXT_MAX);
    const oz_alloc *alloc = &engine->counting.alloc;
    *error = (oz_error){.status = OZ_OK};
    oz_status status = ozi_options_new(alloc, NULL, op, settings, count, &node->options, error);
    if (status == OZ_OK && op->bind != NULL) {
        oz_schema input = {.column_count = 1};
        oz_schema output;
        status = op->bind(node->options, &input, op->inputs == NULL ? 0 : 1, &output, error);
    }
    if (status != OZ_OK) {
        ozi_options_free(alloc, NULL, op, &node->options);
        free(node->rows);
        free(node);
        return NULL;
    }
    node->state = calloc(1, op->state_size == 0 ? 1 : op->state_size);
    engine->nodes[engine->node_count++] = node;
    status = op->open == NULL ? OZ_OK : op->open(node->state, node, error);
    uint32_t partitions = op->source == NULL ? 0 : 1;
    if (status == OZ_OK && op->source != NULL && op->source->partitions != NULL) {
        status = op->source->partitions(node->state, node, &partitions);
    }
    for (uint32_t i = 0; i < partitions && status == OZ_OK; i++) {
        status = op->source->open(node->state, node, i, position);
        *error = status == OZ_OK ? *error : node->error;
    }
    return status == OZ_OK ? node : NULL;
}

#define fake_try_open(engine, op, position, error, ...)                                            \
    fake_open_list(engine, op, position, error, (const oz_setting[]){__VA_ARGS__})
#define fake_open(engine, op, ...) fake_open_checked(engine, op, (const oz_setting[]){__VA_ARGS__})

static inline oz_context *
fake_open_checked(fake_engine *engine, const oz_operator *op, const oz_setting *settings)
{
    oz_error error;
    oz_context *node = fake_open_list(engine, op, -1, &error, settings);
    if (node == NULL) {
        fail_msg("%s", error.text);
    }
    return node;
}

static inline oz_step
fake_poll(oz_context *node, int64_t rows)
{
    return node->op->source->poll(node->state, node, rows);
}

static inline oz_step
fake_deliver(oz_context *sink, const oz_batch *batch)
{
    return sink->op->on_batch(sink->state, sink, 0, batch);
}

static inline oz_step
fake_end(oz_context *sink)
{
    return sink->op->on_end == NULL ? OZ_NEED : sink->op->on_end(sink->state, sink, 0, 0);
}

/* A batch of one STRING row each, for sinks. */
static inline oz_step
fake_deliver_text(oz_context *sink, const char *text)
{
    oz_view view = {text, (uint32_t)strlen(text), 0};
    oz_column column = {.type = OZ_STRING,
                        .length = 1,
                        .values = &view,
                        .alloc = &sink->engine->counting.alloc};
    const oz_column *columns[1] = {&column};
    oz_batch batch = {.column_count = 1,
                      .row_count = 1,
                      .columns = columns,
                      .alloc = &sink->engine->counting.alloc};
    return fake_deliver(sink, &batch);
}

/* Polls as the engine would, until there is nothing more now. */
static inline oz_step
fake_drain(oz_context *node, int64_t rows)
{
    oz_step step;
    do {
        step = fake_poll(node, rows);
    } while (step == OZ_MORE);
    return step;
}

static inline const char *
fake_rows(oz_context *node)
{
    return node->rows;
}

static inline void
fake_forget_rows(oz_context *node)
{
    node->rows_size = 0;
    node->rows[0] = '\0';
}

/* Fires what is due. */
static inline void
fake_fire(fake_engine *engine)
{
    for (uint32_t i = 0; i < engine->node_count; i++) {
        for (int k = 0; k < FAKE_TIMERS; k++) {
            oz_context *node = engine->nodes[i];
            if (node->timers[k].set && node->timers[k].at_ns <= engine->now_ns) {
                node->timers[k].set = false;
                node->ready = true;
                node->step = node->op->on_timer(node->state, node, node->timers[k].id);
            }
        }
    }
}

static inline void
fake_advance(fake_engine *engine, int64_t ns)
{
    engine->now_ns += ns;
    engine->frozen = true;
    fake_fire(engine);
}

static inline int64_t
fake_next_timer(const fake_engine *engine)
{
    int64_t next = INT64_MAX;
    for (uint32_t i = 0; i < engine->node_count; i++) {
        for (int k = 0; k < FAKE_TIMERS; k++) {
            const fake_timer *timer = &engine->nodes[i]->timers[k];
            next = timer->set && timer->at_ns < next ? timer->at_ns : next;
        }
    }
    return next;
}

/* Treats what the poller reports within `timeout_ns`; false: nothing. */
static inline bool
fake_events(fake_engine *engine, int64_t timeout_ns)
{
    oz_io_event events[16];
    const oz_io *io = engine->io;
    if (engine->poller < 0) {
        return false;
    }
    int64_t count = io->wait(io->self, engine->poller, events, 16, timeout_ns);
    engine->now_ns = engine->frozen ? engine->now_ns : io->now_ns(io->self);
    for (int64_t i = 0; i < count; i++) {
        fake_watched watched = engine->watched[events[i].token];
        if (watched.node != NULL) {
            watched.node->ready = true;
            watched.node->step = watched.node->op->on_ready(watched.node->state, watched.node,
                                                            watched.token, events[i].ready);
        }
    }
    return count > 0;
}

/* One step of a loop: timers, descriptors, sources. False: nothing was to be done. */
static inline bool
fake_step(fake_engine *engine)
{
    int64_t before = engine->now_ns;
    engine->now_ns = engine->frozen ? before + 1 : engine->io->now_ns(engine->io->self);
    bool worked = fake_next_timer(engine) <= engine->now_ns;
    fake_fire(engine);
    worked |= fake_events(engine, 0);
    for (uint32_t i = 0; i < engine->node_count; i++) {
        oz_context *node = engine->nodes[i];
        if (node->op->source != NULL && node->ready && node->step != OZ_DONE) {
            node->step = fake_poll(node, 1000);
            node->ready = node->step == OZ_MORE;
            worked = true;
        }
    }
    return worked;
}

/* Until there is nothing to do now. */
static inline void
fake_settle(fake_engine *engine)
{
    for (int i = 0; fake_step(engine); i++) {
        assert_true(i < 10000); /* it would spin */
    }
}

static inline void
fake_close(oz_context *node)
{
    fake_engine *engine = node->engine;
    if (node->op->close != NULL) {
        node->op->close(node->state, node);
    }
    ozi_options_free(&engine->counting.alloc, NULL, node->op, &node->options);
    ozi_table_free(&node->table);
    free(node->state);
    free(node->rows);
    for (uint32_t i = 0; i < engine->node_count; i++) {
        if (engine->nodes[i] == node) {
            engine->nodes[i] = engine->nodes[--engine->node_count];
        }
    }
    for (int i = 0; i < FAKE_WATCHED; i++) {
        if (engine->watched[i].node == node) {
            engine->watched[i].node = NULL;
        }
    }
    free(node);
}

/* Closes what is open and finds leaks. */
static inline void
fake_engine_free(fake_engine *engine)
{
    while (engine->node_count > 0) {
        fake_close(engine->nodes[engine->node_count - 1]);
    }
    if (engine->shared != NULL) {
        engine->shared_destroy(engine->shared);
        ozi_alloc_free(&engine->counting.alloc, engine->shared, engine->shared_size);
    }
    if (engine->poller >= 0) {
        (void)engine->io->unpoll(engine->io->self, engine->poller);
    }
    assert_int_equal(engine->counting.live_count, 0);
}

#endif
