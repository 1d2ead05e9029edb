/* Tables seen as a whole: walked over, measured, shown to a collector of cycles, checked. */
#include <assert.h>

#include "state/table.h"

/* The dict that holds the entries of a group. */
static ozi_dict *
dict_of_group(oz_table *table, uint32_t group)
{
    return table->groups == NULL ? &table->whole : &table->groups[group];
}

/*
 * The next entry of the cursor's group, or NULL. While all entries are in one dict this looks at
 * the entries of other groups too, so that a walk has the same order however large the table is.
 */
static ozi_entry *
next_of_group(oz_table *table, oz_cursor *cursor)
{
    const ozi_dict *dict = dict_of_group(table, cursor->group);
    ozi_entry *entry;
    do {
        entry = ozi_dict_next(dict, &table->shape, &cursor->entry);
    } while (entry != NULL && oz_key_group(entry->hash) != cursor->group);
    return entry;
}

static ozi_entry *
next_entry(oz_table *table, oz_cursor *cursor)
{
    while (cursor->group < OZ_KEY_GROUPS) {
        ozi_entry *entry = next_of_group(table, cursor);
        if (entry != NULL) {
            return entry;
        }
        *cursor = (oz_cursor){.group = cursor->group + 1};
    }
    return NULL;
}

/* An unkeyed VALUE table has one entry. */
static bool
is_one_value(const oz_table *table)
{
    return table->public_kind == OZ_TABLE_VALUE && !table->is_keyed;
}

/* What a walk shows of an entry's value. */
static void *
shown(const oz_table *table, ozi_entry *entry)
{
    return table->public_kind == OZ_TABLE_VALUE ? ozi_entry_value(entry) : NULL;
}

bool
oz_table_next(oz_table *table, oz_cursor *cursor, const oz_key **key, uint64_t *hash, void **value)
{
    if (is_one_value(table)) {
        *key = &oz_key_single;
        *hash = OZ_HASH_SINGLE;
        *value = table->single;
        return cursor->group++ == 0;
    }
    ozi_entry *entry = next_entry(table, cursor);
    if (entry == NULL) {
        return false;
    }
    *key = &entry->key;
    *hash = entry->hash;
    *value = shown(table, entry);
    return true;
}

/* Numbers of the entries of `whole`, group by group, into `order`; returns how many. */
static uint32_t
order_whole(oz_table *table, uint16_t *order)
{
    uint16_t ends[OZ_KEY_GROUPS + 1] = {0};
    uint32_t at = 0;
    ozi_entry *entry;
    while ((entry = ozi_dict_next(&table->whole, &table->shape, &at)) != NULL) {
        ends[oz_key_group(entry->hash) + 1]++;
    }
    for (uint32_t i = 1; i <= OZ_KEY_GROUPS; i++) {
        ends[i] = (uint16_t)(ends[i] + ends[i - 1]);
    }
    at = 0;
    while ((entry = ozi_dict_next(&table->whole, &table->shape, &at)) != NULL) {
        order[ends[oz_key_group(entry->hash)]++] = (uint16_t)(at - 1);
    }
    return table->whole.live;
}

/* While there is one dict its entries are sorted first. */
static void
scan_whole(oz_table *table, oz_table_visit visit, void *context)
{
    uint16_t order[OZI_WHOLE_MAX];
    uint32_t count = order_whole(table, order);
    for (uint32_t i = 0; i < count; i++) {
        ozi_entry *entry = ozi_dict_at(&table->whole, &table->shape, order[i]);
        if (!visit(context, &entry->key, entry->hash, shown(table, entry))) {
            return;
        }
    }
}

void
oz_table_scan(oz_table *table, oz_table_visit visit, void *context)
{
    if (table->groups == NULL && !is_one_value(table)) {
        scan_whole(table, visit, context);
        return;
    }
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
    return (int64_t)(sizeof *table + OZI_VALUE_MAX + ozi_pool_bytes(&table->pool));
}

/* ---- objects --------------------------------------------------------------------------------- */

static int
visit_dict(oz_table *table, const ozi_dict *dict, ozi_object_visit visit, void *context)
{
    uint32_t at = 0;
    int stop = 0;
    ozi_entry *entry;
    while (stop == 0 && (entry = ozi_dict_next(dict, &table->shape, &at)) != NULL) {
        stop = ozi_key_visit(&entry->key, visit, context);
        if (stop == 0) {
            stop = table->kind->visit(table, ozi_entry_value(entry), visit, context);
        }
    }
    return stop;
}

int
ozi_table_visit_objects(oz_table *table, ozi_object_visit visit, void *context)
{
    uint32_t dicts = table->groups == NULL ? 1 : OZ_KEY_GROUPS;
    bool has_single = table->single != NULL;
    int stop = has_single ? table->kind->visit(table, table->single, visit, context) : 0;
    for (uint32_t i = 0; i < dicts && stop == 0; i++) {
        stop = visit_dict(table, dict_of_group(table, i), visit, context);
    }
    return stop;
}

/* ---- check ----------------------------------------------------------------------------------- */

static bool
check_values(oz_table *table, const ozi_dict *dict)
{
    uint32_t at = 0;
    for (ozi_entry *entry; (entry = ozi_dict_next(dict, &table->shape, &at)) != NULL;) {
        if (!table->kind->check(table, ozi_entry_value(entry))) {
            return false;
        }
    }
    return true;
}

static bool
check_groups(oz_table *table)
{
    uint32_t at = 0;
    for (uint32_t i = 0; table->groups != NULL && i < OZ_KEY_GROUPS; i++, at = 0) {
        for (ozi_entry *entry;
             (entry = ozi_dict_next(&table->groups[i], &table->shape, &at)) != NULL;) {
            if (oz_key_group(entry->hash) != i) {
                return false;
            }
        }
    }
    return true;
}

bool
ozi_table_check(oz_table *table)
{
    if (table->single != NULL && !table->kind->check(table, table->single)) {
        return false;
    }
    int64_t count = table->public_kind == OZ_TABLE_QUEUE ? table->count : 0;
    uint32_t dicts = table->groups == NULL ? 1 : OZ_KEY_GROUPS;
    for (uint32_t i = 0; i < dicts; i++) {
        const ozi_dict *dict = dict_of_group(table, i);
        if (!ozi_dict_check(dict, &table->shape) || !check_values(table, dict)) {
            return false;
        }
        count += dict->live;
    }
    return count == table->count && check_groups(table) &&
           (table->groups == NULL || table->whole.live == 0);
}
