#include "sql/cells.h"

#include <string.h>

#include "base/utf8.h"

/* ---- appending ------------------------------------------------------------------------------- */

static void
put(oz_bytes *out, const void *data, size_t size)
{
    memcpy(out->data + out->end, data, size);
    out->end += size;
}

static oz_status
append_cell(const oz_scalar *cell, oz_bytes *out, oz_error *error)
{
    bool is_text = cell->kind == OZ_SCALAR_STRING || cell->kind == OZ_SCALAR_BYTES;
    uint8_t kind = (uint8_t)cell->kind;
    if (oz_bytes_reserve(out, 1 + sizeof(uint64_t) + (is_text ? cell->size : 0)) != OZ_OK) {
        return oz_error_set(error, OZ_NO_MEMORY, "out of memory");
    }
    put(out, &kind, 1);
    if (is_text) {
        put(out, &cell->size, sizeof cell->size);
        put(out, cell->as.data, cell->size);
    } else if (cell->kind == OZ_SCALAR_BOOL) {
        uint8_t truth = cell->as.boolean;
        put(out, &truth, 1);
    } else if (cell->kind != OZ_SCALAR_NULL) {
        put(out, &cell->as, sizeof cell->as);
    }
    return OZ_OK;
}

static oz_status
append_text(const char *name, const oz_scalar *text, oz_bytes *out, oz_error *error)
{
    if (ozi_utf8_check(text->as.data, text->size, NULL) < text->size) {
        return oz_error_set(error, OZ_BAD_RECORD,
                            "column '%s': text with a lone surrogate cannot be written as UTF-8",
                            name);
    }
    if (memchr(text->as.data, 0, text->size) != NULL) {
        return oz_error_set(error, OZ_BAD_RECORD,
                            "column '%s': text with a NUL in it cannot be written: as bytes it can",
                            name);
    }
    return append_cell(text, out, error);
}

/* A value that is not native: as its text, where databases read that. */
static oz_status
append_object(const ozi_sql_shape *shape, const char *name, oz_object object, oz_bytes *out,
              oz_error *error)
{
    oz_object text = NULL;
    oz_status status = shape->objects->text(object, &text);
    if (status == OZ_UNSUPPORTED) {
        char shown[80];
        (void)shape->objects->print(object, shown, sizeof shown);
        return oz_error_set(error, OZ_BAD_RECORD,
                            "column '%s': %s is no value of a database: map() makes text of it, "
                            "for example with json.dumps",
                            name, shown);
    }
    if (status == OZ_OK) {
        oz_scalar value;
        shape->objects->unbox(text, &value);
        status = append_text(name, &value, out, error);
        shape->objects->release(text);
    }
    return status;
}

static oz_status
append_value(const ozi_sql_shape *shape, const char *name, const oz_scalar *value, oz_bytes *out,
             oz_error *error)
{
    oz_scalar cell = *value;
    if (value->kind == OZ_SCALAR_OBJECT) {
        shape->objects->unbox(value->as.object, &cell);
    }
    switch (cell.kind) {
    case OZ_SCALAR_STRING:
        return append_text(name, &cell, out, error);
    case OZ_SCALAR_OBJECT:
        return append_object(shape, name, cell.as.object, out, error);
    default:
        return append_cell(&cell, out, error);
    }
}

static oz_status
wrong_count(const ozi_sql_shape *shape, uint32_t count, oz_error *error)
{
    return oz_error_set(error, OZ_BAD_RECORD, "a row of %u values does not fit %u columns", count,
                        shape->count);
}

/* ---- the forms of a row ---------------------------------------------------------------------- */

static oz_status
append_items(const ozi_sql_shape *shape, const oz_object *items, oz_bytes *out, oz_error *error)
{
    for (uint32_t i = 0; i < shape->count; i++) {
        if (items[i] == NULL) {
            return oz_error_set(error, OZ_BAD_RECORD, "the row has no '%s'", shape->names[i]);
        }
        const oz_scalar value = {.kind = OZ_SCALAR_OBJECT, .as.object = items[i]};
        OZ_TRY(append_value(shape, shape->names[i], &value, out, error));
    }
    return OZ_OK;
}

static oz_status
append_single(const ozi_sql_shape *shape, const oz_scalar *value, oz_bytes *out, oz_error *error)
{
    const oz_object *tuple;
    oz_object items[OZI_SQL_COLUMNS_MAX];
    uint32_t arity = 0;
    if (value->kind == OZ_SCALAR_OBJECT) {
        arity = shape->objects->open_tuple(value->as.object, &tuple);
        if (arity == shape->count) {
            return append_items(shape, tuple, out, error);
        }
        if (arity == 0 &&
            shape->objects->open_dict(value->as.object, shape->keys, shape->count, items)) {
            return append_items(shape, items, out, error);
        }
    }
    if (arity > 0 || shape->count != 1) {
        return wrong_count(shape, arity > 0 ? arity : 1, error);
    }
    return append_value(shape, shape->names[0], value, out, error);
}

/* The column of the batch that fills column `index` of the table; NULL: there is none. */
static const oz_column *
column_of(const ozi_sql_shape *shape, const oz_batch *batch, uint32_t index)
{
    if (batch->names == NULL) {
        return batch->columns[index];
    }
    for (uint32_t i = 0; i < batch->column_count; i++) {
        if (batch->names[i] != NULL && strcmp(batch->names[i], shape->names[index]) == 0) {
            return batch->columns[i];
        }
    }
    return NULL;
}

static oz_status
append_columns(const ozi_sql_shape *shape, const oz_batch *batch, int64_t row, oz_bytes *out,
               oz_error *error)
{
    if (batch->names == NULL && batch->column_count != shape->count) {
        return wrong_count(shape, batch->column_count, error);
    }
    for (uint32_t i = 0; i < shape->count; i++) {
        const oz_column *column = column_of(shape, batch, i);
        if (column == NULL) {
            return oz_error_set(error, OZ_BAD_RECORD, "the row has no '%s'", shape->names[i]);
        }
        if (column->type == OZ_LIST || column->type == OZ_STRUCT) {
            return oz_error_set(error, OZ_BAD_RECORD, "column '%s': a %s is no value of a database",
                                shape->names[i], oz_type_name(column->type));
        }
        oz_scalar value;
        oz_column_scalar(column, row, &value);
        OZ_TRY(append_value(shape, shape->names[i], &value, out, error));
    }
    return OZ_OK;
}

oz_status
ozi_cells_append(const ozi_sql_shape *shape, const oz_batch *batch, int64_t row, oz_bytes *out,
                 oz_error *error)
{
    size_t before = out->end;
    oz_status status;
    const oz_column *column = batch->columns[0];
    if (batch->column_count == 1 && batch->names == NULL && column->type == OZ_OBJECT) {
        oz_scalar value;
        oz_column_scalar(column, row, &value);
        status = append_single(shape, &value, out, error);
    } else {
        status = append_columns(shape, batch, row, out, error);
    }
    if (status != OZ_OK) {
        out->end = before;
    }
    return status;
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool
take(ozi_cells *cells, void *to, size_t size)
{
    if ((size_t)(cells->end - cells->at) < size) {
        return false;
    }
    memcpy(to, cells->at, size);
    cells->at += size;
    return true;
}

bool
ozi_cells_next(ozi_cells *cells, oz_scalar *out)
{
    uint8_t kind = 0;
    uint8_t truth = 0;
    if (!take(cells, &kind, 1)) {
        return false;
    }
    *out = (oz_scalar){.kind = (oz_scalar_kind)kind};
    switch (out->kind) {
    case OZ_SCALAR_NULL:
        return true;
    case OZ_SCALAR_BOOL:
        if (!take(cells, &truth, 1)) {
            return false;
        }
        out->as.boolean = truth != 0;
        return true;
    case OZ_SCALAR_INT64:
    case OZ_SCALAR_TIME:
    case OZ_SCALAR_FLOAT64:
        return take(cells, &out->as, sizeof out->as);
    case OZ_SCALAR_STRING:
    case OZ_SCALAR_BYTES:
        if (!take(cells, &out->size, sizeof out->size) ||
            (size_t)(cells->end - cells->at) < out->size) {
            return false;
        }
        out->as.data = cells->at;
        cells->at += out->size;
        return true;
    default:
        return false;
    }
}
