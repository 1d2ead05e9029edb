/*
 * append and put: sinks into a list or dict of the user's, which grows while the graph works.
 *
 * append adds each row to a list. put keeps the last value per key in a dict: the two columns that
 * an aggregate gives; else the key of the row, when it has one, and the row; else a row that is a
 * pair.
 */
#include "gil.h"
#include "graph.h"
#include "objects.h"

typedef struct target_options {
    oz_scalar target;
} target_options;

static const oz_option options[] = {
    {.name = "target",
     .kind = OZ_OPTION_OBJECT,
     .offset = offsetof(target_options, target),
     .help = "the list or dict"},
    {.name = NULL},
};

static const oz_port inputs[] = {
    {.name = "in", .routing = OZ_ROUTE_SINGLE, .help = "any rows"},
    {.name = NULL},
};

static PyObject *
target_of(oz_context *context)
{
    return ((const target_options *)oz_options(context))->target.as.object;
}

/* Row by row by `put_row`, which answers -1 with an exception. Bad rows follow the policy. */
static oz_step
each_row(oz_context *context, const oz_batch *batch, const oz_column *keys,
         int (*put_row)(PyObject *target, const oz_batch *batch, const oz_column *keys,
                        int64_t row))
{
    PyObject *target = target_of(context);
    oz_step step = OZ_NEED;
    bool foreign = pyoz_gil_take();
    for (int64_t row = 0; row < batch->row_count && step == OZ_NEED; row++) {
        if (put_row(target, batch, keys, row) < 0) {
            oz_status status = pyoz_keep_exception(oz_context_error(context));
            step = status == OZ_BAD_RECORD ? oz_bad_record(context, batch, row)
                                           : oz_failed(context, status);
        }
    }
    pyoz_gil_leave(foreign);
    return step;
}

/* ---- append ---------------------------------------------------------------------------------- */

static int
append_row(PyObject *target, const oz_batch *batch, const oz_column *keys, int64_t row)
{
    (void)keys;
    PyObject *object = pyoz_row(batch, row);
    int result = object == NULL ? -1 : PyList_Append(target, object);
    Py_XDECREF(object);
    return result;
}

static oz_step
append_on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)state;
    (void)input;
    return each_row(context, batch, NULL, append_row);
}

const oz_operator pyoz_operator_append = {
    .name = "append",
    .summary = "Appends each row to a list.",
    .inputs = inputs,
    .options = options,
    .options_size = sizeof(target_options),
    .on_batch = append_on_batch,
    .guarantee = OZ_AT_LEAST_ONCE,
};

/* ---- put ------------------------------------------------------------------------------------- */

/* The two columns of an aggregate, whatever they are called. */
static int
put_columns(PyObject *target, const oz_batch *batch, const oz_column *keys, int64_t row)
{
    (void)keys;
    PyObject *key = pyoz_value(batch->columns[0], row);
    PyObject *value = key == NULL ? NULL : pyoz_value(batch->columns[1], row);
    int result = value == NULL ? -1 : PyDict_SetItem(target, key, value);
    Py_XDECREF(key);
    Py_XDECREF(value);
    return result;
}

static int
put_pair(PyObject *target, const oz_batch *batch, const oz_column *keys, int64_t row)
{
    (void)keys;
    PyObject *pair = pyoz_row(batch, row);
    int result = -1;
    if (pair != NULL && PyTuple_Check(pair) && PyTuple_GET_SIZE(pair) == 2) {
        result = PyDict_SetItem(target, PyTuple_GET_ITEM(pair, 0), PyTuple_GET_ITEM(pair, 1));
    } else if (pair != NULL) {
        PyErr_Format(PyExc_TypeError,
                     "to_dict needs rows that are (key, value), or a stream with key_by; not %.80R",
                     pair);
    }
    Py_XDECREF(pair);
    return result;
}

static int
put_keyed(PyObject *target, const oz_batch *batch, const oz_column *keys, int64_t row)
{
    PyObject *key = pyoz_value(keys, row);
    PyObject *value = key == NULL ? NULL : pyoz_row(batch, row);
    int result = value == NULL ? -1 : PyDict_SetItem(target, key, value);
    Py_XDECREF(key);
    Py_XDECREF(value);
    return result;
}

static oz_step
put_on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)state;
    (void)input;
    if (batch->column_count == 2) {
        return each_row(context, batch, NULL, put_columns);
    }
    if (batch->rows == NULL || batch->rows->keys == NULL) {
        return each_row(context, batch, NULL, put_pair);
    }
    const oz_column *keys = NULL;
    oz_status status = oz_rows_key_column(batch->rows, batch->row_count, &pyoz_objects, &keys);
    if (status != OZ_OK) {
        return oz_failed(context, status);
    }
    oz_step step = each_row(context, batch, keys, put_keyed);
    oz_column_release(&keys);
    return step;
}

const oz_operator pyoz_operator_put = {
    .name = "put",
    .summary = "Keeps the last value per key in a dict.",
    .inputs = inputs,
    .options = options,
    .options_size = sizeof(target_options),
    .on_batch = put_on_batch,
    .guarantee = OZ_EXACTLY_ONCE,
};
