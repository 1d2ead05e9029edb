#include "connectors/durable.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"

int64_t
ozi_sync_folder_of(const oz_alloc *alloc, const oz_io *io, const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t length = slash == NULL ? 1 : slash == path ? 1 : (size_t)(slash - path);
    char *folder = ozi_alloc_new(alloc, length + 1);
    if (folder == NULL) {
        return -ENOMEM;
    }
    memcpy(folder, slash == NULL ? "." : path, length);
    folder[length] = '\0';
    int64_t file = io->open(io->self, folder, OZ_IO_READ);
    int64_t result = file < 0 ? file : io->sync(io->self, file);
    if (file >= 0) {
        (void)io->close(io->self, file);
    }
    ozi_alloc_free(alloc, folder, length + 1);
    return result;
}
