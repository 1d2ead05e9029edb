/*
 * The exceptions of Ouzel, all made here, and how a failure of the engine becomes one.
 *
 *   OuzelError(Exception)
 *     StepError                       a step could not treat a record: .step .where .record
 *     GraphError(ValueError)          the graph cannot be drawn or sealed so
 *     ClosedError(ValueError)         an emit after close
 *     StateError                      the state folder cannot be used
 *     StreamIOError(OSError)          a file or a socket
 *       NotFoundError(FileNotFoundError)
 *
 * What a function of the user raises surfaces as it is, with a note and the attribute `ouzel`.
 */
#include "errors.h"

#include "instance.h"
#include "objects.h"

#include <string.h>

/* ---- making them ----------------------------------------------------------------------------- */

/* `bases` is a new reference, or NULL with an exception. */
static int
add_error(PyObject *module, const char *name, const char *doc, PyObject *bases, PyObject **error)
{
    char full[64];
    (void)PyOS_snprintf(full, sizeof full, "ouzel.%s", name);
    *error = bases == NULL ? NULL : PyErr_NewExceptionWithDoc(full, doc, bases, NULL);
    Py_XDECREF(bases);
    return *error == NULL ? -1 : PyModule_AddObjectRef(module, name, *error);
}

static PyStructSequence_Field failure_fields[] = {
    {"step", "the step's name"},
    {"where", "the line of the program that drew the step, or None"},
    {"record", "the record that could not be treated, or None"},
    {NULL, NULL},
};

static PyStructSequence_Desc failure_description = {
    .name = "ouzel.Failure",
    .doc = "What an exception that came through a stream knows: its attribute `ouzel`.",
    .fields = failure_fields,
    .n_in_sequence = 3,
};

int
pyoz_add_errors(PyObject *module, pyoz_state *state)
{
    if (add_error(module, "OuzelError", "The base of all exceptions that Ouzel raises by itself.",
                  PyTuple_Pack(1, PyExc_Exception), &state->error) < 0 ||
        add_error(module, "StepError", "A step could not treat a record: .step, .where, .record.",
                  PyTuple_Pack(1, state->error), &state->step_error) < 0 ||
        add_error(module, "GraphError", "The graph cannot be drawn so.",
                  PyTuple_Pack(2, state->error, PyExc_ValueError), &state->graph_error) < 0 ||
        add_error(module, "ClosedError", "The stream has been closed.",
                  PyTuple_Pack(2, state->error, PyExc_ValueError), &state->closed_error) < 0 ||
        add_error(module, "StateError", "The state of the job cannot be used.",
                  PyTuple_Pack(1, state->error), &state->state_error) < 0 ||
        add_error(module, "StreamIOError", "A file or socket operation failed.",
                  PyTuple_Pack(2, state->error, PyExc_OSError), &state->io_error) < 0 ||
        add_error(module, "NotFoundError", "A file that should be there is not.",
                  PyTuple_Pack(2, state->io_error, PyExc_FileNotFoundError),
                  &state->not_found_error) < 0) {
        return -1;
    }
    state->failure_type = PyStructSequence_NewType(&failure_description);
    return state->failure_type == NULL
               ? -1
               : PyModule_AddObjectRef(module, "Failure", (PyObject *)state->failure_type);
}

/* ---- raising --------------------------------------------------------------------------------- */

static PyObject *
type_for(pyoz_state *state, oz_status status)
{
    switch (status) {
    case OZ_NO_MEMORY:
        return PyExc_MemoryError;
    case OZ_INVALID:
    case OZ_UNSUPPORTED:
        return state->graph_error;
    case OZ_NOT_FOUND:
        return state->not_found_error;
    case OZ_IO:
        return state->io_error;
    case OZ_CLOSED:
        return state->closed_error;
    case OZ_CORRUPT:
    case OZ_REFUSED:
        return state->state_error;
    case OZ_BAD_RECORD:
        return state->step_error;
    default:
        return state->error;
    }
}

/* The message as str, whatever bytes a record has put into it. */
static PyObject *
message_of(const oz_error *error)
{
    const char *text = error->text[0] == '\0' ? oz_status_name(error->status) : error->text;
    return PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "replace");
}

PyObject *
pyoz_raise(pyoz_state *state, const oz_error *error)
{
    PyObject *message = message_of(error);
    if (message != NULL) {
        PyErr_SetObject(type_for(state, error->status), message);
        Py_DECREF(message);
    }
    return NULL;
}

/* ---- what is known of a failure -------------------------------------------------------------- */

/* The record, or None; never fails. */
static PyObject *
record_of(const oz_batch *batch, int64_t row)
{
    PyObject *record = batch == NULL ? Py_NewRef(Py_None) : pyoz_row(batch, row);
    if (record == NULL) {
        PyErr_Clear();
        record = Py_NewRef(Py_None);
    }
    return record;
}

/* Failure(step, where, record); NULL with an exception. */
static PyObject *
failure_of(pyoz_state *state, pyoz_instance *instance)
{
    uint32_t node = 0;
    int64_t row = 0;
    const oz_batch *batch = NULL;
    if (!oz_instance_failure(instance->instance, &node, &batch, &row)) {
        batch = NULL;
    }
    PyObject *failure = PyStructSequence_New(state->failure_type);
    if (failure == NULL) {
        return NULL;
    }
    PyObject *label = PyList_GetItem(instance->graph->labels, (Py_ssize_t)node);
    if (label == NULL) {
        PyErr_Clear();
    }
    PyObject *step = label == NULL ? Py_None : PyTuple_GET_ITEM(label, 0);
    PyObject *where = label == NULL ? Py_None : PyTuple_GET_ITEM(label, 1);
    PyStructSequence_SetItem(failure, 0, Py_NewRef(step));
    PyStructSequence_SetItem(failure, 1, Py_NewRef(where));
    PyStructSequence_SetItem(failure, 2, record_of(batch, row));
    return failure;
}

/* ---- the user's own exception ---------------------------------------------------------------- */

static int
append_note(PyObject *exception, PyObject *note)
{
#if PY_VERSION_HEX >= 0x030B0000
    PyObject *result = PyObject_CallMethod(exception, "add_note", "O", note);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
#else
    PyObject *notes = PyObject_GetAttrString(exception, "__notes__");
    if (notes == NULL) {
        PyErr_Clear();
        notes = PyList_New(0);
        if (notes == NULL || PyObject_SetAttrString(exception, "__notes__", notes) < 0) {
            Py_XDECREF(notes);
            return -1;
        }
    }
    int result = PyList_Check(notes) ? PyList_Append(notes, note) : 0;
    Py_DECREF(notes);
    return result;
#endif
}

/* "in step 'ratio' drawn at app.py:12, for the record (3, 0)" */
static PyObject *
note_of(PyObject *failure, bool has_record)
{
    PyObject *step = PyStructSequence_GetItem(failure, 0);
    PyObject *where = PyStructSequence_GetItem(failure, 1);
    oz_scalar scalar = {.kind = OZ_SCALAR_NULL};
    char record[204];
    size_t size = 0;
    scalar.as.object = PyStructSequence_GetItem(failure, 2);
    if (has_record) {
        size = pyoz_objects.print(scalar.as.object, record, 200);
        memcpy(record + (size < 199 ? size : 199), size < 200 ? "" : "...", size < 200 ? 1 : 4);
    }
    PyObject *note = where == Py_None ? PyUnicode_FromFormat("in step %R", step)
                                      : PyUnicode_FromFormat("in step %R drawn at %U", step, where);
    if (note != NULL && has_record) {
        Py_SETREF(note, PyUnicode_FromFormat("%U, for the record %s", note, record));
    }
    return note;
}

/* Adds the note and the attribute, unless an inner step has done it. Troubles are swallowed. */
static void
annotate(PyObject *exception, PyObject *failure, bool has_record)
{
    PyObject *known = PyObject_GetAttrString(exception, "ouzel");
    if (known != NULL) {
        Py_DECREF(known);
        return;
    }
    PyErr_Clear();
    PyObject *note = note_of(failure, has_record);
    if (note == NULL || PyObject_SetAttrString(exception, "ouzel", failure) < 0 ||
        append_note(exception, note) < 0) {
        PyErr_Clear();
    }
    Py_XDECREF(note);
}

/* Whether the exception that the driver kept is what the engine has latched. */
static bool
is_the_cause(const pyoz_driver *driver, const oz_error *error)
{
    if (driver->exception == NULL) {
        return false;
    }
    if (driver->text[0] == '\0') {
        return error->status == OZ_USER || error->status == OZ_BAD_RECORD ||
               error->status == OZ_INVALID;
    }
    return strstr(error->text, driver->text) != NULL || error->status == OZ_USER;
}

/* A StepError for a record that a native step refused. */
static PyObject *
raise_step_error(pyoz_state *state, const oz_error *error, PyObject *failure)
{
    static const char *const names[] = {"step", "where", "record"};
    (void)pyoz_raise(state, error);
    PyObject *exception = PyErr_GetRaisedException();
    if (exception == NULL) {
        return NULL;
    }
    for (int i = 0; i < 3; i++) {
        PyObject *value = PyStructSequence_GetItem(failure, i);
        if (PyObject_SetAttrString(exception, names[i], value) < 0) {
            PyErr_Clear();
        }
    }
    if (PyObject_SetAttrString(exception, "ouzel", failure) < 0) {
        PyErr_Clear();
    }
    PyErr_SetRaisedException(exception);
    return NULL;
}

PyObject *
pyoz_raise_kept(pyoz_state *state, const oz_error *error, pyoz_driver *driver)
{
    PyObject *exception = driver->exception;
    if (exception == NULL) {
        return pyoz_raise(state, error);
    }
    driver->exception = NULL;
    PyObject *note = message_of(error);
    if (note == NULL || append_note(exception, note) < 0) {
        PyErr_Clear();
    }
    Py_XDECREF(note);
    PyErr_SetRaisedException(exception);
    return NULL;
}

PyObject *
pyoz_raise_failure(pyoz_state *state, pyoz_instance *instance, pyoz_driver *driver)
{
    const oz_error *error = oz_instance_error(instance->instance);
    PyObject *failure = failure_of(state, instance);
    if (failure == NULL) {
        return NULL;
    }
    if (driver->exception == NULL && instance->exception != NULL) {
        driver->exception = instance->exception; /* of an earlier call */
        driver->text[0] = '\0';
        instance->exception = NULL;
    }
    if (!is_the_cause(driver, error)) {
        (void)raise_step_error(state, error, failure);
        Py_DECREF(failure);
        return NULL;
    }
    uint32_t node;
    const oz_batch *batch;
    int64_t row;
    bool has_record = oz_instance_failure(instance->instance, &node, &batch, &row);
    PyObject *exception = driver->exception;
    driver->exception = NULL;
    annotate(exception, failure, has_record);
    Py_DECREF(failure);
    PyErr_SetRaisedException(exception);
    return NULL;
}
