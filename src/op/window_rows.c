#include "op/window_rows.h"

#include "batch/batch.h"
#include "batch/key.h"
#include "batch/rows.h"

enum { KEY, START, END, VALUE, COLUMNS };
static const char *const NAMES[COLUMNS] = {"key", "start", "end", "value"};

oz_schema
ozi_window_rows_schema(bool is_keyed)
{
    uint32_t first = is_keyed ? KEY : START;
    oz_schema schema = {.column_count = COLUMNS - first, .keyed = is_keyed};
    for (uint32_t i = first; i < COLUMNS; i++) {
        schema.types[i - first] = i == START || i == END ? OZ_TIME : OZ_ANY;
        schema.names[i - first] = NAMES[i];
    }
    return schema;
}

oz_status
ozi_window_rows_open(ozi_window_rows *made, const ozi_slices *slices)
{
    const oz_alloc *alloc = oz_context_alloc(slices->node);
    *made = (ozi_window_rows){.slices = slices};
    ozi_vec_init(&made->windows, alloc, sizeof(int64_t));
    ozi_vec_init(&made->sources, alloc, sizeof(int32_t));
    made->values = oz_builder_new(alloc, OZ_ANY, oz_context_objects(slices->node));
    return made->values == NULL ? OZ_NO_MEMORY : OZ_OK;
}

void
ozi_window_rows_close(ozi_window_rows *made)
{
    ozi_vec_free(&made->windows);
    ozi_vec_free(&made->sources);
    oz_builder_free(&made->values);
}

static oz_status
add(ozi_window_rows *made, const ozi_key_window *window)
{
    OZ_TRY(ozi_vec_reserve(&made->windows, 1));
    OZ_TRY(ozi_slices_result(made->slices, window, made->values));
    return ozi_vec_append(&made->windows, &window->window, 1);
}

/* ---- columns --------------------------------------------------------------------------------- */

static ozi_span
span_of(const ozi_window_rows *made, int64_t row)
{
    const int64_t *windows = made->windows.items;
    return ozi_window_span(&made->slices->windows, windows[row]);
}

static oz_status
time_columns(const ozi_window_rows *made, const oz_alloc *alloc, const oz_column **columns)
{
    int64_t count = (int64_t)made->windows.count;
    int64_t *starts = oz_values_new(alloc, OZ_TIME, count);
    int64_t *ends = oz_values_new(alloc, OZ_TIME, count);
    void *values[2] = {starts, ends};
    oz_status status = starts == NULL || ends == NULL ? OZ_NO_MEMORY : OZ_OK;
    for (int64_t i = 0; i < count && status == OZ_OK; i++) {
        ozi_span span = span_of(made, i);
        starts[i] = span.begin;
        ends[i] = span.end;
    }
    for (int i = 0; i < 2 && status == OZ_OK; i++) {
        status = oz_column_of_values(alloc, OZ_TIME, &values[i], count, count, &columns[START + i]);
    }
    oz_values_free(&values[0]);
    oz_values_free(&values[1]);
    return status;
}

/* A batch of the columns; `*keys` (taken) may be NULL. */
static oz_status
columns_of(ozi_window_rows *made, const oz_column **keys, const oz_batch **out)
{
    const oz_alloc *alloc = oz_context_alloc(made->slices->node);
    const oz_column *columns[COLUMNS] = {*keys};
    uint32_t first = *keys == NULL ? START : KEY;
    *keys = NULL;
    oz_status status = time_columns(made, alloc, columns);
    if (status == OZ_OK) {
        status = oz_builder_finish(made->values, &columns[VALUE]);
    }
    if (status == OZ_OK) {
        status = oz_batch_new(alloc, columns + first, NAMES + first, COLUMNS - first, NULL, out);
    }
    for (uint32_t i = 0; i < COLUMNS; i++) {
        oz_column_release(&columns[i]);
    }
    return status;
}

/* `batch` with the keys of `base` (may be NULL), and its times. */
static oz_status
add_row_data(const ozi_window_rows *made, const oz_batch *batch, const oz_rows *base,
             const oz_batch **out)
{
    oz_rows *rows = NULL;
    OZ_TRY(ozi_rows_derive(batch->alloc, base, batch->row_count, OZI_ROWS_TIMES, &rows));
    for (int64_t i = 0; i < batch->row_count; i++) {
        ozi_rows_times(rows)[i] = span_of(made, i).end - 1;
    }
    const oz_rows *taken = rows;
    return ozi_batch_with_rows(batch, &taken, out);
}

/* ---- windows that close ---------------------------------------------------------------------- */

static oz_status
add_all(ozi_window_rows *made, const ozi_key_window *windows, size_t *count, oz_builder *keys)
{
    oz_status status = OZ_OK;
    size_t done = 0;
    while (done < *count && status == OZ_OK) {
        status = add(made, &windows[done]);
        if (status == OZ_OK && windows[done].key.is_keyed) {
            status = ozi_key_append(&windows[done].key.key, keys);
        }
        done += status == OZ_OK;
    }
    *count = done;
    return status == OZ_INVALID && done > 0 ? OZ_OK : status;
}

/* The rows have keys anew: what a long one points to belongs to the tables. */
static oz_status
finish_keyed(ozi_window_rows *made, const oz_column **keys, const oz_batch **out)
{
    oz_context *node = made->slices->node;
    const oz_batch *plain = NULL;
    const oz_batch *keyed = NULL;
    int64_t bad_row;
    OZ_TRY(columns_of(made, keys, &plain));
    oz_status status = oz_batch_key_by(plain, plain->columns[KEY], oz_context_seed(node), &keyed,
                                       &bad_row, oz_context_error(node));
    if (status == OZ_OK) {
        status = add_row_data(made, plain, keyed->rows, out);
    }
    oz_batch_release(&keyed);
    oz_batch_release(&plain);
    return status;
}

static oz_status
finish_unkeyed(ozi_window_rows *made, const oz_batch **out)
{
    const oz_column *no_keys = NULL;
    const oz_batch *plain = NULL;
    OZ_TRY(columns_of(made, &no_keys, &plain));
    oz_status status = add_row_data(made, plain, NULL, out);
    oz_batch_release(&plain);
    return status;
}

static oz_status
rows_of_keys(ozi_window_rows *made, const ozi_key_window *windows, size_t *count, oz_builder *keys,
             const oz_batch **out)
{
    const oz_column *column = NULL;
    OZ_TRY(add_all(made, windows, count, keys));
    if (!windows[0].key.is_keyed) {
        return finish_unkeyed(made, out);
    }
    OZ_TRY(oz_builder_finish(keys, &column));
    return finish_keyed(made, &column, out);
}

oz_status
ozi_window_rows_of_keys(const ozi_slices *slices, const ozi_key_window *windows, size_t *count,
                        const oz_batch **out)
{
    ozi_window_rows made;
    oz_context *node = slices->node;
    oz_status status = ozi_window_rows_open(&made, slices);
    oz_builder *keys = oz_builder_new(oz_context_alloc(node), OZ_ANY, oz_context_objects(node));
    if (status == OZ_OK) {
        status = keys == NULL ? OZ_NO_MEMORY : rows_of_keys(&made, windows, count, keys, out);
    }
    oz_builder_free(&keys);
    ozi_window_rows_close(&made);
    return status;
}

/* ---- updates --------------------------------------------------------------------------------- */

oz_status
ozi_window_rows_add_of(ozi_window_rows *made, const oz_batch *batch, int64_t row)
{
    const ozi_slices *slices = made->slices;
    ozi_key_window of = {.key = ozi_slice_key_of(batch, row)};
    int32_t source = (int32_t)row;
    int64_t slice = ozi_slice_at(&slices->windows, batch->rows->times[row]);
    int64_t last = ozi_window_last(&slices->windows, slice);
    int64_t window = ozi_window_first(&slices->windows, slice);
    window = window > slices->closed ? window : slices->closed + 1;
    for (int64_t left = last - window; left >= 0; left--) {
        of.window = last - left;
        OZ_TRY(ozi_vec_append(&made->sources, &source, 1));
        OZ_TRY(add(made, &of));
    }
    return OZ_OK;
}

oz_status
ozi_window_rows_of_batch(ozi_window_rows *made, const oz_batch *batch, const oz_batch **out)
{
    const oz_rows *rows = NULL;
    const oz_column *keys = NULL;
    const oz_batch *plain = NULL;
    int64_t count = (int64_t)made->sources.count;
    oz_status status = ozi_rows_take(batch->rows, made->sources.items, count, &rows);
    if (status == OZ_OK && rows->keys != NULL) {
        status = oz_rows_key_column(rows, count, oz_context_objects(made->slices->node), &keys);
    }
    if (status == OZ_OK) {
        status = columns_of(made, &keys, &plain);
    }
    if (status == OZ_OK) {
        status = add_row_data(made, plain, rows, out);
    }
    oz_column_release(&keys);
    oz_batch_release(&plain);
    oz_rows_release(&rows);
    return status;
}
