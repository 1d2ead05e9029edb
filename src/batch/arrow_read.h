/*
 * Arrow arrays become columns. arrow_import.c walks through the array and its children, and asks
 * the table in arrow_format.c for the reader of each format; the readers are below.
 *
 * A reader fills a draft with the values of one array. It may point into the memory of the array:
 * then it calls ozi_arrow_lend, and the column keeps the whole array.
 */
#ifndef OUZEL_BATCH_ARROW_READ_H
#define OUZEL_BATCH_ARROW_READ_H

#include "batch/column.h"
#include "ouzel/arrow.h"

typedef struct ozi_arrow_import {
    const oz_alloc *alloc;
    ozi_pins owner; /* one FOREIGN buffer, which releases the array */
    oz_error *error;
    int depth; /* of nesting */
} ozi_arrow_import;

typedef struct ozi_arrow_format ozi_arrow_format;

/* The rows of one array. */
typedef struct ozi_arrow_part {
    ozi_arrow_import *import;
    const struct ArrowSchema *schema;
    const struct ArrowArray *array;
    const ozi_arrow_format *format;
    int64_t offset; /* of the first row in the buffers, with the offsets of the arrays around it */
    int64_t length;
} ozi_arrow_part;

struct ozi_arrow_format {
    const char *name; /* as in the schema; one that ends with ":" is a prefix */
    oz_type type;
    uint8_t buffers;  /* at least so many */
    uint8_t children; /* exactly so many, if not ANY_CHILDREN */
    oz_status (*read)(const ozi_arrow_part *part, ozi_column_draft *draft);
    void (*widen)(int64_t *target, const void *source, int64_t offset, int64_t length);
    int64_t scale; /* nanoseconds in a unit */
};
enum { OZI_ARROW_ANY_CHILDREN = 255 };

/* NULL when it is not supported. */
const ozi_arrow_format *
ozi_arrow_format_find(const char *name);

/* A whole array as a column. */
oz_status
ozi_arrow_read(ozi_arrow_import *import, const struct ArrowSchema *schema,
               const struct ArrowArray *array, int64_t offset, int64_t length,
               const oz_column **out);

/* The column of `draft` keeps the array. */
static inline void
ozi_arrow_lend(const ozi_arrow_part *part, ozi_column_draft *draft)
{
    draft->pins = &part->import->owner;
}

/* Is a row not NULL? The draft has its validity before it is read. */
static inline bool
ozi_arrow_is_valid(const ozi_column_draft *draft, int64_t row)
{
    return !oz_column_is_null(&draft->column, row);
}

/* ---- readers: numbers (arrow_numbers.c) ------------------------------------------------------ */

oz_status
ozi_arrow_read_words(const ozi_arrow_part *part, ozi_column_draft *draft); /* nothing to change */
oz_status
ozi_arrow_read_integers(const ozi_arrow_part *part, ozi_column_draft *draft); /* widens */
oz_status
ozi_arrow_read_uint64(const ozi_arrow_part *part, ozi_column_draft *draft);
oz_status
ozi_arrow_read_times(const ozi_arrow_part *part, ozi_column_draft *draft); /* widens and scales */
oz_status
ozi_arrow_read_floats(const ozi_arrow_part *part, ozi_column_draft *draft);
oz_status
ozi_arrow_read_bools(const ozi_arrow_part *part, ozi_column_draft *draft);
oz_status
ozi_arrow_read_nulls(const ozi_arrow_part *part, ozi_column_draft *draft);
void
ozi_arrow_widen_int8(int64_t *target, const void *source, int64_t offset, int64_t length);
void
ozi_arrow_widen_int16(int64_t *target, const void *source, int64_t offset, int64_t length);
void
ozi_arrow_widen_int32(int64_t *target, const void *source, int64_t offset, int64_t length);
void
ozi_arrow_widen_int64(int64_t *target, const void *source, int64_t offset, int64_t length);
void
ozi_arrow_widen_uint8(int64_t *target, const void *source, int64_t offset, int64_t length);
void
ozi_arrow_widen_uint16(int64_t *target, const void *source, int64_t offset, int64_t length);
void
ozi_arrow_widen_uint32(int64_t *target, const void *source, int64_t offset, int64_t length);

/* ---- readers: text (arrow_text.c) ------------------------------------------------------------ */

oz_status
ozi_arrow_read_text(const ozi_arrow_part *part, ozi_column_draft *draft);
oz_status
ozi_arrow_read_large_text(const ozi_arrow_part *part, ozi_column_draft *draft);
oz_status
ozi_arrow_read_text_views(const ozi_arrow_part *part, ozi_column_draft *draft);
oz_status
ozi_arrow_read_fixed(const ozi_arrow_part *part, ozi_column_draft *draft);

/* ---- readers: columns of columns (arrow_nested.c) -------------------------------------------- */

oz_status
ozi_arrow_read_list(const ozi_arrow_part *part, ozi_column_draft *draft); /* offsets: widened */
oz_status
ozi_arrow_read_large_list(const ozi_arrow_part *part, ozi_column_draft *draft);
oz_status
ozi_arrow_read_fields(const ozi_arrow_part *part, ozi_column_draft *draft);
/* The values behind the indices in `indices`, which may have NULLs. */
oz_status
ozi_arrow_read_dictionary(const ozi_arrow_part *part, const oz_column *indices,
                          const oz_column **out);

#endif
