/*
 * A table that is written down as it was at one moment, while it goes on to change: a slice of its
 * entries now and then, and each other one before it changes for the first time.
 *
 *     left     | 1 1 0 1 1 ... |    entries that have not been written yet
 *     placed   | 0 0 0 0 1 ... |    of them those whose key is written, too
 *
 * Whoever changes an entry, moves it or takes it out says so before (ozi_capture_keep): only then
 * is it written out of turn. Numbers from `entries` on are of entries that have come since.
 */
#ifndef OUZEL_STATE_CAPTURE_H
#define OUZEL_STATE_CAPTURE_H

#include "base/pack.h"
#include "batch/key.h"
#include "state/changes.h"

struct oz_table;

typedef struct ozi_capture {
    ozi_pack *pack;   /* where they go; NULL: the table is not being written */
    uint32_t number;  /* of the table in the pack, which comes before each group */
    uint32_t entries; /* that the table had */
    uint32_t next;    /* group from which on there may be entries left */
    ozi_changes bits; /* "touched" is "left" here */
    bool has_failed;  /* the pack could not take one of its entries */
} ozi_capture;

/*
 * Begins with the entries that the table has now: all, or those that have changed since it was
 * written down the last time; from now on its changes are followed anew. False without memory.
 */
OZ_MUST_USE bool
ozi_capture_begin(struct oz_table *table, bool is_all, ozi_pack *pack, uint32_t number);
/* Writes so many groups that have entries left. True when none is left: then it has ended. */
bool
ozi_capture_slice(struct oz_table *table, uint32_t groups);
/* Ends it, finished or not. Safe when there is none. */
void
ozi_capture_end(struct oz_table *table);

/* Entry `number` is about to change. Only while there is a capture. */
void
ozi_capture_keep(struct oz_table *table, uint32_t number);
/* The entries of those keys are, as far as there are such. */
void
ozi_capture_keep_many(struct oz_table *table, const oz_key *keys, const uint64_t *hashes,
                      int64_t begin, int64_t end);

#endif
