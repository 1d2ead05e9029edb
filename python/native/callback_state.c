/*
 * The loops of accumulate (FOLD, SCAN) and stateful (UPDATE).
 *
 * A result that is not exactly an int, float, str, bytes, bool or None could still be changed by
 * the next call; so it travels first: the loop stops after it.
 */
#include "callback.h"

#include "expiring.h"
#include "ouzel/io.h"

PYOZ_INLINE bool
is_immutable(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    return type == &PyLong_Type || type == &PyFloat_Type || type == &PyUnicode_Type ||
           type == &PyBool_Type || type == &PyBytes_Type || object == Py_None;
}

static int64_t
last_row(const oz_call *call)
{
    return call->stop - call->begin <= call->room ? call->stop : call->begin + call->room;
}

/* `goes_on`: the next row could have been called, too. */
static oz_status
finish(oz_call *call, int64_t row, int64_t stop, bool goes_on, oz_error *error)
{
    bool has_failed = row < stop && goes_on;
    call->end = row;
    call->count = row - call->begin;
    call->is_mutable = !goes_on;
    return has_failed ? pyoz_keep_exception(error) : OZ_OK;
}

/* What leaves as the result: itself, or with_state the pair (state, result). Takes `result`. */
PYOZ_INLINE PyObject *
outcome_of(const pyoz_frame *frame, PyObject *state, PyObject *result)
{
    if (PYOZ_LIKELY(!frame->self->gives_state || result == NULL)) {
        return result;
    }
    PyObject *pair = PyTuple_Pack(2, state, result);
    Py_DECREF(result);
    return pair;
}

/* Without a start the first row is the state, and the first result. */
static PyObject *
fold_row(const pyoz_frame *frame, int64_t row, PyObject *state)
{
    return state == NULL ? pyoz_frame_row(frame, row) : pyoz_frame_call(frame, row, state);
}

oz_status
pyoz_call_fold(const pyoz_frame *frame, oz_call *call, oz_error *error)
{
    int64_t stop = last_row(call);
    int64_t row = call->begin;
    PyObject *state = *call->state;
    bool goes_on = true;
    while (row < stop && goes_on) {
        PyObject *result = fold_row(frame, row, state);
        if (PYOZ_UNLIKELY(result == NULL)) {
            break;
        }
        PyObject *given = outcome_of(frame, result, Py_NewRef(result));
        if (PYOZ_UNLIKELY(given == NULL)) {
            Py_DECREF(result);
            break;
        }
        Py_XDECREF(state);
        *call->state = state = result;
        call->objects[row - call->begin] = given;
        goes_on = is_immutable(given);
        row++;
    }
    return finish(call, row, stop, goes_on, error);
}

/* (state, result) from what the function returned; both new references. */
static int
split_pair(PyObject *pair, PyObject **state, PyObject **result)
{
    if (!PyTuple_Check(pair) || PyTuple_GET_SIZE(pair) != 2) {
        PyErr_Format(PyExc_TypeError,
                     "with returns_state the function must return (state, result), not %.80R",
                     pair);
        return -1;
    }
    *state = Py_NewRef(PyTuple_GET_ITEM(pair, 0));
    *result = Py_NewRef(PyTuple_GET_ITEM(pair, 1));
    return 0;
}

/* Without a start the first row is the state and the result, and the function is not called. */
static PyObject *
scan_row(const pyoz_frame *frame, int64_t row, PyObject **state)
{
    if (*state == NULL) {
        *state = pyoz_frame_row(frame, row);
        return Py_XNewRef(*state);
    }
    PyObject *pair = pyoz_frame_call(frame, row, *state);
    PyObject *next = NULL;
    PyObject *result = NULL;
    if (pair != NULL && split_pair(pair, &next, &result) == 0) {
        Py_SETREF(*state, next);
    }
    Py_XDECREF(pair);
    return result;
}

oz_status
pyoz_call_scan(const pyoz_frame *frame, oz_call *call, oz_error *error)
{
    int64_t stop = last_row(call);
    int64_t row = call->begin;
    bool goes_on = true;
    while (row < stop && goes_on) {
        PyObject *result = scan_row(frame, row, (PyObject **)call->state);
        result = outcome_of(frame, *call->state, result);
        if (PYOZ_UNLIKELY(result == NULL)) {
            break;
        }
        call->objects[row - call->begin] = result;
        goes_on = is_immutable(result);
        row++;
    }
    return finish(call, row, stop, goes_on, error);
}

/* stateful(fn, init): a key that is new gets its state by init(). */
static int
ensure_state(const pyoz_frame *frame, oz_object *state)
{
    if (*state == NULL) {
        PyObject *init = frame->self->init;
        *state = init == NULL ? Py_NewRef(Py_None) : PyObject_CallNoArgs(init);
    }
    return *state == NULL ? -1 : 0;
}

/* The time of a row for such a state, which never goes back. */
static void
tell_time(const pyoz_frame *frame, int64_t row, pyoz_expiring *state, int64_t wall_ns)
{
    const oz_rows *rows = frame->batch->rows;
    int64_t now_ns = rows != NULL && rows->times != NULL ? rows->times[row] : wall_ns;
    state->now_ns = now_ns > state->now_ns ? now_ns : state->now_ns;
}

oz_status
pyoz_call_update(const pyoz_frame *frame, oz_call *call, oz_error *error)
{
    int64_t stop = last_row(call);
    int64_t row = call->begin;
    bool goes_on = true;
    if (ensure_state(frame, call->state) < 0) {
        return finish(call, row, stop, true, error);
    }
    PyObject *state = *call->state;
    pyoz_expiring *expiring = frame->self->is_expiring ? pyoz_expiring_of(state) : NULL;
    int64_t wall_ns = expiring == NULL ? 0 : oz_io_system()->wall_ns(oz_io_system()->self);
    while (row < stop && goes_on) {
        if (PYOZ_UNLIKELY(expiring != NULL)) {
            tell_time(frame, row, expiring, wall_ns);
        }
        PyObject *result = pyoz_frame_call(frame, row, state);
        if (PYOZ_UNLIKELY(result == NULL)) {
            break;
        }
        call->objects[row - call->begin] = result;
        goes_on = is_immutable(result);
        row++;
    }
    return finish(call, row, stop, goes_on, error);
}
