/*
 * str.lower, upper, casefold, swapcase, capitalize, title: ASCII rows.
 *
 * All text of a batch goes into one new buffer, stretch by stretch with the gaps between the rows,
 * and the views are moved by as much. Rows in which lower or upper would change nothing are given
 * as they are.
 */
#include "base/utf8.h"
#include "expr/scan.h"
#include "expr/stretch.h"

/* Copies a stretch to `target` in another case. */
typedef void
convert_fn(const ozi_scan *scan, const ozi_stretch *stretch, char *target);

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

/* What is to be done. */
typedef struct survey {
    int64_t count; /* rows in front that are ASCII */
    size_t size;   /* bytes of their stretches */
    bool changes;
} survey;

static int64_t
ascii_rows(const ozi_stretch *stretch)
{
    int64_t row = 0;
    while (row < stretch->count &&
           ozi_utf8_ascii_prefix(stretch->rows[row].data, stretch->rows[row].size) ==
               stretch->rows[row].size) {
        row++;
    }
    return row;
}

/* `changed`: the first of the letters that the function changes; 0 when it depends on the place. */
static survey
look(const ozi_scan *scan, const ozi_input *input, char changed)
{
    survey survey = {.changes = changed == 0};
    ozi_stretches stretches = ozi_stretches_of(input, input->count);
    ozi_stretch stretch;
    while (ozi_stretches_next(&stretches, &stretch)) {
        unsigned found = scan->find(stretch.data, stretch.size, changed == 0 ? 'A' : changed);
        int64_t rows = stretch.count;
        /* Flags would not tell more: bytes are looked at faster than rows. */
        if ((found & OZI_SCAN_WIDE) != 0) {
            rows = ascii_rows(&stretch);
        }
        survey.count += rows;
        survey.size += stretch.size;
        survey.changes |= (found & OZI_SCAN_LETTER) != 0;
        if (rows < stretch.count) {
            break;
        }
    }
    return survey;
}

/* The rows of a stretch lie in `target` as they lay before. */
static void
move_views(const ozi_stretch *stretch, const char *target, oz_view *views)
{
    /* A stretch without a byte may be a row without an address. */
    uintptr_t distance = (uintptr_t)target - (uintptr_t)stretch->data;
    for (int64_t i = 0; i < stretch->count; i++) {
        const char *data = (const char *)((uintptr_t)stretch->rows[i].data + distance);
        data = stretch->size == 0 ? target : data;
        views[i] = (oz_view){data, stretch->rows[i].size, OZ_VIEW_ASCII};
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
give_converted(oz_call *call, const ozi_input *input, const survey *survey, convert_fn *convert)
{
    oz_view *views = oz_values_new(call->alloc, OZ_STRING, survey->count);
    oz_buffer *text = views == NULL ? NULL : oz_buffer_new(call->alloc, survey->size);
    if (text == NULL) {
        ozi_views_free(&views);
        return OZ_NO_MEMORY;
    }
    convert_all(convert, ozi_scan_get(), input, survey->count, oz_buffer_data(text), views);
    return ozi_give_views(call, &views, survey->count, NULL, &text);
}

static oz_status
run_case(convert_fn *convert, char changed, uint32_t argument_count, oz_call *call, oz_error *error)
{
    ozi_input input;
    OZ_TRY(ozi_arguments_at_most(argument_count, 0, error));
    OZ_TRY(ozi_input_open_one(&input, call, OZI_TYPE(OZ_STRING), error));
    survey survey = look(ozi_scan_get(), &input, changed);
    if (survey.count == 0) {
        return ozi_give_nothing(call);
    }
    if (!survey.changes) {
        return ozi_give_rows(call, input.columns[0], survey.count);
    }
    return give_converted(call, &input, &survey, convert);
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
    OZI_KERNEL("str.capitalize", OZ_STRING, capitalize),
    OZI_KERNEL("str.casefold", OZ_STRING, lower),
    OZI_KERNEL("str.lower", OZ_STRING, lower),
    OZI_KERNEL("str.swapcase", OZ_STRING, swapcase),
    OZI_KERNEL("str.title", OZ_STRING, title),
    OZI_KERNEL("str.upper", OZ_STRING, upper),
};

const ozi_family ozi_family_case = OZI_FAMILY(kernels);
