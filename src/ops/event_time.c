/*
 * event_time: gives each row its event time, and says how far event time has come.
 *
 * in       any rows
 * out      the same rows with the time that the function gives, or with the row itself as time: a
 *          TIME, or a number of seconds since 1970-01-01 UTC (floats are taken to the microsecond)
 * late     rows behind the watermark when they come, with late = split; with late = pass they stay
 *          among the others, for windows that give them a grace
 * dead     rows whose time cannot be told, under the policy dead_letter
 * time     the watermark is the greatest time seen, less the lateness. Each row is judged by the
 *          watermark after the row before it, however rows are batched; it is passed on after each
 *          batch. Watermarks that come in end here
 * workers  it stands where rows are read; below a step that brings them to others it is refused
 * state    "progress": the greatest time
 * counts   late_rows, under both settings of late
 *
 * Example: event_time(lateness=1)
 *     in   10 12 11 9 10
 *     out  10 12 11; late: 9 10, for the watermark is 11
 */
#include "base/alloc.h"
#include "batch/batch.h"
#include "batch/rows.h"
#include "op/apply.h"
#include "time/lateness.h"
#include "time/read.h"

typedef enum late_choice { LATE_SPLIT, LATE_PASS } late_choice;

typedef struct event_time_options {
    oz_function *function;
    oz_function *convert;
    int64_t lateness;
    int64_t late; /* late_choice */
} event_time_options;

static const oz_option OPTIONS[] = {
    {.name = "function",
     .kind = OZ_OPTION_FUNCTION,
     .offset = offsetof(event_time_options, function),
     .help = "called with each row; gives its time. Without it the row is its own time"},
    {.name = "convert",
     .kind = OZ_OPTION_FUNCTION,
     .offset = offsetof(event_time_options, convert),
     .help = "called with a time that is an object of the host language; gives its nanoseconds"},
    {.name = "lateness",
     .kind = OZ_OPTION_DURATION,
     .offset = offsetof(event_time_options, lateness),
     .by_default = "0",
     .minimum = 0,
     .maximum = 9e9,
     .help = "seconds by which a row may come later than rows of a greater time"},
    {.name = "late",
     .kind = OZ_OPTION_CHOICE,
     .offset = offsetof(event_time_options, late),
     .by_default = "split",
     .choices = "split|pass",
     .help = "split: rows behind the watermark leave on the port late; pass: on the port out"},
    {.name = NULL},
};

enum { PROGRESS };

/* The value of table PROGRESS, laid out as its fields are declared. */
typedef struct progress {
    int64_t is_begun;
    int64_t greatest_ns;
} progress;

/* The least of several workers' greatest times: no row that was in time becomes a late one. */
static void
merge(void *into, const void *value, bool is_first)
{
    progress *all = into;
    const progress *one = value;
    if (is_first || one->is_begun == 0 || (all->is_begun && one->greatest_ns < all->greatest_ns)) {
        *all = *one;
    }
}

static const oz_table_decl TABLES[] = {
    {.name = "progress",
     .kind = OZ_TABLE_VALUE,
     .fields = {OZ_FIELD_INT64, OZ_FIELD_INT64},
     .help = "whether a row has come, and the greatest time of all",
     .merge = merge},
    {.name = NULL},
};

enum { LATE_ROWS };
static const oz_counter COUNTERS[] = {
    {"late_rows", "rows", "that came behind the watermark"},
    {NULL, NULL, NULL},
};

enum { OUT, LATE, DEAD };
/* Rows of several workers that meet come in no order: which of them are late would be chance. */
static const oz_port INPUTS[] = {{.name = "in", .routing = OZ_ROUTE_SOURCE}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"},
                                  {.name = "late"},
                                  {.name = "dead"},
                                  {.name = NULL}};

/* ---- judging rows ---------------------------------------------------------------------------- */

static ozi_lateness
recall(oz_context *context)
{
    const event_time_options *options = oz_options(context);
    const progress *so_far = oz_table_single(oz_context_table(context, PROGRESS));
    ozi_lateness lateness = ozi_lateness_of(options->lateness);
    if (so_far->is_begun != 0) {
        ozi_lateness_pass(&lateness, so_far->greatest_ns);
    }
    return lateness;
}

static void
remember(oz_context *context, const ozi_lateness *lateness)
{
    progress *so_far = oz_table_single(oz_context_table(context, PROGRESS));
    *so_far = (progress){.is_begun = true, .greatest_ns = lateness->greatest_ns};
}

/* One port that nobody reads any more does not end the other: the engine sees when both do. */
static oz_step
both(oz_step first, oz_step second)
{
    oz_step step = first == OZ_NEED || first == OZ_DONE ? second : first;
    return second == OZ_FAILED ? OZ_FAILED : step == OZ_DONE ? OZ_NEED : step;
}

/* ---- late = split ---------------------------------------------------------------------------- */

static oz_step
emit_taken(oz_context *context, uint32_t port, const oz_batch *timed, const int32_t *indices,
           int64_t count)
{
    const oz_batch *taken = NULL;
    if (count == 0 || !oz_has_reader(context, port)) {
        return OZ_NEED;
    }
    if (count == timed->row_count) {
        return oz_emit(context, port, timed);
    }
    oz_status status = oz_batch_take(timed, indices, count, &taken);
    oz_step step = status == OZ_OK ? oz_emit(context, port, taken) : oz_failed(context, status);
    oz_batch_release(&taken);
    return step;
}

/* Judges all rows: `indices` gets those in time, and then, from the returned place on, late ones.
 */
static int64_t
sort_out(ozi_lateness *now, const oz_batch *timed, int32_t *indices)
{
    int64_t in_time = 0;
    int64_t late = timed->row_count;
    for (int64_t row = 0; row < timed->row_count; row++) {
        int64_t time = timed->rows->times[row];
        bool is_late = ozi_is_late(now, time);
        ozi_lateness_pass(now, time);
        indices[is_late ? --late : in_time++] = (int32_t)row;
    }
    for (int64_t low = late, high = timed->row_count - 1; low < high; low++, high--) {
        int32_t index = indices[low]; /* late ones were put down from the end */
        indices[low] = indices[high];
        indices[high] = index;
    }
    return late;
}

static oz_step
split(oz_context *context, ozi_lateness *now, const oz_batch *timed, int32_t *indices)
{
    int64_t in_time = sort_out(now, timed, indices);
    int64_t late = timed->row_count - in_time;
    remember(context, now);
    oz_count(context, LATE_ROWS, late);
    oz_step step = emit_taken(context, OUT, timed, indices, in_time);
    if (step != OZ_FAILED) {
        step = both(step, emit_taken(context, LATE, timed, indices + in_time, late));
    }
    return step;
}

static oz_step
emit_split(oz_context *context, ozi_lateness *now, const oz_batch *timed)
{
    const oz_alloc *alloc = oz_context_alloc(context);
    int32_t one;
    size_t size = (size_t)timed->row_count * sizeof(int32_t);
    int32_t *indices = timed->row_count == 1 ? &one : ozi_alloc_new(alloc, size);
    if (indices == NULL) {
        return oz_failed(context, OZ_NO_MEMORY);
    }
    oz_step step = split(context, now, timed, indices);
    if (indices != &one) {
        ozi_alloc_free(alloc, indices, size);
    }
    return step;
}

/* ---- late = pass ----------------------------------------------------------------------------- */

/* The end of the rows from `row` on that are all late, or all not. */
static int64_t
end_of_run(ozi_lateness *now, const oz_batch *timed, int64_t row)
{
    const int64_t *times = timed->rows->times;
    bool is_late = ozi_is_late(now, times[row]);
    while (row < timed->row_count && ozi_is_late(now, times[row]) == is_late) {
        ozi_lateness_pass(now, times[row++]);
    }
    return row;
}

/* Who judges a row that is late here must have been told by then: so the watermark goes before it.
 */
static oz_step
emit_pass(oz_context *context, ozi_lateness *now, const oz_batch *timed)
{
    oz_step step = OZ_NEED;
    int64_t row = 0;
    while (row < timed->row_count && step != OZ_FAILED) {
        const oz_batch *part = NULL;
        bool is_late = ozi_is_late(now, timed->rows->times[row]);
        if (is_late) {
            step = both(step, oz_emit_watermark(context, now->watermark_ns));
        }
        int64_t end = end_of_run(now, timed, row);
        remember(context, now);
        oz_count(context, LATE_ROWS, is_late ? end - row : 0);
        oz_status status = oz_batch_slice(timed, row, end, &part);
        if (status != OZ_OK) {
            return oz_failed(context, status);
        }
        step = step == OZ_FAILED ? OZ_FAILED : both(step, oz_emit(context, OUT, part));
        oz_batch_release(&part);
        row = end;
    }
    return step;
}

static oz_step
emit_timed(oz_context *context, const oz_batch *timed)
{
    const event_time_options *options = oz_options(context);
    ozi_lateness now = recall(context);
    oz_step step = options->late == LATE_SPLIT ? emit_split(context, &now, timed)
                                               : emit_pass(context, &now, timed);
    return step == OZ_FAILED ? OZ_FAILED : both(step, oz_emit_watermark(context, now.watermark_ns));
}

/* ---- rows with their times ------------------------------------------------------------------- */

/*
 * A single row stays on the stack. But what its key points to must lie in pins of its row data, and
 * that of other row data may lie elsewhere.
 */
static oz_step
emit_one(oz_context *context, const oz_batch *batch, const int64_t *time)
{
    oz_rows rows = {.alloc = oz_context_alloc(context)};
    oz_batch timed = *batch;
    if (batch->rows != NULL) {
        rows = *batch->rows;
    }
    rows.references = OZ_ON_STACK;
    rows.times = time;
    timed.references = OZ_ON_STACK;
    timed.rows = &rows;
    return emit_timed(context, &timed);
}

/* Rows [begin, end) with their times. */
static oz_step
emit_run(oz_context *context, const oz_batch *batch, int64_t begin, int64_t end,
         const int64_t *times)
{
    const oz_batch *part = NULL;
    const oz_batch *timed = NULL;
    oz_rows *rows = NULL;
    if (begin == end) {
        return OZ_NEED;
    }
    const oz_rows *old = batch->rows;
    bool is_simple = old == NULL || old->keys == NULL || old->references == OZ_ON_STACK;
    if (batch->row_count == 1 && is_simple) {
        return emit_one(context, batch, times);
    }
    oz_status status = oz_batch_slice(batch, begin, end, &part);
    if (status == OZ_OK) {
        status = ozi_rows_derive(oz_context_alloc(context), part->rows, end - begin, OZI_ROWS_TIMES,
                                 &rows);
    }
    if (status == OZ_OK) {
        memcpy(ozi_rows_times(rows), times + begin, (size_t)(end - begin) * sizeof *times);
        const oz_rows *taken = rows;
        status = ozi_batch_with_rows(part, &taken, &timed);
    }
    oz_step step = status == OZ_OK ? emit_timed(context, timed) : oz_failed(context, status);
    oz_batch_release(&timed);
    oz_batch_release(&part);
    return step;
}

/* ---- rows in --------------------------------------------------------------------------------- */

/* The rows before one whose time cannot be told leave before its policy is applied. */
static oz_step
take_column(oz_context *context, const oz_batch *batch, const oz_column *column, int64_t *times)
{
    const event_time_options *options = oz_options(context);
    ozi_time_reader reader = {.column = column,
                              .convert = options->convert,
                              .alloc = oz_context_alloc(context),
                              .error = oz_context_error(context)};
    oz_step step = OZ_NEED;
    int64_t row = 0;
    while (row < batch->row_count && step != OZ_FAILED) {
        int64_t end;
        oz_status status = ozi_times_read(&reader, row, times, &end);
        oz_error error = *oz_context_error(context);
        step = emit_run(context, batch, row, end, times);
        row = end;
        if (status == OZ_OK || step == OZ_FAILED) {
            continue;
        }
        *oz_context_error(context) = error;
        if (status != OZ_BAD_RECORD) {
            return oz_failed(context, status);
        }
        step = oz_bad_record(context, batch, row++) == OZ_FAILED ? OZ_FAILED : step;
    }
    return step;
}

static oz_step
take_times(oz_context *context, const oz_batch *batch, const oz_column *column)
{
    int64_t one;
    const oz_alloc *alloc = oz_context_alloc(context);
    size_t size = (size_t)batch->row_count * sizeof(int64_t);
    int64_t *times = batch->row_count == 1 ? &one : ozi_alloc_new(alloc, size);
    if (times == NULL) {
        return oz_failed(context, OZ_NO_MEMORY);
    }
    oz_step step = take_column(context, batch, column, times);
    if (times != &one) {
        ozi_alloc_free(alloc, times, size);
    }
    return step;
}

static oz_step
take_results(void *state, oz_context *context, const oz_call *call, const oz_batch *results)
{
    (void)state;
    const oz_batch *part = NULL;
    if (call->end - call->begin == call->batch->row_count) {
        return take_times(context, call->batch, results->columns[0]);
    }
    oz_status status = oz_batch_slice(call->batch, call->begin, call->end, &part);
    oz_step step = status == OZ_OK ? take_times(context, part, results->columns[0])
                                   : oz_failed(context, status);
    oz_batch_release(&part);
    return step;
}

static oz_step
on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)input;
    const event_time_options *options = oz_options(context);
    if (options->function != NULL) {
        return ozi_apply(context, options->function, OZ_CALL_MAP, batch, take_results, state);
    }
    if (batch->column_count != 1) {
        return oz_fail(context, OZ_INVALID, "rows of several columns need a function");
    }
    return take_times(context, batch, batch->columns[0]);
}

/* Times are given anew here, and with them what is said about those to come. */
static oz_step
on_watermark(void *state, oz_context *context, int64_t time_ns)
{
    (void)state;
    (void)context;
    (void)time_ns;
    return OZ_NEED;
}

static oz_status
bind(const void *options, const oz_schema *inputs, uint32_t input_count, oz_schema *outputs,
     oz_error *error)
{
    (void)options;
    (void)input_count;
    (void)error;
    outputs[OUT] = outputs[LATE] = outputs[DEAD] = inputs[0];
    return OZ_OK;
}

const oz_operator ozi_op_event_time = {
    .name = "event_time",
    .summary = "Gives each row its event time, and says how far event time has come.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(event_time_options),
    .tables = TABLES,
    .counters = COUNTERS,
    .bind = bind,
    .on_batch = on_batch,
    .on_watermark = on_watermark,
};
