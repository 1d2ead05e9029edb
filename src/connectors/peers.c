/* Peers: see peers.h. */
#include "connectors/peers.h"

#include "connectors/listener.h"

#define LINGER_NS INT64_C(20000000)

oz_status
ozi_peers_init(ozi_peers *peers, oz_context *context, const ozi_format *format, size_t chunk,
               uint32_t dead_port, oz_error *error)
{
    *peers = (ozi_peers){.context = context,
                         .io = oz_context_io(context),
                         .record_max = (size_t)format->record_max,
                         .dead_port = dead_port};
    peers->queue_end = &peers->queue;
    ozi_buffers_init(&peers->pool, oz_context_alloc(context), chunk);
    OZ_TRY(ozi_format_find(format, &peers->codec, &peers->encoding, error));
    peers->registry = ozi_connections_of(context);
    return peers->registry == NULL ? OZ_NO_MEMORY : OZ_OK;
}

/* ---- the queue ------------------------------------------------------------------------------- */

static void
enqueue(ozi_peers *peers, ozi_connection *peer)
{
    if (!peer->queued) {
        peer->queued = true;
        peer->queue_next = NULL;
        *peers->queue_end = peer;
        peers->queue_end = &peer->queue_next;
    }
}

static void
dequeue(ozi_peers *peers, ozi_connection *peer)
{
    ozi_connection **link = &peers->queue;
    while (peer->queued && *link != peer) {
        link = &(*link)->queue_next;
    }
    if (peer->queued) {
        *link = peer->queue_next;
        peers->queue_end = *link == NULL ? link : peers->queue_end;
        peer->queued = false;
    }
}

/* ---- coming and going ------------------------------------------------------------------------ */

oz_status
ozi_peers_add(ozi_peers *peers, int64_t socket, const char *address)
{
    ozi_connection *peer =
        ozi_connection_open(peers->registry, &peers->context, socket, peers->codec, address);
    if (peer == NULL) {
        return OZ_NO_MEMORY;
    }
    ozi_reader_init(&peer->reader, peers->codec, peers->encoding, peers->record_max, &peers->pool);
    peer->record_ns = oz_now_ns(peers->context);
    peer->next = peers->first;
    if (peers->first != NULL) {
        peers->first->previous = peer;
    }
    peers->first = peer;
    peers->count++;
    peers->reading++;
    oz_count(peers->context, OZI_COUNT_CONNECTIONS, 1);
    return ozi_connection_watch(peer);
}

/* The peer sends no more, or nobody reads what it sends. */
static void
end_reading(ozi_peers *peers, ozi_connection *peer)
{
    if (!peer->ended) {
        peer->ended = true;
        peers->reading--;
        peers->ended++;
    }
    dequeue(peers, peer);
    ozi_reader_close(&peer->reader);
}

static void
close_peer(ozi_peers *peers, ozi_connection *peer)
{
    end_reading(peers, peer);
    if (!peer->broken) {
        (void)ozi_outlet_push(&peer->outlet);
        ozi_hang_up(peers->io, peer->outlet.file);
    }
    if (peer->previous != NULL) {
        peer->previous->next = peer->next;
    } else {
        peers->first = peer->next;
    }
    if (peer->next != NULL) {
        peer->next->previous = peer->previous;
    }
    peers->count--;
    ozi_connection_close(peers->registry, &peer);
}

/* An ended connection stays open while answers may come, or wait to be sent. */
static bool
is_over(const ozi_peers *peers, const ozi_connection *peer)
{
    return peer->broken || (peer->ended && oz_bytes_size(&peer->outlet.bytes) == 0 &&
                            !ozi_connection_in_flight(peers->registry, peer));
}

static oz_status
linger(ozi_peers *peers, ozi_connection *peer)
{
    end_reading(peers, peer);
    if (is_over(peers, peer)) {
        close_peer(peers, peer);
        return OZ_OK;
    }
    OZ_TRY(ozi_connection_watch(peer));
    return oz_timer_set(peers->context, OZI_TIMER_SWEEP, oz_now_ns(peers->context) + LINGER_NS);
}

oz_status
ozi_peers_sweep(ozi_peers *peers)
{
    bool lingering = false;
    ozi_connection *next;
    for (ozi_connection *peer = peers->first; peer != NULL; peer = next) {
        next = peer->next;
        if (is_over(peers, peer)) {
            close_peer(peers, peer);
        } else {
            lingering |= peer->ended;
        }
    }
    if (!lingering) {
        return OZ_OK;
    }
    return oz_timer_set(peers->context, OZI_TIMER_SWEEP, oz_now_ns(peers->context) + LINGER_NS);
}

void
ozi_peers_make_room(ozi_peers *peers)
{
    ozi_connection *next;
    for (ozi_connection *peer = peers->first; peer != NULL; peer = next) {
        next = peer->next;
        if (peer->ended) {
            close_peer(peers, peer);
        }
    }
}

oz_status
ozi_peers_close_idle(ozi_peers *peers, int64_t before_ns, int64_t *oldest_ns)
{
    ozi_connection *next;
    *oldest_ns = INT64_MAX;
    for (ozi_connection *peer = peers->first; peer != NULL; peer = next) {
        next = peer->next;
        if (peer->ended || peer->queued) {
            continue;
        }
        if (peer->record_ns <= before_ns) {
            oz_count(peers->context, OZI_COUNT_IDLE, 1);
            close_peer(peers, peer);
        } else if (peer->record_ns < *oldest_ns) {
            *oldest_ns = peer->record_ns;
        }
    }
    return OZ_OK;
}

void
ozi_peers_drain(ozi_peers *peers)
{
    peers->draining = true;
    for (ozi_connection *peer = peers->first; peer != NULL; peer = peer->next) {
        if (!peer->ended) {
            peer->held = false;
            enqueue(peers, peer);
        }
    }
}

void
ozi_peers_close(ozi_peers *peers)
{
    while (peers->first != NULL) {
        close_peer(peers, peers->first);
    }
    ozi_buffers_clear(&peers->pool);
}

int64_t
ozi_peers_rows_held(const ozi_peers *peers)
{
    int64_t rows = 0;
    for (const ozi_connection *peer = peers->first; peer != NULL; peer = peer->next) {
        rows += ozi_reader_rows_held(&peer->reader);
    }
    return rows;
}

/* ---- reading --------------------------------------------------------------------------------- */

oz_status
ozi_peers_ready(ozi_peers *peers, uint64_t id, uint32_t ready)
{
    ozi_connection *peer = ozi_connection_find(peers->registry, id);
    if (peer == NULL) {
        return OZ_OK;
    }
    if ((ready & OZ_IO_WRITABLE) != 0 && oz_bytes_size(&peer->outlet.bytes) > 0) {
        OZ_TRY(ozi_connection_send(peer));
        if (peer->held && oz_bytes_size(&peer->outlet.bytes) <= OZI_HOLD_BYTES / 2) {
            peer->held = false;
            enqueue(peers, peer);
            OZ_TRY(ozi_connection_watch(peer));
        }
    }
    if ((ready & OZ_IO_READABLE) == 0 || peer->held || peer->ended || peers->draining) {
        return OZ_OK;
    }
    /* It is reported anew until it is read: not again before that. */
    peer->disarmed = peer->queued;
    peer->may_read = true;
    enqueue(peers, peer);
    return peer->disarmed ? ozi_connection_watch(peer) : OZ_OK;
}

/* What there is, in one call. NEED: go on with what came. */
static oz_step
receive(ozi_peers *peers, ozi_connection *peer)
{
    char *data;
    size_t size;
    if (ozi_reader_space(&peer->reader, &data, &size) != OZ_OK) {
        return oz_failed(peers->context, OZ_NO_MEMORY);
    }
    int64_t result = peers->io->receive(peers->io->self, peer->outlet.file, data, size);
    peer->may_read = result == (int64_t)size;
    if (result == OZ_IO_AGAIN) {
        return OZ_NEED;
    }
    if (result < 0) {
        /* Whole records came out before; of an unfinished one nothing is known. */
        oz_count(peers->context, OZI_COUNT_RESETS, 1);
        peer->broken = true;
    } else if (result == 0) {
        ozi_reader_finish(&peer->reader);
    } else {
        ozi_reader_added(&peer->reader, (size_t)result);
        oz_count(peers->context, OZI_COUNT_BYTES, result);
    }
    return OZ_NEED;
}

/* A fault of the peer: counted; too long a record ends the connection. */
static oz_step
fault(ozi_peers *peers, ozi_connection *peer, ozi_records *records)
{
    static const uint32_t counters[OZ_FAULT_COUNT] = {[OZ_FAULT_LONG] = OZI_COUNT_LONG,
                                                      [OZ_FAULT_TORN] = OZI_COUNT_TORN,
                                                      [OZ_FAULT_TEXT] = OZI_COUNT_TEXT};
    oz_count(peers->context, counters[records->fault], 1);
    bool ends = records->fault == OZ_FAULT_LONG;
    oz_step step = ozi_input_dead(peers->context, peers->dead_port, peer->origin, records);
    if (ends && step != OZ_FAILED) {
        oz_status status = linger(peers, peer);
        return status == OZ_OK ? step : oz_failed(peers->context, status);
    }
    return step;
}

/* Nothing more of this peer for now: it gives its buffer back, and is watched again. */
static oz_step
rest(ozi_peers *peers, ozi_connection *peer)
{
    dequeue(peers, peer);
    peer->disarmed = peers->draining;
    oz_status status = ozi_reader_park(&peer->reader);
    if (status == OZ_OK) {
        status = ozi_connection_watch(peer);
    }
    return status == OZ_OK ? OZ_NEED : oz_failed(peers->context, status);
}

/* The reader has nothing: receives once a turn. NEED: go on; `*over`: the turn is over. */
static oz_step
starved(ozi_peers *peers, ozi_connection *peer, bool *received, bool *over)
{
    *over = peers->draining || !peer->may_read || *received;
    if (!*over) {
        *received = true;
        return receive(peers, peer);
    }
    if (!peers->draining && peer->may_read) {
        dequeue(peers, peer);
        enqueue(peers, peer);
        return OZ_NEED;
    }
    return rest(peers, peer);
}

static oz_step
ended(ozi_peers *peers, ozi_connection *peer)
{
    oz_status status = linger(peers, peer);
    return status == OZ_OK ? OZ_NEED : oz_failed(peers->context, status);
}

/* The turn of one peer. NEED: the next one may have its turn. */
static oz_step
turn(ozi_peers *peers, ozi_connection *peer, int64_t *rows)
{
    bool received = false;
    bool over = false;
    oz_step step = OZ_NEED;
    while (step == OZ_NEED && *rows > 0 && !over) {
        if (peer->broken) {
            close_peer(peers, peer);
            return OZ_NEED;
        }
        if (peer->held) {
            dequeue(peers, peer);
            return OZ_NEED;
        }
        ozi_records records;
        switch (ozi_reader_next(&peer->reader, *rows, &records)) {
        case OZI_FOUND_ROWS:
            peer->record_ns = oz_now_ns(peers->context);
            *rows -= records.column->length;
            step = ozi_input_answer(ozi_input_emit(peers->context, peer->origin, &records));
            break;
        case OZI_FOUND_FAULT:
            *rows -= 1;
            over = records.fault == OZ_FAULT_LONG;
            step = ozi_input_answer(fault(peers, peer, &records));
            break;
        case OZI_FOUND_STARVED:
            step = starved(peers, peer, &received, &over);
            break;
        case OZI_FOUND_END:
            return ended(peers, peer);
        default:
            return oz_failed(peers->context, OZ_NO_MEMORY);
        }
    }
    return step;
}

oz_step
ozi_peers_poll(ozi_peers *peers, int64_t rows)
{
    while (peers->queue != NULL) {
        if (rows <= 0) {
            return OZ_MORE;
        }
        oz_step step = turn(peers, peers->queue, &rows);
        if (step != OZ_NEED) {
            return step;
        }
    }
    return OZ_NEED;
}
