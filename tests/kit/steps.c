/* Running a scenario in all modes, and noting what goes wrong. See steps.h. */
#include "kit/steps_internal.h"

#include <stdio.h>
#include <stdlib.h>

steps *steps_now;
static char note_text[64];

void
steps_note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(note_text, sizeof note_text, format, arguments);
    va_end(arguments);
}

void
steps_say_where(const steps *s)
{
    print_error("%s:%d: %s [%s, allocation %d fails] ", s->file, s->line, note_text, s->mode->name,
                (int)s->counting.fail_at);
}

void
steps_at(steps *s, const char *file, int line)
{
    s->file = file;
    s->line = line;
}

bool
steps_is_alone(const steps *s)
{
    return s->mode->run_max == 1;
}

bool
steps_is_plain(const steps *s)
{
    return s->counting.fail_at == 0;
}

/* ---- what went wrong ------------------------------------------------------------------------- */

static bool
is_failing(const steps *s)
{
    return s->counting.fail_at > 0 && s->counting.calls >= s->counting.fail_at;
}

/* Notes a failure. One that comes from an allocation is expected, once it is as it should be. */
void
steps_note_error(steps *s, oz_error *place, const oz_error *error)
{
    if (is_failing(s) && error->status == OZ_NO_MEMORY) {
        assert_true(error->text[0] != '\0');
        s->is_lenient = true;
    } else if (!s->is_lenient) {
        *place = *error;
    }
}

void
steps_note_refusal(steps *s, const oz_error *error)
{
    steps_note_error(s, &s->refusal, error);
    s->is_over = true;
}

/* Nothing more is to be done: it failed, and nobody has asked for that yet. */
bool
steps_is_stopped(const steps *s)
{
    return s->is_over || s->failure.status != OZ_OK;
}

/* ---- running a scenario ---------------------------------------------------------------------- */

static const steps_mode MODES[] = {
    {.name = "pushed one by one", .run_max = 1},
    {.name = "pushed in one batch", .run_max = STEPS_ROWS_MAX},
    {.name = "pushed in random runs"},
    {.name = "objects pushed one by one", .run_max = 1, .as_objects = true},
    {.name = "objects pushed one by one to call_one",
     .run_max = 1,
     .as_objects = true,
     .call_one = true},
    {.name = "objects pushed in one batch", .run_max = STEPS_ROWS_MAX, .as_objects = true},
    {.name = "objects pushed in random runs", .as_objects = true},
    {.name = "polled one by one", .run_max = 1, .polled = true},
    {.name = "polled in one batch", .run_max = STEPS_ROWS_MAX, .polled = true},
    {.name = "objects polled in random runs", .as_objects = true, .polled = true},
};
/* Those in which allocations fail, too. */
static const uint32_t FAILING_MODES[] = {1, 4};

static void
free_names(steps *s)
{
    for (uint32_t i = 0; i < s->node_count; i++) {
        if (s->names[i].input != NULL) {
            free(s->names[i].input->rows);
            free(s->names[i].input);
        }
        if (s->names[i].collector != NULL) {
            free(s->names[i].collector->rows);
            free(s->names[i].collector);
        }
    }
}

/* Nobody asked for it. */
static void
check_errors(steps *s)
{
    const char *text = s->refusal.status != OZ_OK ? s->refusal.text : s->failure.text;
    if (s->refusal.status != OZ_OK || s->failure.status != OZ_OK) {
        STEPS_SAY("it failed: %s", text);
    }
}

/* Runs the scenario once; true when the allocation that was to fail was asked for. */
static bool
run_once(const steps_case *scenario, const steps_mode *mode, uint64_t fail_at)
{
    steps *s = calloc(1, sizeof *s);
    assert_non_null(s);
    *s = (steps){.mode = mode, .random = fail_at, .file = "?"};
    ozi_alloc_counting_init(&s->counting, oz_alloc_default());
    s->counting.fail_at = fail_at;
    s->sim = sim_io_new(STEPS_SEED);
    steps_now = s;
    steps_functions_call_one(mode->call_one);
    s->graph = oz_graph_new(&s->counting.alloc, &text_object_class);
    s->is_over = s->is_lenient = s->graph == NULL;
    int64_t objects = text_object_live;
    scenario->run(s);
    check_errors(s);
    oz_instance_free(&s->instance);
    oz_graph_free(&s->graph);
    if (s->counting.live_count != 0 || text_object_live != objects) {
        STEPS_SAY("%zu allocations and %lld objects leaked", s->counting.live_count,
                  (long long)(text_object_live - objects));
    }
    assert_int_equal(sim_io_open_handles(s->sim), 0);
    bool was_reached = s->counting.calls >= fail_at;
    sim_io_free(s->sim);
    free_names(s);
    free(s);
    return was_reached;
}

void
steps_test(void **state)
{
    const steps_case *scenario = *state;
    for (size_t i = 0; i < sizeof MODES / sizeof *MODES; i++) {
        (void)run_once(scenario, &MODES[i], 0);
    }
    for (size_t i = 0; i < sizeof FAILING_MODES / sizeof *FAILING_MODES; i++) {
        uint64_t n = 1;
        while (scenario->fails_allocations && run_once(scenario, &MODES[FAILING_MODES[i]], n)) {
            n++;
        }
    }
}
