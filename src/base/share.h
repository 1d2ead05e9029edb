/*
 * What processes share: memory, and bells to wake each other. One sibling file a platform.
 *
 * Both are descriptors that a child inherits when it is told to; they go with the last process that
 * has them open, however it ends.
 */
#ifndef OUZEL_BASE_SHARE_H
#define OUZEL_BASE_SHARE_H

#include <stddef.h>
#include <stdint.h>

/* `size` zeroed bytes, of which pages that nobody touches take no memory; or a negated errno. */
int64_t
ozi_share_memory(size_t size);
/* The size of that memory; or a negated errno. */
int64_t
ozi_share_size(int64_t file);
/* Where it lies in this process; NULL when there is no room. */
void *
ozi_share_map(int64_t file, size_t size);
void
ozi_share_unmap(void *memory, size_t size);

/* A bell: readable from when it was rung until it is read. Never blocks. Or a negated errno. */
int64_t
ozi_share_bell(void);
/* Any thread, also a signal handler. */
void
ozi_share_ring(int64_t bell);
void
ozi_share_close(int64_t file);

#endif
