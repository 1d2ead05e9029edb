/* From a status of the engine to an exception of Python. */
#ifndef PYOZ_ERRORS_H
#define PYOZ_ERRORS_H

#include "compat.h"
#include "gil.h"
#include "state.h"

struct pyoz_instance;

/* Sets the exception for what the engine says; always NULL. */
PyObject *
pyoz_raise(pyoz_state *state, const oz_error *error);
/*
 * The same when the engine asked something of Python on the way: what that raised, kept by the
 * driver, with the engine's message as a note. Always NULL.
 */
PyObject *
pyoz_raise_kept(pyoz_state *state, const oz_error *error, pyoz_driver *driver);
/*
 * Sets the exception for an instance that failed: the user's own exception with a note (the step,
 * the line that drew it, the record) and an attribute `ouzel`, or else a StepError. Always NULL.
 */
PyObject *
pyoz_raise_failure(pyoz_state *state, struct pyoz_instance *instance, pyoz_driver *driver);

#endif
