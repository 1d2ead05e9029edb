/*
 * str.lower, upper, casefold, swapcase, capitalize, title: ASCII rows.
 *
 * All text of a batch goes into one new buffer, stretch by stretch with the gaps between the rows,
 * and the views are moved by as much. Rows in which lower or upper would change nothing are given
 * as they are.
 */
#include <string.h>

#include "expr/scan.h"
#include "expr/stretch.h"

/* Copies a stretch to `target` in another case. */
typedef void convert_fn(const ozi_scan *scan, const ozi_stretch *stretch, char *target);

static void
to_lower(const ozi_scan *scan, const ozi_stretch *stretch, char *target)
{
    scan->flip_letters(target, stretch->data, stretch->size, 'A');
}

static void
to_upper(const ozi_scan *scan, const ozi_stretch *stretch, char *target)
{
    scan->flip_letters(target, stretch->data, stretch->size, 'a');
}

static bool
is_letter(char byte)
{
    return (unsigned char)((byte | 0x20) - 'a') < 26;
}

static void
to_swapped(const ozi_scan *scan, const ozi_stretch *stretch, char *target)
{
    (void)scan;
    const char *source = stretch->data;
    for (size_t i = 0; i < stretch->size; i++) {
        target[i] = (char)(source[i] ^ (is_letter(source[i]) << 5));
    }
}

/* The upper case of a letter that is lower case already. */
static char
raised(char byte)
{
    return (char)(byte ^ (is_letter(byte) << 5));
}

static void
to_capitalized(const ozi_scan *scan, const ozi_stretch *stretch, char *target)
{
    to_lower(scan, stretch, target);
    for (int64_t i = 0; i < stretch->count; i++) {
        if (stretch->rows[i].size > 0) {
            char *first = target + (stretch->rows[i].data - stretch->data);
            *first = raised(*first);
        }
    }
}

/* A letter is upper case where the one before it is no letter. */
static void
title_row(char *row, size_t size)
{
    bool inside = false;
    for (size_t i = 0; i < size; i++) {
        bool letter = is_letter(row[i]);
        row[i] = (char)(row[i] ^ ((letter && !inside) << 5));
        inside = letter;
    }
}

static void
to_titled(const ozi_scan *scan, const ozi_stretch *stretch, char *target)
{
    to_lower(scan, stretch, target);
    for (int64_t i = 0; i < stretch->count; i++) {
        if (stretch->rows[i].size > 0) {
            title_row(target + (stretch->rows[i].data - stretch->data), stretch->rows[i].size);
        }
    }
}

/* ---- the whole batch ------------------------------------------------------------------------- */

static size_t
text_size(const ozi_input *input, int64_t count)
{
    ozi_stretches stretches = ozi_stretches_of(input, count);
    ozi_stretch stretch;
    size_t size = 0;
    while (ozi_stretches_next(&stretches, &stretch)) {
        size += stretch.size;
    }
    return size;
}

static bool
has_letters(const ozi_scan *scan, const ozi_input *input, int64_t count, char first)
{
    ozi_stretches stretches = ozi_stretches_of(input, count);
    ozi_stretch stretch;
    while (ozi_stretches_next(&stretches, &stretch)) {
        if (scan->has_letters(stretch.data, stretch.size, first)) {
            return true;
        }
    }
    return false;
}

static void
move_views(const ozi_stretch *stretch, const char *target, oz_view *views)
{
    for (int64_t i = 0; i < stretch->count; i++) {
        const oz_view *row = &stretch->rows[i];
        size_t at = row->size == 0 ? 0 : (size_t)(row->data - stretch->data);
        views[i] = (oz_view){target + at, row->size, OZ_VIEW_ASCII};
    }
}

static void
convert_all(convert_fn *convert, const ozi_scan *scan, const ozi_input *input, int64_t count,
            char *target, oz_view *views)
{
    ozi_stretches stretches = ozi_stretches_of(input, count);
    ozi_stretch stretch;
    while (ozi_stretches_next(&stretches, &stretch)) {
        convert(scan, &stretch, target);
        move_views(&stretch, target, views);
        target += stretch.size;
        views += stretch.count;
    }
}

static oz_status
give_converted(oz_call *call, const ozi_input *input, int64_t count, convert_fn *convert)
{
    oz_view *views = oz_values_new(call->alloc, OZ_STRING, count);
    oz_buffer *text = views == NULL ? NULL : oz_buffer_new(call->alloc, text_size(input, count));
    if (text == NULL) {
        ozi_views_free(&views);
        return OZ_NO_MEMORY;
    }
    convert_all(convert, ozi_scan_get(), input, count, oz_buffer_data(text), views);
    return ozi_give_views(call, &views, count, NULL, &text);
}

/* `changed`: the first of the letters that the function changes; 0 when it depends on the place. */
static oz_status
run_case(convert_fn *convert, char changed, uint32_t argument_count, oz_call *call, oz_error *error)
{
    ozi_input input;
    OZ_TRY(ozi_arguments_at_most(argument_count, 0, error));
    OZ_TRY(ozi_input_open_one(&input, call, OZI_TYPE(OZ_STRING), error));
    int64_t count = ozi_input_ascii_rows(&input);
    if (count == 0) {
        return ozi_give_nothing(call);
    }
    if (changed != 0 && !has_letters(ozi_scan_get(), &input, count, changed)) {
        return ozi_give_rows(call, input.columns[0], count);
    }
    return give_converted(call, &input, count, convert);
}

#define CASE_KERNEL(name, convert, changed)                                                        \
    static oz_status name(const oz_scalar *arguments, uint32_t argument_count, oz_call *call,      \
                          oz_error *error)                                                         \
    {                                                                                              \
        (void)arguments;                                                                           \
        return run_case(convert, changed, argument_count, call, error);                            \
    }

CASE_KERNEL(lower, to_lower, 'A')
CASE_KERNEL(upper, to_upper, 'a')
CASE_KERNEL(swapcase, to_swapped, 0)
CASE_KERNEL(capitalize, to_capitalized, 0)
CASE_KERNEL(title, to_titled, 0)

static const oz_kernel kernels[] = {
    OZI_KERNEL("str.capitalize", OZ_STRING, capitalize), OZI_KERNEL("str.casefold", OZ_STRING, lower),
    OZI_KERNEL("str.lower", OZ_STRING, lower),           OZI_KERNEL("str.swapcase", OZ_STRING, swapcase),
    OZI_KERNEL("str.title", OZ_STRING, title),           OZI_KERNEL("str.upper", OZ_STRING, upper),
};

const ozi_family ozi_family_case = OZI_FAMILY(kernels);
