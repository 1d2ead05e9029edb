/*
 * The loop of flat_map: each row gives an iterable, and its items are results.
 *
 * A list or tuple is copied as long as there is room; whatever else, and what did not fit, is an
 * iterator that is continued through `resume` at the next call.
 */
#include "callback.h"

/* What a row's iterable came to. */
typedef enum outcome { ROW_DONE, ROW_RESUMES, ROW_FAILED } outcome;

/* Items [0, count) of a list or tuple; false when they do not fit or it is neither. */
static bool
copy_items(oz_call *call, int64_t row, PyObject *iterable)
{
    if (!PyList_CheckExact(iterable) && !PyTuple_CheckExact(iterable)) {
        return false;
    }
    Py_ssize_t count = PySequence_Fast_GET_SIZE(iterable);
    if (count > call->room - call->count) {
        return false;
    }
    PyObject *const *items = PySequence_Fast_ITEMS(iterable);
    oz_object *out = call->objects + call->count;
    for (Py_ssize_t i = 0; i < count; i++) {
        out[i] = Py_NewRef(items[i]);
    }
    call->count += count;
    call->counts[row - call->begin] += (int32_t)count;
    return true;
}

/* Takes from the iterator until it ends or the room does. */
static outcome
take_items(oz_call *call, int64_t row, PyObject *iterator)
{
    iternextfunc next = Py_TYPE(iterator)->tp_iternext;
    int32_t *taken = &call->counts[row - call->begin];
    while (call->count < call->room) {
        PyObject *item = next(iterator);
        if (item == NULL) {
            if (PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_StopIteration)) {
                PyErr_Clear();
            }
            return PyErr_Occurred() ? ROW_FAILED : ROW_DONE;
        }
        call->objects[call->count++] = item;
        *taken += 1;
    }
    return ROW_RESUMES;
}

/* Goes on with an iterator that is owned: it ends, or is kept for the next call. */
static outcome
run_iterator(oz_call *call, int64_t row, PyObject *iterator)
{
    outcome result = take_items(call, row, iterator);
    if (result == ROW_RESUMES) {
        *call->resume = iterator;
    } else {
        Py_DECREF(iterator);
    }
    return result;
}

static outcome
expand_row(const pyoz_frame *frame, oz_call *call, int64_t row)
{
    PyObject *iterable = pyoz_frame_call(frame, row, NULL);
    if (iterable == NULL) {
        return ROW_FAILED;
    }
    if (copy_items(call, row, iterable)) {
        Py_DECREF(iterable);
        return ROW_DONE;
    }
    PyObject *iterator = PyObject_GetIter(iterable);
    Py_DECREF(iterable);
    return iterator == NULL ? ROW_FAILED : run_iterator(call, row, iterator);
}

oz_status
pyoz_call_expand(const pyoz_frame *frame, oz_call *call, oz_error *error)
{
    int64_t row = call->begin;
    outcome result = ROW_DONE;
    call->count = 0;
    if (call->resume != NULL && *call->resume != NULL) {
        PyObject *iterator = *call->resume;
        *call->resume = NULL;
        result = run_iterator(call, row, iterator);
        row += result == ROW_DONE;
    }
    while (result == ROW_DONE && row < call->stop && call->count < call->room) {
        result = expand_row(frame, call, row);
        row += result == ROW_DONE;
    }
    call->end = row;
    return result == ROW_FAILED ? pyoz_keep_exception(error) : OZ_OK;
}
