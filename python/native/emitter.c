/*
 * ouzel._ouzel.Emitter: the base of ouzel.Stream, with the fast emit().
 *
 * The fast path is for one element into a graph that is as drawn, whose lock is free, outside of
 * asyncio; the batch of one row lies on this stack. Everything else is emit_slowly(). A subclass
 * gives _refresh(), which compiles the graph anew and calls _attach(), and _settle(moves), which
 * waits for room.
 */
#include "errors.h"
#include "instance.h"
#include "objects.h"
#include "receipt.h"
#include "state.h"

typedef struct pyoz_emitter {
    PyObject_HEAD
    pyoz_instance *target; /* the living instance; NULL before the first emit */
    uint32_t node;
    bool is_closed;
} pyoz_emitter;

/* ---- life ------------------------------------------------------------------------------------ */

static int
emitter_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(object));
    Py_VISIT((PyObject *)((pyoz_emitter *)object)->target);
    return 0;
}

static int
emitter_clear(PyObject *object)
{
    Py_CLEAR(((pyoz_emitter *)object)->target);
    return 0;
}

static void
emitter_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    (void)emitter_clear(object);
    type->tp_free(object);
    Py_DECREF(type);
}

/* ---- pushing --------------------------------------------------------------------------------- */

/* Sets the exception of a push that failed; the graph lives on. */
static void
fail(pyoz_instance *target, pyoz_driver *driver)
{
    (void)pyoz_gil_take();
    (void)pyoz_raise_failure(pyoz_state_of(Py_TYPE(target)), target, driver);
    oz_instance_forgive(target->instance);
}

/* None, or inside a running event loop something that can be awaited. */
static PyObject *
answer(pyoz_emitter *self)
{
    if (PYOZ_LIKELY(pyoz_outside_context())) {
        Py_RETURN_NONE;
    }
    return PyObject_CallMethod((PyObject *)self, "_emitted", NULL);
}

/* Whether something may happen later of which nobody knows yet that looks after the graph. */
static bool
needs_care(const pyoz_instance *target)
{
    if (target->is_watched || target->instance == NULL) {
        return true;
    }
    int64_t wake_at = oz_instance_wake_at(target->instance);
    return wake_at != INT64_MAX && !(wake_at == target->armed_ns && pyoz_outside_context());
}

/*
 * The element is in; there is no room for another, or something happens later by itself. `moves`
 * is how far the graph had come just then.
 */
static PyObject *
after_push(pyoz_emitter *self, pyoz_instance *target, oz_step step, int64_t moves)
{
    bool is_blocked = step == OZ_MORE || step == OZ_WAIT;
    if (PYOZ_LIKELY(!is_blocked && (!target->is_timed || !needs_care(target)))) {
        return answer(self);
    }
    return PyObject_CallMethod((PyObject *)self, "_settle", "L",
                               is_blocked ? (long long)moves : -1);
}

/* Makes sure that there is an instance of the graph as drawn. Inside a step it stays as it is. */
static int
refresh(pyoz_emitter *self)
{
    if (self->target != NULL && (self->target->is_current || pyoz_drives(self->target))) {
        return 0;
    }
    PyObject *result = PyObject_CallMethod((PyObject *)self, "_refresh", NULL);
    Py_XDECREF(result);
    if (result != NULL && self->target == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "the stream has no graph");
    }
    return result == NULL || self->target == NULL ? -1 : 0;
}

/* Pushes into `target`, unless the graph changed while it waited for the lock: then false. */
static bool
push_locked(pyoz_emitter *self, pyoz_instance *target, PyObject *element, const oz_rows *rows,
            PyObject **result)
{
    pyoz_driver driver;
    bool is_inside = pyoz_drives(target);
    *result = NULL;
    if (target->is_closed && target != self->target) {
        return false;
    }
    if (!pyoz_instance_enter(target, &driver)) {
        return true;
    }
    if (self->target != target || !(target->is_current || is_inside)) {
        pyoz_instance_end(target, &driver);
        return false;
    }
    oz_step step = oz_push_object(target->instance, self->node, element, rows);
    int64_t moves = oz_instance_moves(target->instance);
    if (step == OZ_FAILED) {
        fail(target, &driver);
    }
    pyoz_instance_end(target, &driver);
    if (step != OZ_FAILED) {
        *result = is_inside ? answer(self) : after_push(self, target, step, moves);
    }
    return true;
}

static PyObject *
emit_slowly(pyoz_emitter *self, PyObject *element, const oz_rows *rows)
{
    PyObject *result = NULL;
    bool is_done = false;
    while (!is_done) {
        if (self->is_closed) {
            PyErr_SetString(pyoz_state_of(Py_TYPE(self))->closed_error,
                            "emit() after close(): the stream takes no more elements");
            return NULL;
        }
        if (refresh(self) < 0) {
            return NULL;
        }
        pyoz_instance *target = (pyoz_instance *)Py_NewRef((PyObject *)self->target);
        is_done = push_locked(self, target, element, rows, &result);
        Py_DECREF((PyObject *)target);
    }
    return result;
}

/* emit(element, receipt=...): row data on this stack holds the receipt until it returns. */
static PyObject *
emit_with_receipt(pyoz_emitter *self, PyObject *element, PyObject *given)
{
    if (!Py_IS_TYPE(given, pyoz_state_of(Py_TYPE(self))->receipt_type)) {
        return PyErr_Format(PyExc_TypeError, "receipt= takes an ouzel.Receipt, not %R", given);
    }
    oz_rows rows = {.references = OZ_ON_STACK, .alloc = oz_alloc_default()};
    rows.receipt = pyoz_receipt_hold(given);
    if (rows.receipt == NULL) {
        return NULL;
    }
    PyObject *result = emit_slowly(self, element, &rows);
    pyoz_driver driver;
    pyoz_drive(&driver, NULL);
    oz_receipt_release(&rows.receipt);
    pyoz_drive_end(&driver);
    return result;
}

/* emit() with keywords, or with a wrong number of elements. */
static PyObject *
emit_by_keywords(pyoz_emitter *self, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
    if (count != 1) {
        return PyErr_Format(PyExc_TypeError, "emit() takes one element, not %zd", count);
    }
    if (PyTuple_GET_SIZE(names) != 1 ||
        PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, 0), "receipt") != 0) {
        return PyErr_Format(PyExc_TypeError, "emit() takes no other keyword than receipt=");
    }
    return args[1] == Py_None ? emit_slowly(self, args[0], NULL)
                              : emit_with_receipt(self, args[0], args[1]);
}

static PyObject *
emitter_emit(PyObject *object, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
    pyoz_emitter *self = (pyoz_emitter *)object;
    pyoz_instance *target = self->target;
    if (PYOZ_UNLIKELY(names != NULL)) {
        return emit_by_keywords(self, args, count, names);
    }
    if (PYOZ_UNLIKELY(count != 1)) {
        return PyErr_Format(PyExc_TypeError, "emit() takes one element, not %zd", count);
    }
    if (PYOZ_UNLIKELY(target == NULL || !target->is_current || !oz_try_enter(target->instance))) {
        return emit_slowly(self, args[0], NULL);
    }
    pyoz_driver driver;
    PyObject *result = NULL;
    Py_INCREF((PyObject *)target); /* a step may close the stream */
    pyoz_instance_begin(target, &driver);
    oz_step step = oz_push_object(target->instance, self->node, args[0], NULL);
    int64_t moves = oz_instance_moves(target->instance);
    if (PYOZ_UNLIKELY(step == OZ_FAILED)) {
        fail(target, &driver);
    }
    pyoz_instance_end(target, &driver);
    if (PYOZ_LIKELY(step != OZ_FAILED)) {
        result = after_push(self, target, step, moves);
    }
    Py_DECREF((PyObject *)target);
    return result;
}

/* ---- for the subclass ------------------------------------------------------------------------ */

/* _attach(instance, node): elements enter there from now on; None for neither. */
static PyObject *
emitter_attach(PyObject *object, PyObject *args)
{
    pyoz_emitter *self = (pyoz_emitter *)object;
    PyTypeObject *type = pyoz_state_of(Py_TYPE(object))->instance_type;
    PyObject *instance;
    unsigned int node = 0;
    if (!PyArg_ParseTuple(args, "O|I:_attach", &instance, &node)) {
        return NULL;
    }
    if (instance != Py_None && !Py_IS_TYPE(instance, type)) {
        return PyErr_Format(PyExc_TypeError, "_attach() takes an Instance");
    }
    self->node = node;
    Py_XSETREF(self->target, instance == Py_None ? NULL : (pyoz_instance *)Py_NewRef(instance));
    Py_RETURN_NONE;
}

static PyObject *
emitter_get_target(PyObject *object, void *closure)
{
    pyoz_emitter *self = (pyoz_emitter *)object;
    (void)closure;
    return Py_NewRef(self->target == NULL ? Py_None : (PyObject *)self->target);
}

static PyObject *
emitter_get_node(PyObject *object, void *closure)
{
    (void)closure;
    return PyLong_FromUnsignedLong(((pyoz_emitter *)object)->node);
}

static PyObject *
emitter_get_closed(PyObject *object, void *closure)
{
    (void)closure;
    return PyBool_FromLong(((pyoz_emitter *)object)->is_closed);
}

static int
emitter_set_closed(PyObject *object, PyObject *value, void *closure)
{
    (void)closure;
    int is_closed = value == NULL ? -1 : PyObject_IsTrue(value);
    if (is_closed > 0) { /* without a target every emit() looks at is_closed */
        ((pyoz_emitter *)object)->is_closed = true;
        (void)emitter_clear(object);
    }
    return is_closed < 0 ? -1 : 0;
}

static PyMethodDef methods[] = {
    {"emit", (PyCFunction)(void (*)(void))emitter_emit, METH_FASTCALL | METH_KEYWORDS,
     "emit($self, element, /, *, receipt=None)\n--\n\n"
     "Runs an element through the whole graph before it returns; `receipt` tells when it has been\n"
     "dealt with, also where a step keeps it longer."},
    {"_attach", emitter_attach, METH_VARARGS, "_attach(instance, node)"},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef getset[] = {
    {"_target", emitter_get_target, NULL, "the living instance, or None", NULL},
    {"_target_node", emitter_get_node, NULL, "where elements enter it", NULL},
    {"_closed", emitter_get_closed, emitter_set_closed, "whether close() was called", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "What can emit: the base of Stream."},
    {Py_tp_dealloc, emitter_dealloc},
    {Py_tp_traverse, emitter_traverse},
    {Py_tp_clear, emitter_clear},
    {Py_tp_methods, methods},
    {Py_tp_getset, getset},
    {0, NULL},
};

PyType_Spec pyoz_emitter_spec = {
    .name = "ouzel._ouzel.Emitter",
    .basicsize = sizeof(pyoz_emitter),
    .flags =
        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};
