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

/* ---- held nodes ------------------------------------------------------------------------------ */

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

void
ozi_stall(oz_context *node, bool stalled)
{
    bool is_stalled = (node->attention & OZI_STALLED) != 0;
    if (stalled != is_stalled) {
        node->attention ^= OZI_STALLED;
        node->engine->stalled_count += stalled ? 1U : UINT32_MAX;
    }
}

bool
ozi_is_blocked(const oz_context *node)
{
    const ozi_engine *engine = node->engine;
    if (engine->held_count == 0) {
        return false;
    }
    for (uint32_t i = 0; i < engine->held_words; i++) {
        if ((engine->held[i] & node->below[i]) != 0) {
            return true;
        }
    }
    return false;
}

/* ---- calls, measured now and then ------------------------------------------------------------ */

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
call_untraced(oz_context *node, uint32_t edge, const oz_batch *batch)
{
    return LIKELY(node->engine->measure == 0) ? node->op->on_batch(node->state, node, edge, batch)
                                              : call_on_batch_measured(node, edge, batch);
}

static oz_step
call_traced(oz_context *node, uint32_t edge, const oz_batch *batch)
{
    ozi_traced outer;
    ozi_trace_begin(node, &(ozi_traced){.node = node, .batch = batch}, &outer);
    oz_step step = node->is_blamed && ozi_trace_is_deadly(node) ? ozi_set_aside(node, batch)
                                                                : call_untraced(node, edge, batch);
    ozi_trace_end(node, &outer);
    return step;
}

static inline oz_step
call_on_batch(oz_context *node, uint32_t edge, const oz_batch *batch)
{
    node->busy = true;
    node->stats.calls++;
    oz_step step = LIKELY(node->engine->trace == NULL) ? call_untraced(node, edge, batch)
                                                       : call_traced(node, edge, batch);
    node->busy = false;
    return step;
}

/* ---- settling an answer ---------------------------------------------------------------------- */

/* DONE from a timer, a descriptor, on_end or a poll means the whole node, else the edge. */
static oz_step
settle_done(oz_context *node, uint32_t edge)
{
    if (edge < node->edge_count && node->edge_states[edge] == OZI_EDGE_OPEN) {
        node->edge_states[edge] = OZI_EDGE_ENDED;
        node->open_edges--;
        node->attention |= OZI_CLOSED;
    }
    if (edge >= node->edge_count || node->open_edges == 0 ||
        (node->attention & OZI_UNWANTED) != 0) {
        return ozi_finish(node);
    }
    return OZ_NEED;
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
        node->attention &= (uint16_t)~OZI_DEFERRED;
    }
    return OZ_OK;
}

/* A watermark that waits among the rows. */
static oz_step
pass_deferred_watermark(oz_context *node, uint32_t *edge)
{
    ozi_waiting *first = ozi_waiting_pop(&node->deferred);
    uint32_t marked = first->edge;
    int64_t time_ns = first->time_ns;
    ozi_waiting_free(node, &first);
    if (node->deferred.first == NULL) {
        node->attention &= (uint16_t)~OZI_DEFERRED;
    }
    *edge = UINT32_MAX;
    return ozi_pass_watermark(node, marked, time_ns);
}

static oz_step
call_deferred(oz_context *node, uint32_t *edge)
{
    const oz_batch *batch = NULL;
    if (node->deferred.first->batch == NULL) {
        return pass_deferred_watermark(node, edge);
    }
    oz_status status = next_deferred(node, edge, &batch);
    if (status != OZ_OK) {
        return oz_failed(node, status);
    }
    oz_step step = OZ_NEED;
    if (node->edge_states[*edge] != OZI_EDGE_ENDED) { /* else it had said DONE */
        node->stats.rows_in += batch->row_count;
        step = call_on_batch(node, *edge, batch);
    }
    oz_batch_release(&batch);
    return step;
}

/* The next thing that the node owes: rows before ends, ends before watermarks. */
static oz_step
go_on(oz_context *node, uint32_t *edge)
{
    if ((node->attention & OZI_DEFERRED) != 0) {
        return call_deferred(node, edge);
    }
    *edge = UINT32_MAX;
    if (node->ending || (node->attention & OZI_LATE_END) != 0) {
        return ozi_tell_end(node);
    }
    return ozi_advance_watermark(node);
}

static bool
may_go_on(const oz_context *node)
{
    return node->own == OZ_NEED && (node->ending || (node->attention & OZI_OWED) != 0) &&
           (node->attention & OZI_REST) == 0 && !ozi_is_blocked(node);
}

static oz_step
answer_for(oz_context *node, uint32_t edge)
{
    bool owes = (node->attention & OZI_OWED) != 0;
    if (node->ended || (node->attention & OZI_FINISHING) != 0 ||
        (edge < node->edge_count && node->edge_states[edge] != OZI_EDGE_OPEN)) {
        return OZ_DONE;
    }
    return node->own == OZ_NEED && owes ? OZ_WAIT : (oz_step)node->own;
}

static oz_step
settle_failed(oz_context *node)
{
    node->own = OZ_NEED;
    ozi_hold(node, !node->ended && (node->attention & OZI_OWED) != 0);
    return ozi_latch(node, NULL, 0);
}

oz_step
ozi_settle(oz_context *node, uint32_t edge, oz_step step)
{
    uint32_t at = edge;
    for (;;) {
        if (step == OZ_DONE || (step != OZ_FAILED && (node->attention & OZI_UNWANTED) != 0)) {
            step = settle_done(node, at);
        }
        if (step == OZ_FAILED) {
            return settle_failed(node);
        }
        if (step == OZ_DONE) {
            return OZ_DONE;
        }
        bool is_own = node->op->holds || (node->ending && step == OZ_MORE);
        node->own = is_own ? (uint8_t)step : OZ_NEED;
        if (!may_go_on(node)) {
            break;
        }
        step = go_on(node, &at);
    }
    ozi_hold(node, node->own != OZ_NEED || (node->attention & OZI_OWED) != 0);
    return answer_for(node, edge);
}

/* ---- delivering ------------------------------------------------------------------------------ */

static oz_status
defer(oz_context *node, uint32_t edge, const oz_batch *batch)
{
    if (node->deferred.rows + batch->row_count > OZI_DEFERRED_ROWS_MAX) {
        return oz_error_set(&node->engine->scratch, OZ_FULL,
                            "more than %d rows wait for it while it is at work or held up",
                            OZI_DEFERRED_ROWS_MAX);
    }
    OZ_TRY(ozi_waiting_push(node, &node->deferred, batch, 0, edge, 0));
    node->attention |= OZI_DEFERRED;
    return OZ_OK;
}

/* The node is at work, held, ended or closed, or wants one row at a time. */
static __attribute__((noinline)) oz_step
deliver_later(oz_context *node, uint32_t edge, const oz_batch *batch)
{
    if (answer_for(node, edge) == OZ_DONE) {
        return OZ_DONE;
    }
    bool is_at_work = node->busy || (node->attention & OZI_HELD) != 0;
    if (is_at_work || (node->split && batch->row_count > 1)) {
        oz_status status = defer(node, edge, batch);
        if (status != OZ_OK) {
            return oz_failed(node, status);
        }
        return is_at_work ? OZ_WAIT : ozi_settle(node, edge, OZ_NEED);
    }
    if ((node->attention & OZI_UNWANTED) != 0) {
        return ozi_settle(node, edge, OZ_NEED);
    }
    node->stats.rows_in += batch->row_count;
    return ozi_settle(node, edge, call_on_batch(node, edge, batch));
}

oz_step
ozi_deliver(oz_context *node, uint32_t edge, const oz_batch *batch)
{
    if (UNLIKELY(node->busy || node->ended || node->attention != 0 ||
                 (node->split && batch->row_count > 1))) {
        return deliver_later(node, edge, batch);
    }
    node->stats.rows_in += batch->row_count;
    oz_step step = call_on_batch(node, edge, batch);
    if (LIKELY(node->attention == 0 &&
               (step == OZ_NEED || (step <= OZ_WAIT && !node->op->holds)))) {
        return OZ_NEED; /* whether something below is held, oz_emit sees by itself */
    }
    return ozi_settle(node, edge, step);
}

/* ---- emitting -------------------------------------------------------------------------------- */

void
ozi_close_target(oz_context *node, ozi_output *output, ozi_target *target)
{
    if (target->closed) {
        return;
    }
    target->closed = true;
    output->open--;
    if (ozi_is_unwanted(node)) {
        node->attention |= OZI_UNWANTED;
    }
}

static inline oz_step
emit_now(oz_context *node, ozi_output *output, const oz_batch *batch)
{
    for (uint32_t i = 0; i < output->count; i++) {
        ozi_target *target = &output->targets[i];
        if (UNLIKELY(target->closed)) {
            continue;
        }
        oz_step step = ozi_deliver(target->node, target->edge, batch);
        if (UNLIKELY(step >= OZ_DONE)) {
            if (step == OZ_FAILED) {
                return OZ_FAILED;
            }
            ozi_close_target(node, output, target);
        }
    }
    return ozi_standing(node, output);
}

/* Whether a row that was given to `target` is still on its way down there. */
static bool
is_under_way(const oz_context *target)
{
    const ozi_engine *engine = target->engine;
    for (uint32_t i = 0; i < engine->node_count; i++) {
        const oz_context *node = engine->nodes[i];
        bool is_below = node == target || (target->below[i / 64] >> (i % 64) & 1) != 0;
        if (is_below && (node->attention & OZI_HELD) != 0 && !node->is_queue && !node->busy) {
            return true;
        }
    }
    return false;
}

/*
 * One row where branches rejoin: it goes all the way down one branch before the next one gets it.
 * When it has to stop on its way, the readers from the next one on wait in `rest`.
 */
static oz_step
emit_row(oz_context *node, ozi_output *output, const oz_batch *one, uint32_t from)
{
    for (uint32_t i = from; i < output->count; i++) {
        ozi_target *target = &output->targets[i];
        if (target->closed) {
            continue;
        }
        oz_object sole = ozi_sole_object(one);
        oz_step step = sole != NULL ? ozi_pass_object(node, target, sole, one->rows)
                                    : ozi_deliver(target->node, target->edge, one);
        if (step == OZ_FAILED) {
            return OZ_FAILED;
        }
        if (step == OZ_DONE) {
            ozi_close_target(node, output, target);
        }
        if (node->engine->held_count > 0 && i + 1 < output->count && is_under_way(target->node)) {
            uint32_t number = (uint32_t)(output - node->outputs);
            oz_status status = ozi_waiting_push_front(node, &node->rest, one, 0, number, i + 1);
            if (status != OZ_OK) {
                return oz_failed(node, status);
            }
            node->attention |= OZI_REST;
            return OZ_WAIT;
        }
    }
    return ozi_standing(node, output);
}

static oz_step
emit_rest_watermark(oz_context *node)
{
    ozi_waiting *first = ozi_waiting_pop(&node->rest);
    ozi_waiting mark = *first;
    ozi_waiting_free(node, &first);
    return ozi_give_watermark(node, mark.time_ns, mark.output, mark.target);
}

/* Delivers the next row, or watermark, that waits at the outputs. */
static oz_step
emit_rest_row(oz_context *node)
{
    ozi_waiting *first = node->rest.first;
    if (first->batch == NULL) {
        return emit_rest_watermark(node);
    }
    ozi_output *output = &node->outputs[first->output];
    const oz_batch *one = NULL;
    oz_status status = oz_batch_slice(first->batch, first->row, first->row + 1, &one);
    if (status != OZ_OK) {
        return oz_failed(node, status);
    }
    uint32_t target = first->target;
    first->row++;
    node->rest.rows--;
    if (first->row == first->batch->row_count) {
        (void)ozi_waiting_pop(&node->rest);
        ozi_waiting_free(node, &first);
    }
    oz_step step = emit_row(node, output, one, target);
    oz_batch_release(&one);
    return step;
}

/* Delivers what waits at the outputs, row by row, until something below is held. */
static oz_step
emit_rest(oz_context *node)
{
    oz_step step = OZ_NEED;
    while (node->rest.first != NULL && step != OZ_FAILED && !ozi_is_blocked(node)) {
        step = emit_rest_row(node);
    }
    if (node->rest.first == NULL) {
        node->attention &= (uint16_t)~OZI_REST;
    }
    return step == OZ_FAILED ? OZ_FAILED : OZ_NEED;
}

/* Rows that come from inside while others are on their way wait behind them. */
static __attribute__((noinline)) oz_step
emit_by_row(oz_context *node, ozi_output *output, const oz_batch *batch)
{
    bool is_running = (node->attention & OZI_REST) != 0;
    if (batch->row_count == 1 && !is_running && !ozi_is_blocked(node)) {
        oz_step step = emit_row(node, output, batch, 0);
        ozi_hold(node, (node->attention & (OZI_OWED | OZI_HELD)) != 0);
        return step;
    }
    oz_status status =
        ozi_waiting_push(node, &node->rest, batch, 0, 0, (uint32_t)(output - node->outputs));
    if (status != OZ_OK) {
        return oz_failed(node, status);
    }
    node->attention |= OZI_REST;
    if (!is_running && emit_rest(node) == OZ_FAILED) {
        ozi_hold(node, (node->attention & OZI_OWED) != 0);
        return OZ_FAILED;
    }
    if ((node->attention & OZI_REST) == 0) {
        return ozi_standing(node, output);
    }
    if (!is_running) {
        ozi_hold(node, true);
    }
    return OZ_WAIT;
}

oz_step
oz_emit(oz_context *node, uint32_t output_index, const oz_batch *batch)
{
    ozi_output *output = &node->outputs[output_index];
    if (UNLIKELY(batch->row_count == 0)) {
        return ozi_standing(node, output);
    }
    output->rows += batch->row_count;
    if (UNLIKELY(node->by_row)) {
        return emit_by_row(node, output, batch);
    }
    return emit_now(node, output, batch);
}

bool
oz_has_reader(const oz_context *node, uint32_t output)
{
    return node->outputs[output].open > 0;
}

/* ---- going on -------------------------------------------------------------------------------- */

bool
ozi_can_resume(const oz_context *node)
{
    return node->own == OZ_MORE ||
           (node->attention & (OZI_REST | OZI_STALLED | OZI_FINISHING)) != 0 ||
           (node->own == OZ_NEED && (node->attention & OZI_OWED) != 0);
}

static oz_step
resume_operator(oz_context *node)
{
    if ((node->attention & OZI_STALLED) != 0) {
        ozi_stall(node, false);
        return ozi_call_timer(node, 0);
    }
    if (node->own != OZ_MORE) {
        return ozi_settle(node, UINT32_MAX, (oz_step)node->own);
    }
    if (node->ending) {
        return ozi_settle(node, UINT32_MAX, ozi_tell_end(node));
    }
    return ozi_settle(node, 0, call_on_batch(node, 0, NULL));
}

oz_step
ozi_resume(oz_context *node)
{
    if ((node->attention & OZI_REST) != 0) {
        if (emit_rest(node) == OZ_FAILED) {
            return settle_failed(node);
        }
        if ((node->attention & OZI_REST) != 0) {
            return OZ_WAIT;
        }
        if (ozi_is_blocked(node) && (node->attention & OZI_FINISHING) == 0) {
            return ozi_settle(node, UINT32_MAX, (oz_step)node->own); /* by the last of those rows */
        }
    }
    return (node->attention & OZI_FINISHING) != 0 ? ozi_finish(node) : resume_operator(node);
}

/* ---- the other functions of an operator ------------------------------------------------------ */

/* Runs `expression` as a call into the node's operator, measured like on_batch. */
#define CALL(node, expression)                                                                     \
    int64_t outer_nested_ns = 0;                                                                   \
    int64_t measured = (node)->engine->measure;                                                    \
    int64_t begin_ns = measured == 0 ? 0 : measure_begin((node)->engine, &outer_nested_ns);        \
    ozi_traced outer;                                                                              \
    (node)->busy = true;                                                                           \
    (node)->stats.calls++;                                                                         \
    ozi_enter(node, &outer);                                                                       \
    oz_step step = (expression);                                                                   \
    ozi_leave(node, &outer);                                                                       \
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

static oz_step
give(oz_context *node, int64_t rows)
{
    if (!node->draining) {
        return node->op->source->poll(node->state, node, rows);
    }
    return node->op->on_flush == NULL ? OZ_NEED : node->op->on_flush(node->state, node);
}

/*
 * MORE and WAIT of a source say when to poll it again, not that it holds rows back; so the usual
 * answers need no settling.
 */
oz_step
ozi_call_poll(oz_context *node, int64_t rows)
{
    int64_t outer_nested_ns = 0;
    int64_t measured = node->engine->measure;
    int64_t begin_ns = measured == 0 ? 0 : measure_begin(node->engine, &outer_nested_ns);
    node->busy = true;
    node->stats.calls++;
    ozi_traced outer;
    bool is_traced = node->engine->trace != NULL;
    if (UNLIKELY(is_traced)) {
        ozi_trace_begin(node, &(ozi_traced){.node = node, .may_rest = true}, &outer);
    }
    oz_step step = give(node, rows);
    if (UNLIKELY(is_traced)) {
        ozi_trace_end(node, &outer);
    }
    node->busy = false;
    if (measured != 0) {
        measure_end(node, begin_ns, outer_nested_ns);
    }
    if (LIKELY(step <= OZ_WAIT && node->attention == 0)) {
        return step;
    }
    oz_step settled = ozi_settle(node, UINT32_MAX, step);
    return settled == OZ_DONE || settled == OZ_FAILED ? settled : step;
}
