#include "base/io_folder.h"

#include <errno.h>

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

int64_t
ozi_io_write_all(const oz_io *io, int64_t file, const char *data, size_t size)
{
    while (size > 0) {
        int64_t done = io->write(io->self, file, data, size);
        if (done <= 0) {
            return done == 0 ? -EIO : done;
        }
        data += done;
        size -= (size_t)done;
    }
    return 0;
}

int64_t
ozi_io_read_all(const oz_io *io, int64_t file, char *data, size_t size, size_t *got)
{
    *got = 0;
    while (*got < size) {
        int64_t done = io->read(io->self, file, data + *got, size - *got);
        if (done <= 0) {
            return done;
        }
        *got += (size_t)done;
    }
    return 0;
}
