/*
 * Pages of memory: what large and lasting memory asks of the system. One sibling file a platform.
 */
#ifndef OUZEL_BASE_PAGES_H
#define OUZEL_BASE_PAGES_H

#include <stddef.h>

/* Asks for huge pages under all of `memory` that can lie in some. A wish only. */
void
ozi_pages_huge(void *memory, size_t size);

#endif
