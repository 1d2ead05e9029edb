/* Which rows a kernel may treat; see kernel.h. */
#include "expr/kernel.h"

/* The first row from `begin` on that is NULL, at most `stop`. */
static int64_t
first_null(const oz_column *column, int64_t begin, int64_t stop)
{
    if (column->validity == NULL) {
        return stop;
    }
    int64_t row = begin;
    while (row < stop && !oz_column_is_null(column, row)) {
        bool whole = (row & 7) == 0 && column->validity[row >> 3] == 0xFF;
        row += whole ? 8 : 1;
    }
    return row < stop ? row : stop;
}

/* No rows yet, and no answer. */
static void
reset(ozi_input *input, oz_call *call)
{
    call->end = call->begin;
    call->count = 0;
    call->column = NULL;
    *input = (ozi_input){.begin = call->begin};
}

oz_status
ozi_input_open(ozi_input *input, oz_call *call, oz_error *error)
{
    reset(input, call);
    if (call->batch == NULL) {
        return OZ_OK;
    }
    if (call->batch->names != NULL) {
        return oz_error_set(error, OZ_INVALID, "takes values, not rows with names");
    }
    input->columns = call->batch->columns;
    input->column_count = call->batch->column_count;
    int64_t stop = call->stop;
    for (uint32_t i = 0; i < input->column_count; i++) {
        stop = first_null(input->columns[i], call->begin, stop);
    }
    input->count = stop - call->begin;
    return OZ_OK;
}

oz_status
ozi_input_open_one(ozi_input *input, oz_call *call, unsigned types, oz_error *error)
{
    OZ_TRY(ozi_input_open(input, call, error));
    if (call->batch == NULL) {
        return OZ_OK;
    }
    if (input->column_count != 1) {
        return oz_error_set(error, OZ_INVALID, "takes one column, not %u", input->column_count);
    }
    if ((types & OZI_TYPE(input->columns[0]->type)) == 0) {
        return oz_error_set(error, OZ_INVALID, "takes no %s",
                            oz_type_name(input->columns[0]->type));
    }
    return OZ_OK;
}

oz_status
ozi_arguments_at_most(uint32_t count, uint32_t maximum, oz_error *error)
{
    if (count > maximum) {
        return oz_error_set(error, OZ_INVALID, "takes %u argument%s at most, not %u", maximum,
                            maximum == 1 ? "" : "s", count);
    }
    return OZ_OK;
}
