/* TCP sockets of any POSIX system; what differs between systems is asked of the platform file. */
#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io_system.h"

enum { HOST_MAX = 256, SERVICE_MAX = 8 };

typedef struct endpoint {
    struct sockaddr_storage address;
    socklen_t size;
} endpoint;

/* The host that getaddrinfo is asked for: without brackets, and never "localhost" or nothing. */
static bool
plain_host(const char *host, char out[HOST_MAX])
{
    if (host == NULL || host[0] == '\0' || strcmp(host, "*") == 0) {
        host = "0.0.0.0";
    } else if (strcmp(host, "localhost") == 0) {
        host = "127.0.0.1";
    }
    size_t size = strlen(host);
    if (size > 2 && host[0] == '[' && host[size - 1] == ']') {
        host++;
        size -= 2;
    }
    if (size >= HOST_MAX) {
        return false;
    }
    memcpy(out, host, size);
    out[size] = '\0';
    return true;
}

static int64_t
resolver_error(int error)
{
    switch (error) {
    case EAI_SYSTEM:
        return errno != 0 ? -errno : -EIO;
    case EAI_MEMORY:
        return -ENOMEM;
    case EAI_AGAIN:
        return -EHOSTUNREACH;
    default:
        return -ENXIO;
    }
}

/* The addresses of a host in turn. */
static const struct addrinfo *
nth_of(const struct addrinfo *found, uint32_t attempt)
{
    uint32_t count = 0;
    for (const struct addrinfo *at = found; at != NULL; at = at->ai_next) {
        count++;
    }
    const struct addrinfo *at = found;
    for (uint32_t i = attempt % count; i > 0; i--) {
        at = at->ai_next;
    }
    return at;
}

static int64_t
resolve(const char *host, uint16_t port, uint32_t attempt, endpoint *out)
{
    char name[HOST_MAX];
    char service[SERVICE_MAX];
    if (!plain_host(host, name)) {
        return -ENAMETOOLONG;
    }
    (void)snprintf(service, sizeof service, "%u", (unsigned)port);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    int error = getaddrinfo(name, service, &hints, &found);
    if (error == EAI_NONAME) {
        /* Not an address: the resolver may have to ask a server. */
        hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
        error = getaddrinfo(name, service, &hints, &found);
    }
    if (error != 0) {
        return resolver_error(error);
    }
    const struct addrinfo *at = nth_of(found, attempt);
    memcpy(&out->address, at->ai_addr, at->ai_addrlen);
    out->size = at->ai_addrlen;
    freeaddrinfo(found);
    return 0;
}

static void
set_option(int fd, int level, int option, int value)
{
    /* What fails here costs speed or comfort, never correctness. */
    (void)setsockopt(fd, level, option, &value, sizeof value);
}

/* Closes `fd` and returns the error that was set before. */
static int64_t
close_failed(int fd)
{
    int error = errno;
    (void)close(fd);
    return -error;
}

int64_t
ozi_system_listen(void *self, const char *host, uint16_t port, int backlog)
{
    (void)self;
    endpoint local = {0};
    int64_t error = resolve(host, port, 0, &local);
    if (error != 0) {
        return error;
    }
    int fd = ozi_socket_new(local.address.ss_family);
    if (fd < 0) {
        return -errno;
    }
    set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (local.address.ss_family == AF_INET6) {
        set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    }
    if (bind(fd, (struct sockaddr *)&local.address, local.size) != 0 || listen(fd, backlog) != 0) {
        return close_failed(fd);
    }
    return fd;
}

/* "127.0.0.1:7010" or "[::1]:7010"; an IPv4 peer of an IPv6 listener is shown as IPv4. */
static void
print_address(const endpoint *peer, char out[OZ_IO_ADDRESS_MAX])
{
    static const char mapped[] = "::ffff:";
    char host[HOST_MAX];
    char service[SERVICE_MAX];
    if (getnameinfo((const struct sockaddr *)&peer->address, peer->size, host, sizeof host, service,
                    sizeof service, NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
        (void)snprintf(out, OZ_IO_ADDRESS_MAX, "unknown");
        return;
    }
    bool is_mapped = strncmp(host, mapped, sizeof mapped - 1) == 0 && strchr(host, '.') != NULL;
    const char *shown = is_mapped ? host + sizeof mapped - 1 : host;
    const char *format = strchr(shown, ':') != NULL ? "[%s]:%s" : "%s:%s";
    (void)snprintf(out, OZ_IO_ADDRESS_MAX, format, shown, service);
}

int64_t
ozi_system_accept(void *self, int64_t listener, char address[OZ_IO_ADDRESS_MAX])
{
    (void)self;
    endpoint peer;
    int fd;
    do {
        peer.size = sizeof peer.address;
        fd = ozi_socket_accept(ozi_handle_fd(listener), (struct sockaddr *)&peer.address,
                               &peer.size);
        /* A peer that left the queue before its turn is none of the caller's business. */
    } while (fd < 0 && (errno == EINTR || errno == ECONNABORTED || errno == EPROTO));
    if (fd < 0) {
        return errno == EAGAIN || errno == EWOULDBLOCK ? OZ_IO_AGAIN : -errno;
    }
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    print_address(&peer, address);
    return fd;
}

int64_t
ozi_system_connect(void *self, const char *host, uint16_t port, uint32_t attempt)
{
    (void)self;
    endpoint remote = {0};
    int64_t error = resolve(host, port, attempt, &remote);
    if (error != 0) {
        return error;
    }
    int fd = ozi_socket_new(remote.address.ss_family);
    if (fd < 0) {
        return -errno;
    }
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    /* After EINTR the connection goes on in the background, just as after EINPROGRESS. */
    if (connect(fd, (struct sockaddr *)&remote.address, remote.size) != 0 && errno != EINPROGRESS &&
        errno != EINTR) {
        return close_failed(fd);
    }
    return fd;
}

/* True when both ends are the same: the kernel chose as local port the one that was asked for. */
static bool
met_itself(int fd)
{
    endpoint local = {.size = sizeof local.address};
    endpoint remote = {.size = sizeof remote.address};
    return getsockname(fd, (struct sockaddr *)&local.address, &local.size) == 0 &&
           getpeername(fd, (struct sockaddr *)&remote.address, &remote.size) == 0 &&
           local.size == remote.size && memcmp(&local.address, &remote.address, local.size) == 0;
}

int64_t
ozi_system_connected(void *self, int64_t socket)
{
    (void)self;
    int fd = ozi_handle_fd(socket);
    struct pollfd entry = {.fd = fd, .events = POLLOUT};
    if (poll(&entry, 1, 0) <= 0) {
        return OZ_IO_AGAIN;
    }
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
        return -errno;
    }
    return error != 0 ? -error : met_itself(fd) ? -ECONNREFUSED : 0;
}

int64_t
ozi_system_receive(void *self, int64_t socket, void *data, size_t size)
{
    (void)self;
    ssize_t done;
    do {
        done = recv(ozi_handle_fd(socket), data, size, 0);
    } while (done < 0 && errno == EINTR);
    if (done < 0) {
        return errno == EAGAIN || errno == EWOULDBLOCK ? OZ_IO_AGAIN : -errno;
    }
    return done;
}

int64_t
ozi_system_send(void *self, int64_t socket, const void *data, size_t size)
{
    (void)self;
    ssize_t done;
    do {
        done = send(ozi_handle_fd(socket), data, size, MSG_NOSIGNAL);
    } while (done < 0 && errno == EINTR);
    if (done < 0) {
        return errno == EAGAIN || errno == EWOULDBLOCK ? OZ_IO_AGAIN : -errno;
    }
    return done;
}

int64_t
ozi_system_shut(void *self, int64_t socket)
{
    (void)self;
    return shutdown(ozi_handle_fd(socket), SHUT_WR) == 0 ? 0 : -errno;
}

int64_t
ozi_system_port(void *self, int64_t socket)
{
    (void)self;
    endpoint local = {.size = sizeof local.address};
    if (getsockname(ozi_handle_fd(socket), (struct sockaddr *)&local.address, &local.size) != 0) {
        return -errno;
    }
    if (local.address.ss_family == AF_INET6) {
        return ntohs(((struct sockaddr_in6 *)&local.address)->sin6_port);
    }
    return ntohs(((struct sockaddr_in *)&local.address)->sin_port);
}
