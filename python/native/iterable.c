/*
 * iterable: the source over any Python iterable; and ouzel._ouzel.Iterable(source, eager=False),
 * which holds the iterable and, while an instance runs, its iterator.
 *
 * A batch is taken from what is there anyway (list, tuple, range, str, dict, ...). From any other
 * iterator, whose next() may block, one item at a time goes on before the next is asked for; unless
 * it is eager, because somebody wants all of it (to_list).
 */
#include "gil.h"
#include "graph.h"
#include "objects.h"
#include "state.h"

typedef struct pyoz_iterable {
    PyObject_HEAD
    PyObject *source;
    PyObject *iterator;  /* NULL: not open, or at its end */
    PyObject *exception; /* raised after rows that still had to go on */
    bool is_eager;
    bool is_there; /* its items are in memory: next() never blocks */
} pyoz_iterable;

/* ---- the type -------------------------------------------------------------------------------- */

static bool
is_in_memory(PyObject *source)
{
    static PyTypeObject *const types[] = {
        &PyList_Type,      &PyTuple_Type,     &PyRange_Type,      &PyUnicode_Type,
        &PyBytes_Type,     &PyByteArray_Type, &PyDict_Type,       &PySet_Type,
        &PyFrozenSet_Type, &PyDictKeys_Type,  &PyDictValues_Type, &PyDictItems_Type,
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (Py_IS_TYPE(source, types[i])) {
            return true;
        }
    }
    return false;
}

static PyObject *
iterable_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"source", "eager", NULL};
    PyObject *source;
    int is_eager = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|p:Iterable", names, &source, &is_eager)) {
        return NULL;
    }
    pyoz_iterable *self = (pyoz_iterable *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->source = Py_NewRef(source);
        self->is_eager = is_eager != 0;
        self->is_there = is_in_memory(source);
    }
    return (PyObject *)self;
}

static int
iterable_traverse(PyObject *object, visitproc visit, void *arg)
{
    pyoz_iterable *self = (pyoz_iterable *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->source);
    Py_VISIT(self->iterator);
    Py_VISIT(self->exception);
    return 0;
}

static int
iterable_clear(PyObject *object)
{
    pyoz_iterable *self = (pyoz_iterable *)object;
    Py_CLEAR(self->source);
    Py_CLEAR(self->iterator);
    Py_CLEAR(self->exception);
    return 0;
}

static void
iterable_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    (void)iterable_clear(object);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyType_Slot slots[] = {
    {Py_tp_doc, "Iterable(source, eager=False)\n--\n\nAn iterable as a source reads it."},
    {Py_tp_new, iterable_new},
    {Py_tp_dealloc, iterable_dealloc},
    {Py_tp_traverse, iterable_traverse},
    {Py_tp_clear, iterable_clear},
    {0, NULL},
};

PyType_Spec pyoz_iterable_spec = {
    .name = "ouzel._ouzel.Iterable",
    .basicsize = sizeof(pyoz_iterable),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};

/* ---- the operator ---------------------------------------------------------------------------- */

typedef struct iterable_options {
    oz_scalar items;
} iterable_options;

typedef struct iterable_state {
    int64_t position; /* items taken */
} iterable_state;

static const oz_option options[] = {
    {.name = "items",
     .kind = OZ_OPTION_OBJECT,
     .offset = offsetof(iterable_options, items),
     .help = "an Iterable"},
    {.name = NULL},
};

static pyoz_iterable *
items_of(oz_context *context)
{
    return ((const iterable_options *)oz_options(context))->items.as.object;
}

static const char *
partition_name(void *state, uint32_t partition)
{
    (void)state;
    (void)partition;
    return "items";
}

/* The next item; NULL at the end, or with an exception. */
static PyObject *
next_item(pyoz_iterable *self)
{
    PyObject *item =
        self->iterator == NULL ? NULL : Py_TYPE(self->iterator)->tp_iternext(self->iterator);
    if (PYOZ_UNLIKELY(item == NULL && PyErr_Occurred() &&
                      PyErr_ExceptionMatches(PyExc_StopIteration))) {
        PyErr_Clear();
    }
    return item;
}

static oz_status
open_partition(void *state, oz_context *context, uint32_t partition, int64_t position)
{
    iterable_state *where = state;
    pyoz_iterable *self = items_of(context);
    (void)partition;
    bool foreign = pyoz_gil_take();
    Py_CLEAR(self->exception);
    Py_XSETREF(self->iterator, PyObject_GetIter(self->source));
    bool is_open = self->iterator != NULL;
    for (where->position = 0; is_open && where->position < position; where->position++) {
        PyObject *item = next_item(self);
        is_open = item != NULL;
        Py_XDECREF(item);
    }
    oz_status status = PyErr_Occurred() ? pyoz_keep_exception(oz_context_error(context)) : OZ_OK;
    pyoz_gil_leave(foreign);
    return status;
}

static int64_t
get_position(void *state, uint32_t partition)
{
    (void)partition;
    return ((iterable_state *)state)->position;
}

/* The iterable has ended, or raised: then the exception is the step's failure. */
static oz_step
end_or_fail(pyoz_iterable *self, oz_context *context)
{
    if (self->exception != NULL) {
        PyErr_SetRaisedException(self->exception);
        self->exception = NULL;
    }
    Py_CLEAR(self->iterator);
    return PyErr_Occurred() ? oz_failed(context, pyoz_keep_exception(oz_context_error(context)))
                            : OZ_DONE;
}

/* Timers and checkpoints wait for a poll: it ends when it has taken this long, ... */
static const int64_t POLL_NS = 1000000;
/* ... which it finds out after each of the first items, and then after at most so many. */
enum { ITEMS_UNSEEN = 64 };

/* Item by item: each has gone through the graph before the next is asked for. */
static oz_step
poll_items(iterable_state *state, pyoz_iterable *self, oz_context *context, int64_t rows)
{
    const oz_io *io = oz_context_io(context);
    int64_t end_ns = rows > 1 ? io->now_ns(io->self) + POLL_NS : 0;
    int64_t look_at = 1;
    oz_step step = OZ_NEED;
    for (int64_t row = 0; row < rows && step == OZ_NEED; row++) {
        PyObject *item = next_item(self);
        if (item == NULL) {
            return end_or_fail(self, context);
        }
        state->position++;
        step = oz_emit_object(context, 0, item, NULL);
        (void)pyoz_gil_take(); /* the engine may have blocked */
        Py_DECREF(item);
        if (row + 1 == look_at && look_at < rows) {
            look_at += look_at < ITEMS_UNSEEN ? look_at : ITEMS_UNSEEN;
            step = step == OZ_NEED && io->now_ns(io->self) >= end_ns ? OZ_MORE : step;
        }
    }
    return step == OZ_FAILED || step == OZ_DONE ? step : OZ_MORE;
}

/* As many items as fit; a list that is read from its start by its iterator is the common case. */
static int64_t
fill(pyoz_iterable *self, oz_object *objects, int64_t rows)
{
    PyObject *iterator = self->iterator;
    iternextfunc next = Py_TYPE(iterator)->tp_iternext;
    int64_t count = 0;
    while (count < rows) {
        PyObject *item = next(iterator);
        if (PYOZ_UNLIKELY(item == NULL)) {
            break;
        }
        objects[count++] = item;
    }
    return count;
}

static oz_step
emit_batch(oz_context *context, oz_object **objects, int64_t rows, int64_t count)
{
    const oz_alloc *alloc = oz_context_alloc(context);
    const oz_column *column = NULL;
    const oz_batch *batch = NULL;
    oz_status status = oz_column_of_objects(alloc, &pyoz_objects, objects, rows, count, &column);
    if (status == OZ_OK) {
        status = oz_batch_new(alloc, &column, NULL, 1, NULL, &batch);
    }
    oz_column_release(&column);
    if (status != OZ_OK) {
        return oz_failed(context, status);
    }
    oz_step step = oz_emit(context, 0, batch);
    oz_batch_release(&batch);
    return step;
}

static oz_step
poll_batch(iterable_state *state, pyoz_iterable *self, oz_context *context, int64_t rows)
{
    const oz_alloc *alloc = oz_context_alloc(context);
    oz_object *objects = oz_objects_new(alloc, rows);
    if (objects == NULL) {
        return oz_failed(context, OZ_NO_MEMORY);
    }
    int64_t count = fill(self, objects, rows);
    state->position += count;
    if (count < rows) {
        self->exception = PyErr_GetRaisedException();
        if (self->exception != NULL &&
            PyErr_GivenExceptionMatches(self->exception, PyExc_StopIteration)) {
            Py_CLEAR(self->exception);
        }
        Py_CLEAR(self->iterator);
    }
    if (count == 0) {
        oz_objects_free(alloc, &objects, rows);
        return end_or_fail(self, context);
    }
    oz_step step = emit_batch(context, &objects, rows, count);
    return step == OZ_FAILED || step == OZ_DONE ? step : OZ_MORE;
}

static oz_step
poll(void *state, oz_context *context, int64_t rows)
{
    pyoz_iterable *self = items_of(context);
    bool foreign = pyoz_gil_take();
    oz_step step;
    if (self->iterator == NULL) {
        step = end_or_fail(self, context);
    } else if (rows == 1 || !(self->is_there || self->is_eager)) {
        step = poll_items(state, self, context, rows);
    } else {
        step = poll_batch(state, self, context, rows);
    }
    pyoz_gil_leave(foreign);
    return step;
}

/* The iterator of a graph that ended early is let go, as that of a `for` that was left. */
static void
close_source(void *state, oz_context *context)
{
    (void)state;
    bool foreign = pyoz_gil_take();
    Py_CLEAR(items_of(context)->iterator);
    pyoz_gil_leave(foreign);
}

static const oz_port outputs[] = {
    {.name = "out", .help = "the items, in order"},
    {.name = NULL},
};

static const oz_source_verbs verbs = {
    .partition_name = partition_name,
    .open = open_partition,
    .poll = poll,
    .position = get_position,
};

const oz_operator pyoz_operator_iterable = {
    .name = "iterable",
    .summary = "The items of a Python iterable.",
    .outputs = outputs,
    .options = options,
    .options_size = sizeof(iterable_options),
    .state_size = sizeof(iterable_state),
    .close = close_source,
    .source = &verbs,
    .guarantee = OZ_EXACTLY_ONCE,
};
