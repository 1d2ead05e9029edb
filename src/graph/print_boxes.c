/*
 * Text boxes, one below the other in the order of the graph. Lines lead past the boxes that do not
 * read them, and into those that do; a port other than "out" is named where it is read.
 *
 *     +--------------+
 *     | branch       |
 *     +--------------+
 *       |     |
 *       |     +- yes --------+
 *       |     | map half     |
 *       |     +--------------+
 *       |     |
 *       '-----|-----.
 *             |     +- no ---------+
 *             |     | map double   |
 *             |     +--------------+
 *             |     |
 *     +--------------+
 *     | union        |
 *     +--------------+
 *
 * A lane is six columns wide, with its line in the third. A box begins in the lane behind those
 * that lead past it, so that its own lines never cross others unless they come from further left.
 */
#include "graph/model.h"

#include "base/utf8.h"

enum { WIDTH_MIN = 12, LANES_MAX = 32, LANE_COLUMNS = 6 };

/* A line on its way down to a reader. */
typedef struct lane {
    bool is_used;
    uint32_t reader;
    uint32_t edge; /* which of the reader's edges */
} lane;

typedef struct board {
    const oz_graph *graph;
    ozi_text *text;
    lane lanes[LANES_MAX];
    uint32_t width; /* lanes behind this one are not used */
} board;

/* ---- lanes -------------------------------------------------------------------------------------
 */

static bool
leads_to(const board *on, uint32_t place, uint32_t node)
{
    return on->lanes[place].is_used && on->lanes[place].reader == node;
}

static bool
leads_past(const board *on, uint32_t place, uint32_t node)
{
    return on->lanes[place].is_used && on->lanes[place].reader != node;
}

/* The lane in which the box of a node begins. */
static uint32_t
place_of(const board *on, uint32_t node)
{
    uint32_t place = on->width;
    while (place > 0 && !leads_past(on, place - 1, node)) {
        place--;
    }
    return place;
}

/* The lines left of lane `end`. */
static void
print_lanes(const board *on, uint32_t end)
{
    for (uint32_t i = 0; i < end; i++) {
        ozi_text_string(on->text, on->lanes[i].is_used ? "  |   " : "      ");
    }
}

/* A row of lines and nothing else. */
static void
print_row(const board *on)
{
    if (on->width > 0) {
        print_lanes(on, on->width - 1);
        ozi_text_string(on->text, "  |\n");
    }
}

static void
narrow(board *on)
{
    while (on->width > 0 && !on->lanes[on->width - 1].is_used) {
        on->width--;
    }
}

/* Leads the line in lane `from` to lane `to`, across those between. */
static void
turn(board *on, uint32_t from, uint32_t to)
{
    print_lanes(on, from);
    ozi_text_string(on->text, "  '---");
    for (uint32_t i = from + 1; i < to; i++) {
        ozi_text_string(on->text, on->lanes[i].is_used ? "--|---" : "------");
    }
    bool joins = to < on->width && on->lanes[to].is_used;
    ozi_text_string(on->text, joins ? "--+" : "--.");
    for (uint32_t i = to + 1; i < on->width; i++) {
        ozi_text_string(on->text, on->lanes[i].is_used ? "     |" : "      ");
    }
    ozi_text_char(on->text, '\n');
    if (!joins) {
        on->lanes[to] = on->lanes[from];
        on->width = to >= on->width ? to + 1 : on->width;
    }
    on->lanes[from].is_used = false;
}

/* All lines that the node reads end at its box. */
static void
take_lanes(board *on, uint32_t node)
{
    for (uint32_t i = 0; i < on->width; i++) {
        on->lanes[i].is_used &= on->lanes[i].reader != node;
    }
    narrow(on);
}

/* Lines to those who read the node, the next one on the right: it comes first. */
static void
give_lanes(board *on, uint32_t node, uint32_t place)
{
    for (uint32_t reader = on->graph->node_count; reader-- > node + 1;) {
        const ozi_node *plan = &on->graph->nodes[reader];
        for (uint32_t i = 0; i < plan->edge_count && place < LANES_MAX; i++) {
            if (plan->edges[i].node == node && !plan->is_loop) {
                on->lanes[place++] = (lane){.is_used = true, .reader = reader, .edge = i};
                on->width = place > on->width ? place : on->width;
            }
        }
    }
}

/* ---- the text of a box -------------------------------------------------------------------------
 */

enum { LINES_MAX = 8, LINE_MAX = OZI_LABEL_MAX + 20 };

typedef struct box {
    char ports[OZI_LABEL_MAX]; /* what it reads, when that is not plain; "" */
    char lines[LINES_MAX][LINE_MAX];
    uint32_t line_count;
} box;

static size_t
columns_of(const char *line)
{
    return ozi_utf8_length(line, strlen(line));
}

static void
add_line(box *made, const char *prefix, const char *line)
{
    if (made->line_count < LINES_MAX) {
        ozi_text text;
        ozi_text_init(&text, made->lines[made->line_count++], LINE_MAX);
        ozi_text_string(&text, prefix);
        ozi_text_string(&text, line);
    }
}

/* The other end of an edge that no line shows. */
static void
add_other_end(const board *on, box *made, const char *prefix, uint32_t node)
{
    ozi_drawn other;
    ozi_draw(on->graph, node, &other);
    add_line(made, prefix, ozi_drawn_name(&other));
}

/* "yes", "out, late"; nothing when all of it is plain. */
static void
name_ports(const board *on, uint32_t node, box *made)
{
    const ozi_node *plan = &on->graph->nodes[node];
    bool is_plain = true;
    for (uint32_t i = 0; i < plan->edge_count; i++) {
        is_plain &= *ozi_edge_label(on->graph, &plan->edges[i]) == '\0';
    }
    ozi_text text;
    ozi_text_init(&text, made->ports, sizeof made->ports);
    for (uint32_t i = 0; i < plan->edge_count && !is_plain; i++) {
        const oz_edge *edge = &plan->edges[i];
        ozi_text_string(&text, i == 0 ? "" : ", ");
        ozi_text_string(&text, on->graph->nodes[edge->node].op->outputs[edge->output].name);
    }
}

static bool
has_lane(const board *on, uint32_t node, uint32_t edge)
{
    for (uint32_t i = 0; i < on->width; i++) {
        if (leads_to(on, i, node) && on->lanes[i].edge == edge) {
            return true;
        }
    }
    return false;
}

/* What lines do not show: loops, and edges for which there was no lane. */
static void
name_ends(const board *on, uint32_t node, box *made)
{
    const oz_graph *graph = on->graph;
    const ozi_node *plan = &graph->nodes[node];
    for (uint32_t i = 0; i < plan->edge_count; i++) {
        if (plan->is_loop || !has_lane(on, node, i)) {
            add_other_end(on, made, plan->is_loop ? "back from " : "reads ", plan->edges[i].node);
        }
    }
    for (uint32_t i = 0; i < graph->node_count; i++) {
        if (graph->nodes[i].is_loop && graph->nodes[i].edge_count > 0 &&
            graph->nodes[i].edges[0].node == node) {
            add_other_end(on, made, "back to ", i);
        }
    }
}

/* ---- boxes -------------------------------------------------------------------------------------
 */

static void
print_rule(const board *on, const char *label, size_t width)
{
    ozi_text_string(on->text, "+-");
    size_t used = 0;
    if (*label != '\0') {
        ozi_text_format(on->text, " %s ", label);
        used = columns_of(label) + 2;
    }
    ozi_text_repeat(on->text, '-', width + 1 - used);
    ozi_text_string(on->text, "+\n");
}

static void
print_line(const board *on, const char *line, size_t width)
{
    ozi_text_string(on->text, "| ");
    ozi_text_string(on->text, line);
    ozi_text_repeat(on->text, ' ', width - columns_of(line));
    ozi_text_string(on->text, " |\n");
}

/* Wide enough for the text, and for `lanes` lines above or below. */
static size_t
width_of(const box *made, uint32_t lanes)
{
    size_t width = WIDTH_MIN;
    for (uint32_t i = 0; i < made->line_count; i++) {
        size_t columns = columns_of(made->lines[i]);
        width = columns > width ? columns : width;
    }
    size_t label = columns_of(made->ports) + 2;
    size_t to_last_lane = lanes == 0 ? 0 : (size_t)(lanes - 1) * LANE_COLUMNS;
    width = label > width ? label : width;
    return to_last_lane > width ? to_last_lane : width;
}

static void
print_box(const board *on, const box *made, uint32_t place, size_t width)
{
    print_lanes(on, place);
    print_rule(on, made->ports, width);
    for (uint32_t i = 0; i < made->line_count; i++) {
        print_lanes(on, place);
        print_line(on, made->lines[i], width);
    }
    print_lanes(on, place);
    print_rule(on, "", width);
}

/* The row above a box, and lines that come to it from beyond others. */
static void
print_way(board *on, uint32_t node, uint32_t place)
{
    if (on->width == 0 && node > 0) {
        ozi_text_char(on->text, '\n');
    }
    print_row(on);
    for (uint32_t i = 0; i < place; i++) {
        if (leads_to(on, i, node)) {
            turn(on, i, place);
        }
    }
}

static void
print_node(board *on, uint32_t node)
{
    ozi_drawn drawn;
    box made = {.line_count = 0};
    uint32_t place = place_of(on, node);
    ozi_draw(on->graph, node, &drawn);
    if (drawn.title[0] != '\0') {
        add_line(&made, "", drawn.title);
    }
    add_line(&made, "", drawn.detail);
    name_ports(on, node, &made);
    name_ends(on, node, &made);
    print_way(on, node, place);
    uint32_t above = on->width > place ? on->width - place : 0;
    board below = *on;
    take_lanes(&below, node);
    give_lanes(&below, node, place);
    uint32_t lanes = below.width > place ? below.width - place : 0;
    size_t width = width_of(&made, above > lanes ? above : lanes);
    take_lanes(on, node);
    print_box(on, &made, place, width);
    give_lanes(on, node, place);
}

void
ozi_print_boxes(const oz_graph *graph, ozi_text *text)
{
    board on = {.graph = graph, .text = text};
    for (uint32_t i = 0; i < graph->node_count; i++) {
        print_node(&on, i);
    }
}
