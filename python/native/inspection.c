/*
 * ouzel._ouzel.Inspection(path, unpickle=False): what is in a state folder. `info` is all of it but
 * the entries of tables; table(step, table, by_key) gives those, by the numbers that they have in
 * it.
 *
 * Pickles may run any code: without `unpickle` an object is an ouzel.Pickled, its bytes.
 */
#include "ouzel/inspect.h"

#include "errors.h"
#include "objects.h"
#include "state.h"
#include "table.h"

typedef struct pyoz_inspection {
    PyObject_HEAD
    oz_inspection *inspection;
    oz_object_class objects; /* of what its tables hold */
} pyoz_inspection;

/* ---- objects that stay closed ---------------------------------------------------------------- */

/* Of several objects that were written together each is the whole. */
static oz_status
decode_sealed(const void *bytes, size_t size, oz_object *objects, int64_t count)
{
    PyObject *module = PyImport_ImportModule("ouzel._inspect");
    PyObject *sealed = module == NULL
                           ? NULL
                           : PyObject_CallMethod(module, "Pickled", "y#", bytes, (Py_ssize_t)size);
    Py_XDECREF(module);
    if (sealed == NULL) {
        return OZ_BAD_RECORD;
    }
    for (int64_t i = 0; i < count; i++) {
        objects[i] = Py_NewRef(sealed);
    }
    Py_DECREF(sealed);
    return OZ_OK;
}

/* ---- the type -------------------------------------------------------------------------------- */

static PyObject *
inspection_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"path", "unpickle", NULL};
    PyObject *path;
    int unpickle = 0;
    oz_error error = {.status = OZ_OK};
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O&|p:Inspection", names, PyUnicode_FSConverter,
                                     &path, &unpickle)) {
        return NULL;
    }
    pyoz_inspection *self = (pyoz_inspection *)type->tp_alloc(type, 0);
    oz_status status = OZ_OK;
    if (self != NULL) {
        self->objects = pyoz_objects;
        self->objects.decode = unpickle ? pyoz_objects.decode : decode_sealed;
        const oz_inspect_options options = {.objects = &self->objects};
        status = oz_inspect(PyBytes_AS_STRING(path), &options, &self->inspection, &error);
    }
    Py_DECREF(path);
    if (status != OZ_OK) {
        Py_DECREF((PyObject *)self);
        return pyoz_raise(pyoz_state_of(type), &error);
    }
    return (PyObject *)self;
}

static void
inspection_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    oz_inspection_free(&((pyoz_inspection *)object)->inspection);
    type->tp_free(object);
    Py_DECREF(type);
}

/* ---- what is in it --------------------------------------------------------------------------- */

static PyObject *
table_info(const oz_inspected_table *table)
{
    static const char *const kinds[] = {"value", "list", "map", "queue"};
    return Py_BuildValue("{sssssOsLsK}", "name", table->name, "kind", kinds[table->decl.kind & 3],
                         "keyed", table->decl.keyed ? Py_True : Py_False, "entries",
                         (long long)oz_table_count(table->table), "bytes",
                         (unsigned long long)oz_table_bytes(table->table));
}

static PyObject *
tables_info(const oz_inspected_step *step)
{
    PyObject *list = PyList_New((Py_ssize_t)step->table_count);
    for (uint32_t i = 0; list != NULL && i < step->table_count; i++) {
        PyObject *item = table_info(&step->tables[i]);
        if (item == NULL) {
            Py_CLEAR(list);
        } else {
            PyList_SET_ITEM(list, (Py_ssize_t)i, item);
        }
    }
    return list;
}

static PyObject *
positions_info(const oz_inspected_step *step)
{
    PyObject *dict = PyDict_New();
    for (uint32_t i = 0; dict != NULL && i < step->position_count; i++) {
        const oz_inspected_position *from = &step->positions[i];
        PyObject *name = PyUnicode_DecodeFSDefault(from->partition);
        PyObject *position = PyLong_FromLongLong(from->position);
        if (name == NULL || position == NULL || PyDict_SetItem(dict, name, position) < 0) {
            Py_CLEAR(dict);
        }
        Py_XDECREF(name);
        Py_XDECREF(position);
    }
    return dict;
}

static PyObject *
step_info(const oz_inspected_step *step)
{
    PyObject *watermark = step->watermark_ns == INT64_MIN ? Py_NewRef(Py_None)
                                                          : PyLong_FromLongLong(step->watermark_ns);
    return Py_BuildValue("{sIsssssOsOsNsNsN}", "worker", step->worker, "id", step->id, "operator",
                         step->op, "ended", step->has_ended ? Py_True : Py_False, "elsewhere",
                         step->is_elsewhere ? Py_True : Py_False, "watermark_ns", watermark,
                         "tables", tables_info(step), "positions", positions_info(step));
}

static PyObject *
file_info(const oz_inspected_file *file)
{
    return Py_BuildValue("(sIK)", file->name, file->worker, (unsigned long long)file->size);
}

static PyObject *
inspection_get_info(PyObject *object, void *closure)
{
    (void)closure;
    const oz_inspection *of = ((pyoz_inspection *)object)->inspection;
    PyObject *files = PyList_New((Py_ssize_t)of->file_count);
    PyObject *steps = PyList_New((Py_ssize_t)of->step_count);
    bool is_good = files != NULL && steps != NULL;
    for (uint32_t i = 0; is_good && i < of->file_count; i++) {
        PyObject *item = file_info(&of->files[i]);
        is_good = item != NULL;
        PyList_SET_ITEM(files, (Py_ssize_t)i, item);
    }
    for (uint32_t i = 0; is_good && i < of->step_count; i++) {
        PyObject *item = step_info(&of->steps[i]);
        is_good = item != NULL;
        PyList_SET_ITEM(steps, (Py_ssize_t)i, item);
    }
    PyObject *info = is_good ? Py_BuildValue("{sKsKsKsOsIsOsO}", "job", (unsigned long long)of->job,
                                             "generation", (unsigned long long)of->generation,
                                             "epoch", (unsigned long long)of->epoch, "ended",
                                             of->has_ended ? Py_True : Py_False, "workers",
                                             of->workers, "files", files, "steps", steps)
                             : NULL;
    Py_XDECREF(files);
    Py_XDECREF(steps);
    return info;
}

/* table(step, table, by_key): see pyoz_table_dump. */
static PyObject *
inspection_table(PyObject *object, PyObject *args)
{
    const oz_inspection *of = ((pyoz_inspection *)object)->inspection;
    unsigned int step;
    unsigned int table;
    int by_key;
    if (!PyArg_ParseTuple(args, "IIp:table", &step, &table, &by_key)) {
        return NULL;
    }
    if (step >= of->step_count || table >= of->steps[step].table_count) {
        return PyErr_Format(PyExc_IndexError, "no table %u of step %u", table, step);
    }
    const oz_inspected_table *found = &of->steps[step].tables[table];
    return pyoz_table_dump(found->table, &found->decl, by_key != 0);
}

static PyMethodDef methods[] = {
    {"table", inspection_table, METH_VARARGS, "table(step, table, by_key) -> dict or list"},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef getset[] = {
    {"info", inspection_get_info, NULL, "all but the entries of tables", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "Inspection(path, unpickle=False)\n--\n\nWhat is in a state folder."},
    {Py_tp_new, inspection_new},
    {Py_tp_dealloc, inspection_dealloc},
    {Py_tp_methods, methods},
    {Py_tp_getset, getset},
    {0, NULL},
};

PyType_Spec pyoz_inspection_spec = {
    .name = "ouzel._ouzel.Inspection",
    .basicsize = sizeof(pyoz_inspection),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};
