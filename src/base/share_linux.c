/* Shared memory and bells on Linux: memfd and eventfd. */
#define _GNU_SOURCE

#include "base/share.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int64_t
ozi_share_memory(size_t size)
{
    int file = memfd_create("ouzel", MFD_CLOEXEC);
    if (file < 0) {
        return -errno;
    }
    if (ftruncate(file, (off_t)size) != 0) {
        int64_t result = -errno;
        (void)close(file);
        return result;
    }
    return file;
}

int64_t
ozi_share_size(int64_t file)
{
    struct stat about;
    return fstat((int)file, &about) == 0 ? (int64_t)about.st_size : -errno;
}

void *
ozi_share_map(int64_t file, size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, (int)file, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void
ozi_share_unmap(void *memory, size_t size)
{
    (void)munmap(memory, size);
}

int64_t
ozi_share_bell(void)
{
    int file = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return file < 0 ? -errno : file;
}

void
ozi_share_ring(int64_t bell)
{
    const uint64_t one = 1;
    int before = errno;
    (void)!write((int)bell, &one, sizeof one); /* a full counter has been rung already */
    errno = before;
}

void
ozi_share_close(int64_t file)
{
    (void)close((int)file);
}
