/*
 * ouzel._ouzel.Batch: rows that go through a graph. A sequence of Python objects, made when they
 * are asked for; and Arrow columns without a copy where the layouts agree (__arrow_c_array__).
 */
#include "batch.h"

#include "errors.h"
#include "gil.h"
#include "objects.h"
#include "ouzel/arrow.h"

PyObject *
pyoz_batch_new(pyoz_state *state, const oz_batch *batch)
{
    const oz_batch *retained = oz_batch_retain(batch);
    if (retained == NULL) {
        return PyErr_NoMemory();
    }
    pyoz_batch *self = (pyoz_batch *)state->batch_type->tp_alloc(state->batch_type, 0);
    if (self == NULL) {
        oz_batch_release(&retained);
        return NULL;
    }
    self->batch = retained;
    return (PyObject *)self;
}

static void
batch_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    pyoz_driver driver;
    pyoz_drive(&driver, NULL);
    oz_batch_release(&((pyoz_batch *)object)->batch);
    pyoz_drive_end(&driver);
    type->tp_free(object);
    Py_DECREF(type);
}

/* ---- a sequence ------------------------------------------------------------------------------ */

static Py_ssize_t
batch_length(PyObject *object)
{
    return (Py_ssize_t)((pyoz_batch *)object)->batch->row_count;
}

static PyObject *
row_of(PyObject *object, int64_t row)
{
    pyoz_driver driver;
    pyoz_drive(&driver, NULL);
    PyObject *value = pyoz_row(((pyoz_batch *)object)->batch, row);
    pyoz_drive_end(&driver);
    return value;
}

static PyObject *
batch_item(PyObject *object, Py_ssize_t row)
{
    if (row < 0 || row >= batch_length(object)) {
        return PyErr_Format(PyExc_IndexError, "the batch has %zd rows", batch_length(object));
    }
    return row_of(object, row);
}

static PyObject *
batch_to_list(PyObject *object, PyObject *unused)
{
    (void)unused;
    Py_ssize_t count = batch_length(object);
    PyObject *list = PyList_New(count);
    for (Py_ssize_t row = 0; list != NULL && row < count; row++) {
        PyObject *value = row_of(object, row);
        if (value == NULL) {
            Py_CLEAR(list);
        } else {
            PyList_SET_ITEM(list, row, value);
        }
    }
    return list;
}

/* ---- columns --------------------------------------------------------------------------------- */

static PyObject *
batch_get_types(PyObject *object, void *closure)
{
    (void)closure;
    const oz_batch *batch = ((pyoz_batch *)object)->batch;
    PyObject *types = PyTuple_New((Py_ssize_t)batch->column_count);
    for (uint32_t i = 0; types != NULL && i < batch->column_count; i++) {
        PyObject *type = PyUnicode_FromString(oz_type_name(batch->columns[i]->type));
        if (type == NULL) {
            Py_CLEAR(types);
        } else {
            PyTuple_SET_ITEM(types, (Py_ssize_t)i, type);
        }
    }
    return types;
}

static PyObject *
batch_get_names(PyObject *object, void *closure)
{
    (void)closure;
    const oz_batch *batch = ((pyoz_batch *)object)->batch;
    if (batch->names == NULL) {
        Py_RETURN_NONE;
    }
    PyObject *names = PyTuple_New((Py_ssize_t)batch->column_count);
    for (uint32_t i = 0; names != NULL && i < batch->column_count; i++) {
        PyObject *name = PyUnicode_FromString(batch->names[i]);
        if (name == NULL) {
            Py_CLEAR(names);
        } else {
            PyTuple_SET_ITEM(names, (Py_ssize_t)i, name);
        }
    }
    return names;
}

/* ---- Arrow ----------------------------------------------------------------------------------- */

static void
free_schema(PyObject *capsule)
{
    struct ArrowSchema *schema = PyCapsule_GetPointer(capsule, "arrow_schema");
    if (schema->release != NULL) {
        schema->release(schema);
    }
    PyMem_Free(schema);
}

static void
free_array(PyObject *capsule)
{
    struct ArrowArray *array = PyCapsule_GetPointer(capsule, "arrow_array");
    if (array->release != NULL) {
        array->release(array);
    }
    PyMem_Free(array);
}

/* The pair of capsules around what was exported; takes both structs. */
static PyObject *
capsules(struct ArrowSchema *schema, struct ArrowArray *array)
{
    PyObject *schema_capsule = PyCapsule_New(schema, "arrow_schema", free_schema);
    PyObject *array_capsule = PyCapsule_New(array, "arrow_array", free_array);
    if (schema_capsule == NULL || array_capsule == NULL) {
        Py_XDECREF(schema_capsule);
        Py_XDECREF(array_capsule);
        return NULL;
    }
    return Py_BuildValue("(NN)", schema_capsule, array_capsule);
}

/* __arrow_c_array__(requested_schema=None): the PyCapsule protocol; a request may be ignored. */
static PyObject *
batch_arrow_c_array(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"requested_schema", NULL};
    PyObject *requested = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O:__arrow_c_array__", names, &requested)) {
        return NULL;
    }
    struct ArrowSchema *schema = PyMem_Calloc(1, sizeof *schema);
    struct ArrowArray *array = PyMem_Calloc(1, sizeof *array);
    oz_error error = {.status = OZ_NO_MEMORY};
    oz_status status = OZ_NO_MEMORY;
    if (schema != NULL && array != NULL) {
        pyoz_driver driver;
        pyoz_drive(&driver, NULL);
        status = oz_batch_export(((pyoz_batch *)object)->batch, schema, array, &error);
        pyoz_drive_end(&driver);
    }
    if (status != OZ_OK) {
        PyMem_Free(schema);
        PyMem_Free(array);
        return pyoz_raise(pyoz_state_of(Py_TYPE(object)), &error);
    }
    return capsules(schema, array);
}

static PyObject *
batch_repr(PyObject *object)
{
    const oz_batch *batch = ((pyoz_batch *)object)->batch;
    return PyUnicode_FromFormat("<Batch of %lld rows, %u columns>", (long long)batch->row_count,
                                (unsigned int)batch->column_count);
}

static PyMethodDef methods[] = {
    {"to_list", batch_to_list, METH_NOARGS, "to_list() -> all rows as objects"},
    {"__arrow_c_array__", (PyCFunction)(void (*)(void))batch_arrow_c_array,
     METH_VARARGS | METH_KEYWORDS, "the rows as an Arrow struct array"},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef getset[] = {
    {"types", batch_get_types, NULL, "the types of the columns", NULL},
    {"names", batch_get_names, NULL, "the names of the columns, or None", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "Rows that go through a graph: a sequence of objects, and Arrow columns."},
    {Py_tp_dealloc, batch_dealloc},
    {Py_tp_repr, batch_repr},
    {Py_sq_length, batch_length},
    {Py_sq_item, batch_item},
    {Py_tp_methods, methods},
    {Py_tp_getset, getset},
    {0, NULL},
};

PyType_Spec pyoz_batch_spec = {
    .name = "ouzel._ouzel.Batch",
    .basicsize = sizeof(pyoz_batch),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = slots,
};
