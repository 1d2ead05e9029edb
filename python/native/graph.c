/*
 * ouzel._ouzel.Graph: draws an oz_graph step by step from Python values.
 *
 *   node = graph.add(op, edges, settings, name=None, id=None, where=None, policy=0)
 *   graph.feed_back(from, output, to);  graph.seal();  text = graph.print("text")
 */
#include "graph.h"

#include "errors.h"
#include "function.h"
#include "objects.h"
#include "state.h"

#include <string.h>

enum { EDGES_MAX = 4096, SETTINGS_MAX = 32 };

/* The operators of this folder come first. */
const oz_operator *
pyoz_operator_find(const char *name)
{
    static const oz_operator *const operators[] = {
        &pyoz_operator_append,
        &pyoz_operator_arrow,
        &pyoz_operator_collect,
        &pyoz_operator_gather,
        &pyoz_operator_iterable,
        &pyoz_operator_pull,
        &pyoz_operator_put,
        &pyoz_operator_python,
        &pyoz_operator_python_sink,
        &pyoz_operator_python_source,
        &pyoz_operator_python_source_once,
        &pyoz_operator_python_stateful,
        &pyoz_operator_python_epoch_sink,
    };
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        if (strcmp(operators[i]->name, name) == 0) {
            return operators[i];
        }
    }
    return oz_operator_find(name);
}

/* ---- life ------------------------------------------------------------------------------------ */

static PyObject *
graph_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (PyTuple_GET_SIZE(args) > 0 || kwargs != NULL) {
        return PyErr_Format(PyExc_TypeError, "Graph takes no arguments");
    }
    pyoz_graph *self = (pyoz_graph *)type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    self->graph = oz_graph_new(oz_alloc_default(), &pyoz_objects);
    self->functions = PyList_New(0);
    self->labels = PyList_New(0);
    if (self->graph == NULL || self->functions == NULL || self->labels == NULL) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    return (PyObject *)self;
}

static int
graph_traverse(PyObject *object, visitproc visit, void *arg)
{
    pyoz_graph *self = (pyoz_graph *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->functions);
    Py_VISIT(self->labels);
    for (Py_ssize_t i = 0; i < self->object_count; i++) {
        Py_VISIT(self->objects[i]);
    }
    return 0;
}

/* What the options own stays: an instance may still use it. Cycles are cut at functions. */
static int
graph_clear(PyObject *object)
{
    Py_CLEAR(((pyoz_graph *)object)->functions);
    return 0;
}

static void
graph_dealloc(PyObject *object)
{
    pyoz_graph *self = (pyoz_graph *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    self->object_count = 0;
    pyoz_driver driver;
    pyoz_drive(&driver, NULL);
    oz_graph_free(&self->graph);
    pyoz_drive_end(&driver);
    Py_CLEAR(self->functions);
    Py_CLEAR(self->labels);
    PyMem_Free(self->objects);
    type->tp_free(object);
    Py_DECREF(type);
}

/* ---- adding a step --------------------------------------------------------------------------- */

/* One step as C wants it. */
typedef struct spec {
    oz_node_spec node;
    oz_edge edges[16];
    oz_edge *more_edges; /* NULL, or where the edges are when they are many */
    oz_setting settings[SETTINGS_MAX];
} spec;

static int
read_edge(PyObject *item, oz_edge *edge)
{
    if (!PyTuple_Check(item)) {
        PyErr_SetString(PyExc_TypeError, "an edge is (node, output, input)");
        return -1;
    }
    return PyArg_ParseTuple(item, "III", &edge->node, &edge->output, &edge->input) ? 0 : -1;
}

static int
read_edges(PyObject *edges, spec *to)
{
    Py_ssize_t count = PyTuple_GET_SIZE(edges);
    oz_edge *target = to->edges;
    if (count > (Py_ssize_t)(sizeof to->edges / sizeof *to->edges)) {
        to->more_edges = PyMem_Malloc((size_t)count * sizeof *to->more_edges);
        target = to->more_edges;
    }
    if (count > EDGES_MAX || target == NULL) {
        PyErr_SetString(PyExc_ValueError, "a step cannot join that many streams");
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        if (read_edge(PyTuple_GET_ITEM(edges, i), &target[i]) < 0) {
            return -1;
        }
    }
    to->node.edges = target;
    to->node.edge_count = (uint32_t)count;
    return 0;
}

static oz_option_kind
kind_of_option(const oz_operator *op, const char *name)
{
    for (const oz_option *option = op->options; option != NULL && option->name != NULL; option++) {
        if (strcmp(option->name, name) == 0) {
            return option->kind;
        }
    }
    return OZ_OPTION_STRING;
}

/* An object that is kept whatever it is: also None, which is not the same as nothing given. */
static void
read_value(PyObject *value, oz_option_kind kind, oz_scalar *out)
{
    pyoz_to_scalar(value, out);
    if (kind == OZ_OPTION_OBJECT && out->kind == OZ_SCALAR_NULL) {
        *out = (oz_scalar){.kind = OZ_SCALAR_OBJECT, .as.object = value};
    }
}

static int
read_settings(pyoz_graph *self, PyObject *settings, spec *to)
{
    PyTypeObject *function_type = pyoz_state_of(Py_TYPE(self))->function_type;
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(settings, &position, &key, &value)) {
        const char *name = PyUnicode_AsUTF8(key);
        if (name == NULL || to->node.setting_count == SETTINGS_MAX) {
            PyErr_SetString(PyExc_ValueError, "bad or too many settings");
            return -1;
        }
        oz_setting *setting = &to->settings[to->node.setting_count++];
        setting->name = name;
        if (Py_IS_TYPE(value, function_type)) {
            setting->function = &((pyoz_function *)value)->callback->function;
            if (PyList_Append(self->functions, value) < 0) {
                return -1;
            }
        } else {
            read_value(value, kind_of_option(to->node.op, name), &setting->value);
        }
    }
    to->node.settings = to->settings;
    return 0;
}

/* Remembers the objects that the options now own. */
static int
keep_objects(pyoz_graph *self, const spec *from)
{
    for (uint32_t i = 0; i < from->node.setting_count; i++) {
        const oz_setting *setting = &from->settings[i];
        if (setting->function != NULL || setting->value.kind != OZ_SCALAR_OBJECT) {
            continue;
        }
        if (self->object_count == self->object_capacity) {
            Py_ssize_t capacity = self->object_capacity == 0 ? 8 : 2 * self->object_capacity;
            PyObject **objects = PyMem_Realloc(self->objects, (size_t)capacity * sizeof *objects);
            if (objects == NULL) {
                PyErr_NoMemory();
                return -1;
            }
            self->objects = objects;
            self->object_capacity = capacity;
        }
        self->objects[self->object_count++] = setting->value.as.object;
    }
    return 0;
}

static int
keep_label(pyoz_graph *self, const spec *from, uint32_t node)
{
    const char *name = from->node.name;
    PyObject *label =
        Py_BuildValue("szs", name == NULL ? oz_graph_node_id(self->graph, node) : name,
                      from->node.where, from->node.op->name);
    int result = label == NULL ? -1 : PyList_Append(self->labels, label);
    Py_XDECREF(label);
    return result;
}

static void
note_waiting(pyoz_graph *self, const oz_operator *op)
{
    self->is_watched |= op->on_ready != NULL || (op->source != NULL && op->source->poll != NULL);
    self->is_timed |= self->is_watched || op->on_timer != NULL;
}

static PyObject *
add(pyoz_graph *self, spec *from, PyObject *edges, PyObject *settings)
{
    pyoz_state *state = pyoz_state_of(Py_TYPE(self));
    if (read_edges(edges, from) < 0 || read_settings(self, settings, from) < 0) {
        return NULL;
    }
    uint32_t node = 0;
    oz_error error = {.status = OZ_OK};
    pyoz_driver driver;
    pyoz_drive(&driver, NULL);
    oz_status status = oz_graph_add(self->graph, &from->node, &node, &error);
    pyoz_drive_end(&driver);
    if (status != OZ_OK) {
        return pyoz_raise(state, &error);
    }
    if (keep_objects(self, from) < 0 || keep_label(self, from, node) < 0) {
        return NULL;
    }
    note_waiting(self, from->node.op);
    return PyLong_FromUnsignedLong(node);
}

static PyObject *
graph_add(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"op", "edges", "settings", "name", "id", "where", "policy", NULL};
    const char *op_name;
    PyObject *edges, *settings;
    int policy = 0;
    spec from = {.more_edges = NULL};
    pyoz_graph *self = (pyoz_graph *)object;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "sO!O!|zzzi:add", names, &op_name, &PyTuple_Type,
                                     &edges, &PyDict_Type, &settings, &from.node.name,
                                     &from.node.id, &from.node.where, &policy)) {
        return NULL;
    }
    from.node.policy = (oz_policy)policy;
    from.node.op = pyoz_operator_find(op_name);
    if (from.node.op == NULL) {
        return PyErr_Format(pyoz_state_of(Py_TYPE(self))->graph_error,
                            "this build has no operator \"%s\"", op_name);
    }
    PyObject *node = add(self, &from, edges, settings);
    PyMem_Free(from.more_edges);
    return node;
}

static PyObject *
graph_feed_back(PyObject *object, PyObject *args)
{
    pyoz_graph *self = (pyoz_graph *)object;
    unsigned int from, output, to;
    oz_error error = {.status = OZ_OK};
    if (!PyArg_ParseTuple(args, "III:feed_back", &from, &output, &to)) {
        return NULL;
    }
    if (oz_graph_feed_back(self->graph, from, output, to, &error) != OZ_OK) {
        return pyoz_raise(pyoz_state_of(Py_TYPE(self)), &error);
    }
    Py_RETURN_NONE;
}

static PyObject *
graph_seal(PyObject *object, PyObject *unused)
{
    pyoz_graph *self = (pyoz_graph *)object;
    oz_error error = {.status = OZ_OK};
    (void)unused;
    pyoz_driver driver;
    pyoz_drive(&driver, NULL);
    oz_status status = oz_graph_seal(self->graph, &error);
    pyoz_drive_end(&driver);
    if (status != OZ_OK) {
        return pyoz_raise(pyoz_state_of(Py_TYPE(self)), &error);
    }
    Py_RETURN_NONE;
}

/* What the engine has put in gets a label, too. */
static int
label_added(pyoz_graph *self)
{
    for (uint32_t node = (uint32_t)PyList_GET_SIZE(self->labels);
         node < oz_graph_node_count(self->graph); node++) {
        PyObject *label =
            Py_BuildValue("(sOs)", oz_graph_node_id(self->graph, node), Py_None, "exchange");
        int result = label == NULL ? -1 : PyList_Append(self->labels, label);
        Py_XDECREF(label);
        if (result < 0) {
            return -1;
        }
    }
    return 0;
}

static PyObject *
graph_spread(PyObject *object, PyObject *count)
{
    pyoz_graph *self = (pyoz_graph *)object;
    unsigned long workers = PyLong_AsUnsignedLong(count);
    oz_error error = {.status = OZ_OK};
    if (PyErr_Occurred()) {
        return NULL;
    }
    uint32_t most = workers > UINT32_MAX ? UINT32_MAX : (uint32_t)workers;
    if (oz_graph_spread(self->graph, most, &error) != OZ_OK) {
        return pyoz_raise(pyoz_state_of(Py_TYPE(self)), &error);
    }
    if (label_added(self) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

/* ---- looking at it --------------------------------------------------------------------------- */

static PyObject *
graph_print(PyObject *object, PyObject *name)
{
    static const char *const formats[] = {"text", "dot", "mermaid", "json"};
    pyoz_graph *self = (pyoz_graph *)object;
    for (int format = 0; format < 4; format++) {
        if (!PyUnicode_Check(name) ||
            PyUnicode_CompareWithASCIIString(name, formats[format]) != 0) {
            continue;
        }
        size_t size = oz_graph_print(self->graph, (oz_graph_format)format, NULL, 0);
        char *buffer = PyMem_Malloc(size + 1);
        if (buffer == NULL) {
            return PyErr_NoMemory();
        }
        (void)oz_graph_print(self->graph, (oz_graph_format)format, buffer, size + 1);
        PyObject *text = PyUnicode_DecodeUTF8(buffer, (Py_ssize_t)size, "replace");
        PyMem_Free(buffer);
        return text;
    }
    return PyErr_Format(PyExc_ValueError,
                        "the format is \"text\", \"dot\", \"mermaid\" or \"json\", not %R", name);
}

static Py_ssize_t
graph_length(PyObject *object)
{
    return (Py_ssize_t)oz_graph_node_count(((pyoz_graph *)object)->graph);
}

static PyObject *
graph_get_labels(PyObject *object, void *closure)
{
    (void)closure;
    return Py_NewRef(((pyoz_graph *)object)->labels);
}

static PyMethodDef methods[] = {
    {"add", (PyCFunction)(void (*)(void))graph_add, METH_VARARGS | METH_KEYWORDS,
     "add(op, edges, settings, name=None, id=None, where=None, policy=0) -> node"},
    {"feed_back", graph_feed_back, METH_VARARGS, "feed_back(from, output, to): closes a loop"},
    {"seal", graph_seal, METH_NOARGS, "checks the graph, which then never changes"},
    {"spread", graph_spread, METH_O, "spread(workers): plans a sealed graph for a job"},
    {"print", graph_print, METH_O, "print(format) -> the graph as text, dot, mermaid or json"},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef getset[] = {
    {"labels", graph_get_labels, NULL, "[(name or id, where, operator)], by node", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "A plan: drawn step by step, sealed, then run by instances."},
    {Py_tp_new, graph_new},
    {Py_tp_dealloc, graph_dealloc},
    {Py_tp_traverse, graph_traverse},
    {Py_tp_clear, graph_clear},
    {Py_sq_length, graph_length},
    {Py_tp_methods, methods},
    {Py_tp_getset, getset},
    {0, NULL},
};

PyType_Spec pyoz_graph_spec = {
    .name = "ouzel._ouzel.Graph",
    .basicsize = sizeof(pyoz_graph),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};
