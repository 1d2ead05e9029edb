/*
 * What is true of every source that can be read again: its test calls source_suite with a function
 * that makes the source, with one partition, at a position.
 *
 *   read k rows, take the position, open a new one there: the rest is the same, for every k
 *   poll emits at most the rows that it was asked for
 *   poll stops when oz_emit does not answer NEED, loses nothing, and says so
 */
#ifndef OUZEL_TESTS_SOURCE_SUITE_H
#define OUZEL_TESTS_SOURCE_SUITE_H

#include "conformance/fake_engine.h"

typedef oz_context *(*source_suite_make)(fake_engine *engine, int64_t position);

static inline char *
suite_all_rows(source_suite_make make, int64_t position, int64_t rows)
{
    fake_engine engine;
    fake_engine_init(&engine, oz_io_system());
    oz_context *node = make(&engine, position);
    assert_int_equal(fake_drain(node, rows), OZ_DONE);
    size_t size = strlen(fake_rows(node)) + 1;
    char *copy = malloc(size);
    assert_non_null(copy);
    memcpy(copy, fake_rows(node), size);
    fake_engine_free(&engine);
    return copy;
}

static inline void
suite_batch_sizes(source_suite_make make, const char *whole)
{
    for (int64_t rows = 1; rows < 20; rows++) {
        char *same = suite_all_rows(make, -1, rows);
        assert_string_equal(same, whole);
        free(same);
    }
}

/* Reads k rows, one at a time; false when there are not so many. */
static inline bool
suite_restart_after(source_suite_make make, const char *whole, int64_t k)
{
    fake_engine engine;
    fake_engine_init(&engine, oz_io_system());
    oz_context *node = make(&engine, -1);
    oz_step step = OZ_MORE;
    while (node->row_count < k && step != OZ_DONE) {
        int64_t before = node->row_count;
        step = fake_poll(node, 1);
        assert_in_range(node->row_count - before, 0, 1);
    }
    bool enough = node->row_count == k;
    char *rest = suite_all_rows(make, node->op->source->position(node->state, 0), 7);
    assert_memory_equal(whole, fake_rows(node), strlen(fake_rows(node)));
    assert_string_equal(whole + strlen(fake_rows(node)), rest);
    free(rest);
    fake_engine_free(&engine);
    return enough;
}

static inline void
suite_stops_when_told(source_suite_make make, const char *whole)
{
    static const oz_step answers[][2] = {{OZ_MORE, OZ_MORE},
                                         {OZ_WAIT, OZ_MORE},
                                         {OZ_DONE, OZ_DONE},
                                         {OZ_FAILED, OZ_FAILED}};
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        fake_engine engine;
        fake_engine_init(&engine, oz_io_system());
        oz_context *node = make(&engine, -1);
        node->answer = answers[i][0];
        node->answer_after = 1;
        assert_int_equal(fake_poll(node, 1), answers[i][1]);
        assert_int_equal(node->batches, 1);
        assert_int_equal(node->row_count, 1);
        if (answers[i][1] == OZ_MORE) {
            assert_int_equal(fake_drain(node, 5), OZ_DONE);
            assert_string_equal(fake_rows(node), whole);
        }
        fake_engine_free(&engine);
    }
}

/* The source must have at least two rows. */
static inline void
source_suite(source_suite_make make)
{
    char *whole = suite_all_rows(make, -1, 1000);
    suite_batch_sizes(make, whole);
    suite_stops_when_told(make, whole);
    int64_t k = 0;
    while (suite_restart_after(make, whole, k)) {
        k++;
    }
    assert_true(k > 2);
    free(whole);
}

#endif
