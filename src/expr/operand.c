/* Columns and constants as arrays; see operand.h. */
#include "expr/operand.h"

static const int64_t exact_max = INT64_C(1) << 53;

static oz_status
of_column(ozi_operand *operand, const oz_column *column, int64_t begin, oz_error *error)
{
    *operand = (ozi_operand){.type = column->type};
    switch (column->type) {
    case OZ_BOOL:
        operand->values = (const uint8_t *)column->values + begin;
        return OZ_OK;
    case OZ_INT64:
        operand->values = (const int64_t *)column->values + begin;
        return OZ_OK;
    case OZ_FLOAT64:
        operand->values = (const double *)column->values + begin;
        return OZ_OK;
    case OZ_STRING:
        operand->values = (const oz_view *)column->values + begin;
        return OZ_OK;
    default:
        return oz_error_set(error, OZ_INVALID, "takes no %s", oz_type_name(column->type));
    }
}

static oz_status
of_constant(ozi_operand *operand, const oz_scalar *scalar, oz_error *error)
{
    switch (scalar->kind) {
    case OZ_SCALAR_BOOL:
        *operand = (ozi_operand){.type = OZ_BOOL, .integer = scalar->as.boolean};
        break;
    case OZ_SCALAR_INT64:
        *operand = (ozi_operand){.type = OZ_INT64, .integer = scalar->as.int64};
        break;
    case OZ_SCALAR_FLOAT64:
        *operand = (ozi_operand){.type = OZ_FLOAT64, .number = scalar->as.float64};
        return OZ_OK;
    case OZ_SCALAR_STRING:
        *operand = (ozi_operand){.type = OZ_STRING,
                                 .text = {.data = scalar->as.data, .size = scalar->size}};
        return OZ_OK;
    default:
        return oz_error_set(error, OZ_INVALID, "the constant is neither number nor string");
    }
    operand->number = (double)operand->integer;
    return OZ_OK;
}

oz_status
ozi_operands_open(ozi_operand *operands, uint32_t wanted, const oz_scalar *arguments,
                  uint32_t argument_count, oz_call *call, ozi_input *input, oz_error *error)
{
    uint32_t texts = 0;
    OZ_TRY(ozi_arguments_at_most(argument_count, wanted - 1, error));
    OZ_TRY(ozi_input_open(input, call, error));
    uint32_t columns = wanted - argument_count;
    if (call->batch != NULL && input->column_count != columns) {
        return oz_error_set(error, OZ_INVALID, "takes %u columns, not %u", columns,
                            input->column_count);
    }
    for (uint32_t i = 0; i < wanted; i++) {
        if (i >= columns) {
            OZ_TRY(of_constant(&operands[i], &arguments[i - columns], error));
        } else if (call->batch != NULL) {
            OZ_TRY(of_column(&operands[i], input->columns[i], input->begin, error));
        } else {
            /* Only the arguments are asked about: any type may come. */
            operands[i] = (ozi_operand){.type = operands[wanted - 1].type};
            continue;
        }
        texts += operands[i].type == OZ_STRING;
    }
    if (call->batch != NULL && texts != 0 && texts != wanted) {
        return oz_error_set(error, OZ_INVALID, "takes numbers or strings, not both");
    }
    return OZ_OK;
}

const int64_t *
ozi_operand_integers(const ozi_operand *operand, int64_t at, int64_t count, int64_t room[OZI_CHUNK])
{
    if (operand->values != NULL && operand->type == OZ_INT64) {
        return (const int64_t *)operand->values + at;
    }
    const uint8_t *bits = operand->values;
    for (int64_t i = 0; i < count; i++) {
        room[i] = bits == NULL ? operand->integer : bits[at + i];
    }
    return room;
}

const double *
ozi_operand_floats(const ozi_operand *operand, int64_t at, int64_t count, double room[OZI_CHUNK])
{
    if (operand->values == NULL) {
        for (int64_t i = 0; i < count; i++) {
            room[i] = operand->number;
        }
        return room;
    }
    if (operand->type == OZ_FLOAT64) {
        return (const double *)operand->values + at;
    }
    const int64_t *integers = operand->values;
    const uint8_t *bits = operand->values;
    for (int64_t i = 0; i < count; i++) {
        room[i] = operand->type == OZ_INT64 ? (double)integers[at + i] : bits[at + i];
    }
    return room;
}

int64_t
ozi_operand_exact(const ozi_operand *operand, int64_t at, int64_t count)
{
    if (operand->type != OZ_INT64) {
        return count;
    }
    if (operand->values == NULL) {
        return operand->integer >= -exact_max && operand->integer <= exact_max ? count : 0;
    }
    const int64_t *values = (const int64_t *)operand->values + at;
    int64_t row = 0;
    while (row < count && values[row] >= -exact_max && values[row] <= exact_max) {
        row++;
    }
    return row;
}
