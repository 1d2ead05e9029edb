/* What a graph gives for each row, when the job is killed and goes on. */
#include <string.h>

#include "graph/graph.h"

const char *
oz_guarantee_name(oz_guarantee guarantee)
{
    static const char *const NAMES[] = {"no guarantee", "at-most-once", "at-least-once",
                                        "exactly-once"};
    return NAMES[guarantee & OZ_EXACTLY_ONCE];
}

bool
ozi_is_connector(const oz_operator *op)
{
    const oz_port *port = op->outputs;
    while (port != NULL && port->name != NULL && strcmp(port->name, "dead") == 0) {
        port++;
    }
    return op->inputs == NULL || port == NULL || port->name == NULL;
}

oz_guarantee
oz_graph_node_guarantee(const oz_graph *graph, uint32_t node)
{
    const oz_operator *op = graph->nodes[node].op;
    return ozi_is_connector(op) ? op->guarantee : OZ_EXACTLY_ONCE;
}

oz_guarantee
oz_graph_guarantee(const oz_graph *graph)
{
    unsigned together = OZ_EXACTLY_ONCE;
    for (uint32_t i = 0; i < graph->node_count; i++) {
        together &= oz_graph_node_guarantee(graph, i);
    }
    return (oz_guarantee)together;
}

/* What a connector lacks, said of what it does. */
static const char *
fault_of(const oz_operator *op)
{
    if (op->inputs == NULL) {
        return "what it has read and the job has not dealt with is lost when it is killed";
    }
    return (op->guarantee & OZ_AT_LEAST_ONCE) != 0
               ? "what it was given since the last checkpoint it is given again"
               : "what is on its way when the job is killed is lost";
}

oz_status
ozi_graph_require(const oz_graph *graph, oz_guarantee asked, oz_error *error)
{
    for (uint32_t i = 0; i < graph->node_count; i++) {
        const ozi_node *node = &graph->nodes[i];
        oz_guarantee given = oz_graph_node_guarantee(graph, i);
        if (((unsigned)given & (unsigned)asked) != (unsigned)asked) {
            return oz_error_set(error, OZ_INVALID,
                                "%s was asked for, but step \"%s\" (%s, %s) gives %s: %s",
                                oz_guarantee_name(asked), ozi_node_label(node), node->op->name,
                                node->where != NULL ? node->where : "no line",
                                oz_guarantee_name(given), fault_of(node->op));
        }
    }
    return OZ_OK;
}
