/* Objects as bytes, for state on disk and for other workers: pickles, protocol 5. */
#include "gil.h"
#include "objects.h"

enum { PICKLE_PROTOCOL = 5 };

/* The object itself when it is one, else a list of them; a handle without object is None. */
static PyObject *
gather(const oz_object *objects, int64_t count)
{
    if (count == 1) {
        return Py_NewRef(objects[0] == NULL ? Py_None : (PyObject *)objects[0]);
    }
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (int64_t i = 0; list != NULL && i < count; i++) {
        PyObject *item = objects[i] == NULL ? Py_None : (PyObject *)objects[i];
        PyList_SET_ITEM(list, (Py_ssize_t)i, Py_NewRef(item));
    }
    return list;
}

static PyObject *
pickled(const oz_object *objects, int64_t count)
{
    PyObject *pickle = PyImport_ImportModule("pickle");
    PyObject *what = pickle == NULL ? NULL : gather(objects, count);
    PyObject *bytes =
        what == NULL ? NULL : PyObject_CallMethod(pickle, "dumps", "Oi", what, PICKLE_PROTOCOL);
    Py_XDECREF(pickle);
    Py_XDECREF(what);
    return bytes;
}

oz_status
pyoz_encode(const oz_object *objects, int64_t count,
            oz_status (*give)(void *context, const void *bytes, size_t size), void *context)
{
    bool foreign = pyoz_gil_take();
    PyObject *bytes = pickled(objects, count);
    oz_status status =
        bytes == NULL ? pyoz_keep_exception(NULL)
                      : give(context, PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes));
    Py_XDECREF(bytes);
    pyoz_gil_leave(foreign);
    return status;
}

static PyObject *
unpickled(const void *bytes, size_t size)
{
    PyObject *pickle = PyImport_ImportModule("pickle");
    PyObject *view =
        PyMemoryView_FromMemory((char *)(uintptr_t)bytes, (Py_ssize_t)size, PyBUF_READ);
    PyObject *object = NULL;
    if (pickle != NULL && view != NULL) {
        object = PyObject_CallMethod(pickle, "loads", "O", view);
    }
    Py_XDECREF(pickle);
    Py_XDECREF(view);
    return object;
}

oz_status
pyoz_decode(const void *bytes, size_t size, oz_object *objects, int64_t count)
{
    bool foreign = pyoz_gil_take();
    oz_status status = OZ_OK;
    PyObject *what = unpickled(bytes, size);
    if (what == NULL) {
        status = pyoz_keep_exception(NULL);
    } else if (count == 1) {
        objects[0] = Py_NewRef(what);
    } else if (!PyList_CheckExact(what) || PyList_GET_SIZE(what) != count) {
        status = OZ_CORRUPT;
    } else {
        for (int64_t i = 0; i < count; i++) {
            objects[i] = Py_NewRef(PyList_GET_ITEM(what, (Py_ssize_t)i));
        }
    }
    Py_XDECREF(what);
    pyoz_gil_leave(foreign);
    return status;
}
