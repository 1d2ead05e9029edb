/* The list of pins; see pins.h. */
#include "batch/pins.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "batch/buffer.h"

/* Neighbouring rows lie in neighbouring buffers: a short look back finds nearly every repeat. */
enum { LOOK_BACK = 4, UNIQUE_ABOVE = 16 };

static oz_status
grow(ozi_pins *pins)
{
    if (pins->count < pins->capacity) {
        return OZ_OK;
    }
    uint32_t capacity = pins->capacity == 0 ? 4 : pins->capacity * 2;
    void *moved =
        ozi_alloc_resize(pins->alloc, pins->items, pins->capacity * sizeof(pins->items[0]),
                         capacity * sizeof(pins->items[0]));
    if (moved == NULL) {
        return OZ_NO_MEMORY;
    }
    pins->items = moved;
    pins->capacity = capacity;
    return OZ_OK;
}

oz_status
ozi_pins_add(ozi_pins *pins, oz_buffer *buffer)
{
    uint32_t stop = pins->count > LOOK_BACK ? pins->count - LOOK_BACK : 0;
    for (uint32_t i = pins->count; i > stop; i--) {
        if (pins->items[i - 1] == buffer) {
            return OZ_OK;
        }
    }
    OZ_TRY(grow(pins));
    pins->items[pins->count++] = oz_buffer_retain(buffer);
    return OZ_OK;
}

oz_status
ozi_pins_add_column(ozi_pins *pins, const oz_column *column)
{
    for (uint32_t i = 0; i < column->pin_count; i++) {
        if (column->pins[i]->role != OZI_BUFFER_ARRAY) {
            OZ_TRY(ozi_pins_add(pins, column->pins[i]));
        }
    }
    for (uint32_t i = 0; i < column->child_count; i++) {
        OZ_TRY(ozi_pins_add_column(pins, column->children[i]));
    }
    return OZ_OK;
}

static int
by_address(const void *left, const void *right)
{
    uintptr_t a = (uintptr_t) * (void *const *)left;
    uintptr_t b = (uintptr_t) * (void *const *)right;
    return (a > b) - (a < b);
}

void
ozi_pins_unique(ozi_pins *pins)
{
    if (pins->count <= UNIQUE_ABOVE) {
        return;
    }
    qsort(pins->items, pins->count, sizeof(pins->items[0]), by_address);
    uint32_t kept = 1;
    for (uint32_t i = 1; i < pins->count; i++) {
        if (pins->items[i] == pins->items[kept - 1]) {
            oz_buffer_release(&pins->items[i]);
        } else {
            pins->items[kept++] = pins->items[i];
        }
    }
    pins->count = kept;
}

void
ozi_pins_clear(ozi_pins *pins)
{
    for (uint32_t i = 0; i < pins->count; i++) {
        oz_buffer_release(&pins->items[i]);
    }
    ozi_alloc_free(pins->alloc, pins->items, pins->capacity * sizeof(pins->items[0]));
    pins->items = NULL;
    pins->count = 0;
    pins->capacity = 0;
}
