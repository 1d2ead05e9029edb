/* Tests of the simulated world: it must behave as the real one does, and fail when it is told to.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "kit/sim_io.h"

#define MS INT64_C(1000000)
#define FOR_EVER INT64_C(-1)

static sim_io *sim;
static const oz_io *io;

static int
make_world(void **state)
{
    (void)state;
    sim = sim_io_new(1);
    io = sim_io_table(sim);
    return 0;
}

static int
end_world(void **state)
{
    (void)state;
    int open = sim_io_open_handles(sim);
    sim_io_free(sim);
    return open;
}

static int64_t
open_file(const char *path, oz_io_mode mode)
{
    int64_t file = io->open(io->self, path, mode);
    assert_true(file >= 0);
    return file;
}

static int64_t
put(int64_t file, const char *text)
{
    return io->write(io->self, file, text, strlen(text));
}

static void
close_all(const int64_t *handles, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(io->close(io->self, handles[i]), 0);
    }
}

static void
assert_reads(int64_t file, const char *text)
{
    char data[64];
    assert_int_equal(io->read(io->self, file, data, sizeof data), strlen(text));
    assert_memory_equal(data, text, strlen(text));
}

/* ---- files ----------------------------------------------------------------------------------- */

static void
files_behave(void **state)
{
    (void)state;
    size_t size;
    char data[8];
    assert_int_equal(io->open(io->self, "d/a", OZ_IO_READ), -ENOENT);
    int64_t file = open_file("d/a", OZ_IO_CREATE);
    assert_int_equal(put(file, "hello"), 5);
    assert_int_equal(io->read(io->self, file, data, 1), -EBADF);
    assert_int_equal(io->sync(io->self, file), 0);
    assert_int_equal(io->close(io->self, file), 0);
    assert_int_equal(io->close(io->self, file), -EBADF);
    file = open_file("d/a", OZ_IO_APPEND);
    assert_int_equal(put(file, " there"), 6);
    assert_int_equal(io->size(io->self, file), 11);
    assert_int_equal(io->close(io->self, file), 0);
    assert_string_equal(sim_io_get(sim, "d/a", &size), "hello there");
    assert_int_equal(size, 11);
    file = open_file("d/a", OZ_IO_READ);
    assert_int_equal(io->seek(io->self, file, 6), 0);
    assert_reads(file, "there");
    assert_reads(file, "");
    assert_int_equal(put(file, "x"), -EBADF);
    assert_int_equal(io->seek(io->self, file, -1), -EINVAL);
    assert_int_equal(io->close(io->self, file), 0);
    int64_t folder = open_file("d", OZ_IO_READ);
    assert_int_equal(io->read(io->self, folder, data, 1), -EISDIR);
    assert_int_equal(io->sync(io->self, folder), 0);
    assert_int_equal(io->close(io->self, folder), 0);
    assert_int_equal(io->open(io->self, "d", OZ_IO_CREATE), -EISDIR);
}

static void
open_file_outlives_its_name(void **state)
{
    (void)state;
    sim_io_put(sim, "old", "old", 3);
    sim_io_put(sim, "new", "new", 3);
    int64_t old = open_file("old", OZ_IO_READ);
    assert_int_equal(io->rename(io->self, "new", "old"), 0);
    assert_null(sim_io_get(sim, "new", NULL));
    assert_string_equal(sim_io_get(sim, "old", NULL), "new");
    assert_int_equal(io->unlink(io->self, "old"), 0);
    assert_int_equal(io->unlink(io->self, "old"), -ENOENT);
    assert_int_equal(io->rename(io->self, "old", "x"), -ENOENT);
    assert_reads(old, "old");
    close_all(&old, 1);
}

static oz_status
join_path(void *context, const char *path)
{
    char *all = context;
    size_t size = strlen(all);
    memcpy(all + size, path, strlen(path) + 1);
    return strlen(all) > 12 ? OZ_FULL : OZ_OK;
}

static void
glob_matches_and_sorts(void **state)
{
    (void)state;
    char all[64] = "";
    sim_io_put(sim, "d/b", "", 0);
    sim_io_put(sim, "d/a", "", 0);
    sim_io_put(sim, "d/.h", "", 0);
    sim_io_put(sim, "d/e/a", "", 0);
    assert_int_equal(io->glob(io->self, "d/*", join_path, all), 2);
    assert_string_equal(all, "d/ad/b");
    assert_int_equal(io->glob(io->self, "x*", join_path, all), 0);
    assert_int_equal(io->glob(io->self, "*/*/a", join_path, all), 1);
    assert_int_equal(io->glob(io->self, "d/*", join_path, all), -ECANCELED);
}

static void
files_fail_as_told(void **state)
{
    (void)state;
    char data[8];
    sim_io_file_faults faults = {.chunk_max = 2, .fail_offset = 3, .read_error = EIO};
    sim_io_put(sim, "f", "abcdef", 6);
    sim_io_set_file_faults(sim, "f", &faults);
    int64_t file = open_file("f", OZ_IO_READ);
    assert_reads(file, "ab");
    assert_reads(file, "c");
    assert_int_equal(io->read(io->self, file, data, 8), -EIO);
    close_all(&file, 1);
    faults = (sim_io_file_faults){.fail_offset = 2, .write_error = EDQUOT, .sync_error = EIO};
    sim_io_set_file_faults(sim, "g", &faults);
    assert_int_equal(io->open(io->self, "g", OZ_IO_READ), -ENOENT);
    file = open_file("g", OZ_IO_CREATE);
    assert_int_equal(put(file, "abc"), 2);
    assert_int_equal(put(file, "c"), -EDQUOT);
    assert_int_equal(io->sync(io->self, file), -EIO);
    close_all(&file, 1);
    faults = (sim_io_file_faults){.open_error = EACCES};
    sim_io_set_file_faults(sim, "g", &faults);
    assert_int_equal(io->open(io->self, "g", OZ_IO_READ), -EACCES);
}

static void
disk_gets_full(void **state)
{
    (void)state;
    sim_io_put(sim, "f", "12", 2);
    sim_io_set_disk_room(sim, 3);
    int64_t file = open_file("f", OZ_IO_APPEND);
    assert_int_equal(put(file, "ab"), 2);
    assert_int_equal(put(file, "cd"), 1);
    assert_int_equal(put(file, "d"), -ENOSPC);
    assert_string_equal(sim_io_get(sim, "f", NULL), "12abc");
    sim_io_set_disk_room(sim, -1);
    assert_int_equal(put(file, "d"), 1);
    close_all(&file, 1);
}

static void
pipe_waits_and_ends(void **state)
{
    (void)state;
    char data[8];
    sim_io_make_pipe(sim, "/dev/stdin");
    int64_t input = open_file("/dev/stdin", OZ_IO_READ);
    assert_int_equal(io->read(io->self, input, data, 8), OZ_IO_AGAIN);
    int64_t output = open_file("/dev/stdin", OZ_IO_APPEND);
    assert_int_equal(io->size(io->self, input), -1);
    assert_int_equal(io->seek(io->self, input, 0), -ESPIPE);
    assert_int_equal(put(output, "line"), 4);
    assert_reads(input, "line");
    assert_int_equal(io->read(io->self, input, data, 8), OZ_IO_AGAIN);
    assert_int_equal(io->read(io->self, output, data, 8), -EBADF);
    close_all(&output, 1);
    assert_reads(input, "");
    close_all(&input, 1);
    output = open_file("/dev/stdin", OZ_IO_APPEND);
    assert_int_equal(put(output, "line"), -EPIPE);
    close_all(&output, 1);
}

/* ---- sockets --------------------------------------------------------------------------------- */

enum { LISTENER, CLIENT, SERVER, ENDS };

static void
open_ends(int64_t ends[ENDS])
{
    char address[OZ_IO_ADDRESS_MAX];
    ends[LISTENER] = io->listen(io->self, "", 7010, 8);
    assert_int_equal(io->accept(io->self, ends[LISTENER], address), OZ_IO_AGAIN);
    ends[CLIENT] = io->connect(io->self, "localhost", 7010, 0);
    assert_int_equal(io->connected(io->self, ends[CLIENT]), 0);
    ends[SERVER] = io->accept(io->self, ends[LISTENER], address);
    assert_true(ends[SERVER] >= 0);
    assert_memory_equal(address, "127.0.0.1:", 10);
    assert_int_equal(io->port(io->self, ends[CLIENT]), strtol(address + 10, NULL, 10));
    assert_int_equal(io->port(io->self, ends[SERVER]), 7010);
}

static int64_t
say(int64_t socket, const char *text)
{
    return io->send(io->self, socket, text, strlen(text));
}

static void
assert_hears(int64_t socket, const char *text)
{
    char data[64];
    assert_int_equal(io->receive(io->self, socket, data, sizeof data), strlen(text));
    assert_memory_equal(data, text, strlen(text));
}

static int64_t
hear_error(int64_t socket)
{
    char data[4];
    return io->receive(io->self, socket, data, sizeof data);
}

static void
sockets_talk_and_close(void **state)
{
    (void)state;
    int64_t ends[ENDS];
    open_ends(ends);
    assert_int_equal(hear_error(ends[SERVER]), OZ_IO_AGAIN);
    assert_int_equal(say(ends[CLIENT], "hello"), 5);
    assert_int_equal(say(ends[CLIENT], " there"), 6);
    assert_hears(ends[SERVER], "hello there");
    assert_int_equal(io->shut(io->self, ends[CLIENT]), 0);
    assert_int_equal(say(ends[CLIENT], "x"), -EPIPE);
    assert_hears(ends[SERVER], "");
    assert_int_equal(say(ends[SERVER], "bye"), 3);
    close_all(&ends[SERVER], 1);
    assert_hears(ends[CLIENT], "bye");
    assert_hears(ends[CLIENT], "");
    close_all(ends, 2);
}

static void
closed_peer_takes_one_send(void **state)
{
    (void)state;
    int64_t ends[ENDS];
    open_ends(ends);
    close_all(&ends[SERVER], 1);
    assert_int_equal(say(ends[CLIENT], "lost"), 4);
    assert_int_equal(say(ends[CLIENT], "x"), -EPIPE);
    assert_int_equal(hear_error(ends[CLIENT]), -ECONNRESET);
    close_all(ends, 2);
}

static void
unread_bytes_at_close_reset(void **state)
{
    (void)state;
    int64_t ends[ENDS];
    open_ends(ends);
    assert_int_equal(say(ends[CLIENT], "unread"), 6);
    close_all(&ends[SERVER], 1);
    assert_int_equal(hear_error(ends[CLIENT]), -ECONNRESET);
    close_all(ends, 2);
}

static void
nobody_there_is_refused(void **state)
{
    (void)state;
    int64_t ends[2];
    ends[0] = io->listen(io->self, "127.0.0.1", 7010, 0);
    assert_int_equal(io->listen(io->self, "localhost", 7010, 0), -EADDRINUSE);
    assert_int_equal(io->listen(io->self, "::", 7010, 0), -EADDRINUSE);
    ends[1] = io->connect(io->self, "[::1]", 7010, 0);
    assert_int_equal(io->connected(io->self, ends[1]), -ECONNREFUSED);
    assert_int_equal(say(ends[1], "x"), -ECONNREFUSED);
    assert_int_equal(io->shut(io->self, ends[1]), -ENOTCONN);
    close_all(ends, 2);
    /* A listener that goes resets whoever waits; a full queue refuses. */
    ends[0] = io->listen(io->self, "127.0.0.1", 0, 0);
    uint16_t port = (uint16_t)io->port(io->self, ends[0]);
    int64_t first = io->connect(io->self, "127.0.0.1", port, 0);
    int64_t second = io->connect(io->self, "127.0.0.1", port, 0);
    assert_int_equal(io->connected(io->self, first), 0);
    assert_int_equal(io->connected(io->self, second), -ECONNREFUSED);
    close_all(ends, 1);
    assert_int_equal(hear_error(first), -ECONNRESET);
    close_all((int64_t[]){first, second}, 2);
    int64_t free_again = io->listen(io->self, "127.0.0.1", 7010, 0);
    close_all(&free_again, 1);
}

static void
buffer_is_bounded(void **state)
{
    (void)state;
    int64_t ends[ENDS];
    sim_io_link link = sim_io_link_default;
    link.buffer_max = 4;
    sim_io_set_link(sim, &link);
    open_ends(ends);
    assert_int_equal(say(ends[CLIENT], "abcdef"), 4);
    assert_int_equal(say(ends[CLIENT], "ef"), OZ_IO_AGAIN);
    assert_hears(ends[SERVER], "abcd");
    assert_int_equal(say(ends[CLIENT], "ef"), 2);
    assert_hears(ends[SERVER], "ef");
    close_all(ends, ENDS);
}

static void
bytes_are_cut_and_connection_reset(void **state)
{
    (void)state;
    int64_t ends[ENDS];
    sim_io_link link = sim_io_link_default;
    open_ends(ends);
    link.chunk_max = 1;
    link.reset_after = 3;
    sim_io_set_link_of(sim, ends[CLIENT], &link);
    assert_int_equal(say(ends[CLIENT], "abcdef"), 6);
    assert_hears(ends[SERVER], "a");
    assert_hears(ends[SERVER], "b");
    assert_hears(ends[SERVER], "c");
    assert_int_equal(hear_error(ends[SERVER]), -ECONNRESET);
    assert_int_equal(hear_error(ends[CLIENT]), -ECONNRESET);
    assert_int_equal(say(ends[CLIENT], "x"), -ECONNRESET);
    close_all(ends, ENDS);
    open_ends(ends);
    sim_io_reset(sim, ends[SERVER]);
    assert_int_equal(hear_error(ends[CLIENT]), -ECONNRESET);
    close_all(ends, ENDS);
}

static void
delay_holds_everything_back(void **state)
{
    (void)state;
    char address[OZ_IO_ADDRESS_MAX];
    sim_io_link link = sim_io_link_default;
    link.delay_ns = 5 * MS;
    sim_io_set_link(sim, &link);
    int64_t listener = io->listen(io->self, "::1", 7010, 8);
    int64_t client = io->connect(io->self, "[::1]", 7010, 0);
    assert_int_equal(io->connected(io->self, client), OZ_IO_AGAIN);
    assert_int_equal(say(client, "x"), OZ_IO_AGAIN);
    assert_int_equal(io->accept(io->self, listener, address), OZ_IO_AGAIN);
    sim_io_advance(sim, 5 * MS);
    assert_int_equal(io->connected(io->self, client), 0);
    int64_t server = io->accept(io->self, listener, address);
    assert_memory_equal(address, "[::1]:", 6);
    assert_int_equal(say(client, "a"), 1);
    sim_io_advance(sim, 1 * MS);
    assert_int_equal(say(client, "b"), 1);
    assert_int_equal(io->shut(io->self, client), 0);
    assert_int_equal(hear_error(server), OZ_IO_AGAIN);
    sim_io_advance(sim, 4 * MS);
    assert_hears(server, "a");
    assert_int_equal(hear_error(server), OZ_IO_AGAIN);
    sim_io_advance(sim, 1 * MS);
    assert_hears(server, "b");
    assert_hears(server, "");
    close_all((int64_t[]){listener, client, server}, 3);
}

/* ---- the poller and the clock ---------------------------------------------------------------- */

static void
wait_reports_who_is_ready(void **state)
{
    (void)state;
    int64_t ends[ENDS];
    oz_io_event events[4];
    int64_t poller = io->poller(io->self);
    open_ends(ends);
    assert_int_equal(io->watch(io->self, poller, ends[LISTENER], OZ_IO_READABLE, 1), 0);
    assert_int_equal(io->watch(io->self, poller, ends[SERVER], OZ_IO_READABLE, 2), 0);
    assert_int_equal(io->wait(io->self, poller, events, 4, 0), 0);
    assert_int_equal(say(ends[CLIENT], "x"), 1);
    assert_int_equal(io->wait(io->self, poller, events, 4, FOR_EVER), 1);
    assert_int_equal(events[0].token, 2);
    assert_int_equal(events[0].ready, OZ_IO_READABLE);
    int64_t visitor = io->connect(io->self, "127.0.0.1", 7010, 0);
    assert_int_equal(io->wait(io->self, poller, events, 4, FOR_EVER), 2);
    assert_int_equal(io->wait(io->self, poller, events, 1, FOR_EVER), 1);
    assert_int_equal(io->watch(io->self, poller, ends[LISTENER], OZ_IO_NONE, 0), 0);
    assert_int_equal(io->watch(io->self, poller, ends[SERVER], OZ_IO_WRITABLE, 3), 0);
    assert_int_equal(io->wait(io->self, poller, events, 4, FOR_EVER), 1);
    assert_int_equal(events[0].token, 3);
    assert_int_equal(events[0].ready, OZ_IO_WRITABLE);
    sim_io_reset(sim, ends[CLIENT]);
    assert_int_equal(io->wait(io->self, poller, events, 4, FOR_EVER), 1);
    assert_int_equal(events[0].ready, OZ_IO_READABLE | OZ_IO_WRITABLE);
    close_all(ends, ENDS);
    close_all(&visitor, 1);
    assert_int_equal(io->wait(io->self, poller, events, 4, FOR_EVER), -EDEADLK);
    sim_io_put(sim, "f", "", 0);
    int64_t file = open_file("f", OZ_IO_READ);
    assert_int_equal(io->watch(io->self, poller, file, OZ_IO_READABLE, 1), -EPERM);
    close_all(&file, 1);
    assert_int_equal(io->watch(io->self, poller, file, OZ_IO_READABLE, 1), -EBADF);
    assert_int_equal(io->unpoll(io->self, poller), 0);
}

static void
clock_jumps_to_what_comes_next(void **state)
{
    (void)state;
    int64_t ends[ENDS];
    oz_io_event event;
    int64_t poller = io->poller(io->self);
    sim_io_link link = sim_io_link_default;
    open_ends(ends);
    link.delay_ns = 7 * MS;
    sim_io_set_link_of(sim, ends[CLIENT], &link);
    assert_int_equal(io->watch(io->self, poller, ends[SERVER], OZ_IO_READABLE, 9), 0);
    assert_int_equal(say(ends[CLIENT], "x"), 1);
    assert_int_equal(io->alarm(io->self, poller, SIM_IO_NOW_NS + 3 * MS), 0);
    assert_int_equal(io->wait(io->self, poller, &event, 1, FOR_EVER), 0);
    assert_int_equal(io->now_ns(io->self), SIM_IO_NOW_NS + 3 * MS);
    assert_int_equal(io->wait(io->self, poller, &event, 1, 2 * MS), 0);
    assert_int_equal(io->now_ns(io->self), SIM_IO_NOW_NS + 5 * MS);
    assert_int_equal(io->wait(io->self, poller, &event, 1, FOR_EVER), 1);
    assert_int_equal(io->now_ns(io->self), SIM_IO_NOW_NS + 7 * MS);
    assert_int_equal(io->wall_ns(io->self), SIM_IO_WALL_NS + 7 * MS);
    assert_hears(ends[SERVER], "x");
    assert_int_equal(io->wake(io->self, poller), 0);
    assert_int_equal(io->wait(io->self, poller, &event, 1, FOR_EVER), 0);
    /* By hand, waiting moves nothing. */
    sim_io_set_automatic(sim, false);
    int64_t due = io->now_ns(io->self) + MS;
    assert_int_equal(io->alarm(io->self, poller, due), 0);
    assert_int_equal(io->wait(io->self, poller, &event, 1, FOR_EVER), 0);
    assert_int_equal(io->now_ns(io->self), due - MS);
    close_all(ends, ENDS);
    assert_int_equal(io->unpoll(io->self, poller), 0);
}

static void
connecting_is_waited_for(void **state)
{
    (void)state;
    char address[OZ_IO_ADDRESS_MAX];
    oz_io_event events[2];
    sim_io_link link = sim_io_link_default;
    int64_t poller = io->poller(io->self);
    int64_t listener = io->listen(io->self, "", 7010, 8);
    link.delay_ns = 5 * MS;
    sim_io_set_link(sim, &link);
    int64_t client = io->connect(io->self, "localhost", 7010, 0);
    assert_int_equal(io->watch(io->self, poller, listener, OZ_IO_READABLE, 1), 0);
    assert_int_equal(io->watch(io->self, poller, client, OZ_IO_READABLE, 2), 0);
    assert_int_equal(io->watch(io->self, poller, client, OZ_IO_WRITABLE, UINT64_MAX), -EINVAL);
    assert_int_equal(io->wait(io->self, poller, events, 2, FOR_EVER), 1);
    assert_int_equal(events[0].token, 1);
    assert_int_equal(io->now_ns(io->self), SIM_IO_NOW_NS + 5 * MS);
    int64_t server = io->accept(io->self, listener, address);
    close_all(&server, 1);
    /* The end takes as long as everything else. */
    assert_int_equal(io->wait(io->self, poller, events, 2, FOR_EVER), 1);
    assert_int_equal(events[0].token, 2);
    assert_int_equal(io->now_ns(io->self), SIM_IO_NOW_NS + 10 * MS);
    assert_hears(client, "");
    close_all((int64_t[]){listener, client}, 2);
    assert_int_equal(io->unpoll(io->self, poller), 0);
}

static void
same_seed_gives_the_same_numbers(void **state)
{
    (void)state;
    sim_io *twin = sim_io_new(1);
    sim_io *other = sim_io_new(2);
    uint64_t number = io->random(io->self);
    assert_int_equal(sim_io_table(twin)->random(twin), number);
    assert_true(sim_io_table(other)->random(other) != number);
    sim_io_free(twin);
    sim_io_free(other);
}

/* ---- failing calls --------------------------------------------------------------------------- */

static void
copy_a_file(sim_io *world, void *context)
{
    int *done = context;
    const oz_io *table = sim_io_table(world);
    char data[4];
    sim_io_put(world, "in", "abc", 3);
    int64_t in = table->open(world, "in", OZ_IO_READ);
    if (in < 0) {
        assert_int_equal(in, -EMFILE);
        return;
    }
    int64_t out = table->open(world, "out", OZ_IO_CREATE);
    if (out >= 0) {
        *done += table->read(world, in, data, 4) == 3 && table->write(world, out, data, 3) == 3 &&
                 table->close(world, out) == 0;
        (void)table->close(world, out);
    }
    (void)table->close(world, in);
}

static void
each_call_fails_once(void **state)
{
    (void)state;
    int done = 0;
    /* open, open, read, write, close, close again, close */
    assert_int_equal(sim_io_fail_each(copy_a_file, &done, EMFILE), 7);
    /* Done when none fails, and when only the last two do. */
    assert_int_equal(done, 3);
    sim_io_fail_at(sim, 2, EINTR);
    sim_io_put(sim, "f", "", 0);
    int64_t file = open_file("f", OZ_IO_READ);
    assert_int_equal(io->sync(io->self, file), -EINTR);
    assert_int_equal(io->sync(io->self, file), 0);
    assert_int_equal(sim_io_calls(sim), 3);
    close_all(&file, 1);
}

/* One call of each entry that can fail, on a handle that is not open. */
static int64_t
call_entry(int entry)
{
    char data[OZ_IO_ADDRESS_MAX] = "";
    void *self = io->self;
    switch (entry) {
    case 0:
        return io->read(self, 1, data, 1);
    case 1:
        return io->write(self, 1, data, 1);
    case 2:
        return io->sync(self, 1);
    case 3:
        return io->seek(self, 1, 0);
    case 4:
        return io->close(self, 1);
    case 5:
        return io->accept(self, 1, data);
    case 6:
        return io->receive(self, 1, data, 1);
    case 7:
        return io->send(self, 1, data, 1);
    case 8:
        return io->shut(self, 1);
    case 9:
        return io->watch(self, 1, 1, OZ_IO_READABLE, 1);
    case 10:
        return io->alarm(self, 1, 0);
    default:
        return io->unpoll(self, 1);
    }
}

static void
every_entry_fails_as_told(void **state)
{
    (void)state;
    for (int entry = 0; entry < 12; entry++) {
        /* Closing closes first; the handle is bad all the same. */
        bool closes = entry == 4 || entry == 11;
        sim_io_fail_at(sim, 1, EINTR);
        assert_int_equal(call_entry(entry), closes ? -EBADF : -EINTR);
        assert_int_equal(sim_io_calls(sim), 1);
        assert_int_equal(call_entry(entry), -EBADF);
    }
    sim_io_fail_at(sim, 1, EMFILE);
    assert_int_equal(io->poller(io->self), -EMFILE);
    sim_io_fail_at(sim, 1, EMFILE);
    assert_int_equal(io->listen(io->self, "", 1, 1), -EMFILE);
    sim_io_fail_at(sim, 1, EMFILE);
    assert_int_equal(io->connect(io->self, "", 1, 0), -EMFILE);
    sim_io_fail_at(sim, 1, EACCES);
    assert_int_equal(io->rename(io->self, "a", "b"), -EACCES);
    sim_io_fail_at(sim, 1, EACCES);
    assert_int_equal(io->unlink(io->self, "a"), -EACCES);
    sim_io_fail_at(sim, 1, EACCES);
    assert_int_equal(io->glob(io->self, "a", join_path, NULL), -EACCES);
    assert_int_equal(io->size(io->self, 1), -EBADF);
    assert_int_equal(io->port(io->self, 1), -EBADF);
    assert_int_equal(io->connected(io->self, 1), -EBADF);
    assert_int_equal(io->wake(io->self, 1), -EBADF);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_world, end_world)
        TEST(files_behave),
        TEST(open_file_outlives_its_name),
        TEST(glob_matches_and_sorts),
        TEST(files_fail_as_told),
        TEST(disk_gets_full),
        TEST(pipe_waits_and_ends),
        TEST(sockets_talk_and_close),
        TEST(closed_peer_takes_one_send),
        TEST(unread_bytes_at_close_reset),
        TEST(nobody_there_is_refused),
        TEST(buffer_is_bounded),
        TEST(bytes_are_cut_and_connection_reset),
        TEST(delay_holds_everything_back),
        TEST(wait_reports_who_is_ready),
        TEST(clock_jumps_to_what_comes_next),
        TEST(same_seed_gives_the_same_numbers),
        TEST(each_call_fails_once),
        TEST(every_entry_fails_as_told),
        TEST(connecting_is_waited_for),
    };
    return cmocka_run_group_tests_name("kit/sim_io", tests, NULL, NULL);
}
