#include "base/io_folder.h"

int64_t
ozi_io_sync_folder(const oz_io *io, const char *path)
{
    int64_t folder = io->open(io->self, path, OZ_IO_READ);
    if (folder < 0) {
        return folder;
    }
    int64_t result = io->sync(io->self, folder);
    (void)io->close(io->self, folder);
    return result;
}
