/*
 * The io table: the only way in which the engine touches the world (clock, randomness, files,
 * sockets). oz_io_system() is the real one; tests own a simulated twin (tests/kit/sim_io.h) with
 * virtual time and faults, which is why no test sleeps.
 *
 * Conventions: nothing blocks except wait() and join(); files are the exception, as the kernel
 * offers no other way: what takes long with them is done aside. A size is in bytes, a time in
 * nanoseconds. A call that would block returns OZ_IO_AGAIN, a failed one a negated errno (-ENOSPC):
 * the caller turns it into a message that names the file or peer.
 */
#ifndef OUZEL_IO_H
#define OUZEL_IO_H

#include <stdbool.h>
#include <stdint.h>

#include "ouzel/status.h"

enum { OZ_IO_AGAIN = -0x4000 };   /* not an errno */
enum { OZ_IO_ADDRESS_MAX = 280 }; /* "host:port", "[::1]:7010" or a path, with its NUL */

typedef enum oz_io_mode { OZ_IO_READ, OZ_IO_CREATE, OZ_IO_APPEND } oz_io_mode;
typedef enum oz_io_interest {
    OZ_IO_NONE = 0,
    OZ_IO_READABLE = 1,
    OZ_IO_WRITABLE = 2
} oz_io_interest;

/* One ready descriptor, as wait() reports it. */
typedef struct oz_io_event {
    uint64_t token; /* as given to watch() */
    uint32_t ready; /* oz_io_interest bits; an error or hang-up sets both */
} oz_io_event;

typedef struct oz_io {
    void *self;

    /* Clocks: monotonic for timers, wall for event times and file names. */
    int64_t (*now_ns)(void *self);
    int64_t (*wall_ns)(void *self);
    uint64_t (*random)(void *self);

    /* Files. A handle is >= 0. */
    int64_t (*open)(void *self, const char *path, oz_io_mode mode);
    int64_t (*read)(void *self, int64_t file, void *data, size_t size); /* 0 at the end; AGAIN */
    int64_t (*write)(void *self, int64_t file, const void *data, size_t size);
    int64_t (*sync)(void *self, int64_t file);
    int64_t (*size)(void *self, int64_t file); /* -1 when it has none (a pipe) */
    int64_t (*seek)(void *self, int64_t file, int64_t offset);
    int64_t (*close)(void *self, int64_t file);
    int64_t (*rename)(void *self, const char *from, const char *to);
    int64_t (*unlink)(void *self, const char *path);
    int64_t (*truncate)(void *self, int64_t file, int64_t size); /* cuts off what is behind */
    /*
     * A folder for the user alone, made when it is not there (its parent must be). -EPERM when it
     * belongs to somebody else, or others may look into it; -ENOTDIR when it is no folder. Opened
     * for reading, a folder can be synced: then the names in it are safe.
     */
    int64_t (*folder)(void *self, const char *path);
    /* Makes the file when it is not there, and locks it until it is closed; AGAIN: another did. */
    int64_t (*lock)(void *self, const char *path);
    /* Calls `found` for each path that matches `pattern`, sorted bytewise; returns how many. */
    int64_t (*glob)(void *self, const char *pattern,
                    oz_status (*found)(void *context, const char *path), void *context);

    /* Sockets: TCP ("host", port) with TCP_NODELAY; a handle is a file handle. */
    int64_t (*listen)(void *self, const char *host, uint16_t port, int backlog);
    int64_t (*accept)(void *self, int64_t listener, char address[OZ_IO_ADDRESS_MAX]);
    /* In progress: see connected. A host may have several addresses: attempt 0, 1, ... takes them
     * in turn. */
    int64_t (*connect)(void *self, const char *host, uint16_t port, uint32_t attempt);
    int64_t (*connected)(void *self, int64_t socket); /* 0 when it is; AGAIN; or -errno */
    int64_t (*receive)(void *self, int64_t socket, void *data, size_t size); /* 0 at the end */
    int64_t (*send)(void *self, int64_t socket, const void *data, size_t size);
    int64_t (*shut)(void *self, int64_t socket); /* half-close: no more sends */
    int64_t (*port)(void *self, int64_t socket); /* the local port, for "listen on port 0" */

    /*
     * One poller for a whole engine. poller() opens it; its descriptor becomes readable when any
     * watched one is ready or the time of alarm() has come, so that it joins a foreign loop.
     */
    int64_t (*poller)(void *self);
    int64_t (*watch)(void *self, int64_t poller, int64_t file, uint32_t interest, uint64_t token);
    int64_t (*alarm)(void *self, int64_t poller, int64_t at_ns); /* monotonic; INT64_MAX: none */
    /* Blocks for at most `timeout_ns` (0: not at all; negative: no limit); returns the events. */
    int64_t (*wait)(void *self, int64_t poller, oz_io_event *events, int capacity,
                    int64_t timeout_ns);
    /* Makes a wait() in another thread return. Any thread may call it. */
    int64_t (*wake)(void *self, int64_t poller);
    int64_t (*unpoll)(void *self, int64_t poller); /* closes it */

    /*
     * Does `work` aside, in a thread of its own or later, then wakes the poller: beside wake() it
     * may call the functions of files, for handles that nobody else closes in the meantime, and
     * wait on a poller of its own. Every work that was begun must be joined: join() waits until it
     * is over, and the poller is woken.
     */
    int64_t (*aside)(void *self, int64_t poller, void (*work)(void *context), void *context);
    int64_t (*join)(void *self, int64_t work);
} oz_io;

/* The real world. Never NULL. */
OZ_API const oz_io *
oz_io_system(void);

#endif
