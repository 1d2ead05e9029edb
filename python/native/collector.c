/*
 * ouzel._ouzel.Collector: gathers all rows of a stream for to_list(), filled by the operator
 * "collect", which needs no more than a copy of a pointer a row.
 */
#include "gil.h"
#include "graph.h"
#include "objects.h"
#include "state.h"

#include <string.h>

typedef struct pyoz_collector {
    PyObject_HEAD
    PyObject **items;
    Py_ssize_t count;
    Py_ssize_t capacity;
} pyoz_collector;

/* ---- the type -------------------------------------------------------------------------------- */

static PyObject *
collector_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    (void)args;
    (void)kwargs;
    return type->tp_alloc(type, 0);
}

static int
collector_traverse(PyObject *object, visitproc visit, void *arg)
{
    pyoz_collector *self = (pyoz_collector *)object;
    Py_VISIT(Py_TYPE(object));
    for (Py_ssize_t i = 0; i < self->count; i++) {
        Py_VISIT(self->items[i]);
    }
    return 0;
}

static int
collector_clear(PyObject *object)
{
    pyoz_collector *self = (pyoz_collector *)object;
    PyObject **items = self->items;
    Py_ssize_t count = self->count;
    self->items = NULL;
    self->count = self->capacity = 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        Py_DECREF(items[i]);
    }
    PyMem_Free(items);
    return 0;
}

static void
collector_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    (void)collector_clear(object);
    type->tp_free(object);
    Py_DECREF(type);
}

/* take() -> list: all that was gathered; the collector is empty again. */
static PyObject *
collector_take(PyObject *object, PyObject *unused)
{
    pyoz_collector *self = (pyoz_collector *)object;
    (void)unused;
    PyObject *list = PyList_New(self->count);
    if (list == NULL) {
        return NULL;
    }
    if (self->count > 0) {
        memcpy(PySequence_Fast_ITEMS(list), self->items, (size_t)self->count * sizeof *self->items);
    }
    self->count = 0;
    (void)collector_clear(object);
    return list;
}

static Py_ssize_t
collector_length(PyObject *object)
{
    return ((pyoz_collector *)object)->count;
}

static PyMethodDef methods[] = {
    {"take", collector_take, METH_NOARGS, "take() -> list of all that was gathered"},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "Gathers the rows of a stream."},
    {Py_tp_new, collector_new},
    {Py_tp_dealloc, collector_dealloc},
    {Py_tp_traverse, collector_traverse},
    {Py_tp_clear, collector_clear},
    {Py_sq_length, collector_length},
    {Py_tp_methods, methods},
    {0, NULL},
};

PyType_Spec pyoz_collector_spec = {
    .name = "ouzel._ouzel.Collector",
    .basicsize = sizeof(pyoz_collector),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};

/* ---- the operator ---------------------------------------------------------------------------- */

typedef struct collect_options {
    oz_scalar collector;
} collect_options;

static const oz_option options[] = {
    {.name = "collector",
     .kind = OZ_OPTION_OBJECT,
     .offset = offsetof(collect_options, collector),
     .help = "the Collector that gathers the rows"},
    {.name = NULL},
};

static bool
reserve(pyoz_collector *self, int64_t rows)
{
    if (self->count + rows <= self->capacity) {
        return true;
    }
    Py_ssize_t capacity = self->capacity < 64 ? 64 : self->capacity;
    while (capacity < self->count + rows) {
        capacity += capacity / 2;
    }
    PyObject **items = PyMem_Realloc(self->items, (size_t)capacity * sizeof *items);
    if (items == NULL) {
        return false;
    }
    self->items = items;
    self->capacity = capacity;
    return true;
}

static oz_status
gather(pyoz_collector *self, const oz_batch *batch)
{
    const oz_column *column = batch->columns[0];
    if (batch->column_count == 1 && column->type == OZ_OBJECT && column->validity == NULL &&
        batch->names == NULL) {
        PyObject *const *rows = column->values;
        PyObject **target = self->items + self->count;
        for (int64_t row = 0; row < batch->row_count; row++) {
            target[row] = Py_NewRef(rows[row]);
        }
        self->count += batch->row_count;
        return OZ_OK;
    }
    for (int64_t row = 0; row < batch->row_count; row++) {
        PyObject *object = pyoz_row(batch, row);
        if (object == NULL) {
            return pyoz_keep_exception(NULL);
        }
        self->items[self->count++] = object;
    }
    return OZ_OK;
}

static oz_step
collect_on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    pyoz_collector *self = ((const collect_options *)oz_options(context))->collector.as.object;
    (void)state;
    (void)input;
    bool foreign = pyoz_gil_take();
    oz_status status = reserve(self, batch->row_count) ? gather(self, batch) : OZ_NO_MEMORY;
    pyoz_gil_leave(foreign);
    return status == OZ_OK ? OZ_NEED : oz_failed(context, status);
}

static const oz_port inputs[] = {
    {.name = "in", .routing = OZ_ROUTE_SINGLE, .help = "any rows"},
    {.name = NULL},
};

const oz_operator pyoz_operator_collect = {
    .name = "collect",
    .summary = "Gathers all rows for a Python list.",
    .inputs = inputs,
    .options = options,
    .options_size = sizeof(collect_options),
    .on_batch = collect_on_batch,
    .guarantee = OZ_AT_LEAST_ONCE,
};
