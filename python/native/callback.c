/* What the engine calls, how a row becomes arguments, and the loops of map, filter and sink. */
#include "callback.h"

#include <string.h>

/* ---- arguments ------------------------------------------------------------------------------- */

enum { STACK_MAX = 24 };

/* The arguments of one call while they are put together. args[-1] is spare, for vectorcall. */
typedef struct arguments {
    PyObject *small[STACK_MAX];
    PyObject **args;
    Py_ssize_t capacity;
    Py_ssize_t count;
    PyObject *owned; /* the row; or NULL: the arguments from `first_owned` on are owned */
    Py_ssize_t first_owned;
    Py_ssize_t end_owned;
} arguments;

static int
make_room(arguments *to, Py_ssize_t count)
{
    to->args = to->small + 1;
    to->capacity = count;
    if (count + 1 <= STACK_MAX) {
        return 0;
    }
    PyObject **large = PyMem_Malloc((size_t)(count + 1) * sizeof *large);
    if (large == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    to->args = large + 1;
    return 0;
}

static void
drop(arguments *to)
{
    for (Py_ssize_t i = to->first_owned; i < to->end_owned; i++) {
        Py_DECREF(to->args[i]);
    }
    Py_XDECREF(to->owned);
    if (to->args != NULL && to->args != to->small + 1) {
        PyMem_Free(to->args - 1);
    }
}

/* Several columns: each is an argument. */
static int
add_columns(arguments *to, const oz_batch *batch, int64_t row)
{
    to->first_owned = to->end_owned = to->count;
    for (uint32_t i = 0; i < batch->column_count; i++) {
        PyObject *value = pyoz_value(batch->columns[i], row);
        if (value == NULL) {
            return -1;
        }
        to->args[to->count++] = value;
        to->end_owned = to->count;
    }
    return 0;
}

/* The tuple whose items are the arguments of starmap; a new reference. */
static PyObject *
tuple_of_row(const pyoz_frame *frame, int64_t row)
{
    PyObject *value = pyoz_frame_row(frame, row);
    if (value == NULL || PyTuple_Check(value)) {
        return value;
    }
    PyObject *tuple = NULL;
    if (PyList_Check(value)) {
        tuple = PyList_AsTuple(value);
    } else {
        PyErr_Format(PyExc_TypeError, "starmap needs a tuple or list for each row, not %.80s",
                     Py_TYPE(value)->tp_name);
    }
    Py_DECREF(value);
    return tuple;
}

/* Puts the state, the row and the further arguments together. -1: with an exception. */
static int
assemble(arguments *to, const pyoz_frame *frame, int64_t row, PyObject *state)
{
    const pyoz_callback *self = frame->self;
    bool is_columns = self->is_star && frame->batch->column_count > 1;
    Py_ssize_t extra = self->extra == NULL ? 0 : PyTuple_GET_SIZE(self->extra);
    Py_ssize_t row_count = is_columns ? (Py_ssize_t)frame->batch->column_count : 1;
    if (!is_columns) {
        to->owned = self->is_star ? tuple_of_row(frame, row) : pyoz_frame_row(frame, row);
        if (to->owned == NULL) {
            return -1;
        }
        row_count = self->is_star ? PyTuple_GET_SIZE(to->owned) : 1;
    }
    if (make_room(to, (state != NULL) + row_count + extra) < 0) {
        return -1;
    }
    if (state != NULL) {
        to->args[to->count++] = state;
    }
    if (is_columns && add_columns(to, frame->batch, row) < 0) {
        return -1;
    }
    for (Py_ssize_t i = 0; !is_columns && i < row_count; i++) {
        to->args[to->count++] = self->is_star ? PyTuple_GET_ITEM(to->owned, i) : to->owned;
    }
    for (Py_ssize_t i = 0; i < extra; i++) {
        to->args[to->count++] = PyTuple_GET_ITEM(self->extra, i);
    }
    return 0;
}

PyObject *
pyoz_frame_call_slowly(const pyoz_frame *frame, int64_t row, PyObject *state)
{
    const pyoz_callback *self = frame->self;
    if (self->is_identity) {
        return pyoz_frame_row(frame, row);
    }
    arguments to;
    to.args = NULL;
    to.owned = NULL;
    to.count = to.first_owned = to.end_owned = 0;
    PyObject *result = NULL;
    if (assemble(&to, frame, row, state) == 0) {
        Py_ssize_t named = self->keywords == NULL ? 0 : PyTuple_GET_SIZE(self->keywords);
        size_t flags = (size_t)(to.count - named) | PY_VECTORCALL_ARGUMENTS_OFFSET;
        result = frame->vectorcall(frame->callable, to.args, flags, self->keywords);
    }
    drop(&to);
    return result;
}

/* ---- loops ----------------------------------------------------------------------------------- */

oz_status
pyoz_call_map(const pyoz_frame *frame, oz_call *call, oz_error *error)
{
    int64_t begin = call->begin;
    int64_t stop = call->stop - begin <= call->room ? call->stop : begin + call->room;
    oz_object *out = call->objects - begin;
    int64_t row = begin;
    for (; row < stop; row++) {
        PyObject *result = pyoz_frame_call(frame, row, NULL);
        if (PYOZ_UNLIKELY(result == NULL)) {
            break;
        }
        out[row] = result;
    }
    call->end = row;
    call->count = row - begin;
    return row == stop ? OZ_OK : pyoz_keep_exception(error);
}

/* 1, 0, or -1 with an exception. Takes `result`. */
PYOZ_INLINE int
truth_of(PyObject *result)
{
    int truth = result == Py_True;
    if (!truth && result != Py_False) {
        truth = result == NULL ? -1 : PyObject_IsTrue(result);
    }
    Py_XDECREF(result);
    return truth;
}

oz_status
pyoz_call_filter(const pyoz_frame *frame, oz_call *call, oz_error *error)
{
    bool is_negated = frame->self->is_negated;
    uint8_t *truths = call->truths - call->begin;
    int64_t row = call->begin;
    for (; row < call->stop; row++) {
        int truth = truth_of(pyoz_frame_call(frame, row, NULL));
        if (PYOZ_UNLIKELY(truth < 0)) {
            break;
        }
        truths[row] = (uint8_t)((truth != 0) != is_negated);
    }
    call->end = row;
    call->count = 0;
    return row == call->stop ? OZ_OK : pyoz_keep_exception(error);
}

oz_status
pyoz_call_sink(const pyoz_frame *frame, oz_call *call, oz_error *error)
{
    int64_t row = call->begin;
    for (; row < call->stop; row++) {
        PyObject *result = pyoz_frame_call(frame, row, NULL);
        if (PYOZ_UNLIKELY(result == NULL)) {
            break;
        }
        Py_DECREF(result);
    }
    call->end = row;
    call->count = 0;
    return row == call->stop ? OZ_OK : pyoz_keep_exception(error);
}

/* ---- the oz_function ------------------------------------------------------------------------- */

static bool
is_object_column(const oz_batch *batch)
{
    return batch->column_count == 1 && batch->columns[0]->type == OZ_OBJECT &&
           batch->columns[0]->validity == NULL && batch->names == NULL;
}

PYOZ_INLINE oz_status
dispatch(const pyoz_frame *frame, oz_call *call, oz_error *error)
{
    switch (call->kind) {
    case OZ_CALL_MAP:
        return pyoz_call_map(frame, call, error);
    case OZ_CALL_FILTER:
        return pyoz_call_filter(frame, call, error);
    case OZ_CALL_SINK:
        return pyoz_call_sink(frame, call, error);
    case OZ_CALL_EXPAND:
        return pyoz_call_expand(frame, call, error);
    case OZ_CALL_FOLD:
        return pyoz_call_fold(frame, call, error);
    case OZ_CALL_SCAN:
        return pyoz_call_scan(frame, call, error);
    case OZ_CALL_UPDATE:
        return pyoz_call_update(frame, call, error);
    }
    return oz_error_set(error, OZ_UNSUPPORTED, "unknown kind of call %d", (int)call->kind);
}

oz_status
pyoz_call_python(pyoz_callback *self, oz_call *call, oz_error *error)
{
    PyObject *callable = self->callable;
    call->column = NULL;
    if (PYOZ_UNLIKELY(callable == NULL && !self->is_identity)) {
        return oz_error_set(error, OZ_CLOSED, "the function has been garbage-collected");
    }
    pyoz_frame frame = {.self = self, .callable = callable, .batch = call->batch};
    bool is_objects = is_object_column(call->batch);
    if (is_objects && self->is_plain) {
        frame.rows = call->batch->columns[0]->values;
    }
    if (callable != NULL) {
        frame.vectorcall = PyVectorcall_Function(callable);
        if (frame.vectorcall == NULL) {
            frame.vectorcall = PyObject_Vectorcall;
        }
        Py_INCREF(callable); /* it may be collected by what it calls */
    }
    oz_status status = dispatch(&frame, call, error);
    Py_XDECREF(callable);
    return status;
}

static oz_status
callback_call(void *context, oz_call *call, oz_error *error)
{
    pyoz_callback *self = context;
    if (self->known.name != NULL) {
        oz_status status = OZ_OK;
        if (pyoz_known_call(self, call, error, &status)) {
            return status;
        }
    }
    bool foreign = pyoz_gil_take();
    oz_status status = pyoz_call_python(self, call, error);
    pyoz_gil_leave(foreign);
    return status;
}

/* f(row) or f(state, row), without a frame: a plain function on one object. */
PYOZ_INLINE PyObject *
call_plain(PyObject *callable, PyObject *state, PyObject *row)
{
    PyObject *stack[3];
    stack[1] = state == NULL ? row : state;
    stack[2] = row;
    size_t flags = (state == NULL ? 1 : 2) | PY_VECTORCALL_ARGUMENTS_OFFSET;
    Py_INCREF(callable); /* it may be collected by what it calls */
    PyObject *result = PyObject_Vectorcall(callable, stack + 1, flags, NULL);
    Py_DECREF(callable);
    return result;
}

PYOZ_INLINE oz_status
fold_plain(PyObject *callable, PyObject *row, PyObject **state, PyObject **result, oz_error *error)
{
    PyObject *next = *state == NULL ? Py_NewRef(row) : call_plain(callable, *state, row);
    if (PYOZ_UNLIKELY(next == NULL)) {
        return pyoz_keep_exception(error);
    }
    *result = Py_NewRef(next);
    Py_XDECREF(*state);
    *state = next;
    return OZ_OK;
}

static oz_status
callback_call_one(void *context, oz_call_kind kind, oz_object row, oz_object *state,
                  oz_object *result, oz_error *error)
{
    pyoz_callback *self = context;
    bool foreign = pyoz_gil_take();
    oz_status status = OZ_OK;
    if (kind == OZ_CALL_FOLD) {
        status = fold_plain(self->callable, row, (PyObject **)state, (PyObject **)result, error);
    } else {
        PyObject *given = call_plain(self->callable, NULL, row);
        int truth = 1;
        if (PYOZ_UNLIKELY(given == NULL)) {
            status = pyoz_keep_exception(error);
        } else if (kind == OZ_CALL_MAP) {
            *result = given;
        } else if (kind == OZ_CALL_FILTER) {
            truth = truth_of(given);
            *result = (truth > 0) != self->is_negated ? row : NULL;
            status = PYOZ_UNLIKELY(truth < 0) ? pyoz_keep_exception(error) : OZ_OK;
        } else {
            Py_DECREF(given);
        }
    }
    pyoz_gil_leave(foreign);
    return status;
}

static const char *
callback_describe(void *context, oz_type input)
{
    const pyoz_callback *self = context;
    return pyoz_known_describe(&self->known, self->callable, input);
}

void
pyoz_callback_clear(pyoz_callback *self)
{
    self->is_plain = false;
    self->is_identity = false;
    self->function.call_one = NULL;
    Py_CLEAR(self->callable);
    Py_CLEAR(self->extra);
    Py_CLEAR(self->keywords);
    Py_CLEAR(self->init);
    pyoz_known_clear(&self->known);
}

static void
callback_destroy(oz_function *function)
{
    pyoz_callback *self = (pyoz_callback *)function;
    if (pyoz_driver_now == NULL && PYOZ_IS_FINALIZING()) {
        return;
    }
    bool foreign = pyoz_gil_take();
    pyoz_callback_clear(self);
    Py_CLEAR(self->name);
    PyMem_RawFree(self);
    pyoz_gil_leave(foreign);
}

/* ---- making one ------------------------------------------------------------------------------ */

/* `args` and the values of `kwargs` in one tuple, the names of `kwargs` in another. */
static int
set_extra(pyoz_callback *self, PyObject *args, PyObject *kwargs)
{
    Py_ssize_t named = kwargs == NULL ? 0 : PyDict_GET_SIZE(kwargs);
    Py_ssize_t count = args == NULL ? 0 : PyTuple_GET_SIZE(args);
    if (count + named == 0) {
        return 0;
    }
    self->extra = PyTuple_New(count + named);
    self->keywords = named > 0 ? PyTuple_New(named) : NULL;
    if (self->extra == NULL || (named > 0 && self->keywords == NULL)) {
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        PyTuple_SET_ITEM(self->extra, i, Py_NewRef(PyTuple_GET_ITEM(args, i)));
    }
    PyObject *key, *value;
    Py_ssize_t position = 0;
    for (Py_ssize_t i = 0; i < named && PyDict_Next(kwargs, &position, &key, &value); i++) {
        PyTuple_SET_ITEM(self->extra, count + i, Py_NewRef(value));
        PyTuple_SET_ITEM(self->keywords, i, Py_NewRef(key));
    }
    return 0;
}

/* "str.lower" for a known one, else __qualname__, __name__ or the type's name. */
static PyObject *
name_of(PyObject *callable, const pyoz_known *known)
{
    if (known->name != NULL) {
        return PyUnicode_FromString(known->name);
    }
    if (callable == Py_None) {
        return PyUnicode_FromString("the item itself");
    }
    PyObject *name = PyObject_GetAttrString(callable, "__qualname__");
    if (name == NULL) {
        PyErr_Clear();
        name = PyUnicode_FromString(Py_TYPE(callable)->tp_name);
    }
    if (name != NULL && !PyUnicode_Check(name)) {
        Py_SETREF(name, PyObject_Str(name));
    }
    return name;
}

static int
set_name(pyoz_callback *self, PyObject *callable)
{
    self->name = name_of(callable, &self->known);
    self->function.name = self->name == NULL ? NULL : PyUnicode_AsUTF8(self->name);
    if (self->name != NULL && self->function.name == NULL) { /* a surrogate in the name */
        PyErr_Clear();
        self->function.name = "function";
    }
    return self->name == NULL ? -1 : 0;
}

pyoz_callback *
pyoz_callback_new(PyObject *callable, PyObject *args, PyObject *kwargs, PyObject *known)
{
    pyoz_callback *self = PyMem_RawCalloc(1, sizeof *self);
    if (self == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    self->function = (oz_function){.references = 1,
                                   .call = callback_call,
                                   .describe = callback_describe,
                                   .destroy = callback_destroy,
                                   .objects = &pyoz_objects,
                                   .self = self};
    self->is_identity = callable == Py_None;
    self->callable = self->is_identity ? NULL : Py_NewRef(callable);
    if (set_extra(self, args, kwargs) < 0 || pyoz_known_find(&self->known, known, self) < 0 ||
        set_name(self, callable) < 0) {
        callback_destroy(&self->function);
        return NULL;
    }
    self->is_plain = !self->is_identity && self->extra == NULL;
    self->function.call_one = self->is_plain ? callback_call_one : NULL;
    return self;
}
