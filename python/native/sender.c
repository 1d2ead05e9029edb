/* ouzel._ouzel.Sender: the sender of ouzel/client.h. Whatever waits does so without the GIL. */
#include "errors.h"
#include "gil.h"
#include "state.h"

#include "ouzel/client.h"

#include <structmember.h>

/* Signals are looked at so often while a call waits. */
#define SLICE_NS INT64_C(100000000)

typedef struct pyoz_sender {
    PyObject_HEAD
    oz_sender *sender; /* NULL: closed */
    char is_busy;      /* another thread waits in it */
} pyoz_sender;

static PyObject *
raise_failure(PyObject *object, oz_status status, const oz_error *error)
{
    if (status == OZ_TIMED_OUT) {
        return PyErr_Format(PyExc_TimeoutError, "%s", error->text);
    }
    const pyoz_state *state = PyType_GetModuleState(Py_TYPE(object));
    PyObject *type = status == OZ_NO_MEMORY ? PyExc_MemoryError
                     : status == OZ_INVALID ? PyExc_ValueError
                     : status == OZ_CLOSED  ? state->closed_error
                                            : state->io_error;
    return PyErr_Format(type, "%s", error->text);
}

/* The sender, for this call alone; NULL with an exception. */
static pyoz_sender *
enter(PyObject *object)
{
    pyoz_sender *self = (pyoz_sender *)object;
    const pyoz_state *state = PyType_GetModuleState(Py_TYPE(object));
    if (self->sender == NULL) {
        PyErr_SetString(state->closed_error, "the sender is closed");
        return NULL;
    }
    if (self->is_busy) {
        PyErr_SetString(PyExc_RuntimeError, "another thread uses this sender: one at a time");
        return NULL;
    }
    return self;
}

typedef oz_status (*waits)(oz_sender *sender, int64_t timeout_ns, oz_error *error);

/* Calls what waits in slices, so that Ctrl-C is heard. `timeout_ns` negative: no limit. */
static int
wait_in_slices(pyoz_sender *self, waits call, int64_t timeout_ns)
{
    oz_error error;
    oz_status status;
    do {
        int64_t slice = timeout_ns >= 0 && timeout_ns < SLICE_NS ? timeout_ns : SLICE_NS;
        self->is_busy = 1;
        Py_BEGIN_ALLOW_THREADS
        status = call(self->sender, slice, &error);
        Py_END_ALLOW_THREADS
        self->is_busy = 0;
        timeout_ns = timeout_ns < 0 ? -1 : timeout_ns - slice;
        if (status == OZ_TIMED_OUT && PyErr_CheckSignals() < 0) {
            return -1;
        }
    } while (status == OZ_TIMED_OUT && timeout_ns != 0);
    if (status != OZ_OK) {
        (void)raise_failure((PyObject *)self, status, &error);
        return -1;
    }
    return 0;
}

/* Seconds, or None for no limit, as nanoseconds. -2 with an exception. */
static int64_t
timeout_of(PyObject *seconds)
{
    double given = seconds == Py_None ? -1 : PyFloat_AsDouble(seconds);
    if (PyErr_Occurred() != NULL) {
        return -2;
    }
    return given < 0 || given > 1e9 ? -1 : (int64_t)(given * 1e9);
}

static PyObject *
sender_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"host", "port", "stream", "session", "patience", NULL};
    const char *host;
    const char *stream;
    int port;
    unsigned long long session = 0;
    double patience = 30;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "sis|$Kd:Sender", names, &host, &port, &stream,
                                     &session, &patience)) {
        return NULL;
    }
    if (port < 1 || port > 65535) {
        return PyErr_Format(PyExc_ValueError, "a port is 1 to 65535, not %d", port);
    }
    pyoz_sender *self = (pyoz_sender *)type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    const oz_sender_options options = {
        .host = host,
        .port = (uint16_t)port,
        .stream = stream,
        .session = session,
        .patience_ns = patience <= 0 || patience > 1e9 ? 1 : (int64_t)(patience * 1e9),
    };
    oz_error error;
    oz_status status;
    Py_BEGIN_ALLOW_THREADS
    status = oz_sender_open(&options, &self->sender, &error);
    Py_END_ALLOW_THREADS
    if (status != OZ_OK) {
        (void)raise_failure((PyObject *)self, status, &error);
        Py_CLEAR(self);
    }
    return (PyObject *)self;
}

static PyObject *
send_record(PyObject *object, PyObject *record)
{
    pyoz_sender *self = enter(object);
    Py_buffer view = {.obj = NULL};
    Py_ssize_t size = 0;
    const char *data = NULL;
    if (self == NULL) {
        return NULL;
    }
    if (PyUnicode_Check(record)) {
        data = PyUnicode_AsUTF8AndSize(record, &size);
    } else if (PyObject_GetBuffer(record, &view, PyBUF_SIMPLE) == 0) {
        data = view.buf;
        size = view.len;
    }
    if (PyErr_Occurred() != NULL) {
        return NULL;
    }
    PyObject *result = NULL;
    if (wait_in_slices(self, oz_sender_room, -1) == 0) {
        oz_error error;
        oz_status status;
        self->is_busy = 1;
        status = oz_sender_send(self->sender, data, (size_t)size, &error);
        self->is_busy = 0;
        result = status == OZ_OK ? PyLong_FromUnsignedLongLong(oz_sender_last(self->sender))
                                 : raise_failure(object, status, &error);
    }
    if (view.obj != NULL) {
        PyBuffer_Release(&view);
    }
    return result;
}

static oz_status
flush_now(oz_sender *sender, int64_t timeout_ns, oz_error *error)
{
    (void)timeout_ns;
    return oz_sender_flush(sender, error);
}

static PyObject *
flush(PyObject *object, PyObject *unused)
{
    (void)unused;
    pyoz_sender *self = enter(object);
    if (self == NULL || wait_in_slices(self, flush_now, -1) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
wait_with(PyObject *object, PyObject *args, PyObject *kwargs, waits call)
{
    static char *names[] = {"timeout", NULL};
    PyObject *timeout = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O", names, &timeout)) {
        return NULL;
    }
    int64_t timeout_ns = timeout_of(timeout);
    pyoz_sender *self = timeout_ns == -2 ? NULL : enter(object);
    if (self == NULL || wait_in_slices(self, call, timeout_ns) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
wait_all(PyObject *object, PyObject *args, PyObject *kwargs)
{
    return wait_with(object, args, kwargs, oz_sender_wait);
}

static PyObject *
end(PyObject *object, PyObject *args, PyObject *kwargs)
{
    return wait_with(object, args, kwargs, oz_sender_end);
}

static PyObject *
close_sender(PyObject *object, PyObject *unused)
{
    (void)unused;
    pyoz_sender *self = (pyoz_sender *)object;
    if (self->is_busy) {
        PyErr_SetString(PyExc_RuntimeError, "another thread uses this sender: one at a time");
        return NULL;
    }
    oz_sender_close(&self->sender);
    Py_RETURN_NONE;
}

/* Of a block that is left by an exception, what is not acknowledged is given up. */
static PyObject *
leave(PyObject *object, PyObject *args)
{
    PyObject *type;
    PyObject *value;
    PyObject *traceback;
    if (!PyArg_ParseTuple(args, "OOO", &type, &value, &traceback)) {
        return NULL;
    }
    pyoz_sender *self = (pyoz_sender *)object;
    if (type == Py_None && self->sender != NULL &&
        (enter(object) == NULL || wait_in_slices(self, oz_sender_wait, -1) < 0)) {
        return NULL;
    }
    return close_sender(object, NULL);
}

static PyObject *
itself(PyObject *object, PyObject *unused)
{
    (void)unused;
    return Py_NewRef(object);
}

static PyObject *
get_last(PyObject *object, void *unused)
{
    (void)unused;
    const pyoz_sender *self = enter(object);
    return self == NULL ? NULL : PyLong_FromUnsignedLongLong(oz_sender_last(self->sender));
}

static PyObject *
get_acknowledged(PyObject *object, void *unused)
{
    (void)unused;
    const pyoz_sender *self = enter(object);
    return self == NULL ? NULL : PyLong_FromUnsignedLongLong(oz_sender_acknowledged(self->sender));
}

static void
sender_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    oz_sender_close(&((pyoz_sender *)object)->sender);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyMethodDef methods[] = {
    {"send", send_record, METH_O,
     "send($self, record, /)\n--\n\nTakes a record, bytes or text (UTF-8); returns its number. "
     "Waits while as much is not\nacknowledged as the engine allows."},
    {"flush", flush, METH_NOARGS,
     "flush($self)\n--\n\nSends what was given, without waiting for an acknowledgement."},
    {"wait", (PyCFunction)(void (*)(void))wait_all, METH_VARARGS | METH_KEYWORDS,
     "wait($self, timeout=None)\n--\n\nSends all, and waits until it is acknowledged; "
     "TimeoutError after so many seconds."},
    {"end", (PyCFunction)(void (*)(void))end, METH_VARARGS | METH_KEYWORDS,
     "end($self, timeout=None)\n--\n\nThe stream has no more records: waits until the engine has "
     "that safely, too."},
    {"close", close_sender, METH_NOARGS,
     "close($self)\n--\n\nEnds the connection; what is not acknowledged is given up."},
    {"__enter__", itself, METH_NOARGS, NULL},
    {"__exit__", leave, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef properties[] = {
    {"last", get_last, NULL, "The number of the last record that was given, or acknowledged.",
     NULL},
    {"acknowledged", get_acknowledged, NULL,
     "The number of the last record that the engine has safely; 0: none.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc,
     "Sender(host, port, stream, *, session=0, patience=30.0)\n--\n\n"
     "Gives records to `ouzel.from_sender`, each exactly once.\n\n"
     "Records have numbers from 1 on, and are kept until the engine says that they are safe: a\n"
     "lost connection is made again, and what was not acknowledged is sent again. A program that\n"
     "begins anew goes on with record ``acknowledged + 1`` of its stream. Of two senders of one\n"
     "stream the one with the higher session has it (0: the time of now). StreamIOError without a\n"
     "connection for `patience` seconds, or when the engine refuses the stream. One thread at a\n"
     "time; a ``with`` block ends when all is acknowledged."},
    {Py_tp_new, sender_new},
    {Py_tp_dealloc, sender_dealloc},
    {Py_tp_methods, methods},
    {Py_tp_getset, properties},
    {0, NULL},
};

PyType_Spec pyoz_sender_spec = {
    .name = "ouzel._ouzel.Sender",
    .basicsize = sizeof(pyoz_sender),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};
