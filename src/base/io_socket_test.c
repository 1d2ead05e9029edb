/* Tests of io_socket.c: TCP over the loopback interface. Waiting is done by a poller. */
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "base/io_system.h"

/* A connection has as long as this to come about, an answer to arrive. */
#define PATIENCE_NS (INT64_C(10) * 1000000000)

static const oz_io *io;
static int64_t poller;

static int
open_poller(void **state)
{
    (void)state;
    io = oz_io_system();
    poller = io->poller(NULL);
    return poller >= 0 ? 0 : -1;
}

static int
close_poller(void **state)
{
    (void)state;
    return (int)io->unpoll(NULL, poller);
}

static void
wait_until(int64_t socket, uint32_t interest)
{
    oz_io_event event;
    assert_int_equal(io->watch(NULL, poller, socket, interest, 77), 0);
    assert_int_equal(io->wait(NULL, poller, &event, 1, PATIENCE_NS), 1);
    assert_int_equal(event.token, 77);
    assert_true((event.ready & interest) != 0);
    assert_int_equal(io->watch(NULL, poller, socket, OZ_IO_NONE, 0), 0);
}

typedef struct pair {
    int64_t listener;
    int64_t client;
    int64_t server;
    char address[OZ_IO_ADDRESS_MAX];
    uint16_t port;
} pair;

static bool
pair_try_open(pair *pair, const char *listen_host, const char *host)
{
    *pair = (struct pair){0};
    pair->listener = io->listen(NULL, listen_host, 0, 16);
    if (pair->listener < 0) {
        return false;
    }
    pair->port = (uint16_t)io->port(NULL, pair->listener);
    assert_int_equal(io->accept(NULL, pair->listener, pair->address), OZ_IO_AGAIN);
    pair->client = io->connect(NULL, host, pair->port, 0);
    assert_true(pair->client >= 0);
    wait_until(pair->listener, OZ_IO_READABLE);
    pair->server = io->accept(NULL, pair->listener, pair->address);
    assert_true(pair->server >= 0);
    wait_until(pair->client, OZ_IO_WRITABLE);
    assert_int_equal(io->connected(NULL, pair->client), 0);
    return true;
}

static void
pair_open(pair *pair)
{
    assert_true(pair_try_open(pair, "127.0.0.1", "localhost"));
}

static void
pair_close(pair *pair)
{
    assert_int_equal(io->close(NULL, pair->client), 0);
    assert_int_equal(io->close(NULL, pair->server), 0);
    assert_int_equal(io->close(NULL, pair->listener), 0);
}

static void
assert_talks(const pair *pair)
{
    char data[10];
    assert_int_equal(io->receive(NULL, pair->server, data, 10), OZ_IO_AGAIN);
    assert_int_equal(io->send(NULL, pair->client, "hello", 5), 5);
    wait_until(pair->server, OZ_IO_READABLE);
    assert_int_equal(io->receive(NULL, pair->server, data, 10), 5);
    assert_memory_equal(data, "hello", 5);
}

static void
ends_talk_and_close(void **state)
{
    (void)state;
    pair pair;
    char expected[OZ_IO_ADDRESS_MAX];
    char data[10];
    pair_open(&pair);
    (void)snprintf(expected, sizeof expected, "127.0.0.1:%d", (int)io->port(NULL, pair.client));
    assert_string_equal(pair.address, expected);
    assert_talks(&pair);
    assert_int_equal(io->shut(NULL, pair.client), 0);
    wait_until(pair.server, OZ_IO_READABLE);
    assert_int_equal(io->receive(NULL, pair.server, data, 10), 0);
    assert_int_equal(io->send(NULL, pair.server, "bye", 3), 3);
    wait_until(pair.client, OZ_IO_READABLE);
    assert_int_equal(io->receive(NULL, pair.client, data, 10), 3);
    pair_close(&pair);
}

static void
full_window_says_again(void **state)
{
    (void)state;
    static char block[1 << 16];
    pair pair;
    pair_open(&pair);
    int64_t sent;
    while ((sent = io->send(NULL, pair.client, block, sizeof block)) > 0) {
    }
    assert_int_equal(sent, OZ_IO_AGAIN);
    /* Room again after the peer has read. */
    while (io->receive(NULL, pair.server, block, sizeof block) > 0) {
    }
    wait_until(pair.client, OZ_IO_WRITABLE);
    pair_close(&pair);
}

static void
unread_data_at_close_resets_the_peer(void **state)
{
    (void)state;
    char data[10];
    pair pair;
    pair_open(&pair);
    assert_int_equal(io->send(NULL, pair.client, "lost", 4), 4);
    wait_until(pair.server, OZ_IO_READABLE);
    assert_int_equal(io->close(NULL, pair.server), 0);
    wait_until(pair.client, OZ_IO_READABLE);
    assert_int_equal(io->receive(NULL, pair.client, data, 10), -ECONNRESET);
    assert_int_equal(io->send(NULL, pair.client, "x", 1), -EPIPE);
    assert_int_equal(io->close(NULL, pair.client), 0);
    assert_int_equal(io->close(NULL, pair.listener), 0);
}

static void
nobody_there_is_refused(void **state)
{
    (void)state;
    int64_t listener = io->listen(NULL, "127.0.0.1", 0, 1);
    uint16_t port = (uint16_t)io->port(NULL, listener);
    assert_int_equal(io->listen(NULL, "127.0.0.1", port, 1), -EADDRINUSE);
    assert_int_equal(io->close(NULL, listener), 0);
    int64_t client = io->connect(NULL, "127.0.0.1", port, 0);
    if (client >= 0) {
        wait_until(client, OZ_IO_WRITABLE);
        assert_int_equal(io->connected(NULL, client), -ECONNREFUSED);
        assert_int_equal(io->close(NULL, client), 0);
    } else {
        assert_int_equal(client, -ECONNREFUSED);
    }
}

/* Without a listener, the kernel may choose as local port the one that is connected to. */
static void
socket_that_met_itself_is_refused(void **state)
{
    (void)state;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(io->connected(NULL, fd), -ECONNREFUSED);
    assert_int_equal(io->close(NULL, fd), 0);
}

static void
address_is_free_again_after_close(void **state)
{
    (void)state;
    pair pair;
    pair_open(&pair);
    assert_int_equal(io->close(NULL, pair.server), 0);
    assert_int_equal(io->close(NULL, pair.client), 0);
    assert_int_equal(io->close(NULL, pair.listener), 0);
    int64_t again = io->listen(NULL, "127.0.0.1", pair.port, 1);
    assert_true(again >= 0);
    assert_int_equal(io->close(NULL, again), 0);
}

static void
ipv6_is_shown_in_brackets(void **state)
{
    (void)state;
    pair pair;
    if (!pair_try_open(&pair, "::1", "[::1]")) {
        skip();
    }
    char expected[OZ_IO_ADDRESS_MAX];
    (void)snprintf(expected, sizeof expected, "[::1]:%d", (int)io->port(NULL, pair.client));
    assert_string_equal(pair.address, expected);
    assert_talks(&pair);
    pair_close(&pair);
}

static void
any_address_takes_both_families(void **state)
{
    (void)state;
    pair pair;
    assert_true(pair_try_open(&pair, "", "127.0.0.1"));
    pair_close(&pair);
    if (!pair_try_open(&pair, "::", "127.0.0.1")) {
        skip();
    }
    assert_memory_equal(pair.address, "127.0.0.1:", 10);
    pair_close(&pair);
}

static void
bad_hosts_and_handles_are_refused(void **state)
{
    (void)state;
    char long_host[400];
    char address[OZ_IO_ADDRESS_MAX];
    memset(long_host, 'a', sizeof long_host);
    long_host[399] = '\0';
    assert_int_equal(io->connect(NULL, long_host, 1, 0), -ENAMETOOLONG);
    assert_int_equal(io->listen(NULL, long_host, 1, 1), -ENAMETOOLONG);
    assert_true(io->connect(NULL, "no such host", 1, 0) < 0);
    assert_true(io->listen(NULL, "192.0.2.1", 0, 1) < 0); /* not an address of this machine */
    assert_int_equal(io->accept(NULL, 1000000, address), -EBADF);
    assert_int_equal(io->receive(NULL, 1000000, address, 1), -EBADF);
    assert_int_equal(io->send(NULL, 1000000, address, 1), -EBADF);
    assert_int_equal(io->shut(NULL, 1000000), -EBADF);
    assert_int_equal(io->port(NULL, 1000000), -EBADF);
    assert_int_equal(io->connected(NULL, 1000000), -EBADF);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_talk_and_close),
        cmocka_unit_test(full_window_says_again),
        cmocka_unit_test(unread_data_at_close_resets_the_peer),
        cmocka_unit_test(nobody_there_is_refused),
        cmocka_unit_test(socket_that_met_itself_is_refused),
        cmocka_unit_test(address_is_free_again_after_close),
        cmocka_unit_test(ipv6_is_shown_in_brackets),
        cmocka_unit_test(any_address_takes_both_families),
        cmocka_unit_test(bad_hosts_and_handles_are_refused),
    };
    return cmocka_run_group_tests_name("base/io_socket", tests, open_poller, close_poller);
}
