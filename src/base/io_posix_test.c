/* Tests of io_posix.c: files, pipes, devices and globs of the real world, in their own folder. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "base/io_system.h"

enum { PATH_ROOM = 600 };

static const oz_io *io;
static char folder[PATH_ROOM / 2];
static char path_room[4][PATH_ROOM];

/* A path in the folder of this test; four of them can be in use at once. */
static const char *
in_folder(const char *name)
{
    static int turn;
    char *path = path_room[turn++ % 4];
    (void)snprintf(path, PATH_ROOM, "%s/%s", folder, name);
    return path;
}

static int
make_folder(void **state)
{
    (void)state;
    const char *parent = getenv("TMPDIR");
    (void)snprintf(folder, sizeof folder, "%s/ouzel-io-XXXXXX", parent != NULL ? parent : P_tmpdir);
    io = oz_io_system();
    (void)signal(SIGPIPE, SIG_IGN);
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static oz_status
remove_path(void *context, const char *path)
{
    (void)context;
    return remove(path) == 0 ? OZ_OK : OZ_IO;
}

static int
remove_folder(void **state)
{
    (void)state;
    (void)io->glob(NULL, in_folder("*"), remove_path, NULL);
    return rmdir(folder);
}

static void
write_file(const char *path, const char *text)
{
    int64_t file = io->open(NULL, path, OZ_IO_CREATE);
    assert_true(file >= 0);
    assert_int_equal(io->write(NULL, file, text, strlen(text)), strlen(text));
    assert_int_equal(io->close(NULL, file), 0);
}

static void
assert_file(const char *path, const char *text)
{
    char data[100] = "";
    int64_t file = io->open(NULL, path, OZ_IO_READ);
    assert_true(file >= 0);
    assert_int_equal(io->read(NULL, file, data, sizeof data - 1), strlen(text));
    assert_int_equal(io->read(NULL, file, data + 90, 1), 0);
    assert_string_equal(data, text);
    assert_int_equal(io->close(NULL, file), 0);
}

static void
files_are_written_and_read(void **state)
{
    (void)state;
    const char *path = in_folder("words");
    write_file(path, "first");
    assert_file(path, "first");
    write_file(path, "new");
    int64_t file = io->open(NULL, path, OZ_IO_APPEND);
    assert_int_equal(io->write(NULL, file, " more", 5), 5);
    assert_int_equal(io->sync(NULL, file), 0);
    assert_int_equal(io->size(NULL, file), 8);
    assert_int_equal(io->close(NULL, file), 0);
    assert_file(path, "new more");
    file = io->open(NULL, path, OZ_IO_READ);
    char data[10];
    assert_int_equal(io->seek(NULL, file, 4), 0);
    assert_int_equal(io->read(NULL, file, data, sizeof data), 4);
    assert_memory_equal(data, "more", 4);
    assert_int_equal(io->close(NULL, file), 0);
    assert_int_equal(io->rename(NULL, path, in_folder("renamed")), 0);
    assert_file(in_folder("renamed"), "new more");
    assert_int_equal(io->unlink(NULL, in_folder("renamed")), 0);
}

static void
errors_are_negated_errnos(void **state)
{
    (void)state;
    char data[4];
    const char *missing = in_folder("missing");
    assert_int_equal(io->open(NULL, missing, OZ_IO_READ), -ENOENT);
    assert_int_equal(io->rename(NULL, missing, missing), -ENOENT);
    assert_int_equal(io->unlink(NULL, missing), -ENOENT);
    assert_int_equal(io->read(NULL, 1000000, data, 4), -EBADF);
    assert_int_equal(io->write(NULL, 1000000, data, 4), -EBADF);
    assert_int_equal(io->sync(NULL, 1000000), -EBADF);
    assert_int_equal(io->size(NULL, 1000000), -EBADF);
    assert_int_equal(io->seek(NULL, 1000000, 0), -EBADF);
    assert_int_equal(io->close(NULL, 1000000), -EBADF);
    int64_t directory = io->open(NULL, folder, OZ_IO_READ);
    assert_true(directory >= 0);
    assert_int_equal(io->read(NULL, directory, data, 4), -EISDIR);
    assert_int_equal(io->sync(NULL, directory), 0);
    assert_int_equal(io->close(NULL, directory), 0);
}

static void
full_device_says_so(void **state)
{
    (void)state;
    int64_t file = io->open(NULL, "/dev/full", OZ_IO_CREATE);
    if (file == -ENOENT) {
        skip();
    }
    assert_int_equal(io->write(NULL, file, "x", 1), -ENOSPC);
    assert_int_equal(io->size(NULL, file), -1);
    assert_int_equal(io->close(NULL, file), 0);
}

/* Puts the ends of a new pipe in the place of stdin and stdout while `test` runs. */
static void
with_standard_pipe(void (*test)(int read_end, int write_end))
{
    int ends[2];
    int kept_in = dup(0);
    int kept_out = dup(1);
    assert_int_equal(pipe(ends), 0);
    (void)fflush(stdout);
    assert_int_equal(dup2(ends[0], 0), 0);
    assert_int_equal(dup2(ends[1], 1), 1);
    test(ends[0], ends[1]);
    assert_int_equal(dup2(kept_in, 0), 0);
    assert_int_equal(dup2(kept_out, 1), 1);
    (void)close(kept_in);
    (void)close(kept_out);
}

static void
check_standard_pipe(int read_end, int write_end)
{
    char data[10];
    int64_t input = io->open(NULL, "/dev/stdin", OZ_IO_READ);
    int64_t output = io->open(NULL, "/dev/stdout", OZ_IO_APPEND);
    assert_true(input > 2 && output > 2);
    assert_int_equal(io->read(NULL, input, data, 10), OZ_IO_AGAIN);
    assert_int_equal(io->read(NULL, 0, data, 10), OZ_IO_AGAIN);
    assert_int_equal(io->write(NULL, output, "ab", 2), 2);
    assert_int_equal(io->write(NULL, 1, "cd", 2), 2);
    assert_int_equal(io->read(NULL, input, data, 3), 3);
    assert_int_equal(io->read(NULL, 0, data + 3, 7), 1);
    assert_memory_equal(data, "abcd", 4);
    assert_int_equal(io->size(NULL, input), -1);
    assert_int_equal(io->seek(NULL, input, 0), -ESPIPE);
    assert_int_equal(io->sync(NULL, output), 0);
    /* Whoever shares the pipe keeps blocking. */
    assert_int_equal(fcntl(read_end, F_GETFL) & O_NONBLOCK, 0);
    /* A full pipe refuses instead of blocking. */
    static char block[1 << 16];
    int64_t written = 0;
    int64_t total = 0;
    while ((written = io->write(NULL, output, block, sizeof block)) > 0) {
        total += written;
    }
    assert_int_equal(written, OZ_IO_AGAIN);
    assert_true(total >= 4096);
    /* Without readers the write fails; without writers the read ends. */
    (void)close(write_end);
    (void)close(read_end);
    (void)close(0);
    assert_int_equal(io->close(NULL, input), 0);
    assert_int_equal(io->write(NULL, output, "x", 1), -EPIPE);
    assert_int_equal(io->close(NULL, output), 0);
}

static void
standard_pipes_never_block(void **state)
{
    (void)state;
    with_standard_pipe(check_standard_pipe);
}

static void
closed_standard_input_is_an_error(void **state)
{
    (void)state;
    int kept = dup(0);
    (void)close(0);
    assert_int_equal(io->open(NULL, "/dev/stdin", OZ_IO_READ), -EBADF);
    assert_int_equal(dup2(kept, 0), 0);
    (void)close(kept);
}

static void
fifo_waits_for_its_other_end(void **state)
{
    (void)state;
    const char *path = in_folder("fifo");
    char data[4];
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(io->open(NULL, path, OZ_IO_APPEND), -ENXIO);
    int64_t reader = io->open(NULL, path, OZ_IO_READ);
    assert_int_equal(io->read(NULL, reader, data, 4), OZ_IO_AGAIN);
    int64_t writer = io->open(NULL, path, OZ_IO_APPEND);
    assert_int_equal(io->read(NULL, reader, data, 4), OZ_IO_AGAIN);
    assert_int_equal(io->write(NULL, writer, "abc", 3), 3);
    assert_int_equal(io->close(NULL, writer), 0);
    assert_int_equal(io->read(NULL, reader, data, 4), 3);
    assert_int_equal(io->read(NULL, reader, data, 4), 0);
    assert_int_equal(io->close(NULL, reader), 0);
}

typedef struct found_list {
    char names[8][16];
    int count;
    int stop_at;
} found_list;

static oz_status
keep_name(void *context, const char *path)
{
    found_list *list = context;
    (void)snprintf(list->names[list->count++], 16, "%s", strrchr(path, '/') + 1);
    return list->count == list->stop_at ? OZ_CLOSED : OZ_OK;
}

static void
glob_is_sorted_by_bytes(void **state)
{
    (void)state;
    static const char *const names[] = {"g-b", "g-B", "g-_", "g-10", "g-9"};
    static const char *const sorted[] = {"g-10", "g-9", "g-B", "g-_", "g-b"};
    for (int i = 0; i < 5; i++) {
        write_file(in_folder(names[i]), "");
    }
    found_list all = {0};
    assert_int_equal(io->glob(NULL, in_folder("g-*"), keep_name, &all), 5);
    for (int i = 0; i < 5; i++) {
        assert_string_equal(all.names[i], sorted[i]);
    }
    found_list one = {0};
    assert_int_equal(io->glob(NULL, in_folder("g-9"), keep_name, &one), 1);
    assert_int_equal(io->glob(NULL, in_folder("h-*"), keep_name, &one), 0);
    assert_int_equal(one.count, 1);
    found_list stopped = {.stop_at = 1};
    assert_int_equal(io->glob(NULL, in_folder("g-*"), keep_name, &stopped), -ECANCELED);
    assert_int_equal(stopped.count, 1);
}

static void
clocks_and_randomness(void **state)
{
    (void)state;
    int64_t now = io->now_ns(NULL);
    assert_true(io->now_ns(NULL) >= now);
    assert_true(io->wall_ns(NULL) > INT64_C(1700000000) * 1000000000);
    assert_true(io->random(NULL) != io->random(NULL));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_written_and_read),
        cmocka_unit_test(errors_are_negated_errnos),
        cmocka_unit_test(full_device_says_so),
        cmocka_unit_test(standard_pipes_never_block),
        cmocka_unit_test(closed_standard_input_is_an_error),
        cmocka_unit_test(fifo_waits_for_its_other_end),
        cmocka_unit_test(glob_is_sorted_by_bytes),
        cmocka_unit_test(clocks_and_randomness),
    };
    return cmocka_run_group_tests_name("base/io_posix", tests, make_folder, remove_folder);
}
