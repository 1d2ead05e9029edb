/* Tables as Python values, for whoever looks into a graph that works. */
#ifndef PYOZ_TABLE_H
#define PYOZ_TABLE_H

#include "compat.h"
#include "ouzel/table.h"

/*
 * {key: value} of a table of values, or [value] of the one entry for rows without a key; a value of
 * several fields is a tuple. NULL with an exception.
 */
PyObject *
pyoz_table_dump(oz_table *table, const oz_table_decl *declaration, bool by_key);

#endif
