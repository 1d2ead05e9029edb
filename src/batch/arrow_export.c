/* Batches out as Arrow arrays; see arrow_write.h. */
#include "base/alloc.h"
#include "batch/arrow_write.h"
#include "batch/bits.h"
#include "batch/buffer.h"

static void
array_release(struct ArrowArray *array)
{
    ozi_arrow_block *block = array->private_data;
    for (int64_t i = 0; i < array->n_children; i++) {
        if (array->children[i]->release != NULL) {
            array->children[i]->release(array->children[i]);
        }
    }
    array->release = NULL;
    oz_buffer_release(&block->made[0]);
    oz_buffer_release(&block->made[1]);
    oz_column_release(&block->column);
    oz_batch_release(&block->batch);
    ozi_alloc_free(block->alloc, block, block->size);
}

/* An array with room for `children`, none of which is there yet. */
static oz_status
array_new(const oz_alloc *alloc, int64_t length, uint32_t children, struct ArrowArray *out)
{
    size_t size = sizeof(ozi_arrow_block) +
                  children * (sizeof(struct ArrowArray *) + sizeof(struct ArrowArray));
    ozi_arrow_block *block = ozi_alloc_zero(alloc, size);
    if (block == NULL) {
        return OZ_NO_MEMORY;
    }
    block->alloc = alloc;
    block->size = size;
    struct ArrowArray *structs = (struct ArrowArray *)(void *)(block->pointers + children);
    for (uint32_t i = 0; i < children; i++) {
        block->pointers[i] = &structs[i];
    }
    *out = (struct ArrowArray){.length = length,
                               .n_buffers = 1,
                               .buffers = block->buffers,
                               .children = children == 0 ? NULL : block->pointers,
                               .release = array_release,
                               .private_data = block};
    return OZ_OK;
}

/* A buffer of `count` items for `buffers[index]`, `index` 1 or 2. */
static oz_status
make_buffer(ozi_arrow_block *block, int index, int64_t count, size_t item_size)
{
    oz_buffer *buffer = ozi_buffer_array(block->alloc, count, item_size);
    if (buffer == NULL) {
        return OZ_NO_MEMORY;
    }
    block->made[index - 1] = buffer;
    block->buffers[index] = buffer->data;
    return OZ_OK;
}

static oz_status
write_bools(struct ArrowArray *array)
{
    ozi_arrow_block *block = array->private_data;
    const uint8_t *values = block->column->values;
    OZ_TRY(make_buffer(block, 1, (int64_t)ozi_bits_bytes(array->length), 1));
    uint8_t *bits = (uint8_t *)block->made[0]->data;
    memset(bits, 0, ozi_bits_bytes(array->length));
    for (int64_t i = 0; i < array->length; i++) {
        bits[i >> 3] = (uint8_t)(bits[i >> 3] | (values[i] != 0) << (i & 7));
    }
    array->n_buffers = 2;
    return OZ_OK;
}

static oz_status
write_text(struct ArrowArray *array)
{
    ozi_arrow_block *block = array->private_data;
    const oz_view *views = block->column->values;
    OZ_TRY(make_buffer(block, 1, array->length + 1, sizeof(int64_t)));
    int64_t *offsets = (int64_t *)(void *)block->made[0]->data;
    offsets[0] = 0;
    for (int64_t i = 0; i < array->length; i++) {
        offsets[i + 1] = offsets[i] + (oz_column_is_null(block->column, i) ? 0 : views[i].size);
    }
    OZ_TRY(make_buffer(block, 2, offsets[array->length], 1));
    for (int64_t i = 0; i < array->length; i++) {
        if (offsets[i + 1] > offsets[i]) {
            memcpy(block->made[1]->data + offsets[i], views[i].data,
                   (size_t)(offsets[i + 1] - offsets[i]));
        }
    }
    array->n_buffers = 3;
    return OZ_OK;
}

static oz_status
write_column(const oz_column *column, struct ArrowArray *out, oz_error *error);

static oz_status
write_children(struct ArrowArray *array, const oz_column *const *columns, const char *const *names,
               uint32_t count, oz_error *error)
{
    for (uint32_t i = 0; i < count; i++) {
        oz_status status = write_column(columns[i], array->children[i], error);
        if (status != OZ_OK) {
            if (names != NULL) {
                (void)oz_error_context(error, "column '%s'", names[i]);
            } else {
                (void)oz_error_context(error, "column %u", i);
            }
            return status;
        }
        array->n_children = i + 1;
    }
    return OZ_OK;
}

static oz_status
write_values(struct ArrowArray *array, oz_error *error)
{
    ozi_arrow_block *block = array->private_data;
    const oz_column *column = block->column;
    switch (column->type) {
    case OZ_BOOL:
        return write_bools(array);
    case OZ_STRING:
    case OZ_BYTES:
        return write_text(array);
    case OZ_STRUCT:
        break;
    case OZ_OBJECT:
        array->n_buffers = 0;
        break;
    default:
        block->buffers[1] = column->values;
        array->n_buffers = 2;
        break;
    }
    return write_children(array, column->children, column->child_names, column->child_count, error);
}

bool
ozi_arrow_is_nothing(const oz_column *column)
{
    const oz_object *objects = column->values;
    for (int64_t i = 0; i < column->length; i++) {
        oz_scalar scalar;
        column->objects->unbox(objects[i], &scalar);
        if (scalar.kind != OZ_SCALAR_NULL) {
            return false;
        }
    }
    return true;
}

static int64_t
null_count(const oz_column *column)
{
    if (column->type == OZ_OBJECT) {
        return column->length;
    }
    if (column->validity == NULL) {
        return 0;
    }
    return column->length - ozi_bits_count(column->validity, 0, column->length);
}

static oz_status
write_column(const oz_column *column, struct ArrowArray *out, oz_error *error)
{
    const oz_column *native = NULL;
    OZ_TRY(oz_column_to_native(column, &native));
    if (native->type == OZ_OBJECT && !ozi_arrow_is_nothing(native)) {
        oz_column_release(&native);
        return oz_error_set(error, OZ_INVALID, "objects that are not all of one native type");
    }
    oz_status status = array_new(native->alloc, native->length, native->child_count, out);
    if (status != OZ_OK) {
        oz_column_release(&native);
        return status;
    }
    ozi_arrow_block *block = out->private_data;
    block->column = native;
    block->buffers[0] = native->validity;
    out->null_count = null_count(native);
    status = write_values(out, error);
    if (status != OZ_OK) {
        out->release(out);
    }
    return status;
}

/* The batch as a struct array; the schema after it. */
static oz_status
write_batch(const oz_batch *batch, struct ArrowSchema *schema, struct ArrowArray *array,
            oz_error *error)
{
    OZ_TRY(array_new(batch->alloc, batch->row_count, batch->column_count, array));
    ozi_arrow_block *block = array->private_data;
    block->batch = oz_batch_retain(batch);
    oz_status status = block->batch == NULL ? OZ_NO_MEMORY : OZ_OK;
    if (status == OZ_OK) {
        status =
            write_children(array, block->batch->columns, batch->names, batch->column_count, error);
    }
    if (status == OZ_OK && schema != NULL) {
        status = ozi_arrow_schema_of(array, "", schema);
    }
    if (status != OZ_OK) {
        array->release(array);
    }
    return status;
}

oz_status
oz_batch_export(const oz_batch *batch, struct ArrowSchema *schema, struct ArrowArray *array,
                oz_error *error)
{
    (void)oz_error_set(error, OZ_OK, "%s", ""); /* there is something to put a context before */
    oz_status status = write_batch(batch, schema, array, error);
    if (status == OZ_NO_MEMORY) {
        return oz_error_set(error, status, "no memory to export a batch");
    }
    return status;
}
