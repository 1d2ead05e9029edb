/*
 * Live connections: what a source of connections and the sinks that answer on them share.
 *
 *   tcp_source opens and closes connections, and alone reads from them
 *   reply      finds the connection of a row by its origin, and writes to it
 *
 * One registry serves an instance, so that a reply step may follow several sources. A connection is
 * found by its id, which is never used again: an answer that comes too late finds nothing.
 */
#ifndef OUZEL_CONNECTORS_CONNECTIONS_H
#define OUZEL_CONNECTORS_CONNECTIONS_H

#include "connectors/input.h"
#include "connectors/outlet.h"

enum {
    OZI_TIMER_SWEEP = 0,        /* of a source: a connection of it has to be seen to */
    OZI_HOLD_BYTES = 64 * 1024, /* when so many wait for a peer, it is not read from */
};

typedef struct ozi_connection ozi_connection;
struct ozi_connection {
    uint64_t id;
    oz_context *const *source; /* the node that reads from it and watches it; the state of it has
                                * the pointer, and sets it anew whenever it is called */
    const oz_codec *codec;
    const oz_origin *origin; /* named by the peer's address */
    ozi_outlet outlet;       /* answers on their way */
    int64_t sent_ns;         /* the step of the loop in which something was last sent */
    uint32_t interest;       /* what is watched */
    bool broken;             /* writing failed, or the peer takes too little: to be closed */
    bool ended;              /* the peer sends no more, and waits for answers at most */
    bool held;               /* not read from: the peer takes its answers too slowly */
    bool dirty;              /* in the list of connections to be sent to at the next step */
    ozi_connection *next_dirty;

    /* The source's own. */
    ozi_reader reader;
    bool queued;                     /* in the list of those to be read */
    bool may_read;                   /* bytes may be waiting in the kernel */
    bool disarmed;                   /* not watched for reading, because it is known to be ready */
    int64_t record_ns;               /* when it was opened, or last gave a record */
    ozi_connection *previous, *next; /* of all of the source's */
    ozi_connection *queue_next;
};

typedef struct ozi_connections {
    const oz_alloc *alloc;
    ozi_connection **slots; /* by the low half of the id, less one */
    uint32_t slot_count;
    uint32_t free_hint; /* no slot below it is free */
    uint32_t generation;
    uint32_t repliers; /* steps that may answer */
    ozi_connection *dirty;
} ozi_connections;

/* The registry of the instance; NULL when memory is out. */
ozi_connections *
ozi_connections_of(oz_context *context);
/* Takes `socket`, also when it fails (NULL: no memory; the socket is closed). */
ozi_connection *
ozi_connection_open(ozi_connections *registry, oz_context *const *source, int64_t socket,
                    const oz_codec *codec, const char *address);
/* Forgets and frees it, and closes the socket; the reader must be closed already. */
void
ozi_connection_close(ozi_connections *registry, ozi_connection **connection);
/* NULL when it is closed. */
ozi_connection *
ozi_connection_find(ozi_connections *registry, uint64_t id);
/* Watches what is wanted now: reading unless held or ended, writing while answers wait. */
oz_status
ozi_connection_watch(ozi_connection *connection);
/* Sends what the peer takes. A failure breaks the connection, never the caller. */
oz_status
ozi_connection_send(ozi_connection *connection);
/* To be closed by its source, soon. */
oz_status
ozi_connection_break(ozi_connection *connection);
/* True while rows that came over it are somewhere in the graph and could still be answered. */
bool
ozi_connection_in_flight(const ozi_connections *registry, const ozi_connection *connection);

#endif
