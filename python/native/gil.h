/*
 * Who drives, and who holds the GIL.
 *
 * Every entry into the engine is made by a driver: a small struct on the C stack that a
 * thread-local pointer names. The engine may run without the GIL; what it then calls of ours
 * (callbacks, the class of Python objects) begins with pyoz_gil_take(), which is a comparison when
 * the GIL is held, and otherwise takes it once: it is kept until the driver gives it away again
 * (pyoz_gil_give), which happens before the engine blocks and at the end of a step of a run.
 *
 * A thread without a driver is a foreign one (a connector letting go of objects); it takes and
 * gives the GIL around each call.
 */
#ifndef PYOZ_GIL_H
#define PYOZ_GIL_H

#include "compat.h"
#include "ouzel/status.h"

#include <stdbool.h>

struct pyoz_instance;

typedef struct pyoz_driver {
    PyThreadState *given;      /* the thread state while the GIL is given away; else NULL */
    struct pyoz_driver *outer; /* of this thread: an emit from inside a step */
    struct pyoz_instance *instance;
    PyObject *exception; /* the last one that a function of the user raised */
    char text[160];      /* its message as the engine knows it; "" when it knows none */
} pyoz_driver;

extern PYOZ_TLS pyoz_driver *pyoz_driver_now;

/* Begins to drive `instance` (NULL: none); with the GIL held. */
PYOZ_INLINE void
pyoz_drive(pyoz_driver *driver, struct pyoz_instance *instance)
{
    driver->given = NULL;
    driver->outer = pyoz_driver_now;
    driver->instance = instance;
    driver->exception = NULL;
    /* By an atomic store, for gcc 12 takes a plain one for a pointer left dangling. */
    __atomic_store_n(&pyoz_driver_now, driver, __ATOMIC_RELAXED);
}

/* Gives the GIL away until something needs it again; with NULL or given away: nothing. */
void
pyoz_gil_give(pyoz_driver *driver);
/* The slow half of pyoz_gil_take. True: a foreign thread, pyoz_gil_leave() must follow. */
bool
pyoz_gil_take_slowly(pyoz_driver *driver);
void
pyoz_gil_leave_foreign(void);

/* Makes sure that this thread holds the GIL. The answer is for pyoz_gil_leave. */
PYOZ_INLINE bool
pyoz_gil_take(void)
{
    pyoz_driver *driver = pyoz_driver_now;
    if (PYOZ_LIKELY(driver != NULL && driver->given == NULL)) {
        return false;
    }
    return pyoz_gil_take_slowly(driver);
}

PYOZ_INLINE void
pyoz_gil_leave(bool foreign)
{
    if (PYOZ_UNLIKELY(foreign)) {
        pyoz_gil_leave_foreign();
    }
}

/* Ends driving, with the GIL held again; a kept exception is dropped. */
PYOZ_INLINE void
pyoz_drive_end(pyoz_driver *driver)
{
    if (PYOZ_UNLIKELY(driver->given != NULL)) {
        (void)pyoz_gil_take_slowly(driver);
    }
    pyoz_driver_now = driver->outer;
    if (PYOZ_UNLIKELY(driver->exception != NULL)) {
        Py_CLEAR(driver->exception);
    }
}

/* True when this thread drives `instance`, perhaps further out: we are inside one of its steps. */
bool
pyoz_drives(const struct pyoz_instance *instance);

/*
 * Moves the exception that is set into the driver and answers what the engine should know:
 * BAD_RECORD, with a message in `error` (may be NULL); or USER for what no policy may skip
 * (KeyboardInterrupt, SystemExit, ...).
 */
oz_status
pyoz_keep_exception(oz_error *error);

#endif
