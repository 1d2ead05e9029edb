/* Pages on Linux: transparent huge pages, where the system has them on request. */
#define _GNU_SOURCE

#include "base/pages.h"

#include <stdint.h>
#include <sys/mman.h>

static const uintptr_t huge = (uintptr_t)2 << 20;

void
ozi_pages_huge(void *memory, size_t size)
{
    uintptr_t begin = ((uintptr_t)memory + huge - 1) / huge * huge;
    uintptr_t end = ((uintptr_t)memory + size) / huge * huge;
    if (begin < end) {
        (void)madvise((void *)begin, end - begin, MADV_HUGEPAGE);
    }
}
