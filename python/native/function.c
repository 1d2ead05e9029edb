/*
 * ouzel._ouzel.Function(callable, args=(), kwargs=None, *, star, negate, with_state, init): a
 * callable as a step uses it. The engine may hold the oz_function longer than this object lives;
 * what Python's garbage collector needs to see (the callable and further arguments) is visited from
 * here.
 */
#include "function.h"

#include "state.h"

static PyObject *
function_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"callable", "args",       "kwargs", "star",
                            "negate",   "with_state", "init",   NULL};
    PyObject *callable, *extra = NULL, *keywords = NULL, *init = Py_None;
    int is_star = 0, is_negated = 0, gives_state = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O!O!$pppO:Function", names, &callable,
                                     &PyTuple_Type, &extra, &PyDict_Type, &keywords, &is_star,
                                     &is_negated, &gives_state, &init)) {
        return NULL;
    }
    PyObject *wrong = callable != Py_None && !PyCallable_Check(callable) ? callable
                      : init != Py_None && !PyCallable_Check(init)       ? init
                                                                         : NULL;
    if (wrong != NULL) {
        return PyErr_Format(PyExc_TypeError, "%.200R is not callable", wrong);
    }
    PyObject *table = pyoz_known_table(pyoz_state_of(type));
    pyoz_function *self = table == NULL ? NULL : (pyoz_function *)type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    self->callback = pyoz_callback_new(callable, extra, keywords, table);
    if (self->callback == NULL) {
        Py_DECREF(self);
        return NULL;
    }
    self->callback->is_star = is_star != 0;
    self->callback->is_negated = is_negated != 0;
    self->callback->is_plain &= !is_star;
    self->callback->gives_state = gives_state != 0;
    if (!self->callback->is_plain || gives_state) {
        self->callback->function.call_one = NULL;
    }
    self->callback->init = init == Py_None ? NULL : Py_NewRef(init);
    self->callback->is_expiring =
        PyType_Check(init) &&
        PyType_IsSubtype((PyTypeObject *)init, pyoz_state_of(type)->expiring_type);
    return (PyObject *)self;
}

static int
function_traverse(PyObject *object, visitproc visit, void *arg)
{
    pyoz_callback *callback = ((pyoz_function *)object)->callback;
    Py_VISIT(Py_TYPE(object));
    if (callback != NULL) {
        Py_VISIT(callback->callable);
        Py_VISIT(callback->extra);
        Py_VISIT(callback->init);
        Py_VISIT(callback->known.owner);
    }
    return 0;
}

static int
function_clear(PyObject *object)
{
    pyoz_callback *callback = ((pyoz_function *)object)->callback;
    if (callback != NULL) {
        pyoz_callback_clear(callback);
    }
    return 0;
}

static void
function_dealloc(PyObject *object)
{
    pyoz_function *self = (pyoz_function *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    pyoz_driver driver;
    pyoz_drive(&driver, NULL);
    oz_function *function = self->callback == NULL ? NULL : &self->callback->function;
    self->callback = NULL;
    oz_function_release(&function);
    pyoz_drive_end(&driver);
    type->tp_free(object);
    Py_DECREF(type);
}

/* explain(): "native", or why not, for rows of a type ("STRING"); "" for not yet known. */
static PyObject *
function_describe(PyObject *object, PyObject *type_name)
{
    pyoz_callback *callback = ((pyoz_function *)object)->callback;
    const char *wanted = PyUnicode_AsUTF8(type_name);
    if (wanted == NULL) {
        return NULL;
    }
    oz_type input = OZ_ANY;
    for (int type = 0; type < OZ_TYPE_COUNT; type++) {
        if (strcmp(oz_type_name((oz_type)type), wanted) == 0) {
            input = (oz_type)type;
        }
    }
    return PyUnicode_FromString(pyoz_known_describe(&callback->known, callback->callable, input));
}

static PyObject *
function_get_callable(PyObject *object, void *closure)
{
    (void)closure;
    PyObject *callable = ((pyoz_function *)object)->callback->callable;
    return Py_NewRef(callable == NULL ? Py_None : callable);
}

static PyObject *
function_get_name(PyObject *object, void *closure)
{
    (void)closure;
    PyObject *name = ((pyoz_function *)object)->callback->name;
    return Py_NewRef(name);
}

static PyObject *
function_get_known(PyObject *object, void *closure)
{
    (void)closure;
    return PyBool_FromLong(((pyoz_function *)object)->callback->known.name != NULL);
}

/* All that the function was made of besides the callable: for those who read a drawn graph. */
static PyObject *
function_get_given(PyObject *object, void *closure)
{
    (void)closure;
    const pyoz_callback *callback = ((pyoz_function *)object)->callback;
    return Py_BuildValue("{sOsOsNsNsNsO}", "extra", callback->extra ? callback->extra : Py_None,
                         "keywords", callback->keywords ? callback->keywords : Py_None, "star",
                         PyBool_FromLong(callback->is_star), "negate",
                         PyBool_FromLong(callback->is_negated), "with_state",
                         PyBool_FromLong(callback->gives_state), "init",
                         callback->init ? callback->init : Py_None);
}

static PyObject *
function_repr(PyObject *object)
{
    return PyUnicode_FromFormat("<Function %U>", ((pyoz_function *)object)->callback->name);
}

static PyMethodDef methods[] = {
    {"describe", function_describe, METH_O, "describe(type) -> \"native\", or why not"},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef getset[] = {
    {"callable", function_get_callable, NULL, "what is called; None: nothing", NULL},
    {"name", function_get_name, NULL, "as messages show it", NULL},
    {"known", function_get_known, NULL, "whether there is a native twin", NULL},
    {"given", function_get_given, NULL, "further arguments and flags, as a dict", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "Function(callable, args=(), kwargs=None, *, star=False, negate=False, "
                "with_state=False, init=None)\n--\n\n"
                "A callable as a step uses it; None stands for the item itself."},
    {Py_tp_new, function_new},
    {Py_tp_dealloc, function_dealloc},
    {Py_tp_traverse, function_traverse},
    {Py_tp_clear, function_clear},
    {Py_tp_repr, function_repr},
    {Py_tp_methods, methods},
    {Py_tp_getset, getset},
    {0, NULL},
};

PyType_Spec pyoz_function_spec = {
    .name = "ouzel._ouzel.Function",
    .basicsize = sizeof(pyoz_function),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};
