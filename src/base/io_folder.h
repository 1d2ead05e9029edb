/* Names of files that must survive a crash. */
#ifndef OUZEL_BASE_IO_FOLDER_H
#define OUZEL_BASE_IO_FOLDER_H

#include "ouzel/io.h"

/* Makes what was made, renamed or removed in a folder durable. 0, or a negated errno. */
int64_t
ozi_io_sync_folder(const oz_io *io, const char *path);

#endif
