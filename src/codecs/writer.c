/* The writer: see writer.h. */
#include "codecs/writer.h"

#include "base/utf8.h"

enum { VIEWS_MAX = 64 }; /* rows of an OBJECT column that are given to the codec at once */

/* What a message calls a value that is not text. */
static const char *const kind_names[] = {
    [OZ_SCALAR_NULL] = "None",       [OZ_SCALAR_BOOL] = "a bool",      [OZ_SCALAR_INT64] = "an int",
    [OZ_SCALAR_FLOAT64] = "a float", [OZ_SCALAR_TIME] = "a time",      [OZ_SCALAR_STRING] = "text",
    [OZ_SCALAR_BYTES] = "bytes",     [OZ_SCALAR_OBJECT] = "an object",
};

static oz_status
not_text(oz_scalar_kind kind, oz_error *error)
{
    return oz_error_set(error, OZ_BAD_RECORD,
                        "%s cannot be written: only text and bytes can (map(str) makes text)",
                        kind_names[kind]);
}

/* The view of a scalar that is text or bytes. Text from a host may hold lone surrogates. */
static oz_status
view_of(const oz_scalar *value, oz_view *out, oz_error *error)
{
    if (value->kind != OZ_SCALAR_STRING && value->kind != OZ_SCALAR_BYTES) {
        return not_text(value->kind, error);
    }
    if (value->kind == OZ_SCALAR_STRING &&
        ozi_utf8_check(value->as.data, value->size, NULL) < value->size) {
        return oz_error_set(error, OZ_BAD_RECORD,
                            "text with a lone surrogate cannot be written as UTF-8");
    }
    *out = (oz_view){value->as.data, value->size, 0};
    return OZ_OK;
}

/* Rows [row, ...) up to the first that cannot be written, as they lie in memory. */
static oz_status
write_text(const oz_codec *codec, const oz_column *column, int64_t *row, oz_bytes *out,
           oz_error *error)
{
    const oz_view *views = column->values;
    while (*row < column->length) {
        int64_t stop = *row;
        while (stop < column->length && !oz_column_is_null(column, stop)) {
            stop += column->validity == NULL ? column->length - stop : 1;
        }
        int64_t done = 0;
        oz_status status = codec->encode(codec, views + *row, stop - *row, out, &done, error);
        *row += done;
        OZ_TRY(status);
        if (*row < column->length) {
            return not_text(OZ_SCALAR_NULL, error);
        }
    }
    return OZ_OK;
}

/* Views of OBJECT rows [row, ...), up to the first that has none (the status says why). */
static oz_status
collect(const oz_column *column, int64_t row, oz_view *views, int64_t *count, oz_error *error)
{
    const oz_object *objects = column->values;
    for (*count = 0; *count < VIEWS_MAX && row + *count < column->length; (*count)++) {
        oz_scalar value = {.kind = OZ_SCALAR_NULL};
        if (!oz_column_is_null(column, row + *count)) {
            column->objects->unbox(objects[row + *count], &value);
        }
        OZ_TRY(view_of(&value, &views[*count], error));
    }
    return OZ_OK;
}

static oz_status
write_objects(const oz_codec *codec, const oz_column *column, int64_t *row, oz_bytes *out,
              oz_error *error)
{
    while (*row < column->length) {
        oz_view views[VIEWS_MAX];
        int64_t count;
        int64_t done = 0;
        oz_status why = collect(column, *row, views, &count, error);
        oz_status status = codec->encode(codec, views, count, out, &done, error);
        *row += done;
        OZ_TRY(status);
        OZ_TRY(why);
    }
    return OZ_OK;
}

oz_status
ozi_write_rows(const oz_codec *codec, const oz_batch *batch, int64_t *row, oz_bytes *out,
               oz_error *error)
{
    if (*row >= batch->row_count) {
        return OZ_OK;
    }
    if (batch->column_count != 1) {
        return oz_error_set(error, OZ_BAD_RECORD,
                            "a row of %u values cannot be written: make one text of it first, for "
                            "example with starmap(\"{} => {}\".format)",
                            batch->column_count);
    }
    const oz_column *column = batch->columns[0];
    switch (column->type) {
    case OZ_STRING:
    case OZ_BYTES:
        return write_text(codec, column, row, out, error);
    case OZ_OBJECT:
        return write_objects(codec, column, row, out, error);
    default: {
        oz_scalar value = {.kind = OZ_SCALAR_OBJECT};
        (void)!oz_column_scalar(column, *row, &value);
        return not_text(value.kind, error);
    }
    }
}
