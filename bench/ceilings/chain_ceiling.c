/* What an engine for chains of Python functions could at best cost: nothing but the calls.
 *
 *   chain = chain_ceiling.Chain([("map", f), ("filter", g), ("accumulate", h), ("sink", s)], start)
 *   chain.feed(iterable)    all elements in one call
 *   chain.emit(x)           one element
 *
 * A flat loop over the steps, each called by its resolved vectorcall pointer. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <string.h>

#define STEPS_MAX 32

enum kind { KIND_MAP, KIND_FILTER, KIND_ACCUMULATE, KIND_SINK, KIND_COUNT };

struct step {
    enum kind kind;
    PyObject *function;
    vectorcallfunc call;
    PyObject *state; /* accumulate: the latest result */
};

struct chain {
    PyObject_HEAD
    Py_ssize_t step_count;
    struct step steps[STEPS_MAX];
};

static inline PyObject *
call_one(const struct step *step, PyObject *x)
{
    PyObject *arguments[2] = {NULL, x};
    return step->call(step->function, arguments + 1, 1 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
}

/* 1: pass on, 0: drop, -1: raised. */
static inline int
run_filter(const struct step *step, PyObject *x)
{
    PyObject *verdict = call_one(step, x);
    if (!verdict) {
        return -1;
    }
    int truth = verdict == Py_True ? 1 : verdict == Py_False ? 0 : PyObject_IsTrue(verdict);
    Py_DECREF(verdict);
    return truth;
}

static inline PyObject *
run_accumulate(struct step *step, PyObject *x)
{
    PyObject *arguments[3] = {NULL, step->state, x};
    PyObject *state =
        step->call(step->function, arguments + 1, 2 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    if (state) {
        Py_SETREF(step->state, Py_NewRef(state));
    }
    return state;
}

/* Takes an element through all steps; takes over the reference. */
static int
run_element(struct chain *chain, PyObject *x)
{
    for (Py_ssize_t i = 0; i < chain->step_count; i++) {
        struct step *step = &chain->steps[i];
        if (step->kind == KIND_FILTER) {
            int truth = run_filter(step, x);
            if (truth <= 0) {
                Py_DECREF(x);
                return truth;
            }
            continue;
        }
        PyObject *result =
            step->kind == KIND_ACCUMULATE ? run_accumulate(step, x) : call_one(step, x);
        Py_DECREF(x);
        if (!result) {
            return -1;
        }
        x = result;
    }
    Py_DECREF(x);
    return 0;
}

static PyObject *
chain_emit(PyObject *self, PyObject *x)
{
    if (run_element((struct chain *)self, Py_NewRef(x)) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
chain_feed(PyObject *self, PyObject *iterable)
{
    PyObject *iterator = PyObject_GetIter(iterable);
    if (!iterator) {
        return NULL;
    }
    iternextfunc next = Py_TYPE(iterator)->tp_iternext;
    for (PyObject *x; (x = next(iterator));) {
        if (run_element((struct chain *)self, x) < 0) {
            break;
        }
    }
    Py_DECREF(iterator);
    if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_StopIteration)) {
        return NULL;
    }
    PyErr_Clear();
    Py_RETURN_NONE;
}

static int
step_init(struct step *step, PyObject *pair, PyObject *start)
{
    static const char *const names[] = {"map", "filter", "accumulate", "sink"};
    const char *name;
    PyObject *function;
    if (!PyArg_ParseTuple(pair, "sO", &name, &function)) {
        return -1;
    }
    size_t kind = 0;
    while (kind < KIND_COUNT && strcmp(names[kind], name) != 0) {
        kind++;
    }
    if (kind == KIND_COUNT) {
        PyErr_Format(PyExc_ValueError, "no step %s", name);
        return -1;
    }
    step->kind = (enum kind)kind;
    step->function = Py_NewRef(function);
    step->call = PyVectorcall_Function(function);
    if (!step->call) {
        step->call = PyObject_Vectorcall;
    }
    step->state = Py_NewRef(start);
    return 0;
}

static int
chain_init(PyObject *self, PyObject *arguments, PyObject *keywords)
{
    struct chain *chain = (struct chain *)self;
    PyObject *steps, *start = Py_None;
    if (keywords || !PyArg_ParseTuple(arguments, "O!|O", &PyList_Type, &steps, &start)) {
        return -1;
    }
    if (chain->step_count || PyList_GET_SIZE(steps) > STEPS_MAX) {
        PyErr_Format(PyExc_ValueError, "at most %d steps, given once", STEPS_MAX);
        return -1;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(steps); i++) {
        if (step_init(&chain->steps[i], PyList_GET_ITEM(steps, i), start) < 0) {
            return -1;
        }
        chain->step_count++;
    }
    return 0;
}

static void
chain_dealloc(PyObject *self)
{
    struct chain *chain = (struct chain *)self;
    PyTypeObject *type = Py_TYPE(self);
    for (Py_ssize_t i = 0; i < chain->step_count; i++) {
        Py_DECREF(chain->steps[i].function);
        Py_DECREF(chain->steps[i].state);
    }
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef chain_methods[] = {
    {"emit", chain_emit, METH_O, "Takes one element through the chain."},
    {"feed", chain_feed, METH_O, "Takes all elements of an iterable through the chain."},
    {0},
};

static PyType_Slot chain_slots[] = {
    {Py_tp_init, chain_init},
    {Py_tp_dealloc, chain_dealloc},
    {Py_tp_methods, chain_methods},
    {0},
};

static PyType_Spec chain_spec = {
    .name = "chain_ceiling.Chain",
    .basicsize = sizeof(struct chain),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = chain_slots,
};

static int
module_exec(PyObject *module)
{
    PyObject *type = PyType_FromSpec(&chain_spec);
    int status = type ? PyModule_AddObjectRef(module, "Chain", type) : -1;
    Py_XDECREF(type);
    return status;
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, module_exec}, {0}};

static PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "chain_ceiling",
    .m_slots = module_slots,
};

PyMODINIT_FUNC
PyInit_chain_ceiling(void)
{
    return PyModuleDef_Init(&module_def);
}
