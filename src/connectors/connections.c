/* Live connections: see connections.h. */
#include "connectors/connections.h"

#include "base/alloc.h"
#include "op/context.h"

enum { SLOTS_FIRST = 16 };

static void
registry_destroy(void *memory)
{
    ozi_connections *registry = memory;
    if (registry->alloc != NULL) {
        ozi_alloc_free(registry->alloc, registry->slots,
                       registry->slot_count * sizeof *registry->slots);
    }
}

ozi_connections *
ozi_connections_of(oz_context *context)
{
    ozi_connections *registry =
        ozi_context_shared(context, "connections", sizeof *registry, registry_destroy);
    if (registry != NULL) {
        registry->alloc = oz_context_alloc(context);
    }
    return registry;
}

/* A free slot, or `slot_count` when memory is out. */
static uint32_t
free_slot(ozi_connections *registry)
{
    for (uint32_t i = registry->free_hint; i < registry->slot_count; i++) {
        if (registry->slots[i] == NULL) {
            return i;
        }
    }
    uint32_t old = registry->slot_count;
    uint32_t count = old == 0 ? SLOTS_FIRST : old * 2;
    ozi_connection **grown = ozi_alloc_resize(registry->alloc, registry->slots, old * sizeof *grown,
                                              count * sizeof *grown);
    if (grown == NULL) {
        return old;
    }
    memset(grown + old, 0, (count - old) * sizeof *grown);
    registry->slots = grown;
    registry->slot_count = count;
    return old;
}

ozi_connection *
ozi_connection_open(ozi_connections *registry, oz_context *const *source, int64_t socket,
                    const oz_codec *codec, const char *address)
{
    const oz_io *io = oz_context_io(*source);
    uint32_t slot = free_slot(registry);
    ozi_connection *connection =
        slot < registry->slot_count ? ozi_alloc_zero(registry->alloc, sizeof *connection) : NULL;
    if (connection == NULL) {
        (void)io->close(io->self, socket);
        return NULL;
    }
    connection->id = (uint64_t)++registry->generation << 32 | (slot + 1);
    connection->origin = ozi_origin_new(registry->alloc, address, "message", 0, connection->id);
    if (connection->origin == NULL) {
        (void)io->close(io->self, socket);
        ozi_alloc_free(registry->alloc, connection, sizeof *connection);
        return NULL;
    }
    connection->source = source;
    connection->codec = codec;
    connection->sent_ns = INT64_MIN;
    connection->outlet = (ozi_outlet){.io = io,
                                      .codec = codec,
                                      .file = socket,
                                      .socket = true,
                                      .bytes = {.alloc = registry->alloc}};
    registry->slots[slot] = connection;
    registry->free_hint = slot + 1;
    return connection;
}

static void
forget_dirty(ozi_connections *registry, const ozi_connection *connection)
{
    ozi_connection **link = &registry->dirty;
    while (connection->dirty && *link != connection) {
        link = &(*link)->next_dirty;
    }
    if (connection->dirty) {
        *link = connection->next_dirty;
    }
}

void
ozi_connection_close(ozi_connections *registry, ozi_connection **closing)
{
    ozi_connection *connection = *closing;
    *closing = NULL;
    uint32_t slot = (uint32_t)connection->id - 1;
    forget_dirty(registry, connection);
    registry->slots[slot] = NULL;
    registry->free_hint = slot < registry->free_hint ? slot : registry->free_hint;
    if (connection->interest != OZ_IO_NONE) {
        (void)!oz_watch(*connection->source, connection->outlet.file, OZ_IO_NONE, connection->id);
    }
    ozi_outlet_close(&connection->outlet);
    ozi_origin_release(&connection->origin);
    ozi_alloc_free(registry->alloc, connection, sizeof *connection);
}

ozi_connection *
ozi_connection_find(ozi_connections *registry, uint64_t id)
{
    uint32_t slot = (uint32_t)id - 1;
    ozi_connection *found = slot < registry->slot_count ? registry->slots[slot] : NULL;
    return found != NULL && found->id == id ? found : NULL;
}

oz_status
ozi_connection_watch(ozi_connection *connection)
{
    bool reads =
        !connection->held && !connection->disarmed && !connection->ended && !connection->broken;
    bool writes = oz_bytes_size(&connection->outlet.bytes) > 0 && !connection->broken;
    uint32_t wanted = reads ? OZ_IO_READABLE : OZ_IO_NONE;
    wanted |= writes ? (uint32_t)OZ_IO_WRITABLE : 0;
    if (wanted == connection->interest) {
        return OZ_OK;
    }
    connection->interest = wanted;
    return oz_watch(*connection->source, connection->outlet.file, wanted, connection->id);
}

oz_status
ozi_connection_break(ozi_connection *connection)
{
    connection->broken = true;
    ozi_outlet_forget(&connection->outlet);
    return oz_timer_set(*connection->source, OZI_TIMER_SWEEP, oz_now_ns(*connection->source));
}

oz_status
ozi_connection_send(ozi_connection *connection)
{
    if (connection->broken) {
        ozi_outlet_forget(&connection->outlet);
        return OZ_OK;
    }
    int64_t result = ozi_outlet_push(&connection->outlet);
    if (result < 0 && result != OZ_IO_AGAIN) {
        return ozi_connection_break(connection);
    }
    return ozi_connection_watch(connection);
}

bool
ozi_connection_in_flight(const ozi_connections *registry, const ozi_connection *connection)
{
    return registry->repliers > 0 &&
           __atomic_load_n(&connection->origin->references, __ATOMIC_ACQUIRE) > 1;
}
