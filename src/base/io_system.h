/*
 * The parts of oz_io_system(), and what a platform must add. The table is put together in
 * io_system.c from
 *
 *   io_posix.c    clocks, randomness, files           any POSIX system
 *   io_socket.c   TCP sockets                         any POSIX system, with the two calls below
 *   io_aside.c    work in threads                     any POSIX system
 *   io_linux.c    those two calls and the poller      Linux; io_macos.c would be its sibling
 *
 * A handle is a file descriptor in its lowest 31 bits, so that (int)handle joins a foreign loop.
 * Above them:
 *
 *   63 ... 33   32     31   30 ... 0
 *   [ poller ]  [ p ]  [0]  [ file descriptor ]     p: ask poll() before each read and write
 *
 * The functions have the meaning of their table entries in include/ouzel/io.h; the comments here
 * say what the real world adds to it.
 */
#ifndef OUZEL_BASE_IO_SYSTEM_H
#define OUZEL_BASE_IO_SYSTEM_H

#include <sys/socket.h>

#include "ouzel/io.h"

#define OZI_HANDLE_POLLED (INT64_C(1) << 32)
#define OZI_HANDLE_POLLER_SHIFT 33

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* where it is missing, ozi_socket_new sets SO_NOSIGPIPE */
#endif

static inline int
ozi_handle_fd(int64_t handle)
{
    return (int)(handle & INT32_MAX);
}

/* ---- io_posix.c ------------------------------------------------------------------------------ */

int64_t
ozi_system_now(void *self);
int64_t
ozi_system_wall(void *self);
/* Each call asks the kernel: draw a seed, not a stream. */
uint64_t
ozi_system_random(void *self);

/*
 * "/dev/stdin", "/dev/stdout" and "/dev/stderr" are duplicates of 0, 1 and 2, so that what the
 * shell opened is neither truncated nor read from its start again. The handles 0, 1 and 2 may also
 * be used as they are.
 *
 * Regular files and directories (which can be opened for sync) are always ready: watch() refuses
 * them with -EPERM. Pipes, terminals and devices are never waited for: their read and write return
 * AGAIN, without O_NONBLOCK, which other processes that share them would feel. A FIFO without a
 * writer is AGAIN when opened for reading, and without a reader -ENXIO when opened for writing.
 */
int64_t
ozi_system_open(void *self, const char *path, oz_io_mode mode);
int64_t
ozi_system_read(void *self, int64_t file, void *data, size_t size);
/* A pipe without reader raises SIGPIPE unless the host ignores it, as Python does: then -EPIPE. */
int64_t
ozi_system_write(void *self, int64_t file, const void *data, size_t size);
/* 0 also for what cannot be synced (a pipe, a terminal). */
int64_t
ozi_system_sync(void *self, int64_t file);
int64_t
ozi_system_size(void *self, int64_t file);
int64_t
ozi_system_seek(void *self, int64_t file, int64_t offset); /* 0, not the offset */
int64_t
ozi_system_close(void *self, int64_t file);
int64_t
ozi_system_rename(void *self, const char *from, const char *to);
int64_t
ozi_system_unlink(void *self, const char *path);
int64_t
ozi_system_truncate(void *self, int64_t file, int64_t size);
int64_t
ozi_system_folder(void *self, const char *path);
/* flock(2): of the open file, so that it ends with the process, and a child by exec has none. */
int64_t
ozi_system_lock(void *self, const char *path);
/* Patterns of glob(3): * ? [...], no **. -ECANCELED when `found` did not return OK. */
int64_t
ozi_system_glob(void *self, const char *pattern,
                oz_status (*found)(void *context, const char *path), void *context);

/* ---- io_socket.c ----------------------------------------------------------------------------- */

/*
 * A host is a numeric address (IPv6 with or without brackets), "localhost" (127.0.0.1), "" or "*"
 * (0.0.0.0), "::" (both families when listening). Any other name is looked up, which BLOCKS for as
 * long as the resolver does: -ENXIO when it is unknown, -EHOSTUNREACH when no server answered.
 */
int64_t
ozi_system_listen(void *self, const char *host, uint16_t port, int backlog);
int64_t
ozi_system_accept(void *self, int64_t listener, char address[OZ_IO_ADDRESS_MAX]);
int64_t
ozi_system_connect(void *self, const char *host, uint16_t port, uint32_t attempt);
/* -ECONNREFUSED also for a socket that met itself, as happens on loopback without a listener. */
int64_t
ozi_system_connected(void *self, int64_t socket);
int64_t
ozi_system_receive(void *self, int64_t socket, void *data, size_t size);
int64_t
ozi_system_send(void *self, int64_t socket, const void *data, size_t size);
int64_t
ozi_system_shut(void *self, int64_t socket);
int64_t
ozi_system_port(void *self, int64_t socket);

/* ---- io_aside.c ------------------------------------------------------------------------------ */

/* A thread for each work, which gets no signals. */
int64_t
ozi_system_aside(void *self, int64_t poller, void (*work)(void *context), void *context);
int64_t
ozi_system_join(void *self, int64_t work);

/* ---- the platform ---------------------------------------------------------------------------- */

/* A TCP socket that does not block, is closed by exec and raises no SIGPIPE; -1 and errno. */
int
ozi_socket_new(int family);
/* accept() with the same properties. */
int
ozi_socket_accept(int listener, struct sockaddr *address, socklen_t *size);

/* At most OZI_POLLERS_MAX at a time in a process (-EMFILE). */
enum { OZI_POLLERS_MAX = 4096 };
int64_t
ozi_system_poller(void *self);
/*
 * Interest stays until it is changed or the file is closed; with OZ_IO_NONE errors are no longer
 * reported either. The two highest tokens are the poller's own (-EINVAL).
 */
int64_t
ozi_system_watch(void *self, int64_t poller, int64_t file, uint32_t interest, uint64_t token);
/* Rings once: after a wait() that saw it, it must be set again. */
int64_t
ozi_system_alarm(void *self, int64_t poller, int64_t at_ns);
/* Returns 0 before its time after wake(), at the alarm, and after a signal, for the host to see. */
int64_t
ozi_system_wait(void *self, int64_t poller, oz_io_event *events, int capacity, int64_t timeout_ns);
int64_t
ozi_system_wake(void *self, int64_t poller);
int64_t
ozi_system_unpoll(void *self, int64_t poller);

#endif
