/*
 * Keys that are not one native value: tuples, ints beyond 64 bits, str with lone surrogates.
 *
 *   +------------------------------- canonical ------------------------------+------ types ------+
 *   | items in order, numbers by value: keys equal in Python are equal bytes  | one byte a number |
 *   +--------------------------------------------------------------------------+------------------+
 *
 *   'N'                     None
 *   'i' int64               a number with that integral value (int, bool, float)
 *   'I' size, bytes         the same beyond 64 bits: two's complement, little-endian, shortest
 *   'f' double              any other float; every NaN is the same one
 *   's' size, bytes         str as UTF-8, surrogates passed
 *   'b' size, bytes         bytes
 *   't' count, items        tuple
 *
 *   'F' double              alone: an int beyond 64 bits that a double holds (see src/batch/key.h)
 *
 * A size or count is a little-endian uint32. Types tell apart what is equal: 'i' int, 'b' bool,
 * 'f' float, 'z' the float -0.0. Subclasses are not encoded: they are keys by their own hash.
 */
#include "objects.h"

#include "gil.h"

#include <math.h>
#include <string.h>

enum { KEY_DEPTH_MAX = 50 };

/* Two runs of bytes that grow; only as much is written as there is room. */
typedef struct writer {
    uint8_t *bytes;
    size_t capacity;
    size_t size;
    uint8_t *types;
    size_t types_size;
    size_t types_capacity;
} writer;

/* What encoding an item answers. */
typedef enum answer { ENCODED, NOT_ENCODABLE, RAISED } answer;

static void
put(writer *to, const void *data, size_t size)
{
    if (to->size + size <= to->capacity) {
        memcpy(to->bytes + to->size, data, size);
    }
    to->size += size;
}

static void
put_tagged(writer *to, char tag, const void *data, size_t size)
{
    put(to, &tag, 1);
    put(to, data, size);
}

static answer
put_run(writer *to, char tag, const char *data, Py_ssize_t size)
{
    if ((size_t)size > UINT32_MAX) {
        return NOT_ENCODABLE;
    }
    uint32_t count = (uint32_t)size;
    put_tagged(to, tag, &count, sizeof count);
    put(to, data, (size_t)size);
    return ENCODED;
}

static answer
put_type(writer *to, char type)
{
    if (to->types_size == to->types_capacity) {
        size_t capacity = to->types_capacity == 0 ? 32 : 2 * to->types_capacity;
        uint8_t *types = PyMem_Realloc(to->types, capacity);
        if (types == NULL) {
            PyErr_NoMemory();
            return RAISED;
        }
        to->types = types;
        to->types_capacity = capacity;
    }
    to->types[to->types_size++] = (uint8_t)type;
    return ENCODED;
}

/* An int beyond 64 bits as its shortest two's complement. */
static answer
put_large(writer *to, PyObject *number)
{
    PyObject *bits = PyObject_CallMethod(number, "bit_length", NULL);
    long bit_count = bits == NULL ? -1 : PyLong_AsLong(bits);
    Py_XDECREF(bits);
    PyObject *method = bit_count < 0 ? NULL : PyObject_GetAttrString(number, "to_bytes");
    PyObject *arguments =
        method == NULL ? NULL : Py_BuildValue("(ls)", bit_count / 8 + 1, "little");
    PyObject *keywords = arguments == NULL ? NULL : Py_BuildValue("{sO}", "signed", Py_True);
    PyObject *bytes = keywords == NULL ? NULL : PyObject_Call(method, arguments, keywords);
    Py_XDECREF(method);
    Py_XDECREF(arguments);
    Py_XDECREF(keywords);
    if (bytes == NULL) {
        return RAISED;
    }
    answer result = put_run(to, 'I', PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes));
    Py_DECREF(bytes);
    return result;
}

static answer
put_int(writer *to, PyObject *number)
{
    int overflow;
    long long value = PyLong_AsLongLongAndOverflow(number, &overflow);
    if (overflow != 0) {
        return put_large(to, number);
    }
    put_tagged(to, 'i', &value, sizeof value);
    return ENCODED;
}

static answer
put_float(writer *to, double value)
{
    if (isnan(value)) {
        value = (double)NAN;
    }
    if (!isfinite(value) || floor(value) != value) {
        put_tagged(to, 'f', &value, sizeof value);
        return ENCODED;
    }
    PyObject *number = PyLong_FromDouble(value);
    if (number == NULL) {
        return RAISED;
    }
    answer result = put_int(to, number);
    Py_DECREF(number);
    return result;
}

static answer
put_text(writer *to, PyObject *text)
{
    PyObject *bytes = PyUnicode_AsEncodedString(text, "utf-8", "surrogatepass");
    if (bytes == NULL) {
        return RAISED;
    }
    answer result = put_run(to, 's', PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes));
    Py_DECREF(bytes);
    return result;
}

static answer
put_number(writer *to, PyObject *number)
{
    if (PyFloat_CheckExact(number)) {
        double value = PyFloat_AS_DOUBLE(number);
        char type = value == 0 && signbit(value) ? 'z' : 'f';
        answer result = put_float(to, value);
        return result == ENCODED ? put_type(to, type) : result;
    }
    answer result = put_int(to, number);
    return result == ENCODED ? put_type(to, PyBool_Check(number) ? 'b' : 'i') : result;
}

static answer
put_item(writer *to, PyObject *item, int depth);

static answer
put_tuple(writer *to, PyObject *tuple, int depth)
{
    Py_ssize_t size = PyTuple_GET_SIZE(tuple);
    if (depth == KEY_DEPTH_MAX || (size_t)size > UINT32_MAX) {
        return NOT_ENCODABLE;
    }
    uint32_t count = (uint32_t)size;
    put_tagged(to, 't', &count, sizeof count);
    for (Py_ssize_t i = 0; i < size; i++) {
        answer result = put_item(to, PyTuple_GET_ITEM(tuple, i), depth + 1);
        if (result != ENCODED) {
            return result;
        }
    }
    return ENCODED;
}

static answer
put_item(writer *to, PyObject *item, int depth)
{
    if (item == Py_None) {
        put(to, "N", 1);
        return ENCODED;
    }
    if (PyLong_CheckExact(item) || PyBool_Check(item) || PyFloat_CheckExact(item)) {
        return put_number(to, item);
    }
    if (PyUnicode_CheckExact(item)) {
        return put_text(to, item);
    }
    if (PyBytes_CheckExact(item)) {
        return put_run(to, 'b', PyBytes_AS_STRING(item), PyBytes_GET_SIZE(item));
    }
    return PyTuple_CheckExact(item) ? put_tuple(to, item, depth) : NOT_ENCODABLE;
}

/* An int beyond 64 bits that a double holds is the key of that double: one key with the float. */
static answer
put_exact_double(writer *to, PyObject *number)
{
    double value = PyLong_AsDouble(number);
    if (value == -1.0 && PyErr_Occurred()) {
        PyErr_Clear(); /* beyond all doubles */
        return NOT_ENCODABLE;
    }
    PyObject *back = PyLong_FromDouble(value);
    int is_equal = back == NULL ? -1 : PyObject_RichCompareBool(back, number, Py_EQ);
    Py_XDECREF(back);
    if (is_equal > 0) {
        put_tagged(to, 'F', &value, sizeof value);
    }
    return is_equal < 0 ? RAISED : is_equal > 0 ? ENCODED : NOT_ENCODABLE;
}

static answer
put_key(writer *to, PyObject *object)
{
    if (PyLong_CheckExact(object)) {
        answer result = put_exact_double(to, object);
        if (result != NOT_ENCODABLE) {
            return result;
        }
    }
    return put_item(to, object, 0);
}

oz_status
pyoz_encode_key(oz_object object, uint8_t *buffer, size_t capacity, size_t *canonical,
                size_t *total)
{
    bool foreign = pyoz_gil_take();
    writer to = {.bytes = buffer, .capacity = capacity};
    answer result = put_key(&to, object);
    *canonical = *total = 0;
    if (result == ENCODED) {
        *canonical = to.size;
        if (to.types_size > 0) {
            put(&to, to.types, to.types_size);
        }
        *total = to.size;
    }
    PyMem_Free(to.types);
    oz_status status = result == RAISED ? pyoz_keep_exception(NULL) : OZ_OK;
    pyoz_gil_leave(foreign);
    return status;
}

/* ---- and back -------------------------------------------------------------------------------- */

typedef struct reader {
    const uint8_t *at;
    const uint8_t *end;
    const uint8_t *types;
} reader;

static const uint8_t *
take(reader *from, size_t size)
{
    const uint8_t *bytes = from->at;
    if ((size_t)(from->end - bytes) < size) {
        return NULL;
    }
    from->at += size;
    return bytes;
}

static bool
take_count(reader *from, uint32_t *count)
{
    const uint8_t *bytes = take(from, sizeof *count);
    if (bytes != NULL) {
        memcpy(count, bytes, sizeof *count);
    }
    return bytes != NULL;
}

/* The run of bytes behind a size; NULL when the bytes end before it does. */
static const char *
take_run(reader *from, Py_ssize_t *size)
{
    uint32_t count;
    if (!take_count(from, &count)) {
        return NULL;
    }
    *size = (Py_ssize_t)count;
    return (const char *)take(from, count);
}

/* The end of the canonical part: where the types begin. Only the layout is walked. */
static bool
skip_item(reader *from)
{
    const uint8_t *tag = take(from, 1);
    if (tag == NULL) {
        return false;
    }
    Py_ssize_t size;
    uint32_t count;
    switch (*tag) {
    case 'N':
        return true;
    case 'i':
    case 'f':
    case 'F':
        return take(from, 8) != NULL;
    case 't':
        if (!take_count(from, &count)) {
            return false;
        }
        while (count > 0 && skip_item(from)) {
            count--;
        }
        return count == 0;
    default:
        return take_run(from, &size) != NULL;
    }
}

/* A number by value becomes what it was: bool, float or int. Takes `number`. */
static PyObject *
as_typed(reader *from, PyObject *number)
{
    uint8_t type = from->types < from->end ? *from->types++ : (uint8_t)'i';
    PyObject *typed = NULL;
    if (number == NULL || type == 'i') {
        return number;
    }
    if (type == 'b') {
        typed = PyBool_FromLong(PyObject_IsTrue(number));
    } else if (type == 'z') {
        typed = PyFloat_FromDouble(-0.0);
    } else {
        typed = PyNumber_Float(number);
    }
    Py_DECREF(number);
    return typed;
}

static PyObject *
get_large(reader *from)
{
    Py_ssize_t size;
    const char *data = take_run(from, &size);
    if (data == NULL) {
        return NULL;
    }
    PyObject *method = PyObject_GetAttrString((PyObject *)&PyLong_Type, "from_bytes");
    PyObject *arguments = method == NULL ? NULL : Py_BuildValue("(y#s)", data, size, "little");
    PyObject *keywords = arguments == NULL ? NULL : Py_BuildValue("{sO}", "signed", Py_True);
    PyObject *number = keywords == NULL ? NULL : PyObject_Call(method, arguments, keywords);
    Py_XDECREF(method);
    Py_XDECREF(arguments);
    Py_XDECREF(keywords);
    return number;
}

static PyObject *
get_item(reader *from);

static PyObject *
get_tuple(reader *from)
{
    uint32_t count;
    PyObject *tuple = take_count(from, &count) ? PyTuple_New((Py_ssize_t)count) : NULL;
    for (uint32_t i = 0; tuple != NULL && i < count; i++) {
        PyObject *item = get_item(from);
        if (item == NULL) {
            Py_CLEAR(tuple);
        } else {
            PyTuple_SET_ITEM(tuple, (Py_ssize_t)i, item);
        }
    }
    return tuple;
}

static PyObject *
get_item(reader *from)
{
    const uint8_t *tag = take(from, 1);
    Py_ssize_t size = 0;
    long long integer;
    double real;
    const char *data;
    switch (*tag) {
    case 'N':
        return Py_NewRef(Py_None);
    case 'i':
        memcpy(&integer, take(from, sizeof integer), sizeof integer);
        return as_typed(from, PyLong_FromLongLong(integer));
    case 'I':
        return as_typed(from, get_large(from));
    case 'f':
        memcpy(&real, take(from, sizeof real), sizeof real);
        return as_typed(from, PyFloat_FromDouble(real));
    case 'F':
        memcpy(&real, take(from, sizeof real), sizeof real);
        return PyLong_FromDouble(real);
    case 's':
        data = take_run(from, &size);
        return PyUnicode_DecodeUTF8(data, size, "surrogatepass");
    case 'b':
        data = take_run(from, &size);
        return PyBytes_FromStringAndSize(data, size);
    default:
        return get_tuple(from);
    }
}

oz_status
pyoz_decode_key(const uint8_t *bytes, size_t total, oz_object *out)
{
    reader from = {.at = bytes, .end = bytes + total};
    if (!skip_item(&from)) { /* then all that get_item takes is there */
        return OZ_INVALID;
    }
    from.types = from.at;
    from.at = bytes;
    bool foreign = pyoz_gil_take();
    *out = get_item(&from);
    oz_status status = *out == NULL ? pyoz_keep_exception(NULL) : OZ_OK;
    pyoz_gil_leave(foreign);
    return status;
}
