/*
 * str.split: all rows, as views into the same text. flat_map gets the pieces, map gets lists.
 *
 * str.split() and str.split(one ASCII character) without a limit are cut in stretches (pieces.h);
 * other separators, and limits, row by row.
 */
#include "base/alloc.h"
#include "base/utf8.h"
#include "batch/column.h"
#include "expr/find.h"
#include "expr/pieces.h"

/* The arguments. */
typedef struct cut {
    const char *separator; /* NULL: white space */
    size_t size;
    int64_t limit; /* of cuts; -1: none */
} cut;

static oz_status
read_cut(const oz_scalar *arguments, uint32_t count, cut *cut, oz_error *error)
{
    *cut = (struct cut){.limit = -1};
    OZ_TRY(ozi_arguments_at_most(count, 2, error));
    if (count >= 1 && arguments[0].kind != OZ_SCALAR_NULL) {
        if (arguments[0].kind != OZ_SCALAR_STRING || arguments[0].size == 0) {
            return oz_error_set(error, OZ_INVALID, "the separator is not a string, or empty");
        }
        cut->separator = arguments[0].as.data;
        cut->size = arguments[0].size;
    }
    if (count == 2) {
        if (arguments[1].kind != OZ_SCALAR_INT64) {
            return oz_error_set(error, OZ_INVALID, "maxsplit is not an int");
        }
        cut->limit = arguments[1].as.int64 < 0 ? -1 : arguments[1].as.int64;
    }
    return OZ_OK;
}

/* ---- row by row ------------------------------------------------------------------------------ */

/* What is left of a row. */
typedef struct rest {
    const char *data;
    size_t size;
} rest;

static void
skip(rest *rest, size_t size)
{
    rest->data += size;
    rest->size -= size;
}

static void
skip_spaces(rest *rest)
{
    for (size_t size; (size = ozi_utf8_space(rest->data, rest->size)) != 0;) {
        skip(rest, size);
    }
}

/* The size of what lies before the next white space. */
static size_t
word_size(const rest *rest)
{
    size_t at = 0;
    while (at < rest->size && ozi_utf8_space(rest->data + at, rest->size - at) == 0) {
        at++;
    }
    return at;
}

/* After `limit` words the rest is the last piece, with the white space at its end. */
static oz_status
limited_words(ozi_pieces *pieces, const oz_view *row, int64_t limit)
{
    rest rest = {row->data, row->size};
    skip_spaces(&rest);
    for (int64_t cuts = 0; rest.size > 0; cuts++) {
        size_t size = cuts < limit ? word_size(&rest) : rest.size;
        OZ_TRY(ozi_pieces_add(pieces, rest.data, size, row->flags));
        skip(&rest, size);
        skip_spaces(&rest);
    }
    return OZ_OK;
}

static oz_status
limited_fields(ozi_pieces *pieces, const oz_view *row, const cut *cut)
{
    rest rest = {row->data, row->size};
    for (int64_t cuts = 0; cuts != cut->limit; cuts++) {
        const char *place = ozi_find(rest.data, rest.size, cut->separator, cut->size);
        if (place == NULL) {
            break;
        }
        OZ_TRY(ozi_pieces_add(pieces, rest.data, (size_t)(place - rest.data), row->flags));
        skip(&rest, (size_t)(place - rest.data) + cut->size);
    }
    return ozi_pieces_add(pieces, rest.data, rest.size, row->flags);
}

static oz_status
cut_rows(ozi_pieces *pieces, const ozi_input *input, const cut *cut, int64_t *done)
{
    const oz_view *rows = ozi_input_views(input);
    for (*done = 0; *done < input->count && rows[*done].size < INT32_MAX; (*done)++) {
        int64_t before = pieces->count;
        if (cut->separator == NULL) {
            OZ_TRY(limited_words(pieces, &rows[*done], cut->limit));
        } else {
            OZ_TRY(limited_fields(pieces, &rows[*done], cut));
        }
        pieces->counts[*done] = (int32_t)(pieces->count - before);
    }
    return OZ_OK;
}

/* ---- the kernels ----------------------------------------------------------------------------- */

static oz_status
cut_all(ozi_pieces *pieces, const ozi_input *input, const cut *cut, int64_t *done)
{
    if (cut->limit >= 0 || cut->size > 1) {
        OZ_TRY(cut_rows(pieces, input, cut, done));
    } else if (cut->separator == NULL) {
        OZ_TRY(ozi_pieces_words(pieces, input, done));
    } else {
        OZ_TRY(ozi_pieces_fields(pieces, input, cut->separator[0], done));
    }
    return ozi_pieces_reserve(pieces, 0); /* no piece at all makes a column too */
}

/* Makes the column of pieces of the first `rows` rows, or gives up; the pieces are gone. */
static oz_status
finish(oz_status status, ozi_pieces *pieces, const oz_column *source, int64_t rows,
       const oz_column **out)
{
    if (status != OZ_OK || rows == 0) {
        ozi_views_free(&pieces->views);
        return status;
    }
    return ozi_column_over(pieces->alloc, &pieces->views, pieces->count, source, NULL, out);
}

static oz_status
split_flat(const oz_scalar *arguments, uint32_t argument_count, oz_call *call, oz_error *error)
{
    cut cut;
    ozi_input input;
    OZ_TRY(read_cut(arguments, argument_count, &cut, error));
    OZ_TRY(ozi_input_open_one(&input, call, OZI_TYPE(OZ_STRING), error));
    if (input.count == 0) {
        return ozi_give_nothing(call);
    }
    int64_t rows = 0;
    ozi_pieces pieces = {.alloc = call->alloc, .counts = call->counts};
    oz_status status = cut_all(&pieces, &input, &cut, &rows);
    const oz_column *column = NULL;
    OZ_TRY(finish(status, &pieces, input.columns[0], rows, &column));
    if (rows == 0) {
        return ozi_give_nothing(call);
    }
    call->end = call->begin + rows;
    call->count = pieces.count;
    call->column = column;
    return OZ_OK;
}

/* The offsets of a LIST in place of the counts of pieces. */
static oz_status
give_lists(oz_call *call, const int32_t *counts, int64_t rows, const oz_column **pieces)
{
    int64_t *offsets = oz_values_new(call->alloc, OZ_LIST, rows + 1);
    if (offsets == NULL) {
        oz_column_release(pieces);
        return OZ_NO_MEMORY;
    }
    offsets[0] = 0;
    for (int64_t i = 0; i < rows; i++) {
        offsets[i + 1] = offsets[i] + counts[i];
    }
    OZ_TRY(ozi_column_of_lists(call->alloc, &offsets, rows, pieces, &call->column));
    call->end = call->begin + rows;
    call->count = rows;
    return OZ_OK;
}

static oz_status
split_lists(const oz_scalar *arguments, uint32_t argument_count, oz_call *call, oz_error *error)
{
    cut cut;
    ozi_input input;
    OZ_TRY(read_cut(arguments, argument_count, &cut, error));
    OZ_TRY(ozi_input_open_one(&input, call, OZI_TYPE(OZ_STRING), error));
    if (input.count == 0) {
        return ozi_give_nothing(call);
    }
    int64_t rows = 0;
    ozi_pieces pieces = {.alloc = call->alloc};
    pieces.counts = ozi_alloc_array(call->alloc, (size_t)input.count, sizeof(int32_t));
    if (pieces.counts == NULL) {
        return OZ_NO_MEMORY;
    }
    const oz_column *column = NULL;
    oz_status status = cut_all(&pieces, &input, &cut, &rows);
    status = finish(status, &pieces, input.columns[0], rows, &column);
    if (status == OZ_OK) {
        status =
            rows == 0 ? ozi_give_nothing(call) : give_lists(call, pieces.counts, rows, &column);
    }
    ozi_alloc_free(call->alloc, pieces.counts, (size_t)input.count * sizeof(int32_t));
    return status;
}

static const oz_kernel kernels[] = {
    {"str.split", OZ_CALL_EXPAND, OZ_STRING, split_flat},
    {"str.split", OZ_CALL_MAP, OZ_STRING, split_lists},
};

const ozi_family ozi_family_split = OZI_FAMILY(kernels);
