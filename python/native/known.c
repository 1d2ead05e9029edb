/* Recognising known functions; see known.h. known_call.c runs them. */
#include "known.h"

#include "callback.h"

#include <string.h>

/* ---- the table ------------------------------------------------------------------------------- */

static int
add(PyObject *table, PyObject *function, const char *scope, const char *name)
{
    PyObject *full = PyUnicode_FromFormat("%s%s", scope, name);
    int result = full == NULL ? -1 : PyDict_SetItem(table, function, full);
    Py_XDECREF(full);
    return result;
}

/* All methods of a built-in type: str.lower is the very object in the type's dictionary. */
static int
add_methods(PyObject *table, PyTypeObject *type, const char *scope)
{
    PyObject *names = PyObject_Dir((PyObject *)type);
    Py_ssize_t count = names == NULL ? -1 : PyList_GET_SIZE(names);
    int result = names == NULL ? -1 : 0;
    for (Py_ssize_t i = 0; result == 0 && i < count; i++) {
        const char *name = PyUnicode_AsUTF8(PyList_GET_ITEM(names, i));
        PyObject *method = PyObject_GetAttr((PyObject *)type, PyList_GET_ITEM(names, i));
        if (method == NULL || name == NULL) {
            result = -1;
        } else if (Py_IS_TYPE(method, &PyMethodDescr_Type) && name[0] != '_') {
            result = add(table, method, scope, name);
        }
        Py_XDECREF(method);
    }
    Py_XDECREF(names);
    return result;
}

/* The public C functions of a module: operator.add is _operator.add. */
static int
add_functions(PyObject *table, const char *module_name, const char *scope)
{
    PyObject *module = PyImport_ImportModule(module_name);
    PyObject *names = module == NULL ? NULL : PyObject_Dir(module);
    Py_ssize_t count = names == NULL ? -1 : PyList_GET_SIZE(names);
    int result = names == NULL ? -1 : 0;
    for (Py_ssize_t i = 0; result == 0 && i < count; i++) {
        const char *name = PyUnicode_AsUTF8(PyList_GET_ITEM(names, i));
        PyObject *function = PyObject_GetAttr(module, PyList_GET_ITEM(names, i));
        if (function == NULL || name == NULL) {
            result = -1;
        } else if (PyCFunction_Check(function) && name[0] != '_') {
            result = add(table, function, scope, name);
        }
        Py_XDECREF(function);
    }
    Py_XDECREF(names);
    Py_XDECREF(module);
    return result;
}

static int
add_types(PyObject *table)
{
    PyObject *module = PyImport_ImportModule("_operator");
    if (module == NULL) {
        return -1;
    }
    PyObject *getter = PyObject_GetAttrString(module, "itemgetter");
    PyObject *caller = PyObject_GetAttrString(module, "methodcaller");
    int result = getter == NULL || caller == NULL ||
                         add(table, getter, "", "operator.itemgetter") < 0 ||
                         add(table, caller, "", "operator.methodcaller") < 0 ||
                         add(table, (PyObject *)&PyLong_Type, "", "int") < 0 ||
                         add(table, (PyObject *)&PyFloat_Type, "", "float") < 0 ||
                         add(table, (PyObject *)&PyUnicode_Type, "", "str") < 0 ||
                         add(table, (PyObject *)&PyBool_Type, "", "bool") < 0
                     ? -1
                     : 0;
    Py_XDECREF(getter);
    Py_XDECREF(caller);
    Py_DECREF(module);
    return result;
}

static PyObject *
make_table(void)
{
    PyObject *table = PyDict_New();
    if (table == NULL || add_methods(table, &PyUnicode_Type, "str.") < 0 ||
        add_methods(table, &PyBytes_Type, "bytes.") < 0 ||
        add_functions(table, "_operator", "operator.") < 0 ||
        add_functions(table, "builtins", "") < 0 || add_types(table) < 0) {
        Py_CLEAR(table);
    }
    return table;
}

PyObject *
pyoz_known_table(pyoz_state *state)
{
    if (state->known == NULL) {
        state->known = make_table();
    }
    return state->known;
}

/* ---- recognising ----------------------------------------------------------------------------- */

static void
set_name(pyoz_known *known, const char *scope, const char *name)
{
    (void)PyOS_snprintf(known->text, sizeof known->text, "%s%s", scope, name);
    known->name = known->text;
}

/* Takes items [from, ...) of a tuple as arguments; false when one is no native value. */
static bool
set_arguments(pyoz_known *known, PyObject *tuple, Py_ssize_t from)
{
    Py_ssize_t count = PyTuple_GET_SIZE(tuple) - from;
    if (count > PYOZ_KNOWN_ARGUMENTS_MAX) {
        return false;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        pyoz_to_scalar(PyTuple_GET_ITEM(tuple, from + i), &known->arguments[i]);
        if (known->arguments[i].kind == OZ_SCALAR_OBJECT) {
            return false;
        }
    }
    known->argument_count = (uint32_t)count;
    known->owner = Py_NewRef(tuple);
    return true;
}

/* The class itself or one of its functions; `*name` is borrowed, NULL when it is not in the table.
 */
static int
look_up(PyObject *table, PyObject *key, const char **name)
{
    PyObject *found = NULL;
    *name = NULL;
    if (Py_IS_TYPE(key, &PyMethodDescr_Type) || PyCFunction_CheckExact(key) ||
        Py_IS_TYPE(key, &PyType_Type)) {
        found = PyDict_GetItemWithError(table, key);
    }
    if (found != NULL) {
        *name = PyUnicode_AsUTF8(found);
    }
    return PyErr_Occurred() ? -1 : 0;
}

/* itemgetter(...) and methodcaller(...): what they were made of is in their pickled form. */
static int
find_instance(pyoz_known *known, PyObject *table, PyObject *callable)
{
    const char *type_name;
    if (look_up(table, (PyObject *)Py_TYPE(callable), &type_name) < 0) {
        return -1;
    }
    bool is_getter = type_name != NULL && strcmp(type_name, "operator.itemgetter") == 0;
    bool is_caller = type_name != NULL && strcmp(type_name, "operator.methodcaller") == 0;
    if (!is_getter && !is_caller) {
        return 0;
    }
    PyObject *form = PyObject_CallMethod(callable, "__reduce__", NULL);
    PyObject *arguments = form == NULL ? NULL : PyTuple_GetItem(form, 1);
    bool is_plain = arguments != NULL && PyTuple_Check(arguments) &&
                    PyTuple_GetItem(form, 0) == (PyObject *)Py_TYPE(callable);
    if (is_plain && is_getter && set_arguments(known, arguments, 0)) {
        set_name(known, "", type_name);
    } else if (is_plain && is_caller && set_arguments(known, arguments, 1)) {
        const char *method = PyUnicode_AsUTF8(PyTuple_GET_ITEM(arguments, 0));
        if (method != NULL) {
            set_name(known, "str.", method);
        }
    }
    Py_XDECREF(form);
    return PyErr_Occurred() ? -1 : 0;
}

/* "{} => {}".format: a method bound to an exact str. */
static int
find_format(pyoz_known *known, PyObject *callable)
{
    PyObject *text = PyCFunction_CheckExact(callable) ? PyCFunction_GET_SELF(callable) : NULL;
    if (text == NULL || !PyUnicode_CheckExact(text)) {
        return 0;
    }
    PyObject *name = PyObject_GetAttrString(callable, "__name__");
    PyObject *arguments = name == NULL ? NULL : PyTuple_Pack(1, text);
    if (arguments != NULL && PyUnicode_CompareWithASCIIString(name, "format") == 0 &&
        set_arguments(known, arguments, 0)) {
        set_name(known, "str.", "format");
    }
    Py_XDECREF(name);
    Py_XDECREF(arguments);
    return PyErr_Occurred() ? -1 : 0;
}

static int
find_plain(pyoz_known *known, PyObject *table, pyoz_callback *callback)
{
    const char *name;
    if (look_up(table, callback->callable, &name) < 0) {
        return -1;
    }
    if (name == NULL || Py_IS_TYPE(callback->callable, &PyType_Type)) {
        bool is_type = name != NULL && strchr(name, '.') == NULL;
        name = is_type ? name : NULL;
    }
    if (name != NULL && (callback->extra == NULL || set_arguments(known, callback->extra, 0))) {
        set_name(known, "", name);
    }
    return 0;
}

int
pyoz_known_find(pyoz_known *known, PyObject *table, pyoz_callback *callback)
{
    PyObject *callable = callback->callable;
    if (callable == NULL || callback->keywords != NULL) {
        return 0;
    }
    if (find_plain(known, table, callback) < 0) {
        return -1;
    }
    if (known->name == NULL && callback->extra == NULL) {
        return find_instance(known, table, callable) < 0 || find_format(known, callable) < 0 ? -1
                                                                                             : 0;
    }
    return 0;
}

void
pyoz_known_clear(pyoz_known *known)
{
    known->name = NULL;
    known->argument_count = 0;
    known->kernel = NULL;
    Py_CLEAR(known->owner);
}

const char *
pyoz_known_describe(const pyoz_known *known, PyObject *callable, oz_type input)
{
    static const oz_call_kind kinds[] = {OZ_CALL_MAP, OZ_CALL_EXPAND};
    if (known->name == NULL) {
        return callable == NULL ? "Python: takes the item as it is"
                                : "Python: it is not one of the functions that have a native twin";
    }
    if (input == OZ_OBJECT) {
        return oz_kernel_find(known->name, OZ_CALL_MAP, OZ_INT64) == NULL
                   ? "Python: the rows are objects; a C function is called directly"
                   : "native for many numbers at once; for other objects the C function is called";
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (oz_kernel_find(known->name, kinds[i], input) != NULL) {
            return "native";
        }
    }
    return input == OZ_ANY ? "native where the rows are of a type that its native twin takes"
                           : "Python: its native twin does not take rows of this type";
}
