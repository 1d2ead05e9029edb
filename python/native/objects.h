/* The class of Python objects, and the conversions that the rest of the extension shares. */
#ifndef PYOZ_OBJECTS_H
#define PYOZ_OBJECTS_H

#include "compat.h"
#include "ouzel/batch.h"

/* All functions of the class may be called with or without the GIL; see gil.h. */
extern const oz_object_class pyoz_objects;

/* A new reference for a scalar of any kind; NULL with an exception. With the GIL held. */
PyObject *
pyoz_from_scalar(const oz_scalar *scalar);
/* times.c: nanoseconds since 1970 as a datetime in UTC. */
PyObject *
pyoz_from_time(int64_t time_ns);
/* The native scalar of an exact int, float, ..., else an OBJECT; borrowed from `object`. */
void
pyoz_to_scalar(PyObject *object, oz_scalar *out);
/* Row `row` as one object: the value, a tuple, or a dict. A new reference; NULL with an exception.
 */
PyObject *
pyoz_row(const oz_batch *batch, int64_t row);
/* The value of one column; a new reference; NULL with an exception. */
PyObject *
pyoz_value(const oz_column *column, int64_t row);

/* objects_key.c: the canonical bytes of composite and large keys. */
oz_status
pyoz_encode_key(oz_object object, uint8_t *buffer, size_t capacity, size_t *canonical,
                size_t *total);
oz_status
pyoz_decode_key(const uint8_t *bytes, size_t total, oz_object *out);

/* objects_pickle.c: objects as bytes. */
oz_status
pyoz_encode(const oz_object *objects, int64_t count,
            oz_status (*give)(void *context, const void *bytes, size_t size), void *context);
oz_status
pyoz_decode(const void *bytes, size_t size, oz_object *objects, int64_t count);

#endif
