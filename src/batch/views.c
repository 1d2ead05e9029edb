/* Columns of views: what they point into must live as long as they do. */
#include "base/alloc.h"
#include "batch/bits.h"
#include "batch/buffer.h"
#include "batch/column.h"

static size_t
text_bytes(const oz_column *column)
{
    const oz_view *views = column->values;
    size_t bytes = 0;
    for (int64_t i = 0; i < column->length; i++) {
        bytes += oz_column_is_null(column, i) ? 0 : views[i].size;
    }
    return bytes;
}

static void
move_text(const oz_column *column, oz_view *views, char *text)
{
    for (int64_t i = 0; i < column->length; i++) {
        if (oz_column_is_null(column, i)) {
            views[i] = (oz_view){0};
        } else if (views[i].size > 0) {
            memcpy(text, views[i].data, views[i].size);
            views[i].data = text;
            text += views[i].size;
        }
    }
}

oz_status
ozi_column_draft_own_text(ozi_column_draft *draft, ozi_pins *text)
{
    const oz_column *like = draft->like;
    if (like == NULL || like->references != OZ_ON_STACK || like->pin_count > 0) {
        return OZ_OK;
    }
    oz_buffer *buffer = oz_buffer_new(draft->column.alloc, text_bytes(&draft->column));
    if (buffer == NULL) {
        return OZ_NO_MEMORY;
    }
    move_text(&draft->column, ozi_column_draft_array(draft), buffer->data);
    text->alloc = draft->column.alloc;
    oz_status status = ozi_pins_add(text, buffer);
    oz_buffer_release(&buffer);
    draft->pins = text;
    return status;
}

oz_status
ozi_column_of_views(const oz_alloc *alloc, oz_type type, oz_view **views, int64_t count,
                    const oz_column *like, const ozi_pins *pins, const oz_column **out)
{
    void *values = *views;
    *views = NULL;
    ozi_pins text = {0};
    ozi_column_draft draft = {.column = {.type = type, .length = count, .alloc = alloc},
                              .like = like,
                              .keep = OZI_KEEP_TEXT,
                              .pins = pins};
    ozi_column_draft_take(&draft, &values);
    oz_status status = ozi_column_draft_own_text(&draft, &text);
    status = ozi_column_seal_if(status, &draft, out);
    ozi_pins_clear(&text);
    return status;
}
