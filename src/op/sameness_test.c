/*
 * Sameness: random graphs give the same rows however rows are cut into batches, whatever form they
 * have, and whoever is held up meanwhile. The first run, row by row, says what is right.
 */
#include "kit/steps.h"

#include <stdio.h>

enum { GRAPHS = 60, STEPS_MAX = 7, COLLECTORS_MAX = 3, PUSHES = 4, TEXT_MAX = 1 << 14 };

static uint64_t graph_seed; /* the same in all runs of one graph */
static uint64_t hold_seed;  /* another one in each run */
static bool is_first_run;
static char expected[COLLECTORS_MAX][TEXT_MAX];

static uint32_t
draw_number(uint64_t *random, uint32_t below)
{
    *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*random >> 33) % below;
}

/* ---- a function that gives each row twice ---------------------------------------------------- */

static oz_status
call_twice(void *self, oz_call *call, oz_error *error)
{
    (void)self;
    (void)error;
    for (; call->end < call->stop; call->end++) {
        int32_t *count = &call->counts[call->end - call->begin];
        int given = 0;
        if (*call->resume != NULL) {
            text_object_class.release(*call->resume);
            *call->resume = NULL;
            given = 1;
        }
        for (; given < 2; given++) {
            if (call->count == call->room) {
                if (given == 1) {
                    *call->resume = text_object_new("the second one");
                }
                return OZ_OK;
            }
            oz_status status = oz_batch_row_object(call->batch, call->end, &text_object_class,
                                                   &call->objects[call->count]);
            if (status != OZ_OK) {
                return status;
            }
            call->count++;
            ++*count;
        }
    }
    return OZ_OK;
}

static oz_function twice = {.references = 1,
                            .name = "twice",
                            .call = call_twice,
                            .objects = &text_object_class};

/* ---- random graphs --------------------------------------------------------------------------- */

typedef struct drawing {
    char ports[3 * STEPS_MAX + 2][32]; /* what can be read */
    uint32_t port_count;
    uint64_t random;
} drawing;

static void
add_port(drawing *graph, const char *name)
{
    (void)snprintf(graph->ports[graph->port_count++], sizeof graph->ports[0], "%s", name);
}

static const char *
some_port(drawing *graph)
{
    return graph->ports[draw_number(&graph->random, graph->port_count)];
}

static void
draw_joining(steps *s, drawing *graph, const char *name)
{
    static const char *const OPS[] = {"union", "zip", "combine_latest"};
    char reads[128];
    uint32_t op = draw_number(&graph->random, 3);
    (void)snprintf(reads, sizeof reads, "%s %s%s%s", some_port(graph), some_port(graph),
                   op == 0 ? " " : "", op == 0 ? some_port(graph) : "");
    steps_step(s, name, reads, OPS[op], STEPS_END);
    add_port(graph, name);
}

static void
add_port_of(drawing *graph, const char *name, const char *port)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%.20s.%s", name, port);
    add_port(graph, text);
}

/* A step with a port for bad rows, which is read now and then. */
static void
draw_strict(steps *s, drawing *graph, const char *name, const char *op, oz_function *function)
{
    bool has_dead = draw_number(&graph->random, 3) == 0;
    steps_policy(s, has_dead ? OZ_POLICY_DEAD_LETTER : OZ_POLICY_SKIP);
    steps_step(s, name, some_port(graph), op, SETTING_FUNCTION("function", *function), STEPS_END);
    if (has_dead) {
        add_port_of(graph, name, "dead");
    }
}

static void
draw_step(steps *s, drawing *graph, const char *name)
{
    switch (draw_number(&graph->random, 11)) {
    case 0:
        draw_strict(s, graph, name, "branch", &is_odd);
        add_port_of(graph, name, "yes");
        add_port_of(graph, name, "no");
        return;
    case 1:
        draw_strict(s, graph, name, "map", &add_one);
        break;
    case 2:
        draw_strict(s, graph, name, "filter", &is_odd);
        break;
    case 3:
    case 4:
        draw_strict(s, graph, name, "flat_map", &twice);
        break;
    case 5:
        draw_strict(s, graph, name, "accumulate", &add);
        break;
    case 6:
        steps_step(s, name, some_port(graph), "slice", SETTING_INT("step", 2),
                   SETTING_INT("end", 4 + draw_number(&graph->random, 20)), STEPS_END);
        break;
    case 7:
        steps_step(s, name, some_port(graph), "partition", SETTING_INT("n", 2), STEPS_END);
        break;
    default:
        draw_joining(s, graph, name);
        return;
    }
    add_port(graph, name);
}

/* ---- the scenario ---------------------------------------------------------------------------- */

static void
hold_or_let_go(steps *s, char collectors[][32], uint32_t count)
{
    for (uint32_t i = 0; i < count && !is_first_run; i++) {
        switch (draw_number(&hold_seed, 3)) {
        case 0:
            steps_hold(s, collectors[i], 1 + draw_number(&hold_seed, 3));
            break;
        case 1:
            steps_let_go(s, collectors[i]);
            break;
        default:
            break;
        }
    }
}

static void
expect_or_remember(steps *s, const char *collector, char *text)
{
    if (is_first_run) {
        (void)snprintf(text, TEXT_MAX, "%s", steps_rows(s, collector));
    } else {
        steps_expect_on(s, collector, text);
    }
}

static void
push_some(steps *s, drawing *graph)
{
    char rows[64] = "";
    size_t size = 0;
    uint32_t count = draw_number(&graph->random, 5);
    for (uint32_t i = 0; i < count; i++) {
        size += (size_t)snprintf(rows + size, sizeof rows - size, "%u ",
                                 draw_number(&graph->random, 7));
    }
    steps_push(s, rows);
}

static void
scenario(steps *s)
{
    drawing graph = {.random = graph_seed};
    char collectors[COLLECTORS_MAX][32];
    uint32_t step_count = 2 + draw_number(&graph.random, STEPS_MAX - 1);
    uint32_t count = 1 + draw_number(&graph.random, COLLECTORS_MAX);
    steps_policy(s, OZ_POLICY_SKIP);
    steps_source(s, "in");
    add_port(&graph, "in");
    for (uint32_t i = 0; i < step_count; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "s%u", i);
        draw_step(s, &graph, name);
    }
    for (uint32_t i = 0; i < count; i++) {
        const char *port = graph.ports[graph.port_count - 1 - i];
        (void)snprintf(collectors[i], sizeof collectors[i], "%s", port);
        steps_collect(s, port);
    }
    for (uint32_t i = 0; i < PUSHES; i++) {
        hold_or_let_go(s, collectors, count);
        push_some(s, &graph);
    }
    hold_or_let_go(s, collectors, count);
    steps_end(s);
    for (uint32_t i = 0; i < count; i++) {
        steps_let_go(s, collectors[i]);
    }
    steps_end(s);
    for (uint32_t i = 0; i < count; i++) {
        expect_or_remember(s, collectors[i], expected[i]);
    }
    is_first_run = false;
}

static void
random_graphs_give_the_same_however_they_are_driven(void **state)
{
    (void)state;
    steps_case same = {.run = scenario};
    void *cases = &same;
    for (uint64_t seed = 1; seed <= GRAPHS; seed++) {
        graph_seed = hold_seed = seed;
        is_first_run = true;
        steps_note("graph %u", (unsigned)seed);
        steps_test(&cases);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_graphs_give_the_same_however_they_are_driven),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
