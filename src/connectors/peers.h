/*
 * Peers: the connections of one source, and how they are read.
 *
 * Those that may have something wait in a queue. Each in its turn is received from once, what came
 * is decoded and emitted as one batch, and it goes to the end of the queue if there may be more: a
 * peer that sends much does not starve the others, and a lone message travels alone and at once.
 *
 * Nothing that a peer does fails the source. Its faults are counted; a record that is not text is
 * left out, a record over the limit or a reset ends its connection.
 */
#ifndef OUZEL_CONNECTORS_PEERS_H
#define OUZEL_CONNECTORS_PEERS_H

#include "connectors/connections.h"

/* The counters that a source of peers declares, in this order. */
#define OZI_PEERS_COUNTERS                                                                         \
    {"connections", "connections", "that came about"},                                             \
        {"refused", "connections", "closed at once, because there were as many as allowed"},       \
        {"resets", "connections", "broken off by the peer or the network"},                        \
        {"idle", "connections", "closed because they gave no record for too long"},                \
        {"long_records", "records", "over the limit; each ended its connection"},                  \
        {"torn_records", "records", "cut off by the end of their connection"},                     \
        {"bad_text", "records", "left out because they are not text"},                             \
    {                                                                                              \
        "bytes", "bytes", "received"                                                               \
    }

enum {
    OZI_COUNT_CONNECTIONS,
    OZI_COUNT_REFUSED,
    OZI_COUNT_RESETS,
    OZI_COUNT_IDLE,
    OZI_COUNT_LONG,
    OZI_COUNT_TORN,
    OZI_COUNT_TEXT,
    OZI_COUNT_BYTES,
    OZI_COUNT_PEERS_END,
};

typedef struct ozi_peers {
    oz_context *context; /* set by whoever calls, each time */
    const oz_io *io;
    ozi_connections *registry;
    const oz_codec *codec;
    oz_encoding encoding;
    size_t record_max;
    uint32_t dead_port;
    bool draining; /* receive no more */
    ozi_buffers pool;
    ozi_connection *first; /* of all */
    uint32_t count;        /* of all */
    uint32_t reading;      /* of those that have not ended */
    int64_t ended;         /* connections that have ended since the beginning */
    ozi_connection *queue, **queue_end;
} ozi_peers;

/* The options are in `format`; `chunk` bytes are received at once. */
oz_status
ozi_peers_init(ozi_peers *peers, oz_context *context, const ozi_format *format, size_t chunk,
               uint32_t dead_port, oz_error *error);
/* A new connection; takes the socket, also when it fails. */
oz_status
ozi_peers_add(ozi_peers *peers, int64_t socket, const char *address);
/* The descriptor of connection `id` is ready. */
oz_status
ozi_peers_ready(ozi_peers *peers, uint64_t id, uint32_t ready);
/* Emits at most `rows` rows. NEED: nothing is there; MORE, DONE and FAILED as of poll. */
oz_step
ozi_peers_poll(ozi_peers *peers, int64_t rows);
/* Closes broken connections, and ended ones whose rows have all been answered. */
oz_status
ozi_peers_sweep(ozi_peers *peers);
/* Closes ended connections whose answers may still come: others wait to be let in. */
void
ozi_peers_make_room(ozi_peers *peers);
/* Closes those without a record since `before_ns`; `*oldest_ns` is the last one of another. */
oz_status
ozi_peers_close_idle(ozi_peers *peers, int64_t before_ns, int64_t *oldest_ns);
/* Lets what was received come out, and receives no more. */
void
ozi_peers_drain(ozi_peers *peers);
void
ozi_peers_close(ozi_peers *peers);
/* Records that were received and not emitted. */
int64_t
ozi_peers_rows_held(const ozi_peers *peers);

#endif
