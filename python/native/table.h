/* Tables as Python values, for whoever looks into a graph that works. */
#ifndef PYOZ_TABLE_H
#define PYOZ_TABLE_H

#include "compat.h"
#include "ouzel/table.h"

/*
 * {key: value} of a table, or [value] of what rows without a key share. The value of several fields
 * is a tuple, that of a LIST a list, that of a MAP a dict. NULL with an exception; a QUEUE has
 * none.
 */
PyObject *
pyoz_table_dump(oz_table *table, const oz_table_decl *declaration, bool by_key);

#endif
