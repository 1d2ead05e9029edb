/* Tests of io_linux.c: the poller, alone and inside of a foreign loop. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "base/io_system.h"

#define FOR_EVER INT64_C(-1)
#define MS INT64_C(1000000)

static const oz_io *io;

static int
take_io(void **state)
{
    (void)state;
    io = oz_io_system();
    return 0;
}

/* What a foreign loop sees of the poller. */
static bool
looks_ready(int64_t poller, int timeout_ms)
{
    struct pollfd entry = {.fd = (int)poller, .events = POLLIN};
    return poll(&entry, 1, timeout_ms) == 1;
}

/* The lowest free descriptor: the same before and after when nothing leaked. */
static int
lowest_free(void)
{
    int fd = dup(1);
    (void)close(fd);
    return fd;
}

static void
watched_files_are_reported(void **state)
{
    (void)state;
    int ends[2];
    oz_io_event events[4];
    int64_t poller = io->poller(NULL);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(io->watch(NULL, poller, ends[0], OZ_IO_READABLE, 10), 0);
    assert_int_equal(io->wait(NULL, poller, events, 4, 0), 0);
    assert_int_equal(io->watch(NULL, poller, ends[1], OZ_IO_WRITABLE, 11), 0);
    assert_int_equal(io->wait(NULL, poller, events, 4, FOR_EVER), 1);
    assert_int_equal(events[0].token, 11);
    assert_int_equal(events[0].ready, OZ_IO_WRITABLE);
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_int_equal(io->wait(NULL, poller, events, 4, FOR_EVER), 2);
    assert_int_equal(io->wait(NULL, poller, events, 1, FOR_EVER), 1);
    /* A new token takes the place of the old one; no interest is no report. */
    assert_int_equal(io->watch(NULL, poller, ends[1], OZ_IO_NONE, 0), 0);
    assert_int_equal(io->watch(NULL, poller, ends[1], OZ_IO_NONE, 0), 0);
    assert_int_equal(io->watch(NULL, poller, ends[0], OZ_IO_READABLE, 12), 0);
    assert_int_equal(io->wait(NULL, poller, events, 4, FOR_EVER), 1);
    assert_int_equal(events[0].token, 12);
    assert_int_equal(events[0].ready, OZ_IO_READABLE);
    /* A hang-up sets both. */
    (void)close(ends[1]);
    assert_int_equal(io->wait(NULL, poller, events, 4, FOR_EVER), 1);
    assert_int_equal(events[0].ready, OZ_IO_READABLE | OZ_IO_WRITABLE);
    (void)close(ends[0]);
    assert_int_equal(io->wait(NULL, poller, events, 4, 0), 0);
    assert_int_equal(io->unpoll(NULL, poller), 0);
}

static void
what_cannot_be_watched_is_refused(void **state)
{
    (void)state;
    int64_t poller = io->poller(NULL);
    int64_t file = io->open(NULL, "/proc/self/exe", OZ_IO_READ);
    assert_int_equal(io->watch(NULL, poller, file, OZ_IO_READABLE, 1), -EPERM);
    assert_int_equal(io->watch(NULL, poller, 1000000, OZ_IO_READABLE, 1), -EBADF);
    assert_int_equal(io->watch(NULL, poller, 1, OZ_IO_READABLE, UINT64_MAX), -EINVAL);
    assert_int_equal(io->watch(NULL, poller, 1000000, OZ_IO_NONE, 1), -EBADF);
    assert_int_equal(io->close(NULL, file), 0);
    assert_int_equal(io->unpoll(NULL, poller), 0);
}

static void
alarm_makes_the_descriptor_ready(void **state)
{
    (void)state;
    oz_io_event event;
    int64_t poller = io->poller(NULL);
    assert_false(looks_ready(poller, 0));
    /* A time that has passed rings at once, and once. */
    assert_int_equal(io->alarm(NULL, poller, -5), 0);
    assert_true(looks_ready(poller, 10000));
    assert_int_equal(io->wait(NULL, poller, &event, 1, FOR_EVER), 0);
    assert_false(looks_ready(poller, 0));
    /* The same time, set again, rings again. */
    assert_int_equal(io->alarm(NULL, poller, -5), 0);
    assert_int_equal(io->wait(NULL, poller, &event, 1, FOR_EVER), 0);
    /* One that is moved away does not ring, although it had begun to. */
    assert_int_equal(io->alarm(NULL, poller, 1), 0);
    assert_true(looks_ready(poller, 10000));
    assert_int_equal(io->alarm(NULL, poller, INT64_MAX), 0);
    assert_false(looks_ready(poller, 0));
    /* One that lies ahead does not ring before its time. */
    int64_t due = io->now_ns(NULL) + 2 * MS;
    assert_int_equal(io->alarm(NULL, poller, due), 0);
    assert_int_equal(io->alarm(NULL, poller, due), 0);
    assert_int_equal(io->wait(NULL, poller, &event, 1, FOR_EVER), 0);
    assert_true(io->now_ns(NULL) >= due);
    assert_int_equal(io->unpoll(NULL, poller), 0);
}

static void
timeout_ends_the_wait(void **state)
{
    (void)state;
    oz_io_event event;
    int64_t poller = io->poller(NULL);
    int64_t begin = io->now_ns(NULL);
    assert_int_equal(io->wait(NULL, poller, &event, 1, MS / 10), 0);
    assert_true(io->now_ns(NULL) - begin >= MS / 10);
    assert_int_equal(io->unpoll(NULL, poller), 0);
}

typedef struct waker {
    int64_t poller;
    pthread_t target;
    atomic_bool stop;
} waker;

static void *
wake_once(void *context)
{
    const waker *waker = context;
    return (void *)(intptr_t)io->wake(NULL, waker->poller);
}

static void
another_thread_wakes_the_wait(void **state)
{
    (void)state;
    oz_io_event event;
    pthread_t thread;
    void *result;
    waker waker = {.poller = io->poller(NULL)};
    assert_int_equal(pthread_create(&thread, NULL, wake_once, &waker), 0);
    assert_int_equal(io->wait(NULL, waker.poller, &event, 1, FOR_EVER), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_null(result);
    /* Two wakes before a wait are one; a foreign loop sees them too. */
    assert_int_equal(io->wake(NULL, waker.poller), 0);
    assert_int_equal(io->wake(NULL, waker.poller), 0);
    assert_true(looks_ready(waker.poller, 0));
    assert_int_equal(io->wait(NULL, waker.poller, &event, 1, FOR_EVER), 0);
    assert_false(looks_ready(waker.poller, 0));
    assert_int_equal(io->unpoll(NULL, waker.poller), 0);
}

static void
ignore_signal(int number)
{
    (void)number;
}

static void *
signal_until_stopped(void *context)
{
    waker *waker = context;
    while (!waker->stop) {
        (void)pthread_kill(waker->target, SIGUSR1);
    }
    return NULL;
}

/* The host must get the chance to look at its signals. */
static void
signal_ends_the_wait(void **state)
{
    (void)state;
    oz_io_event event;
    pthread_t thread;
    struct sigaction action = {.sa_handler = ignore_signal};
    waker waker = {.poller = io->poller(NULL), .target = pthread_self()};
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
    assert_int_equal(pthread_create(&thread, NULL, signal_until_stopped, &waker), 0);
    assert_int_equal(io->wait(NULL, waker.poller, &event, 1, FOR_EVER), 0);
    waker.stop = true;
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(io->unpoll(NULL, waker.poller), 0);
}

static void
no_descriptors_left_is_an_error(void **state)
{
    (void)state;
    struct rlimit before;
    int free_fd = lowest_free();
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    for (int room = 0; room < 3; room++) {
        struct rlimit limit = {.rlim_cur = (rlim_t)(free_fd + room), .rlim_max = before.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
        assert_int_equal(io->poller(NULL), -EMFILE);
        assert_int_equal(io->listen(NULL, "127.0.0.1", 0, 1), room == 0 ? -EMFILE : free_fd);
        assert_int_equal(io->close(NULL, free_fd), room == 0 ? -EBADF : 0);
    }
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(lowest_free(), free_fd);
    int64_t poller = io->poller(NULL);
    assert_true(poller >= 0);
    assert_int_equal(io->unpoll(NULL, poller), 0);
    assert_int_equal(lowest_free(), free_fd);
}

static void
pollers_are_independent(void **state)
{
    (void)state;
    oz_io_event event;
    int64_t pollers[50];
    for (int i = 0; i < 50; i++) {
        pollers[i] = io->poller(NULL);
        assert_true(pollers[i] >= 0);
    }
    for (int i = 0; i < 50; i++) {
        assert_int_equal(io->wake(NULL, pollers[i]), 0);
        for (int other = 0; other < 50; other++) {
            assert_int_equal(looks_ready(pollers[other], 0), other == i);
        }
        assert_int_equal(io->wait(NULL, pollers[i], &event, 1, FOR_EVER), 0);
    }
    for (int i = 0; i < 50; i++) {
        assert_int_equal(io->unpoll(NULL, pollers[i]), 0);
    }
}

/* ---- work aside ------------------------------------------------------------------------------ */

typedef struct work {
    pthread_t thread;
    bool has_no_signals;
    atomic_bool is_done;
} work;

static void
do_work(void *context)
{
    work *work = context;
    sigset_t blocked;
    (void)pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    work->thread = pthread_self();
    work->has_no_signals = sigismember(&blocked, SIGTERM) == 1;
    atomic_store(&work->is_done, true);
}

/* In a thread of its own, which gets no signals; the wait ends when it is done. */
static void
work_is_done_aside(void **state)
{
    (void)state;
    oz_io_event event;
    int64_t poller = io->poller(NULL);
    for (int round = 0; round < 20; round++) {
        work work = {.has_no_signals = false};
        int64_t aside = io->aside(NULL, poller, do_work, &work);
        assert_true(aside >= 0);
        while (!atomic_load(&work.is_done)) {
            assert_int_equal(io->wait(NULL, poller, &event, 1, FOR_EVER), 0);
        }
        assert_int_equal(io->join(NULL, aside), 0);
        assert_true(work.has_no_signals);
        assert_false(pthread_equal(work.thread, pthread_self()));
        (void)io->wait(NULL, poller, &event, 1, 0); /* takes the ring, if the wait did not */
    }
    assert_int_equal(io->unpoll(NULL, poller), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(watched_files_are_reported),
        cmocka_unit_test(what_cannot_be_watched_is_refused),
        cmocka_unit_test(alarm_makes_the_descriptor_ready),
        cmocka_unit_test(timeout_ends_the_wait),
        cmocka_unit_test(another_thread_wakes_the_wait),
        cmocka_unit_test(signal_ends_the_wait),
        cmocka_unit_test(no_descriptors_left_is_an_error),
        cmocka_unit_test(pollers_are_independent),
        cmocka_unit_test(work_is_done_aside),
    };
    return cmocka_run_group_tests_name("base/io_linux", tests, take_io, NULL);
}
