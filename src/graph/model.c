#include "graph/model.h"

#include <stdlib.h>

/* ---- options that are not at their default, as far as a person can read them -------------------
 */

static void
draw_function(const oz_option *option, const oz_function *function, ozi_text *text)
{
    /* What converts values belongs to the host language, not to what was drawn. */
    if (function == NULL || strcmp(option->name, "convert") == 0) {
        return;
    }
    if (strcmp(option->name, "function") == 0) {
        ozi_text_format(text, " %.60s", function->name);
    } else {
        ozi_text_format(text, " %s=%.60s", option->name, function->name);
    }
}

/* 10, 0.5: as short as it can be. */
static void
draw_number(const oz_option *option, double value, const char *unit, ozi_text *text)
{
    if (option->by_default == NULL || strtod(option->by_default, NULL) != value) {
        ozi_text_format(text, " %s=%.15g%s", option->name, value, unit);
    }
}

/* Choice `index` of "current|final". */
static void
draw_choice(const oz_option *option, int64_t index, ozi_text *text)
{
    const char *choice = option->choices;
    for (; index > 0 && choice != NULL; index--) {
        const char *bar = strchr(choice, '|');
        choice = bar == NULL ? NULL : bar + 1;
    }
    int size = choice == NULL ? 0 : (int)strcspn(choice, "|");
    bool is_default = option->by_default != NULL && (int)strlen(option->by_default) == size &&
                      strncmp(option->by_default, choice, (size_t)size) == 0;
    if (size > 0 && !is_default) {
        ozi_text_format(text, " %s=%.*s", option->name, size, choice);
    }
}

static void
draw_string(const oz_option *option, const char *value, ozi_text *text)
{
    if (value != NULL && (option->by_default == NULL || strcmp(option->by_default, value) != 0)) {
        ozi_text_format(text, " %s=%.60s", option->name, option->is_secret ? "***" : value);
    }
}

static void
draw_option(const oz_option *option, const void *options, ozi_text *text)
{
    const void *place = (const char *)options + option->offset;
    const int64_t *integer = place;
    switch (option->kind) {
    case OZ_OPTION_FUNCTION:
        draw_function(option, *(oz_function *const *)place, text);
        return;
    case OZ_OPTION_BOOL:
        if (*(const bool *)place) {
            ozi_text_format(text, " %s", option->name);
        }
        return;
    case OZ_OPTION_INT64:
        draw_number(option, (double)*integer, "", text);
        return;
    case OZ_OPTION_FLOAT64:
        draw_number(option, *(const double *)place, "", text);
        return;
    case OZ_OPTION_DURATION:
        if (*integer >= 0) {
            draw_number(option, (double)*integer / 1e9, "s", text);
        }
        return;
    case OZ_OPTION_CHOICE:
        draw_choice(option, *integer, text);
        return;
    case OZ_OPTION_STRING:
        draw_string(option, *(const char *const *)place, text);
        return;
    case OZ_OPTION_OBJECT:
        return;
    }
}

/* ---- nodes and edges ---------------------------------------------------------------------------
 */

/* One line, whatever a name holds; "..." where it was cut. */
static void
make_line(const ozi_text *text, char *line)
{
    for (char *at = line; *at != '\0'; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7f) {
            *at = ' ';
        }
    }
    if (ozi_text_is_cut(text)) {
        size_t end = text->size > OZI_LABEL_MAX - 4 ? OZI_LABEL_MAX - 4 : text->size;
        while (end > 0 && ((unsigned char)line[end] & 0xC0) == 0x80) {
            end--;
        }
        memcpy(line + end, "...", 4);
    }
}

void
ozi_draw(const oz_graph *graph, uint32_t node, ozi_drawn *out)
{
    const ozi_node *plan = &graph->nodes[node];
    ozi_text text;
    ozi_text_init(&text, out->title, sizeof out->title);
    ozi_text_string(&text, plan->name != NULL ? plan->name : "");
    make_line(&text, out->title);
    ozi_text_init(&text, out->detail, sizeof out->detail);
    ozi_text_string(&text, plan->op->name);
    for (const oz_option *option = plan->op->options;
         plan->options != NULL && option != NULL && option->name != NULL; option++) {
        draw_option(option, plan->options, &text);
    }
    make_line(&text, out->detail);
}

const char *
ozi_edge_label(const oz_graph *graph, const oz_edge *edge)
{
    const oz_port *outputs = graph->nodes[edge->node].op->outputs;
    bool is_plain = edge->output == 0 && strcmp(outputs[0].name, "out") == 0;
    return is_plain ? "" : outputs[edge->output].name;
}
