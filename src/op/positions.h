/* Where the partitions of a restored source go on; known until it has been opened. */
#ifndef OUZEL_OP_POSITIONS_H
#define OUZEL_OP_POSITIONS_H

#include "op/context.h"

/* How many partitions a source has: one, unless it says so itself. */
OZ_MUST_USE oz_status
ozi_partitions_of(oz_context *node, uint32_t *count);
/* Partition `name` (copied) was read up to `position`. */
OZ_MUST_USE oz_status
ozi_positions_add(oz_context *node, const char *name, int64_t position);
/* Takes the position of that name out; -1 when there is none: it is read from its start. */
int64_t
ozi_positions_take(oz_context *node, const char *name);
/* The name of one that nobody took, or NULL. */
const char *
ozi_positions_left(const oz_context *node);
void
ozi_positions_clear(oz_context *node);

#endif
