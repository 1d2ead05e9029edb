/* ouzel._ouzel.Context: what an operator that is written in Python sees of the engine. */
#ifndef PYOZ_CONTEXT_H
#define PYOZ_CONTEXT_H

#include "compat.h"
#include "ouzel/op.h"
#include "state.h"

typedef struct pyoz_context {
    PyObject_HEAD
    oz_context *context; /* NULL before open and after close */
    oz_step step;        /* the worst answer of an emit since the call began */
    bool is_stateful;    /* its first table is "state" */
} pyoz_context;

PyObject *
pyoz_context_new(pyoz_state *state, oz_context *context);

#endif
