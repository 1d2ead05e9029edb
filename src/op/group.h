/*
 * Groups: rows that are gathered, by key or all together, and leave as one.
 *
 * partition, timed_window and their like keep the rows of a group in LIST table 0, and in VALUE
 * table 1, for each group that is open: {sequence of opening, due time, latest event time}. So the
 * groups that are open can be walked in the order in which they were opened, which no hash decides.
 */
#ifndef OUZEL_OP_GROUP_H
#define OUZEL_OP_GROUP_H

#include "op/context.h"

/* The number of groups opened, of several workers: what comes next comes behind all of theirs. */
void
ozi_group_merge(void *into, const void *value, bool is_first);

/* The tables, for the operator's list. */
#define OZI_GROUP_TABLES                                                                           \
    {.name = "rows", .kind = OZ_TABLE_LIST, .keyed = true, .help = "the rows of open groups"},     \
        {.name = "open",                                                                           \
         .kind = OZ_TABLE_VALUE,                                                                   \
         .keyed = true,                                                                            \
         .fields = {OZ_FIELD_INT64, OZ_FIELD_INT64, OZ_FIELD_INT64},                               \
         .help = "open groups: sequence of opening, when it is due, latest event time"},           \
    {                                                                                              \
        .name = "opened", .kind = OZ_TABLE_VALUE, .fields = {OZ_FIELD_INT64},                      \
        .help = "how many groups have been opened", .merge = ozi_group_merge                       \
    }

typedef enum ozi_group_form { OZI_GROUP_TUPLE, OZI_GROUP_LIST } ozi_group_form;

typedef struct ozi_group {
    oz_key key;
    uint64_t hash;
    int64_t sequence;
    int64_t due_ns;
} ozi_group;

/* Adds row `row` to its group; opens one with `due_ns` when there is none. */
oz_status
ozi_group_add(oz_context *node, const oz_batch *batch, int64_t row, int64_t due_ns,
              int64_t *row_count);
/*
 * Emits the rows of a group as one row and closes the group. `rows` is the row data of that row;
 * NULL: that of the group's key, with the latest event time of its rows. A group that leaves after
 * a watermark is not late: then its event time is the watermark.
 */
oz_step
ozi_group_emit(oz_context *node, const oz_key *key, uint64_t hash, ozi_group_form form,
               const oz_rows *rows);
/* Emits all groups that are due at `now_ns` (INT64_MAX: all), first opened first. */
oz_step
ozi_group_emit_due(oz_context *node, int64_t now_ns, ozi_group_form form);
/* When the first group is due; INT64_MAX: none. Looks at all open groups. */
int64_t
ozi_group_next_due(oz_context *node);
/* The key of a row, or of the one group that rows without a key share. */
const oz_key *
ozi_group_key(const oz_batch *batch, int64_t row, uint64_t *hash);

#endif
