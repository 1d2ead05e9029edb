/*
 * Dispatch: a batch goes depth first through everything that reads a port.
 *
 * The path of a batch that meets no trouble is oz_emit -> ozi_deliver -> on_batch -> oz_emit ...:
 * two branches and three counters a node. Everything else (a node that is at work, held, by row,
 * unwanted or done) hangs on one byte, `attention`, and on the answer not being NEED.
 */
#include "op/context.h"

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/* ---- held nodes -------------------------------------------------------------------------------- */

void
ozi_hold(oz_context *node, bool held)
{
    ozi_engine *engine = node->engine;
    bool is_held = (node->attention & OZI_HELD) != 0;
    if (held == is_held) {
        return;
    }
    node->attention ^= OZI_HELD;
    engine->held[node->id / 64] ^= UINT64_C(1) << (node->id % 64);
    engine->held_count += held ? 1U : UINT32_MAX;
}

bool
ozi_is_blocked(const oz_context *node)
{
    const ozi_engine *engine = node->engine;
    if (engine->held_count == 0) {
        return false;
    }
    for (uint32_t i = 0; i < engine->held_words; i++) {
        uint64_t held = engine->held[i] & node->reach[i];
        if (i == node->id / 64) {
            held &= ~(UINT64_C(1) << (node->id % 64)); /* a node in a loop is below itself */
        }
        if (held != 0) {
            return true;
        }
    }
    return false;
}

/* ---- calls, measured now and then -------------------------------------------------------------- */

/* Time spent in the calls below belongs to those nodes: see ozi_engine.nested_ns. */
static int64_t
measure_begin(ozi_engine *engine, int64_t *outer_nested_ns)
{
    *outer_nested_ns = engine->nested_ns;
    engine->nested_ns = 0;
    return engine->io->now_ns(engine->io->self);
}

static void
measure_end(oz_context *node, int64_t begin_ns, int64_t outer_nested_ns)
{
    ozi_engine *engine = node->engine;
    int64_t took_ns = engine->io->now_ns(engine->io->self) - begin_ns;
    node->stats.busy_ns += (took_ns - engine->nested_ns) * engine->measure;
    engine->nested_ns = outer_nested_ns + took_ns;
}

static oz_step
call_on_batch_measured(oz_context *node, uint32_t edge, const oz_batch *batch)
{
    int64_t outer_nested_ns;
    int64_t begin_ns = measure_begin(node->engine, &outer_nested_ns);
    oz_step step = node->op->on_batch(node->state, node, edge, batch);
    measure_end(node, begin_ns, outer_nested_ns);
    return step;
}

static inline oz_step
call_on_batch(oz_context *node, uint32_t edge, const oz_batch *batch)
{
    node->busy = true;
    node->stats.calls++;
    oz_step step = LIKELY(node->engine->measure == 0)
                       ? node->op->on_batch(node->state, node, edge, batch)
                       : call_on_batch_measured(node, edge, batch);
    node->busy = false;
    return step;
}

/* ---- settling an answer ------------------------------------------------------------------------ */

static oz_step
settle_done(oz_context *node, uint32_t edge)
{
    if (edge < node->edge_count && !node->edge_ended[edge]) {
        node->edge_ended[edge] = true;
        node->open_edges--;
    }
    ozi_hold(node, false);
    /* DONE from a timer, a descriptor, on_end or a poll means the whole node. */
    bool whole = edge >= node->edge_count || node->open_edges == 0;
    if (whole || (node->attention & OZI_UNWANTED) != 0) {
        ozi_waiting_clear(node, &node->deferred);
        if (ozi_finish(node) == OZ_FAILED) {
            return OZ_FAILED;
        }
    }
    return OZ_DONE;
}

/* Takes the next batch that was deferred: a single row of it when rows must pass one at a time. */
static oz_status
next_deferred(oz_context *node, uint32_t *edge, const oz_batch **out)
{
    ozi_waiting *first = node->deferred.first;
    const oz_batch *batch = first->batch;
    int64_t end = node->split ? first->row + 1 : batch->row_count;
    *edge = first->edge;
    OZ_TRY(oz_batch_slice(batch, first->row, end, out));
    node->deferred.rows -= end - first->row;
    first->row = end;
    if (end == batch->row_count) {
        (void)ozi_waiting_pop(&node->deferred);
        ozi_waiting_free(node, &first);
    }
    if (node->deferred.first == NULL) {
        node->attention &= (uint8_t)~OZI_DEFERRED;
    }
    return OZ_OK;
}

static oz_step
call_deferred(oz_context *node, uint32_t *edge)
{
    const oz_batch *batch = NULL;
    oz_status status = next_deferred(node, edge, &batch);
    if (status != OZ_OK) {
        return oz_failed(node, status);
    }
    node->stats.rows_in += batch->row_count;
    oz_step step = call_on_batch(node, *edge, batch);
    oz_batch_release(&batch);
    return step;
}

oz_step
ozi_settle(oz_context *node, uint32_t edge, oz_step step)
{
    for (;;) {
        if (step == OZ_FAILED) {
            return ozi_latch(node, NULL, 0);
        }
        if (step == OZ_DONE || (node->attention & OZI_UNWANTED) != 0) {
            return settle_done(node, edge);
        }
        bool holds = node->op->holds && step != OZ_NEED;
        node->own_more = holds && step == OZ_MORE;
        if ((node->attention & OZI_REST) != 0 && step == OZ_NEED) {
            step = OZ_MORE;
        }
        bool owes = (node->attention & (OZI_REST | OZI_DEFERRED)) != 0 && step != OZ_NEED;
        ozi_hold(node, holds || owes);
        if (step != OZ_NEED || (node->attention & OZI_DEFERRED) == 0) {
            return step;
        }
        step = call_deferred(node, &edge);
    }
}

/* ---- delivering -------------------------------------------------------------------------------- */

static oz_step
defer(oz_context *node, uint32_t edge, const oz_batch *batch)
{
    oz_status status = OZ_FULL;
    if (node->deferred.rows + batch->row_count <= OZI_DEFERRED_ROWS_MAX) {
        status = ozi_waiting_push(node, &node->deferred, batch, 0, edge, 0);
    }
    if (status != OZ_OK) {
        return oz_fail(node, status, "more than %d rows emitted into it while it was at work",
                       OZI_DEFERRED_ROWS_MAX);
    }
    node->attention |= OZI_DEFERRED;
    return OZ_NEED;
}

oz_step
ozi_deliver(oz_context *node, uint32_t edge, const oz_batch *batch)
{
    if (UNLIKELY(node->busy || node->ended)) {
        return node->ended ? OZ_DONE : defer(node, edge, batch);
    }
    if (UNLIKELY(node->split && batch->row_count > 1)) {
        oz_step deferred = defer(node, edge, batch);
        return deferred == OZ_NEED ? ozi_settle(node, edge, OZ_NEED) : deferred;
    }
    node->stats.rows_in += batch->row_count;
    oz_step step = call_on_batch(node, edge, batch);
    if (LIKELY(step == OZ_NEED && node->attention == 0)) {
        return OZ_NEED;
    }
    return ozi_settle(node, edge, step);
}

/* ---- emitting ---------------------------------------------------------------------------------- */

static void
close_target(oz_context *node, ozi_output *output, ozi_target *target)
{
    if (target->closed) {
        return;
    }
    target->closed = true;
    output->open--;
    for (uint32_t i = 0; i < node->output_count; i++) {
        if (node->outputs[i].open > 0) {
            return;
        }
    }
    node->attention |= OZI_UNWANTED;
}

static inline oz_step
emit_now(oz_context *node, ozi_output *output, const oz_batch *batch)
{
    oz_step answer = OZ_NEED;
    for (uint32_t i = 0; i < output->count; i++) {
        ozi_target *target = &output->targets[i];
        if (UNLIKELY(target->closed)) {
            continue;
        }
        oz_step step = ozi_deliver(target->node, target->edge, batch);
        if (LIKELY(step == OZ_NEED)) {
            continue;
        }
        if (step == OZ_FAILED) {
            return OZ_FAILED;
        }
        if (step == OZ_DONE) {
            close_target(node, output, target);
        } else {
            answer = step;
        }
    }
    return UNLIKELY(output->open == 0 && output->count > 0) ? OZ_DONE : answer;
}

/* Delivers what waits at the outputs, row by row, until something below is held. */
static oz_step
emit_rest(oz_context *node)
{
    oz_step answer = OZ_NEED;
    while (node->rest.first != NULL && answer == OZ_NEED) {
        ozi_waiting *first = node->rest.first;
        const oz_batch *one = NULL;
        oz_status status = oz_batch_slice(first->batch, first->row, first->row + 1, &one);
        if (status != OZ_OK) {
            return oz_failed(node, status);
        }
        ozi_output *output = &node->outputs[first->output];
        first->row++;
        node->rest.rows--;
        if (first->row == first->batch->row_count) {
            (void)ozi_waiting_pop(&node->rest);
            ozi_waiting_free(node, &first);
        }
        answer = emit_now(node, output, one);
        oz_batch_release(&one);
    }
    if (node->rest.first == NULL) {
        node->attention &= (uint8_t)~OZI_REST;
    }
    return answer;
}

static oz_step
emit_by_row(oz_context *node, uint32_t output, const oz_batch *batch)
{
    bool is_running = (node->attention & OZI_REST) != 0;
    oz_status status = ozi_waiting_push(node, &node->rest, batch, 0, 0, output);
    if (status != OZ_OK) {
        return oz_failed(node, status);
    }
    node->attention |= OZI_REST;
    if (is_running) {
        return OZ_MORE;
    }
    oz_step answer = emit_rest(node);
    if ((node->attention & OZI_REST) == 0 || answer == OZ_FAILED || answer == OZ_DONE) {
        return answer;
    }
    ozi_hold(node, true);
    return OZ_MORE;
}

oz_step
oz_emit(oz_context *node, uint32_t output_index, const oz_batch *batch)
{
    ozi_output *output = &node->outputs[output_index];
    output->rows += batch->row_count;
    if (UNLIKELY(node->by_row &&
                 (batch->row_count > 1 || (node->attention & OZI_REST) != 0))) {
        return emit_by_row(node, output_index, batch);
    }
    return emit_now(node, output, batch);
}

oz_step
oz_emit_object(oz_context *node, uint32_t output, oz_object object, const oz_rows *rows)
{
    oz_one one;
    return oz_emit(node, output,
                   oz_batch_one(&one, node->engine->alloc, node->engine->objects, object, rows));
}

bool
oz_has_reader(const oz_context *node, uint32_t output)
{
    return node->outputs[output].open > 0;
}

/* ---- watermarks -------------------------------------------------------------------------------- */

static oz_step
deliver_watermark(oz_context *node, uint32_t edge, int64_t time_ns)
{
    if (node->ended || node->edge_ended[edge] || time_ns <= node->watermarks[edge]) {
        return OZ_NEED;
    }
    node->watermarks[edge] = time_ns;
    int64_t least = INT64_MAX;
    for (uint32_t i = 0; i < node->edge_count; i++) {
        if (!node->edge_ended[i] && node->watermarks[i] < least) {
            least = node->watermarks[i];
        }
    }
    if (least <= node->watermark) {
        return OZ_NEED;
    }
    node->watermark = least;
    if (node->op->on_watermark == NULL) {
        return oz_emit_watermark(node, least);
    }
    node->busy = true;
    oz_step step = node->op->on_watermark(node->state, node, least);
    node->busy = false;
    return ozi_settle(node, UINT32_MAX, step);
}

oz_step
oz_emit_watermark(oz_context *node, int64_t time_ns)
{
    oz_step answer = OZ_NEED;
    for (uint32_t i = 0; i < node->output_count; i++) {
        for (uint32_t j = 0; j < node->outputs[i].count; j++) {
            ozi_target *target = &node->outputs[i].targets[j];
            oz_step step =
                target->closed ? OZ_NEED : deliver_watermark(target->node, target->edge, time_ns);
            if (step == OZ_FAILED) {
                return OZ_FAILED;
            }
            answer = step == OZ_NEED || step == OZ_DONE ? answer : step;
        }
    }
    return answer;
}

/* ---- the other functions of an operator -------------------------------------------------------- */

oz_step
ozi_resume(oz_context *node)
{
    if ((node->attention & OZI_REST) != 0) {
        oz_step answer = emit_rest(node);
        if (answer == OZ_FAILED) {
            return OZ_FAILED;
        }
        if ((node->attention & OZI_REST) != 0) {
            return OZ_MORE;
        }
    }
    if (node->own_more) {
        oz_step step = call_on_batch(node, 0, NULL);
        return ozi_settle(node, UINT32_MAX, step);
    }
    return ozi_settle(node, UINT32_MAX, OZ_NEED);
}

/* Runs `expression` as a call into the node's operator, measured like on_batch. */
#define CALL(node, expression)                                                                     \
    int64_t outer_nested_ns = 0;                                                                   \
    int64_t measured = (node)->engine->measure;                                                    \
    int64_t begin_ns = measured == 0 ? 0 : measure_begin((node)->engine, &outer_nested_ns);        \
    (node)->busy = true;                                                                           \
    (node)->stats.calls++;                                                                         \
    oz_step step = (expression);                                                                   \
    (node)->busy = false;                                                                          \
    if (measured != 0) {                                                                           \
        measure_end((node), begin_ns, outer_nested_ns);                                            \
    }                                                                                              \
    return ozi_settle((node), UINT32_MAX, step)

oz_step
ozi_call_timer(oz_context *node, int64_t id)
{
    CALL(node, node->op->on_timer(node->state, node, id));
}

oz_step
ozi_call_ready(oz_context *node, uint64_t token, uint32_t ready)
{
    CALL(node, node->op->on_ready(node->state, node, token, ready));
}

oz_step
ozi_call_flush(oz_context *node)
{
    CALL(node, node->op->on_flush(node->state, node));
}

oz_step
ozi_call_poll(oz_context *node, int64_t rows)
{
    CALL(node, node->op->source->poll(node->state, node, rows));
}
