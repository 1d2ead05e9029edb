#include "graph/model.h"

/* Shows an option that is not at its default; only kinds that a person can read. */
static void
draw_option(const oz_option *option, const void *options, ozi_text *text)
{
    const void *place = (const char *)options + option->offset;
    char shown[64] = "";
    ozi_text value;
    ozi_text_init(&value, shown, sizeof shown);
    if (option->kind == OZ_OPTION_FUNCTION) {
        const oz_function *function = *(oz_function *const *)place;
        if (function != NULL) {
            ozi_text_format(text, " %.60s", function->name);
        }
        return;
    }
    if (option->kind == OZ_OPTION_INT64) {
        ozi_text_int64(&value, *(const int64_t *)place);
    } else if (option->kind == OZ_OPTION_DURATION && *(const int64_t *)place >= 0) {
        ozi_text_float64(&value, (double)*(const int64_t *)place / 1e9);
    } else if (option->kind == OZ_OPTION_STRING && *(const char *const *)place != NULL) {
        ozi_text_string(&value, *(const char *const *)place);
    }
    if (shown[0] != '\0' &&
        (option->by_default == NULL || strcmp(shown, option->by_default) != 0)) {
        ozi_text_format(text, " %s=%s", option->name, shown);
    }
}

void
ozi_draw(const oz_graph *graph, uint32_t node, ozi_drawn *out)
{
    const ozi_node *plan = &graph->nodes[node];
    ozi_text text;
    ozi_text_init(&text, out->title, sizeof out->title);
    ozi_text_string(&text, plan->name != NULL ? plan->name : plan->op->name);
    ozi_text_init(&text, out->detail, sizeof out->detail);
    ozi_text_string(&text, plan->op->name);
    for (const oz_option *option = plan->op->options;
         plan->options != NULL && option != NULL && option->name != NULL; option++) {
        draw_option(option, plan->options, &text);
    }
}

const char *
ozi_edge_label(const oz_graph *graph, const oz_edge *edge)
{
    const oz_port *outputs = graph->nodes[edge->node].op->outputs;
    bool is_plain = edge->output == 0 && strcmp(outputs[0].name, "out") == 0;
    return is_plain ? "" : outputs[edge->output].name;
}
