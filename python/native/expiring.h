/* States whose entries have a time to live. */
#ifndef PYOZ_EXPIRING_H
#define PYOZ_EXPIRING_H

#include "compat.h"
#include "ouzel/object.h"

typedef struct pyoz_expiring {
    PyObject_HEAD
    long long now_ns;
    long long spent_ns;
} pyoz_expiring;

/* `object` as such a state, borrowed; NULL when it is none. With the GIL held. */
pyoz_expiring *
pyoz_expiring_of(PyObject *object);
/* Of the class of Python objects; see object.h. */
bool
pyoz_is_spent(oz_object object, int64_t time_ns);

#endif
