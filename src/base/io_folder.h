/* Files as a whole, and names of files that must survive a crash. */
#ifndef OUZEL_BASE_IO_FOLDER_H
#define OUZEL_BASE_IO_FOLDER_H

#include "ouzel/io.h"

/* Makes what was made, renamed or removed in a folder durable. 0, or a negated errno. */
int64_t
ozi_io_sync_folder(const oz_io *io, const char *path);

/* Writes all of it: 0, or a negated errno. */
int64_t
ozi_io_write_all(const oz_io *io, int64_t file, const char *data, size_t size);
/* Reads until `size` bytes or the end of the file: 0 and how many there were, or a negated errno.
 */
int64_t
ozi_io_read_all(const oz_io *io, int64_t file, char *data, size_t size, size_t *got);

#endif
