/*
 * Rows as objects of the host language. Scalars are handed to the class as they are; a LIST or
 * STRUCT inside another is boxed first and goes in as an object.
 */
#include "base/vec.h"
#include "batch/column.h"

/* The scalars of the row at work, and below them those of the rows around it. */
typedef struct boxer {
    const oz_object_class *objects;
    ozi_vec scalars;
} boxer;

static oz_status
box_value(boxer *box, const oz_column *column, int64_t row, oz_object *out);

static bool
is_nested(const oz_column *column)
{
    return column->type == OZ_LIST || column->type == OZ_STRUCT;
}

/* Puts a value on the scratch stack; one that is nested as an object of its own. */
static oz_status
push_value(boxer *box, const oz_column *column, int64_t row)
{
    oz_scalar scalar = {.kind = OZ_SCALAR_NULL};
    if (is_nested(column)) {
        scalar.kind = OZ_SCALAR_OBJECT;
        OZ_TRY(box_value(box, column, row, &scalar.as.object));
    } else if (!oz_column_is_null(column, row)) {
        ozi_column_value(column, row, &scalar);
    }
    oz_scalar *slot = ozi_vec_push(&box->scalars);
    if (slot == NULL) {
        if (is_nested(column)) {
            box->objects->release(scalar.as.object);
        }
        return OZ_NO_MEMORY;
    }
    *slot = scalar;
    return OZ_OK;
}

/* Takes the values from `first` on off the stack. `column_of` a value tells whether it is ours. */
static void
pop_values(boxer *box, size_t first, const oz_column *const *columns, bool same_column)
{
    const oz_scalar *scalars = box->scalars.items;
    for (size_t i = first; i < box->scalars.count; i++) {
        if (is_nested(columns[same_column ? 0 : i - first])) {
            box->objects->release(scalars[i].as.object);
        }
    }
    box->scalars.count = first;
}

static oz_status
box_list(boxer *box, const oz_column *column, int64_t row, oz_object *out)
{
    const int64_t *offsets = column->values;
    size_t first = box->scalars.count;
    oz_status status = OZ_OK;
    for (int64_t i = offsets[row]; i < offsets[row + 1] && status == OZ_OK; i++) {
        status = push_value(box, column->children[0], i);
    }
    if (status == OZ_OK) {
        const oz_scalar *scalars = (const oz_scalar *)box->scalars.items + first;
        uint32_t count = (uint32_t)(box->scalars.count - first);
        scalars = count == 0 ? NULL : scalars;
        status = box->objects->box_list != NULL ? box->objects->box_list(scalars, count, out)
                                                : box->objects->box_row(scalars, NULL, count, out);
    }
    pop_values(box, first, column->children, true);
    return status;
}

/* One row of several columns: the fields of a STRUCT, or a batch. */
static oz_status
box_fields(boxer *box, const oz_column *const *columns, const char *const *names, uint32_t count,
           int64_t row, oz_object *out)
{
    size_t first = box->scalars.count;
    oz_status status = OZ_OK;
    for (uint32_t i = 0; i < count && status == OZ_OK; i++) {
        status = push_value(box, columns[i], row);
    }
    if (status == OZ_OK) {
        const oz_scalar *scalars = (const oz_scalar *)box->scalars.items;
        scalars = count == 0 ? NULL : scalars + first;
        status = box->objects->box_row(scalars, names, count, out);
    }
    pop_values(box, first, columns, false);
    return status;
}

static oz_status
box_value(boxer *box, const oz_column *column, int64_t row, oz_object *out)
{
    oz_scalar scalar = {.kind = OZ_SCALAR_NULL};
    if (!oz_column_is_null(column, row)) {
        if (column->type == OZ_LIST) {
            return box_list(box, column, row, out);
        }
        if (column->type == OZ_STRUCT) {
            return box_fields(box, column->children, column->child_names, column->child_count, row,
                              out);
        }
        ozi_column_value(column, row, &scalar);
        if (scalar.kind == OZ_SCALAR_OBJECT) {
            *out = box->objects->retain(scalar.as.object);
            return OZ_OK;
        }
    }
    return box->objects->box(&scalar, out);
}

/* A batch is boxed as its only column when that has no name. */
static oz_status
box_batch_row(boxer *box, const oz_batch *batch, int64_t row, oz_object *out)
{
    if (batch->column_count == 1 && batch->names == NULL) {
        return box_value(box, batch->columns[0], row, out);
    }
    return box_fields(box, batch->columns, batch->names, batch->column_count, row, out);
}

oz_status
oz_batch_row_object(const oz_batch *batch, int64_t row, const oz_object_class *objects,
                    oz_object *out)
{
    boxer box = {.objects = objects};
    ozi_vec_init(&box.scalars, batch->alloc, sizeof(oz_scalar));
    oz_status status = box_batch_row(&box, batch, row, out);
    ozi_vec_free(&box.scalars);
    return status;
}

/* Boxes all rows into `array`; none is left there when one fails. */
static oz_status
box_rows(boxer *box, const oz_batch *batch, oz_object *array)
{
    for (int64_t row = 0; row < batch->row_count; row++) {
        oz_status status = box_batch_row(box, batch, row, &array[row]);
        if (status != OZ_OK) {
            if (row > 0) {
                box->objects->release_many(array, row);
            }
            return status;
        }
    }
    return OZ_OK;
}

static oz_status
box_all(const oz_batch *batch, const oz_object_class *objects, const oz_column **out)
{
    oz_object *array = oz_objects_new(batch->alloc, batch->row_count);
    if (array == NULL) {
        return OZ_NO_MEMORY;
    }
    boxer box = {.objects = objects};
    ozi_vec_init(&box.scalars, batch->alloc, sizeof(oz_scalar));
    oz_status status = box_rows(&box, batch, array);
    ozi_vec_free(&box.scalars);
    if (status != OZ_OK) {
        oz_objects_free(batch->alloc, &array, batch->row_count);
        return status;
    }
    return oz_column_of_objects(batch->alloc, objects, &array, batch->row_count, batch->row_count,
                                out);
}

oz_status
oz_batch_to_objects(const oz_batch *batch, const oz_object_class *objects, const oz_column **out)
{
    if (batch->column_count == 1 && batch->names == NULL) {
        return oz_column_to_objects(batch->columns[0], objects, out);
    }
    return box_all(batch, objects, out);
}

oz_status
oz_column_to_objects(const oz_column *column, const oz_object_class *objects, const oz_column **out)
{
    if (column->type == OZ_OBJECT) {
        *out = oz_column_retain(column);
        return *out == NULL ? OZ_NO_MEMORY : OZ_OK;
    }
    const oz_batch batch = {.column_count = 1,
                            .row_count = column->length,
                            .columns = &column,
                            .alloc = column->alloc};
    return box_all(&batch, objects, out);
}
