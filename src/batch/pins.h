/* A growing list of retained buffers: what a column or its builder keeps alive. */
#ifndef OUZEL_BATCH_PINS_H
#define OUZEL_BATCH_PINS_H

#include "ouzel/batch.h"

typedef struct ozi_pins {
    const oz_alloc *alloc;
    oz_buffer **items;
    uint32_t count;
    uint32_t capacity;
} ozi_pins;

/* Retains `buffer`, unless it was among the last few that were added. */
oz_status
ozi_pins_add(ozi_pins *pins, oz_buffer *buffer);

/* Retains what the views of `column`, or of its children, may point into. */
oz_status
ozi_pins_add_column(ozi_pins *pins, const oz_column *column);

/* Lets go of buffers that are in the list twice: worth a sort once many were added. */
void
ozi_pins_unique(ozi_pins *pins);

/* Releases all; the list is empty and may be used again. */
void
ozi_pins_clear(ozi_pins *pins);

#endif
