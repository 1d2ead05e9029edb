/*
 * Kills a process at a named point: a library that is loaded before the others (LD_PRELOAD) and
 * looks at the calls that make a checkpoint.
 *
 *     KILL_AT   "before rename manifest", "after fsync out.txt": just before, or just after, that
 *               function is called with a path that has that text in its last part; "after *
 *               out.db": any of them; a socket has the path "socket:"
 *     KILL_SKIP how many such calls go by first
 *     KILL_ONCE a file: who makes it dies; where it is there, nobody does
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool
is_point(const char *when, const char *function, const char *path)
{
    const char *wanted = getenv("KILL_AT");
    char point[512];
    const char *slash = strrchr(path, '/');
    if (wanted == NULL) {
        return false;
    }
    bool is_any = strstr(wanted, " * ") != NULL;
    (void)snprintf(point, sizeof point, "%s %s ", when, is_any ? "*" : function);
    size_t size = strlen(point);
    return strncmp(wanted, point, size) == 0 &&
           strstr(slash == NULL ? path : slash + 1, wanted + size) != NULL;
}

static void
pass(const char *when, const char *function, const char *path)
{
    static _Atomic long passed;
    const char *skip = getenv("KILL_SKIP");
    const char *once = getenv("KILL_ONCE");
    if (!is_point(when, function, path) ||
        atomic_fetch_add(&passed, 1) < (skip == NULL ? 0 : atol(skip)) || once == NULL) {
        return;
    }
    if (open(once, O_CREAT | O_EXCL | O_WRONLY, 0600) >= 0) {
        (void)kill(getpid(), SIGKILL);
    }
}

static const char *
path_of(int file, char path[static 4096])
{
    char link[64];
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t size = readlink(link, path, 4095);
    path[size < 0 ? 0 : size] = '\0';
    return path;
}

/* The function of that name that this one stands before. */
#define NEXT(type, name) ((type)dlsym(RTLD_NEXT, #name))

/* Defines `name`, called with a file or with a path, which `of` gives. */
#define POINT(name, parameters, arguments, of)                                                     \
    int name parameters                                                                            \
    {                                                                                              \
        char path[4096];                                                                           \
        (void)path;                                                                                \
        pass("before", #name, of);                                                                 \
        int result = NEXT(int(*) parameters, name) arguments;                                      \
        pass("after", #name, of);                                                                  \
        return result;                                                                             \
    }

POINT(fsync, (int file), (file), path_of(file, path))
POINT(fdatasync, (int file), (file), path_of(file, path))
POINT(ftruncate, (int file, off_t size), (file, size), path_of(file, path))
POINT(rename, (const char *from, const char *to), (from, to), to)
POINT(unlink, (const char *name), (name), name)

/* The same for one that moves bytes. */
#define MOVES(name, parameters, arguments)                                                         \
    ssize_t name parameters                                                                        \
    {                                                                                              \
        char path[4096];                                                                           \
        pass("before", #name, path_of(file, path));                                                \
        ssize_t result = NEXT(ssize_t(*) parameters, name) arguments;                              \
        pass("after", #name, path_of(file, path));                                                 \
        return result;                                                                             \
    }

MOVES(write, (int file, const void *data, size_t size), (file, data, size))
MOVES(pwrite, (int file, const void *data, size_t size, off_t at), (file, data, size, at))
MOVES(send, (int file, const void *data, size_t size, int flags), (file, data, size, flags))
