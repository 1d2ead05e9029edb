/* Values as text, nearly as Python writes them: for messages, for tests. */
#ifndef OUZEL_BATCH_PRINT_H
#define OUZEL_BATCH_PRINT_H

#include "base/text.h"
#include "ouzel/batch.h"

/* `objects` may be NULL when the scalar is no OBJECT. A TIME is 2024-02-29T12:00:00.5Z. */
void
ozi_scalar_print(const oz_scalar *scalar, const oz_object_class *objects, ozi_text *text);

/* The value of a row; NULL is "None", a LIST in brackets, a STRUCT a dict or a tuple. */
void
ozi_column_print_value(const oz_column *column, int64_t row, ozi_text *text);

/* All rows, each on a line that ends with \n. At most `capacity` bytes; returns what was needed. */
size_t
ozi_batch_print(const oz_batch *batch, char *buffer, size_t capacity);

#endif
