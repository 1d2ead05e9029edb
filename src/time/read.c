#include "time/read.h"

#include <string.h>

#include "time/instant.h"

static oz_status
not_a_time(const oz_scalar *value, oz_error *error)
{
    const char *kind = value->kind == OZ_SCALAR_NULL     ? "none"
                       : value->kind == OZ_SCALAR_BOOL   ? "a bool"
                       : value->kind == OZ_SCALAR_OBJECT ? "an object"
                                                         : "a text";
    return oz_error_set(error, OZ_BAD_RECORD,
                        "its event time is %s; wanted are seconds since 1970, or a time", kind);
}

static oz_status
out_of_range(oz_error *error)
{
    return oz_error_set(error, OZ_BAD_RECORD,
                        "its event time lies outside of the years 1678 to 2261; "
                        "wanted are seconds since 1970");
}

static oz_status
time_of_scalar(const oz_scalar *value, int64_t *ns, oz_error *error)
{
    switch (value->kind) {
    case OZ_SCALAR_TIME:
        *ns = value->as.int64;
        return OZ_OK;
    case OZ_SCALAR_INT64:
        return ozi_instant_of_int64(value->as.int64, ns) ? OZ_OK : out_of_range(error);
    case OZ_SCALAR_FLOAT64:
        return ozi_instant_of_float64(value->as.float64, ns) ? OZ_OK : out_of_range(error);
    default:
        return not_a_time(value, error);
    }
}

/* What `convert` makes of an object; an INT64, as which it borrows nothing. */
static oz_status
call_convert(const ozi_time_reader *reader, oz_object object, oz_scalar *out)
{
    oz_one one;
    oz_object result = NULL;
    const oz_object_class *objects = reader->column->objects;
    oz_call call = {.kind = OZ_CALL_MAP, .stop = 1, .objects = &result, .room = 1};
    call.alloc = reader->alloc;
    call.batch = oz_batch_one(&one, reader->alloc, objects, object, NULL);
    OZ_TRY(reader->convert->call(reader->convert->self, &call, reader->error));
    if (call.column == NULL) {
        objects->unbox(result, out);
        objects->release(result);
        return OZ_OK;
    }
    oz_status status = oz_column_scalar(call.column, 0, out);
    oz_column_release(&call.column);
    return status;
}

static oz_status
time_of_object(const ozi_time_reader *reader, oz_object object, int64_t *ns)
{
    oz_scalar scalar;
    reader->column->objects->unbox(object, &scalar);
    if (scalar.kind != OZ_SCALAR_OBJECT || reader->convert == NULL) {
        return time_of_scalar(&scalar, ns, reader->error);
    }
    OZ_TRY(call_convert(reader, object, &scalar));
    *ns = scalar.as.int64;
    return scalar.kind == OZ_SCALAR_INT64 ? OZ_OK : out_of_range(reader->error);
}

static oz_status
time_of_row(const ozi_time_reader *reader, int64_t row, int64_t *ns)
{
    oz_scalar scalar;
    if (oz_column_scalar(reader->column, row, &scalar) != OZ_OK) {
        scalar.kind = OZ_SCALAR_OBJECT; /* a LIST or STRUCT */
        return not_a_time(&scalar, reader->error);
    }
    if (scalar.kind == OZ_SCALAR_OBJECT) {
        return time_of_object(reader, scalar.as.object, ns);
    }
    return time_of_scalar(&scalar, ns, reader->error);
}

/* The rows of a column of numbers without NULLs, as far as they can be told. */
static int64_t
read_numbers(const oz_column *column, int64_t row, int64_t *times)
{
    const int64_t *integers = column->values;
    const double *floats = column->values;
    int64_t end = column->length;
    switch (column->type) {
    case OZ_TIME:
        memcpy(times + row, integers + row, (size_t)(end - row) * sizeof *times);
        return end;
    case OZ_INT64:
        while (row < end && ozi_instant_of_int64(integers[row], &times[row])) {
            row++;
        }
        return row;
    case OZ_FLOAT64:
        while (row < end && ozi_instant_of_float64(floats[row], &times[row])) {
            row++;
        }
        return row;
    default:
        return row;
    }
}

oz_status
ozi_times_read(const ozi_time_reader *reader, int64_t row, int64_t *times, int64_t *end)
{
    oz_status status = OZ_OK;
    if (reader->column->validity == NULL) {
        row = read_numbers(reader->column, row, times);
    }
    while (row < reader->column->length && status == OZ_OK) {
        status = time_of_row(reader, row, &times[row]);
        row += status == OZ_OK;
    }
    *end = row;
    return status;
}
