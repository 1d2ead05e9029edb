/* The harness for operators: drawing, driving, and running a scenario in all modes. See steps.h. */
#include "kit/steps_internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "state/table.h"

enum {
    RESTS_AFTER_MAX = 100000, /* steps of the loop: a graph that never rests must end the test */
    JUMPS_MAX = 1000,         /* of the clock, at the end */
    RANDOM_RUN_MAX = 4,
};

steps *steps_now;
static char note_text[64];

void
steps_note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(note_text, sizeof note_text, format, arguments);
    va_end(arguments);
}

#define SAY(...)                                                                                   \
    do {                                                                                           \
        print_error("%s:%d: %s [%s, allocation %d fails] ", s->file, s->line, note_text,           \
                    s->mode->name, (int)s->counting.fail_at);                                      \
        fail_msg(__VA_ARGS__);                                                                     \
    } while (0)

void
steps_at(steps *s, const char *file, int line)
{
    s->file = file;
    s->line = line;
}

bool
steps_is_alone(const steps *s)
{
    return s->mode->run_max == 1;
}

bool
steps_is_plain(const steps *s)
{
    return s->counting.fail_at == 0;
}

/* ---- what went wrong ------------------------------------------------------------------------- */

static bool
is_failing(const steps *s)
{
    return s->counting.fail_at > 0 && s->counting.calls >= s->counting.fail_at;
}

/* Notes a failure. One that comes from an allocation is expected, once it is as it should be. */
static void
note_error(steps *s, oz_error *place, const oz_error *error)
{
    if (is_failing(s) && error->status == OZ_NO_MEMORY) {
        assert_true(error->text[0] != '\0');
        s->is_lenient = true;
    } else if (!s->is_lenient) {
        *place = *error;
    }
}

static void
note_refusal(steps *s, const oz_error *error)
{
    note_error(s, &s->refusal, error);
    s->is_over = true;
}

static void
drop_all(steps *s)
{
    for (uint32_t i = 0; i < s->node_count; i++) {
        if (s->names[i].input != NULL) {
            steps_input_drop(s->names[i].input, s->names[i].input->count);
        }
    }
}

/* The rest of what was pushed is given up: so it comes to the same however rows are cut. */
static void
note_failure(steps *s)
{
    const oz_error *error = oz_instance_error(s->instance);
    assert_int_not_equal(error->status, OZ_OK);
    note_error(s, &s->failure, error);
    drop_all(s);
    if (s->is_lenient) {
        oz_instance_forgive(s->instance);
    }
}

/* Nothing more is to be done: it failed, and nobody has asked for that yet. */
static bool
is_stopped(const steps *s)
{
    return s->is_over || s->failure.status != OZ_OK;
}

/* ---- drawing --------------------------------------------------------------------------------- */

/* The index of the node with the first `size` bytes of `name` as its name. */
static uint32_t
find_name(const steps *s, const char *name, size_t size)
{
    for (uint32_t i = 0; i < s->node_count; i++) {
        if (strlen(s->names[i].text) == size && memcmp(s->names[i].text, name, size) == 0) {
            return i;
        }
    }
    fail_msg("no step is called '%.*s'", (int)size, name);
    return 0;
}

uint32_t
steps_node(const steps *s, const char *name)
{
    return find_name(s, name, strlen(name));
}

static uint32_t
find_port(const oz_operator *op, const char *name, size_t size)
{
    for (uint32_t i = 0; op->outputs != NULL && op->outputs[i].name != NULL; i++) {
        if (strlen(op->outputs[i].name) == size && memcmp(op->outputs[i].name, name, size) == 0) {
            return i;
        }
    }
    fail_msg("%s has no port '%.*s'", op->name, (int)size, name);
    return 0;
}

/* "a b.no" as edges. */
static uint32_t
find_edges(const steps *s, const char *reads, oz_edge *edges)
{
    uint32_t count = 0;
    while (*(reads += strspn(reads, " ")) != '\0') {
        size_t size = strcspn(reads, " ");
        const char *dot = memchr(reads, '.', size);
        size_t name_size = dot == NULL ? size : (size_t)(dot - reads);
        edges[count] = (oz_edge){.node = find_name(s, reads, name_size)};
        if (dot != NULL) {
            const oz_operator *op = s->graph->nodes[edges[count].node].op;
            edges[count].output = find_port(op, dot + 1, size - name_size - 1);
        }
        count++;
        reads += size;
    }
    return count;
}

static steps_node_name *
add_node(steps *s, const char *name, const char *reads, oz_node_spec *spec)
{
    oz_edge edges[STEPS_NODES_MAX];
    oz_error error = {.status = OZ_OK};
    uint32_t node;
    if (s->is_over) {
        return NULL;
    }
    spec->edges = edges;
    spec->edge_count = find_edges(s, reads, edges);
    if (oz_graph_add(s->graph, spec, &node, &error) != OZ_OK) {
        note_refusal(s, &error);
        return NULL;
    }
    assert_int_equal(node, s->node_count);
    steps_node_name *added = &s->names[s->node_count++];
    (void)snprintf(added->text, sizeof added->text, "%s", name);
    return added;
}

static uint32_t
gather_settings(va_list arguments, oz_setting *settings)
{
    uint32_t count = 0;
    do {
        settings[count] = va_arg(arguments, oz_setting);
    } while (settings[count++].name != NULL);
    return count - 1;
}

static void
add_step(steps *s, const char *name, const char *reads, const oz_operator *op, va_list arguments)
{
    oz_setting settings[16];
    oz_node_spec spec = {
        .op = op, .name = name, .where = "test.py:1", .policy = s->policy, .settings = settings};
    spec.setting_count = gather_settings(arguments, settings);
    (void)add_node(s, name, reads, &spec);
}

static const oz_operator *
operator_of(const char *name)
{
    const oz_operator *op = oz_operator_find(name);
    if (op == NULL) {
        fail_msg("no operator is called '%s'", name);
    }
    return op;
}

void
steps_step(steps *s, const char *name, const char *reads, const char *op, ...)
{
    va_list arguments;
    va_start(arguments, op);
    add_step(s, name, reads, operator_of(op), arguments);
    va_end(arguments);
}

void
steps_step_of(steps *s, const char *name, const char *reads, const oz_operator *op, ...)
{
    va_list arguments;
    va_start(arguments, op);
    add_step(s, name, reads, op, arguments);
    va_end(arguments);
}

void
steps_source(steps *s, const char *name)
{
    steps_input *input = calloc(1, sizeof *input);
    assert_non_null(input);
    input->rows = calloc(STEPS_ROWS_MAX, sizeof *input->rows);
    assert_non_null(input->rows);
    input->owner = s;
    input->node = s->node_count;
    oz_setting setting = SETTING_INT("address", (int64_t)(intptr_t)input);
    oz_node_spec spec = {.op = operator_of("input"), .name = name};
    if (s->mode->polled) {
        spec.op = &steps_op_script;
        spec.settings = &setting;
        spec.setting_count = 1;
    }
    steps_node_name *added = add_node(s, name, "", &spec);
    if (added == NULL) {
        free(input->rows);
        free(input);
    } else {
        added->input = input;
    }
}

static void
collect(steps *s, const char *name, const char *reads)
{
    steps_collector *collector = calloc(1, sizeof *collector);
    assert_non_null(collector);
    collector->rows = calloc(1, STEPS_TEXT_MAX);
    assert_non_null(collector->rows);
    collector->owner = s;
    collector->room = -1;
    collector->watermark = INT64_MIN;
    ozi_text_init(&collector->text, collector->rows, STEPS_TEXT_MAX);
    oz_setting setting = SETTING_INT("address", (int64_t)(intptr_t)collector);
    oz_node_spec spec = {.op = &steps_op_collect, .settings = &setting, .setting_count = 1};
    steps_node_name *added = add_node(s, name, reads, &spec);
    if (added == NULL) {
        free(collector->rows);
        free(collector);
    } else {
        added->collector = collector;
    }
}

void
steps_collect(steps *s, const char *reads)
{
    char name[STEPS_NAME_MAX];
    (void)snprintf(name, sizeof name, ">%s", reads);
    collect(s, name, reads);
}

void
steps_of(steps *s, const char *op, ...)
{
    va_list arguments;
    steps_source(s, "in");
    va_start(arguments, op);
    add_step(s, op, "in", operator_of(op), arguments);
    va_end(arguments);
    for (const oz_port *port = operator_of(op)->outputs; port != NULL && port->name != NULL;
         port++) {
        if (strcmp(port->name, "dead") == 0 && s->policy != OZ_POLICY_DEAD_LETTER) {
            continue;
        }
        char name[STEPS_NAME_MAX];
        char reads[STEPS_NAME_MAX];
        (void)snprintf(name, sizeof name, ">%s", port->name);
        (void)snprintf(reads, sizeof reads, "%s.%s", op, port->name);
        collect(s, name, reads);
    }
}

void
steps_feed_back(steps *s, const char *from, const char *to)
{
    oz_edge edge[1];
    oz_error error = {.status = OZ_OK};
    if (s->is_over) {
        return;
    }
    (void)find_edges(s, from, edge);
    if (oz_graph_feed_back(s->graph, edge->node, edge->output, steps_node(s, to), &error) !=
        OZ_OK) {
        note_refusal(s, &error);
    }
}

void
steps_policy(steps *s, oz_policy policy)
{
    s->policy = policy;
}

/* The drawing is finished with the first thing that needs an instance. */
static bool
is_ready(steps *s)
{
    oz_error error = {.status = OZ_OK};
    if (s->is_over || s->instance != NULL) {
        return !s->is_over;
    }
    oz_run_options options = {.io = sim_io_table(s->sim), .seed = STEPS_SEED};
    options.batch_rows = (int64_t)s->mode->run_max;
    if (oz_graph_seal(s->graph, &error) != OZ_OK ||
        oz_instance_new(s->graph, &options, &s->instance, &error) != OZ_OK) {
        assert_null(s->instance);
        note_refusal(s, &error);
    }
    return !s->is_over;
}

oz_instance *
steps_instance(steps *s)
{
    return is_ready(s) ? s->instance : NULL;
}

/* ---- rows that wait at a source -------------------------------------------------------------- */

/* How many of the waiting rows leave together. */
static size_t
next_run(steps_input *input, int64_t most)
{
    steps *s = input->owner;
    size_t count = s->mode->run_max;
    if (count == 0) {
        s->random = s->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        count = (size_t)(s->random >> 33) % RANDOM_RUN_MAX + 1;
    }
    count = count < input->count ? count : input->count;
    count = count < (size_t)most ? count : (size_t)most;
    for (size_t i = 1; i < count; i++) {
        if (input->rows[i].has_key != input->rows[0].has_key) {
            return i;
        }
    }
    return count;
}

oz_status
steps_input_take(steps_input *input, int64_t most, const oz_batch **out, size_t *count)
{
    const steps *s = input->owner;
    *count = next_run(input, most);
    return steps_rows_batch(input->rows, *count, &s->counting.alloc, s->mode->as_objects, out);
}

void
steps_input_drop(steps_input *input, size_t count)
{
    input->count -= count;
    memmove(input->rows, input->rows + count, input->count * sizeof *input->rows);
}

/* ---- driving --------------------------------------------------------------------------------- */

static oz_context *
context_of(const steps *s, uint32_t node)
{
    return s->instance->engine.nodes[node];
}

static int64_t
rows_collected(const steps *s)
{
    int64_t count = 0;
    for (uint32_t i = 0; i < s->node_count; i++) {
        count += s->names[i].collector != NULL ? s->names[i].collector->row_count : 0;
    }
    return count;
}

/* What must hold whenever the engine rests. */
static bool
is_sound(const ozi_engine *engine, const oz_context *node)
{
    bool is_held = (engine->held[node->id / 64] >> (node->id % 64) & 1) != 0;
    for (uint32_t i = 0; i < node->table_count; i++) {
        if (!ozi_table_check(node->tables[i])) {
            return false;
        }
    }
    return !node->busy && is_held == ((node->attention & OZI_HELD) != 0) &&
           (node->rest.first != NULL) == ((node->attention & OZI_REST) != 0) &&
           (node->deferred.first != NULL) == ((node->attention & OZI_DEFERRED) != 0);
}

static void
check_engine(const steps *s)
{
    const ozi_engine *engine = &s->instance->engine;
    uint32_t held_count = 0;
    for (uint32_t i = 0; i < engine->node_count; i++) {
        const oz_context *node = engine->nodes[i];
        held_count += (node->attention & OZI_HELD) != 0;
        if (!is_sound(engine, node)) {
            SAY("the step \"%s\" is not sound, its attention is %u", node->name, node->attention);
        }
    }
    assert_int_equal(held_count, engine->held_count);
}

/* Steps the loop until it rests, ends or fails. */
static oz_step
let_work(steps *s)
{
    for (int i = 0; i < RESTS_AFTER_MAX; i++) {
        oz_step step = oz_step_once(s->instance);
        if (step == OZ_FAILED) {
            note_failure(s);
            if (!s->is_lenient) {
                return OZ_FAILED;
            }
        } else if (step != OZ_MORE) {
            check_engine(s);
            return step;
        }
    }
    SAY("the graph never rests");
    return OZ_FAILED;
}

static bool
has_room(const steps *s, const steps_input *input)
{
    const oz_context *node = context_of(s, input->node);
    return (node->attention & OZI_HELD) == 0 && !ozi_is_blocked(node);
}

/* One run of rows. What had come to its end when the push returned must not come later. */
static void
push_run(steps *s, steps_input *input)
{
    const oz_batch *batch = NULL;
    size_t count;
    if (steps_input_take(input, STEPS_ROWS_MAX, &batch, &count) != OZ_OK) {
        s->is_lenient = s->is_over = true;
        return;
    }
    steps_input_drop(input, count);
    oz_step step = OZ_DONE;
    if (!input->is_unwanted) {
        step = oz_push(s->instance, input->node, batch);
    }
    oz_batch_release(&batch);
    int64_t rows = rows_collected(s);
    if (step == OZ_FAILED) {
        note_failure(s);
    } else if (step == OZ_DONE) {
        input->is_unwanted = true;
        drop_all(s);
    }
    if (step != OZ_FAILED && let_work(s) != OZ_FAILED && step == OZ_NEED &&
        !s->instance->engine.uses_clock && !s->is_lenient && rows_collected(s) != rows) {
        SAY("rows came after the push that they belong to");
    }
}

static void
push_end(steps *s, steps_input *input)
{
    input->is_ended = true;
    if (oz_push_end(s->instance, input->node) == OZ_FAILED) {
        note_failure(s);
    }
    (void)let_work(s);
}

static void
drive_pushed(steps *s, steps_input *input)
{
    while (input->count > 0 && !is_stopped(s) && has_room(s, input)) {
        push_run(s, input);
    }
    if (input->is_ending && !input->is_ended && input->count == 0 && !is_stopped(s)) {
        push_end(s, input);
    }
}

/* A source has something and there is room for it. */
static bool
may_push(const steps *s)
{
    for (uint32_t i = 0; i < s->node_count && !s->mode->polled && !is_stopped(s); i++) {
        const steps_input *input = s->names[i].input;
        bool has_some =
            input != NULL && (input->count > 0 || (input->is_ending && !input->is_ended));
        if (has_some && (input->count == 0 || has_room(s, input))) {
            return true;
        }
    }
    return false;
}

/* Turns of the sources and of the loop until all rest. */
static void
drive(steps *s)
{
    do {
        for (uint32_t i = 0; i < s->node_count && !is_stopped(s); i++) {
            steps_input *input = s->names[i].input;
            if (input != NULL && s->mode->polled) {
                context_of(s, i)->ready = true;
            } else if (input != NULL) {
                drive_pushed(s, input);
            }
        }
        if (!is_stopped(s)) {
            (void)let_work(s);
        }
    } while (may_push(s));
}

void
steps_push_inside(const char *rows)
{
    steps *s = steps_now;
    steps_row parsed[16];
    const oz_batch *batch = NULL;
    size_t count = steps_rows_parse(rows, parsed, 16);
    uint32_t node = 0;
    while (s->names[node].input == NULL) {
        node++;
    }
    if (steps_rows_batch(parsed, count, &s->counting.alloc, s->mode->as_objects, &batch) != OZ_OK) {
        s->is_lenient = true;
        return;
    }
    s->inside++;
    (void)oz_push(s->instance, node, batch); /* a failure is told by the push outside of it */
    s->inside--;
    oz_batch_release(&batch);
}

void
steps_end_inside(const char *source)
{
    steps *s = steps_now;
    steps_input *input = s->names[steps_node(s, source)].input;
    input->is_ending = true;
    if (!s->mode->polled && !input->is_ended) {
        input->is_ended = true;
        (void)oz_push_end(s->instance, input->node); /* a failure is told by the push outside */
    }
}

static steps_input *
first_input(steps *s)
{
    for (uint32_t i = 0; i < s->node_count; i++) {
        if (s->names[i].input != NULL) {
            return s->names[i].input;
        }
    }
    return NULL;
}

static void
push_rows(steps *s, steps_input *input, const char *rows)
{
    steps_row *end = input->rows + input->count;
    input->count += steps_rows_parse(rows, end, STEPS_ROWS_MAX - input->count);
    drive(s);
}

void
steps_push(steps *s, const char *rows)
{
    if (is_ready(s) && !is_stopped(s)) {
        push_rows(s, first_input(s), rows);
    }
}

void
steps_push_to(steps *s, const char *source, const char *rows)
{
    if (is_ready(s) && !is_stopped(s)) {
        push_rows(s, s->names[steps_node(s, source)].input, rows);
    }
}

void
steps_watermark(steps *s, const char *source, int64_t time_ns)
{
    if (is_ready(s) && !is_stopped(s)) {
        if (oz_emit_watermark(context_of(s, steps_node(s, source)), time_ns) == OZ_FAILED) {
            note_failure(s);
        }
        drive(s);
    }
}

/* ---- ends, time ------------------------------------------------------------------------------ */

void
steps_end_of(steps *s, const char *source)
{
    if (is_ready(s) && !is_stopped(s)) {
        s->names[steps_node(s, source)].input->is_ending = true;
        drive(s);
    }
}

static bool
is_held_up(const steps *s)
{
    for (uint32_t i = 0; i < s->node_count; i++) {
        if (s->names[i].collector != NULL && s->names[i].collector->room == 0) {
            return true;
        }
    }
    return false;
}

static void
print_open_steps(const steps *s)
{
    for (uint32_t i = 0; i < s->node_count; i++) {
        const oz_context *node = context_of(s, i);
        if (!node->ended) {
            print_error("open: %s (%s), attention %u, said %d, %u edges open\n", s->names[i].text,
                        node->op->name, node->attention, node->own, node->open_edges);
        }
    }
}

static void
jump_to(steps *s, int64_t at_ns)
{
    const oz_io *io = sim_io_table(s->sim);
    int64_t now_ns = io->now_ns(io->self);
    if (at_ns > now_ns) {
        sim_io_advance(s->sim, at_ns - now_ns);
    }
    drive(s);
}

void
steps_end(steps *s)
{
    if (!is_ready(s) || is_stopped(s)) {
        return;
    }
    for (uint32_t i = 0; i < s->node_count; i++) {
        if (s->names[i].input != NULL) {
            s->names[i].input->is_ending = true;
        }
    }
    drive(s);
    for (int i = 0; i < JUMPS_MAX && !is_stopped(s) && !is_held_up(s); i++) {
        int64_t at_ns = oz_instance_wake_at(s->instance);
        if (let_work(s) == OZ_DONE || is_stopped(s)) {
            return;
        }
        if (at_ns == INT64_MAX) {
            break;
        }
        jump_to(s, at_ns);
    }
    if (!is_stopped(s) && !is_held_up(s) && !s->is_lenient) {
        print_open_steps(s);
        SAY("the graph did not end");
    }
}

void
steps_flush(steps *s)
{
    if (is_ready(s) && !is_stopped(s)) {
        if (oz_flush(s->instance) == OZ_FAILED) {
            note_failure(s);
        }
        drive(s);
    }
}

void
steps_advance_ms(steps *s, int64_t ms)
{
    const oz_io *io = sim_io_table(s->sim);
    if (!is_ready(s) || is_stopped(s)) {
        return;
    }
    int64_t end_ns = io->now_ns(io->self) + ms * 1000000;
    int64_t at_ns = oz_instance_wake_at(s->instance);
    while (at_ns <= end_ns && !is_stopped(s)) {
        jump_to(s, at_ns);
        at_ns = oz_instance_wake_at(s->instance);
    }
    jump_to(s, end_ns);
}

/* ---- rows out -------------------------------------------------------------------------------- */

static steps_collector *
find_collector(steps *s, const char *name)
{
    for (uint32_t i = 0; i < s->node_count; i++) {
        steps_collector *collector = s->names[i].collector;
        if (collector != NULL && (name == NULL || strcmp(s->names[i].text + 1, name) == 0)) {
            return collector;
        }
    }
    assert_true(s->is_over);
    return NULL;
}

static void
expect_text(steps *s, const char *what, char *actual, const char *expected)
{
    if (!s->is_lenient && !s->is_over && strcmp(actual, expected) != 0) {
        SAY("%s: expected \"%s\", got \"%s\"", what, expected, actual);
    }
    actual[0] = '\0';
}

static void
expect_rows(steps *s, const char *name, const char *rows, bool sorted)
{
    steps_collector *collector = is_ready(s) ? find_collector(s, name) : NULL;
    if (collector != NULL) {
        if (sorted) {
            steps_rows_sort(collector->rows);
        }
        expect_text(s, name == NULL ? "rows" : name, collector->rows, rows);
        ozi_text_init(&collector->text, collector->rows, STEPS_TEXT_MAX);
    }
}

void
steps_expect(steps *s, const char *rows)
{
    expect_rows(s, NULL, rows, false);
}

void
steps_expect_sorted(steps *s, const char *rows)
{
    expect_rows(s, NULL, rows, true);
}

void
steps_expect_on(steps *s, const char *collector, const char *rows)
{
    expect_rows(s, collector, rows, false);
}

const char *
steps_rows(steps *s, const char *collector)
{
    return is_ready(s) ? find_collector(s, collector)->rows : "";
}

void
steps_expect_notes(steps *s, const char *rows)
{
    expect_text(s, "notes", s->notes, rows);
}

void
steps_show_times(steps *s)
{
    s->shows_times = true;
}

static void
expect_number(steps *s, const char *what, int64_t actual, int64_t expected)
{
    if (!s->is_lenient && !s->is_over && actual != expected) {
        SAY("%s: expected %lld, got %lld", what, (long long)expected, (long long)actual);
    }
}

void
steps_expect_watermark(steps *s, const char *collector, int64_t time_ns)
{
    if (is_ready(s)) {
        expect_number(s, "watermark", find_collector(s, collector)->watermark, time_ns);
    }
}

void
steps_expect_unwanted(steps *s, const char *source)
{
    if (is_ready(s)) {
        const oz_context *node = context_of(s, steps_node(s, source));
        expect_number(s, source, node->ended, true);
    }
}

void
steps_expect_ended(steps *s, const char *step, bool ended)
{
    if (is_ready(s)) {
        expect_number(s, step, context_of(s, steps_node(s, step))->ended, ended);
    }
}

void
steps_expect_counter(steps *s, const char *step, const char *counter, int64_t value)
{
    if (is_ready(s)) {
        expect_number(s, counter, oz_instance_counter(s->instance, steps_node(s, step), counter),
                      value);
    }
}

void
steps_expect_state(steps *s, const char *step, const char *table, int64_t count)
{
    if (is_ready(s)) {
        const oz_table *found = oz_instance_table(s->instance, steps_node(s, step), table);
        assert_non_null(found);
        expect_number(s, table, oz_table_count(found), count);
    }
}

static void
expect_words(steps *s, oz_error *error, const char *words)
{
    if (!s->is_lenient && strstr(error->text, words) == NULL) {
        SAY("expected \"... %s ...\", got \"%s\"", words, error->text);
    }
    *error = (oz_error){.status = OZ_OK};
}

void
steps_expect_refused(steps *s, const char *words)
{
    (void)is_ready(s);
    expect_words(s, &s->refusal, words);
}

void
steps_expect_failure(steps *s, const char *words)
{
    if (is_ready(s)) {
        expect_words(s, &s->failure, words);
        oz_instance_forgive(s->instance);
        drive(s);
    }
}

/* Room for so many rows; a collector that waits is told. */
static void
give_room(steps *s, const char *name, int64_t rows)
{
    steps_collector *collector = find_collector(s, name);
    uint32_t i = 0;
    while (s->names[i].collector != collector) {
        i++;
    }
    bool was_waiting = collector->room == 0;
    collector->room = rows;
    oz_context *node = context_of(s, i);
    if (was_waiting && !node->ended && ozi_settle(node, UINT32_MAX, OZ_NEED) == OZ_FAILED) {
        note_failure(s);
    }
    drive(s);
}

void
steps_hold(steps *s, const char *collector, int64_t rows)
{
    if (is_ready(s) && !is_stopped(s)) {
        give_room(s, collector, rows);
    }
}

void
steps_let_go(steps *s, const char *collector)
{
    if (is_ready(s) && !is_stopped(s)) {
        give_room(s, collector, -1);
    }
}

/* ---- running a scenario ---------------------------------------------------------------------- */

static const steps_mode MODES[] = {
    {.name = "pushed one by one", .run_max = 1},
    {.name = "pushed in one batch", .run_max = STEPS_ROWS_MAX},
    {.name = "pushed in random runs"},
    {.name = "objects pushed one by one", .run_max = 1, .as_objects = true},
    {.name = "objects pushed one by one to call_one",
     .run_max = 1,
     .as_objects = true,
     .call_one = true},
    {.name = "objects pushed in one batch", .run_max = STEPS_ROWS_MAX, .as_objects = true},
    {.name = "objects pushed in random runs", .as_objects = true},
    {.name = "polled one by one", .run_max = 1, .polled = true},
    {.name = "polled in one batch", .run_max = STEPS_ROWS_MAX, .polled = true},
    {.name = "objects polled in random runs", .as_objects = true, .polled = true},
};
/* Those in which allocations fail, too. */
static const uint32_t FAILING_MODES[] = {1, 4};

static void
free_names(steps *s)
{
    for (uint32_t i = 0; i < s->node_count; i++) {
        if (s->names[i].input != NULL) {
            free(s->names[i].input->rows);
            free(s->names[i].input);
        }
        if (s->names[i].collector != NULL) {
            free(s->names[i].collector->rows);
            free(s->names[i].collector);
        }
    }
}

/* Nobody asked for it. */
static void
check_errors(steps *s)
{
    const char *text = s->refusal.status != OZ_OK ? s->refusal.text : s->failure.text;
    if (s->refusal.status != OZ_OK || s->failure.status != OZ_OK) {
        SAY("it failed: %s", text);
    }
}

/* Runs the scenario once; true when the allocation that was to fail was asked for. */
static bool
run_once(const steps_case *scenario, const steps_mode *mode, uint64_t fail_at)
{
    steps *s = calloc(1, sizeof *s);
    assert_non_null(s);
    *s = (steps){.mode = mode, .random = fail_at, .file = "?"};
    ozi_alloc_counting_init(&s->counting, oz_alloc_default());
    s->counting.fail_at = fail_at;
    s->sim = sim_io_new(STEPS_SEED);
    steps_now = s;
    steps_functions_call_one(mode->call_one);
    s->graph = oz_graph_new(&s->counting.alloc, &text_object_class);
    s->is_over = s->is_lenient = s->graph == NULL;
    int64_t objects = text_object_live;
    scenario->run(s);
    check_errors(s);
    oz_instance_free(&s->instance);
    oz_graph_free(&s->graph);
    if (s->counting.live_count != 0 || text_object_live != objects) {
        SAY("%zu allocations and %lld objects leaked", s->counting.live_count,
            (long long)(text_object_live - objects));
    }
    assert_int_equal(sim_io_open_handles(s->sim), 0);
    bool was_reached = s->counting.calls >= fail_at;
    sim_io_free(s->sim);
    free_names(s);
    free(s);
    return was_reached;
}

void
steps_test(void **state)
{
    const steps_case *scenario = *state;
    for (size_t i = 0; i < sizeof MODES / sizeof *MODES; i++) {
        (void)run_once(scenario, &MODES[i], 0);
    }
    for (size_t i = 0; i < sizeof FAILING_MODES / sizeof *FAILING_MODES; i++) {
        uint64_t n = 1;
        while (scenario->fails_allocations && run_once(scenario, &MODES[FAILING_MODES[i]], n)) {
            n++;
        }
    }
}
