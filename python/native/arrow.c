/*
 * arrow: the source over anything that gives Arrow data (`__arrow_c_stream__` or
 * `__arrow_c_array__`); and ouzel._ouzel.ArrowSource(source), which asks for it anew for each run.
 */
#include "ouzel/arrow.h"

#include "gil.h"
#include "graph.h"
#include "objects.h"
#include "state.h"

typedef struct pyoz_arrow_source {
    PyObject_HEAD
    PyObject *source;
} pyoz_arrow_source;

/* ---- the type -------------------------------------------------------------------------------- */

static PyObject *
arrow_source_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"source", NULL};
    PyObject *source;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:ArrowSource", names, &source)) {
        return NULL;
    }
    pyoz_arrow_source *self = (pyoz_arrow_source *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->source = Py_NewRef(source);
    }
    return (PyObject *)self;
}

static int
arrow_source_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(((pyoz_arrow_source *)object)->source);
    return 0;
}

static int
arrow_source_clear(PyObject *object)
{
    Py_CLEAR(((pyoz_arrow_source *)object)->source);
    return 0;
}

static void
arrow_source_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    (void)arrow_source_clear(object);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyType_Slot slots[] = {
    {Py_tp_doc, "ArrowSource(source)\n--\n\nArrow data as a source reads it."},
    {Py_tp_new, arrow_source_new},
    {Py_tp_dealloc, arrow_source_dealloc},
    {Py_tp_traverse, arrow_source_traverse},
    {Py_tp_clear, arrow_source_clear},
    {0, NULL},
};

PyType_Spec pyoz_arrow_source_spec = {
    .name = "ouzel._ouzel.ArrowSource",
    .basicsize = sizeof(pyoz_arrow_source),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};

/* ---- the operator ---------------------------------------------------------------------------- */

typedef struct arrow_options {
    oz_scalar source;
} arrow_options;

typedef struct arrow_state {
    struct ArrowArrayStream stream; /* with release NULL: there is none */
    struct ArrowSchema schema;
    struct ArrowArray array; /* the only one, of an object that is no stream */
    const oz_batch *batch;   /* what was read last, from `next` on */
    int64_t next;
    int64_t position; /* rows emitted */
} arrow_state;

static const oz_option options[] = {
    {.name = "source",
     .kind = OZ_OPTION_OBJECT,
     .offset = offsetof(arrow_options, source),
     .help = "an ArrowSource"},
    {.name = NULL},
};

static const char *
partition_name(void *state, uint32_t partition)
{
    (void)state;
    (void)partition;
    return "arrow";
}

/* Moves the struct out of a capsule, which then releases nothing. -1 with an exception. */
static int
move_out(PyObject *capsule, const char *name, void *target, size_t size)
{
    void *source = capsule == NULL ? NULL : PyCapsule_GetPointer(capsule, name);
    if (source == NULL) {
        return -1;
    }
    memcpy(target, source, size);
    if (strcmp(name, "arrow_array_stream") == 0) {
        ((struct ArrowArrayStream *)source)->release = NULL;
    } else if (strcmp(name, "arrow_schema") == 0) {
        ((struct ArrowSchema *)source)->release = NULL;
    } else {
        ((struct ArrowArray *)source)->release = NULL;
    }
    return 0;
}

static int
open_stream(arrow_state *state, PyObject *source)
{
    PyObject *capsule = PyObject_CallMethod(source, "__arrow_c_stream__", NULL);
    int result = move_out(capsule, "arrow_array_stream", &state->stream, sizeof state->stream);
    Py_XDECREF(capsule);
    if (result == 0 && state->stream.get_schema(&state->stream, &state->schema) != 0) {
        const char *said = state->stream.get_last_error(&state->stream);
        PyErr_Format(PyExc_OSError, "the Arrow stream has no schema: %s",
                     said ? said : "no reason");
        return -1;
    }
    return result;
}

static int
open_array(arrow_state *state, PyObject *source)
{
    PyObject *pair = PyObject_CallMethod(source, "__arrow_c_array__", NULL);
    PyObject *schema = pair == NULL ? NULL : PyTuple_GetItem(pair, 0);
    PyObject *array = schema == NULL ? NULL : PyTuple_GetItem(pair, 1);
    int result =
        array == NULL ||
                move_out(schema, "arrow_schema", &state->schema, sizeof state->schema) < 0 ||
                move_out(array, "arrow_array", &state->array, sizeof state->array) < 0
            ? -1
            : 0;
    Py_XDECREF(pair);
    return result;
}

static oz_status
open_partition(void *memory, oz_context *context, uint32_t partition, int64_t position)
{
    arrow_state *state = memory;
    const arrow_options *given = oz_options(context);
    (void)partition;
    bool foreign = pyoz_gil_take();
    PyObject *source = ((pyoz_arrow_source *)given->source.as.object)->source;
    int result = PyObject_HasAttrString(source, "__arrow_c_stream__") ? open_stream(state, source)
                                                                      : open_array(state, source);
    oz_status status = result < 0 ? pyoz_keep_exception(oz_context_error(context)) : OZ_OK;
    pyoz_gil_leave(foreign);
    state->position = position > 0 ? -position : 0; /* rows to step over first */
    return status;
}

static int64_t
get_position(void *state, uint32_t partition)
{
    (void)partition;
    return ((arrow_state *)state)->position;
}

/* The next batch into `state->batch`; NULL at the end. */
static oz_status
read_batch(arrow_state *state, oz_context *context)
{
    const oz_alloc *alloc = oz_context_alloc(context);
    oz_error *error = oz_context_error(context);
    state->next = 0;
    oz_status status = OZ_OK;
    if (state->stream.release != NULL) {
        status = oz_batch_import_next(alloc, &state->schema, &state->stream, &state->batch, error);
    } else if (state->array.release != NULL) {
        status = oz_batch_import(alloc, &state->schema, &state->array, &state->batch, error);
    }
    if (status == OZ_OK && state->batch != NULL && state->position < 0) { /* steps over rows */
        int64_t rows = state->batch->row_count;
        state->next = -state->position < rows ? -state->position : rows;
        state->position += state->next;
    }
    return status;
}

static oz_step
emit_rows(arrow_state *state, oz_context *context, int64_t rows)
{
    const oz_batch *part = NULL;
    int64_t end = state->batch->row_count;
    end = end - state->next < rows ? end : state->next + rows;
    oz_status status = oz_batch_slice(state->batch, state->next, end, &part);
    if (status != OZ_OK) {
        return oz_failed(context, status);
    }
    state->position += end - state->next;
    state->next = end;
    oz_step step = oz_emit(context, 0, part);
    oz_batch_release(&part);
    return step == OZ_FAILED || step == OZ_DONE ? step : OZ_MORE;
}

static oz_step
poll(void *memory, oz_context *context, int64_t rows)
{
    arrow_state *state = memory;
    while (state->batch == NULL || state->next == state->batch->row_count) {
        oz_batch_release(&state->batch);
        oz_status status = read_batch(state, context);
        if (status != OZ_OK) {
            return oz_failed(context, status);
        }
        if (state->batch == NULL) {
            return OZ_DONE;
        }
    }
    return emit_rows(state, context, rows);
}

static void
close_source(void *memory, oz_context *context)
{
    arrow_state *state = memory;
    (void)context;
    oz_batch_release(&state->batch);
    bool foreign = pyoz_gil_take(); /* a release may call Python */
    if (state->array.release != NULL) {
        state->array.release(&state->array);
    }
    if (state->schema.release != NULL) {
        state->schema.release(&state->schema);
    }
    if (state->stream.release != NULL) {
        state->stream.release(&state->stream);
    }
    pyoz_gil_leave(foreign);
}

static const oz_port outputs[] = {
    {.name = "out", .help = "the rows, in columns"},
    {.name = NULL},
};

static const oz_source_verbs verbs = {
    .partition_name = partition_name,
    .open = open_partition,
    .poll = poll,
    .position = get_position,
};

const oz_operator pyoz_operator_arrow = {
    .name = "arrow",
    .summary = "The rows of Arrow data of Python.",
    .outputs = outputs,
    .options = options,
    .options_size = sizeof(arrow_options),
    .state_size = sizeof(arrow_state),
    .close = close_source,
    .source = &verbs,
    .guarantee = OZ_EXACTLY_ONCE,
};
