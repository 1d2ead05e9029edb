/* pull: the sink of an iterator, which takes one row at a time; see cell.h. */
#include "cell.h"

#include "gil.h"
#include "graph.h"
#include "objects.h"
#include "state.h"

/* ---- the type -------------------------------------------------------------------------------- */

PyObject *
pyoz_cell_take(pyoz_cell *cell)
{
    PyObject *row = cell->row;
    if (PYOZ_LIKELY(row != NULL || cell->batch == NULL)) {
        cell->row = NULL;
        return row;
    }
    row = pyoz_row(cell->batch, cell->next++);
    if (cell->next == cell->batch->row_count) {
        oz_batch_release(&cell->batch);
    }
    return row;
}

static PyObject *
cell_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    (void)args;
    (void)kwargs;
    return type->tp_alloc(type, 0);
}

static int
cell_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(((pyoz_cell *)object)->row);
    return 0;
}

static int
cell_clear(PyObject *object)
{
    Py_CLEAR(((pyoz_cell *)object)->row);
    return 0;
}

static void
cell_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    pyoz_driver driver;
    pyoz_drive(&driver, NULL);
    oz_batch_release(&((pyoz_cell *)object)->batch);
    pyoz_drive_end(&driver);
    (void)cell_clear(object);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyType_Slot slots[] = {
    {Py_tp_doc, "Where a row waits for the iterator that asked for it."},
    {Py_tp_new, cell_new},
    {Py_tp_dealloc, cell_dealloc},
    {Py_tp_traverse, cell_traverse},
    {Py_tp_clear, cell_clear},
    {0, NULL},
};

PyType_Spec pyoz_cell_spec = {
    .name = "ouzel._ouzel.Cell",
    .basicsize = sizeof(pyoz_cell),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};

/* ---- the operator ---------------------------------------------------------------------------- */

typedef struct pull_options {
    oz_scalar cell;
} pull_options;

static const oz_option options[] = {
    {.name = "cell",
     .kind = OZ_OPTION_OBJECT,
     .offset = offsetof(pull_options, cell),
     .help = "the Cell in which rows are left"},
    {.name = NULL},
};

static bool
is_one_object(const oz_batch *batch)
{
    return batch->row_count == 1 && batch->column_count == 1 && batch->names == NULL &&
           batch->columns[0]->type == OZ_OBJECT && batch->columns[0]->validity == NULL;
}

/* MORE says that a row waits to be taken: nothing more may come before that, if it could. */
static oz_step
full(oz_context *context)
{
    return oz_comes_singly(context) ? OZ_NEED : OZ_MORE;
}

static oz_step
pull_on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    pyoz_cell *cell = ((const pull_options *)oz_options(context))->cell.as.object;
    (void)state;
    (void)input;
    if (batch == NULL) {
        return cell->row != NULL || cell->batch != NULL ? OZ_MORE : OZ_NEED;
    }
    if (PYOZ_UNLIKELY(cell->row != NULL || cell->batch != NULL)) {
        return oz_fail(context, OZ_INVALID, "the source gave more rows than it was asked for");
    }
    if (PYOZ_LIKELY(is_one_object(batch))) {
        bool foreign = pyoz_gil_take();
        cell->row = Py_NewRef(*(PyObject *const *)batch->columns[0]->values);
        pyoz_gil_leave(foreign);
        return full(context);
    }
    cell->next = 0;
    cell->batch = oz_batch_retain(batch);
    return cell->batch == NULL ? oz_failed(context, OZ_NO_MEMORY) : full(context);
}

static const oz_port inputs[] = {
    {.name = "in", .routing = OZ_ROUTE_SINGLE, .help = "any rows"},
    {.name = NULL},
};

const oz_operator pyoz_operator_pull = {
    .name = "pull",
    .summary = "Leaves one row at a time for a Python iterator.",
    .inputs = inputs,
    .options = options,
    .options_size = sizeof(pull_options),
    .holds = true,
    .on_batch = pull_on_batch,
};
