/*
 * ouzel._ouzel.Iterator(instance, cell): `for x in stream`. Each next() lets the engine work just
 * until a row has arrived in the cell; nothing is read ahead.
 */
#include "cell.h"
#include "errors.h"
#include "instance.h"
#include "state.h"

enum { SIGNALS_EVERY = 1024 }; /* steps without a result between two looks at signals */

typedef struct pyoz_iterator {
    PyObject_HEAD
    pyoz_instance *instance; /* NULL when it has ended */
    pyoz_cell *cell;
    bool is_busy;
} pyoz_iterator;

static PyObject *
iterator_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"instance", "cell", NULL};
    pyoz_state *state = pyoz_state_of(type);
    PyObject *instance, *cell;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!O!:Iterator", names, state->instance_type,
                                     &instance, state->cell_type, &cell)) {
        return NULL;
    }
    pyoz_iterator *self = (pyoz_iterator *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->instance = (pyoz_instance *)Py_NewRef(instance);
        self->cell = (pyoz_cell *)Py_NewRef(cell);
    }
    return (PyObject *)self;
}

static int
iterator_traverse(PyObject *object, visitproc visit, void *arg)
{
    pyoz_iterator *self = (pyoz_iterator *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT((PyObject *)self->instance);
    Py_VISIT((PyObject *)self->cell);
    return 0;
}

static int
iterator_clear(PyObject *object)
{
    pyoz_iterator *self = (pyoz_iterator *)object;
    Py_CLEAR(self->instance);
    Py_CLEAR(self->cell);
    return 0;
}

static void
iterator_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    (void)iterator_clear(object);
    type->tp_free(object);
    Py_DECREF(type);
}

/*
 * The instance is this iterator's alone, and `is_busy` (under the GIL) lets one thread in: so the
 * lock of the graph is not needed. False with an exception.
 */
PYOZ_INLINE bool
begin(pyoz_iterator *self, pyoz_driver *driver)
{
    if (PYOZ_UNLIKELY(self->is_busy || self->instance->is_closed)) {
        PyErr_SetString(PyExc_ValueError, self->is_busy ? "this iterator is already at work"
                                                        : "the stream has been closed");
        return false;
    }
    self->is_busy = true;
    pyoz_instance_begin(self->instance, driver);
    return true;
}

PYOZ_INLINE void
end(pyoz_iterator *self, pyoz_driver *driver)
{
    pyoz_drive_end(driver);
    self->instance->users--;
    self->is_busy = false;
    if (PYOZ_UNLIKELY(self->instance->is_closed)) {
        pyoz_instance_bury(self->instance);
    }
}

/* Steps until a row is there (MORE), all has ended (DONE), it FAILED, or a signal raised (NEED). */
static oz_step
fetch(pyoz_iterator *self)
{
    oz_instance *instance = self->instance->instance;
    const pyoz_cell *cell = self->cell;
    for (uint32_t round = 1;; round++) {
        oz_step step = oz_step_once(instance);
        if (PYOZ_LIKELY(cell->row != NULL || cell->batch != NULL)) {
            return OZ_MORE;
        }
        if (step == OZ_DONE || step == OZ_FAILED) {
            return step;
        }
        if (step == OZ_WAIT) {
            if (pyoz_instance_wait(self->instance, -1) < 0) {
                return OZ_NEED;
            }
        } else if (round % SIGNALS_EVERY == 0) {
            (void)pyoz_gil_take();
            if (PyErr_CheckSignals() < 0) {
                return OZ_NEED;
            }
        }
    }
}

/* The slow ways out of next(): the end, a failure, a signal. At the end the instance is let go. */
static PyObject *
finish(pyoz_iterator *self, pyoz_driver *driver, oz_step step)
{
    if (step == OZ_FAILED) {
        (void)pyoz_raise_failure(pyoz_state_of(Py_TYPE(self)), self->instance, driver);
    }
    end(self, driver);
    if (step != OZ_NEED) {
        Py_CLEAR(self->instance);
    }
    return NULL;
}

/* As far as it goes without waiting: MORE a row is there, WAIT, or as fetch(). */
static oz_step
look(pyoz_iterator *self)
{
    const pyoz_cell *cell = self->cell;
    oz_step step = OZ_MORE;
    while (cell->row == NULL && cell->batch == NULL && (step == OZ_MORE || step == OZ_NEED)) {
        step = oz_step_once(self->instance->instance);
    }
    return cell->row != NULL || cell->batch != NULL ? OZ_MORE : step;
}

/* poll(): (row,), () when it would have to wait, None at the end. For `async for`. */
static PyObject *
iterator_poll(PyObject *object, PyObject *unused)
{
    pyoz_iterator *self = (pyoz_iterator *)object;
    pyoz_driver driver;
    (void)unused;
    if (self->instance == NULL) {
        Py_RETURN_NONE;
    }
    if (!begin(self, &driver)) {
        return NULL;
    }
    oz_step step = look(self);
    if (step == OZ_DONE || step == OZ_FAILED) {
        (void)finish(self, &driver, step);
        return step == OZ_DONE ? Py_NewRef(Py_None) : NULL;
    }
    PyObject *row = step == OZ_MORE ? pyoz_cell_take(self->cell) : NULL;
    end(self, &driver);
    if (row == NULL) {
        return PyErr_Occurred() ? NULL : PyTuple_New(0);
    }
    PyObject *found = PyTuple_Pack(1, row);
    Py_DECREF(row);
    return found;
}

static PyObject *
iterator_next(PyObject *object)
{
    pyoz_iterator *self = (pyoz_iterator *)object;
    pyoz_driver driver;
    if (PYOZ_UNLIKELY(self->instance == NULL || !begin(self, &driver))) {
        return NULL;
    }
    oz_step step = self->cell->batch != NULL ? OZ_MORE : fetch(self);
    if (PYOZ_UNLIKELY(step != OZ_MORE)) {
        return finish(self, &driver, step);
    }
    PyObject *row = pyoz_cell_take(self->cell);
    end(self, &driver);
    return row;
}

static PyObject *
iterator_get_instance(PyObject *object, void *closure)
{
    pyoz_iterator *self = (pyoz_iterator *)object;
    (void)closure;
    return Py_NewRef(self->instance == NULL ? Py_None : (PyObject *)self->instance);
}

static PyMethodDef methods[] = {
    {"poll", iterator_poll, METH_NOARGS, "poll() -> (row,), () if it must wait, None at the end"},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef getset[] = {
    {"instance", iterator_get_instance, NULL, "what it drives; None when it has ended", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "Iterator(instance, cell)\n--\n\nThe rows of a stream, one at a time."},
    {Py_tp_new, iterator_new},
    {Py_tp_dealloc, iterator_dealloc},
    {Py_tp_traverse, iterator_traverse},
    {Py_tp_clear, iterator_clear},
    {Py_tp_iter, PyObject_SelfIter},
    {Py_tp_iternext, iterator_next},
    {Py_tp_methods, methods},
    {Py_tp_getset, getset},
    {0, NULL},
};

PyType_Spec pyoz_iterator_spec = {
    .name = "ouzel._ouzel.Iterator",
    .basicsize = sizeof(pyoz_iterator),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};
