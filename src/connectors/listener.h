/*
 * Listening: how a source lets peers in, and how it lets go of them.
 *
 * When the system has no descriptor or memory for one more, peers stay in its queue, and it is
 * tried again after a pause. The node forwards its timer `timer_id`, and asks for peers when its
 * descriptor events come with token `token`.
 */
#ifndef OUZEL_CONNECTORS_LISTENER_H
#define OUZEL_CONNECTORS_LISTENER_H

#include "ouzel/op.h"

enum { OZI_ACCEPT_MAX = 64 }; /* peers that are let in before others are looked at */

typedef struct ozi_listener {
    const oz_io *io;
    int64_t socket; /* -1: it does not listen */
    int64_t timer_id;
    uint64_t token;
} ozi_listener;

void
ozi_listener_init(ozi_listener *listener, oz_context *context, int64_t timer_id, uint64_t token);
/* Listens; `name` is the address, with the port that the system chose for port 0. */
OZ_MUST_USE oz_status
ozi_listener_start(ozi_listener *listener, oz_context *context, const char *host, int64_t port,
                   char name[OZ_IO_ADDRESS_MAX]);
/* The next peer that waits, into `*socket`; -1: there is none, or no room for one now. */
OZ_MUST_USE oz_status
ozi_listener_accept(ozi_listener *listener, oz_context *context, int64_t *socket,
                    char address[OZ_IO_ADDRESS_MAX]);
/* The timer fired: looks for peers again. */
OZ_MUST_USE oz_status
ozi_listener_timer(ozi_listener *listener, oz_context *context);
void
ozi_listener_stop(ozi_listener *listener, oz_context *context);

/*
 * Before a socket is closed whose peer should hear the last answer: ends the sending, and reads
 * some of what the peer still sent, for unread bytes would make the system reset the connection
 * and the answer be lost.
 */
void
ozi_hang_up(const oz_io *io, int64_t socket);

#endif
