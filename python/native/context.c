/* ouzel._ouzel.Context: what an operator that is written in Python sees of the engine. */
#include "context.h"

#include "batch.h"
#include "gil.h"
#include "objects.h"

PyObject *
pyoz_context_new(pyoz_state *state, oz_context *context)
{
    pyoz_context *self = (pyoz_context *)state->context_type->tp_alloc(state->context_type, 0);
    if (self != NULL) {
        self->context = context;
    }
    return (PyObject *)self;
}

static void
context_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    type->tp_free(object);
    Py_DECREF(type);
}

/* The engine's context; NULL with an exception outside of the operator's life. */
static oz_context *
alive(PyObject *object)
{
    pyoz_context *self = (pyoz_context *)object;
    if (self->context == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "the operator has been closed");
    }
    return self->context;
}

/* ---- emitting -------------------------------------------------------------------------------- */

/* True: go on; False: nothing more should be emitted in this call. */
static PyObject *
answer(PyObject *object, oz_step step)
{
    pyoz_context *self = (pyoz_context *)object;
    (void)pyoz_gil_take();
    if (step != OZ_NEED && self->step != OZ_FAILED) {
        self->step = step;
    }
    return PyBool_FromLong(step == OZ_NEED);
}

/* With the key, time and origin of a row of `batch`. */
static oz_step
emit_like(oz_context *context, unsigned int output, PyObject *row, const oz_batch *batch,
          Py_ssize_t index)
{
    const oz_batch *one = NULL;
    oz_status status = oz_batch_slice(batch, index, index + 1, &one);
    if (status != OZ_OK) {
        return oz_failed(context, status);
    }
    oz_step step = oz_emit_object(context, output, row, one->rows);
    oz_batch_release(&one);
    return step;
}

/* emit(row, output=0, batch=None, index=0) */
static PyObject *
context_emit(PyObject *object, PyObject *args)
{
    oz_context *context = alive(object);
    PyObject *row, *batch = Py_None;
    unsigned int output = 0;
    Py_ssize_t index = 0;
    if (context == NULL || !PyArg_ParseTuple(args, "O|IOn:emit", &row, &output, &batch, &index)) {
        return NULL;
    }
    PyTypeObject *batch_type = pyoz_state_of(Py_TYPE(object))->batch_type;
    if (!Py_IS_TYPE(batch, batch_type)) {
        return answer(object, oz_emit_object(context, output, row, NULL));
    }
    const oz_batch *like = ((pyoz_batch *)batch)->batch;
    if (index < 0 || index >= like->row_count) {
        return PyErr_Format(PyExc_IndexError, "the batch has no row %zd", index);
    }
    return answer(object, emit_like(context, output, row, like, index));
}

static oz_step
emit_objects(oz_context *context, unsigned int output, PyObject *sequence)
{
    const oz_alloc *alloc = oz_context_alloc(context);
    int64_t count = PySequence_Fast_GET_SIZE(sequence);
    oz_object *objects = oz_objects_new(alloc, count);
    const oz_column *column = NULL;
    const oz_batch *batch = NULL;
    if (objects == NULL) {
        return oz_failed(context, OZ_NO_MEMORY);
    }
    for (int64_t i = 0; i < count; i++) {
        objects[i] = Py_NewRef(PySequence_Fast_GET_ITEM(sequence, i));
    }
    oz_status status = oz_column_of_objects(alloc, &pyoz_objects, &objects, count, count, &column);
    if (status == OZ_OK) {
        status = oz_batch_new(alloc, &column, NULL, 1, NULL, &batch);
    }
    oz_column_release(&column);
    oz_step step = status == OZ_OK ? oz_emit(context, output, batch) : oz_failed(context, status);
    oz_batch_release(&batch);
    return step;
}

/* emit_all(rows, output=0): a Batch as it is, or the items of an iterable as one batch. */
static PyObject *
context_emit_all(PyObject *object, PyObject *args)
{
    oz_context *context = alive(object);
    PyObject *rows;
    unsigned int output = 0;
    if (context == NULL || !PyArg_ParseTuple(args, "O|I:emit_all", &rows, &output)) {
        return NULL;
    }
    if (Py_IS_TYPE(rows, pyoz_state_of(Py_TYPE(object))->batch_type)) {
        return answer(object, oz_emit(context, output, ((pyoz_batch *)rows)->batch));
    }
    PyObject *sequence = PySequence_Fast(rows, "emit_all() takes an iterable");
    if (sequence == NULL) {
        return NULL;
    }
    oz_step step =
        PySequence_Fast_GET_SIZE(sequence) == 0 ? OZ_NEED : emit_objects(context, output, sequence);
    PyObject *result = answer(object, step);
    Py_DECREF(sequence);
    return result;
}

/* bad_record(batch, index, exception): the row cannot be treated; the step's policy decides. */
static PyObject *
context_bad_record(PyObject *object, PyObject *args)
{
    oz_context *context = alive(object);
    PyObject *batch, *exception;
    Py_ssize_t index;
    PyTypeObject *batch_type = pyoz_state_of(Py_TYPE(object))->batch_type;
    if (context == NULL ||
        !PyArg_ParseTuple(args, "O!nO:bad_record", batch_type, &batch, &index, &exception)) {
        return NULL;
    }
    const oz_batch *of = ((pyoz_batch *)batch)->batch;
    if (!PyExceptionInstance_Check(exception) || index < 0 || index >= of->row_count) {
        return PyErr_Format(PyExc_TypeError, "bad_record() takes (batch, index, exception)");
    }
    PyErr_SetRaisedException(Py_NewRef(exception));
    oz_status status = pyoz_keep_exception(oz_context_error(context));
    oz_step step =
        status == OZ_BAD_RECORD ? oz_bad_record(context, of, index) : oz_failed(context, status);
    return answer(object, step);
}

/* ---- time and descriptors -------------------------------------------------------------------- */

/* set_timer(id, seconds): on_timer(id) so many seconds from now. */
static PyObject *
context_set_timer(PyObject *object, PyObject *args)
{
    oz_context *context = alive(object);
    long long id;
    double seconds;
    if (context == NULL || !PyArg_ParseTuple(args, "Ld:set_timer", &id, &seconds)) {
        return NULL;
    }
    int64_t at_ns = oz_now_ns(context) + (int64_t)(seconds * 1e9);
    if (oz_timer_set(context, id, at_ns) != OZ_OK) {
        return PyErr_NoMemory();
    }
    Py_RETURN_NONE;
}

static PyObject *
context_cancel_timer(PyObject *object, PyObject *id_object)
{
    oz_context *context = alive(object);
    long long id = PyLong_AsLongLong(id_object);
    if (context == NULL || PyErr_Occurred()) {
        return NULL;
    }
    oz_timer_cancel(context, id);
    Py_RETURN_NONE;
}

/* watch(descriptor, token=0): on_ready(token) when it is readable. */
static PyObject *
context_watch(PyObject *object, PyObject *args)
{
    oz_context *context = alive(object);
    int descriptor;
    unsigned long long token = 0;
    if (context == NULL || !PyArg_ParseTuple(args, "i|K:watch", &descriptor, &token)) {
        return NULL;
    }
    oz_status status = oz_watch(context, descriptor, OZ_IO_READABLE, token);
    if (status != OZ_OK) {
        return PyErr_Format(PyExc_OSError, "descriptor %d cannot be watched", descriptor);
    }
    Py_RETURN_NONE;
}

static PyObject *
context_get_now(PyObject *object, void *closure)
{
    (void)closure;
    oz_context *context = alive(object);
    return context == NULL ? NULL : PyFloat_FromDouble((double)oz_now_ns(context) / 1e9);
}

static PyObject *
context_get_name(PyObject *object, void *closure)
{
    (void)closure;
    oz_context *context = alive(object);
    return context == NULL ? NULL : PyUnicode_FromString(oz_node_name(context));
}

/* Whether rows pass one at a time: nothing may be read ahead. */
static PyObject *
context_get_is_strict(PyObject *object, void *closure)
{
    (void)closure;
    oz_context *context = alive(object);
    return context == NULL ? NULL : PyBool_FromLong(oz_batch_rows(context) == 1);
}

/* ---- what is kept ---------------------------------------------------------------------------- */

static PyObject *
context_checkpoint(PyObject *object, PyObject *ignored)
{
    (void)ignored;
    oz_context *context = alive(object);
    if (context == NULL) {
        return NULL;
    }
    oz_ask_checkpoint(context);
    Py_RETURN_NONE;
}

static PyObject *
context_get_has_epochs(PyObject *object, void *closure)
{
    (void)closure;
    oz_context *context = alive(object);
    return context == NULL ? NULL : PyBool_FromLong(oz_has_epochs(context));
}

/* The only value of the table "state"; NULL with an exception when the step has none. */
static oz_scalar *
state_field(PyObject *object)
{
    oz_context *context = alive(object);
    if (context != NULL && !((pyoz_context *)object)->is_stateful) {
        PyErr_SetString(PyExc_AttributeError,
                        "a step without state: give its class `stateful = True`");
        return NULL;
    }
    return context == NULL ? NULL : oz_table_single(oz_context_table(context, 0));
}

static PyObject *
context_get_state(PyObject *object, void *closure)
{
    (void)closure;
    const oz_scalar *field = state_field(object);
    return field == NULL ? NULL : pyoz_from_scalar(field);
}

static int
context_set_state(PyObject *object, PyObject *value, void *closure)
{
    (void)closure;
    oz_scalar *field = state_field(object);
    oz_scalar scalar;
    if (field == NULL) {
        return -1;
    }
    pyoz_to_scalar(value == NULL ? Py_None : value, &scalar);
    oz_table *table = oz_context_table(((pyoz_context *)object)->context, 0);
    if (oz_scalar_assign(table, field, &scalar) != OZ_OK) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

static PyMethodDef methods[] = {
    {"emit", context_emit, METH_VARARGS,
     "emit(row, output=0, batch=None, index=0) -> whether to go on; the key, time and origin of "
     "the "
     "new row are those of row `index` of `batch`"},
    {"emit_all", context_emit_all, METH_VARARGS, "emit_all(rows, output=0) -> whether to go on"},
    {"bad_record", context_bad_record, METH_VARARGS,
     "bad_record(batch, index, exception) -> whether to go on"},
    {"set_timer", context_set_timer, METH_VARARGS, "set_timer(id, seconds)"},
    {"cancel_timer", context_cancel_timer, METH_O, "cancel_timer(id)"},
    {"watch", context_watch, METH_VARARGS, "watch(descriptor, token=0)"},
    {"checkpoint", context_checkpoint, METH_NOARGS,
     "checkpoint(): asks for one soon, for a step that holds much until then"},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef getset[] = {
    {"now", context_get_now, NULL, "the engine's clock, in seconds", NULL},
    {"is_strict", context_get_is_strict, NULL, "whether rows pass one at a time", NULL},
    {"name", context_get_name, NULL, "the step's name or id", NULL},
    {"has_epochs", context_get_has_epochs, NULL, "whether there is a state folder", NULL},
    {"state", context_get_state, context_set_state,
     "what a stateful step remembers: saved with each checkpoint; None at first", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "What an operator sees of the engine; valid from its open() to its close()."},
    {Py_tp_dealloc, context_dealloc},
    {Py_tp_methods, methods},
    {Py_tp_getset, getset},
    {0, NULL},
};

PyType_Spec pyoz_context_spec = {
    .name = "ouzel._ouzel.Context",
    .basicsize = sizeof(pyoz_context),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = slots,
};
