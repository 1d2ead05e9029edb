/*
 * Tables: the only place where an operator may remember anything.
 *
 * A table is declared in the operator's descriptor, made by the engine, and snapshot, restored,
 * moved and shown by the engine; an operator has no checkpoint function. Each entry of a keyed
 * table belongs to one of 256 key groups, by the top bits of the key's hash: what moves when a job
 * changes its number of workers. An unkeyed table holds a single entry.
 *
 *   VALUE  key -> one fixed-size value: fields declared below, inline in a flat hash table
 *   LIST   key -> a deque of scalars                          (partition, zip, windows)
 *   MAP    key -> sub-key -> one fixed-size value
 *   QUEUE  one first-in first-out of batches with row counts  (buffer, delay, feedback)
 *
 * Threads: the one that drives the instance. A pointer into a table is valid until the next call
 * on that table. Every function that can grow a table returns a status.
 */
#ifndef OUZEL_TABLE_H
#define OUZEL_TABLE_H

#include "ouzel/batch.h"

typedef enum oz_table_kind {
    OZ_TABLE_VALUE,
    OZ_TABLE_LIST,
    OZ_TABLE_MAP,
    OZ_TABLE_QUEUE
} oz_table_kind;

/*
 * A value is a plain struct of these fields, in this order, with C's natural alignment. A SCALAR
 * owns what it holds (bytes are copied in, objects retained): set it with oz_scalar_assign only.
 */
typedef enum oz_field { OZ_FIELD_END, OZ_FIELD_INT64, OZ_FIELD_FLOAT64, OZ_FIELD_SCALAR } oz_field;
enum { OZ_FIELDS_MAX = 7 };

typedef struct oz_table_decl {
    const char *name; /* "counts"; unique within the operator; NULL ends a list */
    oz_table_kind kind;
    bool keyed; /* by the key of the row; else one entry for the step */
    oz_field fields[OZ_FIELDS_MAX + 1];
    const char *help;
    /*
     * For the one value of an unkeyed VALUE without SCALARs, of a step that stands on each worker:
     * takes what one worker of a job had, when it goes on with another number of them, into what
     * each of these begins with. It is called for one after the other; before the first `into` is
     * zeroed, and so is the value of a worker that never wrote one. NULL: worker n begins with that
     * of worker n, if there was one.
     */
    void (*merge)(void *into, const void *value, bool is_first);
    /*
     * What has come by an input with OZ_ROUTE_BROADCAST: each worker has all of it, and begins with
     * that of worker 0 when there is another number of them. Not of a QUEUE.
     */
    bool broadcast;
} oz_table_decl;

typedef struct oz_table oz_table;

enum { OZ_KEY_GROUPS = 256 };
static inline uint32_t
oz_key_group(uint64_t hash)
{
    return (uint32_t)(hash >> 56);
}

/* ---- VALUE ----------------------------------------------------------------------------------- */

/*
 * The value of `key`, or NULL. Never inserts. NULL also when the class of an OBJECT key fails to
 * compare: oz_table_put of the same key reports that.
 */
OZ_API void *
oz_table_find(oz_table *table, const oz_key *key, uint64_t hash);
/* The value of `key`, inserted zeroed when new (`*is_new`). The key's bytes are copied. */
OZ_API oz_status
oz_table_put(oz_table *table, const oz_key *key, uint64_t hash, void **value, bool *is_new);
OZ_API void
oz_table_remove(oz_table *table, const oz_key *key, uint64_t hash);
/*
 * The one value of an unkeyed table; zeroed at first. Never NULL. A keyed table has one beside its
 * entries, for rows without a key: it is neither counted nor walked.
 */
OZ_API void *
oz_table_single(oz_table *table);
/*
 * Walks all entries, in the order of insertion unless entries were removed (the last one takes the
 * place of one that leaves). `visit` returns false to stop. No entry may be put or removed
 * meanwhile. To write a value, find it by its key. Of a LIST or MAP the keys are walked: `value` is
 * NULL, read it by the key. A QUEUE has no entries.
 */
typedef bool (*oz_table_visit)(void *context, const oz_key *key, uint64_t hash, void *value);
OZ_API void
oz_table_scan(oz_table *table, oz_table_visit visit, void *context);
/*
 * The same walk step by step, for a step that must return in the middle: zero the cursor, then
 * call until it answers false.
 */
typedef struct oz_cursor {
    uint32_t group; /* not used: all groups lie together */
    uint32_t entry;
} oz_cursor;
OZ_API bool
oz_table_next(oz_table *table, oz_cursor *cursor, const oz_key **key, uint64_t *hash, void **value);
OZ_API int64_t
oz_table_count(const oz_table *table); /* entries; rows of a QUEUE */
OZ_API int64_t
oz_table_bytes(const oz_table *table); /* memory held, without what objects hold */

/* Sets a SCALAR field: copies bytes, retains objects, lets go of what was there. Moves no entry. */
OZ_API oz_status
oz_scalar_assign(oz_table *table, oz_scalar *field, const oz_scalar *value);

/* ---- LIST ------------------------------------------------------------------------------------ */

/* A key whose list is empty has no entry. */
OZ_API oz_status
oz_list_push(oz_table *table, const oz_key *key, uint64_t hash, const oz_scalar *value);
/* The front, borrowed until the next call; false when empty. */
OZ_API bool
oz_list_front(oz_table *table, const oz_key *key, uint64_t hash, oz_scalar *out);
OZ_API bool
oz_list_at(oz_table *table, const oz_key *key, uint64_t hash, int64_t index, oz_scalar *out);
OZ_API void
oz_list_pop(oz_table *table, const oz_key *key, uint64_t hash, int64_t count);
OZ_API int64_t
oz_list_length(oz_table *table, const oz_key *key, uint64_t hash);
/* For an unkeyed LIST: pass these. */
OZ_API extern const oz_key oz_key_single;
enum { OZ_HASH_SINGLE = 0 };

/* ---- MAP ------------------------------------------------------------------------------------- */

/*
 * The value of a sub-key, to be read: oz_map_put gives one to be written. NULL: there is none.
 * A key without sub-keys has no entry.
 */
OZ_API const void *
oz_map_find(oz_table *table, const oz_key *key, uint64_t hash, const oz_key *sub);
OZ_API oz_status
oz_map_put(oz_table *table, const oz_key *key, uint64_t hash, const oz_key *sub, void **value,
           bool *is_new);
OZ_API void
oz_map_remove(oz_table *table, const oz_key *key, uint64_t hash, const oz_key *sub);
/*
 * Walks the sub-keys of one key in the order of insertion; `hash` given to `visit` is the key's. To
 * write a value, find it.
 */
OZ_API void
oz_map_scan(oz_table *table, const oz_key *key, uint64_t hash, oz_table_visit visit, void *context);
/* The same step by step: the first step after a removal at the front costs nothing. */
OZ_API bool
oz_map_next(oz_table *table, const oz_key *key, uint64_t hash, oz_cursor *cursor,
            const oz_key **sub, void **value);
OZ_API int64_t
oz_map_count(oz_table *table, const oz_key *key, uint64_t hash);

/* ---- QUEUE ----------------------------------------------------------------------------------- */

/*
 * Appends all rows of `batch` (retained), due at `due_ns` (0 when time does not matter). A batch
 * without rows is left out.
 */
OZ_API oz_status
oz_queue_push(oz_table *table, const oz_batch *batch, int64_t due_ns);
/* At most `rows` from the front, as one batch that ends where a pushed batch ends; NULL if empty.
 */
OZ_API oz_status
oz_queue_pop(oz_table *table, int64_t rows, const oz_batch **out);
/*
 * A watermark behind the last row: it leaves with that one. Only into a queue that has rows; after
 * another watermark it takes its place.
 */
OZ_API oz_status
oz_queue_push_watermark(oz_table *table, int64_t time_ns);
/* Takes the watermark off that is in front since the rows before it have left; else false. */
OZ_API bool
oz_queue_pop_watermark(oz_table *table, int64_t *time_ns);
/* When the front is due; false when empty. */
OZ_API bool
oz_queue_due(const oz_table *table, int64_t *due_ns);

#endif
