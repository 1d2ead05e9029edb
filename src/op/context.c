/* What an operator may ask of the engine: the accessors of op.h. */
#include "op/context.h"

#include <stdatomic.h>

#include "op/exchange.h"

const void *
oz_options(const oz_context *node)
{
    return node->options;
}

oz_table *
oz_context_table(oz_context *node, uint32_t index)
{
    return node->tables[index];
}

void
oz_count(oz_context *node, uint32_t counter, int64_t amount)
{
    node->counters[counter] += amount;
}

oz_status
oz_timer_set(oz_context *node, int64_t id, int64_t at_ns)
{
    return ozi_timers_set(&node->engine->timers, node, id, at_ns);
}

void
oz_timer_cancel(oz_context *node, int64_t id)
{
    ozi_timers_cancel(&node->engine->timers, node, id);
}

int64_t
oz_now_ns(oz_context *node)
{
    return node->engine->now_ns;
}

bool
oz_has_epochs(const oz_context *node)
{
    return node->engine->has_epochs;
}

void
oz_spin(oz_context *node, int64_t duration_ns)
{
    if (duration_ns > node->engine->spin_ns) {
        node->engine->spin_ns = duration_ns;
    }
}

const oz_io *
oz_context_io(oz_context *node)
{
    return node->engine->io;
}

const oz_alloc *
oz_context_alloc(oz_context *node)
{
    return node->engine->alloc;
}

const oz_object_class *
oz_context_objects(oz_context *node)
{
    return node->engine->objects;
}

uint64_t
oz_context_seed(oz_context *node)
{
    return node->engine->seed;
}

bool
oz_comes_singly(const oz_context *node)
{
    return node->is_single && node->engine->batch_rows == 1;
}

bool
oz_is_keyed(const oz_context *node)
{
    return node->is_keyed;
}

int64_t
oz_batch_rows(const oz_context *node)
{
    return node->engine->batch_rows;
}

void
oz_ask_checkpoint(oz_context *node)
{
    const ozi_engine *engine = node->engine;
    if (engine->exchange != NULL && engine->has_epochs) {
        oz_job_checkpoint(engine->exchange->job);
    } else if (engine->has_epochs) {
        atomic_store(&node->engine->asks_checkpoint, true);
    }
}

uint32_t
oz_input_count(const oz_context *node)
{
    return node->edge_count;
}

const char *
oz_node_name(const oz_context *node)
{
    return node->name;
}

/* ---- descriptors ----------------------------------------------------------------------------- */

/* The place of (node, file), or a free one; grows the list when there is none. */
static oz_status
watched_place(ozi_engine *engine, const oz_context *node, int64_t file, uint32_t *place)
{
    uint32_t free_place = engine->watched_count;
    for (uint32_t i = engine->watched_count; i-- > 0;) {
        if (engine->watched[i].node == node && engine->watched[i].file == file) {
            *place = i;
            return OZ_OK;
        }
        free_place = engine->watched[i].node == NULL ? i : free_place;
    }
    if (free_place == engine->watched_count) {
        size_t old_size = engine->watched_count * sizeof *engine->watched;
        uint32_t count = engine->watched_count == 0 ? 8 : engine->watched_count * 2;
        ozi_watched *grown =
            ozi_alloc_resize(engine->alloc, engine->watched, old_size, count * sizeof *grown);
        if (grown == NULL) {
            return OZ_NO_MEMORY;
        }
        memset(grown + engine->watched_count, 0, (count - engine->watched_count) * sizeof *grown);
        engine->watched = grown;
        engine->watched_count = count;
    }
    *place = free_place;
    return OZ_OK;
}

/* The store is atomic for oz_wake, which any thread may call. */
oz_status
ozi_engine_open_poller(ozi_engine *engine)
{
    if (engine->poller >= 0) {
        return OZ_OK;
    }
    int64_t poller = engine->io->poller(engine->io->self);
    if (poller < 0) {
        return oz_error_set(&engine->scratch, OZ_IO, "cannot open a poller: %s",
                            strerror((int)-poller));
    }
    __atomic_store_n(&engine->poller, poller, __ATOMIC_SEQ_CST);
    return OZ_OK;
}

oz_status
oz_watch(oz_context *node, int64_t file, uint32_t interest, uint64_t token)
{
    ozi_engine *engine = node->engine;
    uint32_t place;
    OZ_TRY(ozi_engine_open_poller(engine));
    OZ_TRY(watched_place(engine, node, file, &place));
    int64_t result = engine->io->watch(engine->io->self, engine->poller, file, interest, place);
    if (interest == OZ_IO_NONE) {
        engine->watched[place] = (ozi_watched){.node = NULL};
        return OZ_OK;
    }
    if (result < 0) {
        return oz_error_set(&engine->scratch, OZ_IO, "cannot watch descriptor %lld: %s",
                            (long long)file, strerror((int)-result));
    }
    engine->watched[place] = (ozi_watched){.node = node, .file = file, .token = token};
    return OZ_OK;
}

/* ---- shared objects -------------------------------------------------------------------------- */

void *
ozi_context_shared(oz_context *node, const char *name, size_t size, void (*destroy)(void *))
{
    ozi_engine *engine = node->engine;
    for (ozi_shared *shared = engine->shared; shared != NULL; shared = shared->next) {
        if (strcmp(shared->name, name) == 0) {
            return shared->data;
        }
    }
    ozi_shared *shared = ozi_alloc_zero(engine->alloc, sizeof *shared + size);
    if (shared == NULL) {
        return NULL;
    }
    *shared = (ozi_shared){.next = engine->shared, .name = name, .destroy = destroy, .size = size};
    engine->shared = shared;
    return shared->data;
}
