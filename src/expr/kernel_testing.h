/*
 * For tests only: runs a kernel over rows as a step does, and writes down what comes of it. Include
 * it after cmocka.h.
 *
 *     assert_map("str.lower", lines("One\nZwei\ndre\xc3\xad"), NOTHING, "'one'\n'zwei'\nhost\n");
 *
 * Results stand one a line as Python's repr() writes them, "host" for a row that the kernel leaves
 * to the host language; "INVALID" when it takes nothing. Columns are taken.
 */
#ifndef OUZEL_EXPR_KERNEL_TESTING_H
#define OUZEL_EXPR_KERNEL_TESTING_H

#include "base/utf8.h"
#include "batch/batch_testing.h"
#include "ouzel/function.h"

enum { TEST_ROWS_MAX = 4096, TEST_TEXT_MAX = 1 << 16 };

#define NOTHING NULL, 0 /* no arguments */

/* The lines of a text as rows of one buffer, with the line ends between them. */
static inline oz_status
test_lines(const oz_alloc *alloc, const char *text, const oz_column **out)
{
    size_t size = strlen(text);
    oz_buffer *buffer = oz_buffer_new(alloc, size);
    oz_builder *builder = buffer == NULL ? NULL : oz_builder_new(alloc, OZ_STRING, NULL);
    oz_status status = builder == NULL ? OZ_NO_MEMORY : oz_builder_pin(builder, buffer);
    if (status == OZ_OK) {
        memcpy(oz_buffer_data(buffer), text, size);
    }
    for (size_t begin = 0; begin <= size && status == OZ_OK;) {
        size_t length = strcspn(text + begin, "\n");
        bool ascii = ozi_utf8_ascii_prefix(text + begin, length) == length;
        oz_view row = {oz_buffer_data(buffer) + begin, (uint32_t)length, ascii ? OZ_VIEW_ASCII : 0};
        status = oz_builder_append_view(builder, row);
        begin += length + 1;
    }
    status = status != OZ_OK ? status : oz_builder_finish(builder, out);
    oz_builder_free(&builder);
    oz_buffer_release(&buffer);
    return status;
}

static inline const oz_column *
lines(const char *text)
{
    const oz_column *column = NULL;
    assert_ok(test_lines(oz_alloc_default(), text, &column));
    return column;
}

static inline const oz_column *
column_of(oz_type type, const oz_scalar *values, size_t count)
{
    const oz_column *column = NULL;
    assert_ok(test_column(oz_alloc_default(), type, values, count, &column));
    return column;
}

/* ---- runs ------------------------------------------------------------------------------------ */

/* What of a call stands still. */
typedef struct test_run {
    oz_call_kind kind;
    const char *name;
    const oz_scalar *arguments;
    size_t argument_count;
    const oz_batch *batch;
    const oz_alloc *alloc;
} test_run;

/* One piece a line would be hard to read: a row of pieces is a line. */
static inline void
test_print_pieces(const oz_call *call, const int32_t *counts, ozi_text *text)
{
    int64_t piece = 0;
    for (int64_t row = 0; row < call->end - call->begin; row++) {
        for (int32_t i = 0; i < counts[row]; i++) {
            ozi_text_string(text, i == 0 ? "" : " ");
            ozi_column_print_value(call->column, piece++, text);
        }
        ozi_text_char(text, '\n');
    }
    assert_int_equal(piece, call->column->length);
    assert_int_equal(piece, call->count);
}

static inline void
test_print(const oz_call *call, const int32_t *counts, ozi_text *text)
{
    if (call->kind == OZ_CALL_EXPAND) {
        test_print_pieces(call, counts, text);
        return;
    }
    assert_int_equal(call->count, call->end - call->begin);
    for (int64_t row = 0; row < call->count; row++) {
        if (call->kind == OZ_CALL_FILTER) {
            ozi_text_string(text, call->truths[row] ? "True" : "False");
        } else {
            ozi_column_print_value(call->column, row, text);
        }
        ozi_text_char(text, '\n');
    }
}

static inline oz_status
test_run_all(const test_run *run, ozi_text *text)
{
    static uint8_t truths[TEST_ROWS_MAX];
    static int32_t counts[TEST_ROWS_MAX];
    oz_error error;
    oz_type type = run->batch->columns[0]->type;
    const oz_kernel *kernel = oz_kernel_find(run->name, run->kind, type);
    assert_non_null(kernel);
    for (int64_t row = 0; row < run->batch->row_count;) {
        memset(counts, 0, sizeof counts);
        oz_call call = {.kind = run->kind,
                        .batch = run->batch,
                        .begin = row,
                        .stop = run->batch->row_count,
                        .truths = truths,
                        .counts = counts,
                        .alloc = run->alloc};
        oz_status status =
            kernel->run(run->arguments, (uint32_t)run->argument_count, &call, &error);
        if (status == OZ_NO_MEMORY || status == OZ_INVALID) {
            assert_null(call.column);
            return status;
        }
        if (status == OZ_UNSUPPORTED) {
            ozi_text_string(text, "host\n");
            row++;
        } else {
            assert_int_equal(status, OZ_OK);
            assert_true(call.end > row);
            test_print(&call, counts, text);
            row = call.end;
        }
        oz_column_release(&call.column);
    }
    return OZ_OK;
}

static inline void
assert_run_at(oz_call_kind kind, const char *name, const oz_column **columns, uint32_t count,
              const oz_scalar *arguments, size_t argument_count, const char *expected,
              const char *file, int line)
{
    static char room[TEST_TEXT_MAX];
    const oz_batch *batch = NULL;
    ozi_text text;
    ozi_text_init(&text, room, sizeof room);
    assert_ok(oz_batch_new(oz_alloc_default(), columns, NULL, count, NULL, &batch));
    test_run run = {kind, name, arguments, argument_count, batch, oz_alloc_default()};
    if (test_run_all(&run, &text) == OZ_INVALID) {
        ozi_text_string(&text, "INVALID");
    }
    oz_batch_release(&batch);
    _assert_string_equal(room, expected, file, line);
}

static inline void
assert_one_at(oz_call_kind kind, const char *name, const oz_column *column,
              const oz_scalar *arguments, size_t argument_count, const char *expected,
              const char *file, int line)
{
    assert_run_at(kind, name, &column, 1, arguments, argument_count, expected, file, line);
}

/* (name, column, arguments, expected) */
#define assert_map(name, column, ...)                                                              \
    assert_one_at(OZ_CALL_MAP, name, column, __VA_ARGS__, __FILE__, __LINE__)
#define assert_filter(name, column, ...)                                                           \
    assert_one_at(OZ_CALL_FILTER, name, column, __VA_ARGS__, __FILE__, __LINE__)
#define assert_expand(name, column, ...)                                                           \
    assert_one_at(OZ_CALL_EXPAND, name, column, __VA_ARGS__, __FILE__, __LINE__)
/* (name, first column, second column, arguments, expected) */
#define assert_starmap(name, first, second, ...)                                                   \
    assert_run_at(OZ_CALL_MAP, name, (const oz_column *[]){(first), (second)}, 2, __VA_ARGS__,     \
                  __FILE__, __LINE__)

#endif
