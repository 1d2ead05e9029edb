/*
 * The allocator interface. Every allocation of the engine goes through one of these, so that a
 * host can count, limit or replace memory, and a test can make the n-th allocation fail.
 */
#ifndef OUZEL_ALLOC_H
#define OUZEL_ALLOC_H

#include "ouzel/status.h"

typedef struct oz_alloc {
    /*
     * Like realloc: NULL `pointer` allocates, zero `size` frees and returns NULL. `old_size` is the
     * size that was asked for before (0 for a NULL pointer). May be called by any thread.
     */
    void *(*resize)(void *self, void *pointer, size_t old_size, size_t size);
    void *self;
} oz_alloc;

/* The process heap. */
OZ_API const oz_alloc *
oz_alloc_default(void);

#endif
