/* Sending and receiving: see exchange.h. */
#include "op/exchange.h"

#include <stdio.h>

#include "batch/batch.h"
#include "batch/packed.h"
#include "state/table.h"

enum { MESSAGE_ROWS = 1, MESSAGE_MARK, MESSAGE_END };

/* Rows that a worker keeps for itself before its send step waits. */
enum { KEPT_ROWS_MAX = 1 << 14 };

typedef struct exchange_options {
    int64_t gate;
    int64_t way;   /* ozi_way */
    bool from_one; /* only worker 0 sends */
} exchange_options;

static const oz_option OPTIONS[] = {
    {.name = "gate",
     .kind = OZ_OPTION_INT64,
     .offset = offsetof(exchange_options, gate),
     .help = "the number of the exchange"},
    {.name = "way",
     .kind = OZ_OPTION_INT64,
     .offset = offsetof(exchange_options, way),
     .by_default = "0",
     .help = "who gets a row: 0 the owner of its key, 1 worker 0, 2 all"},
    {.name = "from_one",
     .kind = OZ_OPTION_BOOL,
     .offset = offsetof(exchange_options, from_one),
     .by_default = "false",
     .help = "whether only worker 0 sends"},
    {.name = NULL},
};

typedef struct exchange_state {
    ozi_exchange *exchange;
    ozi_gate *gate;
    ozi_way way;
    bool is_waiting; /* send: for room */
    bool has_ended;  /* send: the readers know */
} exchange_state;

static void
begin(exchange_state *state, oz_context *node)
{
    const exchange_options *options = oz_options(node);
    state->exchange = node->engine->exchange;
    state->gate = &state->exchange->gates[options->gate];
    state->way = (ozi_way)options->way;
}

/* ---- sending --------------------------------------------------------------------------------- */

/* The workers that receive: all, or the first. */
static uint32_t
reader_count(const exchange_state *state)
{
    return state->way == OZI_WAY_ONE ? 1 : state->exchange->job->workers;
}

static bool
keeps_too_much(const ozi_gate *gate)
{
    return gate->keeps && gate->kept.rows >= KEPT_ROWS_MAX;
}

/* Publishes what is pending, wakes who gets it, and says whether more can be taken. */
static oz_step
flush(exchange_state *state)
{
    ozi_gate *gate = state->gate;
    const oz_job *job = state->exchange->job;
    bool is_wanted = gate->keeps;
    bool is_full = keeps_too_much(gate);
    for (uint32_t to = 0; to < reader_count(state); to++) {
        bool moved = false;
        if (to == job->worker) {
            continue;
        }
        is_full |= !ozi_lane_flush(&gate->writers[to], &moved);
        is_wanted |= !ozi_lane_is_closed(&gate->writers[to]);
        if (moved) {
            ozi_job_wake(job, to);
        }
    }
    state->is_waiting = is_full;
    return !is_wanted && !state->has_ended ? OZ_DONE : is_full ? OZ_WAIT : OZ_NEED;
}

static oz_status
put_block(void *context, const void *block, size_t size)
{
    return ozi_lane_append(context, block, size);
}

static oz_status
pack_batch(oz_context *node, ozi_lane_writer *writer, const oz_batch *batch)
{
    ozi_pack pack;
    OZ_TRY(ozi_lane_begin(writer, MESSAGE_ROWS));
    oz_status status = ozi_pack_init(&pack, node->engine->alloc, put_block, writer);
    if (status == OZ_OK) {
        pack.is_unchecked = true;
        ozi_pack_batch(&pack, batch);
        status = ozi_pack_finish(&pack);
    }
    if (status == OZ_OK) {
        ozi_lane_end(writer);
    } else {
        ozi_lane_cancel(writer);
    }
    return status;
}

static oz_status
give_to(exchange_state *state, oz_context *node, uint32_t worker, const oz_batch *batch)
{
    ozi_gate *gate = state->gate;
    if (worker != state->exchange->job->worker) {
        return ozi_lane_is_closed(&gate->writers[worker])
                   ? OZ_OK
                   : pack_batch(node, &gate->writers[worker], batch);
    }
    return gate->keeps ? ozi_waiting_push(gate->receive, &gate->kept, batch, 0, 0, 0) : OZ_OK;
}

/* The rows of each worker: `indices` has room for all of them. */
static oz_status
split(exchange_state *state, oz_context *node, const oz_batch *batch, int32_t *indices)
{
    uint32_t workers = reader_count(state);
    const ozi_owners *owners = &state->exchange->owners;
    const uint64_t *hashes = batch->rows->hashes;
    if (workers == 1) {
        return give_to(state, node, 0, batch);
    }
    for (uint32_t to = 0; to < workers; to++) {
        int32_t count = 0;
        for (int32_t row = 0; row < (int32_t)batch->row_count; row++) {
            indices[count] = row;
            count += ozi_owner_of(owners, hashes[row]) == to;
        }
        if (count == 0) {
            continue;
        }
        const oz_batch *part = NULL;
        bool is_all = count == (int32_t)batch->row_count;
        if (!is_all) {
            OZ_TRY(oz_batch_take(batch, indices, count, &part));
        }
        oz_status status = give_to(state, node, to, is_all ? batch : part);
        oz_batch_release(&part);
        OZ_TRY(status);
    }
    return OZ_OK;
}

static oz_status
give_to_all(exchange_state *state, oz_context *node, const oz_batch *batch)
{
    for (uint32_t to = 0; to < reader_count(state); to++) {
        OZ_TRY(give_to(state, node, to, batch));
    }
    return OZ_OK;
}

static oz_status
distribute(exchange_state *state, oz_context *node, const oz_batch *batch)
{
    bool is_keyed = batch->rows != NULL && batch->rows->hashes != NULL;
    if (state->way == OZI_WAY_ALL) {
        return give_to_all(state, node, batch);
    }
    if (state->way == OZI_WAY_ONE || !is_keyed) {
        return give_to(state, node, 0, batch);
    }
    const oz_alloc *alloc = node->engine->alloc;
    size_t size = (size_t)(batch->row_count + 1) * sizeof(int32_t);
    int32_t *indices = ozi_alloc_new(alloc, size);
    if (indices == NULL) {
        return OZ_NO_MEMORY;
    }
    oz_status status = split(state, node, batch, indices);
    ozi_alloc_free(alloc, indices, size);
    return status;
}

static oz_step
send_on_batch(void *memory, oz_context *node, uint32_t input, const oz_batch *batch)
{
    (void)input;
    exchange_state *state = memory;
    oz_status status = distribute(state, node, batch);
    if (status == OZ_UNSUPPORTED || status == OZ_BAD_RECORD) {
        return oz_fail(node, status,
                       "a value or key is an object that cannot be handed to another worker: it "
                       "cannot be pickled");
    }
    return status == OZ_OK ? flush(state) : oz_failed(node, status);
}

static oz_status
tell(exchange_state *state, uint32_t kind, const void *body, size_t size)
{
    for (uint32_t to = 0; to < reader_count(state); to++) {
        ozi_lane_writer *writer = &state->gate->writers[to];
        if (to != state->exchange->job->worker && !ozi_lane_is_closed(writer)) {
            OZ_TRY(ozi_lane_begin(writer, kind));
            OZ_TRY(ozi_lane_append(writer, body, size));
            ozi_lane_end(writer);
        }
    }
    return OZ_OK;
}

static oz_status
send_mark(exchange_state *state, int64_t time_ns)
{
    ozi_gate *gate = state->gate;
    if (gate->keeps) {
        OZ_TRY(ozi_waiting_push_mark(gate->receive, &gate->kept, 0, time_ns));
    }
    return tell(state, MESSAGE_MARK, &time_ns, sizeof time_ns);
}

static oz_step
send_on_watermark(void *memory, oz_context *node, int64_t time_ns)
{
    oz_status status = send_mark(memory, time_ns);
    return status == OZ_OK ? flush(memory) : oz_failed(node, status);
}

/* After a restart the readers do not know any more how far event time has come. */
static oz_status
send_open(void *memory, oz_context *node, oz_error *error)
{
    (void)error;
    exchange_state *state = memory;
    begin(state, node);
    state->gate->send = node;
    state->is_waiting = node->watermark != INT64_MIN; /* to be called, and to flush it */
    return state->is_waiting ? send_mark(state, node->watermark) : OZ_OK;
}

static oz_step
send_on_ready(void *memory, oz_context *node, uint64_t token, uint32_t ready)
{
    (void)node;
    (void)token;
    (void)ready;
    return flush(memory);
}

static oz_step
send_on_end(void *memory, oz_context *node, uint32_t input, uint32_t open_inputs)
{
    (void)input;
    (void)open_inputs;
    exchange_state *state = memory;
    if (!state->has_ended) {
        oz_status status = tell(state, MESSAGE_END, "", 0);
        if (status != OZ_OK) {
            return oz_failed(node, status);
        }
        state->has_ended = true;
        state->gate->is_told = true;
    }
    return flush(state);
}

/* What is pending: bytes, not rows, but it is on its way. */
static int64_t
send_rows_held(const void *memory)
{
    const exchange_state *state = memory;
    bool holds = false;
    for (uint32_t to = 0; state->gate != NULL && to < reader_count(state); to++) {
        holds |= to != state->exchange->job->worker && state->gate->writers[to].size > 0;
    }
    return holds;
}

static const oz_port SEND_INPUTS[] = {{.name = "in"}, {.name = NULL}};

const oz_operator ozi_op_send = {
    .name = "send",
    .summary = "Hands rows to the workers that own them.",
    .inputs = SEND_INPUTS,
    .options = OPTIONS,
    .options_size = sizeof(exchange_options),
    .state_size = sizeof(exchange_state),
    .holds = true,
    .open = send_open,
    .on_batch = send_on_batch,
    .on_ready = send_on_ready,
    .on_watermark = send_on_watermark,
    .on_end = send_on_end,
    .guarantee = OZ_EXACTLY_ONCE,
    .rows_held = send_rows_held,
};

/* ---- receiving ------------------------------------------------------------------------------- */

static oz_step
advance(exchange_state *state, oz_context *node)
{
    ozi_gate *gate = state->gate;
    int64_t least = INT64_MAX;
    for (uint32_t from = 0; from < state->exchange->job->workers; from++) {
        if (!gate->ended[from] && gate->marks[from] < least) {
            least = gate->marks[from];
        }
    }
    if (least == INT64_MAX || least <= gate->mark) {
        return OZ_NEED;
    }
    gate->mark = least;
    return oz_emit_watermark(node, least);
}

static oz_step
mark(exchange_state *state, oz_context *node, uint32_t from, int64_t time_ns)
{
    state->gate->marks[from] = time_ns;
    return advance(state, node);
}

static oz_step
emit_kept(exchange_state *state, oz_context *node, int64_t *rows)
{
    ozi_waiting *first = ozi_waiting_pop(&state->gate->kept);
    oz_step step;
    if (first->batch == NULL) {
        step = mark(state, node, state->exchange->job->worker, first->time_ns);
    } else {
        *rows -= first->batch->row_count;
        step = oz_emit(node, 0, first->batch);
    }
    ozi_waiting_free(node, &first);
    return step;
}

/* A body, as it is unpacked. */
typedef struct body {
    const char *at;
    size_t left;
} body;

static oz_status
get_bytes(void *context, void *data, size_t size)
{
    body *from = context;
    if (size > from->left) {
        return OZ_CORRUPT;
    }
    memcpy(data, from->at, size);
    from->at += size;
    from->left -= size;
    return OZ_OK;
}

static oz_step
emit_packed(oz_context *node, body from, int64_t *rows)
{
    ozi_unpack unpack;
    const oz_batch *batch = NULL;
    oz_status status = ozi_unpack_init(&unpack, node->engine->alloc, get_bytes, &from);
    if (status == OZ_OK) {
        unpack.is_unchecked = true;
        batch = ozi_unpack_batch(&unpack, node->engine->objects);
        status = ozi_unpack_finish(&unpack);
    }
    if (status != OZ_OK) {
        oz_batch_release(&batch);
        return oz_failed(node, status);
    }
    *rows -= batch->row_count;
    oz_step step = oz_emit(node, 0, batch);
    oz_batch_release(&batch);
    return step;
}

static oz_step
treat_message(exchange_state *state, oz_context *node, uint32_t from, uint32_t kind, body message,
              int64_t *rows)
{
    int64_t time_ns;
    switch (kind) {
    case MESSAGE_ROWS:
        return emit_packed(node, message, rows);
    case MESSAGE_MARK:
        return get_bytes(&message, &time_ns, sizeof time_ns) == OZ_OK
                   ? mark(state, node, from, time_ns)
                   : oz_failed(node, OZ_CORRUPT);
    case MESSAGE_END:
        state->gate->ended[from] = true;
        return advance(state, node);
    default:
        return oz_failed(node, OZ_CORRUPT);
    }
}

/* The next thing from one sender. */
static oz_step
take_from(exchange_state *state, oz_context *node, uint32_t from, int64_t *rows, bool *found)
{
    ozi_gate *gate = state->gate;
    const oz_job *job = state->exchange->job;
    if (from == job->worker) {
        *found = gate->kept.first != NULL;
        if (*found) {
            return emit_kept(state, node, rows);
        }
        gate->ended[from] |= gate->is_told;
        return gate->is_told ? advance(state, node) : OZ_NEED;
    }
    uint32_t kind;
    body message;
    oz_status status = ozi_lane_take(&gate->readers[from], &kind, &message.at, &message.left);
    if (ozi_lane_must_wake_writer(&gate->readers[from])) {
        ozi_job_wake(job, from);
    }
    *found = status == OZ_OK;
    if (status == OZ_NOT_FOUND) {
        return OZ_NEED;
    }
    return status == OZ_OK ? treat_message(state, node, from, kind, message, rows)
                           : oz_failed(node, status);
}

/* From each sender that has something in turn. */
static oz_step
take_next(exchange_state *state, oz_context *node, int64_t *rows, bool *found)
{
    ozi_gate *gate = state->gate;
    uint32_t workers = state->exchange->job->workers;
    oz_step step = OZ_NEED;
    for (uint32_t i = 0; i < workers && !*found && step == OZ_NEED; i++) {
        uint32_t from = (gate->next + i) % workers;
        if (!gate->ended[from]) {
            step = take_from(state, node, from, rows, found);
            gate->next = *found ? (from + 1) % workers : gate->next;
        }
    }
    return step;
}

static bool
all_have_ended(const exchange_state *state)
{
    for (uint32_t from = 0; from < state->exchange->job->workers; from++) {
        if (!state->gate->ended[from]) {
            return false;
        }
    }
    return true;
}

static oz_step
receive_poll(void *memory, oz_context *node, int64_t rows)
{
    exchange_state *state = memory;
    while (rows > 0) {
        bool found = false;
        oz_step step = take_next(state, node, &rows, &found);
        if (step != OZ_NEED) {
            return step == OZ_WAIT ? OZ_MORE : step;
        }
        if (all_have_ended(state)) {
            return OZ_DONE;
        }
        if (!found) {
            return OZ_NEED;
        }
    }
    return OZ_MORE;
}

static oz_status
receive_open(void *memory, oz_context *node, oz_error *error)
{
    (void)error;
    exchange_state *state = memory;
    const exchange_options *options = oz_options(node);
    begin(state, node);
    state->gate->receive = node;
    state->gate->keeps = true;
    for (uint32_t from = 1; options->from_one && from < state->exchange->job->workers; from++) {
        state->gate->ended[from] = true;
    }
    return OZ_OK;
}

static void
receive_close(void *memory, oz_context *node)
{
    const exchange_state *state = memory;
    if (state->gate != NULL) {
        ozi_waiting_clear(node, &state->gate->kept);
        state->gate->keeps = false;
    }
}

/* Marks among the rows count as one: they are on their way, too. */
static int64_t
receive_rows_held(const void *memory)
{
    const exchange_state *state = memory;
    const ozi_gate *gate = state->gate;
    return gate == NULL || gate->kept.first == NULL ? 0 : gate->kept.rows + 1;
}

static int
receive_visit(const void *memory, oz_object_visit visit, void *context)
{
    const exchange_state *state = memory;
    int stop = 0;
    for (const ozi_waiting *at = state->gate == NULL ? NULL : state->gate->kept.first;
         stop == 0 && at != NULL; at = at->next) {
        stop = at->batch == NULL ? 0 : ozi_batch_visit(at->batch, visit, context);
    }
    return stop;
}

static const oz_port RECEIVE_OUTPUTS[] = {{.name = "out"}, {.name = NULL}};

static const oz_source_verbs RECEIVE = {.poll = receive_poll};

const oz_operator ozi_op_receive = {
    .name = "receive",
    .summary = "Gives the rows that other workers send to this one.",
    .outputs = RECEIVE_OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(exchange_options),
    .state_size = sizeof(exchange_state),
    .open = receive_open,
    .close = receive_close,
    .rows_held = receive_rows_held,
    .visit = receive_visit,
    .source = &RECEIVE,
    .guarantee = OZ_EXACTLY_ONCE,
};

/* ---- gates ----------------------------------------------------------------------------------- */

static oz_status
open_gate(ozi_exchange *exchange, uint32_t number)
{
    const oz_alloc *alloc = exchange->engine->alloc;
    oz_job *job = exchange->job;
    ozi_gate *gate = &exchange->gates[number];
    gate->mark = INT64_MIN;
    gate->writers = ozi_alloc_zero(alloc, job->workers * sizeof *gate->writers);
    gate->readers = ozi_alloc_zero(alloc, job->workers * sizeof *gate->readers);
    gate->marks = ozi_alloc_new(alloc, job->workers * sizeof *gate->marks);
    gate->ended = ozi_alloc_zero(alloc, job->workers * sizeof *gate->ended);
    if (gate->writers == NULL || gate->readers == NULL || gate->marks == NULL ||
        gate->ended == NULL) {
        return OZ_NO_MEMORY;
    }
    for (uint32_t i = 0; i < job->workers; i++) {
        gate->marks[i] = INT64_MIN;
        ozi_lane_writer_init(&gate->writers[i], alloc, ozi_job_lane(job, job->worker, i, number),
                             job->lane_room);
        ozi_lane_reader_init(&gate->readers[i], alloc, ozi_job_lane(job, i, job->worker, number),
                             job->lane_room);
    }
    return OZ_OK;
}

static void
close_gate(ozi_exchange *exchange, ozi_gate *gate)
{
    const oz_alloc *alloc = exchange->engine->alloc;
    uint32_t workers = exchange->owners.workers; /* as when it was opened */
    for (uint32_t i = 0; i < workers; i++) {
        if (gate->writers != NULL && gate->writers[i].alloc != NULL) {
            ozi_lane_writer_free(&gate->writers[i]);
        }
        if (gate->readers != NULL && gate->readers[i].alloc != NULL) {
            ozi_lane_reader_free(&gate->readers[i]);
        }
    }
    ozi_alloc_free(alloc, gate->writers, workers * sizeof *gate->writers);
    ozi_alloc_free(alloc, gate->readers, workers * sizeof *gate->readers);
    ozi_alloc_free(alloc, gate->marks, workers * sizeof *gate->marks);
    ozi_alloc_free(alloc, gate->ended, workers * sizeof *gate->ended);
}

oz_status
ozi_exchange_open(ozi_engine *engine, oz_job *job, uint32_t gate_count, oz_error *error)
{
    OZ_TRY(ozi_job_divide(job, gate_count, error));
    ozi_exchange *exchange = ozi_alloc_zero(engine->alloc, sizeof *exchange);
    if (exchange == NULL) {
        return oz_error_set(error, OZ_NO_MEMORY, "out of memory");
    }
    *exchange = (ozi_exchange){.job = job, .engine = engine, .gate_count = gate_count};
    ozi_owners_init(&exchange->owners, job->workers);
    engine->exchange = exchange;
    exchange->gates = ozi_alloc_zero(engine->alloc, (gate_count + 1) * sizeof *exchange->gates);
    oz_status status = exchange->gates == NULL ? OZ_NO_MEMORY : OZ_OK;
    for (uint32_t i = 0; i < gate_count && status == OZ_OK; i++) {
        status = open_gate(exchange, i);
    }
    return status == OZ_OK ? OZ_OK : oz_error_set(error, status, "out of memory");
}

void
ozi_exchange_close(ozi_engine *engine)
{
    ozi_exchange *exchange = engine->exchange;
    if (exchange == NULL) {
        return;
    }
    engine->exchange = NULL;
    for (uint32_t i = 0; exchange->gates != NULL && i < exchange->gate_count; i++) {
        close_gate(exchange, &exchange->gates[i]);
    }
    ozi_alloc_free(engine->alloc, exchange->gates,
                   (exchange->gate_count + 1) * sizeof *exchange->gates);
    ozi_alloc_free(engine->alloc, exchange, sizeof *exchange);
}

void
ozi_exchange_reopen_lanes(const ozi_exchange *exchange)
{
    const oz_job *job = exchange->job;
    for (uint32_t i = 0; i < exchange->gate_count; i++) {
        for (uint32_t from = 0; from < job->seats; from++) {
            ozi_lane *lane = ozi_job_lane(job, from, job->worker, i);
            atomic_store(&lane->head, atomic_load(&lane->tail)); /* what it did not want is gone */
            atomic_store(&lane->is_closed, 0);
        }
    }
}

/* Nobody here wants any more of it: the senders need not go on. */
static void
close_lanes(ozi_exchange *exchange, ozi_gate *gate)
{
    gate->keeps = false;
    ozi_waiting_clear(gate->receive, &gate->kept);
    for (uint32_t from = 0; from < exchange->job->workers; from++) {
        if (from != exchange->job->worker) {
            ozi_lane_close(&gate->readers[from]);
            ozi_job_wake(exchange->job, from);
        }
    }
}

void
ozi_exchange_close_lanes(ozi_exchange *exchange)
{
    for (uint32_t i = 0; i < exchange->gate_count; i++) {
        ozi_gate *gate = &exchange->gates[i];
        if (gate->receive != NULL && gate->receive->ended) {
            close_lanes(exchange, gate);
        }
    }
}

static bool
has_come(const ozi_exchange *exchange, const ozi_gate *gate)
{
    bool has = gate->kept.first != NULL || (gate->is_told && !gate->ended[exchange->job->worker]);
    for (uint32_t from = 0; from < exchange->job->workers && !has; from++) {
        has = from != exchange->job->worker && !gate->ended[from] &&
              ozi_lane_has_bytes(&gate->readers[from]);
    }
    return has;
}

/* Room for a part of what is pending; or, when nothing is, for more rows. */
static bool
has_room(const ozi_exchange *exchange, const ozi_gate *gate)
{
    const exchange_state *state = gate->send->state;
    bool has_pending = false;
    for (uint32_t to = 0; to < reader_count(state); to++) {
        ozi_lane_writer *writer = &gate->writers[to];
        bool is_pending = to != exchange->job->worker && writer->size > 0;
        if (is_pending && ozi_lane_has_room(writer)) {
            return true;
        }
        has_pending |= is_pending;
    }
    return !has_pending && !keeps_too_much(gate);
}

static bool
can_send(const ozi_exchange *exchange, const ozi_gate *gate)
{
    const oz_context *send = gate->send;
    return send != NULL && !send->ended && !send->busy &&
           ((const exchange_state *)send->state)->is_waiting && has_room(exchange, gate);
}

static bool
can_receive(const ozi_exchange *exchange, const ozi_gate *gate)
{
    const oz_context *receive = gate->receive;
    return receive != NULL && !receive->ended && !receive->busy &&
           (receive->attention & OZI_HELD) == 0 && !ozi_is_blocked(receive) &&
           has_come(exchange, gate);
}

oz_step
ozi_exchange_look(ozi_exchange *exchange, bool *worked)
{
    for (uint32_t i = 0; i < exchange->gate_count; i++) {
        ozi_gate *gate = &exchange->gates[i];
        if (gate->keeps && gate->receive->ended) {
            close_lanes(exchange, gate);
        }
        if (can_receive(exchange, gate)) {
            gate->receive->ready = true;
        }
        if (can_send(exchange, gate)) {
            *worked = true;
            if (ozi_call_ready(gate->send, 0, 0) == OZ_FAILED) {
                return OZ_FAILED;
            }
        }
    }
    return OZ_NEED;
}

bool
ozi_exchange_is_empty(const ozi_exchange *exchange)
{
    for (uint32_t i = 0; i < exchange->gate_count; i++) {
        const ozi_gate *gate = &exchange->gates[i];
        if (gate->receive != NULL && !gate->receive->ended && has_come(exchange, gate)) {
            return false;
        }
    }
    return true;
}

bool
ozi_exchange_has_work(const ozi_exchange *exchange)
{
    for (uint32_t i = 0; i < exchange->gate_count; i++) {
        const ozi_gate *gate = &exchange->gates[i];
        if (can_receive(exchange, gate) || can_send(exchange, gate)) {
            return true;
        }
    }
    return false;
}
