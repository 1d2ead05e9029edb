/* ouzel._ouzel: the extension module. Types and exceptions are made in the files of their names. */
#include "state.h"

pyoz_state *
pyoz_state_of(PyTypeObject *type)
{
    return PyModule_GetState(PyType_GetModuleByDef(type, &pyoz_module));
}

int
pyoz_add_type(PyObject *module, PyType_Spec *spec, PyTypeObject **type)
{
    *type = (PyTypeObject *)PyType_FromModuleAndSpec(module, spec, NULL);
    return *type == NULL ? -1 : PyModule_AddType(module, *type);
}

static int
add_types(PyObject *module, pyoz_state *state)
{
    struct {
        PyType_Spec *spec;
        PyTypeObject **type;
    } types[] = {
        {&pyoz_arrow_source_spec, &state->arrow_source_type},
        {&pyoz_batch_spec, &state->batch_type},
        {&pyoz_batches_spec, &state->batches_type},
        {&pyoz_cell_spec, &state->cell_type},
        {&pyoz_receipt_spec, &state->receipt_type},
        {&pyoz_sender_spec, &state->sender_type},
        {&pyoz_collector_spec, &state->collector_type},
        {&pyoz_context_spec, &state->context_type},
        {&pyoz_emitted_spec, &state->emitted_type},
        {&pyoz_emitter_spec, &state->emitter_type},
        {&pyoz_expiring_spec, &state->expiring_type},
        {&pyoz_function_spec, &state->function_type},
        {&pyoz_graph_spec, &state->graph_type},
        {&pyoz_instance_spec, &state->instance_type},
        {&pyoz_iterable_spec, &state->iterable_type},
        {&pyoz_iterator_spec, &state->iterator_type},
        {&pyoz_inspection_spec, &state->inspection_type},
        {&pyoz_job_spec, &state->job_type},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (pyoz_add_type(module, types[i].spec, types[i].type) < 0) {
            return -1;
        }
    }
    return 0;
}

static int
module_exec(PyObject *module)
{
    pyoz_state *state = PyModule_GetState(module);
    if (add_types(module, state) < 0 || pyoz_add_errors(module, state) < 0) {
        return -1;
    }
    PyObject *emitted = state->emitted_type->tp_alloc(state->emitted_type, 0);
    state->emitted = emitted;
    return emitted == NULL ? -1 : PyModule_AddObjectRef(module, "emitted", emitted);
}

static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
    pyoz_state *state = PyModule_GetState(module);
    PyObject *const objects[] = {
        (PyObject *)state->arrow_source_type,
        (PyObject *)state->batches_type,
        (PyObject *)state->batch_type,
        (PyObject *)state->context_type,
        (PyObject *)state->cell_type,
        (PyObject *)state->receipt_type,
        (PyObject *)state->sender_type,
        (PyObject *)state->collector_type,
        (PyObject *)state->emitted_type,
        (PyObject *)state->emitter_type,
        (PyObject *)state->expiring_type,
        (PyObject *)state->function_type,
        (PyObject *)state->graph_type,
        (PyObject *)state->instance_type,
        (PyObject *)state->iterable_type,
        (PyObject *)state->iterator_type,
        (PyObject *)state->inspection_type,
        (PyObject *)state->job_type,
        (PyObject *)state->failure_type,
        state->error,
        state->step_error,
        state->graph_error,
        state->closed_error,
        state->io_error,
        state->not_found_error,
        state->emitted,
        state->known,
    };
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        Py_VISIT(objects[i]);
    }
    return 0;
}

static int
module_clear(PyObject *module)
{
    pyoz_state *state = PyModule_GetState(module);
    Py_CLEAR(state->arrow_source_type);
    Py_CLEAR(state->batch_type);
    Py_CLEAR(state->batches_type);
    Py_CLEAR(state->cell_type);
    Py_CLEAR(state->receipt_type);
    Py_CLEAR(state->sender_type);
    Py_CLEAR(state->collector_type);
    Py_CLEAR(state->context_type);
    Py_CLEAR(state->emitted_type);
    Py_CLEAR(state->emitter_type);
    Py_CLEAR(state->expiring_type);
    Py_CLEAR(state->function_type);
    Py_CLEAR(state->graph_type);
    Py_CLEAR(state->instance_type);
    Py_CLEAR(state->iterable_type);
    Py_CLEAR(state->iterator_type);
    Py_CLEAR(state->inspection_type);
    Py_CLEAR(state->job_type);
    Py_CLEAR(state->failure_type);
    Py_CLEAR(state->error);
    Py_CLEAR(state->step_error);
    Py_CLEAR(state->graph_error);
    Py_CLEAR(state->closed_error);
    Py_CLEAR(state->io_error);
    Py_CLEAR(state->not_found_error);
    Py_CLEAR(state->emitted);
    Py_CLEAR(state->known);
    return 0;
}

static void
module_free(void *module)
{
    (void)module_clear(module);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, module_exec},
#if PY_VERSION_HEX >= 0x030C0000
    /* Threads of connectors find the main interpreter only: one GIL for all. */
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_SUPPORTED},
#endif
#if PY_VERSION_HEX >= 0x030D0000
    {Py_mod_gil, Py_MOD_GIL_USED},
#endif
    {0, NULL},
};

struct PyModuleDef pyoz_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "ouzel._ouzel",
    .m_doc = "The binding of the Ouzel engine; use the package ouzel.",
    .m_size = sizeof(pyoz_state),
    .m_methods = pyoz_module_methods,
    .m_slots = slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
    .m_free = module_free,
};

PyMODINIT_FUNC
PyInit__ouzel(void);

PyMODINIT_FUNC
PyInit__ouzel(void)
{
    return PyModuleDef_Init(&pyoz_module);
}
