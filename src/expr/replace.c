/*
 * str.replace(old, new) and (old, new, count): all rows. Rows without `old` stay views of what they
 * were; the others are written into one new buffer.
 */
#include "base/utf8.h"
#include "expr/find.h"
#include "expr/kernel.h"

/* The arguments. */
typedef struct change {
    const char *old;
    size_t old_size;
    const char *new;
    size_t new_size;
    uint64_t limit; /* of replacements in a row */
    uint32_t flags; /* of `new` */
} change;

static oz_status
read_change(const oz_scalar *arguments, uint32_t count, change *change, oz_error *error)
{
    bool strings = (count == 2 || count == 3) && arguments[0].kind == OZ_SCALAR_STRING &&
                   arguments[1].kind == OZ_SCALAR_STRING;
    if (!strings || (count == 3 && arguments[2].kind != OZ_SCALAR_INT64)) {
        return oz_error_set(error, OZ_INVALID, "takes two strings, and perhaps an int");
    }
    if (arguments[0].size == 0) {
        return oz_error_set(error, OZ_INVALID, "the string to replace is empty");
    }
    *change = (struct change){.old = arguments[0].as.data,
                              .old_size = arguments[0].size,
                              .new = arguments[1].as.data,
                              .new_size = arguments[1].size,
                              .limit = count == 3 ? (uint64_t)arguments[2].as.int64 : UINT64_MAX};
    /* A negative count means all, and so does the huge number that it becomes. */
    bool ascii = ozi_utf8_ascii_prefix(change->new, change->new_size) == change->new_size;
    change->flags = ascii ? OZ_VIEW_ASCII : 0;
    return OZ_OK;
}

static uint64_t
occurrences(const oz_view *row, const change *change)
{
    const char *data = row->data;
    size_t size = row->size;
    uint64_t count = 0;
    while (count < change->limit) {
        const char *place = ozi_find(data, size, change->old, change->old_size);
        if (place == NULL) {
            break;
        }
        size -= (size_t)(place - data) + change->old_size;
        data = place + change->old_size;
        count++;
    }
    return count;
}

/*
 * The rows that stay, and the sizes of those that change, which have no data yet. Stops before a
 * row that would not fit into a view; returns how many rows there are.
 */
static int64_t
measure(const oz_view *rows, int64_t count, const change *change, oz_view *views, size_t *total)
{
    *total = 0;
    for (int64_t i = 0; i < count; i++) {
        uint64_t found = occurrences(&rows[i], change);
        uint64_t size = rows[i].size - found * change->old_size + found * change->new_size;
        if (size > UINT32_MAX) {
            return i;
        }
        views[i] = rows[i];
        if (found > 0) {
            views[i] = (oz_view){NULL, (uint32_t)size, rows[i].flags & change->flags};
            *total += size;
        }
    }
    return count;
}

/* Appends bytes and returns the end. */
static char *
append(char *target, const char *data, size_t size)
{
    if (size > 0) {
        memcpy(target, data, size);
    }
    return target + size;
}

static char *
write_row(const oz_view *row, const change *change, char *target)
{
    const char *data = row->data;
    size_t size = row->size;
    for (uint64_t done = 0; done < change->limit; done++) {
        const char *place = ozi_find(data, size, change->old, change->old_size);
        if (place == NULL) {
            break;
        }
        target = append(target, data, (size_t)(place - data));
        target = append(target, change->new, change->new_size);
        size -= (size_t)(place - data) + change->old_size;
        data = place + change->old_size;
    }
    return append(target, data, size);
}

static oz_status
give_changed(oz_call *call, const ozi_input *input, const change *change, oz_view **views)
{
    const oz_view *rows = ozi_input_views(input);
    size_t total;
    int64_t count = measure(rows, input->count, change, *views, &total);
    oz_buffer *text = oz_buffer_new(call->alloc, total);
    if (text == NULL) {
        ozi_views_free(views);
        return OZ_NO_MEMORY;
    }
    char *target = oz_buffer_data(text);
    for (int64_t i = 0; i < count; i++) {
        if ((*views)[i].data == NULL && rows[i].size > 0) {
            (*views)[i].data = target;
            target = write_row(&rows[i], change, target);
        }
    }
    return ozi_give_views(call, views, count, input->columns[0], &text);
}

static oz_status
replace(const oz_scalar *arguments, uint32_t argument_count, oz_call *call, oz_error *error)
{
    change change = {0};
    ozi_input input;
    OZ_TRY(read_change(arguments, argument_count, &change, error));
    OZ_TRY(ozi_input_open_one(&input, call, OZI_TYPE(OZ_STRING), error));
    if (input.count == 0) {
        return ozi_give_nothing(call);
    }
    oz_view *views = oz_values_new(call->alloc, OZ_STRING, input.count);
    return views == NULL ? OZ_NO_MEMORY : give_changed(call, &input, &change, &views);
}

static const oz_kernel kernels[] = {
    OZI_KERNEL("str.replace", OZ_STRING, replace),
};

const ozi_family ozi_family_replace = OZI_FAMILY(kernels);
