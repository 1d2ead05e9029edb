/*
 * Linux: the socket calls with flags, and the poller. A poller is an epoll descriptor that watches,
 * besides the files of the caller, an eventfd (wake) and a timerfd (alarm); so one descriptor is
 * readable for every reason for which the engine must run. Both are edge-triggered and never read:
 * each ring is one edge, which the next wait() takes away.
 *
 * Its handle names the epoll descriptor and an entry of the table below, because the kernel cannot
 * be asked which eventfd and timerfd belong to it. The table mirrors the kernel's descriptor table
 * and is, like that, one for the process.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/io_system.h"

#define TOKEN_WAKE UINT64_MAX
#define TOKEN_ALARM (UINT64_MAX - 1)
#define NS_PER_SECOND INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)

enum { EVENTS_MAX = 64 }; /* what one wait takes from the kernel */

typedef struct poller {
    _Atomic _Bool used;
    int wake_fd;
    int alarm_fd;
    int64_t alarm_ns; /* as the timerfd is set; INT64_MAX: not at all */
} poller;

static poller pollers[OZI_POLLERS_MAX];
static _Atomic unsigned first_guess;

int
ozi_socket_new(int family)
{
    return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

int
ozi_socket_accept(int listener, struct sockaddr *address, socklen_t *size)
{
    return accept4(listener, address, size, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

static poller *
poller_of(int64_t handle)
{
    return &pollers[(handle >> OZI_HANDLE_POLLER_SHIFT) % OZI_POLLERS_MAX];
}

/* The index of an entry that is ours from now on, or -1. Any thread. */
static int
claim_entry(void)
{
    unsigned start = first_guess;
    for (unsigned i = 0; i < OZI_POLLERS_MAX; i++) {
        unsigned index = (start + i) % OZI_POLLERS_MAX;
        if (!atomic_exchange(&pollers[index].used, 1)) {
            first_guess = index + 1;
            return (int)index;
        }
    }
    return -1;
}

static bool
add_own(int epoll_fd, int fd, uint64_t token)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u64 = token};
    return fd >= 0 && epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void
close_if_open(int fd)
{
    if (fd >= 0) {
        (void)close(fd);
    }
}

int64_t
ozi_system_poller(void *self)
{
    (void)self;
    int index = claim_entry();
    if (index < 0) {
        return -EMFILE;
    }
    poller *entry = &pollers[index];
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    entry->wake_fd = epoll_fd < 0 ? -1 : eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    entry->alarm_fd =
        entry->wake_fd < 0 ? -1 : timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    entry->alarm_ns = INT64_MAX;
    if (entry->alarm_fd < 0 || !add_own(epoll_fd, entry->wake_fd, TOKEN_WAKE) ||
        !add_own(epoll_fd, entry->alarm_fd, TOKEN_ALARM)) {
        int error = errno;
        close_if_open(entry->alarm_fd);
        close_if_open(entry->wake_fd);
        close_if_open(epoll_fd);
        entry->used = 0;
        return -error;
    }
    return (int64_t)index << OZI_HANDLE_POLLER_SHIFT | epoll_fd;
}

int64_t
ozi_system_watch(void *self, int64_t handle, int64_t file, uint32_t interest, uint64_t token)
{
    (void)self;
    int epoll_fd = ozi_handle_fd(handle);
    int fd = ozi_handle_fd(file);
    struct epoll_event event = {.data.u64 = token};
    if (token >= TOKEN_ALARM) {
        return -EINVAL;
    }
    if (interest == OZ_IO_NONE) {
        int result = epoll_ctl(epoll_fd, EPOLL_CTL_DEL, fd, &event);
        return result == 0 || errno == ENOENT ? 0 : -errno;
    }
    event.events = ((interest & OZ_IO_READABLE) != 0 ? (uint32_t)EPOLLIN : 0) |
                   ((interest & OZ_IO_WRITABLE) != 0 ? (uint32_t)EPOLLOUT : 0);
    if (epoll_ctl(epoll_fd, EPOLL_CTL_MOD, fd, &event) == 0) {
        return 0;
    }
    if (errno != ENOENT) {
        return -errno;
    }
    return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

int64_t
ozi_system_alarm(void *self, int64_t handle, int64_t at_ns)
{
    (void)self;
    poller *entry = poller_of(handle);
    if (at_ns == entry->alarm_ns) {
        return 0;
    }
    struct itimerspec setting = {0};
    if (at_ns != INT64_MAX) {
        /* Zero would switch it off, and the kernel refuses what is negative. */
        int64_t at = at_ns > 0 ? at_ns : 1;
        setting.it_value.tv_sec = at / NS_PER_SECOND;
        setting.it_value.tv_nsec = at % NS_PER_SECOND;
    }
    if (timerfd_settime(entry->alarm_fd, TFD_TIMER_ABSTIME, &setting, NULL) != 0) {
        return -errno;
    }
    entry->alarm_ns = at_ns;
    return 0;
}

/* epoll_wait with a time in ns; before Linux 5.11 in ms, rounded up so that it does not spin. */
static int
wait_epoll(int epoll_fd, struct epoll_event *events, int capacity, int64_t timeout_ns)
{
    static _Atomic _Bool no_pwait2;
    if (timeout_ns <= 0) {
        return epoll_wait(epoll_fd, events, capacity, timeout_ns < 0 ? -1 : 0);
    }
#ifdef SYS_epoll_pwait2
    if (!no_pwait2) {
        struct timespec timeout = {.tv_sec = timeout_ns / NS_PER_SECOND,
                                   .tv_nsec = timeout_ns % NS_PER_SECOND};
        long count = syscall(SYS_epoll_pwait2, epoll_fd, events, capacity, &timeout, NULL, 0);
        /* Old sandboxes answer EPERM to a call that they do not know. */
        if (count >= 0 || (errno != ENOSYS && errno != EPERM)) {
            return (int)count;
        }
        no_pwait2 = 1;
    }
#endif
    int64_t ms = (timeout_ns - 1) / NS_PER_MS + 1;
    return epoll_wait(epoll_fd, events, capacity, ms < INT32_MAX ? (int)ms : INT32_MAX);
}

static uint32_t
ready_of(uint32_t events)
{
    if ((events & (uint32_t)(EPOLLERR | EPOLLHUP)) != 0) {
        return OZ_IO_READABLE | OZ_IO_WRITABLE;
    }
    return ((events & (uint32_t)EPOLLIN) != 0 ? (uint32_t)OZ_IO_READABLE : 0) |
           ((events & (uint32_t)EPOLLOUT) != 0 ? (uint32_t)OZ_IO_WRITABLE : 0);
}

int64_t
ozi_system_wait(void *self, int64_t handle, oz_io_event *events, int capacity, int64_t timeout_ns)
{
    (void)self;
    struct epoll_event raw[EVENTS_MAX];
    int room = capacity < EVENTS_MAX ? capacity : EVENTS_MAX;
    int count = wait_epoll(ozi_handle_fd(handle), raw, room, timeout_ns);
    if (count < 0) {
        return errno == EINTR ? 0 : -errno;
    }
    int64_t reported = 0;
    for (int i = 0; i < count; i++) {
        if (raw[i].data.u64 == TOKEN_ALARM) {
            poller_of(handle)->alarm_ns = INT64_MAX;
        } else if (raw[i].data.u64 != TOKEN_WAKE) {
            events[reported++] =
                (oz_io_event){.token = raw[i].data.u64, .ready = ready_of(raw[i].events)};
        }
    }
    return reported;
}

int64_t
ozi_system_wake(void *self, int64_t handle)
{
    (void)self;
    uint64_t one = 1;
    ssize_t written;
    do {
        written = write(poller_of(handle)->wake_fd, &one, sizeof one);
    } while (written < 0 && errno == EINTR);
    return written < 0 ? -errno : 0;
}

int64_t
ozi_system_unpoll(void *self, int64_t handle)
{
    (void)self;
    poller *entry = poller_of(handle);
    (void)close(entry->alarm_fd);
    (void)close(entry->wake_fd);
    (void)close(ozi_handle_fd(handle));
    entry->used = 0;
    return 0;
}
