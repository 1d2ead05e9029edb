/* Batches: columns of one length, their names and row data. The layout is drawn in batch.h. */
#include "batch/batch.h"

#include "base/alloc.h"
#include "batch/buffer.h"
#include "batch/column_names.h"
#include "batch/rows.h"

typedef struct batch_block {
    oz_batch batch;
    size_t size;
    const void *lists[]; /* columns, names; then the text of the names */
} batch_block;

oz_status
ozi_batch_begin(const oz_alloc *alloc, uint32_t count, const char *const *names, int64_t row_count,
                oz_batch **out)
{
    uint32_t name_count = names == NULL ? 0 : count;
    size_t size = sizeof(batch_block) + ((size_t)count + name_count) * sizeof(void *) +
                  ozi_column_names_bytes(names, name_count);
    batch_block *block = ozi_alloc_new(alloc, size);
    if (block == NULL) {
        return OZ_NO_MEMORY;
    }
    char **name_list = (char **)(uintptr_t)(block->lists + count);
    block->batch = (oz_batch){.references = 1,
                              .column_count = count,
                              .row_count = row_count,
                              .columns = (const oz_column *const *)(const void *)block->lists,
                              .names = names == NULL ? NULL : (const char *const *)name_list,
                              .alloc = alloc};
    block->size = size;
    memset(block->lists, 0, count * sizeof(void *));
    ozi_column_names_copy(name_list, (char *)(name_list + name_count), names, name_count);
    *out = &block->batch;
    return OZ_OK;
}

oz_status
ozi_batch_finish(oz_status status, oz_batch *batch, const oz_batch **out)
{
    const oz_batch *done = batch;
    if (status == OZ_OK) {
        *out = done;
    } else {
        oz_batch_release(&done);
    }
    return status;
}

/* A column that was given may lie on the stack: then a copy is kept. */
static oz_status
move_column(oz_batch *batch, uint32_t index, const oz_column **column)
{
    const oz_column *kept = *column;
    if (kept->references == OZ_ON_STACK) {
        kept = oz_column_retain(kept);
    }
    *column = NULL;
    if (kept == NULL) {
        return OZ_NO_MEMORY;
    }
    ozi_batch_set_column(batch, index, kept);
    return kept->length == batch->row_count ? OZ_OK : OZ_INVALID;
}

static oz_status
move_columns(oz_batch *batch, const oz_column **columns)
{
    for (uint32_t i = 0; i < batch->column_count; i++) {
        OZ_TRY(move_column(batch, i, &columns[i]));
    }
    return OZ_OK;
}

oz_status
oz_batch_new(const oz_alloc *alloc, const oz_column **columns, const char *const *names,
             uint32_t count, const oz_rows *rows, const oz_batch **out)
{
    oz_batch *batch;
    oz_status status =
        ozi_batch_begin(alloc, count, names, count == 0 ? 0 : columns[0]->length, &batch);
    if (status == OZ_OK) {
        status = move_columns(batch, columns);
        if (status == OZ_OK) {
            status = ozi_rows_retain(rows, batch->row_count, &batch->rows);
        }
        status = ozi_batch_finish(status, batch, out);
    }
    for (uint32_t i = 0; i < count; i++) {
        oz_column_release(&columns[i]);
    }
    return status;
}

static oz_status
retain_columns(oz_batch *batch, const oz_batch *source)
{
    for (uint32_t i = 0; i < source->column_count; i++) {
        const oz_column *column = oz_column_retain(source->columns[i]);
        if (column == NULL) {
            return OZ_NO_MEMORY;
        }
        ozi_batch_set_column(batch, i, column);
    }
    return OZ_OK;
}

static const oz_batch *
copy_to_heap(const oz_batch *source)
{
    oz_batch *batch;
    const oz_batch *copy = NULL;
    oz_status status = ozi_batch_begin(source->alloc, source->column_count, source->names,
                                       source->row_count, &batch);
    if (status != OZ_OK) {
        return NULL;
    }
    status = retain_columns(batch, source);
    if (status == OZ_OK) {
        status = ozi_rows_retain(source->rows, source->row_count, &batch->rows);
    }
    return ozi_batch_finish(status, batch, &copy) == OZ_OK ? copy : NULL;
}

const oz_batch *
oz_batch_retain(const oz_batch *batch)
{
    if (batch->references == OZ_ON_STACK) {
        return copy_to_heap(batch);
    }
    ozi_count_up(&batch->references);
    return batch;
}

void
oz_batch_release(const oz_batch **batch)
{
    oz_batch *held = (oz_batch *)(uintptr_t)*batch;
    *batch = NULL;
    if (held == NULL || held->references == OZ_ON_STACK || !ozi_count_down(&held->references)) {
        return;
    }
    for (uint32_t i = 0; i < held->column_count; i++) {
        const oz_column *column = held->columns[i];
        oz_column_release(&column);
    }
    oz_rows_release(&held->rows);
    ozi_alloc_free(held->alloc, held, ((batch_block *)(void *)held)->size);
}

oz_status
ozi_batch_with_rows(const oz_batch *batch, const oz_rows **rows, const oz_batch **out)
{
    oz_batch *derived;
    oz_status status = ozi_batch_begin(batch->alloc, batch->column_count, batch->names,
                                       batch->row_count, &derived);
    if (status == OZ_OK) {
        derived->rows = *rows;
        *rows = NULL;
        status = ozi_batch_finish(retain_columns(derived, batch), derived, out);
    }
    oz_rows_release(rows);
    return status;
}

oz_status
ozi_batch_with_columns(const oz_batch *batch, const oz_column **columns, const char *const *names,
                       uint32_t count, const oz_batch **out)
{
    return oz_batch_new(batch->alloc, columns, names, count, batch->rows, out);
}

/* The columns of a batch, each taken by `indices`. */
static oz_status
take_columns(oz_batch *taken, const oz_batch *batch, const int32_t *indices)
{
    for (uint32_t i = 0; i < batch->column_count; i++) {
        const oz_column *column = NULL;
        OZ_TRY(oz_column_take(batch->columns[i], indices, taken->row_count, &column));
        ozi_batch_set_column(taken, i, column);
    }
    return ozi_rows_take(batch->rows, indices, taken->row_count, &taken->rows);
}

oz_status
oz_batch_take(const oz_batch *batch, const int32_t *indices, int64_t count, const oz_batch **out)
{
    oz_batch *taken;
    OZ_TRY(ozi_batch_begin(batch->alloc, batch->column_count, batch->names, count, &taken));
    return ozi_batch_finish(take_columns(taken, batch, indices), taken, out);
}

static oz_status
slice_columns(oz_batch *sliced, const oz_batch *batch, int64_t begin, int64_t end)
{
    for (uint32_t i = 0; i < batch->column_count; i++) {
        const oz_column *column = NULL;
        OZ_TRY(oz_column_slice(batch->columns[i], begin, end, &column));
        ozi_batch_set_column(sliced, i, column);
    }
    return ozi_rows_slice(batch->rows, begin, end, &sliced->rows);
}

oz_status
oz_batch_slice(const oz_batch *batch, int64_t begin, int64_t end, const oz_batch **out)
{
    if (begin == 0 && end == batch->row_count) {
        *out = oz_batch_retain(batch);
        return *out == NULL ? OZ_NO_MEMORY : OZ_OK;
    }
    oz_batch *sliced;
    OZ_TRY(ozi_batch_begin(batch->alloc, batch->column_count, batch->names, end - begin, &sliced));
    return ozi_batch_finish(slice_columns(sliced, batch, begin, end), sliced, out);
}

/* ---- for a garbage collector ----------------------------------------------------------------- */

static bool
is_ours_alone(const oz_column *column)
{
    bool is_ours = column->references == 1;
    for (uint32_t i = 0; i < column->pin_count && is_ours; i++) {
        is_ours = oz_buffer_is_sole(column->pins[i]);
    }
    return is_ours;
}

static int
visit_column(const oz_column *column, oz_object_visit visit, void *context)
{
    const oz_object *objects = column->values;
    int stop = 0;
    if (column->type == OZ_OBJECT && is_ours_alone(column)) {
        for (int64_t row = 0; row < column->length && stop == 0; row++) {
            stop = objects[row] == NULL ? 0 : visit(objects[row], context);
        }
    }
    return stop;
}

int
ozi_batch_visit(const oz_batch *batch, oz_object_visit visit, void *context)
{
    uint32_t count = batch != NULL && batch->references == 1 ? batch->column_count : 0;
    int stop = 0;
    for (uint32_t i = 0; i < count && stop == 0; i++) {
        stop = visit_column(batch->columns[i], visit, context);
    }
    return stop;
}
