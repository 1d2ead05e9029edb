/*
 * Operators that are written in Python, as objects with the methods of the contract
 * (ouzel.operators): open, on_batch, on_timer, on_ready, on_flush, on_end, rows_held, close.
 *
 *   python, python_stateful            the second has context.state, and stands on worker 0
 *   python_sink, python_epoch_sink     the second has state, prepare and commit, too
 *   python_source, python_source_once  have partitions, open and poll; the first has position
 *
 * A method answers None ("need"), "more", "wait" or "done". What it raises is the step's failure.
 */
#include "batch.h"
#include "context.h"
#include "gil.h"
#include "graph.h"
#include "objects.h"

#include <string.h>

typedef struct python_options {
    oz_scalar operator_object;
} python_options;

typedef struct python_state {
    PyObject *context;
    PyObject *names; /* of a source: a tuple of the partitions' names */
} python_state;

static const oz_option options[] = {
    {.name = "operator",
     .kind = OZ_OPTION_OBJECT,
     .offset = offsetof(python_options, operator_object),
     .help = "an object with the methods of the contract"},
    {.name = NULL},
};

static PyObject *
operator_of(oz_context *context)
{
    return ((const python_options *)oz_options(context))->operator_object.as.object;
}

/* The module state; every object of ours leads to it, and the context is one. */
static pyoz_state *
state_of(const python_state *state)
{
    return pyoz_state_of(Py_TYPE(state->context));
}

/* ---- calling a method ------------------------------------------------------------------------ */

static oz_step
step_of(PyObject *result)
{
    static const char *const names[] = {"need", "more", "wait", "done"};
    static const oz_step steps[] = {OZ_NEED, OZ_MORE, OZ_WAIT, OZ_DONE};
    for (size_t i = 0; PyUnicode_Check(result) && i < sizeof steps / sizeof *steps; i++) {
        if (PyUnicode_CompareWithASCIIString(result, names[i]) == 0) {
            return steps[i];
        }
    }
    return OZ_NEED;
}

static oz_step
fail(oz_context *context)
{
    return oz_failed(context, pyoz_keep_exception(oz_context_error(context)));
}

/* Calls `method` with the context and what `format` builds (a tuple); without one it is `absent`.
 */
static oz_step
call(python_state *state, oz_context *context, oz_step absent, const char *method, PyObject *args)
{
    oz_step step = absent;
    PyObject *bound = args == NULL ? NULL : PyObject_GetAttrString(operator_of(context), method);
    if (bound == NULL && args != NULL && PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_Clear();
    } else if (bound != NULL) {
        pyoz_context *self = (pyoz_context *)state->context;
        self->step = OZ_NEED;
        PyObject *result = PyObject_CallObject(bound, args);
        if (self->step == OZ_FAILED) { /* of an emit: the engine has latched why */
            PyErr_Clear();
            step = OZ_FAILED;
        } else if (result != NULL) {
            step = step_of(result);
        }
        Py_XDECREF(result);
    }
    Py_XDECREF(bound);
    Py_XDECREF(args);
    return PyErr_Occurred() ? fail(context) : step;
}

/* ---- operators ------------------------------------------------------------------------------- */

static oz_status
make_context(python_state *state, oz_context *context, bool has_tables)
{
    PyObject *module = PyImport_ImportModule("ouzel._ouzel");
    state->context = module == NULL ? NULL : pyoz_context_new(PyModule_GetState(module), context);
    Py_XDECREF(module);
    if (state->context == NULL) {
        return pyoz_keep_exception(oz_context_error(context));
    }
    ((pyoz_context *)state->context)->is_stateful = has_tables;
    return OZ_OK;
}

static oz_status
open_with(void *memory, oz_context *context, bool has_tables, oz_error *error)
{
    python_state *state = memory;
    bool foreign = pyoz_gil_take();
    oz_status status = make_context(state, context, has_tables);
    if (status == OZ_OK) {
        PyObject *args = PyTuple_Pack(1, state->context);
        const char *method = oz_input_count(context) == 0 ? "start" : "open";
        if (call(state, context, OZ_NEED, method, args) == OZ_FAILED) {
            status = OZ_USER;
        }
    }
    pyoz_gil_leave(foreign);
    return status == OZ_OK ? OZ_OK : oz_error_set(error, status, "it could not be opened");
}

static oz_status
python_open(void *memory, oz_context *context, oz_error *error)
{
    return open_with(memory, context, false, error);
}

static oz_status
stateful_open(void *memory, oz_context *context, oz_error *error)
{
    return open_with(memory, context, true, error);
}

static oz_step
python_on_batch(void *memory, oz_context *context, uint32_t input, const oz_batch *batch)
{
    python_state *state = memory;
    (void)input;
    bool foreign = pyoz_gil_take();
    PyObject *object = batch == NULL ? Py_NewRef(Py_None) : pyoz_batch_new(state_of(state), batch);
    PyObject *args = object == NULL ? NULL : PyTuple_Pack(2, state->context, object);
    Py_XDECREF(object);
    oz_step step = call(state, context, OZ_NEED, "on_batch", args);
    pyoz_gil_leave(foreign);
    return step;
}

static oz_step
python_on_timer(void *memory, oz_context *context, int64_t id)
{
    python_state *state = memory;
    bool foreign = pyoz_gil_take();
    PyObject *args = Py_BuildValue("(OL)", state->context, (long long)id);
    oz_step step = call(state, context, OZ_NEED, "on_timer", args);
    pyoz_gil_leave(foreign);
    return step;
}

static oz_step
python_on_ready(void *memory, oz_context *context, uint64_t token, uint32_t ready)
{
    python_state *state = memory;
    (void)ready;
    bool foreign = pyoz_gil_take();
    PyObject *args = Py_BuildValue("(OK)", state->context, (unsigned long long)token);
    oz_step step = call(state, context, OZ_NEED, "on_ready", args);
    pyoz_gil_leave(foreign);
    return step;
}

static oz_step
python_on_flush(void *memory, oz_context *context)
{
    python_state *state = memory;
    bool foreign = pyoz_gil_take();
    PyObject *args = PyTuple_Pack(1, state->context);
    oz_step step = call(state, context, OZ_NEED, "on_flush", args);
    pyoz_gil_leave(foreign);
    return step;
}

static oz_step
python_on_end(void *memory, oz_context *context, uint32_t input, uint32_t open_inputs)
{
    python_state *state = memory;
    (void)input;
    if (open_inputs > 0) {
        return OZ_NEED;
    }
    bool foreign = pyoz_gil_take();
    PyObject *args = PyTuple_Pack(1, state->context);
    oz_step step = call(state, context, OZ_NEED, "on_end", args);
    pyoz_gil_leave(foreign);
    return step;
}

/* Rows that it has taken and will still emit: no checkpoint is made as long as there are any. */
static int64_t
python_rows_held(const void *memory)
{
    const python_state *state = memory;
    bool foreign = pyoz_gil_take();
    const pyoz_context *context = (const pyoz_context *)state->context;
    PyObject *held = context == NULL || context->context == NULL
                         ? NULL
                         : PyObject_CallMethod(operator_of(context->context), "rows_held", NULL);
    long long rows = held == NULL ? 0 : PyLong_AsLongLong(held);
    Py_XDECREF(held);
    PyErr_Clear(); /* it has no such method */
    pyoz_gil_leave(foreign);
    return rows;
}

/* close() must not fail: what it raises is reported as that of a destructor. */
static void
python_close(void *memory, oz_context *context)
{
    python_state *state = memory;
    bool foreign = pyoz_gil_take();
    if (state->context != NULL) {
        PyObject *operator_object = operator_of(context);
        PyObject *method = PyObject_GetAttrString(operator_object, "close");
        PyObject *result = method == NULL ? NULL : PyObject_CallOneArg(method, state->context);
        if (method != NULL && result == NULL) {
            PyErr_WriteUnraisable(operator_object);
        }
        PyErr_Clear();
        Py_XDECREF(method);
        Py_XDECREF(result);
        ((pyoz_context *)state->context)->context = NULL;
    }
    Py_CLEAR(state->context);
    Py_CLEAR(state->names);
    pyoz_gil_leave(foreign);
}

/* ---- sources --------------------------------------------------------------------------------- */

static oz_status
python_partitions(void *memory, oz_context *context, uint32_t *count)
{
    python_state *state = memory;
    bool foreign = pyoz_gil_take();
    PyObject *names = PyObject_CallMethod(operator_of(context), "partitions", NULL);
    Py_XSETREF(state->names, names == NULL ? NULL : PySequence_Tuple(names));
    Py_XDECREF(names);
    oz_status status = OZ_OK;
    if (state->names == NULL) {
        status = pyoz_keep_exception(oz_context_error(context));
    } else {
        *count = (uint32_t)PyTuple_GET_SIZE(state->names);
    }
    pyoz_gil_leave(foreign);
    return status;
}

static const char *
python_partition_name(void *memory, uint32_t partition)
{
    python_state *state = memory;
    bool foreign = pyoz_gil_take();
    PyObject *name = PyTuple_GetItem(state->names, (Py_ssize_t)partition);
    const char *text = name == NULL ? NULL : PyUnicode_AsUTF8(name);
    if (text == NULL) {
        PyErr_Clear();
        text = "partition";
    }
    pyoz_gil_leave(foreign);
    return text;
}

static oz_status
python_open_partition(void *memory, oz_context *context, uint32_t partition, int64_t position)
{
    python_state *state = memory;
    bool foreign = pyoz_gil_take();
    PyObject *args =
        Py_BuildValue("(OIL)", state->context, (unsigned int)partition, (long long)position);
    oz_step step = call(state, context, OZ_NEED, "open", args);
    pyoz_gil_leave(foreign);
    return step == OZ_FAILED ? OZ_USER : OZ_OK;
}

static oz_step
python_poll(void *memory, oz_context *context, int64_t rows)
{
    python_state *state = memory;
    bool foreign = pyoz_gil_take();
    PyObject *args = Py_BuildValue("(OL)", state->context, (long long)rows);
    oz_step step = call(state, context, OZ_DONE, "poll", args);
    pyoz_gil_leave(foreign);
    return step;
}

/* What it raises fails the step before the epoch holds: with -1 all would be read again. */
static int64_t
python_position(void *memory, uint32_t partition)
{
    python_state *state = memory;
    pyoz_context *context = (pyoz_context *)state->context;
    bool foreign = pyoz_gil_take();
    PyObject *result = PyObject_CallMethod(operator_of(context->context), "position", "I",
                                           (unsigned int)partition);
    int64_t position = result == NULL ? -1 : PyLong_AsLongLong(result);
    if (PyErr_Occurred()) {
        (void)fail(context->context);
    }
    Py_XDECREF(result);
    pyoz_gil_leave(foreign);
    return position;
}

static oz_status
python_acknowledge(void *memory, oz_context *context, uint32_t partition, int64_t position)
{
    python_state *state = memory;
    bool foreign = pyoz_gil_take();
    PyObject *args =
        Py_BuildValue("(OIL)", state->context, (unsigned int)partition, (long long)position);
    oz_step step = call(state, context, OZ_NEED, "acknowledge", args);
    pyoz_gil_leave(foreign);
    return step == OZ_FAILED ? OZ_USER : OZ_OK;
}

/* ---- sinks that know epochs ------------------------------------------------------------------ */

/* Table 1: what epochs have prepared that are not shown, each its number and what it takes. */
enum { PREPARED_FIELDS = 2 };

static oz_status
keep_prepared(oz_context *context, uint64_t epoch, const oz_scalar *what)
{
    oz_table *table = oz_context_table(context, 1);
    const oz_scalar number = {.kind = OZ_SCALAR_INT64, .as.int64 = (int64_t)epoch};
    OZ_TRY(oz_list_push(table, &oz_key_single, OZ_HASH_SINGLE, &number));
    return oz_list_push(table, &oz_key_single, OZ_HASH_SINGLE, what);
}

/* What the sink takes to show the epoch is saved with it. */
static oz_status
sink_prepare(void *memory, oz_context *context, uint64_t epoch)
{
    python_state *state = memory;
    oz_scalar scalar;
    bool foreign = pyoz_gil_take();
    PyObject *what = PyObject_CallMethod(operator_of(context), "prepare", "OK", state->context,
                                         (unsigned long long)epoch);
    oz_status status = OZ_USER;
    if (what == NULL) {
        (void)fail(context);
    } else {
        pyoz_to_scalar(what, &scalar);
        status = keep_prepared(context, epoch, &scalar);
        Py_DECREF(what);
    }
    pyoz_gil_leave(foreign);
    return status;
}

/* Shows what the first of them has prepared. */
static oz_step
show_first(python_state *state, oz_context *context)
{
    oz_table *table = oz_context_table(context, 1);
    oz_scalar number = {.kind = OZ_SCALAR_NULL};
    oz_scalar scalar = {.kind = OZ_SCALAR_NULL};
    (void)oz_list_at(table, &oz_key_single, OZ_HASH_SINGLE, 0, &number);
    (void)oz_list_at(table, &oz_key_single, OZ_HASH_SINGLE, 1, &scalar);
    PyObject *what = pyoz_from_scalar(&scalar);
    PyObject *args = what == NULL
                         ? NULL
                         : Py_BuildValue("(OLO)", state->context, (long long)number.as.int64, what);
    Py_XDECREF(what);
    return call(state, context, OZ_NEED, "commit", args);
}

/* In the order of the epochs. */
static oz_status
sink_commit(void *memory, oz_context *context, uint64_t epoch)
{
    (void)epoch;
    oz_table *table = oz_context_table(context, 1);
    bool foreign = pyoz_gil_take();
    oz_step step = OZ_NEED;
    while (step != OZ_FAILED && oz_list_length(table, &oz_key_single, OZ_HASH_SINGLE) > 0) {
        step = show_first(memory, context);
        if (step != OZ_FAILED) {
            oz_list_pop(table, &oz_key_single, OZ_HASH_SINGLE, PREPARED_FIELDS);
        }
    }
    pyoz_gil_leave(foreign);
    return step == OZ_FAILED ? OZ_USER : OZ_OK;
}

/* What a restored epoch has prepared may not have been shown. */
static oz_status
sink_open(void *memory, oz_context *context, oz_error *error)
{
    oz_status status = stateful_open(memory, context, error);
    if (status == OZ_OK && sink_commit(memory, context, 0) != OZ_OK) {
        return oz_error_set(error, OZ_USER, "what the epoch before has prepared was refused");
    }
    return status;
}

/* ---- the descriptors ------------------------------------------------------------------------- */

static const oz_port inputs[] = {
    {.name = "in", .routing = OZ_ROUTE_LOCAL, .help = "any rows"},
    {.name = NULL},
};

static const oz_port outputs[] = {
    {.name = "out", .help = "what emit() is given"},
    {.name = "dead", .help = "what bad_record() is given, under the policy dead_letter"},
    {.name = NULL},
};

/* Whether its rows still have the keys of those that came, it alone knows. */
static oz_status
bind(const void *options, const oz_schema *inputs, uint32_t input_count, oz_schema *outputs,
     oz_error *error)
{
    (void)options;
    (void)error;
    bool is_keyed = input_count > 0 && inputs[0].keyed;
    outputs[0] =
        (oz_schema){.column_count = 1, .types = {OZ_ANY}, .keyed = is_keyed, .rekeyed = is_keyed};
    outputs[1] = inputs[0];
    return OZ_OK;
}

static const oz_port whole_inputs[] = {
    {.name = "in", .routing = OZ_ROUTE_SINGLE, .help = "any rows"},
    {.name = NULL},
};

#define STATE_TABLE                                                                                \
    {                                                                                              \
        .name = "state", .kind = OZ_TABLE_VALUE, .fields = {OZ_FIELD_SCALAR},                      \
        .help = "context.state"                                                                    \
    }

static const oz_table_decl stateful_tables[] = {STATE_TABLE, {.name = NULL}};
static const oz_table_decl sink_tables[] = {
    STATE_TABLE,
    {.name = "prepared",
     .kind = OZ_TABLE_LIST,
     .help = "the epochs that are prepared, and what prepare() has given for each"},
    {.name = NULL},
};

static const oz_source_verbs again = {
    .partitions = python_partitions,
    .partition_name = python_partition_name,
    .open = python_open_partition,
    .poll = python_poll,
    .position = python_position,
    .acknowledge = python_acknowledge,
};
static const oz_source_verbs once = {
    .partitions = python_partitions,
    .partition_name = python_partition_name,
    .open = python_open_partition,
    .poll = python_poll,
};
static const oz_sink_verbs epochs = {.prepare = sink_prepare, .commit = sink_commit};

/* What all of them have. */
#define COMMON                                                                                     \
    .options = options, .options_size = sizeof(python_options),                                    \
    .state_size = sizeof(python_state), .on_timer = python_on_timer, .on_ready = python_on_ready,  \
    .on_flush = python_on_flush, .rows_held = python_rows_held, .close = python_close

const oz_operator pyoz_operator_python = {
    .name = "python",
    .summary = "An operator that is written in Python.",
    .inputs = inputs,
    .outputs = outputs,
    .holds = true,
    .bind = bind,
    .open = python_open,
    .on_batch = python_on_batch,
    .on_end = python_on_end,
    COMMON,
};

const oz_operator pyoz_operator_python_stateful = {
    .name = "python_stateful",
    .summary = "An operator that is written in Python, and remembers.",
    .inputs = whole_inputs,
    .outputs = outputs,
    .tables = stateful_tables,
    .holds = true,
    .bind = bind,
    .open = stateful_open,
    .on_batch = python_on_batch,
    .on_end = python_on_end,
    COMMON,
};

const oz_operator pyoz_operator_python_sink = {
    .name = "python_sink",
    .summary = "A sink that is written in Python.",
    .inputs = inputs,
    .holds = true,
    .open = python_open,
    .on_batch = python_on_batch,
    .on_end = python_on_end,
    .guarantee = OZ_AT_LEAST_ONCE,
    COMMON,
};

const oz_operator pyoz_operator_python_epoch_sink = {
    .name = "python_epoch_sink",
    .summary = "A sink that is written in Python, and shows epochs as a whole.",
    .inputs = whole_inputs,
    .tables = sink_tables,
    .holds = true,
    .open = sink_open,
    .on_batch = python_on_batch,
    .on_end = python_on_end,
    .sink = &epochs,
    .guarantee = OZ_EXACTLY_ONCE,
    COMMON,
};

const oz_operator pyoz_operator_python_source = {
    .name = "python_source",
    .summary = "A source that is written in Python.",
    .outputs = outputs,
    .open = python_open,
    .source = &again,
    .guarantee = OZ_EXACTLY_ONCE,
    COMMON,
};

const oz_operator pyoz_operator_python_source_once = {
    .name = "python_source_once",
    .summary = "A source that is written in Python, and cannot read anything twice.",
    .outputs = outputs,
    .open = python_open,
    .source = &once,
    .guarantee = OZ_AT_MOST_ONCE,
    COMMON,
};
