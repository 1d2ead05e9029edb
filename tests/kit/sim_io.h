/*
 * A simulated world: the twin of oz_io_system() that tests own. It has a clock that moves only when
 * the test or a wait() moves it, random numbers that follow from a seed, files and sockets in
 * memory, and faults on demand. The same seed and the same calls give the same run, byte for byte.
 *
 * Hand sim_io_table() to what is tested. The test plays the rest of the world through the same
 * table (it listens, connects, reads what was written) and through the functions below.
 *
 * It keeps the contract of include/ouzel/io.h and what src/base/io_system.h adds to it. One thread,
 * except wake(). A test that misuses it ends with a message.
 */
#ifndef OUZEL_KIT_SIM_IO_H
#define OUZEL_KIT_SIM_IO_H

#include "ouzel/io.h"

typedef struct sim_io sim_io;

/* Where the clocks stand in a new world: so much monotonic time, and this wall time. */
#define SIM_IO_NOW_NS (INT64_C(1000) * 1000000000)
#define SIM_IO_WALL_NS (INT64_C(1700000000) * 1000000000)

sim_io *
sim_io_new(uint64_t seed);
void
sim_io_free(sim_io *sim);
/* Valid as long as `sim`. */
const oz_io *
sim_io_table(sim_io *sim);

/* ---- time ------------------------------------------------------------------------------------ */

/* Moves both clocks forward. */
void
sim_io_advance(sim_io *sim, int64_t ns);
/*
 * Who moves the clock while everything waits. Automatically (as it begins) a wait() that may block
 * jumps to the next alarm, arrival or end of its timeout, and returns -EDEADLK when there is none;
 * by hand it returns 0 and the test calls sim_io_advance().
 */
void
sim_io_set_automatic(sim_io *sim, bool automatic);

/* ---- files ----------------------------------------------------------------------------------- */

/* Makes a file with this content, or gives it to the file that is there. Parents need not exist. */
void
sim_io_put(sim_io *sim, const char *path, const void *data, size_t size);
/* The content of a file, valid until the next call; NULL when there is no such file. */
const char *
sim_io_get(sim_io *sim, const char *path, size_t *size);
/* Makes a pipe, for example "/dev/stdin": open() gives its ends, by mode. */
void
sim_io_make_pipe(sim_io *sim, const char *path);

/* What goes wrong with one file, from now on. All zero: nothing. */
typedef struct sim_io_file_faults {
    size_t chunk_max;    /* a read or write does at most so much; 0: all of it */
    int64_t fail_offset; /* from this offset on ... */
    int read_error;      /* ... a read fails so (EIO), */
    int write_error;     /* ... and a write so (EIO, EDQUOT); 0: it does not */
    int open_error;      /* open() fails so (EACCES) */
    int sync_error;      /* sync() fails so */
} sim_io_file_faults;
/* The path need not exist yet. */
void
sim_io_set_file_faults(sim_io *sim, const char *path, const sim_io_file_faults *faults);
/* How many bytes all files together may still grow before -ENOSPC; negative: without end. */
void
sim_io_set_disk_room(sim_io *sim, int64_t bytes);

/* ---- sockets --------------------------------------------------------------------------------- */

/* How a connection behaves. */
typedef struct sim_io_link {
    size_t buffer_max;   /* bytes on their way in each direction, beyond which send is AGAIN */
    size_t chunk_max;    /* a receive gives at most so many: 1 cuts everywhere; 0: all there is */
    int64_t delay_ns;    /* connecting, bytes and ends take so long */
    int64_t reset_after; /* reset when so many bytes were received in one direction; < 0: never */
} sim_io_link;
/* 64 KB, no cuts, no delay, no reset. */
extern const sim_io_link sim_io_link_default;
/* For connections that begin from now on. */
void
sim_io_set_link(sim_io *sim, const sim_io_link *link);
/* For the one that a socket (either end) or a pipe end belongs to. */
void
sim_io_set_link_of(sim_io *sim, int64_t handle, const sim_io_link *link);
/* Breaks a connection: both ends get -ECONNRESET, and what was on its way is lost. */
void
sim_io_reset(sim_io *sim, int64_t socket);

/* ---- failing calls --------------------------------------------------------------------------- */

/*
 * The n-th call from now on (1 is the next) that can fail returns -`error`, and does nothing but
 * (for close and unpoll) closing. 0: none. The clocks, random, port, size, connected, wait and wake
 * never fail so and do not count.
 */
void
sim_io_fail_at(sim_io *sim, uint64_t n, int error);
/*
 * The machine stops at the n-th call from now on that can fail: that one, if it is a write, does
 * half of what it should, and from then on every call fails with -EIO and does nothing. 0: never.
 */
void
sim_io_stop_at(sim_io *sim, uint64_t n);
/*
 * The machine starts again: all handles are gone. With `loses`, so is what was never synced: of
 * each file the bytes written since its last sync, all or some of them or none, and names that were
 * made, renamed or removed since the last sync of their folder. The seed of the world decides.
 */
void
sim_io_start_again(sim_io *sim, bool loses);
/* How many calls that can fail there were since the last sim_io_fail_at() or the beginning. */
uint64_t
sim_io_calls(const sim_io *sim);
/* Handles that are open: 0 at the end of a test that leaks none. */
int
sim_io_open_handles(const sim_io *sim);
/*
 * Runs `scenario` in a new world with its first call failing, then its second, and so on until none
 * fails; each time all handles must be closed at its end. Returns how many calls it makes. The
 * scenario ends the test when what it sees is wrong.
 */
uint64_t
sim_io_fail_each(void (*scenario)(sim_io *sim, void *context), void *context, int error);

#endif
