/* Clocks, randomness and files of any POSIX system. */
#define _DEFAULT_SOURCE
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/io_system.h"

/* Some systems refuse a transfer above 2 GB instead of doing a part of it. */
enum { TRANSFER_MAX = 1 << 30, FILE_MODE = 0666, FOLDER_MODE = 0700, LOCK_MODE = 0600 };

static int64_t
clock_ns(clockid_t clock)
{
    struct timespec time;
    (void)clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t
ozi_system_now(void *self)
{
    (void)self;
    return clock_ns(CLOCK_MONOTONIC);
}

int64_t
ozi_system_wall(void *self)
{
    (void)self;
    return clock_ns(CLOCK_REALTIME);
}

uint64_t
ozi_system_random(void *self)
{
    (void)self;
    uint64_t value;
    if (getentropy(&value, sizeof value) != 0) {
        /* Only a kernel without getrandom(): the clocks are the best seed that is left. */
        value = (uint64_t)clock_ns(CLOCK_REALTIME) << 32 ^ (uint64_t)clock_ns(CLOCK_MONOTONIC);
    }
    return value;
}

/* The standard descriptor that `path` names, or -1. */
static int
standard_fd(const char *path, oz_io_mode mode)
{
    if (mode == OZ_IO_READ) {
        return strcmp(path, "/dev/stdin") == 0 ? 0 : -1;
    }
    return strcmp(path, "/dev/stdout") == 0 ? 1 : strcmp(path, "/dev/stderr") == 0 ? 2 : -1;
}

static int
open_path(const char *path, oz_io_mode mode)
{
    int standard = standard_fd(path, mode);
    if (standard >= 0) {
        return fcntl(standard, F_DUPFD_CLOEXEC, 3);
    }
    /* O_NONBLOCK is for a FIFO, whose open would wait for its other end. */
    int flags = O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    flags |= mode == OZ_IO_READ     ? O_RDONLY
             : mode == OZ_IO_CREATE ? O_WRONLY | O_CREAT | O_TRUNC
                                    : O_WRONLY | O_CREAT | O_APPEND;
    int fd;
    do {
        fd = open(path, flags, FILE_MODE);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

int64_t
ozi_system_open(void *self, const char *path, oz_io_mode mode)
{
    (void)self;
    int fd = open_path(path, mode);
    struct stat about;
    if (fd < 0) {
        return -errno;
    }
    if (fstat(fd, &about) != 0) {
        int error = errno;
        (void)close(fd);
        return -error;
    }
    return S_ISREG(about.st_mode) || S_ISDIR(about.st_mode) ? fd : fd | OZI_HANDLE_POLLED;
}

static bool
is_polled(int64_t file)
{
    return (file & OZI_HANDLE_POLLED) != 0 || file <= STDERR_FILENO;
}

/* True when a transfer would not block; an error counts, because the transfer will report it. */
static bool
is_ready(int fd, short direction)
{
    struct pollfd entry = {.fd = fd, .events = direction};
    return poll(&entry, 1, 0) != 0;
}

/* What a call returned, in the convention of the table. */
static int64_t
result_of(int64_t result)
{
    if (result >= 0) {
        return result;
    }
    return errno == EAGAIN || errno == EWOULDBLOCK ? OZ_IO_AGAIN : -errno;
}

int64_t
ozi_system_read(void *self, int64_t file, void *data, size_t size)
{
    (void)self;
    int fd = ozi_handle_fd(file);
    if (is_polled(file) && !is_ready(fd, POLLIN)) {
        return OZ_IO_AGAIN;
    }
    ssize_t done;
    do {
        done = read(fd, data, size < TRANSFER_MAX ? size : TRANSFER_MAX);
    } while (done < 0 && errno == EINTR);
    return result_of(done);
}

int64_t
ozi_system_write(void *self, int64_t file, const void *data, size_t size)
{
    (void)self;
    int fd = ozi_handle_fd(file);
    size_t part = size < TRANSFER_MAX ? size : TRANSFER_MAX;
    if (is_polled(file)) {
        if (!is_ready(fd, POLLOUT)) {
            return OZ_IO_AGAIN;
        }
        /* A pipe that is ready takes PIPE_BUF bytes without blocking, not more. */
        part = part < PIPE_BUF ? part : PIPE_BUF;
    }
    ssize_t done;
    do {
        done = write(fd, data, part);
    } while (done < 0 && errno == EINTR);
    return result_of(done);
}

int64_t
ozi_system_sync(void *self, int64_t file)
{
    (void)self;
    int result;
    do {
        result = fsync(ozi_handle_fd(file));
    } while (result != 0 && errno == EINTR);
    return result == 0 || errno == EINVAL || errno == ENOTSUP ? 0 : -errno;
}

int64_t
ozi_system_size(void *self, int64_t file)
{
    (void)self;
    struct stat about;
    if (fstat(ozi_handle_fd(file), &about) != 0) {
        return -errno;
    }
    return S_ISREG(about.st_mode) ? (int64_t)about.st_size : -1;
}

int64_t
ozi_system_seek(void *self, int64_t file, int64_t offset)
{
    (void)self;
    return lseek(ozi_handle_fd(file), (off_t)offset, SEEK_SET) < 0 ? -errno : 0;
}

int64_t
ozi_system_close(void *self, int64_t file)
{
    (void)self;
    /* After EINTR the descriptor is gone all the same: trying again could close another's. */
    return close(ozi_handle_fd(file)) == 0 || errno == EINTR ? 0 : -errno;
}

int64_t
ozi_system_rename(void *self, const char *from, const char *to)
{
    (void)self;
    return rename(from, to) == 0 ? 0 : -errno;
}

int64_t
ozi_system_unlink(void *self, const char *path)
{
    (void)self;
    return unlink(path) == 0 ? 0 : -errno;
}

int64_t
ozi_system_truncate(void *self, int64_t file, int64_t size)
{
    (void)self;
    int result;
    do {
        result = ftruncate(ozi_handle_fd(file), (off_t)size);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : -errno;
}

int64_t
ozi_system_folder(void *self, const char *path)
{
    (void)self;
    struct stat about;
    if (mkdir(path, FOLDER_MODE) != 0 && errno != EEXIST) {
        return -errno;
    }
    if (stat(path, &about) != 0) {
        return -errno;
    }
    if (!S_ISDIR(about.st_mode)) {
        return -ENOTDIR;
    }
    bool is_private = about.st_uid == geteuid() && (about.st_mode & (S_IRWXG | S_IRWXO)) == 0;
    return is_private ? 0 : -EPERM;
}

int64_t
ozi_system_lock(void *self, const char *path)
{
    (void)self;
    int fd;
    int result;
    do {
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, LOCK_MODE);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) {
        return -errno;
    }
    do {
        result = flock(fd, LOCK_EX | LOCK_NB);
    } while (result != 0 && errno == EINTR);
    if (result != 0) {
        int error = errno;
        (void)close(fd);
        return error == EWOULDBLOCK ? OZ_IO_AGAIN : -error;
    }
    return fd;
}

static int
compare_paths(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

int64_t
ozi_system_glob(void *self, const char *pattern,
                oz_status (*found)(void *context, const char *path), void *context)
{
    (void)self;
    glob_t matches = {0};
    /* Sorted here, because glob(3) sorts by the rules of the locale. */
    int error = glob(pattern, GLOB_NOSORT, NULL, &matches);
    if (error != 0) {
        globfree(&matches);
        return error == GLOB_NOMATCH ? 0 : error == GLOB_NOSPACE ? -ENOMEM : -EIO;
    }
    int64_t count = (int64_t)matches.gl_pathc;
    qsort(matches.gl_pathv, matches.gl_pathc, sizeof *matches.gl_pathv, compare_paths);
    bool stopped = false;
    for (int64_t i = 0; i < count && !stopped; i++) {
        stopped = found(context, matches.gl_pathv[i]) != OZ_OK;
    }
    globfree(&matches);
    return stopped ? -ECANCELED : count;
}
