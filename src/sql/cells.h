/*
 * Rows as they wait for a database: their cells one after the other, in memory and in the state
 * folder.
 *
 *     cell | u8 kind of scalar | NULL nothing; BOOL u8; INT64, TIME, FLOAT64 8 bytes;
 *                                STRING, BYTES u32 size, bytes |
 *
 * A row of a shape of n columns has n cells. Numbers are little-endian, as on all machines that
 * this runs on. A cell is never an object: what it takes to make one is not there later.
 */
#ifndef OUZEL_SQL_CELLS_H
#define OUZEL_SQL_CELLS_H

#include "ouzel/batch.h"
#include "ouzel/codec.h"

/* The columns of a table that rows fill, by their names. */
enum { OZI_SQL_COLUMNS_MAX = 64 };
typedef struct ozi_sql_shape {
    uint32_t count;
    const char *const *names;
    const oz_object_class *objects; /* NULL: there are none */
    const oz_object *keys;          /* the names as objects, to look them up in dicts */
} ozi_sql_shape;

/*
 * Appends row `row`: its columns by name where they have some, else by place; a tuple by place, a
 * dict by key; where there is one column, a value that is neither is its cell. BAD_RECORD, and
 * nothing is appended, when a column is missing or too many, or a value is none of a database's.
 */
OZ_MUST_USE oz_status
ozi_cells_append(const ozi_sql_shape *shape, const oz_batch *batch, int64_t row, oz_bytes *out,
                 oz_error *error);

typedef struct ozi_cells {
    const char *at;
    const char *end;
} ozi_cells;

/* The next cell; text is borrowed. False: there is none, or what is there is no cell. */
bool
ozi_cells_next(ozi_cells *cells, oz_scalar *out);

#endif
