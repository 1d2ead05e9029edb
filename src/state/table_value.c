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

/* The number of a key's entry, or OZI_DICT_NONE. */
static inline int64_t
number_of(const oz_table *table, const oz_key *key, uint64_t hash)
{
    oz_status status = OZ_OK;
    return ozi_dict_find(&table->dict, &table->shape, key, hash, &status);
}

void *
ozi_table_look_up(oz_table *table, const oz_key *key, uint64_t hash)
{
    int64_t number = number_of(table, key, hash);
    if (number == OZI_DICT_NONE) {
        return NULL;
    }
    ozi_table_touch(table, (uint32_t)number);
    return ozi_entry_value(ozi_dict_at(&table->dict, &table->shape, (uint32_t)number));
}

const void *
ozi_table_peek(const oz_table *table, const oz_key *key, uint64_t hash)
{
    int64_t number = number_of(table, key, hash);
    return number == OZI_DICT_NONE
               ? NULL
               : ozi_entry_value(ozi_dict_at(&table->dict, &table->shape, (uint32_t)number));
}

oz_status
ozi_table_put(oz_table *table, const oz_key *key, uint64_t hash, void **value, bool *is_new)
{
    oz_status status = OZ_OK;
    ozi_entry *entry;
    int64_t number = ozi_dict_find(&table->dict, &table->shape, key, hash, &status);
    OZ_TRY(status);
    *is_new = number == OZI_DICT_NONE;
    if (*is_new) {
        OZ_TRY(ozi_dict_insert(&table->dict, &table->shape, key, hash, &entry));
        table->count++;
        ozi_changes_place(&table->changes, table->alloc, table->dict.used - 1);
    } else {
        entry = ozi_dict_at(&table->dict, &table->shape, (uint32_t)number);
        ozi_table_touch(table, (uint32_t)number);
    }
    *value = ozi_entry_value(entry);
    return OZ_OK;
}

void
ozi_table_take_out_number(oz_table *table, uint32_t number)
{
    _Alignas(8) char memory[sizeof(ozi_entry) + OZI_VALUE_MAX];
    ozi_entry *removed = (ozi_entry *)(void *)memory;
    if (table->capture.pack != NULL) {
        ozi_capture_keep(table, number);
        ozi_capture_keep(table, table->dict.used - 1); /* it moves */
    }
    ozi_dict_remove(&table->dict, &table->shape, number, removed);
    table->count--;
    if (number < table->dict.used) {
        ozi_changes_place(&table->changes, table->alloc, number); /* the last one lies there now */
    }
    table->busy++;
    table->kind->release(table, ozi_entry_value(removed));
    ozi_key_disown(&table->owner, &removed->key);
    table->busy--;
}

void
ozi_table_take_out(oz_table *table, const oz_key *key, uint64_t hash)
{
    int64_t number = number_of(table, key, hash);
    if (number != OZI_DICT_NONE) {
        ozi_table_take_out_number(table, (uint32_t)number);
    }
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
