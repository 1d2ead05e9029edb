/*
 * Entries of a table written down, in groups of 64 by their numbers.
 *
 *     group    | u32 number | u64 touched | u64 placed | u64 packed |
 *              | fields, ... | hash, key, fields, ... | entry, ... |
 *     entry    | key | u64 hash | value |
 *
 * Bit i of "touched" is set when entry 64 * number + i is in it: of "placed" when its key is, too,
 * and not only the fields that it has now; of "packed" when it is written as an entry, because its
 * key or its value points to something, and else as it lies in memory. First come the fields of
 * entries that are not placed, then what is placed, then what is packed, each in the order of the
 * numbers. Only a VALUE without SCALARs has entries that are not packed.
 *
 * Several groups may have the same number: each entry is in one of them.
 */
#ifndef OUZEL_STATE_GROUPS_H
#define OUZEL_STATE_GROUPS_H

#include "state/table.h"

enum { OZI_GROUPS_END = -1 }; /* in the place of a number: there is none any more */

/* Writes a group, of which bits are set in `touched` and `placed`, and its entries are there. */
void
ozi_group_save(oz_table *table, uint32_t group, uint64_t touched, uint64_t placed, ozi_pack *pack);

/* How groups are read. */
typedef struct ozi_groups {
    oz_table *table;
    const ozi_part *part; /* NULL: all entries, each in its place; else those of the part, by key */
    bool passes;          /* they are read, and let go of */
    uint64_t entries;     /* that the table has in the end */
} ozi_groups;

/*
 * Makes room for the entries: those that the table has stay, as far as they are among them. Without
 * memory for them, or when there are too many, that is latched in `unpack`.
 */
void
ozi_groups_begin(const ozi_groups *groups, ozi_unpack *unpack);
/* Reads the group that begins with this number. What is wrong with it is latched. */
void
ozi_group_load(const ozi_groups *groups, uint32_t group, ozi_load *load);
/* After the last one: CORRUPT is latched when an entry is missing. */
void
ozi_groups_end(const ozi_groups *groups, ozi_unpack *unpack);

#endif
