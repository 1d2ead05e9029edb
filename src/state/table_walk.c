/* Tables seen as a whole: walked over, measured, shown to a collector of cycles, checked. */
#include "state/table.h"

/* An unkeyed VALUE table has one entry. */
static bool
is_one_value(const oz_table *table)
{
    return table->public_kind == OZ_TABLE_VALUE && !table->is_keyed;
}

bool
oz_table_next(oz_table *table, oz_cursor *cursor, const oz_key **key, uint64_t *hash, void **value)
{
    if (is_one_value(table)) {
        *key = &oz_key_single;
        *hash = OZ_HASH_SINGLE;
        *value = table->single;
        return cursor->entry++ == 0;
    }
    ozi_entry *entry = ozi_dict_next(&table->dict, &table->shape, &cursor->entry);
    if (entry == NULL) {
        return false;
    }
    *key = &entry->key;
    *hash = entry->hash;
    *value = table->public_kind == OZ_TABLE_VALUE ? ozi_entry_value(entry) : NULL;
    return true;
}

void
oz_table_scan(oz_table *table, oz_table_visit visit, void *context)
{
    oz_cursor cursor = {0};
    const oz_key *key;
    uint64_t hash;
    void *value;
    while (oz_table_next(table, &cursor, &key, &hash, &value)) {
        if (!visit(context, key, hash, value)) {
            return;
        }
    }
}

int64_t
oz_table_count(const oz_table *table)
{
    return is_one_value(table) ? 1 : table->count;
}

int64_t
oz_table_bytes(const oz_table *table)
{
    return (int64_t)(sizeof *table + OZI_VALUE_MAX + ozi_pool_bytes(&table->owner.pool) +
                     (table->changes.room + table->capture.bits.room) * 2 * sizeof(uint64_t));
}

/* ---- objects --------------------------------------------------------------------------------- */

static int
visit_entries(oz_table *table, oz_object_visit visit, void *context)
{
    uint32_t at = 0;
    int stop = 0;
    ozi_entry *entry;
    while (stop == 0 && (entry = ozi_dict_next(&table->dict, &table->shape, &at)) != NULL) {
        stop = ozi_key_visit(&entry->key, visit, context);
        if (stop == 0) {
            stop = table->kind->visit(table, ozi_entry_value(entry), visit, context);
        }
    }
    return stop;
}

/* A table of numbers may be large, and a collector comes often: then nothing is walked. */
static bool
may_own_objects(const oz_table *table)
{
    /* SCALAR fields are open to operators, so what they hold is not counted. */
    return table->layout.scalar_count > 0 || table->owner.object_count > 0 ||
           table->public_kind == OZ_TABLE_QUEUE;
}

int
ozi_table_visit_objects(oz_table *table, oz_object_visit visit, void *context)
{
    if (!may_own_objects(table)) {
        return 0;
    }
    bool has_single = table->single != NULL;
    int stop = has_single ? table->kind->visit(table, table->single, visit, context) : 0;
    return stop == 0 ? visit_entries(table, visit, context) : stop;
}

/* ---- check ----------------------------------------------------------------------------------- */

bool
ozi_table_check(oz_table *table)
{
    if (table->single != NULL && !table->kind->check(table, table->single)) {
        return false;
    }
    uint32_t at = 0;
    for (ozi_entry *entry; (entry = ozi_dict_next(&table->dict, &table->shape, &at)) != NULL;) {
        if (!table->kind->check(table, ozi_entry_value(entry))) {
            return false;
        }
    }
    bool is_queue = table->public_kind == OZ_TABLE_QUEUE;
    return table->count >= table->dict.live && (is_queue || table->count == table->dict.live) &&
           ozi_dict_check(&table->dict, &table->shape);
}
