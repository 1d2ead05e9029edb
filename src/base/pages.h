/*
 * Huge pages: memory in which a look at a random place does not also miss the page table. One
 * sibling file a platform.
 */
#ifndef OUZEL_BASE_PAGES_H
#define OUZEL_BASE_PAGES_H

#include <stddef.h>

enum { OZI_PAGES_HUGE_BYTES = 2 << 20 };

/* `size` bytes, a multiple of a huge page: in huge pages where the system has them. For free(). */
void *
ozi_pages_new(size_t size);

#endif
