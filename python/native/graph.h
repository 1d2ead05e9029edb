/* ouzel._ouzel.Graph: a plan under construction, then sealed. */
#ifndef PYOZ_GRAPH_H
#define PYOZ_GRAPH_H

#include "compat.h"
#include "ouzel/graph.h"

typedef struct pyoz_graph {
    PyObject_HEAD
    oz_graph *graph;
    PyObject *functions; /* list: the Function objects of all steps */
    PyObject *labels;    /* list of (name or id, where or None, operator), by node */
    PyObject **objects;  /* what the options of `graph` own; for the garbage collector */
    Py_ssize_t object_count;
    Py_ssize_t object_capacity;
    bool is_timed;   /* something may happen later: by a timer, or see is_watched */
    bool is_watched; /* by a descriptor, or a source that is polled */
} pyoz_graph;

/* An operator of this folder or of the engine by name, or NULL. */
const oz_operator *
pyoz_operator_find(const char *name);

extern const oz_operator pyoz_operator_append;
extern const oz_operator pyoz_operator_arrow;
extern const oz_operator pyoz_operator_collect;
extern const oz_operator pyoz_operator_gather;
extern const oz_operator pyoz_operator_iterable;
extern const oz_operator pyoz_operator_pull;
extern const oz_operator pyoz_operator_put;
extern const oz_operator pyoz_operator_python;
extern const oz_operator pyoz_operator_python_sink;
extern const oz_operator pyoz_operator_python_epoch_sink;
extern const oz_operator pyoz_operator_python_source;
extern const oz_operator pyoz_operator_python_source_once;
extern const oz_operator pyoz_operator_python_stateful;

#endif
