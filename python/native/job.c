/*
 * ouzel._ouzel.Job(workers, seats=0): what the workers of a job share, as its host has it;
 * Job.join(file, bells, worker) is the same as a worker has it. The descriptors are closed with the
 * object of the host.
 */
#include "job.h"

#include "errors.h"
#include "state.h"

#ifdef __linux__
#include <signal.h>
#include <sys/prctl.h>
#endif

static PyObject *
job_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"workers", "seats", NULL};
    unsigned int workers;
    unsigned int seats = 0;
    oz_error error = {.status = OZ_OK};
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "I|I:Job", names, &workers, &seats)) {
        return NULL;
    }
    pyoz_job *self = (pyoz_job *)type->tp_alloc(type, 0);
    if (self != NULL && oz_job_new(NULL, workers, seats, &self->job, &error) != OZ_OK) {
        Py_DECREF((PyObject *)self);
        return pyoz_raise(pyoz_state_of(type), &error);
    }
    return (PyObject *)self;
}

/* join(file, bells, worker): the job whose descriptors this process has inherited. */
static PyObject *
job_join(PyObject *type_object, PyObject *args)
{
    PyTypeObject *type = (PyTypeObject *)type_object;
    long long file;
    PyObject *bells;
    unsigned int worker;
    int64_t numbers[OZ_WORKERS_MAX];
    oz_error error = {.status = OZ_OK};
    if (!PyArg_ParseTuple(args, "LO!I:join", &file, &PyTuple_Type, &bells, &worker)) {
        return NULL;
    }
    for (Py_ssize_t i = 0; i < OZ_WORKERS_MAX; i++) {
        numbers[i] =
            i < PyTuple_GET_SIZE(bells) ? PyLong_AsLongLong(PyTuple_GET_ITEM(bells, i)) : -1;
    }
    if (PyErr_Occurred()) {
        return NULL;
    }
#ifdef __linux__
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* no worker outlives its supervisor */
#endif
    pyoz_job *self = (pyoz_job *)type->tp_alloc(type, 0);
    if (self != NULL && oz_job_join(NULL, file, numbers, worker, &self->job, &error) != OZ_OK) {
        Py_DECREF((PyObject *)self);
        return pyoz_raise(pyoz_state_of(type), &error);
    }
    return (PyObject *)self;
}

static void
job_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    oz_job_free(&((pyoz_job *)object)->job);
    type->tp_free(object);
    Py_DECREF(type);
}

/* fail(message): the worker could not begin. */
static PyObject *
job_fail(PyObject *object, PyObject *text)
{
    const char *message = PyUnicode_AsUTF8(text);
    if (message == NULL) {
        return NULL;
    }
    oz_job_fail(((pyoz_job *)object)->job, message);
    Py_RETURN_NONE;
}

static PyObject *
job_stop(PyObject *object, PyObject *unused)
{
    (void)unused;
    oz_job_stop(((pyoz_job *)object)->job);
    Py_RETURN_NONE;
}

static PyObject *
job_checkpoint(PyObject *object, PyObject *unused)
{
    (void)unused;
    oz_job_checkpoint(((pyoz_job *)object)->job);
    Py_RETURN_NONE;
}

/* status(worker) -> {"phase", "moves", "calls", "busy", "waited_ns", "message", "place"}. */
static PyObject *
job_status(PyObject *object, PyObject *number)
{
    static const char *const phases[] = {"starting", "running", "done", "failed"};
    const oz_job *job = ((pyoz_job *)object)->job;
    unsigned long worker = PyLong_AsUnsignedLong(number);
    oz_worker_status status;
    if (PyErr_Occurred()) {
        return NULL;
    }
    if (worker >= oz_job_seats(job)) {
        return PyErr_Format(PyExc_IndexError, "no worker %lu", worker);
    }
    oz_job_status(job, (uint32_t)worker, &status);
    return Py_BuildValue("{sssLsKsOsLssss}", "phase", phases[status.phase & 3], "moves",
                         (long long)status.moves, "calls", (unsigned long long)status.calls, "busy",
                         status.is_busy ? Py_True : Py_False, "waited_ns",
                         (long long)status.waited_ns, "message", status.message, "place",
                         status.place);
}

/* blame(worker) -> whether the record at which it died is to be set aside from now on. */
static PyObject *
job_blame(PyObject *object, PyObject *number)
{
    unsigned long worker = PyLong_AsUnsignedLong(number);
    if (PyErr_Occurred()) {
        return NULL;
    }
    return PyBool_FromLong(oz_job_blame(((pyoz_job *)object)->job, (uint32_t)worker));
}

/* follow(last): the records that were blamed in `last` are in this one. */
static PyObject *
job_follow(PyObject *object, PyObject *last)
{
    if (!Py_IS_TYPE(last, Py_TYPE(object))) {
        return PyErr_Format(PyExc_TypeError, "expected a Job, not %R", last);
    }
    oz_job_follow(((pyoz_job *)object)->job, ((pyoz_job *)last)->job);
    Py_RETURN_NONE;
}

static PyObject *
job_get_file(PyObject *object, void *closure)
{
    (void)closure;
    return PyLong_FromLongLong(oz_job_file(((pyoz_job *)object)->job));
}

static PyObject *
job_get_bells(PyObject *object, void *closure)
{
    (void)closure;
    const oz_job *job = ((pyoz_job *)object)->job;
    uint32_t count = oz_job_seats(job);
    PyObject *bells = PyTuple_New(count);
    for (uint32_t i = 0; bells != NULL && i < count; i++) {
        PyObject *bell = PyLong_FromLongLong(oz_job_bell(job, i));
        if (bell == NULL) {
            Py_CLEAR(bells);
            break;
        }
        PyTuple_SET_ITEM(bells, i, bell);
    }
    return bells;
}

static PyObject *
job_get_epoch(PyObject *object, void *closure)
{
    (void)closure;
    return PyLong_FromUnsignedLongLong(oz_job_epoch(((pyoz_job *)object)->job));
}

static PyObject *
job_get_workers(PyObject *object, void *closure)
{
    (void)closure;
    return PyLong_FromUnsignedLong(oz_job_workers(((pyoz_job *)object)->job));
}

static PyObject *
job_get_seats(PyObject *object, void *closure)
{
    (void)closure;
    return PyLong_FromUnsignedLong(oz_job_seats(((pyoz_job *)object)->job));
}

/* scale(workers): the keys are to be shared by so many. */
static PyObject *
job_scale(PyObject *object, PyObject *number)
{
    pyoz_job *self = (pyoz_job *)object;
    unsigned long workers = PyLong_AsUnsignedLong(number);
    oz_error error = {.status = OZ_OK};
    if (PyErr_Occurred()) {
        return NULL;
    }
    uint32_t wanted = workers > UINT32_MAX ? UINT32_MAX : (uint32_t)workers;
    if (oz_job_scale(self->job, wanted, &error) != OZ_OK) {
        return pyoz_raise(pyoz_state_of(Py_TYPE(object)), &error);
    }
    Py_RETURN_NONE;
}

/* moves() -> {"workers", "present", "made", "lost", "paused_ns", "entries", "failure"}. */
static PyObject *
job_moves(PyObject *object, PyObject *unused)
{
    (void)unused;
    oz_moves moves;
    oz_job_moves(((pyoz_job *)object)->job, &moves);
    return Py_BuildValue("{sIsIsKsKsLsLss}", "workers", moves.workers, "present", moves.present,
                         "made", (unsigned long long)moves.made, "lost",
                         (unsigned long long)moves.lost, "paused_ns", (long long)moves.paused_ns,
                         "entries", (long long)moves.entries, "failure", moves.failure);
}

static PyMethodDef methods[] = {
    {"join", job_join, METH_VARARGS | METH_CLASS, "join(file, bells, worker) -> Job"},
    {"fail", job_fail, METH_O, "fail(message): this worker could not begin"},
    {"stop", job_stop, METH_NOARGS, "asks all workers to drain and end"},
    {"scale", job_scale, METH_O, "scale(workers): asks for another number of them"},
    {"moves", job_moves, METH_NOARGS, "moves() -> dict: what has become of that"},
    {"checkpoint", job_checkpoint, METH_NOARGS, "asks for a checkpoint"},
    {"status", job_status, METH_O, "status(worker) -> dict"},
    {"blame", job_blame, METH_O, "blame(worker) -> bool: it has killed before"},
    {"follow", job_follow, METH_O, "follow(last): it is the next life of that job"},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef getset[] = {
    {"file", job_get_file, NULL, "the descriptor of the memory", NULL},
    {"bells", job_get_bells, NULL, "the descriptors of the bells, by worker", NULL},
    {"epoch", job_get_epoch, NULL, "the epoch that holds; 0: none", NULL},
    {"workers", job_get_workers, NULL, "how many workers share the keys", NULL},
    {"seats", job_get_seats, NULL, "how many workers it can have", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "Job(workers, seats=0)\n--\n\nWhat the workers of a job share."},
    {Py_tp_new, job_new},
    {Py_tp_dealloc, job_dealloc},
    {Py_tp_methods, methods},
    {Py_tp_getset, getset},
    {0, NULL},
};

PyType_Spec pyoz_job_spec = {
    .name = "ouzel._ouzel.Job",
    .basicsize = sizeof(pyoz_job),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};
