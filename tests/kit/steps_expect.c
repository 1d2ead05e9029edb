/* What a scenario expects: rows out, failures, counters. See steps.h. */
#include "kit/steps_internal.h"

#include <stdio.h>

static steps_collector *
find_collector(steps *s, const char *name)
{
    for (uint32_t i = 0; i < s->node_count; i++) {
        steps_collector *collector = s->names[i].collector;
        if (collector != NULL && (name == NULL || strcmp(s->names[i].text + 1, name) == 0)) {
            return collector;
        }
    }
    assert_true(s->is_over);
    return NULL;
}

static void
expect_text(steps *s, const char *what, char *actual, const char *expected)
{
    if (!s->is_lenient && !s->is_over && strcmp(actual, expected) != 0) {
        STEPS_SAY("%s: expected \"%s\", got \"%s\"", what, expected, actual);
    }
    actual[0] = '\0';
}

static void
expect_rows(steps *s, const char *name, const char *rows, bool sorted)
{
    steps_collector *collector = steps_is_ready(s) ? find_collector(s, name) : NULL;
    if (collector != NULL) {
        if (sorted) {
            steps_rows_sort(collector->rows);
        }
        expect_text(s, name == NULL ? "rows" : name, collector->rows, rows);
        ozi_text_init(&collector->text, collector->rows, STEPS_TEXT_MAX);
    }
}

void
steps_expect(steps *s, const char *rows)
{
    expect_rows(s, NULL, rows, false);
}

void
steps_expect_sorted(steps *s, const char *rows)
{
    expect_rows(s, NULL, rows, true);
}

void
steps_expect_on(steps *s, const char *collector, const char *rows)
{
    expect_rows(s, collector, rows, false);
}

const char *
steps_rows(steps *s, const char *collector)
{
    return steps_is_ready(s) ? find_collector(s, collector)->rows : "";
}

void
steps_expect_notes(steps *s, const char *rows)
{
    expect_text(s, "notes", s->notes, rows);
}

void
steps_show_times(steps *s)
{
    s->shows_times = true;
}

void
steps_show_watermarks(steps *s)
{
    s->shows_watermarks = true;
}

static void
expect_number(steps *s, const char *what, int64_t actual, int64_t expected)
{
    if (!s->is_lenient && !s->is_over && actual != expected) {
        STEPS_SAY("%s: expected %lld, got %lld", what, (long long)expected, (long long)actual);
    }
}

void
steps_expect_watermark(steps *s, const char *collector, int64_t time_ns)
{
    if (steps_is_ready(s)) {
        expect_number(s, "watermark", find_collector(s, collector)->watermark, time_ns);
    }
}

void
steps_expect_unwanted(steps *s, const char *source)
{
    if (steps_is_ready(s)) {
        const oz_context *node = steps_context(s, steps_node(s, source));
        expect_number(s, source, node->ended, true);
    }
}

void
steps_expect_ended(steps *s, const char *step, bool ended)
{
    if (steps_is_ready(s)) {
        expect_number(s, step, steps_context(s, steps_node(s, step))->ended, ended);
    }
}

void
steps_expect_counter(steps *s, const char *step, const char *counter, int64_t value)
{
    if (steps_is_ready(s)) {
        expect_number(s, counter, oz_instance_counter(s->instance, steps_node(s, step), counter),
                      value);
    }
}

void
steps_expect_state(steps *s, const char *step, const char *table, int64_t count)
{
    if (steps_is_ready(s)) {
        const oz_table *found = oz_instance_table(s->instance, steps_node(s, step), table);
        assert_non_null(found);
        expect_number(s, table, oz_table_count(found), count);
    }
}

static void
expect_words(steps *s, oz_error *error, const char *words)
{
    if (!s->is_lenient && strstr(error->text, words) == NULL) {
        STEPS_SAY("expected \"... %s ...\", got \"%s\"", words, error->text);
    }
    *error = (oz_error){.status = OZ_OK};
}

void
steps_expect_refused(steps *s, const char *words)
{
    (void)steps_is_ready(s);
    expect_words(s, &s->refusal, words);
}

void
steps_expect_failure(steps *s, const char *words)
{
    if (steps_is_ready(s)) {
        expect_words(s, &s->failure, words);
        oz_instance_forgive(s->instance);
        steps_drive(s);
    }
}

/* Room for so many rows; a collector that waits is told. */
static void
give_room(steps *s, const char *name, int64_t rows)
{
    steps_collector *collector = find_collector(s, name);
    uint32_t i = 0;
    while (s->names[i].collector != collector) {
        i++;
    }
    bool was_waiting = collector->room == 0;
    collector->room = rows;
    oz_context *node = steps_context(s, i);
    if (was_waiting && !node->ended && ozi_settle(node, UINT32_MAX, OZ_NEED) == OZ_FAILED) {
        steps_note_failure(s);
    }
    steps_drive(s);
}

void
steps_hold(steps *s, const char *collector, int64_t rows)
{
    if (steps_is_ready(s) && !steps_is_stopped(s)) {
        give_room(s, collector, rows);
    }
}

void
steps_let_go(steps *s, const char *collector)
{
    if (steps_is_ready(s) && !steps_is_stopped(s)) {
        give_room(s, collector, -1);
    }
}
