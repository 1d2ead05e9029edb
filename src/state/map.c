/*
 * MAP tables: key -> sub-key -> value. The value of an entry is a dict of its own, with the memory
 * of the table; a key without sub-keys has no entry.
 *
 * A sub-key is hashed here, with the hash of its key as the seed: so it depends on the seed of the
 * job as well.
 */
#include <assert.h>

#include "state/table.h"

_Static_assert(sizeof(ozi_dict) <= OZI_VALUE_MAX, "the value of a MAP fits where values wait");

/* ---- the kind -------------------------------------------------------------------------------- */

static void
release_map(oz_table *table, void *value)
{
    ozi_dict *inner = value;
    uint32_t at = 0;
    for (ozi_entry *entry; (entry = ozi_dict_next(inner, &table->inner_shape, &at)) != NULL;) {
        ozi_value_release(&table->layout, &table->owner, ozi_entry_value(entry));
        ozi_key_disown(&table->owner, &entry->key);
    }
    ozi_dict_free(inner, &table->inner_shape);
}

static int
visit_map(oz_table *table, void *value, oz_object_visit visit, void *context)
{
    uint32_t at = 0;
    int stop = 0;
    ozi_entry *entry;
    while (stop == 0 && (entry = ozi_dict_next(value, &table->inner_shape, &at)) != NULL) {
        stop = ozi_key_visit(&entry->key, visit, context);
        if (stop == 0) {
            stop = ozi_value_visit(&table->layout, ozi_entry_value(entry), visit, context);
        }
    }
    return stop;
}

static bool
check_map(oz_table *table, void *value)
{
    const ozi_dict *inner = value;
    uint32_t at = 0;
    for (ozi_entry *entry; (entry = ozi_dict_next(inner, &table->inner_shape, &at)) != NULL;) {
        if (!ozi_value_check(&table->layout, ozi_entry_value(entry))) {
            return false;
        }
    }
    return inner->live > 0 && ozi_dict_check(inner, &table->inner_shape);
}

static void
save_map(oz_table *table, const void *value, ozi_pack *pack)
{
    const ozi_dict *inner = value;
    uint32_t at = 0;
    ozi_pack_u32(pack, inner->live);
    for (ozi_entry *entry; (entry = ozi_dict_next(inner, &table->inner_shape, &at)) != NULL;) {
        ozi_pack_key(pack, &entry->key);
        ozi_fields_save(table, ozi_entry_value(entry), pack);
    }
}

static oz_status
load_sub(oz_table *table, ozi_dict *inner, ozi_load *load)
{
    oz_key sub;
    uint64_t sub_hash;
    ozi_entry *entry;
    bool is_new;
    ozi_unpack_key(load->from, &load->scratch, &sub);
    OZ_TRY(load->from->status);
    OZ_TRY(ozi_key_hash(&sub, load->hash, table->owner.objects, &sub_hash));
    OZ_TRY(ozi_dict_put(inner, &table->inner_shape, &sub, sub_hash, &entry, &is_new));
    ozi_fields_load(table, ozi_entry_value(entry), load);
    return is_new ? OZ_OK : OZ_CORRUPT;
}

static void
load_map(oz_table *table, void *value, ozi_load *load)
{
    uint32_t count = ozi_unpack_u32(load->from);
    ozi_dict_init(value, true);
    if (count == 0) {
        ozi_unpack_fail(load->from, OZ_CORRUPT); /* such a key has no entry */
    }
    for (uint32_t i = 0; i < count && load->from->status == OZ_OK; i++) {
        ozi_unpack_fail(load->from, load_sub(table, value, load));
    }
}

const ozi_kind ozi_kind_map = {.value_size = sizeof(ozi_dict),
                               .release = release_map,
                               .visit = visit_map,
                               .check = check_map,
                               .save = save_map,
                               .load = load_map};

/* ---- the functions of table.h
 * -------------------------------------------------------------------- */

static ozi_dict *
look_up(oz_table *table, const oz_key *key, uint64_t hash)
{
    assert(table->public_kind == OZ_TABLE_MAP);
    return ozi_table_look_up(table, key, hash);
}

static const ozi_dict *
peek(const oz_table *table, const oz_key *key, uint64_t hash)
{
    assert(table->public_kind == OZ_TABLE_MAP);
    return ozi_table_peek(table, key, hash);
}

/* The number of a sub-key's entry in `inner` (may be NULL), or OZI_DICT_NONE. */
static int64_t
find_sub(const oz_table *table, const ozi_dict *inner, uint64_t hash, const oz_key *sub)
{
    uint64_t sub_hash;
    oz_status status = OZ_OK;
    if (inner == NULL || ozi_key_hash(sub, hash, table->owner.objects, &sub_hash) != OZ_OK) {
        return OZI_DICT_NONE;
    }
    return ozi_dict_find(inner, &table->inner_shape, sub, sub_hash, &status);
}

const void *
oz_map_find(oz_table *table, const oz_key *key, uint64_t hash, const oz_key *sub)
{
    const ozi_dict *inner = peek(table, key, hash);
    int64_t number = find_sub(table, inner, hash, sub);
    return number == OZI_DICT_NONE
               ? NULL
               : ozi_entry_value(ozi_dict_at(inner, &table->inner_shape, (uint32_t)number));
}

/* The dict of a key, made when there is none. */
static oz_status
put_inner(oz_table *table, const oz_key *key, uint64_t hash, ozi_dict **out, bool *is_new)
{
    void *value;
    OZ_TRY(ozi_table_put(table, key, hash, &value, is_new));
    *out = value;
    if (*is_new) {
        ozi_dict_init(*out, true);
    }
    return OZ_OK;
}

oz_status
oz_map_put(oz_table *table, const oz_key *key, uint64_t hash, const oz_key *sub, void **value,
           bool *is_new)
{
    assert(table->public_kind == OZ_TABLE_MAP);
    uint64_t sub_hash;
    OZ_TRY(ozi_key_hash(sub, hash, table->owner.objects, &sub_hash));
    ozi_dict *inner;
    bool is_new_key;
    OZ_TRY(put_inner(table, key, hash, &inner, &is_new_key));
    ozi_entry *entry;
    oz_status status = ozi_dict_put(inner, &table->inner_shape, sub, sub_hash, &entry, is_new);
    if (status == OZ_OK) {
        *value = ozi_entry_value(entry);
    } else if (is_new_key) {
        ozi_table_take_out(table, key, hash);
    }
    return status;
}

void
oz_map_remove(oz_table *table, const oz_key *key, uint64_t hash, const oz_key *sub)
{
    ozi_dict *inner = look_up(table, key, hash);
    int64_t number = find_sub(table, inner, hash, sub);
    if (number == OZI_DICT_NONE) {
        return;
    }
    _Alignas(8) char memory[sizeof(ozi_entry) + OZI_VALUE_MAX];
    ozi_entry *removed = (ozi_entry *)(void *)memory;
    ozi_dict_remove(inner, &table->inner_shape, (uint32_t)number, removed);
    if (inner->live == 0) {
        ozi_table_take_out(table, key, hash);
    }
    table->busy++;
    ozi_value_release(&table->layout, &table->owner, ozi_entry_value(removed));
    ozi_key_disown(&table->owner, &removed->key);
    table->busy--;
    ozi_table_forget_pool(table);
}

bool
oz_map_next(oz_table *table, const oz_key *key, uint64_t hash, oz_cursor *cursor,
            const oz_key **sub, void **value)
{
    const ozi_dict *inner = peek(table, key, hash);
    ozi_entry *entry =
        inner == NULL ? NULL : ozi_dict_next(inner, &table->inner_shape, &cursor->entry);
    if (entry == NULL) {
        return false;
    }
    *sub = &entry->key;
    *value = ozi_entry_value(entry);
    return true;
}

void
oz_map_scan(oz_table *table, const oz_key *key, uint64_t hash, oz_table_visit visit, void *context)
{
    const ozi_dict *inner = peek(table, key, hash);
    uint32_t at = 0;
    ozi_entry *entry;
    while (inner != NULL && (entry = ozi_dict_next(inner, &table->inner_shape, &at)) != NULL) {
        if (!visit(context, &entry->key, hash, ozi_entry_value(entry))) {
            return;
        }
    }
}

int64_t
oz_map_count(oz_table *table, const oz_key *key, uint64_t hash)
{
    const ozi_dict *inner = peek(table, key, hash);
    return inner == NULL ? 0 : inner->live;
}
