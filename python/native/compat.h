/*
 * One place for what differs between Python 3.10 and 3.14. Everything else in this folder is
 * written for the newest spelling.
 */
#ifndef PYOZ_COMPAT_H
#define PYOZ_COMPAT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#if defined(__GNUC__)
#define PYOZ_LIKELY(condition) __builtin_expect(!!(condition), 1)
#define PYOZ_UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define PYOZ_INLINE static inline __attribute__((always_inline))
#else
#define PYOZ_LIKELY(condition) (condition)
#define PYOZ_UNLIKELY(condition) (condition)
#define PYOZ_INLINE static inline
#endif

/* Eight bytes of static TLS are always there with glibc, also for a module that is loaded late. */
#if defined(__GLIBC__) && defined(__GNUC__)
#define PYOZ_TLS _Thread_local __attribute__((tls_model("initial-exec")))
#else
#define PYOZ_TLS _Thread_local
#endif

#if PY_VERSION_HEX < 0x030C0000
/* The exception that is set, normalised and with its traceback; clears it. NULL: none. */
static inline PyObject *
PyErr_GetRaisedException(void)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (type == NULL) {
        return NULL;
    }
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback != NULL) {
        PyException_SetTraceback(value, traceback);
    }
    Py_DECREF(type);
    Py_XDECREF(traceback);
    return value;
}

/* Sets `exception` (takes it) as the one that is raised. */
static inline void
PyErr_SetRaisedException(PyObject *exception)
{
    PyObject *type = Py_NewRef((PyObject *)Py_TYPE(exception));
    PyErr_Restore(type, exception, PyException_GetTraceback(exception));
}
#endif

#if PY_VERSION_HEX < 0x030B0000
#define PyType_GetModuleByDef(type, definition) _PyType_GetModuleByDef(type, definition)
#endif

#if PY_VERSION_HEX >= 0x030D0000
#define PYOZ_IS_FINALIZING() Py_IsFinalizing()
#else
#define PYOZ_IS_FINALIZING() _Py_IsFinalizing()
#endif

/* True when this thread runs inside no contextvars.Context: then it is in no asyncio callback. */
static inline int
pyoz_outside_context(void)
{
    return PyThreadState_Get()->context == NULL;
}

#endif
