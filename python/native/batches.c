/*
 * ouzel._ouzel.Batches: what to_arrow() gives, filled by the operator "gather". A sequence of
 * batches, and an Arrow stream of them (__arrow_c_stream__).
 */
#include "batch.h"
#include "errors.h"
#include "gil.h"
#include "graph.h"
#include "ouzel/arrow.h"

typedef struct pyoz_batches {
    PyObject_HEAD
    const oz_batch **batches; /* retained */
    Py_ssize_t count;
    Py_ssize_t capacity;
} pyoz_batches;

/* ---- the type -------------------------------------------------------------------------------- */

static PyObject *
batches_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    (void)args;
    (void)kwargs;
    return type->tp_alloc(type, 0);
}

static void
batches_dealloc(PyObject *object)
{
    pyoz_batches *self = (pyoz_batches *)object;
    PyTypeObject *type = Py_TYPE(object);
    pyoz_driver driver;
    pyoz_drive(&driver, NULL);
    for (Py_ssize_t i = 0; i < self->count; i++) {
        oz_batch_release(&self->batches[i]);
    }
    pyoz_drive_end(&driver);
    PyMem_RawFree(self->batches);
    type->tp_free(object);
    Py_DECREF(type);
}

static Py_ssize_t
batches_length(PyObject *object)
{
    return ((pyoz_batches *)object)->count;
}

static PyObject *
batches_item(PyObject *object, Py_ssize_t index)
{
    pyoz_batches *self = (pyoz_batches *)object;
    if (index < 0 || index >= self->count) {
        return PyErr_Format(PyExc_IndexError, "there are %zd batches", self->count);
    }
    return pyoz_batch_new(pyoz_state_of(Py_TYPE(object)), self->batches[index]);
}

static void
free_stream(PyObject *capsule)
{
    struct ArrowArrayStream *stream = PyCapsule_GetPointer(capsule, "arrow_array_stream");
    if (stream->release != NULL) {
        pyoz_driver driver;
        pyoz_drive(&driver, NULL);
        stream->release(stream);
        pyoz_drive_end(&driver);
    }
    PyMem_Free(stream);
}

static PyObject *
batches_arrow_c_stream(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"requested_schema", NULL};
    pyoz_batches *self = (pyoz_batches *)object;
    pyoz_state *state = pyoz_state_of(Py_TYPE(object));
    PyObject *requested = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O:__arrow_c_stream__", names, &requested)) {
        return NULL;
    }
    if (self->count == 0) {
        return PyErr_Format(state->graph_error, "the stream gave no rows: they have no schema");
    }
    struct ArrowArrayStream *stream = PyMem_Calloc(1, sizeof *stream);
    oz_error error = {.status = OZ_NO_MEMORY};
    oz_status status = OZ_NO_MEMORY;
    if (stream != NULL) {
        pyoz_driver driver;
        pyoz_drive(&driver, NULL);
        status = oz_batches_export(self->batches, (uint32_t)self->count, stream, &error);
        pyoz_drive_end(&driver);
    }
    if (status != OZ_OK) {
        PyMem_Free(stream);
        return pyoz_raise(state, &error);
    }
    return PyCapsule_New(stream, "arrow_array_stream", free_stream);
}

static PyMethodDef methods[] = {
    {"__arrow_c_stream__", (PyCFunction)(void (*)(void))batches_arrow_c_stream,
     METH_VARARGS | METH_KEYWORDS, "the batches as an Arrow stream"},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "Batches of rows: a sequence, and an Arrow stream."},
    {Py_tp_new, batches_new},
    {Py_tp_dealloc, batches_dealloc},
    {Py_sq_length, batches_length},
    {Py_sq_item, batches_item},
    {Py_tp_methods, methods},
    {0, NULL},
};

PyType_Spec pyoz_batches_spec = {
    .name = "ouzel._ouzel.Batches",
    .basicsize = sizeof(pyoz_batches),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};

/* ---- the operator ---------------------------------------------------------------------------- */

typedef struct gather_options {
    oz_scalar batches;
} gather_options;

static const oz_option options[] = {
    {.name = "batches",
     .kind = OZ_OPTION_OBJECT,
     .offset = offsetof(gather_options, batches),
     .help = "the Batches that gather the rows"},
    {.name = NULL},
};

static oz_status
gather(pyoz_batches *self, const oz_batch *batch)
{
    if (self->count == self->capacity) {
        Py_ssize_t capacity = self->capacity == 0 ? 16 : 2 * self->capacity;
        const oz_batch **batches =
            PyMem_RawRealloc(self->batches, (size_t)capacity * sizeof *batches);
        if (batches == NULL) {
            return OZ_NO_MEMORY;
        }
        self->batches = batches;
        self->capacity = capacity;
    }
    const oz_batch *retained = oz_batch_retain(batch);
    if (retained == NULL) {
        return OZ_NO_MEMORY;
    }
    self->batches[self->count++] = retained;
    return OZ_OK;
}

/* Needs no GIL: only the thread that drives writes, and nobody reads meanwhile. */
static oz_step
gather_on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)state;
    (void)input;
    const gather_options *given = oz_options(context);
    oz_status status = batch->row_count == 0 ? OZ_OK : gather(given->batches.as.object, batch);
    return status == OZ_OK ? OZ_NEED : oz_failed(context, status);
}

static const oz_port inputs[] = {
    {.name = "in", .routing = OZ_ROUTE_SINGLE, .help = "any rows"},
    {.name = NULL},
};

const oz_operator pyoz_operator_gather = {
    .name = "gather",
    .summary = "Gathers all batches for Arrow.",
    .inputs = inputs,
    .options = options,
    .options_size = sizeof(gather_options),
    .on_batch = gather_on_batch,
    .guarantee = OZ_AT_LEAST_ONCE,
};
