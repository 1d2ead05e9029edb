/*
 * Dialling: connects to a peer, and tries again until it is there.
 *
 * The pause before a new try doubles from 50 ms to 5 s and is drawn between a half and the whole of
 * that, so that many clients of one restarted server do not come back together. It starts small
 * again after a connection that lived longer than that. A try that hangs is given up after 10 s.
 *
 * The node that dials forwards its timer `timer_id` and its descriptor events with token `token`.
 */
#ifndef OUZEL_CONNECTORS_DIAL_H
#define OUZEL_CONNECTORS_DIAL_H

#include "ouzel/op.h"

typedef struct ozi_dial {
    const oz_io *io;
    char host[OZ_IO_ADDRESS_MAX];
    uint16_t port;
    int64_t patience_ns; /* after so long without a connection it fails; 0: never */
    int64_t timer_id;
    uint64_t token;

    int64_t socket;   /* while a try is under way; else -1 */
    int64_t since_ns; /* when it began to be without a connection; -1: at the first try */
    int64_t pause_ns; /* before the next try */
    int64_t tries;
    char name[OZ_IO_ADDRESS_MAX]; /* "host:port" */
} ozi_dial;

void
ozi_dial_init(ozi_dial *dial, oz_context *context, const char *host, int64_t port,
              int64_t patience_ns, int64_t timer_id, uint64_t token);
/* Begins with the next step of the loop: for use in open. */
oz_status
ozi_dial_start(ozi_dial *dial, oz_context *context);
/* The connection that came about `lived_ns` ago is lost: tries again, after a pause. */
oz_step
ozi_dial_again(ozi_dial *dial, oz_context *context, int64_t lived_ns);
/* The timer fired. NEED, or FAILED: the host is unknown, or patience is at its end. */
oz_step
ozi_dial_timer(ozi_dial *dial, oz_context *context);
/* The descriptor is ready. `*connected` is the socket, no longer watched, or -1: not yet. */
oz_step
ozi_dial_ready(ozi_dial *dial, oz_context *context, int64_t *connected);
void
ozi_dial_close(ozi_dial *dial);

/* "127.0.0.1:7010", "[::1]:7010". */
void
ozi_address(char out[OZ_IO_ADDRESS_MAX], const char *host, int64_t port);

#endif
