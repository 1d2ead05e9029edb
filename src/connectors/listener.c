#include "connectors/listener.h"

#include "base/io_error.h"
#include "connectors/dial.h"

enum { BACKLOG = 512, DISCARD_MAX = 16 };
static const int64_t pause_ns = INT64_C(100000000);

void
ozi_listener_init(ozi_listener *listener, oz_context *context, int64_t timer_id, uint64_t token)
{
    *listener = (ozi_listener){.io = oz_context_io(context),
                               .socket = -1,
                               .timer_id = timer_id,
                               .token = token};
}

oz_status
ozi_listener_start(ozi_listener *listener, oz_context *context, const char *host, int64_t port,
                   char name[OZ_IO_ADDRESS_MAX])
{
    const oz_io *io = listener->io;
    int64_t socket = io->listen(io->self, host, (uint16_t)port, BACKLOG);
    if (socket < 0) {
        ozi_address(name, host, port);
        return ozi_io_error(oz_context_error(context), socket, "listen on", name);
    }
    listener->socket = socket;
    int64_t chosen = io->port(io->self, socket);
    ozi_address(name, host, chosen < 0 ? port : chosen);
    return oz_watch(context, socket, OZ_IO_READABLE, listener->token);
}

oz_status
ozi_listener_accept(ozi_listener *listener, oz_context *context, int64_t *socket,
                    char address[OZ_IO_ADDRESS_MAX])
{
    const oz_io *io = listener->io;
    int64_t result = io->accept(io->self, listener->socket, address);
    *socket = result < 0 ? -1 : result;
    if (result >= 0 || result == OZ_IO_AGAIN) {
        return OZ_OK;
    }
    OZ_TRY(oz_watch(context, listener->socket, OZ_IO_NONE, listener->token));
    return oz_timer_set(context, listener->timer_id, oz_now_ns(context) + pause_ns);
}

oz_status
ozi_listener_timer(ozi_listener *listener, oz_context *context)
{
    return listener->socket < 0
               ? OZ_OK
               : oz_watch(context, listener->socket, OZ_IO_READABLE, listener->token);
}

void
ozi_listener_stop(ozi_listener *listener, oz_context *context)
{
    if (listener->socket >= 0) {
        const oz_io *io = listener->io;
        (void)!oz_watch(context, listener->socket, OZ_IO_NONE, listener->token);
        (void)io->close(io->self, listener->socket);
        listener->socket = -1;
    }
}

void
ozi_hang_up(const oz_io *io, int64_t socket)
{
    char bytes[4096];
    if (io->shut(io->self, socket) < 0) {
        return;
    }
    for (int i = 0; i < DISCARD_MAX; i++) {
        if (io->receive(io->self, socket, bytes, sizeof bytes) <= 0) {
            return;
        }
    }
}
