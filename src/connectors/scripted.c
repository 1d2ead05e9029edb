/*
 * scripted: plays a script of rows, pauses, ends and failures, for tests.
 *
 * out      one row for each line that is not an order: STRING, or INT64 with type="int"
 * time     a pause uses the engine's clock, so under a simulated one it takes no time. Event times
 *          only when the script has !at or !late.
 * state    the position: the line of the script where to go on
 * counts   pauses
 *
 * The orders, one a line:
 *     !pause 2.5      nothing for 2.5 seconds
 *     !eof            the input ends here; a start from this position goes on after it
 *     !abort          fails, as in a crash; the first `skip_aborts` of them are passed over: a test
 *                     that starts again after the n-th crash gives n
 *     !at 12.5 row    a row with this event time, in seconds
 *     !late 3 row     a row whose event time lies 3 seconds before the latest so far
 *     !!row           the row "!row"
 *
 * Example: scripted(script="1\n2\n!pause 1\n3", type="int")
 *     out  1 2, and a second later 3
 */
#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "batch/column.h"
#include "batch/rows.h"
#include "ouzel/op.h"

typedef struct scripted_options {
    const char *script;
    int64_t type;
    int64_t skip_aborts;
} scripted_options;

static const oz_option OPTIONS[] = {
    {.name = "script",
     .kind = OZ_OPTION_STRING,
     .offset = offsetof(scripted_options, script),
     .help = "rows and orders, one a line"},
    {.name = "type",
     .kind = OZ_OPTION_CHOICE,
     .offset = offsetof(scripted_options, type),
     .by_default = "text",
     .choices = "text|int",
     .help = "what rows are"},
    {.name = "skip_aborts",
     .kind = OZ_OPTION_INT64,
     .offset = offsetof(scripted_options, skip_aborts),
     .by_default = "0",
     .minimum = 0,
     .maximum = 1e9,
     .help = "how many aborts have happened already"},
    {.name = NULL},
};

enum { TYPE_TEXT, TYPE_INT };
enum { COUNT_PAUSES };
static const oz_counter COUNTERS[] = {
    {"pauses", "pauses", "that were begun"},
    {NULL, NULL, NULL},
};

typedef enum item_kind { ITEM_ROW, ITEM_PAUSE, ITEM_EOF, ITEM_ABORT } item_kind;

/* One line of the script. */
typedef struct item {
    item_kind kind;
    oz_view text;
    int64_t number; /* of a row of type int */
    int64_t ns;     /* of a pause; the event time of a row */
} item;

enum { BATCH_MAX = 4096 };

typedef struct scripted_state {
    const oz_alloc *alloc;
    bool is_int;
    bool timed;        /* rows have event times */
    oz_buffer *script; /* a copy that rows point into */
    item *items;
    int64_t count, capacity;
    int64_t next;   /* the line to play */
    int64_t aborts; /* passed over so far */
    bool pausing;
    const oz_origin *origin;
} scripted_state;

static oz_status
bind(const void *options, const oz_schema *inputs, uint32_t input_count, oz_schema *outputs,
     oz_error *error)
{
    (void)inputs;
    (void)input_count;
    (void)error;
    bool is_int = ((const scripted_options *)options)->type == TYPE_INT;
    outputs[0] = (oz_schema){.column_count = 1, .types = {is_int ? OZ_INT64 : OZ_STRING}};
    return OZ_OK;
}

/* ---- reading the script ---------------------------------------------------------------------- */

/* "!late 3 row" when `order` is "!late": `*rest` is "3 row". */
static bool
is_order(oz_view line, const char *order, const char **rest)
{
    size_t size = strlen(order);
    *rest = line.data + size;
    return line.size >= size && memcmp(line.data, order, size) == 0 &&
           (line.size == size || line.data[size] == ' ');
}

/* Seconds at `text`, as ns; `*after` is what follows them and a blank. False: there are none. */
static bool
read_seconds(const char *text, int64_t *ns, const char **after)
{
    char *end;
    double seconds = strtod(text, &end);
    *ns = (int64_t)llround(seconds * 1e9);
    *after = *end == ' ' ? end + 1 : end;
    return end != text && seconds >= 0 && seconds < 9e9;
}

static bool
read_int(oz_view text, int64_t *number)
{
    char *end;
    *number = strtoll(text.data, &end, 10);
    return end != text.data && end == text.data + text.size;
}

/* What a line means; false: nothing. `*latest_ns` is the latest event time so far. */
static bool
read_line(scripted_state *source, oz_view line, int64_t *latest_ns, item *out)
{
    const char *rest;
    const char *end = line.data + line.size;
    *out = (item){.text = line, .ns = *latest_ns};
    if (is_order(line, "!eof", &rest) || is_order(line, "!abort", &rest)) {
        out->kind = line.data[1] == 'e' ? ITEM_EOF : ITEM_ABORT;
        return rest == end;
    }
    if (is_order(line, "!pause", &rest)) {
        out->kind = ITEM_PAUSE;
        return read_seconds(rest, &out->ns, &rest) && rest == end;
    }
    bool late = is_order(line, "!late", &rest);
    if (late || is_order(line, "!at", &rest)) {
        if (!read_seconds(rest, &out->ns, &rest) || rest > end) {
            return false;
        }
        source->timed = true;
        out->ns = late ? *latest_ns - out->ns : out->ns;
        *latest_ns = out->ns > *latest_ns ? out->ns : *latest_ns;
        out->text = (oz_view){rest, (uint32_t)(end - rest), 0};
    } else if (line.size > 0 && line.data[0] == '!') {
        out->text = (oz_view){line.data + 1, line.size - 1, 0};
        return line.size > 1 && line.data[1] == '!' && !source->is_int;
    }
    return !source->is_int || read_int(out->text, &out->number);
}

static oz_status
add_item(scripted_state *source, const item *added)
{
    if (source->count == source->capacity) {
        int64_t capacity = source->capacity == 0 ? 16 : source->capacity * 2;
        item *grown =
            ozi_alloc_resize(source->alloc, source->items, (size_t)source->capacity * sizeof *grown,
                             (size_t)capacity * sizeof *grown);
        if (grown == NULL) {
            return OZ_NO_MEMORY;
        }
        source->items = grown;
        source->capacity = capacity;
    }
    source->items[source->count++] = *added;
    return OZ_OK;
}

/* A line feed at the end of the script does not make an empty row. */
static oz_status
read_script(scripted_state *source, size_t size, oz_error *error)
{
    const char *at = oz_buffer_data(source->script);
    const char *stop = at + size;
    int64_t latest_ns = 0;
    while (at < stop) {
        const char *end = memchr(at, '\n', (size_t)(stop - at));
        end = end == NULL ? stop : end;
        oz_view line = {at, (uint32_t)(end - at), 0};
        item read;
        if (!read_line(source, line, &latest_ns, &read)) {
            return oz_error_set(error, OZ_INVALID,
                                "line %lld of the script is not understood: %.*s",
                                (long long)source->count + 1, (int)line.size, line.data);
        }
        OZ_TRY(add_item(source, &read));
        at = end + 1;
    }
    return OZ_OK;
}

static oz_status
open(void *memory, oz_context *context, oz_error *error)
{
    scripted_state *source = memory;
    const scripted_options *options = oz_options(context);
    size_t size = strlen(options->script);
    source->alloc = oz_context_alloc(context);
    source->is_int = options->type == TYPE_INT;
    source->script = oz_buffer_new(source->alloc, size + 1);
    source->origin = ozi_origin_new(source->alloc, "the script", "line", 0, 0);
    if (source->script == NULL || source->origin == NULL) {
        return OZ_NO_MEMORY;
    }
    memcpy(oz_buffer_data(source->script), options->script, size + 1);
    return read_script(source, size, error);
}

static const char *
partition_name(void *memory, uint32_t partition)
{
    (void)memory;
    (void)partition;
    return "script";
}

static oz_status
open_partition(void *memory, oz_context *context, uint32_t partition, int64_t at)
{
    (void)context;
    (void)partition;
    scripted_state *source = memory;
    source->next = at < 0 ? 0 : at < source->count ? at : source->count;
    /* The aborts before the position have happened: they made somebody start there. */
    for (int64_t i = 0; i < source->next; i++) {
        source->aborts += source->items[i].kind == ITEM_ABORT;
    }
    return OZ_OK;
}

/* ---- playing it ------------------------------------------------------------------------------ */

static oz_status
make_column(const scripted_state *source, int64_t count, const oz_column **out)
{
    const item *items = source->items + source->next;
    oz_type type = source->is_int ? OZ_INT64 : OZ_STRING;
    void *values = oz_values_new(source->alloc, type, count);
    if (values == NULL) {
        return OZ_NO_MEMORY;
    }
    for (int64_t i = 0; i < count; i++) {
        if (source->is_int) {
            ((int64_t *)values)[i] = items[i].number;
        } else {
            ((oz_view *)values)[i] = items[i].text;
        }
    }
    if (source->is_int) {
        return oz_column_of_values(source->alloc, type, &values, count, count, out);
    }
    oz_view *views = values;
    oz_buffer *pin = source->script;
    ozi_pins pins = {.alloc = source->alloc, .items = &pin, .count = 1};
    return ozi_column_of_views(source->alloc, type, &views, count, NULL, &pins, out);
}

static oz_status
make_rows(const scripted_state *source, int64_t count, oz_rows **out)
{
    uint32_t arrays = OZI_ROWS_POSITIONS | (source->timed ? (uint32_t)OZI_ROWS_TIMES : 0U);
    OZ_TRY(ozi_rows_derive(source->alloc, NULL, count, arrays, out));
    ozi_rows_set_origin(*out, source->origin);
    for (int64_t i = 0; i < count; i++) {
        ozi_rows_positions(*out)[i] = source->next + 1 + i;
        if (source->timed) {
            ozi_rows_times(*out)[i] = source->items[source->next + i].ns;
        }
    }
    return OZ_OK;
}

static oz_step
emit_rows(scripted_state *source, oz_context *context, int64_t count)
{
    const oz_column *column = NULL;
    oz_rows *rows = NULL;
    const oz_batch *batch = NULL;
    oz_status status = make_column(source, count, &column);
    if (status == OZ_OK) {
        status = make_rows(source, count, &rows);
    }
    if (status == OZ_OK) {
        status = oz_batch_new(source->alloc, &column, NULL, 1, rows, &batch);
    }
    oz_column_release(&column);
    const oz_rows *held = rows;
    oz_rows_release(&held);
    if (status != OZ_OK) {
        return oz_failed(context, status);
    }
    source->next += count;
    oz_step step = oz_emit(context, 0, batch);
    oz_batch_release(&batch);
    return step == OZ_WAIT ? OZ_MORE : step;
}

/* Plays an order. NEED: go on with the next line; WAIT: a pause has begun. */
static oz_step
obey(scripted_state *source, oz_context *context, const item *order)
{
    int64_t line = ++source->next;
    switch (order->kind) {
    case ITEM_EOF:
        return OZ_DONE;
    case ITEM_ABORT:
        if (source->aborts++ < ((const scripted_options *)oz_options(context))->skip_aborts) {
            return OZ_NEED;
        }
        return oz_fail(context, OZ_INTERRUPTED, "the script aborts in line %lld", (long long)line);
    default: {
        oz_status status = oz_timer_set(context, 0, oz_now_ns(context) + order->ns);
        source->pausing = true;
        oz_count(context, COUNT_PAUSES, 1);
        return status == OZ_OK ? OZ_WAIT : oz_failed(context, status);
    }
    }
}

static oz_step
poll(void *memory, oz_context *context, int64_t rows)
{
    scripted_state *source = memory;
    rows = rows < BATCH_MAX ? rows : BATCH_MAX;
    while (!source->pausing) {
        int64_t count = 0;
        while (count < rows && source->next + count < source->count &&
               source->items[source->next + count].kind == ITEM_ROW) {
            count++;
        }
        if (count > 0) {
            oz_step step = emit_rows(source, context, count);
            return step == OZ_NEED ? OZ_MORE : step;
        }
        if (source->next == source->count) {
            return OZ_DONE;
        }
        oz_step step = obey(source, context, &source->items[source->next]);
        if (step != OZ_NEED) {
            return step == OZ_WAIT ? OZ_NEED : step;
        }
    }
    return OZ_NEED;
}

static oz_step
on_timer(void *memory, oz_context *context, int64_t id)
{
    (void)context;
    (void)id;
    ((scripted_state *)memory)->pausing = false;
    return OZ_NEED;
}

static int64_t
position(void *memory, uint32_t partition)
{
    (void)partition;
    return ((scripted_state *)memory)->next;
}

static void
close_node(void *memory, oz_context *context)
{
    (void)context;
    scripted_state *source = memory;
    ozi_origin_release(&source->origin);
    oz_buffer_release(&source->script);
    ozi_alloc_free(source->alloc, source->items, (size_t)source->capacity * sizeof(item));
}

static const oz_port OUTPUTS[] = {
    {.name = "out", .help = "the rows of the script"},
    {.name = NULL},
};

static const oz_source_verbs SOURCE = {
    .partition_name = partition_name,
    .open = open_partition,
    .poll = poll,
    .position = position,
};

const oz_operator ozi_op_scripted = {
    .name = "scripted",
    .summary = "Plays a script of rows, pauses, ends and failures, for tests.",
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(scripted_options),
    .counters = COUNTERS,
    .state_size = sizeof(scripted_state),
    .bind = bind,
    .open = open,
    .on_timer = on_timer,
    .close = close_node,
    .source = &SOURCE,
    .guarantee = OZ_EXACTLY_ONCE,
};
