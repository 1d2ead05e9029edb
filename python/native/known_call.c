/*
 * Running a known function over a batch of native columns.
 *
 *   kernel | Python | kernel | Python ...      until all rows are treated
 *
 * Where the kernel stops, the function itself takes a few rows: one at first, twice as many each
 * time that the kernel comes back after less than KERNEL_ROWS_MIN rows. Most batches need no
 * Python at all, and then the kernel's column is the result as it is.
 */
#include "callback.h"

enum { KERNEL_ROWS_MIN = 8, PYTHON_ROWS_MAX = 1024, NUMBERS_MIN = 8 };

/* ---- which kernel ---------------------------------------------------------------------------- */

static const oz_kernel *
kernel_for(pyoz_callback *self, const oz_call *call)
{
    pyoz_known *known = &self->known;
    const oz_batch *batch = call->batch;
    bool is_getter = strcmp(known->name, "operator.itemgetter") == 0;
    if (batch->column_count == 0 || (batch->column_count > 1 && self->is_star == is_getter)) {
        return NULL; /* rows that are tuples: only itemgetter treats them so */
    }
    oz_type type = batch->columns[0]->type;
    if (known->kernel == NULL || known->kind != call->kind || known->type != type) {
        known->kernel = oz_kernel_find(known->name, call->kind, type);
        if (known->kernel == NULL) {
            known->kernel = oz_kernel_find(known->name, call->kind, OZ_ANY);
        }
        known->kind = call->kind;
        known->type = type;
    }
    return known->kernel;
}

/* The kernel over the rows of `part`; UNSUPPORTED (no row treated) is an answer of no rows. */
static oz_status
run_kernel(pyoz_callback *self, const oz_kernel *kernel, oz_call *part, oz_error *error)
{
    part->end = part->begin;
    part->count = 0;
    part->column = NULL;
    oz_status status = kernel->run(self->known.arguments, self->known.argument_count, part, error);
    if (status == OZ_UNSUPPORTED) {
        if (error != NULL) {
            error->status = OZ_OK;
        }
        return OZ_OK;
    }
    for (int64_t i = 0; status == OZ_OK && self->is_negated && i < part->end - part->begin; i++) {
        part->truths[i] ^= 1;
    }
    return status;
}

static oz_status
run_python(pyoz_callback *self, oz_call *part, oz_error *error)
{
    bool foreign = pyoz_gil_take();
    oz_status status = pyoz_call_python(self, part, error);
    pyoz_gil_leave(foreign);
    return status;
}

/* ---- putting the pieces of map together ------------------------------------------------------ */

static oz_status
append_column(oz_builder *builder, const oz_column *column)
{
    if (column->type == OZ_LIST || column->type == OZ_STRUCT) { /* no scalars: objects instead */
        const oz_column *objects = NULL;
        OZ_TRY(oz_column_to_objects(column, &pyoz_objects, &objects));
        oz_status status = append_column(builder, objects);
        oz_column_release(&objects);
        return status;
    }
    OZ_TRY(oz_builder_pin_column(builder, column));
    for (int64_t row = 0; row < column->length; row++) {
        oz_scalar scalar;
        if (column->type == OZ_STRING && !oz_column_is_null(column, row)) {
            OZ_TRY(oz_builder_append_view(builder, ((const oz_view *)column->values)[row]));
        } else {
            OZ_TRY(oz_column_scalar(column, row, &scalar));
            OZ_TRY(oz_builder_append(builder, &scalar));
        }
    }
    return OZ_OK;
}

/* Objects of an exact native type are appended as such; the builder decides what it becomes. */
static oz_status
append_objects(oz_builder *builder, oz_object *objects, int64_t count)
{
    oz_status status = OZ_OK;
    bool foreign = pyoz_gil_take();
    for (int64_t i = 0; i < count; i++) {
        oz_scalar scalar;
        if (status == OZ_OK) {
            pyoz_to_scalar(objects[i], &scalar);
            status = oz_builder_append(builder, &scalar);
        }
        Py_DECREF((PyObject *)objects[i]);
    }
    pyoz_gil_leave(foreign);
    return status;
}

static oz_status
append_piece(oz_builder *builder, oz_call *part)
{
    if (part->kind != OZ_CALL_MAP) {
        return OZ_OK;
    }
    if (part->column == NULL) {
        return append_objects(builder, part->objects, part->count);
    }
    oz_status status = append_column(builder, part->column);
    oz_column_release(&part->column);
    return status;
}

/* The rows that were treated lie behind. */
static void
advance(oz_call *part)
{
    if (part->truths != NULL) {
        part->truths += part->end - part->begin;
    }
    part->begin = part->end;
}

/* ---- the alternation ------------------------------------------------------------------------- */

/* One turn of Python, then one of the kernel, each over the rows from part->begin on. */
static oz_status
take_turns(pyoz_callback *self, const oz_kernel *kernel, oz_call *part, oz_builder *builder,
           int64_t *python_rows, oz_error *error)
{
    int64_t stop = part->stop;
    int64_t most = part->begin + *python_rows;
    part->stop = most < stop ? most : stop;
    oz_status status = run_python(self, part, error);
    oz_status appended = append_piece(builder, part);
    part->stop = stop;
    OZ_TRY(status);
    OZ_TRY(appended);
    advance(part);
    OZ_TRY(run_kernel(self, kernel, part, error));
    OZ_TRY(append_piece(builder, part));
    bool is_slow = part->end - part->begin < KERNEL_ROWS_MIN;
    *python_rows = !is_slow                         ? 1
                   : *python_rows < PYTHON_ROWS_MAX ? 2 * *python_rows
                                                    : PYTHON_ROWS_MAX;
    return OZ_OK;
}

/* The kernel stopped at call->end: goes on from there, row by row or in turns. */
static oz_status
finish_rows(pyoz_callback *self, const oz_kernel *kernel, oz_call *call, oz_error *error)
{
    oz_builder *builder = oz_builder_new(call->alloc, OZ_ANY, &pyoz_objects);
    if (builder == NULL) {
        oz_column_release(&call->column);
        return OZ_NO_MEMORY;
    }
    oz_call part = *call;
    int64_t python_rows = 1;
    oz_status status = call->end > call->begin ? append_piece(builder, &part) : OZ_OK;
    while (status == OZ_OK && part.end < call->stop) {
        advance(&part);
        status = take_turns(self, kernel, &part, builder, &python_rows, error);
    }
    call->end = part.end;
    call->column = NULL;
    call->count = 0;
    if (call->kind == OZ_CALL_MAP && call->end > call->begin &&
        (status == OZ_OK || status == OZ_BAD_RECORD)) {
        call->count = call->end - call->begin;
        oz_status finished = oz_builder_finish(builder, &call->column);
        status = finished == OZ_OK ? status : finished;
    }
    oz_builder_free(&builder);
    return status;
}

/* flat_map: what the kernel gave goes on at once; the row that it left is Python's alone. */
static oz_status
expand_rows(pyoz_callback *self, oz_call *call, oz_error *error)
{
    if (call->end > call->begin) {
        return OZ_OK;
    }
    int64_t stop = call->stop;
    call->stop = call->begin + 1;
    oz_status status = run_python(self, call, error);
    call->stop = stop;
    return status;
}

/* By a kernel, when there is one for the columns as they are. */
static bool
call_native(pyoz_callback *self, oz_call *call, oz_error *error, oz_status *status)
{
    bool has_rest = call->kind == OZ_CALL_EXPAND && call->resume != NULL && *call->resume != NULL;
    const oz_kernel *kernel = has_rest ? NULL : kernel_for(self, call);
    if (kernel == NULL) {
        return false;
    }
    *status = run_kernel(self, kernel, call, error);
    if (*status == OZ_INVALID) { /* arguments that it does not know: Python says what is wrong */
        self->known.name = NULL;
        return false;
    }
    if (*status == OZ_OK && call->end < call->stop) {
        *status = call->kind == OZ_CALL_EXPAND ? expand_rows(self, call, error)
                                               : finish_rows(self, kernel, call, error);
    }
    return true;
}

/* ---- numbers that are objects ---------------------------------------------------------------- */

/*
 * A batch of the same numbers as a native column; NULL when they are not all int, float or bool, of
 * one type. Making the objects of the results costs less than as many calls, which is not so of
 * text. For a call that begins in the middle, after a row that failed, it would be done again.
 */
static const oz_batch *
numbers_of(const oz_call *call)
{
    const oz_batch *batch = call->batch;
    const oz_batch *numbers = NULL;
    const oz_column *column = NULL;
    oz_scalar first;
    if (call->begin > 0 || call->stop < NUMBERS_MIN || call->kind == OZ_CALL_EXPAND ||
        batch->columns[0]->validity != NULL || batch->names != NULL) {
        return NULL;
    }
    bool foreign = pyoz_gil_take();
    pyoz_to_scalar(*(PyObject *const *)batch->columns[0]->values, &first);
    bool is_number = first.kind == OZ_SCALAR_INT64 || first.kind == OZ_SCALAR_FLOAT64 ||
                     first.kind == OZ_SCALAR_BOOL;
    oz_status status = is_number ? oz_column_to_native(batch->columns[0], &column) : OZ_OK;
    pyoz_gil_leave(foreign);
    if (column != NULL && status == OZ_OK && column->type != OZ_OBJECT) {
        status = oz_batch_new(call->alloc, &column, batch->names, 1, NULL, &numbers);
    }
    oz_column_release(&column);
    return status == OZ_OK ? numbers : NULL;
}

bool
pyoz_known_call(pyoz_callback *self, oz_call *call, oz_error *error, oz_status *status)
{
    const oz_batch *batch = call->batch;
    if (batch->column_count != 1 || batch->columns[0]->type != OZ_OBJECT) {
        return call_native(self, call, error, status);
    }
    const oz_batch *numbers = numbers_of(call);
    if (numbers == NULL) {
        return false;
    }
    call->batch = numbers;
    bool is_called = call_native(self, call, error, status);
    call->batch = batch;
    oz_batch_release(&numbers);
    return is_called;
}
