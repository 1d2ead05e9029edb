/* The state of one module object: all that the extension keeps beyond single objects. */
#ifndef PYOZ_STATE_H
#define PYOZ_STATE_H

#include "compat.h"

typedef struct pyoz_state {
    /* One type a file; see the file of the same name. */
    PyTypeObject *arrow_source_type;
    PyTypeObject *batch_type;
    PyTypeObject *batches_type;
    PyTypeObject *cell_type;
    PyTypeObject *receipt_type;
    PyTypeObject *sender_type;
    PyTypeObject *collector_type;
    PyTypeObject *context_type;
    PyTypeObject *emitted_type;
    PyTypeObject *emitter_type;
    PyTypeObject *expiring_type;
    PyTypeObject *function_type;
    PyTypeObject *graph_type;
    PyTypeObject *instance_type;
    PyTypeObject *iterable_type;
    PyTypeObject *iterator_type;
    PyTypeObject *inspection_type;
    PyTypeObject *job_type;

    /* errors.c */
    PyObject *error;
    PyObject *step_error;
    PyObject *graph_error;
    PyObject *closed_error;
    PyObject *state_error;
    PyObject *io_error;
    PyObject *not_found_error;
    PyTypeObject *failure_type;

    PyObject *emitted; /* what emit() returns inside asyncio when all is done */
    PyObject *known;   /* known.c: {function: name}, made at first use */
} pyoz_state;

extern struct PyModuleDef pyoz_module;
extern PyMethodDef pyoz_module_methods[]; /* describe.c */

/* The state behind a type of ours or a subclass of it. Never NULL for those. */
pyoz_state *
pyoz_state_of(PyTypeObject *type);

/* Each makes the type (or exceptions) of its file and puts it into the module; -1 with an
 * exception. */
int
pyoz_add_errors(PyObject *module, pyoz_state *state);
int
pyoz_add_type(PyObject *module, PyType_Spec *spec, PyTypeObject **type);

extern PyType_Spec pyoz_arrow_source_spec;
extern PyType_Spec pyoz_batch_spec;
extern PyType_Spec pyoz_batches_spec;
extern PyType_Spec pyoz_cell_spec;
extern PyType_Spec pyoz_receipt_spec;
extern PyType_Spec pyoz_sender_spec;
extern PyType_Spec pyoz_collector_spec;
extern PyType_Spec pyoz_context_spec;
extern PyType_Spec pyoz_emitted_spec;
extern PyType_Spec pyoz_emitter_spec;
extern PyType_Spec pyoz_expiring_spec;
extern PyType_Spec pyoz_function_spec;
extern PyType_Spec pyoz_graph_spec;
extern PyType_Spec pyoz_instance_spec;
extern PyType_Spec pyoz_iterable_spec;
extern PyType_Spec pyoz_iterator_spec;
extern PyType_Spec pyoz_inspection_spec;
extern PyType_Spec pyoz_job_spec;

#endif
