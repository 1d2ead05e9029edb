/*
 * ouzel._ouzel.Cell: where the operator "pull" leaves a row, and an Iterator takes it. It is an
 * option of the operator, so that neither has to know the other.
 */
#ifndef PYOZ_CELL_H
#define PYOZ_CELL_H

#include "compat.h"
#include "ouzel/batch.h"

typedef struct pyoz_cell {
    PyObject_HEAD
    PyObject *row;         /* one row; or NULL */
    const oz_batch *batch; /* several rows, from `next` on; or NULL */
    int64_t next;
} pyoz_cell;

/* The next row, a new reference; NULL without an exception when there is none. */
PyObject *
pyoz_cell_take(pyoz_cell *cell);

#endif
