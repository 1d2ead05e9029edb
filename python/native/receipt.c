/*
 * ouzel._ouzel.Receipt(callback=None): see receipt.h. While the engine holds it, it holds itself.
 */
#include "receipt.h"

#include "gil.h"
#include "state.h"

#include <stdbool.h>
#include <structmember.h>

typedef struct pyoz_receipt {
    PyObject_HEAD
    oz_receipt receipt; /* references 0: the engine does not hold it */
    PyObject *callback; /* or NULL */
    char is_done;
} pyoz_receipt;

static pyoz_receipt *
of_receipt(oz_receipt *receipt)
{
    return (pyoz_receipt *)(void *)((char *)receipt - offsetof(pyoz_receipt, receipt));
}

/* Any thread. */
static void
receipt_done(oz_receipt *receipt)
{
    pyoz_receipt *self = of_receipt(receipt);
    if (pyoz_driver_now == NULL && PYOZ_IS_FINALIZING()) {
        return;
    }
    bool foreign = pyoz_gil_take();
    PyObject *raised = PyErr_GetRaisedException();
    PyObject *callback = self->callback;
    self->callback = NULL;
    self->is_done = 1;
    PyObject *result = callback == NULL ? NULL : PyObject_CallNoArgs(callback);
    if (callback != NULL && result == NULL) {
        PyErr_WriteUnraisable(callback);
    }
    Py_XDECREF(result);
    Py_XDECREF(callback);
    Py_DECREF((PyObject *)self);
    if (raised != NULL) {
        PyErr_SetRaisedException(raised);
    }
    pyoz_gil_leave(foreign);
}

oz_receipt *
pyoz_receipt_hold(PyObject *object)
{
    pyoz_receipt *self = (pyoz_receipt *)object;
    if (self->is_done) {
        PyErr_SetString(PyExc_ValueError,
                        "the receipt has been dealt with: take a new one for each element");
        return NULL;
    }
    if (self->receipt.references > 0) {
        return oz_receipt_retain(&self->receipt);
    }
    Py_INCREF(object);
    self->receipt = (oz_receipt){.references = 1, .done = receipt_done};
    return &self->receipt;
}

/* ---- the type -------------------------------------------------------------------------------- */

static PyObject *
receipt_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"callback", NULL};
    PyObject *callback = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O:Receipt", names, &callback)) {
        return NULL;
    }
    if (callback != Py_None && !PyCallable_Check(callback)) {
        return PyErr_Format(PyExc_TypeError, "Receipt() takes a function, not %R", callback);
    }
    pyoz_receipt *self = (pyoz_receipt *)type->tp_alloc(type, 0);
    if (self != NULL && callback != Py_None) {
        self->callback = Py_NewRef(callback);
    }
    return (PyObject *)self;
}

static int
receipt_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(((pyoz_receipt *)object)->callback);
    return 0;
}

static int
receipt_clear(PyObject *object)
{
    Py_CLEAR(((pyoz_receipt *)object)->callback);
    return 0;
}

static void
receipt_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    (void)receipt_clear(object);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyMemberDef members[] = {
    {"done", T_BOOL, offsetof(pyoz_receipt, is_done), READONLY, "whether it was dealt with"},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "Receipt(callback=None)\n--\n\n"
                "Tells when an element that was emitted with it has been dealt with."},
    {Py_tp_new, receipt_new},
    {Py_tp_dealloc, receipt_dealloc},
    {Py_tp_traverse, receipt_traverse},
    {Py_tp_clear, receipt_clear},
    {Py_tp_members, members},
    {0, NULL},
};

PyType_Spec pyoz_receipt_spec = {
    .name = "ouzel._ouzel.Receipt",
    .basicsize = sizeof(pyoz_receipt),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};
