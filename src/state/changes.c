#include "state/changes.h"

#include <string.h>

enum { ROOM_MIN = 1 };

static size_t
bytes_of(uint32_t room)
{
    return (size_t)room * 2 * sizeof(uint64_t);
}

void
ozi_changes_end(ozi_changes *changes, const oz_alloc *alloc)
{
    ozi_alloc_free(alloc, changes->touched, bytes_of(changes->room));
    *changes = (ozi_changes){.room = 0};
}

void
ozi_changes_begin(ozi_changes *changes, const oz_alloc *alloc, uint32_t entries)
{
    uint32_t room = entries / OZI_CHANGES_GROUP + ROOM_MIN;
    if (changes->room < room || changes->room / 4 > room) {
        ozi_changes_end(changes, alloc);
        changes->touched = ozi_alloc_new(alloc, bytes_of(room));
        changes->room = changes->touched == NULL ? 0 : room;
    }
    if (changes->touched != NULL) {
        memset(changes->touched, 0, bytes_of(changes->room));
        changes->placed = changes->touched + changes->room;
    }
}

void
ozi_changes_set_all(ozi_changes *changes)
{
    if (changes->touched != NULL) {
        memset(changes->touched, 0xff, bytes_of(changes->room));
    }
}

/* Twice as many words; without memory for them nothing is followed. */
static void
grow(ozi_changes *changes, const oz_alloc *alloc)
{
    ozi_changes old = *changes;
    uint32_t room = old.room * 2;
    changes->touched = ozi_alloc_zero(alloc, bytes_of(room));
    if (changes->touched == NULL) {
        *changes = (ozi_changes){.room = 0};
    } else {
        changes->placed = changes->touched + room;
        changes->room = room;
        memcpy(changes->touched, old.touched, old.room * sizeof *old.touched);
        memcpy(changes->placed, old.placed, old.room * sizeof *old.placed);
    }
    ozi_changes_end(&old, alloc);
}

void
ozi_changes_place(ozi_changes *changes, const oz_alloc *alloc, uint32_t number)
{
    if (changes->touched != NULL && number / OZI_CHANGES_GROUP >= changes->room) {
        grow(changes, alloc);
    }
    ozi_changes_set(changes->touched, number);
    ozi_changes_set(changes->placed, number);
}
