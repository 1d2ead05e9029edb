/* Reference-counted bytes: one allocation, header in front. Drawn in buffer.h. */
#include "batch/buffer.h"

#include "base/alloc.h"

static size_t
slack_of(ozi_buffer_role role)
{
    return role == OZI_BUFFER_TEXT ? OZ_BUFFER_SLACK : 0;
}

/* Bytes of the whole allocation; false when there is no such size. */
static bool
block_size(size_t size, ozi_buffer_role role, size_t *out)
{
    return !__builtin_add_overflow(size, sizeof(oz_buffer) + slack_of(role), out);
}

static oz_buffer *
buffer_new(const oz_alloc *alloc, size_t size, ozi_buffer_role role)
{
    size_t total;
    oz_buffer *buffer = block_size(size, role, &total) ? ozi_alloc_new(alloc, total) : NULL;
    if (buffer == NULL) {
        return NULL;
    }
    char *data = (char *)(buffer + 1);
    *buffer =
        (oz_buffer){.references = 1, .role = role, .alloc = alloc, .data = data, .size = size};
    memset(data + size, 0, slack_of(role));
    return buffer;
}

oz_buffer *
oz_buffer_new(const oz_alloc *alloc, size_t size)
{
    return buffer_new(alloc, size, OZI_BUFFER_TEXT);
}

oz_buffer *
ozi_buffer_array(const oz_alloc *alloc, int64_t count, size_t item_size)
{
    size_t size;
    if (count < 0 || __builtin_mul_overflow((size_t)count, item_size, &size)) {
        return NULL;
    }
    return buffer_new(alloc, size, OZI_BUFFER_ARRAY);
}

oz_buffer *
oz_buffer_wrap(const oz_alloc *alloc, const void *data, size_t size, void (*release)(void *context),
               void *context)
{
    oz_buffer *buffer = ozi_alloc_new(alloc, sizeof(*buffer));
    if (buffer == NULL) {
        return NULL;
    }
    *buffer = (oz_buffer){.references = 1,
                          .role = OZI_BUFFER_FOREIGN,
                          .alloc = alloc,
                          .data = (char *)(uintptr_t)data,
                          .size = size,
                          .as.foreign = {release, context}};
    return buffer;
}

char *
oz_buffer_data(oz_buffer *buffer)
{
    return buffer->data;
}

size_t
oz_buffer_size(const oz_buffer *buffer)
{
    return buffer->size;
}

oz_buffer *
oz_buffer_retain(oz_buffer *buffer)
{
    ozi_count_up(&buffer->references);
    return buffer;
}

static void
buffer_destroy(oz_buffer *buffer)
{
    size_t total = sizeof(*buffer);
    if (buffer->role == OZI_BUFFER_FOREIGN) {
        if (buffer->as.foreign.release != NULL) {
            buffer->as.foreign.release(buffer->as.foreign.context);
        }
    } else {
        total += buffer->size + slack_of(buffer->role);
    }
    if (buffer->role == OZI_BUFFER_OBJECTS && buffer->as.held.count > 0) {
        buffer->as.held.objects->release_many((oz_object *)(void *)buffer->data,
                                              buffer->as.held.count);
    }
    ozi_alloc_free(buffer->alloc, buffer, total);
}

void
oz_buffer_release(oz_buffer **buffer)
{
    oz_buffer *held = *buffer;
    *buffer = NULL;
    if (held != NULL && ozi_count_down(&held->references)) {
        buffer_destroy(held);
    }
}

bool
oz_buffer_is_sole(const oz_buffer *buffer)
{
    return __atomic_load_n(&buffer->references, __ATOMIC_ACQUIRE) == 1;
}

oz_status
ozi_buffer_resize(oz_buffer **buffer, size_t size)
{
    oz_buffer *old = *buffer;
    size_t old_total;
    size_t total;
    if (!block_size(old->size, old->role, &old_total) || !block_size(size, old->role, &total)) {
        return OZ_NO_MEMORY;
    }
    oz_buffer *moved = ozi_alloc_resize(old->alloc, old, old_total, total);
    if (moved == NULL) {
        return OZ_NO_MEMORY;
    }
    moved->data = (char *)(moved + 1);
    moved->size = size;
    memset(moved->data + size, 0, slack_of(moved->role));
    *buffer = moved;
    return OZ_OK;
}

void
ozi_buffer_hold_objects(oz_buffer *buffer, const oz_object_class *objects, int64_t count)
{
    buffer->role = OZI_BUFFER_OBJECTS;
    buffer->as.held.objects = objects;
    buffer->as.held.count = count;
}
