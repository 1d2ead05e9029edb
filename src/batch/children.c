/* The array in which the children of a new column are collected; see column.h. */
#include "base/alloc.h"
#include "batch/column.h"

enum { FEW = sizeof(((ozi_children *)0)->few) / sizeof(const oz_column *) };

oz_status
ozi_children_open(ozi_children *children, const oz_alloc *alloc, uint32_t count)
{
    *children = (ozi_children){.alloc = alloc, .count = count};
    children->items = children->few;
    if (count > FEW) {
        children->items = ozi_alloc_zero(alloc, count * sizeof(children->items[0]));
    }
    return children->items == NULL ? OZ_NO_MEMORY : OZ_OK;
}

void
ozi_children_close(ozi_children *children)
{
    if (children->items != children->few) {
        ozi_alloc_free(children->alloc, children->items,
                       children->count * sizeof(children->items[0]));
    }
}
