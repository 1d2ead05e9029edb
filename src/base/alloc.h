/*
 * Memory: thin helpers over the allocator interface (include/ouzel/alloc.h), and a wrapper that
 * counts and fails on demand.
 *
 * Every size is given again when memory is resized or freed, so that an allocator needs no headers.
 * All helpers may be called by any thread as far as their allocator may.
 */
#ifndef OUZEL_BASE_ALLOC_H
#define OUZEL_BASE_ALLOC_H

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "ouzel/alloc.h"

/* 1 in a build with that sanitizer, of gcc or clang. */
#if defined(__has_feature)
#define OZI_HAS_FEATURE(name) __has_feature(name)
#else
#define OZI_HAS_FEATURE(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || OZI_HAS_FEATURE(address_sanitizer)
#define OZI_ASAN 1
#else
#define OZI_ASAN 0
#endif
#if defined(__SANITIZE_THREAD__) || OZI_HAS_FEATURE(thread_sanitizer)
#define OZI_TSAN 1
#else
#define OZI_TSAN 0
#endif

/* `size` bytes (> 0), not initialised, aligned for any type; NULL when memory is out. */
static inline void *
ozi_alloc_new(const oz_alloc *alloc, size_t size)
{
    return alloc->resize(alloc->self, NULL, 0, size);
}

/* The same, zeroed. */
static inline void *
ozi_alloc_zero(const oz_alloc *alloc, size_t size)
{
    void *pointer = ozi_alloc_new(alloc, size);
    return pointer == NULL ? NULL : memset(pointer, 0, size);
}

/* Like realloc: NULL leaves the old memory as it was. Zero `size` frees and returns NULL. */
static inline void *
ozi_alloc_resize(const oz_alloc *alloc, void *pointer, size_t old_size, size_t size)
{
    return alloc->resize(alloc->self, pointer, old_size, size);
}

/* Frees `pointer` (NULL is allowed), which has `size` bytes. */
static inline void
ozi_alloc_free(const oz_alloc *alloc, void *pointer, size_t size)
{
    if (pointer != NULL) {
        (void)alloc->resize(alloc->self, pointer, size, 0);
    }
}

/* `count` items of `item_size` bytes; NULL also when the product does not fit into a size_t. */
static inline void *
ozi_alloc_array(const oz_alloc *alloc, size_t count, size_t item_size)
{
    size_t size;
    return __builtin_mul_overflow(count, item_size, &size) ? NULL : ozi_alloc_new(alloc, size);
}

/*
 * An allocator that counts what is alive and makes one allocation fail: pass `&counting.alloc`.
 * The fields may be read at any time; `fail_at` and `fail_on` may be written between calls.
 */
typedef struct ozi_alloc_counting {
    oz_alloc alloc;            /* hand this one out */
    const oz_alloc *inner;     /* where the memory comes from */
    _Atomic size_t live_bytes; /* allocated and not yet freed */
    _Atomic size_t live_count; /* the same in allocations */
    _Atomic size_t peak_bytes; /* the highest live_bytes so far */
    _Atomic uint64_t calls;    /* allocations and resizes asked for; frees do not count */
    _Atomic uint64_t fail_at;  /* this call fails (1 is the first); 0: none */
    _Atomic _Bool fail_on;     /* all calls from fail_at on fail */
} ozi_alloc_counting;

/* Starts counting over `inner`, which must outlive it. `counting` must not move afterwards. */
void
ozi_alloc_counting_init(ozi_alloc_counting *counting, const oz_alloc *inner);

#endif
