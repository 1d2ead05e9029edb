/* Driving a scenario: rows in, time on, until all rest. See steps.h. */
#include "kit/steps_internal.h"

#include <stdio.h>

#include "state/table.h"

enum {
    RESTS_AFTER_MAX = 100000, /* steps of the loop: a graph that never rests must end the test */
    JUMPS_MAX = 1000,         /* of the clock, at the end */
    RANDOM_RUN_MAX = 4,
};

/* ---- failures of the instance ---------------------------------------------------------------- */

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
void
steps_note_failure(steps *s)
{
    const oz_error *error = oz_instance_error(s->instance);
    assert_int_not_equal(error->status, OZ_OK);
    steps_note_error(s, &s->failure, error);
    drop_all(s);
    if (s->is_lenient) {
        oz_instance_forgive(s->instance);
    }
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

oz_context *
steps_context(const steps *s, uint32_t node)
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
            STEPS_SAY("the step \"%s\" is not sound, its attention is %u", node->name,
                      node->attention);
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
            steps_note_failure(s);
            if (!s->is_lenient) {
                return OZ_FAILED;
            }
        } else if (step != OZ_MORE) {
            check_engine(s);
            return step;
        }
    }
    STEPS_SAY("the graph never rests");
    return OZ_FAILED;
}

static bool
has_room(const steps *s, const steps_input *input)
{
    const oz_context *node = steps_context(s, input->node);
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
        steps_note_failure(s);
    } else if (step == OZ_DONE) {
        input->is_unwanted = true;
        drop_all(s);
    }
    if (step != OZ_FAILED && let_work(s) != OZ_FAILED && step == OZ_NEED &&
        !s->instance->engine.uses_clock && !s->is_lenient && rows_collected(s) != rows) {
        STEPS_SAY("rows came after the push that they belong to");
    }
}

static void
push_end(steps *s, steps_input *input)
{
    input->is_ended = true;
    if (oz_push_end(s->instance, input->node) == OZ_FAILED) {
        steps_note_failure(s);
    }
    (void)let_work(s);
}

static void
drive_pushed(steps *s, steps_input *input)
{
    while (input->count > 0 && !steps_is_stopped(s) && has_room(s, input)) {
        push_run(s, input);
    }
    if (input->is_ending && !input->is_ended && input->count == 0 && !steps_is_stopped(s)) {
        push_end(s, input);
    }
}

/* A source has something and there is room for it. */
static bool
may_push(const steps *s)
{
    for (uint32_t i = 0; i < s->node_count && !s->mode->polled && !steps_is_stopped(s); i++) {
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
void
steps_drive(steps *s)
{
    do {
        for (uint32_t i = 0; i < s->node_count && !steps_is_stopped(s); i++) {
            steps_input *input = s->names[i].input;
            if (input != NULL && s->mode->polled) {
                steps_context(s, i)->ready = true;
            } else if (input != NULL) {
                drive_pushed(s, input);
            }
        }
        if (!steps_is_stopped(s)) {
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
    steps_drive(s);
}

void
steps_push(steps *s, const char *rows)
{
    if (steps_is_ready(s) && !steps_is_stopped(s)) {
        push_rows(s, first_input(s), rows);
    }
}

void
steps_push_to(steps *s, const char *source, const char *rows)
{
    if (steps_is_ready(s) && !steps_is_stopped(s)) {
        push_rows(s, s->names[steps_node(s, source)].input, rows);
    }
}

void
steps_watermark(steps *s, const char *source, int64_t time_ns)
{
    if (steps_is_ready(s) && !steps_is_stopped(s)) {
        if (oz_emit_watermark(steps_context(s, steps_node(s, source)), time_ns) == OZ_FAILED) {
            steps_note_failure(s);
        }
        steps_drive(s);
    }
}

/* ---- ends, time ------------------------------------------------------------------------------ */

void
steps_end_of(steps *s, const char *source)
{
    if (steps_is_ready(s) && !steps_is_stopped(s)) {
        s->names[steps_node(s, source)].input->is_ending = true;
        steps_drive(s);
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
        const oz_context *node = steps_context(s, i);
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
    steps_drive(s);
}

void
steps_end(steps *s)
{
    if (!steps_is_ready(s) || steps_is_stopped(s)) {
        return;
    }
    for (uint32_t i = 0; i < s->node_count; i++) {
        if (s->names[i].input != NULL) {
            s->names[i].input->is_ending = true;
        }
    }
    steps_drive(s);
    for (int i = 0; i < JUMPS_MAX && !steps_is_stopped(s) && !is_held_up(s); i++) {
        int64_t at_ns = oz_instance_wake_at(s->instance);
        if (let_work(s) == OZ_DONE || steps_is_stopped(s)) {
            return;
        }
        if (at_ns == INT64_MAX) {
            break;
        }
        jump_to(s, at_ns);
    }
    if (!steps_is_stopped(s) && !is_held_up(s) && !s->is_lenient) {
        print_open_steps(s);
        STEPS_SAY("the graph did not end");
    }
}

void
steps_flush(steps *s)
{
    if (steps_is_ready(s) && !steps_is_stopped(s)) {
        if (oz_flush(s->instance) == OZ_FAILED) {
            steps_note_failure(s);
        }
        steps_drive(s);
    }
}

void
steps_advance_ms(steps *s, int64_t ms)
{
    const oz_io *io = sim_io_table(s->sim);
    if (!steps_is_ready(s) || steps_is_stopped(s)) {
        return;
    }
    int64_t end_ns = io->now_ns(io->self) + ms * 1000000;
    int64_t at_ns = oz_instance_wake_at(s->instance);
    while (at_ns <= end_ns && !steps_is_stopped(s)) {
        jump_to(s, at_ns);
        at_ns = oz_instance_wake_at(s->instance);
    }
    jump_to(s, end_ns);
}
