/*
 * str.strip, lstrip, rstrip, removeprefix, removesuffix: all rows, as views into the same text.
 *
 * Without characters to strip, or with None, white space goes, all of Unicode's. The characters of
 * an argument must be ASCII: then no byte of another character is one of them.
 */
#include <string.h>

#include "base/utf8.h"
#include "expr/kernel.h"

typedef struct side {
    bool left;
    bool right;
} side;

/* ---- white space ----------------------------------------------------------------------------- */

/* Whether white space may begin with a byte, or end with it: most rows are done with that. */
static inline bool
may_begin(unsigned char byte)
{
    return byte <= ' ' || byte == 0xC2 || (byte >= 0xE1 && byte <= 0xE3);
}

static inline bool
may_end(unsigned char byte)
{
    return byte <= ' ' || (byte >= 0x80 && byte <= 0xAF);
}

static oz_view
strip_spaces(oz_view row, side side)
{
    while (side.left) {
        size_t length = ozi_utf8_space(row.data, row.size);
        if (length == 0) {
            break;
        }
        row.data += length;
        row.size -= (uint32_t)length;
    }
    while (side.right) {
        size_t length = ozi_utf8_space_before(row.data, row.size);
        if (length == 0) {
            break;
        }
        row.size -= (uint32_t)length;
    }
    return row;
}

static void
strip_spaces_rows(const oz_view *rows, int64_t count, side side, oz_view *views)
{
    for (int64_t i = 0; i < count; i++) {
        oz_view row = rows[i];
        if (row.size != 0 && (may_begin((unsigned char)row.data[0]) ||
                              may_end((unsigned char)row.data[row.size - 1]))) {
            row = strip_spaces(row, side);
        }
        views[i] = row;
    }
}

/* ---- characters ------------------------------------------------------------------------------ */

/* One entry a byte: whether it goes. */
typedef struct byte_set {
    bool has[256];
} byte_set;

static void
strip_set_rows(const oz_view *rows, int64_t count, side side, const byte_set *set, oz_view *views)
{
    for (int64_t i = 0; i < count; i++) {
        const unsigned char *begin = (const unsigned char *)rows[i].data;
        uint32_t first = 0;
        uint32_t size = rows[i].size;
        while (side.left && first < size && set->has[begin[first]]) {
            first++;
        }
        while (side.right && first < size && set->has[begin[size - 1]]) {
            size--;
        }
        views[i] =
            (oz_view){size == 0 ? rows[i].data : rows[i].data + first, size - first, rows[i].flags};
    }
}

static oz_status
read_set(const oz_scalar *argument, byte_set *set, oz_error *error)
{
    *set = (byte_set){0};
    if (argument->kind != OZ_SCALAR_STRING) {
        return oz_error_set(error, OZ_INVALID, "the characters are not a string");
    }
    for (uint32_t i = 0; i < argument->size; i++) {
        unsigned char byte = (unsigned char)argument->as.data[i];
        if (byte >= 0x80) {
            return oz_error_set(error, OZ_INVALID, "characters to strip beyond ASCII");
        }
        set->has[byte] = true;
    }
    return OZ_OK;
}

/* ---- prefix and suffix ----------------------------------------------------------------------- */

static void
remove_affix_rows(const oz_view *rows, int64_t count, side side, const oz_scalar *affix,
                  oz_view *views)
{
    uint32_t size = affix->size;
    for (int64_t i = 0; i < count; i++) {
        oz_view row = rows[i];
        if (size != 0 && row.size >= size) {
            const char *place = side.left ? row.data : row.data + row.size - size;
            bool there = memcmp(place, affix->as.data, size) == 0;
            row.data += there && side.left ? size : 0;
            row.size -= there ? size : 0;
        }
        views[i] = row;
    }
}

/* ---- the kernels ----------------------------------------------------------------------------- */

static oz_status
run_strip(side side, const oz_scalar *arguments, uint32_t argument_count, oz_call *call,
          oz_error *error)
{
    bool spaces = argument_count == 0 || arguments[0].kind == OZ_SCALAR_NULL;
    byte_set set;
    ozi_input input;
    OZ_TRY(ozi_arguments_at_most(argument_count, 1, error));
    if (!spaces) {
        OZ_TRY(read_set(&arguments[0], &set, error));
    }
    OZ_TRY(ozi_input_open_one(&input, call, OZI_TYPE(OZ_STRING), error));
    if (input.count == 0) {
        return ozi_give_nothing(call);
    }
    oz_view *views = oz_values_new(call->alloc, OZ_STRING, input.count);
    if (views == NULL) {
        return OZ_NO_MEMORY;
    }
    if (spaces) {
        strip_spaces_rows(ozi_input_views(&input), input.count, side, views);
    } else {
        strip_set_rows(ozi_input_views(&input), input.count, side, &set, views);
    }
    return ozi_give_views(call, &views, input.count, input.columns[0], NULL);
}

static oz_status
run_remove(side side, const oz_scalar *arguments, uint32_t argument_count, oz_call *call,
           oz_error *error)
{
    ozi_input input;
    if (argument_count != 1 || arguments[0].kind != OZ_SCALAR_STRING) {
        return oz_error_set(error, OZ_INVALID, "takes one string to remove");
    }
    OZ_TRY(ozi_input_open_one(&input, call, OZI_TYPE(OZ_STRING), error));
    if (input.count == 0) {
        return ozi_give_nothing(call);
    }
    oz_view *views = oz_values_new(call->alloc, OZ_STRING, input.count);
    if (views == NULL) {
        return OZ_NO_MEMORY;
    }
    remove_affix_rows(ozi_input_views(&input), input.count, side, &arguments[0], views);
    return ozi_give_views(call, &views, input.count, input.columns[0], NULL);
}

#define STRIP_KERNEL(name, run, ...)                                                               \
    static oz_status name(const oz_scalar *arguments, uint32_t argument_count, oz_call *call,      \
                          oz_error *error)                                                         \
    {                                                                                              \
        return run((side){__VA_ARGS__}, arguments, argument_count, call, error);                   \
    }

STRIP_KERNEL(strip, run_strip, .left = true, .right = true)
STRIP_KERNEL(lstrip, run_strip, .left = true)
STRIP_KERNEL(rstrip, run_strip, .right = true)
STRIP_KERNEL(removeprefix, run_remove, .left = true)
STRIP_KERNEL(removesuffix, run_remove, .right = true)

static const oz_kernel kernels[] = {
    OZI_KERNEL("str.lstrip", OZ_STRING, lstrip),
    OZI_KERNEL("str.removeprefix", OZ_STRING, removeprefix),
    OZI_KERNEL("str.removesuffix", OZ_STRING, removesuffix),
    OZI_KERNEL("str.rstrip", OZ_STRING, rstrip),
    OZI_KERNEL("str.strip", OZ_STRING, strip),
};

const ozi_family ozi_family_strip = OZI_FAMILY(kernels);
