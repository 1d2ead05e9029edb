/* Rows and batches as text; see print.h. */
#include "batch/print.h"

#include <string.h>

#include "batch/column.h"

static void
put_list(const oz_column *column, int64_t row, ozi_text *text)
{
    const int64_t *offsets = column->values;
    ozi_text_string(text, "[");
    for (int64_t i = offsets[row]; i < offsets[row + 1]; i++) {
        ozi_text_string(text, i == offsets[row] ? "" : ", ");
        ozi_column_print_value(column->children[0], i, text);
    }
    ozi_text_string(text, "]");
}

/* A dict when there are names, else a tuple. */
static void
put_fields(const oz_column *const *columns, const char *const *names, uint32_t count, int64_t row,
           ozi_text *text)
{
    ozi_text_string(text, names == NULL ? "(" : "{");
    for (uint32_t i = 0; i < count; i++) {
        ozi_text_string(text, i == 0 ? "" : ", ");
        if (names != NULL) {
            ozi_text_quoted(text, names[i], strlen(names[i]), SIZE_MAX);
            ozi_text_string(text, ": ");
        }
        ozi_column_print_value(columns[i], row, text);
    }
    ozi_text_string(text, names != NULL ? "}" : count == 1 ? ",)" : ")");
}

void
ozi_column_print_value(const oz_column *column, int64_t row, ozi_text *text)
{
    oz_scalar scalar = {.kind = OZ_SCALAR_NULL};
    if (!oz_column_is_null(column, row)) {
        if (column->type == OZ_LIST) {
            put_list(column, row, text);
            return;
        }
        if (column->type == OZ_STRUCT) {
            put_fields(column->children, column->child_names, column->child_count, row, text);
            return;
        }
        ozi_column_value(column, row, &scalar);
    }
    ozi_scalar_print(&scalar, column->objects, text);
}

static void
put_row(const oz_batch *batch, int64_t row, ozi_text *text)
{
    if (batch->column_count == 1 && batch->names == NULL) {
        ozi_column_print_value(batch->columns[0], row, text);
    } else {
        put_fields(batch->columns, batch->names, batch->column_count, row, text);
    }
}

size_t
oz_batch_print_row(const oz_batch *batch, int64_t row, char *buffer, size_t capacity)
{
    ozi_text text;
    ozi_text_init(&text, buffer, capacity);
    put_row(batch, row, &text);
    return text.needed;
}

size_t
ozi_batch_print(const oz_batch *batch, char *buffer, size_t capacity)
{
    ozi_text text;
    ozi_text_init(&text, buffer, capacity);
    for (int64_t row = 0; row < batch->row_count; row++) {
        put_row(batch, row, &text);
        ozi_text_char(&text, '\n');
    }
    return text.needed;
}
