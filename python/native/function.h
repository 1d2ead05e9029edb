/* ouzel._ouzel.Function: a callable as a step uses it. */
#ifndef PYOZ_FUNCTION_H
#define PYOZ_FUNCTION_H

#include "callback.h"

typedef struct pyoz_function {
    PyObject_HEAD
    pyoz_callback *callback; /* one reference */
} pyoz_function;

#endif
