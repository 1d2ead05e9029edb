/* Sockets of the simulated world: two channels, one in each direction, between two handles. */
#include <errno.h>
#include <stdio.h>

#include "kit/sim_io_internal.h"

void
sim_io_set_link(sim_io *sim, const sim_io_link *link)
{
    sim->link = *link;
}

void
sim_io_set_link_of(sim_io *sim, int64_t handle, const sim_io_link *link)
{
    sim_handle *found = sim_handle_of(sim, handle, SIM_FREE);
    if (found == NULL || (found->in == NULL && found->out == NULL)) {
        sim_misuse("set_link_of: handle %d has no link", (int)handle);
    }
    if (found->in != NULL) {
        found->in->link = *link;
    }
    if (found->out != NULL) {
        found->out->link = *link;
    }
}

void
sim_io_reset(sim_io *sim, int64_t socket)
{
    sim_handle *found = sim_handle_of(sim, socket, SIM_SOCKET);
    if (found == NULL || found->in == NULL) {
        sim_misuse("reset: handle %d is no connection", (int)socket);
    }
    sim_channel_reset(found->in);
}

/* ---- closing --------------------------------------------------------------------------------- */

void
sim_close_pipe(sim_handle *pipe)
{
    if (pipe->in != NULL) {
        pipe->in->readers--;
    } else {
        pipe->out->writers--;
    }
}

void
sim_close_socket(sim_io *sim, sim_handle *socket)
{
    if (socket->in == NULL) {
        return;
    }
    socket->in->readers--;
    socket->out->writers--;
    if (socket->in->bytes.count > 0) {
        /* As TCP does: closing with unread bytes is a reset. */
        sim_channel_reset(socket->in);
    }
    sim_channel_end(sim, socket->out);
}

void
sim_close_listener(sim_io *sim, sim_handle *listener)
{
    for (size_t i = 0; i < listener->pending.count; i++) {
        sim_handle *socket =
            sim_handle_of(sim, *(int64_t *)ozi_vec_at(&listener->pending, i), SIM_SOCKET);
        sim_close_socket(sim, socket);
        sim_channel_reset(socket->in);
        socket->kind = SIM_FREE;
    }
    ozi_vec_clear(&listener->pending);
}

/* ---- addresses ------------------------------------------------------------------------------- */

static void
set_host(sim_handle *handle, const char *host)
{
    if (host == NULL || host[0] == '\0' || strcmp(host, "*") == 0 || strcmp(host, "::") == 0) {
        host = "0.0.0.0";
    } else if (strcmp(host, "localhost") == 0) {
        host = "127.0.0.1";
    }
    size_t size = strlen(host);
    bool brackets = size > 2 && host[0] == '[' && host[size - 1] == ']';
    (void)snprintf(handle->host, sizeof handle->host, "%.*s", (int)(brackets ? size - 2 : size),
                   brackets ? host + 1 : host);
}

/* The listener that a connection to host and port meets, or NULL. */
static sim_handle *
find_listener(const sim_io *sim, const char *host, uint16_t port, bool exactly)
{
    for (size_t i = 0; i < sim->handles.count; i++) {
        sim_handle *handle = ((sim_handle **)sim->handles.items)[i];
        bool any =
            strcmp(handle->host, "0.0.0.0") == 0 || (exactly && strcmp(host, "0.0.0.0") == 0);
        if (handle->kind == SIM_LISTENER && handle->port == port &&
            (any || strcmp(handle->host, host) == 0)) {
            return handle;
        }
    }
    return NULL;
}

/* ---- connecting ------------------------------------------------------------------------------ */

int64_t
sim_listen(void *self, const char *host, uint16_t port, int backlog)
{
    sim_io *sim = self;
    if (sim_fails(sim)) {
        return -sim->fail_error;
    }
    sim_handle wanted = {0};
    set_host(&wanted, host);
    if (port != 0 && find_listener(sim, wanted.host, port, true) != NULL) {
        return -EADDRINUSE;
    }
    sim_handle *listener;
    int64_t handle = sim_handle_new(sim, SIM_LISTENER, &listener);
    set_host(listener, host);
    listener->port = port != 0 ? port : sim->next_port++;
    listener->backlog = backlog;
    return handle;
}

static void
join(sim_io *sim, sim_handle *client, sim_handle *server)
{
    sim_channel *up = sim_channel_new(sim);
    sim_channel *down = sim_channel_new(sim);
    up->back = down;
    down->back = up;
    up->readers = up->writers = down->readers = down->writers = 1;
    up->was_read = up->was_written = down->was_read = down->was_written = true;
    client->out = server->in = up;
    client->in = server->out = down;
}

int64_t
sim_connect(void *self, const char *host, uint16_t port, uint32_t attempt)
{
    sim_io *sim = self;
    (void)attempt; /* each host has one address */
    if (sim_fails(sim)) {
        return -sim->fail_error;
    }
    sim_handle *client;
    int64_t result = sim_handle_new(sim, SIM_SOCKET, &client);
    set_host(client, host);
    client->port = sim->next_port++;
    client->peer_port = port;
    client->connected_ns = sim->now_ns + sim->link.delay_ns;
    sim_handle *listener = find_listener(sim, client->host, port, false);
    if (listener == NULL || listener->pending.count > (size_t)listener->backlog) {
        client->connect_error = ECONNREFUSED;
        return result;
    }
    sim_handle *server;
    int64_t waiting = sim_handle_new(sim, SIM_SOCKET, &server);
    sim->open_handles--;
    set_host(server, client->host);
    server->port = port;
    server->peer_port = client->port;
    server->connected_ns = client->connected_ns;
    join(sim, client, server);
    sim_append(&listener->pending, &waiting, 1);
    return result;
}

int64_t
sim_accept(void *self, int64_t listener, char address[OZ_IO_ADDRESS_MAX])
{
    sim_io *sim = self;
    if (sim_fails(sim)) {
        return -sim->fail_error;
    }
    sim_handle *handle = sim_handle_of(sim, listener, SIM_LISTENER);
    if (handle == NULL) {
        return -EBADF;
    }
    if (handle->pending.count == 0) {
        return OZ_IO_AGAIN;
    }
    int64_t first = *(int64_t *)ozi_vec_at(&handle->pending, 0);
    const sim_handle *server = sim_handle_of(sim, first, SIM_SOCKET);
    if (server->connected_ns > sim->now_ns) {
        return OZ_IO_AGAIN;
    }
    ozi_vec_remove(&handle->pending, 0);
    sim->open_handles++;
    const char *format = strchr(server->host, ':') != NULL ? "[%s]:%u" : "%s:%u";
    (void)snprintf(address, OZ_IO_ADDRESS_MAX, format, server->host, (unsigned)server->peer_port);
    return first;
}

/* 0 when the socket is connected; else what a call on it returns. */
static int64_t
connection_state(const sim_io *sim, const sim_handle *socket)
{
    if (socket == NULL) {
        return -EBADF;
    }
    return socket->connected_ns > sim->now_ns ? OZ_IO_AGAIN : -(int64_t)socket->connect_error;
}

int64_t
sim_connected(void *self, int64_t socket)
{
    return connection_state(self, sim_handle_of(self, socket, SIM_SOCKET));
}

/* ---- talking --------------------------------------------------------------------------------- */

int64_t
sim_receive(void *self, int64_t socket, void *data, size_t size)
{
    sim_io *sim = self;
    if (sim_fails(sim)) {
        return -sim->fail_error;
    }
    const sim_handle *handle = sim_handle_of(sim, socket, SIM_SOCKET);
    int64_t state = connection_state(sim, handle);
    return state != 0 ? state : sim_channel_read(sim, handle->in, data, size);
}

int64_t
sim_send(void *self, int64_t socket, const void *data, size_t size)
{
    sim_io *sim = self;
    if (sim_fails(sim)) {
        return -sim->fail_error;
    }
    const sim_handle *handle = sim_handle_of(sim, socket, SIM_SOCKET);
    int64_t state = connection_state(sim, handle);
    return state != 0 ? state : sim_channel_write(sim, handle->out, data, size);
}

int64_t
sim_shut(void *self, int64_t socket)
{
    sim_io *sim = self;
    if (sim_fails(sim)) {
        return -sim->fail_error;
    }
    const sim_handle *handle = sim_handle_of(sim, socket, SIM_SOCKET);
    int64_t state = connection_state(sim, handle);
    if (state != 0) {
        return state == OZ_IO_AGAIN || state == -ECONNREFUSED ? -ENOTCONN : state;
    }
    sim_channel_end(sim, handle->out);
    return 0;
}

int64_t
sim_port(void *self, int64_t socket)
{
    const sim_handle *handle = sim_handle_of(self, socket, SIM_FREE);
    bool has_port = handle != NULL && (handle->kind == SIM_SOCKET || handle->kind == SIM_LISTENER);
    return has_port ? handle->port : -EBADF;
}
