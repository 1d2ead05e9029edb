/* Names of files that must survive a crash, as sinks of files need them. */
#ifndef OUZEL_CONNECTORS_DURABLE_H
#define OUZEL_CONNECTORS_DURABLE_H

#include "ouzel/alloc.h"
#include "ouzel/io.h"

/* Makes what was made, renamed or removed in the folder of `path` durable. 0, or a negated errno.
 */
int64_t
ozi_sync_folder_of(const oz_alloc *alloc, const oz_io *io, const char *path);

#endif
