/*
 * Files of the simulated world. A node lives until the world ends; unlinking or replacing one takes
 * its path away, so that open handles go on reading and writing what is no longer there by name.
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>

#include "kit/sim_io_internal.h"

static sim_node *
find_node(const sim_io *sim, const char *path)
{
    for (size_t i = 0; i < sim->nodes.count; i++) {
        sim_node *node = ((sim_node **)sim->nodes.items)[i];
        if (node->path != NULL && strcmp(node->path, path) == 0) {
            return node;
        }
    }
    return NULL;
}

/* Puts a copy of `string` (may be NULL) into its place. */
static void
set_string(char **place, const char *string)
{
    char *copy = NULL;
    if (string != NULL) {
        copy = sim_new(strlen(string) + 1);
        memcpy(copy, string, strlen(string));
    }
    if (*place != NULL) {
        ozi_alloc_free(oz_alloc_default(), *place, strlen(*place) + 1);
    }
    *place = copy;
}

static void
set_path(sim_node *node, const char *path)
{
    set_string(&node->path, path);
}

/* The node of a path, made (as one that does not exist yet) when there is none. */
static sim_node *
need_node(sim_io *sim, const char *path)
{
    sim_node *node = find_node(sim, path);
    if (node == NULL) {
        node = sim_new(sizeof *node);
        ozi_vec_init(&node->data, oz_alloc_default(), 1);
        ozi_vec_init(&node->synced, oz_alloc_default(), 1);
        set_path(node, path);
        sim_push_pointer(&sim->nodes, node);
    }
    return node;
}

static void
keep_synced(sim_node *node)
{
    ozi_vec_clear(&node->synced);
    sim_append(&node->synced, node->data.items, node->data.count);
}

void
sim_io_put(sim_io *sim, const char *path, const void *data, size_t size)
{
    sim_node *node = need_node(sim, path);
    node->exists = true;
    ozi_vec_clear(&node->data);
    sim_append(&node->data, data, size);
    keep_synced(node);
    set_string(&node->synced_path, path);
}

const char *
sim_io_get(sim_io *sim, const char *path, size_t *size)
{
    sim_node *node = find_node(sim, path);
    if (node == NULL || !node->exists) {
        return NULL;
    }
    if (size != NULL) {
        *size = node->data.count;
    }
    /* Ends with a NUL that does not count, so that text can be compared as a string. */
    sim_append(&node->data, "", 1);
    node->data.count--;
    return node->data.items;
}

void
sim_io_make_pipe(sim_io *sim, const char *path)
{
    sim_node *node = need_node(sim, path);
    node->exists = true;
    node->pipe = sim_channel_new(sim);
}

void
sim_io_set_file_faults(sim_io *sim, const char *path, const sim_io_file_faults *faults)
{
    need_node(sim, path)->faults = *faults;
}

void
sim_io_set_disk_room(sim_io *sim, int64_t bytes)
{
    sim->disk_room = bytes;
}

/* A folder exists when it was made, or a file lies in it; and there is always the present one. */
static bool
is_folder(const sim_io *sim, const char *path)
{
    if (strcmp(path, ".") == 0) {
        return true;
    }
    size_t size = strlen(path);
    for (size_t i = 0; i < sim->nodes.count; i++) {
        const sim_node *node = ((sim_node **)sim->nodes.items)[i];
        if (node->path != NULL && node->is_folder && strcmp(node->path, path) == 0) {
            return true;
        }
        if (node->path != NULL && node->exists && strncmp(node->path, path, size) == 0 &&
            node->path[size] == '/') {
            return true;
        }
    }
    return false;
}

static int64_t
open_pipe(sim_io *sim, sim_node *node, oz_io_mode mode)
{
    sim_handle *handle;
    int64_t result = sim_handle_new(sim, SIM_PIPE, &handle);
    handle->mode = mode;
    if (mode == OZ_IO_READ) {
        handle->in = node->pipe;
        node->pipe->readers++;
        node->pipe->was_read = true;
    } else {
        handle->out = node->pipe;
        node->pipe->writers++;
        node->pipe->was_written = true;
    }
    return result;
}

int64_t
sim_open(void *self, const char *path, oz_io_mode mode)
{
    sim_io *sim = self;
    sim_handle *handle;
    if (sim_fails(sim)) {
        return -sim->fail_error;
    }
    if (is_folder(sim, path)) {
        if (mode != OZ_IO_READ) {
            return -EISDIR;
        }
        int64_t folder = sim_handle_new(sim, SIM_FOLDER, &handle);
        handle->node = need_node(sim, path);
        return folder;
    }
    sim_node *node = find_node(sim, path);
    if (node != NULL && node->faults.open_error != 0) {
        return -node->faults.open_error;
    }
    if (mode == OZ_IO_READ && (node == NULL || !node->exists)) {
        return -ENOENT;
    }
    node = need_node(sim, path);
    if (node->pipe != NULL) {
        return open_pipe(sim, node, mode);
    }
    node->exists = true;
    if (mode == OZ_IO_CREATE) {
        ozi_vec_clear(&node->data);
    }
    int64_t result = sim_handle_new(sim, SIM_FILE, &handle);
    handle->node = node;
    handle->mode = mode;
    return result;
}

/* How many of `size` bytes a transfer at `offset` does before its fault; 0: the fault is here. */
static size_t
faultless(const sim_io_file_faults *faults, int error, int64_t offset, size_t size)
{
    if (faults->chunk_max > 0 && size > faults->chunk_max) {
        size = faults->chunk_max;
    }
    if (error == 0) {
        return size;
    }
    int64_t left = faults->fail_offset - offset;
    return left <= 0 ? 0 : (int64_t)size < left ? size : (size_t)left;
}

int64_t
sim_file_read(sim_handle *file, void *data, size_t size)
{
    const sim_node *node = file->node;
    if (file->mode != OZ_IO_READ) {
        return -EBADF;
    }
    size_t part = faultless(&node->faults, node->faults.read_error, file->offset, size);
    if (part == 0 && size > 0) {
        return -node->faults.read_error;
    }
    if (file->offset >= (int64_t)node->data.count) {
        return 0;
    }
    size_t left = node->data.count - (size_t)file->offset;
    part = part < left ? part : left;
    memcpy(data, (const char *)node->data.items + file->offset, part);
    file->offset += (int64_t)part;
    return (int64_t)part;
}

int64_t
sim_file_write(sim_io *sim, sim_handle *file, const void *data, size_t size)
{
    sim_node *node = file->node;
    if (file->mode == OZ_IO_READ) {
        return -EBADF;
    }
    if (file->mode == OZ_IO_APPEND) {
        file->offset = (int64_t)node->data.count;
    }
    size_t part = faultless(&node->faults, node->faults.write_error, file->offset, size);
    if (part == 0 && size > 0) {
        return -node->faults.write_error;
    }
    int64_t grows = file->offset + (int64_t)part - (int64_t)node->data.count;
    if (sim->disk_room >= 0 && grows > sim->disk_room) {
        part -= (size_t)(grows - sim->disk_room) < part ? (size_t)(grows - sim->disk_room) : part;
        grows = sim->disk_room;
        if (part == 0) {
            return -ENOSPC;
        }
    }
    for (; grows > 0; grows--) {
        sim_append(&node->data, "", 1);
        sim->disk_room -= sim->disk_room > 0;
    }
    if (part > 0) {
        memcpy((char *)node->data.items + file->offset, data, part);
    }
    file->offset += (int64_t)part;
    return (int64_t)part;
}

static bool
lies_in(const char *path, const char *folder)
{
    size_t size = strlen(folder);
    if (strcmp(folder, ".") == 0) {
        return path != NULL && strchr(path, '/') == NULL;
    }
    return path != NULL && strncmp(path, folder, size) == 0 && path[size] == '/';
}

/* The names in a folder are safe from now on. */
static void
keep_names(sim_io *sim, const char *folder)
{
    for (size_t i = 0; i < sim->nodes.count; i++) {
        sim_node *node = ((sim_node **)sim->nodes.items)[i];
        bool is_there = lies_in(node->path, folder) && node->exists;
        if (is_there || lies_in(node->synced_path, folder)) {
            set_string(&node->synced_path, is_there ? node->path : NULL);
        }
    }
}

int64_t
sim_sync(void *self, int64_t file)
{
    sim_io *sim = self;
    if (sim_fails(sim)) {
        return -sim->fail_error;
    }
    const sim_handle *handle = sim_handle_of(sim, file, SIM_FREE);
    if (handle == NULL) {
        return -EBADF;
    }
    if (handle->kind == SIM_FOLDER) {
        keep_names(sim, handle->node->path);
    }
    if (handle->kind != SIM_FILE || handle->node->faults.sync_error != 0) {
        return handle->kind == SIM_FILE ? -handle->node->faults.sync_error : 0;
    }
    keep_synced(handle->node);
    return 0;
}

/* ---- power that fails ------------------------------------------------------------------------ */

/* Of the bytes that differ from what was synced, some are there. */
static void
lose_bytes(sim_io *sim, sim_node *node)
{
    uint64_t draw = sim_random(&sim->shuffle) % 4;
    if (draw == 0) {
        return;
    }
    size_t kept = node->synced.count;
    if (node->data.count > kept && draw > 1 &&
        (kept == 0 || memcmp(node->data.items, node->synced.items, kept) == 0)) {
        kept += sim_random(&sim->shuffle) % (node->data.count - kept + 1);
        node->data.count = kept; /* a part of what was appended */
        return;
    }
    ozi_vec_clear(&node->data);
    sim_append(&node->data, node->synced.items, node->synced.count);
}

/* Names go back together: a rename is never half done. */
void
sim_lose_unsynced(sim_io *sim)
{
    bool loses_names = sim_random(&sim->shuffle) % 2 == 0;
    for (size_t i = 0; i < sim->nodes.count; i++) {
        sim_node *node = ((sim_node **)sim->nodes.items)[i];
        if (node->exists && !node->is_folder) {
            lose_bytes(sim, node);
        }
        if (node->exists && loses_names) {
            set_path(node, node->synced_path);
        }
        set_string(&node->synced_path, node->path);
        keep_synced(node);
    }
}

int64_t
sim_size(void *self, int64_t file)
{
    const sim_handle *handle = sim_handle_of(self, file, SIM_FREE);
    if (handle == NULL) {
        return -EBADF;
    }
    return handle->kind == SIM_FILE ? (int64_t)handle->node->data.count : -1;
}

int64_t
sim_seek(void *self, int64_t file, int64_t offset)
{
    sim_io *sim = self;
    if (sim_fails(sim)) {
        return -sim->fail_error;
    }
    sim_handle *handle = sim_handle_of(sim, file, SIM_FREE);
    if (handle == NULL) {
        return -EBADF;
    }
    if (handle->kind != SIM_FILE || offset < 0) {
        return handle->kind != SIM_FILE ? -ESPIPE : -EINVAL;
    }
    handle->offset = offset;
    return 0;
}

int64_t
sim_rename(void *self, const char *from, const char *to)
{
    sim_io *sim = self;
    if (sim_fails(sim)) {
        return -sim->fail_error;
    }
    sim_node *node = find_node(sim, from);
    if (node == NULL || !node->exists) {
        return -ENOENT;
    }
    sim_node *replaced = find_node(sim, to);
    if (replaced != NULL && replaced != node) {
        node->faults = replaced->faults;
        set_path(replaced, NULL);
    }
    set_path(node, to);
    return 0;
}

int64_t
sim_unlink(void *self, const char *path)
{
    sim_io *sim = self;
    if (sim_fails(sim)) {
        return -sim->fail_error;
    }
    sim_node *node = find_node(sim, path);
    if (node == NULL || !node->exists) {
        return -ENOENT;
    }
    sim_io_file_faults faults = node->faults;
    set_path(node, NULL);
    need_node(sim, path)->faults = faults;
    return 0;
}

int64_t
sim_truncate(void *self, int64_t file, int64_t size)
{
    sim_io *sim = self;
    if (sim_fails(sim)) {
        return -sim->fail_error;
    }
    sim_handle *handle = sim_handle_of(sim, file, SIM_FILE);
    if (handle == NULL || handle->mode == OZ_IO_READ || size < 0) {
        return handle == NULL ? -EBADF : -EINVAL;
    }
    ozi_vec *data = &handle->node->data;
    while ((int64_t)data->count < size) {
        sim_append(data, "", 1);
    }
    data->count = (size_t)size;
    return 0;
}

int64_t
sim_folder(void *self, const char *path)
{
    sim_io *sim = self;
    if (sim_fails(sim)) {
        return -sim->fail_error;
    }
    sim_node *node = need_node(sim, path);
    if (node->faults.open_error != 0) {
        return -node->faults.open_error;
    }
    if (node->exists) {
        return -ENOTDIR;
    }
    node->is_folder = true;
    return 0;
}

int64_t
sim_lock(void *self, const char *path)
{
    sim_io *sim = self;
    sim_handle *handle;
    if (sim_fails(sim)) {
        return -sim->fail_error;
    }
    sim_node *node = need_node(sim, path);
    if (node->is_locked) {
        return OZ_IO_AGAIN;
    }
    node->exists = node->is_locked = true;
    int64_t result = sim_handle_new(sim, SIM_FILE, &handle);
    handle->node = node;
    handle->mode = OZ_IO_APPEND;
    handle->locks = true;
    return result;
}

static int
compare_paths(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

int64_t
sim_glob(void *self, const char *pattern, oz_status (*found)(void *context, const char *path),
         void *context)
{
    sim_io *sim = self;
    if (sim_fails(sim)) {
        return -sim->fail_error;
    }
    ozi_vec paths;
    ozi_vec_init(&paths, oz_alloc_default(), sizeof(char *));
    for (size_t i = 0; i < sim->nodes.count; i++) {
        sim_node *node = ((sim_node **)sim->nodes.items)[i];
        if (node->path != NULL && node->exists &&
            fnmatch(pattern, node->path, FNM_PATHNAME | FNM_PERIOD) == 0) {
            sim_push_pointer(&paths, node->path);
        }
    }
    if (paths.count > 1) {
        qsort(paths.items, paths.count, sizeof(char *), compare_paths);
    }
    int64_t result = (int64_t)paths.count;
    for (size_t i = 0; i < paths.count && result >= 0; i++) {
        result = found(context, ((char **)paths.items)[i]) == OZ_OK ? result : -ECANCELED;
    }
    ozi_vec_free(&paths);
    return result;
}
