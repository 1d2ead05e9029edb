/*
 * Batches out as an Arrow stream. All of them are looked through before the first is handed out,
 * because a stream has one schema: objects become native, and columns without any value take the
 * type that they have elsewhere.
 */
#include <errno.h>

#include "base/alloc.h"
#include "batch/arrow_write.h"
#include "batch/batch.h"
#include "batch/column_names.h"

typedef struct stream_block {
    const oz_alloc *alloc;
    size_t size;
    uint32_t count;
    uint32_t next;
    oz_error error;
    const oz_batch *batches[];
} stream_block;

static int
errno_of(oz_status status)
{
    return status == OZ_OK ? 0 : status == OZ_NO_MEMORY ? ENOMEM : EINVAL;
}

static int
stream_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    stream_block *block = stream->private_data;
    struct ArrowArray array;
    oz_status status = oz_batch_export(block->batches[0], out, &array, &block->error);
    if (status == OZ_OK) {
        array.release(&array);
    }
    return errno_of(status);
}

static int
stream_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
    stream_block *block = stream->private_data;
    out->release = NULL;
    if (block->next == block->count) {
        return 0;
    }
    oz_status status = oz_batch_export(block->batches[block->next], NULL, out, &block->error);
    block->next += status == OZ_OK;
    return errno_of(status);
}

static const char *
stream_error(struct ArrowArrayStream *stream)
{
    return ((const stream_block *)stream->private_data)->error.text;
}

static void
block_free(stream_block *block)
{
    for (uint32_t i = 0; i < block->count; i++) {
        oz_batch_release(&block->batches[i]);
    }
    ozi_alloc_free(block->alloc, block, block->size);
}

static void
stream_release(struct ArrowArrayStream *stream)
{
    block_free(stream->private_data);
    stream->release = NULL;
}

/* The same batch with native columns where that is possible, and without row data. */
static oz_status
make_native(const oz_batch *batch, const oz_batch **out)
{
    oz_batch *native;
    oz_status status =
        ozi_batch_begin(batch->alloc, batch->column_count, batch->names, batch->row_count, &native);
    if (status != OZ_OK) {
        return status;
    }
    for (uint32_t i = 0; i < batch->column_count && status == OZ_OK; i++) {
        const oz_column *column = NULL;
        status = oz_column_to_native(batch->columns[i], &column);
        ozi_batch_set_column(native, i, column);
    }
    return ozi_batch_finish(status, native, out);
}

static oz_status
describe_column(const oz_batch *batch, uint32_t index, oz_error *error, const char *what)
{
    if (batch->names != NULL) {
        return oz_error_set(error, OZ_INVALID, "column '%s' %s", batch->names[index], what);
    }
    return oz_error_set(error, OZ_INVALID, "column %u %s", index, what);
}

/* The first column in place `index` that has a type; that of the first batch when none has. */
static const oz_column *
model_of(const stream_block *block, uint32_t index)
{
    for (uint32_t i = 0; i < block->count; i++) {
        if (block->batches[i]->columns[index]->type != OZ_OBJECT) {
            return block->batches[i]->columns[index];
        }
    }
    return block->batches[0]->columns[index];
}

/* Makes column `index` of a batch of our own like the model. */
static oz_status
even_column(const oz_batch *batch, uint32_t index, const oz_column *model, oz_error *error)
{
    const oz_column *column = batch->columns[index];
    if (column->type == OZ_OBJECT && !ozi_arrow_is_nothing(column)) {
        return describe_column(batch, index, error, "has objects that are not of one native type");
    }
    if (ozi_column_same_shape(column, model)) {
        return OZ_OK;
    }
    if (column->type != OZ_OBJECT || model->child_count > 0) {
        return describe_column(batch, index, error, "has not the same type in all batches");
    }
    const oz_column *nulls = NULL;
    OZ_TRY(ozi_column_of_nulls(batch->alloc, model->type, batch->row_count, &nulls));
    ozi_batch_set_column((oz_batch *)(uintptr_t)batch, index, nulls);
    oz_column_release(&column);
    return OZ_OK;
}

static oz_status
even_out(const stream_block *block, oz_error *error)
{
    const oz_batch *first = block->batches[0];
    for (uint32_t i = 1; i < block->count; i++) {
        const oz_batch *batch = block->batches[i];
        if (batch->column_count != first->column_count ||
            !ozi_column_names_equal(batch->names, first->names, first->column_count)) {
            return oz_error_set(error, OZ_INVALID, "batches whose columns have different names");
        }
    }
    for (uint32_t index = 0; index < first->column_count; index++) {
        const oz_column *model = oz_column_retain(model_of(block, index));
        oz_status status = OZ_OK;
        for (uint32_t i = 0; i < block->count && status == OZ_OK; i++) {
            status = even_column(block->batches[i], index, model, error);
        }
        oz_column_release(&model);
        OZ_TRY(status);
    }
    return OZ_OK;
}

static oz_status
collect(stream_block *block, const oz_batch *const *batches, uint32_t count, oz_error *error)
{
    for (uint32_t i = 0; i < count; i++) {
        OZ_TRY(make_native(batches[i], &block->batches[i]));
        block->count = i + 1;
    }
    return even_out(block, error);
}

oz_status
oz_batches_export(const oz_batch *const *batches, uint32_t count, struct ArrowArrayStream *out,
                  oz_error *error)
{
    if (count == 0) {
        return oz_error_set(error, OZ_INVALID, "an Arrow stream of no batches has no schema");
    }
    const oz_alloc *alloc = batches[0]->alloc;
    size_t size = sizeof(stream_block) + count * sizeof(oz_batch *);
    stream_block *block = ozi_alloc_zero(alloc, size);
    oz_status status = block == NULL ? OZ_NO_MEMORY : OZ_OK;
    if (status == OZ_OK) {
        block->alloc = alloc;
        block->size = size;
        status = collect(block, batches, count, error);
    }
    if (status == OZ_OK) {
        *out = (struct ArrowArrayStream){.get_schema = stream_schema,
                                         .get_next = stream_next,
                                         .get_last_error = stream_error,
                                         .release = stream_release,
                                         .private_data = block};
        return OZ_OK;
    }
    if (block != NULL) {
        block_free(block);
    }
    if (status == OZ_NO_MEMORY) {
        return oz_error_set(error, status, "no memory to export batches");
    }
    return status;
}
