/*
 * Callbacks: an oz_function over a Python callable.
 *
 * A frame says how the rows of one batch become arguments. A batch of objects, a function without
 * further arguments: the row as it lies there (no allocation besides Python's own). Anything else:
 * pyoz_frame_call_slowly, which boxes, spreads (starmap) and appends what the user gave to map().
 */
#ifndef PYOZ_CALLBACK_H
#define PYOZ_CALLBACK_H

#include "compat.h"
#include "gil.h"
#include "known.h"
#include "objects.h"
#include "ouzel/function.h"

typedef struct pyoz_callback {
    oz_function function; /* what the engine sees; first */
    PyObject *callable;   /* NULL: the row itself (flatten, filter(None)), or collected */
    PyObject *extra;      /* tuple of further arguments, values of keywords last; or NULL */
    PyObject *keywords;   /* tuple of the keywords' names; or NULL */
    PyObject *init;       /* stateful(): makes the state of a new key; or NULL */
    PyObject *name;       /* str that function.name points into */
    bool is_expiring;     /* init makes states whose entries have a time to live */
    bool is_identity;
    bool is_star;     /* the row is spread over the arguments */
    bool is_negated;  /* remove() */
    bool gives_state; /* accumulate(with_state=True): results are (state, result) */
    bool is_plain;    /* a callable and nothing else */
    pyoz_known known; /* the native twin, if it has one */
} pyoz_callback;

/* A new callback with one reference. Borrows all; NULL with an exception. */
pyoz_callback *
pyoz_callback_new(PyObject *callable, PyObject *args, PyObject *kwargs, PyObject *known);
/* Lets go of what it calls; a call then fails with a clear message. For garbage collection. */
void
pyoz_callback_clear(pyoz_callback *self);

typedef struct pyoz_frame {
    pyoz_callback *self;
    PyObject *callable;
    vectorcallfunc vectorcall;
    PyObject *const *rows; /* of a batch that needs no more than passing it on; else NULL */
    const oz_batch *batch;
} pyoz_frame;

PyObject *
pyoz_frame_call_slowly(const pyoz_frame *frame, int64_t row, PyObject *state);

/* f(row) with a NULL `state`, else f(state, row). A new reference; NULL with an exception. */
PYOZ_INLINE PyObject *
pyoz_frame_call(const pyoz_frame *frame, int64_t row, PyObject *state)
{
    if (PYOZ_UNLIKELY(frame->rows == NULL)) {
        return pyoz_frame_call_slowly(frame, row, state);
    }
    PyObject *stack[3];
    if (state == NULL) {
        stack[1] = frame->rows[row];
        return frame->vectorcall(frame->callable, stack + 1, 1 | PY_VECTORCALL_ARGUMENTS_OFFSET,
                                 NULL);
    }
    stack[1] = state;
    stack[2] = frame->rows[row];
    return frame->vectorcall(frame->callable, stack + 1, 2 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
}

/* Row `row` as an object, a new reference; NULL with an exception. */
PYOZ_INLINE PyObject *
pyoz_frame_row(const pyoz_frame *frame, int64_t row)
{
    return frame->rows != NULL ? Py_NewRef(frame->rows[row]) : pyoz_row(frame->batch, row);
}

/* The loops, one a kind of call (callback_*.c). All with the GIL. */
oz_status
pyoz_call_map(const pyoz_frame *frame, oz_call *call, oz_error *error);
oz_status
pyoz_call_filter(const pyoz_frame *frame, oz_call *call, oz_error *error);
oz_status
pyoz_call_sink(const pyoz_frame *frame, oz_call *call, oz_error *error);
oz_status
pyoz_call_expand(const pyoz_frame *frame, oz_call *call, oz_error *error);
oz_status
pyoz_call_fold(const pyoz_frame *frame, oz_call *call, oz_error *error);
oz_status
pyoz_call_scan(const pyoz_frame *frame, oz_call *call, oz_error *error);
oz_status
pyoz_call_update(const pyoz_frame *frame, oz_call *call, oz_error *error);

/* By the kind, in Python, never by a kernel. With the GIL. */
oz_status
pyoz_call_python(pyoz_callback *self, oz_call *call, oz_error *error);

#endif
