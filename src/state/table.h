/*
 * A table from the inside (the outside is include/ouzel/table.h).
 *
 *     oz_table -- dict     the entries, by key; the key group of each is in its hash
 *              |- changes  which of them are not as they were last written down
 *              |- capture  which of them are still to be written as they are, while others change
 *              |- single   the value of rows without a key: VALUE tables have one, keyed or not
 *              '- owner    the memory of both, and what retains objects
 *
 * VALUE, LIST and MAP are dicts that differ in what a value is (ozi_kind); the value of a QUEUE is
 * the queue, in `single`.
 */
#ifndef OUZEL_STATE_TABLE_H
#define OUZEL_STATE_TABLE_H

#include "batch/packed.h"
#include "state/capture.h"
#include "state/changes.h"
#include "state/dict.h"
#include "state/owners.h"

enum { OZI_VALUE_MAX = OZ_FIELDS_MAX * sizeof(oz_scalar) }; /* bytes; of all kinds */

/* A table on its way in: what is read now. */
typedef struct ozi_load {
    ozi_unpack *from;
    ozi_scratch scratch; /* what a key points to */
    ozi_scratch text;    /* what a scalar points to */
    uint64_t hash;       /* of the entry */
} ozi_load;

/* What differs between the kinds of tables. */
typedef struct ozi_kind {
    uint32_t value_size;                           /* 0: as large as the declared fields */
    bool has_single;                               /* one value beside those of keys */
    void (*release)(oz_table *table, void *value); /* lets go of all that a value owns */
    int (*visit)(oz_table *table, void *value, oz_object_visit visit, void *context);
    bool (*check)(oz_table *table, void *value);
    /* Writes a value down; reads it into one that is zeroed. Failures are latched in the stream. */
    void (*save)(oz_table *table, const void *value, ozi_pack *pack);
    void (*load)(oz_table *table, void *value, ozi_load *load);
} ozi_kind;

extern const ozi_kind ozi_kind_value, ozi_kind_list, ozi_kind_map, ozi_kind_queue;

struct oz_table {
    ozi_dict dict;
    ozi_changes changes; /* of the entries of `dict` */
    ozi_capture capture; /* of the same */
    ozi_shape shape;
    int64_t count; /* entries; rows of a QUEUE */
    void *single;  /* behind the struct; or NULL */
    ozi_owner owner;
    const ozi_kind *kind;
    oz_field fields[OZ_FIELDS_MAX + 1]; /* as declared */
    ozi_layout layout;                  /* of them */
    ozi_shape inner_shape;              /* of the dicts inside a MAP */
    const oz_alloc *alloc;
    oz_table_kind public_kind;
    bool is_keyed;
    bool is_broadcast;
    void (*merge)(void *into, const void *value, bool is_first); /* or NULL; see table.h */
    uint32_t busy; /* letting go of what was taken out: its memory is still in the pool */
};

/* `objects` may be NULL: then no key and no scalar may be an object. INVALID for a bad `decl`. */
OZ_MUST_USE oz_status
ozi_table_new(const oz_alloc *alloc, const oz_object_class *objects, const oz_table_decl *decl,
              oz_table **out);

/* Lets go of everything and sets `*table` (NULL is allowed) to NULL. */
void
ozi_table_free(oz_table **table);

/* Empties the table, as when it was new. */
void
ozi_table_clear(oz_table *table);
/* The value of rows without a key, or the rows of a QUEUE. */
void
ozi_table_clear_single(oz_table *table);

/*
 * Visits each object that the table alone owns, for a collector of cycles: keys, SCALARs, and rows
 * of batches in a QUEUE that nobody else holds. A result that is not 0 ends it and is returned.
 */
int
ozi_table_visit_objects(oz_table *table, oz_object_visit visit, void *context);

/* ---- saved.c: written down and read again ---------------------------------------------------- */

typedef enum ozi_save { OZI_SAVE_ALL, OZI_SAVE_CHANGES } ozi_save;

enum { OZI_LATER_MAX = 64 }; /* tables of one stream: others are written at once */

/* Tables whose entries come later in a stream, and are written while they change. */
typedef struct ozi_later {
    oz_table *tables[OZI_LATER_MAX];
    uint32_t entries_min; /* that such a table has */
    uint32_t count;
    uint32_t done; /* so many of them are written */
} ozi_later;

/*
 * Appends what the table holds to a packed stream, which latches what goes wrong; or only what has
 * changed since it was saved the last time, if that was followed. From then on it is. With `later`
 * a large table is added to it: its entries are to be written behind all else, as they are now.
 */
void
ozi_table_save(oz_table *table, ozi_pack *pack, ozi_save what, ozi_later *later);
/*
 * Which part of what several workers have saved belongs to one of another number of workers: keys
 * that it owns; of values without a key those of the worker of its number; rows of queues by their
 * keys, or file by file in turn.
 */
typedef struct ozi_part {
    uint32_t file; /* of so many `files` */
    uint32_t files;
    uint32_t worker; /* of those that share the keys so: */
    const ozi_owners *owners;
} ozi_part;

/* Whether the worker of the part owns a key of that hash. */
static inline bool
ozi_part_has(const ozi_part *part, uint64_t hash)
{
    return ozi_owner_of(part->owners, hash) == part->worker;
}

/*
 * Appends what is not of the part, to be read with the parts of others; of a broadcast table all or
 * nothing: that of worker 0 is for all. What the table follows stays as it is. `*entries` grows by
 * how many were written.
 */
void
ozi_table_save_others(oz_table *table, const ozi_part *part, ozi_pack *pack, int64_t *entries);
/* Lets go of the same, and of the single value, which was written in any case. */
void
ozi_table_drop_others(oz_table *table, const ozi_part *part);
/* Writes so many groups of those tables. True when none is left. */
bool
ozi_later_slice(ozi_later *later, uint32_t groups);
/* Ends them, also when there are none. */
void
ozi_later_end(ozi_pack *pack);

/* The tables of a stream that is read whose entries come later. Zeroed: none. */
struct ozi_groups;
typedef struct ozi_later_groups {
    struct ozi_groups *items; /* room for OZI_LATER_MAX; see groups.h */
    uint32_t count;
} ozi_later_groups;

/*
 * The reverse, into a table that was declared alike: INVALID is latched when it was not. `part`
 * NULL: all of it, in place of what the table has; only then may it be changes, which go into a
 * table as it was saved before them. After a failure the table is empty. If its entries come later,
 * nothing may be done with it before they have been read.
 */
void
ozi_table_load(oz_table *table, ozi_unpack *unpack, const ozi_part *part, ozi_later_groups *later);
/*
 * Reads a table of which nobody knows the form: into `*table`, which is made when it is NULL.
 * CORRUPT when it is another one than `*table`.
 */
void
ozi_table_read(oz_table **table, const oz_alloc *alloc, const oz_object_class *objects,
               ozi_unpack *unpack, ozi_later_groups *later);
/* As what it was declared, under another name. */
oz_table_decl
ozi_table_decl(const oz_table *table, const char *name);
/* Reads the entries that come later, up to their end. */
void
ozi_later_load(ozi_later_groups *later, ozi_unpack *unpack);

/* The same from a table in memory, which was declared alike. */
OZ_MUST_USE oz_status
ozi_table_take_part(oz_table *table, oz_table *from, const ozi_part *part);

/* A new table of the form of `like`. */
OZ_MUST_USE oz_status
ozi_table_twin(const oz_table *like, oz_table **out);

/*
 * Reads past a table that nobody has any more, and says how many entries (or rows) it had. When
 * they come later, a table is returned that is to be freed after that; else NULL.
 */
oz_table *
ozi_table_skip(const oz_alloc *alloc, const oz_object_class *objects, ozi_unpack *unpack,
               int64_t *count, ozi_later_groups *later);

/*
 * Moves what belongs to the part from `from` to the end of the queue `table`: rows, but no
 * watermarks, which say nothing of the rows of another worker.
 */
OZ_MUST_USE oz_status
ozi_queue_take_part(oz_table *table, oz_table *from, const ozi_part *part);

/* The fields of a value, for the kinds that have some. */
void
ozi_fields_save(oz_table *table, const void *value, ozi_pack *pack);
void
ozi_fields_load(oz_table *table, void *value, ozi_load *load);

/* ---- checked --------------------------------------------------------------------------------- */

/* The full walk over all invariants. For tests. */
bool
ozi_table_check(oz_table *table);

/* ---- for the files of the kinds -------------------------------------------------------------- */

/* The dict in which a key lies: there is one. */
static inline const ozi_dict *
ozi_table_dict(const oz_table *table, uint64_t hash)
{
    (void)hash;
    return &table->dict;
}

/* A table without entries keeps little memory: call it at the end of what may remove the last one.
 */
void
ozi_table_forget_pool(oz_table *table);

/* The entry of that number is about to change. */
static inline void
ozi_table_touch(oz_table *table, uint32_t number)
{
    if (table->capture.pack != NULL) {
        ozi_capture_keep(table, number);
    }
    ozi_changes_set(table->changes.touched, number);
}

/* The value of a key, or NULL. It may be written: the entry counts as changed. */
void *
ozi_table_look_up(oz_table *table, const oz_key *key, uint64_t hash);
/* The same to be read only. */
const void *
ozi_table_peek(const oz_table *table, const oz_key *key, uint64_t hash);

/* The value of a key, zeroed when it is new. */
OZ_MUST_USE oz_status
ozi_table_put(oz_table *table, const oz_key *key, uint64_t hash, void **value, bool *is_new);

/* Takes out the entry of a key, if there is one, and lets go of what it holds. */
void
ozi_table_take_out(oz_table *table, const oz_key *key, uint64_t hash);
/* The same by the number of the entry. */
void
ozi_table_take_out_number(oz_table *table, uint32_t number);

#endif
