/*
 * flat_map: gives any number of results for each row.
 *
 * in       any rows
 * out      the items of what the function returns, in order; with a key they keep the key of the
 * row dead     rows for which the function failed, under the policy dead_letter; items that an
 * iterator gave before it failed have been delivered time     watermarks pass state    none between
 * rows; an iterator is kept while the steps below can take no more
 *
 * Example: flat_map(str.split)
 *     in   "a b" "" "c"
 *     out  "a" "b" "c"
 */
#include "batch/batch.h"
#include "batch/rows.h"
#include "op/apply.h"

typedef struct flat_map_options {
    oz_function *function;
} flat_map_options;

static const oz_option OPTIONS[] = {
    {.name = "function",
     .kind = OZ_OPTION_FUNCTION,
     .offset = offsetof(flat_map_options, function),
     .by_default = "required",
     .help = "called with each row; returns an iterable of results"},
    {.name = NULL},
};

static const oz_port INPUTS[] = {{.name = "in"}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = "dead"}, {.name = NULL}};

/* Where the work on one batch stands; kept only while the steps below can take no more. */
typedef struct flat_map_state {
    const oz_batch *batch;   /* retained, or NULL */
    int64_t row;             /* rows before it are done */
    oz_object iterator;      /* the rest of row `row`, or NULL */
    const oz_batch *results; /* results made but not yet emitted, or NULL */
    int64_t result;          /* those before it have been emitted */
} flat_map_state;

/* ---- results --------------------------------------------------------------------------------- */

/* Emits what has been made, in batches of at most oz_batch_rows rows. */
static oz_step
emit_results(flat_map_state *state, oz_context *context)
{
    int64_t most = oz_batch_rows(context);
    oz_step step = OZ_NEED;
    while (state->results != NULL && step == OZ_NEED) {
        int64_t left = state->results->row_count - state->result;
        int64_t rows = left < most ? left : most;
        if (most > 1 || rows == state->results->row_count) {
            rows = left; /* a large batch is better than a copy of it */
        }
        const oz_batch *part = NULL;
        oz_status status =
            oz_batch_slice(state->results, state->result, state->result + rows, &part);
        if (status != OZ_OK) {
            return oz_failed(context, status);
        }
        state->result += rows;
        if (state->result == state->results->row_count) {
            oz_batch_release(&state->results);
        }
        step = oz_emit(context, 0, part);
        oz_batch_release(&part);
    }
    return step;
}

/* The results of one call, with the row data of their rows. */
static oz_status
make_results(flat_map_state *state, oz_context *context, const oz_batch *batch, oz_call *call,
             oz_object **objects, int64_t capacity)
{
    const oz_alloc *alloc = oz_context_alloc(context);
    const oz_rows *rows = NULL;
    const oz_rows *repeated = NULL;
    /* A row that is not done has given something, too: it goes on, or failed after it. */
    int64_t treated = call->end - call->begin;
    treated += call->end < call->stop && call->counts[treated] > 0;
    int64_t count = call->column != NULL ? call->column->length : call->count;
    oz_status status = OZ_OK;
    if (call->column == NULL) {
        status = oz_column_of_objects(alloc, oz_context_objects(context), objects, capacity, count,
                                      &call->column);
    }
    if (status == OZ_OK) {
        status = ozi_rows_slice(batch->rows, call->begin, call->begin + treated, &rows);
    }
    if (status == OZ_OK) {
        status = ozi_rows_repeat(rows, call->counts, treated, count, &repeated);
    }
    if (status == OZ_OK) {
        status = oz_batch_new(alloc, &call->column, NULL, 1, repeated, &state->results);
        state->result = 0;
    }
    oz_column_release(&call->column);
    oz_rows_release(&rows);
    oz_rows_release(&repeated);
    return status;
}

/* ---- calls ----------------------------------------------------------------------------------- */

/* One call from row `state->row` on. Sets `*failed` when that row cannot be treated. */
static oz_status
call_once(flat_map_state *state, oz_context *context, const oz_batch *batch, bool *failed)
{
    const flat_map_options *options = oz_options(context);
    const oz_alloc *alloc = oz_context_alloc(context);
    int64_t room = oz_batch_rows(context);
    size_t counts_size = (size_t)(batch->row_count - state->row) * sizeof(int32_t);
    oz_call call = {.kind = OZ_CALL_EXPAND,
                    .batch = batch,
                    .begin = state->row,
                    .stop = batch->row_count,
                    .room = room,
                    .resume = &state->iterator,
                    .alloc = alloc,
                    .end = state->row};
    call.counts = ozi_alloc_zero(alloc, counts_size);
    oz_object *objects = oz_objects_new(alloc, room);
    oz_status status = OZ_NO_MEMORY;
    if (call.counts != NULL && objects != NULL) {
        call.objects = objects;
        status = options->function->call(options->function->self, &call, oz_context_error(context));
    }
    *failed = status == OZ_BAD_RECORD;
    if (call.count > 0 || call.column != NULL) {
        oz_status made = make_results(state, context, batch, &call, &objects, room);
        status = made != OZ_OK ? made : status;
    }
    state->row = call.end;
    if (objects != NULL) {
        oz_objects_free(alloc, &objects, room);
    }
    ozi_alloc_free(alloc, call.counts, counts_size);
    return *failed && status == OZ_BAD_RECORD ? OZ_OK : status;
}

/* Works on until the batch is done or something below is held. */
static oz_step
work(flat_map_state *state, oz_context *context, const oz_batch *batch)
{
    oz_step step = emit_results(state, context);
    while (step == OZ_NEED && state->row < batch->row_count) {
        bool failed = false;
        oz_status status = call_once(state, context, batch, &failed);
        if (status != OZ_OK) {
            return oz_failed(context, status);
        }
        oz_error error = failed ? *oz_context_error(context) : (oz_error){.status = OZ_OK};
        step = emit_results(state, context);
        if (failed && step != OZ_FAILED && step != OZ_DONE) {
            *oz_context_error(context) = error;
            if (oz_bad_record(context, batch, state->row++) == OZ_FAILED) {
                return OZ_FAILED;
            }
        }
    }
    bool is_done = state->row == batch->row_count && state->results == NULL;
    return step == OZ_WAIT || step == OZ_MORE ? (is_done ? OZ_NEED : OZ_MORE) : step;
}

static void
let_go(flat_map_state *state, oz_context *context)
{
    if (state->iterator != NULL) {
        oz_context_objects(context)->release(state->iterator);
        state->iterator = NULL;
    }
    oz_batch_release(&state->results);
    oz_batch_release(&state->batch);
    state->row = 0;
}

static oz_step
on_batch(void *instance, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)input;
    flat_map_state *state = instance;
    oz_step step = work(state, context, batch != NULL ? batch : state->batch);
    if (step != OZ_MORE) {
        let_go(state, context);
        return step;
    }
    if (batch != NULL) {
        state->batch = oz_batch_retain(batch);
        if (state->batch == NULL) {
            return oz_failed(context, OZ_NO_MEMORY);
        }
    }
    return OZ_MORE;
}

static void
close_state(void *instance, oz_context *context)
{
    let_go(instance, context);
}

static int64_t
rows_held(const void *instance)
{
    const flat_map_state *state = instance;
    return state->batch == NULL ? 0 : state->batch->row_count - state->row;
}

static int
visit(const void *instance, oz_object_visit visit, void *context)
{
    const flat_map_state *state = instance;
    int stop = state->iterator == NULL ? 0 : visit(state->iterator, context);
    stop = stop != 0 ? stop : ozi_batch_visit(state->batch, visit, context);
    return stop != 0 ? stop : ozi_batch_visit(state->results, visit, context);
}

const oz_operator ozi_op_flat_map = {
    .name = "flat_map",
    .summary = "Gives any number of results for each row.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(flat_map_options),
    .state_size = sizeof(flat_map_state),
    .holds = true,
    .on_batch = on_batch,
    .close = close_state,
    .rows_held = rows_held,
    .visit = visit,
};
