#include "state/owners.h"

#include <string.h>

/* The worker that has most groups, of those that were there before `newcomer`: the last of them. */
static uint32_t
richest(const uint32_t *counts, uint32_t newcomer)
{
    uint32_t found = 0;
    for (uint32_t i = 1; i < newcomer; i++) {
        found = counts[i] >= counts[found] ? i : found;
    }
    return found;
}

/* Takes the last group of a worker. */
static void
take_group(ozi_owners *owners, uint32_t from, uint32_t newcomer)
{
    uint32_t group = OZ_KEY_GROUPS - 1;
    while (owners->of[group] != from) {
        group--;
    }
    owners->of[group] = (uint8_t)newcomer;
}

void
ozi_owners_init(ozi_owners *owners, uint32_t workers)
{
    uint32_t counts[OZ_KEY_GROUPS] = {OZ_KEY_GROUPS};
    memset(owners, 0, sizeof *owners);
    owners->workers = workers;
    for (uint32_t newcomer = 1; newcomer < workers; newcomer++) {
        uint32_t share = OZ_KEY_GROUPS / (newcomer + 1);
        for (uint32_t i = 0; i < share; i++) {
            uint32_t from = richest(counts, newcomer);
            take_group(owners, from, newcomer);
            counts[from]--;
        }
        counts[newcomer] = share;
    }
}
