/* The class of Python objects: what the engine needs to keep, compare and print them. */
#include "objects.h"

#include "expiring.h"
#include "gil.h"

#include <string.h>

/* ---- references ------------------------------------------------------------------------------ */

static oz_object
object_retain(oz_object object)
{
    bool foreign = pyoz_gil_take();
    Py_INCREF((PyObject *)object);
    pyoz_gil_leave(foreign);
    return object;
}

/* At the exit of the interpreter a foreign thread must not wait for the GIL: it lets memory be. */
static bool
is_too_late(void)
{
    return pyoz_driver_now == NULL && PYOZ_IS_FINALIZING();
}

static void
object_release(oz_object object)
{
    if (PYOZ_UNLIKELY(is_too_late())) {
        return;
    }
    bool foreign = pyoz_gil_take();
    Py_DECREF((PyObject *)object);
    pyoz_gil_leave(foreign);
}

static void
object_retain_many(const oz_object *objects, int64_t count)
{
    bool foreign = pyoz_gil_take();
    for (int64_t i = 0; i < count; i++) {
        Py_XINCREF((PyObject *)objects[i]);
    }
    pyoz_gil_leave(foreign);
}

static void
object_release_many(oz_object *objects, int64_t count)
{
    if (PYOZ_UNLIKELY(is_too_late())) {
        return;
    }
    bool foreign = pyoz_gil_take();
    for (int64_t i = 0; i < count; i++) {
        Py_XDECREF((PyObject *)objects[i]);
    }
    pyoz_gil_leave(foreign);
}

/* ---- conversions ----------------------------------------------------------------------------- */

PyObject *
pyoz_from_scalar(const oz_scalar *scalar)
{
    switch (scalar->kind) {
    case OZ_SCALAR_NULL:
        return Py_NewRef(Py_None);
    case OZ_SCALAR_BOOL:
        return PyBool_FromLong(scalar->as.boolean);
    case OZ_SCALAR_INT64:
        return PyLong_FromLongLong(scalar->as.int64);
    case OZ_SCALAR_TIME:
        return pyoz_from_time(scalar->as.int64);
    case OZ_SCALAR_FLOAT64:
        return PyFloat_FromDouble(scalar->as.float64);
    case OZ_SCALAR_STRING:
        return PyUnicode_DecodeUTF8(scalar->as.data, (Py_ssize_t)scalar->size, "surrogatepass");
    case OZ_SCALAR_BYTES:
        return PyBytes_FromStringAndSize(scalar->as.data, (Py_ssize_t)scalar->size);
    case OZ_SCALAR_OBJECT:
        return Py_NewRef((PyObject *)scalar->as.object);
    }
    Py_UNREACHABLE();
}

/* A str with a lone surrogate has no UTF-8 that could be borrowed: it stays an object. */
static bool
borrow_text(PyObject *object, oz_scalar *out)
{
    Py_ssize_t size;
    const char *data = PyUnicode_AsUTF8AndSize(object, &size);
    if (data == NULL) {
        PyErr_Clear();
        return false;
    }
    if ((size_t)size > UINT32_MAX) {
        return false;
    }
    *out = (oz_scalar){.kind = OZ_SCALAR_STRING, .size = (uint32_t)size, .as.data = data};
    return true;
}

static bool
borrow_bytes(PyObject *object, oz_scalar *out)
{
    Py_ssize_t size = PyBytes_GET_SIZE(object);
    if ((size_t)size > UINT32_MAX) {
        return false;
    }
    *out = (oz_scalar){.kind = OZ_SCALAR_BYTES,
                       .size = (uint32_t)size,
                       .as.data = PyBytes_AS_STRING(object)};
    return true;
}

static bool
borrow_int(PyObject *object, oz_scalar *out)
{
    int overflow;
    long long value = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (overflow != 0) {
        return false;
    }
    *out = (oz_scalar){.kind = OZ_SCALAR_INT64, .as.int64 = value};
    return true;
}

void
pyoz_to_scalar(PyObject *object, oz_scalar *out)
{
    PyTypeObject *type = Py_TYPE(object);
    if (type == &PyLong_Type && borrow_int(object, out)) {
        return;
    }
    if (type == &PyUnicode_Type && borrow_text(object, out)) {
        return;
    }
    if (type == &PyBytes_Type && borrow_bytes(object, out)) {
        return;
    }
    if (type == &PyFloat_Type) {
        *out = (oz_scalar){.kind = OZ_SCALAR_FLOAT64, .as.float64 = PyFloat_AS_DOUBLE(object)};
    } else if (type == &PyBool_Type) {
        *out = (oz_scalar){.kind = OZ_SCALAR_BOOL, .as.boolean = object == Py_True};
    } else if (object == Py_None) {
        *out = (oz_scalar){.kind = OZ_SCALAR_NULL};
    } else {
        *out = (oz_scalar){.kind = OZ_SCALAR_OBJECT, .as.object = object};
    }
}

PyObject *
pyoz_row(const oz_batch *batch, int64_t row)
{
    if (batch->column_count == 1 && batch->names == NULL) {
        return pyoz_value(batch->columns[0], row);
    }
    oz_object out = NULL;
    oz_status status = oz_batch_row_object(batch, row, &pyoz_objects, &out);
    if (status != OZ_OK && !PyErr_Occurred()) {
        PyErr_Format(PyExc_SystemError, "a row cannot be made an object: %s",
                     oz_status_name(status));
    }
    return out;
}

PyObject *
pyoz_value(const oz_column *column, int64_t row)
{
    if (oz_column_is_null(column, row)) {
        return Py_NewRef(Py_None);
    }
    if (PYOZ_LIKELY(column->type == OZ_OBJECT)) {
        return Py_NewRef(((PyObject *const *)column->values)[row]);
    }
    if (column->type == OZ_INT64) {
        return PyLong_FromLongLong(((const int64_t *)column->values)[row]);
    }
    if (column->type == OZ_STRING) {
        const oz_view *view = (const oz_view *)column->values + row;
        return PyUnicode_DecodeUTF8(view->data, (Py_ssize_t)view->size, "surrogatepass");
    }
    oz_batch batch = {.column_count = 1,
                      .row_count = column->length,
                      .columns = &column,
                      .alloc = column->alloc};
    oz_object out = NULL;
    oz_status status = oz_batch_row_object(&batch, row, &pyoz_objects, &out);
    if (status != OZ_OK && !PyErr_Occurred()) {
        PyErr_Format(PyExc_SystemError, "a value of a column cannot be made an object: %s",
                     oz_status_name(status));
    }
    return out;
}

static oz_status
object_box(const oz_scalar *scalar, oz_object *out)
{
    bool foreign = pyoz_gil_take();
    *out = pyoz_from_scalar(scalar);
    oz_status status = *out == NULL ? pyoz_keep_exception(NULL) : OZ_OK;
    pyoz_gil_leave(foreign);
    return status;
}

/* One of plain values can be in no cycle: the collector need not look at it, as it would find out.
 */
static PyObject *
box_tuple(const oz_scalar *scalars, uint32_t count)
{
    PyObject *tuple = PyTuple_New((Py_ssize_t)count);
    bool is_plain = count > 0;
    for (uint32_t i = 0; tuple != NULL && i < count; i++) {
        is_plain &= scalars[i].kind != OZ_SCALAR_OBJECT;
        PyObject *item = pyoz_from_scalar(&scalars[i]);
        if (item == NULL) {
            Py_CLEAR(tuple);
        } else {
            PyTuple_SET_ITEM(tuple, (Py_ssize_t)i, item);
        }
    }
    if (tuple != NULL && is_plain) {
        PyObject_GC_UnTrack(tuple);
    }
    return tuple;
}

static PyObject *
box_dict(const oz_scalar *scalars, const char *const *names, uint32_t count)
{
    PyObject *dict = PyDict_New();
    for (uint32_t i = 0; dict != NULL && i < count; i++) {
        PyObject *item = pyoz_from_scalar(&scalars[i]);
        if (item == NULL || PyDict_SetItemString(dict, names[i], item) < 0) {
            Py_CLEAR(dict);
        }
        Py_XDECREF(item);
    }
    return dict;
}

static oz_status
object_box_row(const oz_scalar *scalars, const char *const *names, uint32_t count, oz_object *out)
{
    bool foreign = pyoz_gil_take();
    *out = names == NULL ? box_tuple(scalars, count) : box_dict(scalars, names, count);
    oz_status status = *out == NULL ? pyoz_keep_exception(NULL) : OZ_OK;
    pyoz_gil_leave(foreign);
    return status;
}

static oz_status
object_box_list(const oz_scalar *scalars, uint32_t count, oz_object *out)
{
    bool foreign = pyoz_gil_take();
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (uint32_t i = 0; list != NULL && i < count; i++) {
        PyObject *item = pyoz_from_scalar(&scalars[i]);
        if (item == NULL) {
            Py_CLEAR(list);
        } else {
            PyList_SET_ITEM(list, (Py_ssize_t)i, item);
        }
    }
    *out = list;
    oz_status status = list == NULL ? pyoz_keep_exception(NULL) : OZ_OK;
    pyoz_gil_leave(foreign);
    return status;
}

/* What a tuple has in it does not change, so this needs no lock. */
static uint32_t
object_open_tuple(oz_object object, const oz_object **items)
{
    if (!PyTuple_CheckExact((PyObject *)object)) {
        return 0;
    }
    *items = (const oz_object *)((PyTupleObject *)object)->ob_item;
    return (uint32_t)PyTuple_GET_SIZE((PyObject *)object);
}

static bool
object_open_dict(oz_object object, const oz_object *keys, uint32_t count, oz_object *items)
{
    if (!PyDict_CheckExact((PyObject *)object)) {
        return false;
    }
    bool foreign = pyoz_gil_take();
    for (uint32_t i = 0; i < count; i++) {
        items[i] = PyDict_GetItemWithError(object, keys[i]);
    }
    pyoz_gil_leave(foreign);
    return true;
}

/* Exactly one of the types whose str() databases read. */
static bool
has_text(const PyTypeObject *type)
{
    static const char *const NAMES[] = {"datetime.datetime", "datetime.date", "datetime.time",
                                        "decimal.Decimal"};
    bool found = false;
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0] && !found; i++) {
        found = strcmp(type->tp_name, NAMES[i]) == 0;
    }
    if (!found && strcmp(type->tp_name, "UUID") == 0) {
        const PyObject *module = PyDict_GetItemString(type->tp_dict, "__module__");
        found = module != NULL && PyUnicode_CompareWithASCIIString((PyObject *)module, "uuid") == 0;
    }
    return found;
}

static oz_status
object_text(oz_object object, oz_object *out)
{
    oz_status status = OZ_UNSUPPORTED;
    bool foreign = pyoz_gil_take();
    if (has_text(Py_TYPE((PyObject *)object))) {
        *out = PyObject_Str(object);
        status = *out == NULL ? pyoz_keep_exception(NULL) : OZ_OK;
    }
    pyoz_gil_leave(foreign);
    return status;
}

static void
object_unbox(oz_object object, oz_scalar *out)
{
    bool foreign = pyoz_gil_take();
    pyoz_to_scalar(object, out);
    pyoz_gil_leave(foreign);
}

/* Who called the engine may go on with Python when it returns: the GIL is as it was then. */
static void
object_unlocked(void (*work)(void *context), void *context)
{
    pyoz_driver *driver = pyoz_driver_now;
    bool is_held = driver != NULL && driver->given == NULL;
    pyoz_gil_give(driver);
    work(context);
    if (is_held) {
        (void)pyoz_gil_take();
    }
}

/* ---- comparing and arithmetic ---------------------------------------------------------------- */

static oz_status
object_hash(oz_object object, uint64_t *out)
{
    bool foreign = pyoz_gil_take();
    Py_hash_t hash = PyObject_Hash(object);
    *out = (uint64_t)hash;
    oz_status status = hash == -1 ? pyoz_keep_exception(NULL) : OZ_OK;
    pyoz_gil_leave(foreign);
    return status;
}

static oz_status
compare(oz_object left, oz_object right, int operation, bool *out)
{
    bool foreign = pyoz_gil_take();
    int answer = PyObject_RichCompareBool(left, right, operation);
    *out = answer > 0;
    oz_status status = answer < 0 ? pyoz_keep_exception(NULL) : OZ_OK;
    pyoz_gil_leave(foreign);
    return status;
}

static oz_status
object_equal(oz_object left, oz_object right, bool *out)
{
    return compare(left, right, Py_EQ, out);
}

static oz_status
object_less(oz_object left, oz_object right, bool *out)
{
    return compare(left, right, Py_LT, out);
}

static oz_status
object_add(oz_object left, oz_object right, oz_object *out)
{
    bool foreign = pyoz_gil_take();
    *out = PyNumber_Add(left, right);
    oz_status status = *out == NULL ? pyoz_keep_exception(NULL) : OZ_OK;
    pyoz_gil_leave(foreign);
    return status;
}

/* ---- copies ---------------------------------------------------------------------------------- */

static bool
is_plain_immutable(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    return type == &PyLong_Type || type == &PyUnicode_Type || type == &PyFloat_Type ||
           type == &PyBool_Type || type == &PyBytes_Type || type == &PyComplex_Type ||
           object == Py_None || (type == &PyTuple_Type && PyTuple_GET_SIZE(object) == 0);
}

static PyObject *
deep_copy(PyObject *object)
{
    if (is_plain_immutable(object)) {
        return Py_NewRef(object);
    }
    if (PyDict_CheckExact(object) && PyDict_GET_SIZE(object) == 0) {
        return PyDict_New();
    }
    if (PyList_CheckExact(object) && PyList_GET_SIZE(object) == 0) {
        return PyList_New(0);
    }
    PyObject *module = PyImport_ImportModule("copy");
    if (module == NULL) {
        return NULL;
    }
    PyObject *copy = PyObject_CallMethod(module, "deepcopy", "O", object);
    Py_DECREF(module);
    return copy;
}

static oz_status
object_copy(oz_object object, oz_object *out)
{
    bool foreign = pyoz_gil_take();
    *out = deep_copy(object);
    oz_status status = *out == NULL ? pyoz_keep_exception(NULL) : OZ_OK;
    pyoz_gil_leave(foreign);
    return status;
}

/* ---- printing -------------------------------------------------------------------------------- */

enum { PRINT_ITEMS_MAX = 200 };

/* The repr; of a long str, bytes, list or tuple only of its head, which is all that is shown. */
static PyObject *
short_repr(PyObject *object)
{
    bool is_sequence = PyUnicode_CheckExact(object) || PyBytes_CheckExact(object) ||
                       PyList_CheckExact(object) || PyTuple_CheckExact(object);
    if (!is_sequence || PySequence_Size(object) <= PRINT_ITEMS_MAX) {
        return PyObject_Repr(object);
    }
    PyObject *head = PySequence_GetSlice(object, 0, PRINT_ITEMS_MAX);
    PyObject *text = head == NULL ? NULL : PyObject_Repr(head);
    PyObject *cut = text == NULL ? NULL : PyUnicode_FromFormat("%U...", text);
    Py_XDECREF(head);
    Py_XDECREF(text);
    return cut;
}

/* At most `capacity` bytes, cut at the start of a character. */
static size_t
copy_text(const char *text, size_t size, char *buffer, size_t capacity)
{
    size_t kept = size < capacity ? size : capacity;
    while (kept > 0 && kept < size && ((unsigned char)text[kept] & 0xC0) == 0x80) {
        kept--;
    }
    memcpy(buffer, text, kept);
    if (kept < capacity) {
        buffer[kept] = '\0';
    }
    return size;
}

static size_t
object_print(oz_object object, char *buffer, size_t capacity)
{
    bool foreign = pyoz_gil_take();
    PyObject *text = short_repr(object);
    Py_ssize_t size = 0;
    const char *data = text == NULL ? NULL : PyUnicode_AsUTF8AndSize(text, &size);
    char fallback[100];
    if (data == NULL) {
        PyErr_Clear();
        (void)PyOS_snprintf(fallback, sizeof fallback, "<%.60s object that cannot be printed>",
                            Py_TYPE(object)->tp_name);
        data = fallback;
        size = (Py_ssize_t)strlen(fallback);
    }
    size_t needed = copy_text(data, (size_t)size, buffer, capacity);
    Py_XDECREF(text);
    pyoz_gil_leave(foreign);
    return needed;
}

const oz_object_class pyoz_objects = {
    .name = "Python",
    .retain = object_retain,
    .release = object_release,
    .retain_many = object_retain_many,
    .release_many = object_release_many,
    .box = object_box,
    .box_row = object_box_row,
    .box_list = object_box_list,
    .open_tuple = object_open_tuple,
    .open_dict = object_open_dict,
    .text = object_text,
    .unlocked = object_unlocked,
    .unbox = object_unbox,
    .hash = object_hash,
    .equal = object_equal,
    .encode_key = pyoz_encode_key,
    .decode_key = pyoz_decode_key,
    .encode = pyoz_encode,
    .decode = pyoz_decode,
    .is_spent = pyoz_is_spent,
    .add = object_add,
    .less = object_less,
    .copy = object_copy,
    .print = object_print,
};
