/* The state folder of an instance: opened, and its nodes filled from the epoch that holds. */
#ifndef OUZEL_RUN_RESTORE_H
#define OUZEL_RUN_RESTORE_H

#include "run/instance.h"
#include "run/nodes.h"

/* Opens the state folder of the options. */
OZ_MUST_USE oz_status
ozi_state_open(oz_instance *instance, oz_error *error);
/* Fills new nodes from the epoch that holds, if there is one. Once per instance. */
OZ_MUST_USE oz_status
ozi_state_load(oz_instance *instance, const oz_graph *graph, const ozi_node_set *set,
               oz_error *error);
void
ozi_state_close(oz_instance *instance);

#endif
