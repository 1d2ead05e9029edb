/*
 * The inside of the simulated world, shared by its five files:
 *
 *   sim_io.c          handles, clocks, failing calls, the table
 *   sim_io_file.c     files in memory
 *   sim_io_channel.c  one direction of bytes, of a pipe or a connection
 *   sim_io_socket.c   listening, connecting, closing
 *   sim_io_poller.c   watching, waiting, moving the clock
 */
#ifndef OUZEL_KIT_SIM_IO_INTERNAL_H
#define OUZEL_KIT_SIM_IO_INTERNAL_H

#include <stdatomic.h>

#include "base/vec.h"
#include "kit/sim_io.h"

/* One direction of bytes. What was sent at one time arrives at one time: a segment. */
typedef struct sim_segment {
    uint64_t end;   /* bytes that were sent up to here, since the beginning */
    int64_t due_ns; /* when they arrive */
} sim_segment;

typedef struct sim_channel sim_channel;
struct sim_channel {
    sim_channel *back; /* the other direction of a connection; NULL for a pipe */
    ozi_vec bytes;     /* char: sent and not yet received */
    ozi_vec segments;  /* sim_segment: of these bytes, oldest first */
    uint64_t sent;     /* bytes since the beginning */
    uint64_t received;
    int64_t ended_ns; /* when the end arrives; INT64_MAX: it goes on */
    int writers;      /* open ends */
    int readers;
    bool was_written; /* a writer was there: without one now, this is the end */
    bool was_read;    /* a reader was there: without one now, writing is -EPIPE */
    bool reset;       /* broken: -ECONNRESET */
    sim_io_link link;
};

typedef struct sim_node {
    char *path;        /* NULL when it is unlinked but still open */
    ozi_vec data;      /* char */
    bool exists;       /* false: only faults are known of it */
    bool is_folder;    /* made as one; others exist when a file lies in them */
    bool is_locked;    /* a handle of lock() is open */
    sim_channel *pipe; /* when it is one */
    sim_io_file_faults faults;
    ozi_vec synced;    /* char: the content at the last sync */
    char *synced_path; /* the name at the last sync of its folder; NULL: it had none */
} sim_node;

typedef enum sim_kind {
    SIM_FREE,
    SIM_FILE,
    SIM_FOLDER,
    SIM_PIPE,
    SIM_LISTENER,
    SIM_SOCKET,
    SIM_POLLER
} sim_kind;

typedef struct sim_watch {
    int64_t file;
    uint64_t token;
    uint32_t interest;
} sim_watch;

/* What a handle stands for. Handles are never given out twice, so that a stale one is noticed. */
typedef struct sim_handle {
    sim_kind kind;
    oz_io_mode mode;      /* of FILE and PIPE */
    sim_node *node;       /* of FILE */
    bool locks;           /* of FILE: it is a handle of lock() */
    int64_t offset;       /* of FILE */
    sim_channel *in;      /* of SOCKET and PIPE, where it reads */
    sim_channel *out;     /* ... and writes */
    char host[64];        /* of LISTENER: where it listens; of SOCKET: its own */
    uint16_t port;        /* of LISTENER and SOCKET: its own */
    uint16_t peer_port;   /* of SOCKET */
    int backlog;          /* of LISTENER */
    int64_t connected_ns; /* of SOCKET: when connecting ends */
    int connect_error;    /* of SOCKET: and how */
    ozi_vec pending;      /* of LISTENER: int64_t handles that wait for accept */
    ozi_vec watches;      /* of POLLER: sim_watch */
    int64_t alarm_ns;     /* of POLLER */
    atomic_bool woken;    /* of POLLER */
} sim_handle;

/* What was given to aside(). */
typedef struct sim_work {
    void (*run)(void *context); /* NULL: it is over */
    void *context;
    int64_t poller;
} sim_work;

struct sim_io {
    oz_io table;
    int64_t now_ns;
    uint64_t random;  /* state of what random() gives */
    uint64_t shuffle; /* state of our own choices, so that they do not change random() */
    bool automatic;
    ozi_vec handles;   /* sim_handle * */
    int open_handles;  /* without those that wait for accept */
    ozi_vec nodes;     /* sim_node * */
    ozi_vec channels;  /* sim_channel *, all that ever were */
    ozi_vec works;     /* sim_work, all that ever were */
    size_t works_over; /* so many of them are */
    int64_t disk_room;
    sim_io_link link;
    uint16_t next_port;
    uint64_t calls;
    uint64_t fail_at;
    int fail_error;
    uint64_t stop_at;
    bool is_stopped;
};

/* Ends the test: the test, not what it tests, is wrong. */
void
sim_misuse(const char *format, ...) OZ_PRINTF(1, 2) __attribute__((noreturn));
/* Zeroed memory, or the end of the test. */
void *
sim_new(size_t size);
void
sim_push_pointer(ozi_vec *vec, void *pointer);
void
sim_append(ozi_vec *vec, const void *items, size_t count);
/* Drops `count` items at the beginning. */
void
sim_drop_front(ozi_vec *vec, size_t count);

/* What sim_io_start_again says of what was never synced. */
void
sim_lose_unsynced(sim_io *sim);
/* Whether the machine stops with this call: then a write does half of it. */
bool
sim_stops_now(const sim_io *sim);
/* Counts a call that can fail; true when this one must, with -sim->fail_error. */
bool
sim_fails(sim_io *sim);
uint64_t
sim_random(uint64_t *state);
/* A new handle of a kind. */
int64_t
sim_handle_new(sim_io *sim, sim_kind kind, sim_handle **out);
/* The handle when it is open and of the kind (SIM_FREE: of any); else NULL. */
sim_handle *
sim_handle_of(const sim_io *sim, int64_t handle, sim_kind kind);

/* ---- sim_io_file.c --------------------------------------------------------------------------- */

int64_t
sim_open(void *self, const char *path, oz_io_mode mode);
int64_t
sim_file_read(sim_handle *file, void *data, size_t size);
int64_t
sim_file_write(sim_io *sim, sim_handle *file, const void *data, size_t size);
int64_t
sim_sync(void *self, int64_t file);
int64_t
sim_size(void *self, int64_t file);
int64_t
sim_seek(void *self, int64_t file, int64_t offset);
int64_t
sim_rename(void *self, const char *from, const char *to);
int64_t
sim_unlink(void *self, const char *path);
int64_t
sim_truncate(void *self, int64_t file, int64_t size);
int64_t
sim_folder(void *self, const char *path);
int64_t
sim_lock(void *self, const char *path);
int64_t
sim_glob(void *self, const char *pattern, oz_status (*found)(void *context, const char *path),
         void *context);

/* ---- sim_io_channel.c ------------------------------------------------------------------------ */

sim_channel *
sim_channel_new(sim_io *sim);
int64_t
sim_channel_read(sim_io *sim, sim_channel *channel, void *data, size_t size);
int64_t
sim_channel_write(sim_io *sim, sim_channel *channel, const void *data, size_t size);
/* Nothing more comes after what was sent. */
void
sim_channel_end(const sim_io *sim, sim_channel *channel);
/* Breaks it and its back direction; what was on its way is lost. */
void
sim_channel_reset(sim_channel *channel);
/* Whether read (write) would return at once; `*next_ns` is lowered to when that may change. */
bool
sim_channel_readable(const sim_io *sim, const sim_channel *channel, int64_t *next_ns);
bool
sim_channel_writable(const sim_channel *channel);

/* ---- sim_io_socket.c ------------------------------------------------------------------------- */

/* Beside the oz_io_interest bits: an error, which is reported whatever the interest. */
enum { SIM_BROKEN = 4 };
/* What a poller would report of a handle now, and when that may change by time alone. */
uint32_t
sim_ready(const sim_io *sim, const sim_handle *handle, int64_t *next_ns);
/* What close() means for the kind. */
void
sim_close_pipe(sim_handle *pipe);
void
sim_close_socket(sim_io *sim, sim_handle *socket);
void
sim_close_listener(sim_io *sim, sim_handle *listener);
int64_t
sim_listen(void *self, const char *host, uint16_t port, int backlog);
int64_t
sim_accept(void *self, int64_t listener, char address[OZ_IO_ADDRESS_MAX]);
int64_t
sim_connect(void *self, const char *host, uint16_t port, uint32_t attempt);
int64_t
sim_connected(void *self, int64_t socket);
int64_t
sim_receive(void *self, int64_t socket, void *data, size_t size);
int64_t
sim_send(void *self, int64_t socket, const void *data, size_t size);
int64_t
sim_shut(void *self, int64_t socket);
int64_t
sim_port(void *self, int64_t socket);

/* ---- sim_io_poller.c ------------------------------------------------------------------------- */

int64_t
sim_poller(void *self);
int64_t
sim_watch_file(void *self, int64_t poller, int64_t file, uint32_t interest, uint64_t token);
int64_t
sim_alarm(void *self, int64_t poller, int64_t at_ns);
int64_t
sim_wait(void *self, int64_t poller, oz_io_event *events, int capacity, int64_t timeout_ns);
int64_t
sim_wake(void *self, int64_t poller);
int64_t
sim_unpoll(void *self, int64_t poller);
/* Work is done when it is joined or all waits, and before that when the seed says so. */
int64_t
sim_aside(void *self, int64_t poller, void (*work)(void *context), void *context);
int64_t
sim_join(void *self, int64_t work);
/* A closed file is no longer watched by anyone. */
void
sim_forget_watches(sim_io *sim, int64_t file);

#endif
