/* Finds rows that lie together; see stretch.h. */
#include "expr/stretch.h"

#include "base/utf8.h"
#include "batch/buffer.h"

/* Few gaps are longer, and what lies in them is copied in vain. */
enum { GAP_MAX = 16 };

/* Beyond that many, only the pin of the last stretch and its neighbour are looked at. */
enum { PINS_SEARCHED_MAX = 16 };

ozi_stretches
ozi_stretches_of(const ozi_input *input, int64_t count)
{
    return (ozi_stretches){.column = count == 0 ? NULL : input->columns[0],
                           .rows = count == 0 ? NULL : ozi_input_views(input),
                           .count = count,
                           .gap_max = GAP_MAX};
}

/* Where the buffer ends that holds all of `row`; NULL when it is not that pin. */
static const char *
end_of_pin(const oz_column *column, uint32_t pin, const oz_view *row)
{
    uintptr_t data = (uintptr_t)column->pins[pin]->data;
    uintptr_t at = (uintptr_t)row->data;
    size_t size = column->pins[pin]->size;
    bool inside = at >= data && at - data <= size && size - (at - data) >= row->size;
    return inside ? column->pins[pin]->data + size : NULL;
}

/* Where the buffer of `row` ends; the end of the row itself when that is not known. */
static const char *
end_of_buffer(ozi_stretches *stretches, const oz_view *row)
{
    const oz_column *column = stretches->column;
    uint32_t count = column->pin_count;
    uint32_t tries = count < PINS_SEARCHED_MAX ? count : 2;
    for (uint32_t i = 0, pin = stretches->pin; i < tries && i < count; i++, pin++) {
        pin = pin >= count ? 0 : pin;
        const char *end = end_of_pin(column, pin, row);
        if (end != NULL) {
            stretches->pin = pin;
            return end;
        }
    }
    return row->data + row->size;
}

/* How many of `count` rows follow each other up to `limit`. */
static int64_t
run_length(const ozi_stretches *stretches, const char *limit)
{
    const oz_view *rows = stretches->rows;
    size_t gap_range = stretches->gap_max - stretches->gap_min;
    uintptr_t first = (uintptr_t)rows[0].data;
    uintptr_t room = (uintptr_t)limit - first;
    room = room < OZI_STRETCH_MAX ? room : OZI_STRETCH_MAX;
    uintptr_t end = rows[0].size;
    int64_t count = 1;
    for (; count < stretches->count; count++) {
        /* Offsets from the first row: a row in front of it, or far away, wraps to a huge number. */
        uintptr_t begin = (uintptr_t)rows[count].data - first;
        if (begin - end - stretches->gap_min > gap_range || begin > room ||
            room - begin < rows[count].size) {
            break;
        }
        end = begin + rows[count].size;
    }
    return count;
}

bool
ozi_stretches_next(ozi_stretches *stretches, ozi_stretch *stretch)
{
    if (stretches->count == 0) {
        return false;
    }
    const oz_view *first = stretches->rows;
    int64_t count = 1;
    if (first->data != NULL) {
        count = run_length(stretches, end_of_buffer(stretches, first));
    }
    const oz_view *last = &first[count - 1];
    stretch->rows = first;
    stretch->count = count;
    stretch->data = first->data == NULL ? "" : first->data;
    stretch->size = first->data == NULL ? 0 : (size_t)(last->data - first->data) + last->size;
    stretches->rows += count;
    stretches->count -= count;
    return true;
}

/* How many rows in front say themselves that they are ASCII. */
static int64_t
flagged(const oz_view *rows, int64_t count)
{
    int64_t row = 0;
    while (row < count && (rows[row].flags & OZ_VIEW_ASCII) != 0) {
        row++;
    }
    return row;
}

static int64_t
ascii_rows_one_by_one(const ozi_stretch *stretch)
{
    int64_t row = 0;
    while (row < stretch->count &&
           ((stretch->rows[row].flags & OZ_VIEW_ASCII) != 0 ||
            ozi_utf8_ascii_prefix(stretch->rows[row].data, stretch->rows[row].size) ==
                stretch->rows[row].size)) {
        row++;
    }
    return row;
}

int64_t
ozi_input_ascii_rows(const ozi_input *input)
{
    if (input->count == 0) {
        return 0;
    }
    int64_t done = flagged(ozi_input_views(input), input->count);
    ozi_stretches stretches = ozi_stretches_of(input, input->count);
    stretches.rows += done;
    stretches.count -= done;
    ozi_stretch stretch;
    while (ozi_stretches_next(&stretches, &stretch)) {
        if (ozi_utf8_ascii_prefix(stretch.data, stretch.size) == stretch.size) {
            done += stretch.count;
            continue;
        }
        int64_t rows = ascii_rows_one_by_one(&stretch);
        done += rows;
        if (rows < stretch.count) {
            break;
        }
    }
    return done;
}
