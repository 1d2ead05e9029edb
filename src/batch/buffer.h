/*
 * Buffers inside: the header that lies in front of the bytes, and the roles.
 *
 *     buffer                       data
 *     v                            v
 *     +----------------------------+------------------------------+----------------------+
 *     | struct oz_buffer, 48 bytes | size bytes                   | slack (of TEXT only) |
 *     +----------------------------+------------------------------+----------------------+
 *
 * A FOREIGN buffer is the header alone and its data lies elsewhere. The arrays of oz_values_new and
 * oz_objects_new are the data of an ARRAY buffer: whoever holds the array finds the buffer in front
 * of it, so a finished array becomes a column without a copy.
 */
#ifndef OUZEL_BATCH_BUFFER_H
#define OUZEL_BATCH_BUFFER_H

#include "ouzel/batch.h"

/*
 * What lies in a buffer. A column that is made of views into another one keeps all buffers of that
 * column alive except its ARRAYs: no view points into those.
 */
typedef enum ozi_buffer_role {
    OZI_BUFFER_TEXT,
    OZI_BUFFER_ARRAY,
    OZI_BUFFER_OBJECTS, /* an array of handles, released with it */
    OZI_BUFFER_FOREIGN,
} ozi_buffer_role;

struct oz_buffer {
    uint32_t references; /* atomic */
    ozi_buffer_role role;
    const oz_alloc *alloc;
    char *data;
    size_t size;
    union {
        struct {
            void (*release)(void *context);
            void *context;
        } foreign;
        struct {
            const oz_object_class *objects;
            int64_t count;
        } held; /* of OBJECTS */
    } as;
};

/* An ARRAY of `count` items of `item_size` bytes, not initialised; NULL when memory is out. */
oz_buffer *
ozi_buffer_array(const oz_alloc *alloc, int64_t count, size_t item_size);

/* The buffer in front of an array that is the data of one. */
static inline oz_buffer *
ozi_buffer_of(const void *data)
{
    return (oz_buffer *)(uintptr_t)((const char *)data - sizeof(oz_buffer));
}

/* A sole TEXT or ARRAY grows or shrinks and may move; when memory is out it stays as it was. */
oz_status
ozi_buffer_resize(oz_buffer **buffer, size_t size);

/* A sole ARRAY becomes the owner of the `count` handles in it. */
void
ozi_buffer_hold_objects(oz_buffer *buffer, const oz_object_class *objects, int64_t count);

/* The number of references less one; true when that was the last. */
static inline bool
ozi_count_down(uint32_t *references)
{
    /* A sole owner needs no locked instruction: nobody else can raise the count. */
    return __atomic_load_n(references, __ATOMIC_ACQUIRE) == 1 ||
           __atomic_sub_fetch(references, 1, __ATOMIC_ACQ_REL) == 0;
}

static inline void
ozi_count_up(const uint32_t *references)
{
    (void)__atomic_add_fetch((uint32_t *)(uintptr_t)references, 1, __ATOMIC_RELAXED);
}

#endif
