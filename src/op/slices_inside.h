/* The inside of slices.h: what the files slices*.c share. */
#ifndef OUZEL_OP_SLICES_INSIDE_H
#define OUZEL_OP_SLICES_INSIDE_H

#include "batch/key.h"
#include "op/slices.h"

enum { OZI_NEWEST, OZI_OLDER, OZI_PROGRESS }; /* tables, by position */

/* The value of table PROGRESS. */
typedef struct ozi_progress {
    int64_t size;
    int64_t hop;
    int64_t watermark_ns;
    int64_t done;     /* the windows up to this one are done with, of all keys */
    int64_t next_due; /* no window before it has rows */
    int64_t sequence; /* slices begun */
} ozi_progress;

static inline oz_table *
ozi_slices_table(const ozi_slices *slices, uint32_t index)
{
    return slices->node->tables[index];
}

static inline ozi_progress *
ozi_slices_progress(const ozi_slices *slices)
{
    return oz_table_single(ozi_slices_table(slices, OZI_PROGRESS));
}

/* The newest slice of rows without a key. */
static inline ozi_slice *
ozi_slices_single(const ozi_slices *slices)
{
    return oz_table_single(ozi_slices_table(slices, OZI_NEWEST));
}

static inline ozi_slice *
ozi_slices_newest(const ozi_slices *slices, const ozi_slice_key *key)
{
    return key->is_keyed ? oz_table_find(ozi_slices_table(slices, OZI_NEWEST), &key->key, key->hash)
                         : ozi_slices_single(slices);
}

static inline bool
ozi_slice_has_older(const ozi_slice *newest)
{
    return (newest->first & 1) != 0;
}

static inline void
ozi_slice_clear(oz_table *table, oz_scalar *value)
{
    const oz_scalar nothing = {.kind = OZ_SCALAR_NULL};
    if (value->kind != OZ_SCALAR_NULL) {
        (void)!oz_scalar_assign(table, value, &nothing); /* takes no memory */
    }
}

/*
 * into = into + value, or the better of the two. BAD_RECORD when they do not go together. The
 * caller counts rows.
 */
oz_status
ozi_slice_combine(const ozi_slices *slices, oz_table *table, ozi_slice *into,
                  const oz_scalar *value, oz_error *error);

/* Slices of one key, put into the order of time; they borrow the values. */
typedef struct ozi_slice_list {
    ozi_vec items;    /* ozi_slice */
    int64_t from, to; /* only those numbered so */
    bool is_full;     /* memory is out */
} ozi_slice_list;

oz_status
ozi_slices_list(const ozi_slices *slices, const ozi_slice_key *key, const ozi_slice *newest,
                ozi_slice_list *list);

#endif
