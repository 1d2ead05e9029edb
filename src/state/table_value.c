/* VALUE tables: key -> one value of the declared fields. And entries, for all kinds in dicts. */
#include <assert.h>

#include "state/table.h"

static void
release_value(oz_table *table, void *value)
{
    ozi_value_release(&table->layout, &table->owner, value);
}

static int
visit_value(oz_table *table, void *value, oz_object_visit visit, void *context)
{
    return ozi_value_visit(&table->layout, value, visit, context);
}

static bool
check_value(oz_table *table, void *value)
{
    return ozi_value_check(&table->layout, value);
}

const ozi_kind ozi_kind_value = {.has_single = true,
                                 .release = release_value,
                                 .visit = visit_value,
                                 .check = check_value,
                                 .save = ozi_fields_save,
                                 .load = ozi_fields_load};

/* ---- entries, for all kinds ------------------------------------------------------------------ */

void *
ozi_table_look_up(oz_table *table, const oz_key *key, uint64_t hash)
{
    oz_status status = OZ_OK;
    int64_t number = ozi_dict_find(&table->dict, &table->shape, key, hash, &status);
    return number == OZI_DICT_NONE
               ? NULL
               : ozi_entry_value(ozi_dict_at(&table->dict, &table->shape, (uint32_t)number));
}

oz_status
ozi_table_put(oz_table *table, const oz_key *key, uint64_t hash, void **value, bool *is_new)
{
    ozi_entry *entry;
    OZ_TRY(ozi_dict_put(&table->dict, &table->shape, key, hash, &entry, is_new));
    table->count += *is_new;
    *value = ozi_entry_value(entry);
    return OZ_OK;
}

void
ozi_table_take_out(oz_table *table, const oz_key *key, uint64_t hash)
{
    oz_status status = OZ_OK;
    int64_t number = ozi_dict_find(&table->dict, &table->shape, key, hash, &status);
    if (number == OZI_DICT_NONE) {
        return;
    }
    _Alignas(8) char memory[sizeof(ozi_entry) + OZI_VALUE_MAX];
    ozi_entry *removed = (ozi_entry *)(void *)memory;
    ozi_dict_remove(&table->dict, &table->shape, (uint32_t)number, removed);
    table->count--;
    table->busy++;
    table->kind->release(table, ozi_entry_value(removed));
    ozi_key_disown(&table->owner, &removed->key);
    table->busy--;
}

/* ---- VALUE ----------------------------------------------------------------------------------- */

void *
oz_table_find(oz_table *table, const oz_key *key, uint64_t hash)
{
    assert(table->public_kind == OZ_TABLE_VALUE && table->is_keyed);
    return ozi_table_look_up(table, key, hash);
}

oz_status
oz_table_put(oz_table *table, const oz_key *key, uint64_t hash, void **value, bool *is_new)
{
    assert(table->public_kind == OZ_TABLE_VALUE && table->is_keyed);
    return ozi_table_put(table, key, hash, value, is_new);
}

void
oz_table_remove(oz_table *table, const oz_key *key, uint64_t hash)
{
    assert(table->public_kind == OZ_TABLE_VALUE && table->is_keyed);
    ozi_table_take_out(table, key, hash);
    ozi_table_forget_pool(table);
}

void *
oz_table_single(oz_table *table)
{
    assert(table->public_kind == OZ_TABLE_VALUE);
    return table->single;
}

oz_status
oz_scalar_assign(oz_table *table, oz_scalar *field, const oz_scalar *value)
{
    oz_scalar owned;
    OZ_TRY(ozi_scalar_own(&table->owner, value, &owned));
    oz_scalar old = *field; /* may be what `value` points into, so it goes last */
    *field = owned;
    ozi_scalar_disown(&table->owner, &old);
    return OZ_OK;
}
