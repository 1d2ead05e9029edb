/*
 * Known functions: Python functions that have a native twin, recognised by identity.
 *
 * On columns of native values the kernel runs, without the GIL; the rows that it leaves (what it
 * cannot treat exactly as Python would) go to the function itself, and the pieces are put together
 * again. Objects are first made a column when they are many and all numbers of one type; else the
 * function is simply called. So the results are Python's in any case.
 */
#ifndef PYOZ_KNOWN_H
#define PYOZ_KNOWN_H

#include "compat.h"
#include "ouzel/function.h"
#include "state.h"

struct pyoz_callback;

enum { PYOZ_KNOWN_ARGUMENTS_MAX = 4 };

typedef struct pyoz_known {
    const char *name; /* "str.lower"; NULL: not a known function */
    char text[48];    /* what `name` points to */
    oz_scalar arguments[PYOZ_KNOWN_ARGUMENTS_MAX];
    uint32_t argument_count;
    PyObject *owner;         /* what the arguments borrow from */
    const oz_kernel *kernel; /* the one used last, for `kind` and `type` */
    oz_call_kind kind;
    oz_type type;
} pyoz_known;

/* {function: name} of all functions that may be known: the C functions of str, bytes, operator, ...
 */
PyObject *
pyoz_known_table(pyoz_state *state);
/* Looks the callback's function and its further arguments up. -1 with an exception. */
int
pyoz_known_find(pyoz_known *known, PyObject *table, struct pyoz_callback *callback);
void
pyoz_known_clear(pyoz_known *known);

/* Does the call by a kernel, and answers true; false when there is none for this batch. */
bool
pyoz_known_call(struct pyoz_callback *callback, oz_call *call, oz_error *error, oz_status *status);
/* "native", or why not. */
const char *
pyoz_known_describe(const pyoz_known *known, PyObject *callable, oz_type input);

#endif
