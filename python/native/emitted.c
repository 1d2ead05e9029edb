/*
 * ouzel._ouzel.Emitted: what emit() returns inside asyncio when the element has been dealt with:
 * an awaitable that is done. Nobody has to await it, and a notebook shows nothing for it.
 */
#include "compat.h"
#include "state.h"

/* It is its own iterator, which is always at its end: `await` gives None at once. */
static PyObject *
emitted_next(PyObject *object)
{
    (void)object;
    return NULL;
}

static PyObject *
emitted_repr(PyObject *object)
{
    (void)object;
    return PyUnicode_FromString("<emitted>");
}

/* For IPython: no output. */
static PyObject *
emitted_display(PyObject *object, PyObject *unused)
{
    (void)object;
    (void)unused;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"_ipython_display_", emitted_display, METH_NOARGS, "shows nothing"},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "An awaitable that is done."},
    {Py_am_await, PyObject_SelfIter},
    {Py_tp_iter, PyObject_SelfIter},
    {Py_tp_iternext, emitted_next},
    {Py_tp_repr, emitted_repr},
    {Py_tp_methods, methods},
    {0, NULL},
};

PyType_Spec pyoz_emitted_spec = {
    .name = "ouzel._ouzel.Emitted",
    .basicsize = sizeof(PyObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = slots,
};
