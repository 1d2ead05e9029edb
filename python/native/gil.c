/* The driver of a thread, and the GIL that it takes late and gives early. */
#include "gil.h"

PYOZ_TLS pyoz_driver *pyoz_driver_now;

/* Of a foreign thread, between take and leave; they do not nest more than once. */
static PYOZ_TLS PyGILState_STATE foreign_state;

void
pyoz_gil_give(pyoz_driver *driver)
{
    if (driver != NULL && driver->given == NULL) {
        driver->given = PyEval_SaveThread();
    }
}

bool
pyoz_gil_take_slowly(pyoz_driver *driver)
{
    if (driver != NULL) {
        PyThreadState *state = driver->given;
        PyEval_RestoreThread(state);
        driver->given = NULL;
        return false;
    }
    foreign_state = PyGILState_Ensure();
    return true;
}

void
pyoz_gil_leave_foreign(void)
{
    PyGILState_Release(foreign_state);
}

bool
pyoz_drives(const struct pyoz_instance *instance)
{
    for (const pyoz_driver *driver = pyoz_driver_now; driver != NULL; driver = driver->outer) {
        if (driver->instance == instance) {
            return true;
        }
    }
    return false;
}

/* "ZeroDivisionError: division by zero" into `text`. */
static void
describe(PyObject *exception, char *text, size_t capacity)
{
    const char *type = Py_TYPE(exception)->tp_name;
    PyObject *string = PyObject_Str(exception);
    const char *said = string == NULL ? NULL : PyUnicode_AsUTF8(string);
    if (said == NULL) {
        PyErr_Clear();
        said = "(its message cannot be shown)";
    }
    (void)PyOS_snprintf(text, capacity, said[0] == '\0' ? "%.60s" : "%.60s: %.90s", type, said);
    Py_XDECREF(string);
}

oz_status
pyoz_keep_exception(oz_error *error)
{
    PyObject *exception = PyErr_GetRaisedException();
    pyoz_driver *driver = pyoz_driver_now;
    if (exception == NULL) {
        return oz_error_set(error, OZ_USER, "a function failed without an exception");
    }
    oz_status status =
        PyObject_TypeCheck(exception, (PyTypeObject *)PyExc_Exception) ? OZ_BAD_RECORD : OZ_USER;
    if (driver == NULL) {
        PyErr_SetRaisedException(exception);
        PyErr_WriteUnraisable(NULL);
        return status;
    }
    driver->text[0] = '\0';
    if (error != NULL) {
        describe(exception, driver->text, sizeof driver->text);
        (void)oz_error_set(error, status, "%s", driver->text);
    }
    Py_XSETREF(driver->exception, exception);
    return status;
}
