/*
 * For tests only: columns out of a list of values, and what a column or batch prints. Include it
 * after cmocka.h.
 *
 *     const oz_column *column = NULL;
 *     assert_ok(test_column(alloc, OZ_INT64, LIST_OF(T_INT(1), T_NULL), &column));
 *     assert_column(column, "1\nNone\n");
 */
#ifndef OUZEL_BATCH_BATCH_TESTING_H
#define OUZEL_BATCH_BATCH_TESTING_H

#include "base/alloc_testing.h"
#include "batch/print.h"
#include "ouzel/batch.h"
#include "text_object.h"

#define T_NULL ((oz_scalar){.kind = OZ_SCALAR_NULL})
#define T_BOOL(value) ((oz_scalar){.kind = OZ_SCALAR_BOOL, .as.boolean = (value)})
#define T_INT(value) ((oz_scalar){.kind = OZ_SCALAR_INT64, .as.int64 = (value)})
#define T_FLOAT(value) ((oz_scalar){.kind = OZ_SCALAR_FLOAT64, .as.float64 = (value)})
#define T_TIME(value) ((oz_scalar){.kind = OZ_SCALAR_TIME, .as.int64 = (value)})
#define T_TEXT(string)                                                                             \
    ((oz_scalar){.kind = OZ_SCALAR_STRING, .size = sizeof(string) - 1, .as.data = (string)})
#define T_BYTES(string)                                                                            \
    ((oz_scalar){.kind = OZ_SCALAR_BYTES, .size = sizeof(string) - 1, .as.data = (string)})
/* test_column makes an opaque object of the text. */
#define T_OBJECT(string) ((oz_scalar){.kind = OZ_SCALAR_OBJECT, .as.data = (string)})

#define LIST_OF(...)                                                                               \
    (const oz_scalar[]){__VA_ARGS__}, sizeof((const oz_scalar[]){__VA_ARGS__}) / sizeof(oz_scalar)

#define assert_ok(expression) assert_int_equal((expression), OZ_OK)
#define assert_column(column, text) assert_column_at((column), (text), __FILE__, __LINE__)
#define assert_batch(batch, text) assert_batch_at((batch), (text), __FILE__, __LINE__)

static inline oz_status
test_append(oz_builder *builder, const oz_scalar *value)
{
    if (value->kind != OZ_SCALAR_OBJECT) {
        return oz_builder_append(builder, value);
    }
    oz_object object = text_object_new(value->as.data);
    return oz_builder_append_object(builder, &object);
}

/* A column of `type` (ANY: by the values) in one go. */
static inline oz_status
test_column(const oz_alloc *alloc, oz_type type, const oz_scalar *values, size_t count,
            const oz_column **out)
{
    oz_builder *builder = oz_builder_new(alloc, type, &text_object_class);
    if (builder == NULL) {
        return OZ_NO_MEMORY;
    }
    oz_status status = OZ_OK;
    for (size_t i = 0; i < count && status == OZ_OK; i++) {
        status = test_append(builder, &values[i]);
    }
    if (status == OZ_OK) {
        status = oz_builder_finish(builder, out);
    }
    oz_builder_free(&builder);
    return status;
}

/* A batch of one column without a name, which is taken. */
static inline oz_status
test_batch(const oz_column **column, const oz_batch **out)
{
    return oz_batch_new((*column)->alloc, column, NULL, 1, NULL, out);
}

static inline void
assert_batch_at(const oz_batch *batch, const char *text, const char *file, int line)
{
    char printed[4096];
    assert_in_range(ozi_batch_print(batch, printed, sizeof(printed)), 0, sizeof(printed) - 1);
    _assert_string_equal(printed, text, file, line);
}

static inline void
assert_column_at(const oz_column *column, const char *text, const char *file, int line)
{
    const oz_batch batch = {.column_count = 1, .row_count = column->length, .columns = &column};
    assert_batch_at(&batch, text, file, line);
}

/* Runs the scenario with each allocation failing; no object may be left. */
static inline void
assert_survives(oz_status (*scenario)(const oz_alloc *alloc))
{
    (void)ozi_alloc_fail_each(scenario);
    assert_int_equal(text_object_live, 0);
}

#endif
