/* Pages on Linux: transparent huge pages, where the system gives them on request. */
#define _GNU_SOURCE

#include "base/pages.h"

#include <stdlib.h>
#include <sys/mman.h>

void *
ozi_pages_new(size_t size)
{
    void *memory = aligned_alloc(OZI_PAGES_HUGE_BYTES, size);
    if (memory != NULL) {
        (void)madvise(memory, size, MADV_HUGEPAGE);
    }
    return memory;
}
