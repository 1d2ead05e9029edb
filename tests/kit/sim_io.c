/* The simulated world: handles, clocks, failing calls, and the table. */
#include "kit/sim_io.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "kit/sim_io_internal.h"

enum { FIRST_HANDLE = 100, FAIL_EACH_MAX = 100000 };

void
sim_misuse(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)fputs("sim_io: ", stderr);
    (void)vfprintf(stderr, format, arguments);
    (void)fputc('\n', stderr);
    va_end(arguments);
    abort();
}

void *
sim_new(size_t size)
{
    void *pointer = ozi_alloc_zero(oz_alloc_default(), size);
    if (pointer == NULL) {
        sim_misuse("out of memory");
    }
    return pointer;
}

void
sim_append(ozi_vec *vec, const void *items, size_t count)
{
    if (ozi_vec_append(vec, items, count) != OZ_OK) {
        sim_misuse("out of memory");
    }
}

void
sim_push_pointer(ozi_vec *vec, void *pointer)
{
    sim_append(vec, &pointer, 1);
}

void
sim_drop_front(ozi_vec *vec, size_t count)
{
    if (count > 0) {
        vec->count -= count;
        memmove(vec->items, (char *)vec->items + count * vec->item_size,
                vec->count * vec->item_size);
    }
}

uint64_t
sim_random(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    return ozi_mix64(*state);
}

/* ---- failing calls --------------------------------------------------------------------------- */

bool
sim_fails(sim_io *sim)
{
    sim->calls++;
    if (sim->is_stopped || (sim->stop_at != 0 && sim->calls == sim->stop_at)) {
        sim->fail_error = EIO;
        sim->is_stopped = true;
        return true;
    }
    return sim->calls == sim->fail_at;
}

bool
sim_stops_now(const sim_io *sim)
{
    return sim->is_stopped && sim->calls == sim->stop_at;
}

void
sim_io_stop_at(sim_io *sim, uint64_t n)
{
    sim->calls = 0;
    sim->stop_at = n;
}

void
sim_io_start_again(sim_io *sim, bool loses)
{
    for (size_t i = 0; i < sim->handles.count; i++) {
        sim_handle *handle = ((sim_handle **)sim->handles.items)[i];
        if (handle->kind == SIM_FILE && handle->locks) {
            handle->node->is_locked = false;
        }
        sim->open_handles -= handle->kind != SIM_FREE;
        handle->kind = SIM_FREE;
    }
    sim->works.count = 0;
    sim->works_over = 0;
    sim->is_stopped = false;
    sim->stop_at = 0;
    if (loses) {
        sim_lose_unsynced(sim);
    }
}

void
sim_io_fail_at(sim_io *sim, uint64_t n, int error)
{
    sim->calls = 0;
    sim->fail_at = n;
    sim->fail_error = error;
}

uint64_t
sim_io_calls(const sim_io *sim)
{
    return sim->calls;
}

int
sim_io_open_handles(const sim_io *sim)
{
    return sim->open_handles;
}

uint64_t
sim_io_fail_each(void (*scenario)(sim_io *sim, void *context), void *context, int error)
{
    for (uint64_t n = 1; n < FAIL_EACH_MAX; n++) {
        sim_io *sim = sim_io_new(n);
        sim_io_fail_at(sim, n, error);
        scenario(sim, context);
        uint64_t calls = sim->calls;
        if (sim->open_handles != 0) {
            sim_misuse("%d handles are open after call %d failed", sim->open_handles, (int)n);
        }
        sim_io_free(sim);
        if (calls < n) {
            return calls;
        }
    }
    sim_misuse("the scenario never came to its end");
}

/* ---- handles --------------------------------------------------------------------------------- */

int64_t
sim_handle_new(sim_io *sim, sim_kind kind, sim_handle **out)
{
    sim_handle *handle = sim_new(sizeof *handle);
    handle->kind = kind;
    handle->alarm_ns = INT64_MAX;
    ozi_vec_init(&handle->pending, oz_alloc_default(), sizeof(int64_t));
    ozi_vec_init(&handle->watches, oz_alloc_default(), sizeof(sim_watch));
    sim_push_pointer(&sim->handles, handle);
    sim->open_handles++;
    *out = handle;
    return FIRST_HANDLE + (int64_t)sim->handles.count - 1;
}

sim_handle *
sim_handle_of(const sim_io *sim, int64_t handle, sim_kind kind)
{
    if (handle < FIRST_HANDLE || handle - FIRST_HANDLE >= (int64_t)sim->handles.count) {
        return NULL;
    }
    sim_handle *found = ((sim_handle **)sim->handles.items)[handle - FIRST_HANDLE];
    return found->kind != SIM_FREE && (kind == SIM_FREE || found->kind == kind) ? found : NULL;
}

static int64_t
sim_close(void *self, int64_t file)
{
    sim_io *sim = self;
    bool fails = sim_fails(sim);
    sim_handle *handle = sim_handle_of(sim, file, SIM_FREE);
    if (handle == NULL || handle->kind == SIM_POLLER) {
        return -EBADF;
    }
    sim_forget_watches(sim, file);
    if (handle->kind == SIM_FILE && handle->locks) {
        handle->node->is_locked = false;
    } else if (handle->kind == SIM_PIPE) {
        sim_close_pipe(handle);
    } else if (handle->kind == SIM_SOCKET) {
        sim_close_socket(sim, handle);
    } else if (handle->kind == SIM_LISTENER) {
        sim_close_listener(sim, handle);
    }
    handle->kind = SIM_FREE;
    sim->open_handles--;
    return fails ? -sim->fail_error : 0;
}

/* read and write serve files and pipes, and sockets as the kernel does. */
static int64_t
sim_read(void *self, int64_t file, void *data, size_t size)
{
    sim_io *sim = self;
    if (sim_fails(sim)) {
        return -sim->fail_error;
    }
    sim_handle *handle = sim_handle_of(sim, file, SIM_FREE);
    if (handle == NULL) {
        return -EBADF;
    }
    switch (handle->kind) {
    case SIM_FILE:
        return sim_file_read(handle, data, size);
    case SIM_FOLDER:
        return -EISDIR;
    default:
        return handle->in == NULL ? -EBADF : sim_channel_read(sim, handle->in, data, size);
    }
}

static int64_t
sim_write(void *self, int64_t file, const void *data, size_t size)
{
    sim_io *sim = self;
    bool fails = sim_fails(sim);
    sim_handle *handle = sim_handle_of(sim, file, SIM_FREE);
    if (fails && sim_stops_now(sim) && handle != NULL && handle->kind == SIM_FILE) {
        (void)sim_file_write(sim, handle, data, size / 2);
    }
    if (fails) {
        return -sim->fail_error;
    }
    if (handle == NULL) {
        return -EBADF;
    }
    if (handle->kind == SIM_FILE) {
        return sim_file_write(sim, handle, data, size);
    }
    return handle->out == NULL ? -EBADF : sim_channel_write(sim, handle->out, data, size);
}

/* ---- clocks ---------------------------------------------------------------------------------- */

static int64_t
sim_now(void *self)
{
    return ((sim_io *)self)->now_ns;
}

static int64_t
sim_wall(void *self)
{
    return ((sim_io *)self)->now_ns - SIM_IO_NOW_NS + SIM_IO_WALL_NS;
}

static uint64_t
sim_next_random(void *self)
{
    return sim_random(&((sim_io *)self)->random);
}

void
sim_io_advance(sim_io *sim, int64_t ns)
{
    if (ns < 0) {
        sim_misuse("time does not go back");
    }
    sim->now_ns += ns;
}

void
sim_io_set_automatic(sim_io *sim, bool automatic)
{
    sim->automatic = automatic;
}

/* ---- the world ------------------------------------------------------------------------------- */

static const oz_io table = {
    .now_ns = sim_now,
    .wall_ns = sim_wall,
    .random = sim_next_random,
    .open = sim_open,
    .read = sim_read,
    .write = sim_write,
    .sync = sim_sync,
    .size = sim_size,
    .seek = sim_seek,
    .close = sim_close,
    .rename = sim_rename,
    .unlink = sim_unlink,
    .truncate = sim_truncate,
    .folder = sim_folder,
    .lock = sim_lock,
    .glob = sim_glob,
    .listen = sim_listen,
    .accept = sim_accept,
    .connect = sim_connect,
    .connected = sim_connected,
    .receive = sim_receive,
    .send = sim_send,
    .shut = sim_shut,
    .port = sim_port,
    .poller = sim_poller,
    .watch = sim_watch_file,
    .alarm = sim_alarm,
    .wait = sim_wait,
    .wake = sim_wake,
    .unpoll = sim_unpoll,
    .aside = sim_aside,
    .join = sim_join,
};

sim_io *
sim_io_new(uint64_t seed)
{
    sim_io *sim = sim_new(sizeof *sim);
    sim->table = table;
    sim->table.self = sim;
    sim->now_ns = SIM_IO_NOW_NS;
    sim->random = seed;
    sim->shuffle = ~seed;
    sim->automatic = true;
    sim->disk_room = -1;
    sim->link = sim_io_link_default;
    sim->next_port = 40000;
    ozi_vec_init(&sim->handles, oz_alloc_default(), sizeof(sim_handle *));
    ozi_vec_init(&sim->nodes, oz_alloc_default(), sizeof(sim_node *));
    ozi_vec_init(&sim->channels, oz_alloc_default(), sizeof(sim_channel *));
    ozi_vec_init(&sim->works, oz_alloc_default(), sizeof(sim_work));
    return sim;
}

const oz_io *
sim_io_table(sim_io *sim)
{
    return &sim->table;
}

void
sim_io_free(sim_io *sim)
{
    const oz_alloc *alloc = oz_alloc_default();
    for (size_t i = 0; i < sim->handles.count; i++) {
        sim_handle *handle = ((sim_handle **)sim->handles.items)[i];
        ozi_vec_free(&handle->pending);
        ozi_vec_free(&handle->watches);
        ozi_alloc_free(alloc, handle, sizeof *handle);
    }
    for (size_t i = 0; i < sim->nodes.count; i++) {
        sim_node *node = ((sim_node **)sim->nodes.items)[i];
        if (node->path != NULL) {
            ozi_alloc_free(alloc, node->path, strlen(node->path) + 1);
        }
        if (node->synced_path != NULL) {
            ozi_alloc_free(alloc, node->synced_path, strlen(node->synced_path) + 1);
        }
        ozi_vec_free(&node->data);
        ozi_vec_free(&node->synced);
        ozi_alloc_free(alloc, node, sizeof *node);
    }
    for (size_t i = 0; i < sim->channels.count; i++) {
        sim_channel *channel = ((sim_channel **)sim->channels.items)[i];
        ozi_vec_free(&channel->bytes);
        ozi_vec_free(&channel->segments);
        ozi_alloc_free(alloc, channel, sizeof *channel);
    }
    ozi_vec_free(&sim->handles);
    ozi_vec_free(&sim->nodes);
    ozi_vec_free(&sim->channels);
    ozi_vec_free(&sim->works);
    ozi_alloc_free(alloc, sim, sizeof *sim);
}
