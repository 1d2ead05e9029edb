/*
 * Arrow strings and binaries as columns of views into the Arrow memory. Offsets and sizes are
 * checked as far as they can be without knowing the sizes of the buffers; strings must be UTF-8.
 */
#include <stdlib.h>

#include "base/utf8.h"
#include "batch/arrow_read.h"

/* What a view array of utf8_view consists of; the text follows at `as.inlined` when it is short. */
typedef struct arrow_view {
    int32_t size;
    union {
        char inlined[12];
        struct {
            char prefix[4];
            int32_t buffer;
            int32_t offset;
        } outside;
    } as;
} arrow_view;

static oz_status
bad_row(const ozi_arrow_part *part, int64_t row, const char *what)
{
    return oz_error_set(part->import->error, OZ_INVALID, "row %lld: %s", (long long)row, what);
}

/* UTF-8 or not, row by row; marks those that are ASCII. */
static oz_status
check_rows(const ozi_arrow_part *part, ozi_column_draft *draft)
{
    oz_view *views = ozi_column_draft_array(draft);
    for (int64_t i = 0; i < part->length; i++) {
        bool ascii = true;
        if (views[i].size > 0 &&
            ozi_utf8_check(views[i].data, views[i].size, &ascii) != views[i].size) {
            return bad_row(part, i, "not UTF-8");
        }
        views[i].flags = ascii ? OZ_VIEW_ASCII : 0;
    }
    return OZ_OK;
}

/* Text that lies in one piece is mostly ASCII as a whole: then the rows need no look. */
static oz_status
check_piece(const ozi_arrow_part *part, ozi_column_draft *draft, const char *data, size_t size)
{
    oz_view *views = ozi_column_draft_array(draft);
    if (part->format->type != OZ_STRING) {
        return OZ_OK;
    }
    if (size > 0 && ozi_utf8_ascii_prefix(data, size) != size) {
        return check_rows(part, draft);
    }
    for (int64_t i = 0; i < part->length; i++) {
        views[i].flags = OZ_VIEW_ASCII;
    }
    return OZ_OK;
}

static int64_t
offset_at(const void *offsets, bool large, int64_t index)
{
    return large ? ((const int64_t *)offsets)[index] : ((const int32_t *)offsets)[index];
}

/* Views between the offsets of the rows. */
static oz_status
views_of_offsets(const ozi_arrow_part *part, ozi_column_draft *draft, bool large)
{
    const void *offsets = part->array->buffers[1];
    const char *data = part->array->buffers[2];
    oz_view *views = ozi_column_draft_array(draft);
    int64_t begin = part->length == 0 ? 0 : offset_at(offsets, large, part->offset);
    for (int64_t i = 0; i < part->length; i++) {
        int64_t end = offset_at(offsets, large, part->offset + i + 1);
        if (begin < 0 || end < begin || end - begin > UINT32_MAX) {
            return bad_row(part, i, "bad offsets");
        }
        views[i] = (oz_view){0};
        if (end > begin && ozi_arrow_is_valid(draft, i)) {
            views[i] = (oz_view){.data = data + begin, .size = (uint32_t)(end - begin)};
        }
        begin = end;
    }
    return OZ_OK;
}

static oz_status
read_text(const ozi_arrow_part *part, ozi_column_draft *draft, bool large)
{
    OZ_TRY(ozi_column_draft_values(draft, part->length, sizeof(oz_view)));
    OZ_TRY(views_of_offsets(part, draft, large));
    if (part->length == 0) {
        return OZ_OK; /* an array without rows may have no buffers at all */
    }
    int64_t begin = offset_at(part->array->buffers[1], large, part->offset);
    int64_t end = offset_at(part->array->buffers[1], large, part->offset + part->length);
    const char *data = part->array->buffers[2];
    ozi_arrow_lend(part, draft);
    return check_piece(part, draft, begin == end ? "" : data + begin, (size_t)(end - begin));
}

oz_status
ozi_arrow_read_text(const ozi_arrow_part *part, ozi_column_draft *draft)
{
    return read_text(part, draft, false);
}

oz_status
ozi_arrow_read_large_text(const ozi_arrow_part *part, ozi_column_draft *draft)
{
    return read_text(part, draft, true);
}

/* One row of a view array. */
static oz_status
read_view(const ozi_arrow_part *part, const arrow_view *source, int64_t row, oz_view *out)
{
    enum { FIRST_BUFFER = 2 };
    int64_t outside = part->array->n_buffers - FIRST_BUFFER - 1;
    if (source->size < 0) {
        return bad_row(part, row, "a negative size");
    }
    out->size = (uint32_t)source->size;
    if ((size_t)source->size <= sizeof(source->as.inlined)) {
        out->data = source->as.inlined;
        return OZ_OK;
    }
    int32_t buffer = source->as.outside.buffer;
    if (buffer < 0 || buffer >= outside || source->as.outside.offset < 0) {
        return bad_row(part, row, "a view into a buffer that does not exist");
    }
    out->data =
        (const char *)part->array->buffers[FIRST_BUFFER + buffer] + source->as.outside.offset;
    return OZ_OK;
}

oz_status
ozi_arrow_read_text_views(const ozi_arrow_part *part, ozi_column_draft *draft)
{
    const arrow_view *source = part->array->buffers[1];
    OZ_TRY(ozi_column_draft_values(draft, part->length, sizeof(oz_view)));
    oz_view *views = ozi_column_draft_array(draft);
    for (int64_t i = 0; i < part->length; i++) {
        views[i] = (oz_view){0};
        if (ozi_arrow_is_valid(draft, i)) {
            OZ_TRY(read_view(part, &source[part->offset + i], i, &views[i]));
        }
    }
    ozi_arrow_lend(part, draft);
    return part->format->type == OZ_STRING ? check_rows(part, draft) : OZ_OK;
}

oz_status
ozi_arrow_read_fixed(const ozi_arrow_part *part, ozi_column_draft *draft)
{
    char *end;
    long long size = strtoll(part->schema->format + 2, &end, 10);
    if (*end != '\0' || size < 0 || size > INT32_MAX) {
        return oz_error_set(part->import->error, OZ_INVALID, "bad Arrow format '%s'",
                            part->schema->format);
    }
    OZ_TRY(ozi_column_draft_values(draft, part->length, sizeof(oz_view)));
    oz_view *views = ozi_column_draft_array(draft);
    const char *data = part->array->buffers[1];
    for (int64_t i = 0; i < part->length; i++) {
        views[i] = (oz_view){0};
        if (size > 0 && ozi_arrow_is_valid(draft, i)) {
            views[i].data = data + (part->offset + i) * size;
            views[i].size = (uint32_t)size;
        }
    }
    ozi_arrow_lend(part, draft);
    return OZ_OK;
}
