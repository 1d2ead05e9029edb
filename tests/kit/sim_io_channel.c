/*
 * One direction of bytes in the simulated world: with a bound, a delay, cuts and a reset.
 *
 *   sent ---> [ segment, due at 5 ms ][ segment, due at 9 ms ] ---> received
 */
#include <errno.h>

#include "kit/sim_io_internal.h"

const sim_io_link sim_io_link_default = {.buffer_max = 64 << 10, .reset_after = -1};

sim_channel *
sim_channel_new(sim_io *sim)
{
    sim_channel *channel = sim_new(sizeof *channel);
    ozi_vec_init(&channel->bytes, oz_alloc_default(), 1);
    ozi_vec_init(&channel->segments, oz_alloc_default(), sizeof(sim_segment));
    channel->ended_ns = INT64_MAX;
    channel->link = sim->link;
    sim_push_pointer(&sim->channels, channel);
    return channel;
}

void
sim_channel_reset(sim_channel *channel)
{
    channel->reset = true;
    ozi_vec_clear(&channel->bytes);
    ozi_vec_clear(&channel->segments);
    if (channel->back != NULL && !channel->back->reset) {
        sim_channel_reset(channel->back);
    }
}

/* When something that is sent now arrives: never before what was sent earlier. */
static int64_t
due_time(const sim_io *sim, const sim_channel *channel)
{
    int64_t due = sim->now_ns + channel->link.delay_ns;
    const sim_segment *last = ozi_vec_last(&channel->segments);
    return last != NULL && last->due_ns > due ? last->due_ns : due;
}

void
sim_channel_end(const sim_io *sim, sim_channel *channel)
{
    if (channel->ended_ns == INT64_MAX) {
        channel->ended_ns = due_time(sim, channel);
    }
}

/* How many bytes have arrived and wait; `*next_ns` is lowered to when more will. */
static size_t
arrived(const sim_io *sim, const sim_channel *channel, int64_t *next_ns)
{
    const sim_segment *segments = channel->segments.items;
    uint64_t end = channel->received;
    for (size_t i = 0; i < channel->segments.count; i++) {
        if (segments[i].due_ns > sim->now_ns) {
            *next_ns = segments[i].due_ns < *next_ns ? segments[i].due_ns : *next_ns;
            break;
        }
        end = segments[i].end;
    }
    return (size_t)(end - channel->received);
}

/* True when the end has arrived and all bytes before it were taken. */
static bool
at_end(const sim_io *sim, const sim_channel *channel)
{
    bool pipe_is_left = channel->back == NULL && channel->was_written && channel->writers == 0;
    return channel->bytes.count == 0 && (pipe_is_left || channel->ended_ns <= sim->now_ns);
}

static bool
must_reset(const sim_channel *channel)
{
    return channel->link.reset_after >= 0 &&
           channel->received >= (uint64_t)channel->link.reset_after;
}

bool
sim_channel_readable(const sim_io *sim, const sim_channel *channel, int64_t *next_ns)
{
    if (channel->reset || must_reset(channel) || at_end(sim, channel) ||
        arrived(sim, channel, next_ns) > 0) {
        return true;
    }
    if (channel->bytes.count == 0 && channel->ended_ns < *next_ns) {
        *next_ns = channel->ended_ns;
    }
    return false;
}

/* Takes `size` bytes that have arrived. */
static void
take(sim_channel *channel, void *data, size_t size)
{
    if (size == 0) {
        return;
    }
    memcpy(data, channel->bytes.items, size);
    sim_drop_front(&channel->bytes, size);
    channel->received += size;
    const sim_segment *segments = channel->segments.items;
    size_t done = 0;
    while (done < channel->segments.count && segments[done].end <= channel->received) {
        done++;
    }
    sim_drop_front(&channel->segments, done);
}

int64_t
sim_channel_read(sim_io *sim, sim_channel *channel, void *data, size_t size)
{
    if (must_reset(channel)) {
        sim_channel_reset(channel);
    }
    if (channel->reset) {
        return -ECONNRESET;
    }
    int64_t next_ns = INT64_MAX;
    size_t part = arrived(sim, channel, &next_ns);
    if (part == 0) {
        return at_end(sim, channel) ? 0 : OZ_IO_AGAIN;
    }
    const sim_io_link *link = &channel->link;
    part = part < size ? part : size;
    part = link->chunk_max > 0 && part > link->chunk_max ? link->chunk_max : part;
    if (link->reset_after >= 0 && part > (uint64_t)link->reset_after - channel->received) {
        part = (size_t)((uint64_t)link->reset_after - channel->received);
    }
    take(channel, data, part);
    return (int64_t)part;
}

/* True when nobody will ever read what is written. */
static bool
is_abandoned(const sim_channel *channel)
{
    return channel->was_read && channel->readers == 0;
}

static size_t
room_of(const sim_channel *channel)
{
    size_t inside = channel->bytes.count;
    return inside < channel->link.buffer_max ? channel->link.buffer_max - inside : 0;
}

bool
sim_channel_writable(const sim_channel *channel)
{
    return channel->reset || channel->ended_ns != INT64_MAX || is_abandoned(channel) ||
           room_of(channel) > 0;
}

int64_t
sim_channel_write(sim_io *sim, sim_channel *channel, const void *data, size_t size)
{
    if (channel->reset) {
        return is_abandoned(channel) ? -EPIPE : -ECONNRESET;
    }
    if (channel->ended_ns != INT64_MAX || (channel->back == NULL && is_abandoned(channel))) {
        return -EPIPE;
    }
    if (is_abandoned(channel)) {
        /* As TCP does: the first send after the peer closed goes out, and the answer is a reset. */
        sim_channel_reset(channel);
        return (int64_t)size;
    }
    size_t part = room_of(channel);
    part = part < size ? part : size;
    if (part == 0) {
        return size == 0 ? 0 : OZ_IO_AGAIN;
    }
    sim_segment segment = {.end = channel->sent + part, .due_ns = due_time(sim, channel)};
    sim_append(&channel->bytes, data, part);
    sim_append(&channel->segments, &segment, 1);
    channel->sent += part;
    return (int64_t)part;
}
