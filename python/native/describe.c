/* Functions of the module that say what operators there are. */
#include "graph.h"
#include "state.h"

/* A tuple of the names of ports; NULL with an exception. */
static PyObject *
port_names(const oz_port *ports)
{
    PyObject *list = PyList_New(0);
    for (const oz_port *port = ports; list != NULL && port != NULL && port->name != NULL; port++) {
        PyObject *name = PyUnicode_FromString(port->name);
        if (name == NULL || PyList_Append(list, name) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(name);
    }
    PyObject *tuple = list == NULL ? NULL : PyList_AsTuple(list);
    Py_XDECREF(list);
    return tuple;
}

static PyObject *
outputs(PyObject *module, PyObject *name_object)
{
    (void)module;
    const char *name = PyUnicode_AsUTF8(name_object);
    const oz_operator *op = name == NULL ? NULL : pyoz_operator_find(name);
    if (op == NULL) {
        return PyErr_Occurred() ? NULL : PyErr_Format(PyExc_LookupError, "no operator %s", name);
    }
    return port_names(op->outputs);
}

/* tables(operator): the names of what it remembers. */
static PyObject *
tables(PyObject *module, PyObject *name_object)
{
    (void)module;
    const char *name = PyUnicode_AsUTF8(name_object);
    const oz_operator *op = name == NULL ? NULL : pyoz_operator_find(name);
    if (op == NULL) {
        return PyErr_Occurred() ? NULL : PyErr_Format(PyExc_LookupError, "no operator %s", name);
    }
    PyObject *list = PyList_New(0);
    for (const oz_table_decl *at = op->tables; list != NULL && at != NULL && at->name != NULL;
         at++) {
        PyObject *table_name = PyUnicode_FromString(at->name);
        if (table_name == NULL || PyList_Append(list, table_name) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(table_name);
    }
    PyObject *tuple = list == NULL ? NULL : PyList_AsTuple(list);
    Py_XDECREF(list);
    return tuple;
}

/* {name: summary} of the operators of the engine. */
static PyObject *
operators(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    PyObject *dict = PyDict_New();
    for (const oz_operator *const *at = oz_operators(); dict != NULL && *at != NULL; at++) {
        PyObject *summary = PyUnicode_FromString((*at)->summary);
        if (summary == NULL || PyDict_SetItemString(dict, (*at)->name, summary) < 0) {
            Py_CLEAR(dict);
        }
        Py_XDECREF(summary);
    }
    return dict;
}

PyMethodDef pyoz_module_methods[] = {
    {"outputs", outputs, METH_O, "outputs(operator) -> the names of its output ports"},
    {"tables", tables, METH_O, "tables(operator) -> the names of its tables"},
    {"operators", operators, METH_NOARGS, "operators() -> {name: summary}"},
    {NULL, NULL, 0, NULL},
};
