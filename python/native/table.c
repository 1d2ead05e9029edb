/* Tables as Python values; see table.h. */
#include "table.h"

#include "objects.h"

/* What a scan gathers: keys and values by position. */
typedef struct gathered {
    oz_table *table;
    const oz_table_decl *declaration;
    bool is_inside; /* the sub-keys of a key, with their values */
    oz_key *keys;
    uint64_t *hashes;
    PyObject *values; /* list */
    int64_t capacity;
    bool has_failed;
} gathered;

/* Field `*at` of a value, as C aligns it; moves on behind it. */
static PyObject *
field_of(oz_field field, const char *value, size_t *at)
{
    oz_scalar scalar = {.kind = OZ_SCALAR_INT64};
    const char *place = value + *at;
    if (field == OZ_FIELD_INT64) {
        memcpy(&scalar.as.int64, place, sizeof scalar.as.int64);
        *at += sizeof scalar.as.int64;
    } else if (field == OZ_FIELD_FLOAT64) {
        scalar.kind = OZ_SCALAR_FLOAT64;
        memcpy(&scalar.as.float64, place, sizeof scalar.as.float64);
        *at += sizeof scalar.as.float64;
    } else {
        memcpy(&scalar, place, sizeof scalar);
        *at += sizeof scalar;
    }
    return pyoz_from_scalar(&scalar);
}

static PyObject *
value_of(const oz_table_decl *declaration, const char *value)
{
    size_t at = 0;
    Py_ssize_t count = 0;
    while (declaration->fields[count] != OZ_FIELD_END) {
        count++;
    }
    if (count == 1) {
        return field_of(declaration->fields[0], value, &at);
    }
    PyObject *tuple = PyTuple_New(count);
    for (Py_ssize_t i = 0; tuple != NULL && i < count; i++) {
        PyObject *item = field_of(declaration->fields[i], value, &at);
        if (item == NULL) {
            Py_CLEAR(tuple);
        } else {
            PyTuple_SET_ITEM(tuple, i, item);
        }
    }
    return tuple;
}

static PyObject *
list_of(oz_table *table, const oz_key *key, uint64_t hash)
{
    int64_t count = oz_list_length(table, key, hash);
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (int64_t i = 0; list != NULL && i < count; i++) {
        oz_scalar scalar;
        PyObject *item =
            oz_list_at(table, key, hash, i, &scalar) ? pyoz_from_scalar(&scalar) : NULL;
        if (item == NULL) {
            Py_CLEAR(list);
        } else {
            PyList_SET_ITEM(list, (Py_ssize_t)i, item);
        }
    }
    return list;
}

static PyObject *
map_of(oz_table *table, const oz_table_decl *declaration, const oz_key *key, uint64_t hash);

/* What a key has. */
static PyObject *
entry_of(const gathered *to, const oz_key *key, uint64_t hash, const void *value)
{
    if (to->is_inside || to->declaration->kind == OZ_TABLE_VALUE) {
        return value_of(to->declaration, value);
    }
    return to->declaration->kind == OZ_TABLE_LIST ? list_of(to->table, key, hash)
                                                  : map_of(to->table, to->declaration, key, hash);
}

static bool
gather(void *context, const oz_key *key, uint64_t hash, void *value)
{
    gathered *to = context;
    int64_t count = PyList_GET_SIZE(to->values);
    PyObject *object = count < to->capacity ? entry_of(to, key, hash, value) : NULL;
    if (object == NULL || PyList_Append(to->values, object) < 0) {
        to->has_failed = object == NULL ? count < to->capacity : true;
        Py_XDECREF(object);
        return false;
    }
    Py_DECREF(object);
    to->keys[count] = *key;
    to->hashes[count] = hash;
    return true;
}

/* The keys as objects are made by the engine, from row data that points to them. */
static PyObject *
dict_of(const gathered *from)
{
    int64_t count = PyList_GET_SIZE(from->values);
    oz_rows rows = {.keys = from->keys,
                    .hashes = from->hashes,
                    .objects = &pyoz_objects,
                    .alloc = oz_alloc_default()};
    const oz_column *column = NULL;
    if (oz_rows_key_column(&rows, count, &pyoz_objects, &column) != OZ_OK) {
        return PyErr_Occurred() ? NULL : PyErr_NoMemory();
    }
    PyObject *dict = PyDict_New();
    for (int64_t row = 0; dict != NULL && row < count; row++) {
        PyObject *key = pyoz_value(column, row);
        if (key == NULL || PyDict_SetItem(dict, key, PyList_GET_ITEM(from->values, row)) < 0) {
            Py_CLEAR(dict);
        }
        Py_XDECREF(key);
    }
    oz_column_release(&column);
    return dict;
}

/* A dict of what `scan` visits: of a table, or of the sub-keys of `key`. */
static PyObject *
scan_into_dict(gathered *to, const oz_key *key, uint64_t hash)
{
    to->keys = PyMem_Calloc((size_t)to->capacity + 1, sizeof *to->keys);
    to->hashes = PyMem_Calloc((size_t)to->capacity + 1, sizeof *to->hashes);
    to->values = PyList_New(0);
    PyObject *dict = NULL;
    if (to->keys == NULL || to->hashes == NULL || to->values == NULL) {
        PyErr_NoMemory();
    } else {
        if (to->is_inside) {
            oz_map_scan(to->table, key, hash, gather, to);
        } else {
            oz_table_scan(to->table, gather, to);
        }
        dict = to->has_failed ? NULL : dict_of(to);
    }
    Py_XDECREF(to->values);
    PyMem_Free(to->keys);
    PyMem_Free(to->hashes);
    return dict;
}

static PyObject *
map_of(oz_table *table, const oz_table_decl *declaration, const oz_key *key, uint64_t hash)
{
    gathered to = {.table = table,
                   .declaration = declaration,
                   .is_inside = true,
                   .capacity = oz_map_count(table, key, hash)};
    return scan_into_dict(&to, key, hash);
}

/* What rows without a key share. */
static PyObject *
single_of(oz_table *table, const oz_table_decl *declaration)
{
    switch (declaration->kind) {
    case OZ_TABLE_VALUE:
        return value_of(declaration, oz_table_single(table));
    case OZ_TABLE_LIST:
        return list_of(table, &oz_key_single, OZ_HASH_SINGLE);
    default:
        return map_of(table, declaration, &oz_key_single, OZ_HASH_SINGLE);
    }
}

PyObject *
pyoz_table_dump(oz_table *table, const oz_table_decl *declaration, bool by_key)
{
    if (table == NULL || declaration->kind == OZ_TABLE_QUEUE) {
        return PyErr_Format(PyExc_KeyError, "%s has rows that wait, not values", declaration->name);
    }
    if (declaration->keyed && by_key) {
        gathered to = {.table = table,
                       .declaration = declaration,
                       .capacity = oz_table_count(table)};
        return scan_into_dict(&to, NULL, 0);
    }
    PyObject *value = single_of(table, declaration);
    PyObject *list = value == NULL ? NULL : PyList_New(1);
    if (list == NULL) {
        Py_XDECREF(value);
        return NULL;
    }
    PyList_SET_ITEM(list, 0, value);
    return list;
}
