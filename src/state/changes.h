/*
 * Which entries of a table are not as they were when it was last written down: two bits for each
 * entry, by its number in the dict.
 *
 *     touched   | 1 0 0 1 1 ... |    its value may be another one
 *     placed    | 0 0 0 0 1 ... |    it is new, or lay in another place: then it is touched as well
 *
 * Nothing is followed before the table is first written down, nor after memory for the bits was
 * wanted and not there: such a table is written as a whole the next time.
 */
#ifndef OUZEL_STATE_CHANGES_H
#define OUZEL_STATE_CHANGES_H

#include <stdint.h>

#include "base/alloc.h"

enum { OZI_CHANGES_GROUP = 64 }; /* entries of one word */

typedef struct ozi_changes {
    uint64_t *touched; /* NULL: nothing is followed */
    uint64_t *placed;  /* behind it, in the same memory */
    uint32_t room;     /* words of each; at least as many as there are entries for */
} ozi_changes;

/* Follows a table of so many entries from now on, of which none has changed. */
void
ozi_changes_begin(ozi_changes *changes, const oz_alloc *alloc, uint32_t entries);
/* As if all entries had changed, keys and all. */
void
ozi_changes_set_all(ozi_changes *changes);
/* Follows it no longer. */
void
ozi_changes_end(ozi_changes *changes, const oz_alloc *alloc);
/* Entry `number` is new, or was moved there: nothing, when nothing is followed. */
void
ozi_changes_place(ozi_changes *changes, const oz_alloc *alloc, uint32_t number);

/* The bits of the first `entries` of a group. */
static inline uint64_t
ozi_changes_first(uint32_t entries)
{
    return entries >= OZI_CHANGES_GROUP ? UINT64_MAX : (UINT64_C(1) << entries) - 1;
}

/* The bits that are set among the first `entries`, in word `group`. */
static inline uint64_t
ozi_changes_of(const uint64_t *words, uint32_t group, uint32_t entries)
{
    return words[group] & ozi_changes_first(entries - group * OZI_CHANGES_GROUP);
}

/* Sets the bit of an entry; `words` NULL: nothing is followed. */
static inline void
ozi_changes_set(uint64_t *words, uint32_t number)
{
    if (words != NULL) {
        words[number / OZI_CHANGES_GROUP] |= UINT64_C(1) << (number % OZI_CHANGES_GROUP);
    }
}

#endif
