/*
 * window: aggregates rows over windows of event time, for each key or all together.
 *
 * in       rows with an event time (event_time); numbers, or whatever adds up or compares
 * out      (key, start, end, value), named so, without a key (start, end, value).
 *          current: for each row one such row for each open window that it falls into;
 *          final: one a key and window, when the watermark has passed the window's end and the
 *          grace, in order of the ends, within a window in order of the first row of the keys
 * late     rows of which all windows are closed
 * dead     rows that cannot be aggregated or have no event time, under the policy dead_letter
 * time     results have the last time that lies in their window. Watermarks pass, less the grace,
 *          after the results of the windows that they close
 * state    "newest", "older": one aggregate a key and slice of time, as long as a window that
 *          covers the slice is open; "progress"
 * counts   late_rows
 *
 * Windows are aligned to 1970-01-01 00:00 UTC and do not begin before they have a row. The end of
 * the input closes all of them. flush() gives what they hold and begins them anew. The sum of a
 * window that overlaps others is that of its slices: of floats it may differ from the sum of the
 * rows, one after another, in the last digits.
 *
 * Example: window(size=10, aggregate="count", emit="final") of rows that are their own times
 *     in   1 4 12 21
 *     out  (0 s, 10 s, 2) when 12 comes, (10 s, 20 s, 1) when 21 comes, (20 s, 30 s, 1) at the end
 */
#include "op/aggregate.h"
#include "op/window_rows.h"
#include "time/instant.h"

typedef struct window_options {
    int64_t size;
    int64_t hop;
    int64_t aggregate; /* ozi_slice_kind */
    int64_t emit;      /* ozi_emit */
    int64_t grace;
} window_options;

static const oz_option OPTIONS[] = {
    {.name = "size",
     .kind = OZ_OPTION_DURATION,
     .offset = offsetof(window_options, size),
     .minimum = 1e-9,
     .maximum = 9e9,
     .help = "seconds from the start of a window to its end"},
    {.name = "hop",
     .kind = OZ_OPTION_DURATION,
     .offset = offsetof(window_options, hop),
     .by_default = "0",
     .minimum = 0,
     .maximum = 9e9,
     .help = "seconds from the start of a window to that of the next; 0: the size"},
    {.name = "aggregate",
     .kind = OZ_OPTION_CHOICE,
     .offset = offsetof(window_options, aggregate),
     .by_default = "count",
     .choices = "count|sum|min|max|mean",
     .help = "what is made of the rows of a window"},
    {.name = "emit",
     .kind = OZ_OPTION_CHOICE,
     .offset = offsetof(window_options, emit),
     .by_default = "current",
     .choices = "current|final",
     .help = "current: each update; final: once, when the window closes"},
    {.name = "grace",
     .kind = OZ_OPTION_DURATION,
     .offset = offsetof(window_options, grace),
     .by_default = "0",
     .minimum = 0,
     .maximum = 9e9,
     .help = "seconds after its end for which a window still takes late rows"},
    {.name = NULL},
};

static const int64_t OVERLAP_MAX = 100000; /* windows that cover one row */

static const oz_table_decl TABLES[] = {OZI_SLICE_TABLES, {.name = NULL}};

enum { LATE_ROWS };
static const oz_counter COUNTERS[] = {
    {"late_rows", "rows", "of which all windows were closed"},
    {NULL, NULL, NULL},
};

enum { OUT, LATE, DEAD };
static const oz_port INPUTS[] = {{.name = "in", .routing = OZ_ROUTE_KEY}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"},
                                  {.name = "late"},
                                  {.name = "dead"},
                                  {.name = NULL}};

typedef struct window_state {
    ozi_vec due;             /* windows that are closing: ozi_key_window */
    size_t next;             /* those before it have been emitted */
    const oz_batch *results; /* on their way out, or NULL */
    int64_t sent;            /* rows of them */
    bool closes_all;         /* all windows are to close, whatever the watermark */
    bool is_emitting;        /* on the stack */
    bool is_ending;
} window_state;

static oz_status
bind(const void *given, const oz_schema *inputs, uint32_t input_count, oz_schema *outputs,
     oz_error *error)
{
    const window_options *options = given;
    (void)input_count;
    if (options->hop > options->size) {
        return oz_error_set(error, OZ_INVALID, "the hop of windows is at most their size");
    }
    if (options->hop > 0 && options->size / options->hop > OVERLAP_MAX) {
        return oz_error_set(error, OZ_INVALID, "more than %lld windows would overlap",
                            (long long)OVERLAP_MAX);
    }
    outputs[OUT] = ozi_window_rows_schema(inputs[0].keyed);
    outputs[LATE] = outputs[DEAD] = inputs[0];
    return OZ_OK;
}

static oz_status
open(void *memory, oz_context *context, oz_error *error)
{
    (void)error;
    window_state *state = memory;
    ozi_vec_init(&state->due, oz_context_alloc(context), sizeof(ozi_key_window));
    return OZ_OK;
}

static oz_status
begin(oz_context *context, ozi_slices *slices)
{
    const window_options *options = oz_options(context);
    ozi_windows windows =
        ozi_windows_of(options->size, options->hop == 0 ? options->size : options->hop);
    return ozi_slices_begin(slices, context, &windows, options->grace,
                            (ozi_slice_kind)options->aggregate);
}

/* ---- results out ----------------------------------------------------------------------------- */

/* Gives `state->results` out, as many rows at a time as may be. NEED: all are out. */
static oz_step
send(window_state *state, oz_context *context)
{
    oz_step step = ozi_is_blocked(context) ? OZ_MORE : OZ_NEED;
    while (state->results != NULL && step == OZ_NEED) {
        int64_t left = state->results->row_count - state->sent;
        int64_t rows = left < oz_batch_rows(context) ? left : oz_batch_rows(context);
        const oz_batch *part = NULL;
        oz_status status = oz_batch_slice(state->results, state->sent, state->sent + rows, &part);
        if (status != OZ_OK) {
            return oz_failed(context, status);
        }
        state->sent += rows;
        if (rows == left) {
            oz_batch_release(&state->results);
            state->sent = 0;
        }
        step = oz_emit(context, OUT, part);
        oz_batch_release(&part);
    }
    return step;
}

/* ---- windows that close ---------------------------------------------------------------------- */

static void
drop_closed(window_state *state, const ozi_slices *slices, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ozi_slices_drop(slices, ozi_vec_at(&state->due, state->next++));
    }
    if (state->next == state->due.count) {
        ozi_vec_free(&state->due);
        state->next = 0;
    }
}

enum { CHUNK = 1024 };

/* The next windows of `state->due` become results, and their slices are let go. */
static oz_status
close_some(window_state *state, oz_context *context, const ozi_slices *slices)
{
    const window_options *options = oz_options(context);
    const ozi_key_window *due = ozi_vec_at(&state->due, state->next);
    size_t left = state->due.count - state->next;
    size_t count = 1;
    oz_status status = OZ_OK;
    while (count < left && count < CHUNK && due[count].key.is_keyed == due[0].key.is_keyed) {
        count++;
    }
    ozi_slices_fetch(slices, due, count);
    if (options->emit == OZI_EMIT_FINAL) {
        status = ozi_window_rows_of_keys(slices, due, &count, &state->results);
    }
    if (status == OZ_OK) {
        drop_closed(state, slices, count);
    } else if (status == OZ_INVALID) {
        drop_closed(state, slices, 1); /* it would fail again */
    }
    return status;
}

static bool
has_more(const window_state *state)
{
    return state->due.count > 0 || state->results != NULL;
}

/* Gives out what is closing. NEED: all of it. */
static oz_step
go_on(window_state *state, oz_context *context, const ozi_slices *slices)
{
    oz_step step = send(state, context);
    while (step == OZ_NEED && state->due.count > 0) {
        oz_status status = close_some(state, context, slices);
        step = status == OZ_OK ? send(state, context) : oz_failed(context, status);
    }
    if (step == OZ_FAILED || step == OZ_DONE) {
        return step;
    }
    return has_more(state) ? OZ_MORE : OZ_NEED;
}

/* Finds the windows that close now, or all that there are. */
static oz_step
find_closing(window_state *state, oz_context *context, ozi_slices *slices)
{
    const window_options *options = oz_options(context);
    bool is_current = options->emit == OZI_EMIT_CURRENT;
    int64_t closing = state->closes_all ? OZI_WINDOW_ALL : slices->closed;
    oz_status status = ozi_slices_due(slices, closing, is_current, &state->due);
    if (status != OZ_OK) {
        return oz_failed(context, status);
    }
    state->closes_all = false;
    return OZ_NEED;
}

/*
 * Closes what is to be closed and goes on until it is out; then the watermark passes. It may move
 * on meanwhile: what is emitted here may lead to further rows at the source.
 */
static oz_step
close_windows(window_state *state, oz_context *context, ozi_slices *slices)
{
    const window_options *options = oz_options(context);
    int64_t watermark_ns;
    oz_step step = go_on(state, context, slices);
    do {
        watermark_ns = ozi_slices_watermark(slices);
        ozi_slices_set_watermark(slices, watermark_ns, options->grace);
        step = step == OZ_NEED ? find_closing(state, context, slices) : step;
        step = step == OZ_NEED ? go_on(state, context, slices) : step;
    } while (step == OZ_NEED &&
             (state->closes_all || watermark_ns != ozi_slices_watermark(slices)));
    if (step != OZ_NEED || watermark_ns == INT64_MIN) {
        return step;
    }
    step = oz_emit_watermark(context, ozi_instant_subtract(watermark_ns, options->grace));
    return step == OZ_FAILED ? OZ_FAILED : OZ_NEED;
}

static oz_step
close_once(window_state *state, oz_context *context)
{
    ozi_slices slices;
    if (state->is_emitting) {
        return OZ_NEED; /* the call further out goes on with it */
    }
    oz_status status = begin(context, &slices);
    if (status != OZ_OK) {
        return oz_failed(context, status);
    }
    state->is_emitting = true;
    oz_step step = close_windows(state, context, &slices);
    state->is_emitting = false;
    return step;
}

/* ---- current: an update for each row --------------------------------------------------------- */

/* Adds rows from `*row` on, up to `end` or one that fails, and notes their updates. */
static oz_status
add_and_update(ozi_window_rows *made, const oz_batch *batch, int64_t *row, int64_t end)
{
    oz_status status = OZ_OK;
    while (status == OZ_OK && *row < end) {
        status = ozi_slices_add(made->slices, batch, *row, *row + 1, row);
        if (status == OZ_OK) {
            status = ozi_window_rows_add_of(made, batch, *row - 1);
        }
    }
    return status;
}

/* ---- rows in --------------------------------------------------------------------------------- */

static oz_step
bad_row(oz_context *context, const oz_batch *batch, int64_t row)
{
    return oz_bad_record(context, batch, row) == OZ_FAILED ? OZ_FAILED : OZ_NEED;
}

/* Rows [row, end), of which some window is open. */
static oz_step
add_rows(oz_context *context, const ozi_slices *slices, ozi_window_rows *made,
         const oz_batch *batch, int64_t row, int64_t end)
{
    oz_step step = OZ_NEED;
    while (row < end && step == OZ_NEED) {
        oz_status status = made == NULL ? ozi_slices_add(slices, batch, row, end, &row)
                                        : add_and_update(made, batch, &row, end);
        if (status == OZ_BAD_RECORD) {
            step = bad_row(context, batch, row++);
        } else if (status != OZ_OK) {
            step = oz_failed(context, status);
        }
    }
    return step;
}

/* Rows [row, end), of which all windows are closed. */
static oz_step
emit_late(oz_context *context, const oz_batch *batch, int64_t row, int64_t end)
{
    const oz_batch *part = NULL;
    oz_count(context, LATE_ROWS, end - row);
    if (!oz_has_reader(context, LATE)) {
        return OZ_NEED;
    }
    oz_status status = oz_batch_slice(batch, row, end, &part);
    oz_step step = status == OZ_OK ? oz_emit(context, LATE, part) : oz_failed(context, status);
    oz_batch_release(&part);
    return step == OZ_FAILED ? OZ_FAILED : OZ_NEED;
}

/* Updates are noted in `made` (NULL: there are none). */
static oz_step
take_rows(oz_context *context, const ozi_slices *slices, ozi_window_rows *made,
          const oz_batch *batch)
{
    const int64_t *times = batch->rows->times;
    int64_t open_from = ozi_window_open_from(&slices->windows, slices->closed);
    oz_step step = OZ_NEED;
    int64_t row = 0;
    while (row < batch->row_count && step == OZ_NEED) {
        bool is_late = times[row] < open_from;
        int64_t end = row + 1;
        while (end < batch->row_count && (times[end] < open_from) == is_late) {
            end++;
        }
        step = is_late ? emit_late(context, batch, row, end)
                       : add_rows(context, slices, made, batch, row, end);
        row = end;
    }
    return step;
}

/* Behind what is still there: after a failure below, something may be. */
static oz_status
queue_updates(window_state *state, oz_context *context, ozi_window_rows *made,
              const oz_batch *batch)
{
    const oz_batch *parts[2] = {NULL};
    const oz_batch *joined = NULL;
    if (state->results == NULL) {
        return ozi_window_rows_of_batch(made, batch, &state->results);
    }
    OZ_TRY(ozi_window_rows_of_batch(made, batch, &parts[1]));
    parts[0] = state->results;
    oz_status status = oz_batch_concat(parts, 2, oz_context_objects(context), &joined);
    if (status == OZ_OK) {
        oz_batch_release(&state->results);
        state->results = joined;
    }
    oz_batch_release(&parts[1]);
    return status;
}

/* The updates before a row that fails are delivered. */
static oz_step
take_current(window_state *state, oz_context *context, const ozi_slices *slices,
             const oz_batch *batch)
{
    ozi_window_rows made;
    oz_status status = ozi_window_rows_open(&made, slices);
    oz_step step =
        status == OZ_OK ? take_rows(context, slices, &made, batch) : oz_failed(context, status);
    if (status == OZ_OK && made.windows.count > 0) {
        status = queue_updates(state, context, &made, batch);
        step = status == OZ_OK ? step : oz_failed(context, status);
    }
    ozi_window_rows_close(&made);
    oz_step sent = step == OZ_FAILED && status != OZ_OK ? OZ_FAILED : send(state, context);
    if (step == OZ_FAILED || sent == OZ_FAILED || sent == OZ_DONE) {
        return step == OZ_FAILED ? OZ_FAILED : sent;
    }
    return state->results != NULL ? OZ_MORE : OZ_NEED;
}

static oz_step
refuse_rows(oz_context *context, const oz_batch *batch)
{
    oz_step step = OZ_NEED;
    for (int64_t row = 0; row < batch->row_count && step == OZ_NEED; row++) {
        (void)oz_error_set(oz_context_error(context), OZ_BAD_RECORD,
                           "the row has no event time; draw event_time() above");
        step = bad_row(context, batch, row);
    }
    return step;
}

static oz_step
on_batch(void *memory, oz_context *context, uint32_t input, const oz_batch *batch)
{
    window_state *state = memory;
    const window_options *options = oz_options(context);
    ozi_slices slices;
    (void)input;
    if (batch == NULL) {
        return close_once(state, context);
    }
    if (batch->rows == NULL || batch->rows->times == NULL) {
        return refuse_rows(context, batch);
    }
    oz_status status = begin(context, &slices);
    if (status != OZ_OK) {
        return oz_failed(context, status);
    }
    return options->emit == OZI_EMIT_FINAL ? take_rows(context, &slices, NULL, batch)
                                           : take_current(state, context, &slices, batch);
}

/* ---- time and ends --------------------------------------------------------------------------- */

static oz_step
on_watermark(void *memory, oz_context *context, int64_t time_ns)
{
    window_state *state = memory;
    const window_options *options = oz_options(context);
    ozi_slices slices;
    oz_status status = begin(context, &slices);
    if (status != OZ_OK) {
        return oz_failed(context, status);
    }
    ozi_slices_set_watermark(&slices, time_ns, options->grace);
    return has_more(state) ? OZ_MORE : close_once(state, context);
}

static oz_step
on_flush(void *memory, oz_context *context)
{
    window_state *state = memory;
    const window_options *options = oz_options(context);
    if (options->emit == OZI_EMIT_CURRENT) {
        return OZ_NEED; /* every update has been given */
    }
    state->closes_all = true;
    return close_once(state, context);
}

static oz_step
on_end(void *memory, oz_context *context, uint32_t input, uint32_t open_inputs)
{
    window_state *state = memory;
    (void)input;
    (void)open_inputs;
    state->closes_all = !state->is_ending;
    state->is_ending = true;
    return close_once(state, context);
}

static void
close_state(void *memory, oz_context *context)
{
    window_state *state = memory;
    (void)context;
    ozi_vec_free(&state->due);
    oz_batch_release(&state->results);
}

const oz_operator ozi_op_window = {
    .name = "window",
    .summary = "Aggregates rows over windows of event time, for each key or all together.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(window_options),
    .tables = TABLES,
    .counters = COUNTERS,
    .state_size = sizeof(window_state),
    .holds = true,
    .bind = bind,
    .open = open,
    .on_batch = on_batch,
    .on_watermark = on_watermark,
    .on_flush = on_flush,
    .on_end = on_end,
    .close = close_state,
};
