/*
 * A harness for operators: a step, or a small graph, at work in the real engine on a simulated
 * clock. Rows go in and come out as text.
 *
 *     static void
 *     adds_one_to_each_row(steps *s)
 *     {
 *         steps_of(s, "map", SETTING_FUNCTION("function", add_one), STEPS_END);
 *         steps_push(s, "1 2 3");
 *         steps_expect(s, "2 3 4");
 *     }
 *
 *     int
 *     main(void)
 *     {
 *         const struct CMUnitTest tests[] = {STEPS_TEST(adds_one_to_each_row)};
 *         return cmocka_run_group_tests(tests, NULL, NULL);
 *     }
 *
 * The scenario is run again and again and must give the same each time: with each row alone, all
 * rows of a push in one batch, and random runs of them; as native columns and as objects; pushed,
 * and polled from a source. Then with the first allocation failing, the second, and so on until
 * none fails: what the engine does not report must be right, and nothing may leak or crash.
 *
 * Rows, as they go in and come out, with blanks between them:
 *
 *     1  -2  1.5  'text'  True  None      native values
 *     (1, 'a')                            several columns, or a tuple
 *     [1]  2^70  other                    objects (see text_object.h)
 *     'k':1                               the row 1 with the key 'k'
 */
#ifndef OUZEL_KIT_STEPS_H
#define OUZEL_KIT_STEPS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ouzel/engine.h"
#include "text_object.h"

typedef struct steps steps;
typedef void (*steps_scenario)(steps *s);

typedef struct steps_case {
    steps_scenario run;
    bool fails_allocations; /* also with the n-th allocation failing */
} steps_case;

void
steps_test(void **state);
/* What a message says first: for a test that runs many scenarios, which one it is. */
void
steps_note(const char *format, ...) OZ_PRINTF(1, 2);
/* A line of a CMUnitTest table. */
#define STEPS_TEST(scenario)                                                                       \
    {                                                                                              \
#scenario, steps_test, NULL, NULL, &(steps_case)                                           \
        {                                                                                          \
            scenario, true                                                                         \
        }                                                                                          \
    }
/* The same without failing allocations: for a scenario that counts on things outside of it. */
#define STEPS_TEST_PLAIN(scenario)                                                                 \
    {                                                                                              \
#scenario, steps_test, NULL, NULL, &(steps_case)                                           \
        {                                                                                          \
            scenario, false                                                                        \
        }                                                                                          \
    }

/* ---- drawing; all of it before the first row ------------------------------------------------- */

#define SETTING(name_, kind_, member_, value_)                                                     \
    ((oz_setting){.name = (name_), .value = {.kind = (kind_), .as.member_ = (value_)}})
#define SETTING_FUNCTION(name_, function_) ((oz_setting){.name = (name_), .function = &(function_)})
#define SETTING_INT(name, number) SETTING(name, OZ_SCALAR_INT64, int64, number)
#define SETTING_BOOL(name, truth) SETTING(name, OZ_SCALAR_BOOL, boolean, truth)
#define SETTING_SECONDS(name, seconds) SETTING(name, OZ_SCALAR_FLOAT64, float64, seconds)
#define SETTING_TEXT(name_, text_)                                                                 \
    ((oz_setting){                                                                                 \
        .name = (name_),                                                                           \
        .value = {.kind = OZ_SCALAR_STRING, .size = (uint32_t)strlen(text_), .as.data = (text_)}})
#define STEPS_END ((oz_setting){.name = NULL})

/*
 * Draws one step between a source "in" and a collector on each of its outputs, which has the name
 * of the port ("dead" only under the policy DEAD_LETTER). The step is called as its operator.
 */
void
steps_of(steps *s, const char *op, ...);

/* A larger graph, in the order of reading: where rows come in, */
void
steps_source(steps *s, const char *name);
/* steps that read others ("a", or "a b", or "a.no" for a port other than the first), */
void
steps_step(steps *s, const char *name, const char *reads, const char *op, ...);
void
steps_step_of(steps *s, const char *name, const char *reads, const oz_operator *op, ...);
/* a loop, closed through a step "feedback" (which is drawn with reads ""), */
void
steps_feed_back(steps *s, const char *from, const char *to);
/* and collectors, which are called as what they read: "a", "a.no". */
void
steps_collect(steps *s, const char *reads);
/* Of the steps that are drawn next; FAIL at first. */
void
steps_policy(steps *s, oz_policy policy);
/* The graph is refused, with these words in the message. */
void
steps_expect_refused(steps *s, const char *words);

/* ---- rows in, time on ------------------------------------------------------------------------ */

/* Into the first source, or the named one. What there is no room for waits for its turn. */
void
steps_push(steps *s, const char *rows);
void
steps_push_to(steps *s, const char *source, const char *rows);
/* No row with an event time before that follows from the source. */
void
steps_watermark(steps *s, const char *source, int64_t time_ns);
/* All sources end, and so must the graph; or one of them. */
void
steps_end(steps *s);
void
steps_end_of(steps *s, const char *source);
void
steps_flush(steps *s);
/* Moves the clock; timers fire each at their time. */
void
steps_advance_ms(steps *s, int64_t ms);

/* ---- rows out -------------------------------------------------------------------------------- */

/* What the first collector, or the named one, got since the last time it was asked. */
void
steps_expect(steps *s, const char *rows);
void
steps_expect_on(steps *s, const char *collector, const char *rows);
/* The same for rows that may come in any order: they are sorted as texts. */
void
steps_expect_sorted(steps *s, const char *rows);
/* The same rows, to look at; valid until they are asked for. */
const char *
steps_rows(steps *s, const char *collector);
/* From now on rows come with the milliseconds since the start: "1@500". */
void
steps_show_times(steps *s);
/* From now on watermarks come among the rows: "<7>". */
void
steps_show_watermarks(steps *s);
/* A watermark that reached the collector; INT64_MIN: none did. */
void
steps_expect_watermark(steps *s, const char *collector, int64_t time_ns);
/* The collector answers WAIT after `rows` more rows, until it is let go. */
void
steps_hold(steps *s, const char *collector, int64_t rows);
void
steps_let_go(steps *s, const char *collector);
/* The instance failed with these words in the message; it is forgiven and goes on. */
void
steps_expect_failure(steps *s, const char *words);
/* Nobody wants any more from the source. */
void
steps_expect_unwanted(steps *s, const char *source);
/* The step, or collector, has ended or is still open. */
void
steps_expect_ended(steps *s, const char *step, bool ended);
/* A counter of the step; "bad_records". */
void
steps_expect_counter(steps *s, const char *step, const char *counter, int64_t value);
/* Rows in all tables of the step of that kind of state; e.g. 0 after a flush. */
void
steps_expect_state(steps *s, const char *step, const char *table, int64_t count);
/* What the function `note` was called with since the last time. */
void
steps_expect_notes(steps *s, const char *rows);

/* Ends a source from inside a step. */
void
steps_end_inside(const char *source);

/* True when the rows of a push come one by one: where results may depend on it. */
bool
steps_is_alone(const steps *s);
/* True when no allocation fails: where a test looks at answers itself. */
bool
steps_is_plain(const steps *s);
/* The engine under it, made by now; NULL when an allocation failed before it was. */
oz_instance *
steps_instance(steps *s);
uint32_t
steps_node(const steps *s, const char *name);

/* ---- functions of a user (steps_functions.c) ------------------------------------------------- */

extern oz_function add_one;   /* 1 -> 2; anything but a whole number is bad */
extern oz_function is_odd;    /* 1 -> True; anything but a whole number is bad */
extern oz_function fail_on_3; /* the row itself, or True as a filter; 3 is bad */
extern oz_function length;    /* 'abc' -> 3 */
extern oz_function letter;    /* 'abc' -> 'a' */
extern oz_function parity;    /* 3 -> 1 */
extern oz_function as_list;   /* 3 -> [3], which is not hashable */
extern oz_function add_items; /* (1, 2) -> 3 */
extern oz_function note;      /* the row itself, and notes it: steps_expect_notes */
extern oz_function push_next; /* the row itself, and pushes the row + 1 from inside, up to 3 */
extern oz_function words;     /* flat_map: 'a b' -> 'a' 'b' */
extern oz_function up_to;     /* flat_map: 3 -> 1 2 3 */
extern oz_function up_to_bad; /* the same, but fails after the last one when the row is 3 */
extern oz_function add;       /* fold: state + row; 3 is bad */
extern oz_function add_slow;  /* the same, and each result travels before the next call */
extern oz_function add_twice; /* scan: state + row, and as the result twice of it; 3 is bad */
extern oz_function remember;  /* update: appends the row to a list; gives how many there are */

/* ---- where the test stands, for messages ----------------------------------------------------- */

void
steps_at(steps *s, const char *file, int line);

#ifndef STEPS_INTERNAL
#define STEPS_AT(s, call) (steps_at((s), __FILE__, __LINE__), call)
#define steps_push(s, ...) STEPS_AT(s, steps_push(s, __VA_ARGS__))
#define steps_push_to(s, ...) STEPS_AT(s, steps_push_to(s, __VA_ARGS__))
#define steps_watermark(s, ...) STEPS_AT(s, steps_watermark(s, __VA_ARGS__))
#define steps_end(s) STEPS_AT(s, steps_end(s))
#define steps_end_of(s, ...) STEPS_AT(s, steps_end_of(s, __VA_ARGS__))
#define steps_flush(s) STEPS_AT(s, steps_flush(s))
#define steps_advance_ms(s, ...) STEPS_AT(s, steps_advance_ms(s, __VA_ARGS__))
#define steps_expect(s, ...) STEPS_AT(s, steps_expect(s, __VA_ARGS__))
#define steps_expect_on(s, ...) STEPS_AT(s, steps_expect_on(s, __VA_ARGS__))
#define steps_expect_sorted(s, ...) STEPS_AT(s, steps_expect_sorted(s, __VA_ARGS__))
#define steps_expect_watermark(s, ...) STEPS_AT(s, steps_expect_watermark(s, __VA_ARGS__))
#define steps_let_go(s, ...) STEPS_AT(s, steps_let_go(s, __VA_ARGS__))
#define steps_expect_failure(s, ...) STEPS_AT(s, steps_expect_failure(s, __VA_ARGS__))
#define steps_expect_refused(s, ...) STEPS_AT(s, steps_expect_refused(s, __VA_ARGS__))
#define steps_expect_unwanted(s, ...) STEPS_AT(s, steps_expect_unwanted(s, __VA_ARGS__))
#define steps_expect_ended(s, ...) STEPS_AT(s, steps_expect_ended(s, __VA_ARGS__))
#define steps_expect_counter(s, ...) STEPS_AT(s, steps_expect_counter(s, __VA_ARGS__))
#define steps_expect_state(s, ...) STEPS_AT(s, steps_expect_state(s, __VA_ARGS__))
#define steps_expect_notes(s, ...) STEPS_AT(s, steps_expect_notes(s, __VA_ARGS__))
#endif

#endif
