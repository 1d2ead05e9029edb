/*
 * ouzel._ouzel.Instance(graph, *, batch_rows=0, seed=0, state=None, fresh=False,
 * allow_dropped_state=False, checkpoint=1.0, job=None, guarantee=0): a graph that works.
 *
 * `users` counts the threads that are inside or wait for the lock; close() frees the engine at
 * once when there are none, and otherwise the last one to leave does. While there are any, the
 * garbage collector does not look inside.
 */
#include "instance.h"

#include "errors.h"
#include "job.h"
#include "objects.h"
#include "state.h"
#include "table.h"

#include <structmember.h>
#include <time.h>

enum { CHECKPOINT_SECONDS_MAX = 86400 * 365 };
enum { SIGNALS_EVERY = 64 }; /* steps of pure native work between two looks at signals */

/* ---- entering -------------------------------------------------------------------------------- */

bool
pyoz_instance_enter(pyoz_instance *self, pyoz_driver *driver)
{
    if (self->is_closed) {
        PyErr_SetString(pyoz_state_of(Py_TYPE(self))->closed_error, "the stream has been closed");
        return false;
    }
    if (!oz_try_enter(self->instance)) {
        self->users++;
        Py_BEGIN_ALLOW_THREADS
        oz_enter(self->instance);
        Py_END_ALLOW_THREADS
        self->users--;
    }
    pyoz_instance_begin(self, driver);
    return true;
}

void
pyoz_instance_bury(pyoz_instance *self)
{
    if (self->users > 0 || self->instance == NULL) {
        return;
    }
    PyObject *raised = PyErr_GetRaisedException(); /* the nodes may run Python when they close */
    pyoz_driver driver;
    pyoz_drive(&driver, self);
    oz_instance_free(&self->instance);
    pyoz_drive_end(&driver);
    if (raised != NULL) {
        PyErr_SetRaisedException(raised);
    }
}

void
pyoz_instance_keep(pyoz_instance *self, pyoz_driver *driver)
{
    if (driver->given != NULL) {
        (void)pyoz_gil_take_slowly(driver);
    }
    if (self->instance != NULL && oz_instance_error(self->instance)->status != OZ_OK) {
        Py_XSETREF(self->exception, driver->exception);
        driver->exception = NULL;
    }
}

/* Gives the GIL away while the engine waits; it is taken back by whatever needs it. */
static void
before_block(void *context)
{
    (void)context;
    pyoz_gil_give(pyoz_driver_now);
}

/* ---- life ------------------------------------------------------------------------------------ */

pyoz_instance *
pyoz_instance_make(PyTypeObject *type, pyoz_graph *graph, oz_run_options options)
{
    pyoz_state *state = pyoz_state_of(type);
    pyoz_instance *self = (pyoz_instance *)type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    options.before_block = before_block;
    oz_error error = {.status = OZ_OK};
    self->graph = (pyoz_graph *)Py_NewRef((PyObject *)graph);
    self->is_current = true;
    self->is_timed = graph->is_timed;
    self->is_watched = graph->is_watched;
    self->armed_ns = INT64_MIN;
    pyoz_driver driver;
    pyoz_drive(&driver, self);
    oz_status status = oz_instance_new(graph->graph, &options, &self->instance, &error);
    (void)pyoz_gil_take(); /* it was given away while that waited for worker 0 */
    if (status != OZ_OK) {
        (void)pyoz_raise_kept(state, &error, &driver);
    }
    pyoz_drive_end(&driver);
    if (status != OZ_OK) {
        Py_CLEAR(self);
    }
    return self;
}

static PyObject *
instance_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"graph",      "batch_rows", "seed",
                            "state",      "fresh",      "allow_dropped_state",
                            "checkpoint", "job",        "guarantee",
                            NULL};
    PyObject *graph;
    PyObject *job = Py_None;
    long long batch_rows = 0;
    unsigned long long seed = 0;
    int is_fresh = 0;
    int allow_dropped_state = 0;
    int guarantee = 0;
    double seconds = 1;
    oz_run_options options = {.state = NULL};
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!|$LKzppdOi:Instance", names,
                                     pyoz_state_of(type)->graph_type, &graph, &batch_rows, &seed,
                                     &options.state, &is_fresh, &allow_dropped_state, &seconds,
                                     &job, &guarantee)) {
        return NULL;
    }
    if (job != Py_None && !Py_IS_TYPE(job, pyoz_state_of(type)->job_type)) {
        return PyErr_Format(PyExc_TypeError, "job is a Job, not %R", job);
    }
    if (!(seconds > 0 && seconds <= CHECKPOINT_SECONDS_MAX)) {
        return PyErr_Format(PyExc_ValueError, "checkpoint is a number of seconds, above 0");
    }
    options.batch_rows = batch_rows;
    options.seed = seed;
    options.fresh = is_fresh != 0;
    options.allow_dropped_state = allow_dropped_state != 0;
    options.checkpoint_ns = (int64_t)(seconds * 1e9);
    options.guarantee = (oz_guarantee)guarantee;
    options.job = job == Py_None ? NULL : ((pyoz_job *)job)->job;
    pyoz_instance *self = pyoz_instance_make(type, (pyoz_graph *)graph, options);
    if (self != NULL && job != Py_None) {
        self->job = Py_NewRef(job);
    }
    return (PyObject *)self;
}

/* A visitproc and its argument, as the engine passes them on. */
typedef struct visitor {
    visitproc visit;
    void *arg;
} visitor;

static int
visit_object(oz_object object, void *context)
{
    const visitor *to = context;
    return object == NULL ? 0 : to->visit(object, to->arg);
}

static int
instance_traverse(PyObject *object, visitproc visit, void *arg)
{
    pyoz_instance *self = (pyoz_instance *)object;
    visitor to = {.visit = visit, .arg = arg};
    Py_VISIT(Py_TYPE(object));
    Py_VISIT((PyObject *)self->graph);
    Py_VISIT(self->exception);
    if (self->instance == NULL || self->users > 0) {
        return 0; /* someone is inside: what it holds counts as reachable */
    }
    return oz_instance_visit(self->instance, visit_object, &to);
}

/* Closes the nodes while all that they may call is still whole: before a collection clears it. */
static void
instance_finalize(PyObject *object)
{
    pyoz_instance *self = (pyoz_instance *)object;
    self->is_closed = true;
    self->is_current = false;
    pyoz_instance_bury(self);
}

static int
instance_clear(PyObject *object)
{
    pyoz_instance *self = (pyoz_instance *)object;
    instance_finalize(object);
    Py_CLEAR(self->exception);
    if (self->instance == NULL) {
        Py_CLEAR(self->graph);
    }
    return 0;
}

static void
instance_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    PyObject_ClearWeakRefs(object);
    (void)instance_clear(object);
    Py_CLEAR(((pyoz_instance *)object)->job); /* the engine has gone */
    type->tp_free(object);
    Py_DECREF(type);
}

/* ---- steps ----------------------------------------------------------------------------------- */

/* Turns the answer to a push, flush, ... into None or an exception, and leaves. */
static PyObject *
leave(pyoz_instance *self, pyoz_driver *driver, oz_step step)
{
    PyObject *result = NULL;
    if (step != OZ_FAILED) {
        result = Py_NewRef(Py_None);
    } else {
        (void)pyoz_raise_failure(pyoz_state_of(Py_TYPE(self)), self, driver);
        oz_instance_forgive(self->instance);
    }
    pyoz_instance_end(self, driver);
    return result;
}

static PyObject *
instance_push_end(PyObject *object, PyObject *node_object)
{
    pyoz_instance *self = (pyoz_instance *)object;
    unsigned long node = PyLong_AsUnsignedLong(node_object);
    pyoz_driver driver;
    if (PyErr_Occurred() || !pyoz_instance_enter(self, &driver)) {
        return NULL;
    }
    return leave(self, &driver, oz_push_end(self->instance, (uint32_t)node));
}

static PyObject *
instance_flush(PyObject *object, PyObject *unused)
{
    pyoz_instance *self = (pyoz_instance *)object;
    pyoz_driver driver;
    (void)unused;
    if (!pyoz_instance_enter(self, &driver)) {
        return NULL;
    }
    return leave(self, &driver, oz_flush(self->instance));
}

static PyObject *
instance_drain(PyObject *object, PyObject *unused)
{
    pyoz_instance *self = (pyoz_instance *)object;
    pyoz_driver driver;
    (void)unused;
    if (!pyoz_instance_enter(self, &driver)) {
        return NULL;
    }
    return leave(self, &driver, oz_drain(self->instance));
}

static const char *
name_of(oz_step step)
{
    return step == OZ_DONE ? "done" : step == OZ_WAIT ? "wait" : "more";
}

/* One bounded piece of work: "more", "wait" or "done". */
static PyObject *
instance_step(PyObject *object, PyObject *unused)
{
    pyoz_instance *self = (pyoz_instance *)object;
    pyoz_driver driver;
    (void)unused;
    if (!pyoz_instance_enter(self, &driver)) {
        return NULL;
    }
    pyoz_gil_give(&driver);
    oz_step step = oz_step_once(self->instance);
    (void)pyoz_gil_take();
    PyObject *result = leave(self, &driver, step);
    return result == NULL ? NULL : (Py_DECREF(result), PyUnicode_FromString(name_of(step)));
}

int
pyoz_instance_wait(pyoz_instance *self, int64_t timeout_ns)
{
    oz_status status = oz_wait(self->instance, timeout_ns);
    (void)pyoz_gil_take();
    if (status != OZ_OK && status != OZ_INTERRUPTED) {
        oz_error error = {.status = status};
        (void)pyoz_raise(pyoz_state_of(Py_TYPE(self)), &error);
        return -1;
    }
    return PyErr_CheckSignals();
}

/* ---- run ------------------------------------------------------------------------------------- */

static int64_t
now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Whether run() may go on: no signal has raised, nobody asked it to stop, time is left. */
static bool
may_go_on(pyoz_instance *self, pyoz_driver *driver, uint32_t round, int64_t deadline_ns)
{
    if (driver->given == NULL || round % SIGNALS_EVERY == 0) {
        (void)pyoz_gil_take();
        if (PyErr_CheckSignals() < 0) {
            return false;
        }
    }
    bool is_first = round == 1; /* one step in any case, however little time there is */
    return !self->must_stop && (deadline_ns < 0 || is_first || now_ns() < deadline_ns);
}

/* Steps and waits until all has ended, it FAILED, or it must stop (NEED, or an exception). */
static oz_step
run_until(pyoz_instance *self, pyoz_driver *driver, int64_t deadline_ns)
{
    for (uint32_t round = 1; may_go_on(self, driver, round, deadline_ns); round++) {
        pyoz_gil_give(driver);
        oz_step step = oz_step_once(self->instance);
        if (step == OZ_DONE || step == OZ_FAILED) {
            return step;
        }
        if (step != OZ_WAIT) {
            continue;
        }
        int64_t left_ns = deadline_ns < 0 ? -1 : deadline_ns - now_ns();
        if (!self->must_stop &&
            oz_wait(self->instance, deadline_ns >= 0 && left_ns < 0 ? 0 : left_ns) ==
                OZ_INTERRUPTED) {
            round = SIGNALS_EVERY - 1; /* look at signals at once */
        }
    }
    return OZ_NEED;
}

/* run(seconds=None): True when all has ended, False when stop() was called or time was up. */
static PyObject *
instance_run(PyObject *object, PyObject *args)
{
    pyoz_instance *self = (pyoz_instance *)object;
    PyObject *seconds = Py_None;
    if (!PyArg_ParseTuple(args, "|O:run", &seconds)) {
        return NULL;
    }
    double limit = seconds == Py_None ? -1 : PyFloat_AsDouble(seconds);
    if (PyErr_Occurred()) {
        return NULL;
    }
    if (pyoz_drives(self)) {
        return PyErr_Format(PyExc_RuntimeError, "this graph is already running");
    }
    pyoz_driver driver;
    if (!pyoz_instance_enter(self, &driver)) {
        return NULL;
    }
    self->must_stop = false;
    oz_step step = run_until(self, &driver, limit < 0 ? -1 : now_ns() + (int64_t)(limit * 1e9));
    (void)pyoz_gil_take();
    PyObject *result = NULL;
    if (step == OZ_FAILED) {
        (void)pyoz_raise_failure(pyoz_state_of(Py_TYPE(self)), self, &driver);
    } else if (!PyErr_Occurred()) {
        result = PyBool_FromLong(step == OZ_DONE);
    }
    pyoz_instance_end(self, &driver);
    return result;
}

/* rows_held(): how many rows wait inside. */
static PyObject *
instance_rows_held(PyObject *object, PyObject *unused)
{
    (void)unused;
    return PyLong_FromLongLong(oz_instance_rows_held(((pyoz_instance *)object)->instance));
}

/* wake_by(fd): a wait() looks at signals when the pipe `fd` can be read. */
static PyObject *
instance_wake_by(PyObject *object, PyObject *file)
{
    pyoz_instance *self = (pyoz_instance *)object;
    int descriptor = PyObject_AsFileDescriptor(file);
    if (descriptor < 0) {
        return NULL;
    }
    oz_status status = oz_wake_by(self->instance, descriptor);
    if (status != OZ_OK) {
        oz_error error = {.status = status, .text = "cannot watch the pipe of signals"};
        return pyoz_raise(pyoz_state_of(Py_TYPE(self)), &error);
    }
    Py_RETURN_NONE;
}

/* Makes run() in another thread, or further out in this one, return False. */
static PyObject *
instance_stop(PyObject *object, PyObject *unused)
{
    pyoz_instance *self = (pyoz_instance *)object;
    (void)unused;
    self->must_stop = true;
    if (self->instance != NULL) {
        oz_wake(self->instance);
    }
    Py_RETURN_NONE;
}

/* ---- change and close ------------------------------------------------------------------------ */

/* update(graph): goes on with a changed graph; steps with the same id keep their state. */
static PyObject *
instance_update(PyObject *object, PyObject *graph)
{
    pyoz_instance *self = (pyoz_instance *)object;
    pyoz_state *state = pyoz_state_of(Py_TYPE(self));
    oz_error error = {.status = OZ_OK};
    pyoz_driver driver;
    if (!Py_IS_TYPE(graph, state->graph_type)) {
        return PyErr_Format(PyExc_TypeError, "update() takes a Graph");
    }
    if (pyoz_drives(self)) {
        return PyErr_Format(PyExc_RuntimeError, "a graph cannot change while a step of it works");
    }
    if (!pyoz_instance_enter(self, &driver)) {
        return NULL;
    }
    oz_status status = oz_instance_update(self->instance, ((pyoz_graph *)graph)->graph, &error);
    pyoz_graph *old = self->graph;
    if (status == OZ_OK) {
        self->graph = (pyoz_graph *)Py_NewRef(graph);
        self->is_current = true;
        self->is_timed = self->graph->is_timed;
        self->is_watched = self->graph->is_watched;
    }
    if (status != OZ_OK) {
        (void)pyoz_raise_kept(state, &error, &driver);
    }
    pyoz_instance_end(self, &driver);
    if (status != OZ_OK) {
        return NULL;
    }
    Py_DECREF((PyObject *)old);
    Py_RETURN_NONE;
}

static PyObject *
instance_close(PyObject *object, PyObject *unused)
{
    (void)unused;
    instance_finalize(object);
    Py_RETURN_NONE;
}

/*
 * abandon(): in a child after fork. The engine stays where it is: a thread that is no more may be
 * inside, and its poller is that of the parent.
 */
static PyObject *
instance_abandon(PyObject *object, PyObject *unused)
{
    pyoz_instance *self = (pyoz_instance *)object;
    (void)unused;
    if (!pyoz_drives(self)) {
        self->is_closed = true;
        self->is_current = false;
        self->instance = NULL;
        self->users = 0;
    }
    Py_RETURN_NONE;
}

/* ---- looking inside -------------------------------------------------------------------------- */

static PyObject *
instance_stats(PyObject *object, PyObject *node_object)
{
    pyoz_instance *self = (pyoz_instance *)object;
    unsigned long node = PyLong_AsUnsignedLong(node_object);
    oz_node_stats stats;
    pyoz_driver driver;
    if (PyErr_Occurred() || !pyoz_instance_enter(self, &driver)) {
        return NULL;
    }
    bool is_there = node < oz_graph_node_count(self->graph->graph);
    if (is_there) {
        oz_instance_stats(self->instance, (uint32_t)node, &stats);
    }
    pyoz_instance_end(self, &driver);
    if (!is_there) {
        return PyErr_Format(PyExc_IndexError, "no step %lu", node);
    }
    return Py_BuildValue("{sLsLsLsLsLsL}", "calls", (long long)stats.calls, "rows_in",
                         (long long)stats.rows_in, "rows_out", (long long)stats.rows_out,
                         "bad_records", (long long)stats.bad_records, "busy_ns",
                         (long long)stats.busy_ns, "state_bytes", (long long)stats.state_bytes);
}

static PyObject *
instance_counter(PyObject *object, PyObject *args)
{
    pyoz_instance *self = (pyoz_instance *)object;
    unsigned int node;
    const char *name;
    pyoz_driver driver;
    if (!PyArg_ParseTuple(args, "Is:counter", &node, &name) ||
        !pyoz_instance_enter(self, &driver)) {
        return NULL;
    }
    int64_t value = node < oz_graph_node_count(self->graph->graph)
                        ? oz_instance_counter(self->instance, node, name)
                        : -1;
    pyoz_instance_end(self, &driver);
    return value < 0 ? PyErr_Format(PyExc_KeyError, "no counter %s", name)
                     : PyLong_FromLongLong(value);
}

static PyObject *
dump(pyoz_instance *self, uint32_t node, const char *name, bool by_key)
{
    PyObject *label = PyList_GetItem(self->graph->labels, (Py_ssize_t)node);
    const char *op_name = label == NULL ? NULL : PyUnicode_AsUTF8(PyTuple_GET_ITEM(label, 2));
    const oz_operator *op = op_name == NULL ? NULL : pyoz_operator_find(op_name);
    if (op == NULL) {
        return NULL;
    }
    for (const oz_table_decl *at = op->tables; at != NULL && at->name != NULL; at++) {
        if (strcmp(at->name, name) == 0) {
            return pyoz_table_dump(oz_instance_table(self->instance, node, name), at, by_key);
        }
    }
    return PyErr_Format(PyExc_KeyError, "no table %s", name);
}

/* table(node, name, by_key=True): the entries of a table of values as a dict, or the single one. */
static PyObject *
instance_table(PyObject *object, PyObject *args)
{
    pyoz_instance *self = (pyoz_instance *)object;
    unsigned int node;
    const char *name;
    int by_key = 1;
    pyoz_driver driver;
    if (!PyArg_ParseTuple(args, "Is|p:table", &node, &name, &by_key) ||
        !pyoz_instance_enter(self, &driver)) {
        return NULL;
    }
    PyObject *result = dump(self, node, name, by_key != 0);
    pyoz_instance_end(self, &driver);
    return result;
}

/* Sets the alarm of the descriptor to the next timer. */
static PyObject *
descriptor(pyoz_instance *self, bool is_armed)
{
    pyoz_driver driver;
    if (!pyoz_instance_enter(self, &driver)) {
        return NULL;
    }
    int64_t handle = oz_instance_fd(self->instance);
    self->armed_ns = is_armed ? oz_instance_wake_at(self->instance) : INT64_MIN;
    pyoz_instance_end(self, &driver);
    return PyLong_FromLong(handle < 0 ? -1 : (int32_t)(uint32_t)handle); /* its lower half */
}

/* The descriptor that is readable when step() has work. */
static PyObject *
instance_fileno(PyObject *object, PyObject *unused)
{
    (void)unused;
    return descriptor((pyoz_instance *)object, false);
}

/* The same for the background thread: as long as no earlier timer is set, emit() need not ask. */
static PyObject *
instance_arm(PyObject *object, PyObject *unused)
{
    (void)unused;
    return descriptor((pyoz_instance *)object, true);
}

/* The time.monotonic_ns() at which a timer is due, or None. */
static PyObject *
instance_due(PyObject *object, PyObject *unused)
{
    pyoz_instance *self = (pyoz_instance *)object;
    pyoz_driver driver;
    (void)unused;
    if (!pyoz_instance_enter(self, &driver)) {
        return NULL;
    }
    int64_t at_ns = oz_instance_wake_at(self->instance);
    pyoz_instance_end(self, &driver);
    if (at_ns == INT64_MAX) {
        Py_RETURN_NONE;
    }
    return PyLong_FromLongLong(at_ns);
}

static PyObject *
instance_get_current(PyObject *object, void *closure)
{
    (void)closure;
    return PyBool_FromLong(((pyoz_instance *)object)->is_current);
}

/* Only to False: the drawn graph has changed. */
static int
instance_set_current(PyObject *object, PyObject *value, void *closure)
{
    (void)value;
    (void)closure;
    ((pyoz_instance *)object)->is_current = false;
    return 0;
}

/* How many steps have found work: to see whether something has moved. */
static PyObject *
instance_get_moves(PyObject *object, void *closure)
{
    const pyoz_instance *self = (const pyoz_instance *)object;
    (void)closure;
    return PyLong_FromLongLong(self->instance == NULL ? 0 : oz_instance_moves(self->instance));
}

/* Of an instance with a state folder: the epoch that holds, and that from which it has gone on. */
static PyObject *
instance_get_epoch(PyObject *object, void *closure)
{
    const pyoz_instance *self = (const pyoz_instance *)object;
    (void)closure;
    return PyLong_FromUnsignedLongLong(self->instance == NULL ? 0
                                                              : oz_instance_epoch(self->instance));
}

static PyObject *
instance_get_restored(PyObject *object, void *closure)
{
    const pyoz_instance *self = (const pyoz_instance *)object;
    (void)closure;
    return PyLong_FromUnsignedLongLong(
        self->instance == NULL ? 0 : oz_instance_restored(self->instance));
}

static PyObject *
instance_get_had_ended(PyObject *object, void *closure)
{
    const pyoz_instance *self = (const pyoz_instance *)object;
    (void)closure;
    return PyBool_FromLong(self->instance != NULL && oz_instance_had_ended(self->instance));
}

static PyObject *
instance_checkpoint(PyObject *object, PyObject *unused)
{
    const pyoz_instance *self = (const pyoz_instance *)object;
    (void)unused;
    if (self->instance != NULL) {
        oz_checkpoint(self->instance);
    }
    Py_RETURN_NONE;
}

static PyObject *
instance_get_closed(PyObject *object, void *closure)
{
    (void)closure;
    return PyBool_FromLong(((pyoz_instance *)object)->is_closed);
}

static PyObject *
instance_get_timed(PyObject *object, void *closure)
{
    (void)closure;
    pyoz_instance *self = (pyoz_instance *)object;
    return PyBool_FromLong(self->is_timed);
}

/* Whether a thread is inside or waits to be. */
static PyObject *
instance_get_busy(PyObject *object, void *closure)
{
    (void)closure;
    return PyBool_FromLong(((pyoz_instance *)object)->users > 0);
}

static PyObject *
instance_get_graph(PyObject *object, void *closure)
{
    pyoz_instance *self = (pyoz_instance *)object;
    (void)closure;
    return Py_NewRef(self->graph == NULL ? Py_None : (PyObject *)self->graph);
}

static PyMethodDef methods[] = {
    {"run", instance_run, METH_VARARGS, "run(seconds=None) -> whether all has ended"},
    {"rows_held", instance_rows_held, METH_NOARGS, "rows that wait inside"},
    {"wake_by", instance_wake_by, METH_O, "looks at signals when this pipe can be read"},
    {"stop", instance_stop, METH_NOARGS, "makes run() return False; any thread"},
    {"step", instance_step, METH_NOARGS, "one piece of work -> 'more', 'wait' or 'done'"},
    {"push_end", instance_push_end, METH_O, "push_end(node): this input gets no more"},
    {"flush", instance_flush, METH_NOARGS, "delivers what steps hold"},
    {"drain", instance_drain, METH_NOARGS, "sources read no more; what was read goes through"},
    {"update", instance_update, METH_O, "update(graph): goes on with a changed graph"},
    {"checkpoint", instance_checkpoint, METH_NOARGS, "asks for a checkpoint; any thread"},
    {"close", instance_close, METH_NOARGS, "frees it as soon as nobody is inside"},
    {"abandon", instance_abandon, METH_NOARGS, "in a child after fork: uses it no more"},
    {"stats", instance_stats, METH_O, "stats(node) -> dict"},
    {"counter", instance_counter, METH_VARARGS, "counter(node, name) -> int"},
    {"table", instance_table, METH_VARARGS, "table(node, name, by_key=True) -> dict, or [value]"},
    {"fileno", instance_fileno, METH_NOARGS, "readable when step() has work"},
    {"arm", instance_arm, METH_NOARGS, "fileno() of the background thread"},
    {"due", instance_due, METH_NOARGS, "time.monotonic_ns() when a timer is due, or None"},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef getset[] = {
    {"current", instance_get_current, instance_set_current, "whether the graph is as drawn", NULL},
    {"moves", instance_get_moves, NULL, "how many steps have found work", NULL},
    {"epoch", instance_get_epoch, NULL, "the epoch that holds; 0: none", NULL},
    {"restored", instance_get_restored, NULL, "the epoch it has gone on from; 0: none", NULL},
    {"had_ended", instance_get_had_ended, NULL, "whether the job had come to its end before", NULL},
    {"closed", instance_get_closed, NULL, "whether close() was called", NULL},
    {"timed", instance_get_timed, NULL, "whether something may happen later by itself", NULL},
    {"busy", instance_get_busy, NULL, "whether a thread is inside", NULL},
    {"graph", instance_get_graph, NULL, "its Graph", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(pyoz_instance, weak_references), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc,
     "Instance(graph, *, batch_rows=0, seed=0, state=None, fresh=False, allow_dropped_state=False, "
     "checkpoint=1.0, job=None)\n--\n\nA graph that works."},
    {Py_tp_new, instance_new},
    {Py_tp_dealloc, instance_dealloc},
    {Py_tp_finalize, instance_finalize},
    {Py_tp_traverse, instance_traverse},
    {Py_tp_clear, instance_clear},
    {Py_tp_methods, methods},
    {Py_tp_getset, getset},
    {Py_tp_members, members},
    {0, NULL},
};

PyType_Spec pyoz_instance_spec = {
    .name = "ouzel._ouzel.Instance",
    .basicsize = sizeof(pyoz_instance),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};
