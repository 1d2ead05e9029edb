/* Finds rows that lie together; see stretch.h. */
#include "expr/stretch.h"

#include "batch/buffer.h"

/* Few gaps are longer, and what lies in them is copied in vain. */
enum { GAP_MAX = 16 };

/* At most in the first stretch. */
enum { ROWS_FIRST = 16 };

/* Beyond that many, only the pin of the last stretch and its neighbour are looked at. */
enum { PINS_SEARCHED_MAX = 16 };

ozi_stretches
ozi_stretches_of(const ozi_input *input, int64_t count)
{
    return (ozi_stretches){.column = count == 0 ? NULL : input->columns[0],
                           .rows = count == 0 ? NULL : ozi_input_views(input),
                           .count = count,
                           .rows_max = ROWS_FIRST,
                           .gap_max = GAP_MAX};
}

/* A branch for each row would cost more than looking at a few rows twice, where a stretch ends. */
enum { ROWS_AT_ONCE = 8 };

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

/*
 * Offsets are from the first row. A row in front of it, or far away, wraps to a huge one, and so
 * does its distance from the row before.
 */
typedef struct limits {
    uintptr_t first;
    uintptr_t room; /* no row ends beyond */
    uintptr_t gap_min;
    uintptr_t gap_range;
} limits;

/* Whether all of `count` rows follow each other; `*end`, the end before them, becomes theirs. */
static inline bool
follow(const limits *limits, const oz_view *rows, int64_t count, uintptr_t *end)
{
    uintptr_t at = *end;
    bool broken = false;
    for (int64_t i = 0; i < count; i++) {
        uintptr_t begin = (uintptr_t)rows[i].data - limits->first;
        broken |= begin - at - limits->gap_min > limits->gap_range;
        at = begin + rows[i].size;
    }
    /* Each begins behind the one before it, so the last end is the highest. */
    if (broken || at > limits->room) {
        return false;
    }
    *end = at;
    return true;
}

/* How many rows, the first included, follow each other up to `limit`. */
static int64_t
run_length(const ozi_stretches *stretches, const char *limit)
{
    const oz_view *rows = stretches->rows;
    limits limits = {.first = (uintptr_t)rows[0].data,
                     .room = (uintptr_t)limit - (uintptr_t)rows[0].data,
                     .gap_min = stretches->gap_min,
                     .gap_range = stretches->gap_max - stretches->gap_min};
    limits.room = limits.room < OZI_STRETCH_MAX ? limits.room : OZI_STRETCH_MAX;
    uintptr_t end = rows[0].size;
    int64_t most = stretches->count;
    most = most < stretches->rows_max ? most : stretches->rows_max;
    int64_t count = 1;
    while (most - count >= ROWS_AT_ONCE && follow(&limits, rows + count, ROWS_AT_ONCE, &end)) {
        count += ROWS_AT_ONCE;
    }
    while (count < most && follow(&limits, rows + count, 1, &end)) {
        count++;
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
    stretches->rows_max *= stretches->rows_max < OZI_STRETCH_MAX ? 2 : 1;
    return true;
}
