/*
 * ouzel._ouzel.Expiring: the base of ouzel.State, what of it the engine reads and writes.
 *
 * `now_ns` is set before each call of a function with such a state: the event time of the row, or
 * the wall clock; never earlier than before. `spent_ns` is kept by State: the time from which on
 * nothing is in it any more.
 */
#include "expiring.h"

#include <structmember.h>

#include "gil.h"
#include "state.h"

static PyObject *
expiring_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    (void)args;
    (void)kwargs;
    pyoz_expiring *self = (pyoz_expiring *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->spent_ns = INT64_MIN;
    }
    return (PyObject *)self;
}

static void
expiring_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyMemberDef members[] = {
    {"now_ns", T_LONGLONG, offsetof(pyoz_expiring, now_ns), 0, "the time of the row"},
    {"spent_ns", T_LONGLONG, offsetof(pyoz_expiring, spent_ns), 0, "when the last entry goes"},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "The base of ouzel.State: what the engine reads and writes of it."},
    {Py_tp_new, expiring_new},
    {Py_tp_dealloc, expiring_dealloc},
    {Py_tp_members, members},
    {0, NULL},
};

PyType_Spec pyoz_expiring_spec = {
    .name = "ouzel._ouzel.Expiring",
    .basicsize = sizeof(pyoz_expiring),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};

pyoz_expiring *
pyoz_expiring_of(PyObject *object)
{
    PyObject *module = PyType_GetModuleByDef(Py_TYPE(object), &pyoz_module);
    if (module == NULL) {
        PyErr_Clear();
        return NULL;
    }
    pyoz_state *state = PyModule_GetState(module);
    return PyObject_TypeCheck(object, state->expiring_type) ? (pyoz_expiring *)object : NULL;
}

bool
pyoz_is_spent(oz_object object, int64_t time_ns)
{
    bool foreign = pyoz_gil_take();
    const pyoz_expiring *self = pyoz_expiring_of(object);
    bool is_spent = self != NULL && self->spent_ns <= time_ns;
    pyoz_gil_leave(foreign);
    return is_spent;
}
