/*
 * ouzel.Receipt: tells when an element that was emitted with it has been dealt with.
 */
#ifndef PYOZ_RECEIPT_H
#define PYOZ_RECEIPT_H

#include "compat.h"
#include "ouzel/batch.h"

/*
 * The receipt for one emit, with a reference that is the caller's; NULL with an exception when it
 * has been dealt with before.
 */
oz_receipt *
pyoz_receipt_hold(PyObject *object);

#endif
