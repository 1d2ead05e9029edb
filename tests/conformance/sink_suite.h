/*
 * What is true of every sink of bytes: its test calls sink_suite with a function that makes the
 * sink, framed as lines, and one that says what it wrote once the input has ended.
 *
 *   the bytes do not depend on how rows were batched
 *   STRING, BYTES and objects that are text or bytes are written; anything else is a bad record,
 *   which leaves the rows around it in place
 */
#ifndef OUZEL_TESTS_SINK_SUITE_H
#define OUZEL_TESTS_SINK_SUITE_H

#include "conformance/fake_engine.h"

typedef oz_context *(*sink_suite_make)(fake_engine *engine);
/* Ends the input, closes the node and returns the bytes that were written, to be freed. */
typedef char *(*sink_suite_take)(oz_context *node);

/* Objects of this class are C strings; "int", "object" and "surrogate" are what they say. */
static inline void
suite_unbox(oz_object object, oz_scalar *out)
{
    const char *text = object;
    if (strcmp(text, "int") == 0) {
        *out = (oz_scalar){.kind = OZ_SCALAR_INT64, .as.int64 = 7};
    } else if (strcmp(text, "object") == 0) {
        *out = (oz_scalar){.kind = OZ_SCALAR_OBJECT, .as.object = object};
    } else if (strcmp(text, "surrogate") == 0) {
        *out = (oz_scalar){.kind = OZ_SCALAR_STRING, .size = 3, .as.data = "\xED\xA0\x80"};
    } else {
        *out =
            (oz_scalar){.kind = OZ_SCALAR_STRING, .size = (uint32_t)strlen(text), .as.data = text};
    }
}

static const oz_object_class suite_objects = {.name = "texts", .unbox = suite_unbox};

/* A batch on the stack over `values`, rows [begin, end). */
static inline oz_step
suite_deliver(oz_context *sink, oz_type type, const void *values, size_t width, int64_t begin,
              int64_t end)
{
    const oz_alloc *alloc = &sink->engine->counting.alloc;
    oz_column column = {.type = type,
                        .length = end - begin,
                        .values = (const char *)values + (size_t)begin * width,
                        .objects = type == OZ_OBJECT ? &suite_objects : NULL,
                        .alloc = alloc};
    const oz_column *columns[1] = {&column};
    oz_batch batch = {.column_count = 1,
                      .row_count = end - begin,
                      .columns = columns,
                      .alloc = alloc};
    return fake_deliver(sink, &batch);
}

static inline void
suite_text_batches(sink_suite_make make, sink_suite_take take, oz_type type)
{
    enum { ROWS = 9 };
    static const char *const texts[ROWS] = {"the",  "cat",      "", "sat on the mat, again",
                                            "a\tb", "\xC3\xA9", "", "x",
                                            "end"};
    oz_view views[ROWS];
    char expected[128] = "";
    for (int i = 0; i < ROWS; i++) {
        views[i] = (oz_view){texts[i], (uint32_t)strlen(texts[i]), 0};
        (void)snprintf(expected + strlen(expected), sizeof expected - strlen(expected), "%s\n",
                       texts[i]);
    }
    for (int64_t rows = 1; rows <= ROWS; rows += 4) {
        fake_engine engine;
        fake_engine_init(&engine, oz_io_system());
        oz_context *sink = make(&engine);
        for (int64_t row = 0; row < ROWS; row += rows) {
            int64_t end = row + rows < ROWS ? row + rows : ROWS;
            assert_int_equal(suite_deliver(sink, type, views, sizeof views[0], row, end), OZ_NEED);
        }
        char *written = take(sink);
        assert_string_equal(written, expected);
        free(written);
        fake_engine_free(&engine);
    }
}

static inline void
suite_bad_objects(sink_suite_make make, sink_suite_take take)
{
    static const char *const objects[] = {"the", "int", "cat", "object", "surrogate", "sat"};
    fake_engine engine;
    fake_engine_init(&engine, oz_io_system());
    oz_context *sink = make(&engine);
    sink->policy = OZ_POLICY_SKIP;
    assert_int_equal(suite_deliver(sink, OZ_OBJECT, objects, sizeof objects[0], 0, 6), OZ_NEED);
    assert_int_equal(sink->bad_records, 3);
    assert_string_equal(sink->last_bad, "text with a lone surrogate cannot be written as UTF-8");
    sink->policy = OZ_POLICY_FAIL;
    assert_int_equal(suite_deliver(sink, OZ_OBJECT, objects, sizeof objects[0], 0, 6), OZ_FAILED);
    assert_int_equal(sink->bad_records, 4);
    assert_non_null(strstr(sink->last_bad, "an int cannot be written"));
    char *written = take(sink);
    assert_string_equal(written, "the\ncat\nsat\nthe\n");
    free(written);
    fake_engine_free(&engine);
}

static inline void
suite_bad_columns(sink_suite_make make, sink_suite_take take)
{
    static const int64_t numbers[] = {1, 2};
    static const oz_view views[] = {{"a", 1, 0}, {NULL, 0, 0}, {"c", 1, 0}};
    static const uint8_t validity[] = {5};
    fake_engine engine;
    fake_engine_init(&engine, oz_io_system());
    oz_context *sink = make(&engine);
    const oz_alloc *alloc = &engine.counting.alloc;
    oz_column text = {
        .type = OZ_STRING, .length = 3, .values = views, .validity = validity, .alloc = alloc};
    const oz_column *columns[2] = {&text, &text};
    oz_batch batch = {.column_count = 1, .row_count = 3, .columns = columns, .alloc = alloc};
    sink->policy = OZ_POLICY_SKIP;
    assert_int_equal(suite_deliver(sink, OZ_INT64, numbers, 8, 0, 2), OZ_NEED);
    assert_int_equal(sink->bad_records, 2);
    assert_int_equal(fake_deliver(sink, &batch), OZ_NEED);
    assert_int_equal(sink->bad_records, 3);
    batch.column_count = 2;
    assert_int_equal(fake_deliver(sink, &batch), OZ_NEED);
    assert_int_equal(sink->bad_records, 6);
    assert_non_null(strstr(sink->last_bad, "a row of 2 values cannot be written"));
    char *written = take(sink);
    assert_string_equal(written, "a\nc\n");
    free(written);
    fake_engine_free(&engine);
}

static inline void
sink_suite(sink_suite_make make, sink_suite_take take)
{
    suite_text_batches(make, take, OZ_STRING);
    suite_text_batches(make, take, OZ_BYTES);
    suite_bad_objects(make, take);
    suite_bad_columns(make, take);
}

#endif
