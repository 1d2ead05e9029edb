/*
 * len, int, float, bool and operator.truth, not_ of one column. What int() and float() make of text
 * is in decimal.h; text that is not plain decimal goes to the host, which reads or refuses it.
 */
#include "base/utf8.h"
#include "expr/decimal.h"
#include "expr/kernel.h"

/* ---- len ------------------------------------------------------------------------------------- */

static void
lengths(const oz_view *rows, bool characters, int64_t count, int64_t *out)
{
    for (int64_t i = 0; i < count; i++) {
        bool bytes = !characters || (rows[i].flags & OZ_VIEW_ASCII) != 0;
        out[i] = bytes ? rows[i].size : (int64_t)ozi_utf8_length(rows[i].data, rows[i].size);
    }
}

static void
list_lengths(const int64_t *offsets, int64_t count, int64_t *out)
{
    for (int64_t i = 0; i < count; i++) {
        out[i] = offsets[i + 1] - offsets[i];
    }
}

enum {
    TYPES_TEXT = OZI_TYPE(OZ_STRING) | OZI_TYPE(OZ_BYTES),
    TYPES_READ = OZI_TYPES_NUMBER | OZI_TYPE(OZ_STRING),
};

static oz_status
len(const oz_scalar *arguments, uint32_t argument_count, oz_call *call, oz_error *error)
{
    (void)arguments;
    ozi_input input;
    OZ_TRY(ozi_arguments_at_most(argument_count, 0, error));
    OZ_TRY(ozi_input_open_one(&input, call, TYPES_TEXT | OZI_TYPE(OZ_LIST), error));
    if (input.count == 0) {
        return ozi_give_nothing(call);
    }
    void *values = oz_values_new(call->alloc, OZ_INT64, input.count);
    if (values == NULL) {
        return OZ_NO_MEMORY;
    }
    const oz_column *column = input.columns[0];
    if (column->type == OZ_LIST) {
        list_lengths((const int64_t *)column->values + input.begin, input.count, values);
    } else {
        lengths(ozi_input_views(&input), column->type == OZ_STRING, input.count, values);
    }
    return ozi_give_values(call, OZ_INT64, &values, input.count);
}

/* ---- int ------------------------------------------------------------------------------------- */

static int64_t
integers_of_texts(const oz_view *rows, int64_t count, int64_t *out)
{
    int64_t i = 0;
    while (i < count && ozi_decimal_read_int(rows[i].data, rows[i].size, &out[i])) {
        i++;
    }
    return i;
}

/* Cut towards zero; what leaves 64 bits, and NaN, is not done. */
static int64_t
integers_of_floats(const double *rows, int64_t count, int64_t *out)
{
    int64_t i = 0;
    for (; i < count && rows[i] >= -0x1p63 && rows[i] < 0x1p63; i++) {
        out[i] = (int64_t)rows[i];
    }
    return i;
}

static int64_t
integers_of_bools(const uint8_t *rows, int64_t count, int64_t *out)
{
    for (int64_t i = 0; i < count; i++) {
        out[i] = rows[i];
    }
    return count;
}

/* The rows from `begin` on; returns how many could be done. */
static int64_t
integers_of(const oz_column *column, int64_t begin, int64_t count, int64_t *out)
{
    switch (column->type) {
    case OZ_BOOL:
        return integers_of_bools((const uint8_t *)column->values + begin, count, out);
    case OZ_FLOAT64:
        return integers_of_floats((const double *)column->values + begin, count, out);
    default:
        return integers_of_texts((const oz_view *)column->values + begin, count, out);
    }
}

static oz_status
to_int(const oz_scalar *arguments, uint32_t argument_count, oz_call *call, oz_error *error)
{
    (void)arguments;
    ozi_input input;
    OZ_TRY(ozi_arguments_at_most(argument_count, 0, error));
    OZ_TRY(ozi_input_open_one(&input, call, TYPES_READ, error));
    if (input.count == 0) {
        return ozi_give_nothing(call);
    }
    const oz_column *column = input.columns[0];
    if (column->type == OZ_INT64) {
        return ozi_give_rows(call, column, input.count);
    }
    void *values = oz_values_new(call->alloc, OZ_INT64, input.count);
    if (values == NULL) {
        return OZ_NO_MEMORY;
    }
    int64_t count = integers_of(column, input.begin, input.count, values);
    return ozi_give_values(call, OZ_INT64, &values, count);
}

/* ---- float ----------------------------------------------------------------------------------- */

static int64_t
floats_of_texts(const oz_view *rows, int64_t count, double *out)
{
    int64_t i = 0;
    while (i < count && ozi_decimal_read_float(rows[i].data, rows[i].size, &out[i])) {
        i++;
    }
    return i;
}

static int64_t
floats_of_integers(const int64_t *rows, int64_t count, double *out)
{
    for (int64_t i = 0; i < count; i++) {
        out[i] = (double)rows[i];
    }
    return count;
}

static int64_t
floats_of_bools(const uint8_t *rows, int64_t count, double *out)
{
    for (int64_t i = 0; i < count; i++) {
        out[i] = rows[i];
    }
    return count;
}

static int64_t
floats_of(const oz_column *column, int64_t begin, int64_t count, double *out)
{
    switch (column->type) {
    case OZ_BOOL:
        return floats_of_bools((const uint8_t *)column->values + begin, count, out);
    case OZ_INT64:
        return floats_of_integers((const int64_t *)column->values + begin, count, out);
    default:
        return floats_of_texts((const oz_view *)column->values + begin, count, out);
    }
}

static oz_status
to_float(const oz_scalar *arguments, uint32_t argument_count, oz_call *call, oz_error *error)
{
    (void)arguments;
    ozi_input input;
    OZ_TRY(ozi_arguments_at_most(argument_count, 0, error));
    OZ_TRY(ozi_input_open_one(&input, call, TYPES_READ, error));
    if (input.count == 0) {
        return ozi_give_nothing(call);
    }
    const oz_column *column = input.columns[0];
    if (column->type == OZ_FLOAT64) {
        return ozi_give_rows(call, column, input.count);
    }
    void *values = oz_values_new(call->alloc, OZ_FLOAT64, input.count);
    if (values == NULL) {
        return OZ_NO_MEMORY;
    }
    int64_t count = floats_of(column, input.begin, input.count, values);
    return ozi_give_values(call, OZ_FLOAT64, &values, count);
}

/* ---- truth ----------------------------------------------------------------------------------- */

static oz_status
give_truth(bool negated, uint32_t argument_count, oz_call *call, oz_error *error)
{
    ozi_input input;
    OZ_TRY(ozi_arguments_at_most(argument_count, 0, error));
    OZ_TRY(ozi_input_open_one(&input, call, OZI_TYPES_NUMBER | TYPES_TEXT, error));
    if (input.count == 0) {
        return ozi_give_nothing(call);
    }
    uint8_t *truths = ozi_truths_new(call, input.count);
    if (truths == NULL) {
        return OZ_NO_MEMORY;
    }
    ozi_truth_of(input.columns[0], input.begin, input.count, truths);
    for (int64_t i = 0; negated && i < input.count; i++) {
        truths[i] ^= 1;
    }
    return ozi_give_truths(call, &truths, input.count);
}

static oz_status
truth(const oz_scalar *arguments, uint32_t argument_count, oz_call *call, oz_error *error)
{
    (void)arguments;
    return give_truth(false, argument_count, call, error);
}

static oz_status
untruth(const oz_scalar *arguments, uint32_t argument_count, oz_call *call, oz_error *error)
{
    (void)arguments;
    return give_truth(true, argument_count, call, error);
}

#define TRUTHS(name, run)                                                                          \
    OZI_KERNEL(name, OZ_BOOL, run), OZI_KERNEL(name, OZ_INT64, run),                               \
        OZI_KERNEL(name, OZ_FLOAT64, run), OZI_KERNEL(name, OZ_STRING, run),                       \
        OZI_KERNEL(name, OZ_BYTES, run)

static const oz_kernel kernels[] = {
    TRUTHS("bool", truth),
    OZI_KERNEL("float", OZ_BOOL, to_float),
    OZI_KERNEL("float", OZ_FLOAT64, to_float),
    OZI_KERNEL("float", OZ_INT64, to_float),
    OZI_KERNEL("float", OZ_STRING, to_float),
    OZI_KERNEL("int", OZ_BOOL, to_int),
    OZI_KERNEL("int", OZ_FLOAT64, to_int),
    OZI_KERNEL("int", OZ_INT64, to_int),
    OZI_KERNEL("int", OZ_STRING, to_int),
    OZI_KERNEL("len", OZ_BYTES, len),
    OZI_KERNEL("len", OZ_LIST, len),
    OZI_KERNEL("len", OZ_STRING, len),
    TRUTHS("operator.not_", untruth),
    TRUTHS("operator.truth", truth),
};

const ozi_family ozi_family_number = OZI_FAMILY(kernels);
