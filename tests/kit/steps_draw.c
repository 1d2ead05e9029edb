/* Drawing the graph of a scenario, and what is refused. See steps.h. */
#include "kit/steps_internal.h"

#include <stdio.h>
#include <stdlib.h>

/* The index of the node with the first `size` bytes of `name` as its name. */
static uint32_t
find_name(const steps *s, const char *name, size_t size)
{
    for (uint32_t i = 0; i < s->node_count; i++) {
        if (strlen(s->names[i].text) == size && memcmp(s->names[i].text, name, size) == 0) {
            return i;
        }
    }
    fail_msg("no step is called '%.*s'", (int)size, name);
    return 0;
}

uint32_t
steps_node(const steps *s, const char *name)
{
    return find_name(s, name, strlen(name));
}

static uint32_t
find_port(const oz_operator *op, const char *name, size_t size)
{
    for (uint32_t i = 0; op->outputs != NULL && op->outputs[i].name != NULL; i++) {
        if (strlen(op->outputs[i].name) == size && memcmp(op->outputs[i].name, name, size) == 0) {
            return i;
        }
    }
    fail_msg("%s has no port '%.*s'", op->name, (int)size, name);
    return 0;
}

/* "a b.no" as edges. */
static uint32_t
find_edges(const steps *s, const char *reads, oz_edge *edges)
{
    uint32_t count = 0;
    while (*(reads += strspn(reads, " ")) != '\0') {
        size_t size = strcspn(reads, " ");
        const char *dot = memchr(reads, '.', size);
        size_t name_size = dot == NULL ? size : (size_t)(dot - reads);
        edges[count] = (oz_edge){.node = find_name(s, reads, name_size)};
        if (dot != NULL) {
            const oz_operator *op = s->graph->nodes[edges[count].node].op;
            edges[count].output = find_port(op, dot + 1, size - name_size - 1);
        }
        count++;
        reads += size;
    }
    return count;
}

static steps_node_name *
add_node(steps *s, const char *name, const char *reads, oz_node_spec *spec)
{
    oz_edge edges[STEPS_NODES_MAX];
    oz_error error = {.status = OZ_OK};
    uint32_t node;
    if (s->is_over) {
        return NULL;
    }
    spec->edges = edges;
    spec->edge_count = find_edges(s, reads, edges);
    if (oz_graph_add(s->graph, spec, &node, &error) != OZ_OK) {
        steps_note_refusal(s, &error);
        return NULL;
    }
    assert_int_equal(node, s->node_count);
    steps_node_name *added = &s->names[s->node_count++];
    (void)snprintf(added->text, sizeof added->text, "%s", name);
    return added;
}

static uint32_t
gather_settings(va_list arguments, oz_setting *settings)
{
    uint32_t count = 0;
    do {
        settings[count] = va_arg(arguments, oz_setting);
    } while (settings[count++].name != NULL);
    return count - 1;
}

static void
add_step(steps *s, const char *name, const char *reads, const oz_operator *op, va_list arguments)
{
    oz_setting settings[16];
    oz_node_spec spec = {
        .op = op, .name = name, .where = "test.py:1", .policy = s->policy, .settings = settings};
    spec.setting_count = gather_settings(arguments, settings);
    (void)add_node(s, name, reads, &spec);
}

static const oz_operator *
operator_of(const char *name)
{
    const oz_operator *op = oz_operator_find(name);
    if (op == NULL) {
        fail_msg("no operator is called '%s'", name);
    }
    return op;
}

void
steps_step(steps *s, const char *name, const char *reads, const char *op, ...)
{
    va_list arguments;
    va_start(arguments, op);
    add_step(s, name, reads, operator_of(op), arguments);
    va_end(arguments);
}

void
steps_step_of(steps *s, const char *name, const char *reads, const oz_operator *op, ...)
{
    va_list arguments;
    va_start(arguments, op);
    add_step(s, name, reads, op, arguments);
    va_end(arguments);
}

void
steps_source(steps *s, const char *name)
{
    steps_input *input = calloc(1, sizeof *input);
    assert_non_null(input);
    input->rows = calloc(STEPS_ROWS_MAX, sizeof *input->rows);
    assert_non_null(input->rows);
    input->owner = s;
    input->node = s->node_count;
    oz_setting setting = SETTING_INT("address", (int64_t)(intptr_t)input);
    oz_node_spec spec = {.op = operator_of("input"), .name = name};
    if (s->mode->polled) {
        spec.op = &steps_op_script;
        spec.settings = &setting;
        spec.setting_count = 1;
    }
    steps_node_name *added = add_node(s, name, "", &spec);
    if (added == NULL) {
        free(input->rows);
        free(input);
    } else {
        added->input = input;
    }
}

static void
collect(steps *s, const char *name, const char *reads)
{
    steps_collector *collector = calloc(1, sizeof *collector);
    assert_non_null(collector);
    collector->rows = calloc(1, STEPS_TEXT_MAX);
    assert_non_null(collector->rows);
    collector->owner = s;
    collector->room = -1;
    collector->watermark = INT64_MIN;
    ozi_text_init(&collector->text, collector->rows, STEPS_TEXT_MAX);
    oz_setting setting = SETTING_INT("address", (int64_t)(intptr_t)collector);
    oz_node_spec spec = {.op = &steps_op_collect, .settings = &setting, .setting_count = 1};
    steps_node_name *added = add_node(s, name, reads, &spec);
    if (added == NULL) {
        free(collector->rows);
        free(collector);
    } else {
        added->collector = collector;
    }
}

void
steps_collect(steps *s, const char *reads)
{
    char name[STEPS_NAME_MAX];
    (void)snprintf(name, sizeof name, ">%s", reads);
    collect(s, name, reads);
}

void
steps_of(steps *s, const char *op, ...)
{
    va_list arguments;
    steps_source(s, "in");
    va_start(arguments, op);
    add_step(s, op, "in", operator_of(op), arguments);
    va_end(arguments);
    for (const oz_port *port = operator_of(op)->outputs; port != NULL && port->name != NULL;
         port++) {
        if (strcmp(port->name, "dead") == 0 && s->policy != OZ_POLICY_DEAD_LETTER) {
            continue;
        }
        char name[STEPS_NAME_MAX];
        char reads[STEPS_NAME_MAX];
        (void)snprintf(name, sizeof name, ">%s", port->name);
        (void)snprintf(reads, sizeof reads, "%s.%s", op, port->name);
        collect(s, name, reads);
    }
}

void
steps_feed_back(steps *s, const char *from, const char *to)
{
    oz_edge edge[1];
    oz_error error = {.status = OZ_OK};
    if (s->is_over) {
        return;
    }
    (void)find_edges(s, from, edge);
    if (oz_graph_feed_back(s->graph, edge->node, edge->output, steps_node(s, to), &error) !=
        OZ_OK) {
        steps_note_refusal(s, &error);
    }
}

void
steps_policy(steps *s, oz_policy policy)
{
    s->policy = policy;
}

/* The drawing is finished with the first thing that needs an instance. */
bool
steps_is_ready(steps *s)
{
    oz_error error = {.status = OZ_OK};
    if (s->is_over || s->instance != NULL) {
        return !s->is_over;
    }
    oz_run_options options = {.io = sim_io_table(s->sim), .seed = STEPS_SEED};
    options.batch_rows = (int64_t)s->mode->run_max;
    if (oz_graph_seal(s->graph, &error) != OZ_OK ||
        oz_instance_new(s->graph, &options, &s->instance, &error) != OZ_OK) {
        assert_null(s->instance);
        steps_note_refusal(s, &error);
    }
    return !s->is_over;
}

oz_instance *
steps_instance(steps *s)
{
    return steps_is_ready(s) ? s->instance : NULL;
}
