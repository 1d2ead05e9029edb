/*
 * Which worker owns which key group.
 *
 * Each of W workers owns 256 / W groups, or one more; and what worker W - 1 owns is all that
 * differs from how W - 1 workers share them. So a job that grows or shrinks moves no group that it
 * need not, and the shares follow from the number of workers alone: nobody has to write them down.
 */
#ifndef OUZEL_STATE_OWNERS_H
#define OUZEL_STATE_OWNERS_H

#include "ouzel/table.h"

typedef struct ozi_owners {
    uint32_t workers;
    uint8_t of[OZ_KEY_GROUPS]; /* by key group */
} ozi_owners;

/* The shares of 1 to OZ_KEY_GROUPS workers. */
void
ozi_owners_init(ozi_owners *owners, uint32_t workers);

/* The worker that owns a key of that hash. */
static inline uint32_t
ozi_owner_of(const ozi_owners *owners, uint64_t hash)
{
    return owners->of[oz_key_group(hash)];
}

#endif
