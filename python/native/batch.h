/* ouzel._ouzel.Batch: rows that go through a graph, as a sequence and as Arrow. */
#ifndef PYOZ_BATCH_H
#define PYOZ_BATCH_H

#include "compat.h"
#include "ouzel/batch.h"
#include "state.h"

typedef struct pyoz_batch {
    PyObject_HEAD
    const oz_batch *batch; /* retained */
} pyoz_batch;

/* A Batch that retains `batch`; NULL with an exception. */
PyObject *
pyoz_batch_new(pyoz_state *state, const oz_batch *batch);

#endif
