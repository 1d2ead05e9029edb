/*
 * Text from values: "{} => {}".format over the columns of a batch ("str.format", the template is
 * the argument), str, repr of a number, and operator.add of strings. All results of a batch are
 * written into one buffer.
 *
 * A template has fields {} or {0}, without names, formats or conversions. A float is written when
 * its shortest decimal has at most 15 digits (decimal.h); other floats go to the host.
 */
#include <string.h>

#include "base/utf8.h"
#include "expr/decimal.h"
#include "expr/kernel.h"
#include "expr/pattern.h"

/* Of one call: further rows come with the next. */
enum { TEXT_MAX = INT32_MAX };

/* ---- the columns ----------------------------------------------------------------------------- */

/* The most bytes that a field takes without its own text; 0 for a type that cannot be written. */
static size_t
width_of(oz_type type)
{
    switch (type) {
    case OZ_BOOL:
        return sizeof "False" - 1;
    case OZ_INT64:
        return OZI_DECIMAL_INT_MAX;
    case OZ_FLOAT64:
        return OZI_DECIMAL_FLOAT_MAX;
    default:
        return 0;
    }
}

static oz_status
check_columns(const ozi_pattern *pattern, const ozi_input *input, oz_error *error)
{
    if (pattern->fields > input->column_count) {
        return oz_error_set(error, OZ_INVALID, "the template has more fields than the %u columns",
                            input->column_count);
    }
    for (uint32_t i = 0; i < pattern->count; i++) {
        const ozi_piece *piece = &pattern->pieces[i];
        oz_type type = piece->data == NULL ? input->columns[piece->column]->type : OZ_STRING;
        if (type != OZ_STRING && width_of(type) == 0) {
            return oz_error_set(error, OZ_INVALID, "cannot write %s", oz_type_name(type));
        }
    }
    return OZ_OK;
}

/* The bytes of a field in a row that depend on the row. */
static size_t
text_of_field(const ozi_pattern *pattern, uint32_t piece, const ozi_input *input, int64_t row)
{
    const oz_column *column = input->columns[pattern->pieces[piece].column];
    return pattern->pieces[piece].data == NULL && column->type == OZ_STRING
               ? ((const oz_view *)column->values)[input->begin + row].size
               : 0;
}

/*
 * How much room the rows need at most; `*count` becomes smaller where they would be more than
 * TEXT_MAX.
 */
static size_t
room_for(const ozi_pattern *pattern, const ozi_input *input, int64_t *count)
{
    size_t fixed = 0;
    for (uint32_t i = 0; i < pattern->count; i++) {
        const ozi_piece *piece = &pattern->pieces[i];
        fixed += piece->data != NULL ? piece->size : width_of(input->columns[piece->column]->type);
    }
    size_t total = 0;
    for (int64_t row = 0; row < *count; row++) {
        size_t size = fixed;
        for (uint32_t i = 0; i < pattern->count; i++) {
            size += text_of_field(pattern, i, input, row);
        }
        if (size > TEXT_MAX - total) {
            *count = row;
            break;
        }
        total += size;
    }
    return total;
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* Copies of 4 to 8 and of 8 to 16 bytes, as two that may overlap: no loop, no call. */
static inline void
copy_4_to_8(char *target, const char *data, size_t size)
{
    memcpy(target + size - 4, data + size - 4, 4);
    memcpy(target, data, 4);
}

static inline void
copy_8_to_16(char *target, const char *data, size_t size)
{
    memcpy(target + size - 8, data + size - 8, 8);
    memcpy(target, data, 8);
}

/* Appends bytes, most often few; returns the end. */
static inline char *
put(char *target, const char *data, size_t size)
{
    if (size > 16) {
        memcpy(target, data, size);
    } else if (size >= 8) {
        copy_8_to_16(target, data, size);
    } else if (size >= 4) {
        copy_4_to_8(target, data, size);
    } else {
        for (size_t i = 0; i < size; i++) {
            target[i] = data[i];
        }
    }
    return target + size;
}

/* Writes a field; returns its end, or NULL for a float that is not printed here. */
static inline char *
put_field(char *target, const oz_column *column, int64_t row, uint32_t *flags)
{
    size_t size;
    switch (column->type) {
    case OZ_BOOL: {
        bool truth = ((const uint8_t *)column->values)[row] != 0;
        return put(target, truth ? "True" : "False", truth ? 4 : 5);
    }
    case OZ_INT64:
        return target + ozi_decimal_write_int(((const int64_t *)column->values)[row], target);
    case OZ_FLOAT64:
        size = ozi_decimal_write_float(((const double *)column->values)[row], target);
        return size == 0 ? NULL : target + size;
    default: {
        const oz_view *view = (const oz_view *)column->values + row;
        *flags &= view->flags;
        return put(target, view->data, view->size);
    }
    }
}

static char *
put_row(char *target, const ozi_pattern *pattern, const ozi_input *input, int64_t row,
        uint32_t *flags)
{
    for (uint32_t i = 0; i < pattern->count && target != NULL; i++) {
        const ozi_piece *piece = &pattern->pieces[i];
        if (piece->data != NULL) {
            target = put(target, piece->data, piece->size);
        } else {
            target = put_field(target, input->columns[piece->column], row, flags);
        }
    }
    return target;
}

static uint32_t
flags_of(const ozi_pattern *pattern)
{
    uint32_t flags = OZ_VIEW_ASCII;
    for (uint32_t i = 0; i < pattern->count; i++) {
        const ozi_piece *piece = &pattern->pieces[i];
        if (piece->data != NULL && ozi_utf8_ascii_prefix(piece->data, piece->size) != piece->size) {
            flags = 0;
        }
    }
    return flags;
}

/* Returns how many rows were written. */
static int64_t
put_rows(char *target, const ozi_pattern *pattern, const ozi_input *input, int64_t count,
         oz_view *views)
{
    uint32_t all = flags_of(pattern);
    for (int64_t i = 0; i < count; i++) {
        uint32_t flags = all;
        char *end = put_row(target, pattern, input, input->begin + i, &flags);
        if (end == NULL) {
            return i;
        }
        views[i] = (oz_view){target, (uint32_t)(end - target), flags};
        target = end;
    }
    return count;
}

static oz_status
run_pattern(const ozi_pattern *pattern, const ozi_input *input, oz_call *call, oz_error *error)
{
    if (call->batch != NULL) {
        OZ_TRY(check_columns(pattern, input, error));
    }
    int64_t count = input->count;
    size_t room = count == 0 ? 0 : room_for(pattern, input, &count);
    if (count == 0) {
        return ozi_give_nothing(call);
    }
    oz_view *views = oz_values_new(call->alloc, OZ_STRING, count);
    oz_buffer *text = views == NULL ? NULL : oz_buffer_new(call->alloc, room);
    if (text == NULL) {
        ozi_views_free(&views);
        return OZ_NO_MEMORY;
    }
    count = put_rows(oz_buffer_data(text), pattern, input, count, views);
    return ozi_give_views(call, &views, count, NULL, &text);
}

/* ---- the kernels ----------------------------------------------------------------------------- */

static oz_status
format(const oz_scalar *arguments, uint32_t argument_count, oz_call *call, oz_error *error)
{
    ozi_pattern pattern;
    ozi_input input;
    if (argument_count != 1 || arguments[0].kind != OZ_SCALAR_STRING) {
        return oz_error_set(error, OZ_INVALID, "takes one template");
    }
    OZ_TRY(ozi_pattern_read(&pattern, arguments[0].as.data, arguments[0].size, error));
    OZ_TRY(ozi_input_open(&input, call, error));
    return run_pattern(&pattern, &input, call, error);
}

static oz_status
run_text(unsigned types, uint32_t argument_count, oz_call *call, oz_error *error)
{
    static const ozi_pattern pattern = {.pieces = {{.column = 0}}, .count = 1, .fields = 1};
    ozi_input input;
    OZ_TRY(ozi_arguments_at_most(argument_count, 0, error));
    OZ_TRY(ozi_input_open_one(&input, call, types, error));
    if (input.count > 0 && input.columns[0]->type == OZ_STRING) {
        return ozi_give_rows(call, input.columns[0], input.count);
    }
    return run_pattern(&pattern, &input, call, error);
}

static oz_status
str(const oz_scalar *arguments, uint32_t argument_count, oz_call *call, oz_error *error)
{
    (void)arguments;
    return run_text(OZI_TYPES_NUMBER | OZI_TYPE(OZ_STRING), argument_count, call, error);
}

static oz_status
repr(const oz_scalar *arguments, uint32_t argument_count, oz_call *call, oz_error *error)
{
    (void)arguments;
    return run_text(OZI_TYPES_NUMBER, argument_count, call, error);
}

/* operator.add of two columns, or of a column and a constant, which stands first if `reversed`. */
static oz_status
join(bool reversed, const oz_scalar *arguments, uint32_t argument_count, oz_call *call,
     oz_error *error)
{
    ozi_pattern pattern = {.count = 2, .fields = 2 - argument_count};
    ozi_input input;
    OZ_TRY(ozi_arguments_at_most(argument_count, 1, error));
    if (argument_count == 1 && arguments[0].kind != OZ_SCALAR_STRING) {
        return oz_error_set(error, OZ_INVALID, "the constant is not a string");
    }
    OZ_TRY(ozi_input_open(&input, call, error));
    for (uint32_t i = 0; i < input.column_count; i++) {
        if (input.column_count + argument_count != 2 || input.columns[i]->type != OZ_STRING) {
            return oz_error_set(error, OZ_INVALID, "takes two strings");
        }
    }
    pattern.pieces[1] = (ozi_piece){.column = 1};
    if (argument_count == 1) {
        /* An empty constant is no field: its text must not be NULL. */
        pattern.pieces[1] = (ozi_piece){.data = arguments[0].size == 0 ? "" : arguments[0].as.data,
                                        .size = arguments[0].size};
    }
    if (reversed) {
        ozi_piece first = pattern.pieces[1];
        pattern.pieces[1] = pattern.pieces[0];
        pattern.pieces[0] = first;
    }
    return run_pattern(&pattern, &input, call, error);
}

static oz_status
add(const oz_scalar *arguments, uint32_t argument_count, oz_call *call, oz_error *error)
{
    return join(false, arguments, argument_count, call, error);
}

static oz_status
radd(const oz_scalar *arguments, uint32_t argument_count, oz_call *call, oz_error *error)
{
    return join(true, arguments, argument_count, call, error);
}

static const oz_kernel kernels[] = {
    OZI_KERNEL("operator.add", OZ_STRING, add),
    OZI_KERNEL("operator.concat", OZ_STRING, add),
    OZI_KERNEL("operator.radd", OZ_STRING, radd),
    OZI_KERNEL("repr", OZ_BOOL, repr),
    OZI_KERNEL("repr", OZ_FLOAT64, repr),
    OZI_KERNEL("repr", OZ_INT64, repr),
    OZI_KERNEL("str", OZ_BOOL, str),
    OZI_KERNEL("str", OZ_FLOAT64, str),
    OZI_KERNEL("str", OZ_INT64, str),
    OZI_KERNEL("str", OZ_STRING, str),
    OZI_KERNEL("str.format", OZ_ANY, format),
};

const ozi_family ozi_family_format = OZI_FAMILY(kernels);
