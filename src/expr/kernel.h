/*
 * What the families of kernels share: how a kernel finds the rows it may treat and gives results.
 *
 * A kernel is written in three steps (strip.c is a page to copy):
 *
 *   read the arguments; INVALID with a reason when they are not for it
 *   ozi_input_open_one(): the rows before the first NULL; when there are none, ozi_give_nothing()
 *   loop over plain pointers, then one of the ozi_give functions
 *
 * The contract towards callers is in ouzel/function.h.
 */
#ifndef OUZEL_EXPR_KERNEL_H
#define OUZEL_EXPR_KERNEL_H

#include "ouzel/function.h"

/* ---- families -------------------------------------------------------------------------------- */

/* The kernels of one file: the last thing in it, and all that it exports. */
typedef struct ozi_family {
    const oz_kernel *kernels;
    size_t count;
} ozi_family;

extern const ozi_family ozi_family_arithmetic;
extern const ozi_family ozi_family_case;
extern const ozi_family ozi_family_compare;
extern const ozi_family ozi_family_format;
extern const ozi_family ozi_family_item;
extern const ozi_family ozi_family_number;
extern const ozi_family ozi_family_predicates;
extern const ozi_family ozi_family_replace;
extern const ozi_family ozi_family_split;
extern const ozi_family ozi_family_strip;

#define OZI_FAMILY(table)                                                                          \
    {                                                                                              \
        (table), sizeof(table) / sizeof((table)[0])                                                \
    }

/* Two lines of such a table: a kernel as a map, and the truth of its results as a filter. */
#define OZI_KERNEL(name, type, run)                                                                \
    {name, OZ_CALL_MAP, type, run},                                                                \
    {                                                                                              \
        name, OZ_CALL_FILTER, type, run                                                            \
    }

/* ---- rows in --------------------------------------------------------------------------------- */

/* The rows from `begin` on that have a value in every column. */
typedef struct ozi_input {
    const oz_column *const *columns;
    uint32_t column_count;
    int64_t begin;
    int64_t count; /* may be 0 */
} ozi_input;

/* Any number of columns, but not named: then the rows are dicts. Resets the answer of `call`. */
oz_status
ozi_input_open(ozi_input *input, oz_call *call, oz_error *error);

/* A set of column types. */
#define OZI_TYPE(type) (1U << (type))
enum { OZI_TYPES_NUMBER = OZI_TYPE(OZ_BOOL) | OZI_TYPE(OZ_INT64) | OZI_TYPE(OZ_FLOAT64) };

/* One column, of one of these types, else INVALID. */
oz_status
ozi_input_open_one(ozi_input *input, oz_call *call, unsigned types, oz_error *error);

/* The rows of a STRING column. */
static inline const oz_view *
ozi_input_views(const ozi_input *input)
{
    return (const oz_view *)input->columns[0]->values + input->begin;
}

/* INVALID unless there are at most `maximum` arguments. */
oz_status
ozi_arguments_at_most(uint32_t count, uint32_t maximum, oz_error *error);

/* ---- results out ----------------------------------------------------------------------------- */

/*
 * Each takes what it is given, also on failure. `count` results stand for as many rows; none at all
 * makes it ozi_give_nothing. A FILTER gets their truth.
 */

/* Row `begin` is for the host; or OK when the call had no rows. */
oz_status
ozi_give_nothing(oz_call *call);

/* Values of oz_values_new. */
oz_status
ozi_give_values(oz_call *call, oz_type type, void **values, int64_t count);

/*
 * Views of oz_values_new, which point into what `source` keeps alive, or into `*text`. Either may
 * be NULL. The first function gives them, one a row; the second makes the column only.
 */
oz_status
ozi_give_views(oz_call *call, oz_view **views, int64_t count, const oz_column *source,
               oz_buffer **text);

oz_status
ozi_column_over(const oz_alloc *alloc, oz_view **views, int64_t count, const oz_column *source,
                oz_buffer *text, const oz_column **out);

/* Views that are not given after all; NULL is allowed. */
static inline void
ozi_views_free(oz_view **views)
{
    void *values = *views;
    *views = NULL;
    oz_values_free(&values);
}

/* The rows of `column` themselves. */
oz_status
ozi_give_rows(oz_call *call, const oz_column *column, int64_t count);

/* What Python's bool() says of rows of BOOL, INT64, FLOAT64, STRING or BYTES. */
void
ozi_truth_of(const oz_column *column, int64_t begin, int64_t count, uint8_t *truths);

/* Room for `count` truths: those of a FILTER, or new values; NULL when memory is out. */
uint8_t *
ozi_truths_new(oz_call *call, int64_t count);
/* Gives them. */
oz_status
ozi_give_truths(oz_call *call, uint8_t **truths, int64_t count);

#endif
