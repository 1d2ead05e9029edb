/* Tables as a whole: made, cleared, freed. The picture is in table.h. */
#include "state/table.h"

const oz_key oz_key_single = {0, OZI_KEY_HIGH(OZI_KEY_NULL, 0)};

enum { POOL_KEEP = 1 << 16 }; /* bytes that an empty table keeps */

static const ozi_kind *
kind_of(const oz_table_decl *decl)
{
    switch (decl->kind) {
    case OZ_TABLE_VALUE:
        return &ozi_kind_value;
    case OZ_TABLE_LIST:
        return &ozi_kind_list;
    case OZ_TABLE_MAP:
        return &ozi_kind_map;
    case OZ_TABLE_QUEUE:
        return &ozi_kind_queue;
    }
    return NULL;
}

static void
set_shapes(oz_table *table)
{
    uint32_t size = table->kind->value_size;
    size = size == 0 ? table->layout.size : size;
    table->shape =
        (ozi_shape){.owner = &table->owner, .stride = (uint32_t)sizeof(ozi_entry) + size};
    table->inner_shape = table->shape;
    table->inner_shape.stride = (uint32_t)sizeof(ozi_entry) + table->layout.size;
    ozi_dict_init(&table->dict, false);
}

oz_status
ozi_table_new(const oz_alloc *alloc, const oz_object_class *objects, const oz_table_decl *decl,
              oz_table **out)
{
    ozi_layout layout;
    const ozi_kind *kind = kind_of(decl);
    *out = NULL;
    if (kind == NULL || (decl->kind == OZ_TABLE_QUEUE && (decl->keyed || decl->broadcast))) {
        return OZ_INVALID;
    }
    OZ_TRY(ozi_layout_of(decl->fields, &layout));
    oz_table *table = ozi_alloc_zero(alloc, sizeof *table + OZI_VALUE_MAX);
    if (table == NULL) {
        return OZ_NO_MEMORY;
    }
    table->alloc = alloc;
    table->kind = kind;
    table->public_kind = decl->kind;
    table->is_keyed = decl->keyed;
    table->merge = decl->merge;
    table->is_broadcast = decl->broadcast;
    for (int i = 0; decl->fields[i] != OZ_FIELD_END; i++) {
        table->fields[i] = decl->fields[i];
    }
    table->layout = layout;
    table->single = kind->has_single ? table + 1 : NULL;
    table->owner.objects = objects;
    ozi_pool_init(&table->owner.pool, alloc);
    set_shapes(table);
    *out = table;
    return OZ_OK;
}

void
ozi_table_free(oz_table **table)
{
    if (*table != NULL) {
        oz_table *old = *table;
        *table = NULL;
        ozi_capture_end(old);
        ozi_table_clear(old);
        ozi_changes_end(&old->changes, old->alloc);
        ozi_pool_drop(&old->owner.pool);
        ozi_alloc_free(old->alloc, old, sizeof *old + OZI_VALUE_MAX);
    }
}

/* Lets go of what the entries of a dict hold; it must be out of reach of code of the user. */
static void
release_entries(oz_table *table, const ozi_dict *dict)
{
    uint32_t at = 0;
    for (ozi_entry *entry; (entry = ozi_dict_next(dict, &table->shape, &at)) != NULL;) {
        table->kind->release(table, ozi_entry_value(entry));
        ozi_key_disown(&table->owner, &entry->key);
    }
}

void
ozi_table_clear_single(oz_table *table)
{
    if (table->single != NULL) {
        _Alignas(8) char value[OZI_VALUE_MAX];
        size_t size = table->shape.stride - sizeof(ozi_entry);
        memcpy(value, table->single, size);
        memset(table->single, 0, size);
        table->count = table->public_kind == OZ_TABLE_QUEUE ? 0 : table->count;
        table->kind->release(table, value);
    }
}

/* The single value may own text; a queue owns its ring. */
static bool
single_needs_pool(const oz_table *table)
{
    return table->single != NULL && (table->public_kind == OZ_TABLE_QUEUE ||
                                     ozi_value_owns_bytes(&table->layout, table->single));
}

void
ozi_table_forget_pool(oz_table *table)
{
    bool is_empty = table->count == 0 && table->busy == 0 && !single_needs_pool(table);
    if (is_empty && table->owner.pool.held_bytes > POOL_KEEP) {
        ozi_pool_drop(&table->owner.pool);
        ozi_dict_init(&table->dict, false);
        table->shape.moves++;
    }
}

void
ozi_table_clear(oz_table *table)
{
    (void)ozi_capture_slice(table, UINT32_MAX);
    ozi_dict old = table->dict;
    ozi_dict_init(&table->dict, false);
    ozi_changes_end(&table->changes, table->alloc);
    table->count = 0;
    table->shape.moves++;
    table->busy++;
    release_entries(table, &old);
    ozi_dict_free(&old, &table->shape);
    ozi_table_clear_single(table);
    table->busy--;
    ozi_table_forget_pool(table);
}
