/* The entries of a dict: inserted, removed, walked over. Drawn in dict.h. */
#include "state/dict.h"

void
ozi_dict_init(ozi_dict *dict, bool is_ordered)
{
    *dict = (ozi_dict){.is_ordered = is_ordered};
    ozi_dict_index_init(dict);
}

void
ozi_dict_free(ozi_dict *dict, const ozi_shape *shape)
{
    ozi_dict_index_free(dict, shape);
    ozi_dict_free_chunks(dict, shape);
    ozi_dict_init(dict, dict->is_ordered);
}

oz_status
ozi_dict_insert(ozi_dict *dict, ozi_shape *shape, const oz_key *key, uint64_t hash, ozi_entry **out)
{
    oz_key owned;
    OZ_TRY(ozi_key_own(shape->owner, key, &owned));
    oz_status status = ozi_dict_make_room(dict, shape, hash);
    if (status != OZ_OK) {
        ozi_key_disown(shape->owner, &owned);
        return status;
    }
    uint32_t number = dict->used++;
    ozi_entry *entry = ozi_dict_at(dict, shape, number);
    *entry = (ozi_entry){.hash = hash, .key = owned};
    memset(ozi_entry_value(entry), 0, shape->stride - sizeof *entry);
    ozi_dict_index_put(dict, hash, number);
    dict->live++;
    *out = entry;
    return OZ_OK;
}

/*
 * The dict loses its holes at both ends: a queue of keys, or a stack, needs a squeeze only for the
 * room that it moves through.
 */
static void
trim(ozi_dict *dict, const ozi_shape *shape)
{
    if (dict->live == 0) {
        dict->used = 0;
        dict->oldest = 0;
        return;
    }
    while (!ozi_entry_is_live(ozi_dict_at(dict, shape, dict->oldest))) {
        dict->oldest++;
    }
    while (!ozi_entry_is_live(ozi_dict_at(dict, shape, dict->used - 1))) {
        dict->used--;
    }
}

/* The last entry takes the place of one that left. */
static void
fill_hole(ozi_dict *dict, const ozi_shape *shape, uint32_t hole)
{
    uint32_t last = --dict->used;
    if (last != hole) {
        const ozi_entry *entry = ozi_dict_at(dict, shape, last);
        ozi_dict_index_renumber(dict, entry->hash, last, hole);
        memcpy(ozi_dict_at(dict, shape, hole), entry, shape->stride);
    }
}

void
ozi_dict_remove(ozi_dict *dict, ozi_shape *shape, uint32_t number, ozi_entry *removed)
{
    ozi_entry *entry = ozi_dict_at(dict, shape, number);
    ozi_dict_index_remove(dict, shape, entry->hash, number);
    memcpy(removed, entry, shape->stride);
    dict->live--;
    shape->moves++;
    if (dict->is_ordered) {
        entry->key = (oz_key){0, 0};
        trim(dict, shape);
    } else {
        fill_hole(dict, shape, number);
    }
    ozi_dict_shrink(dict, shape);
}

oz_status
ozi_dict_replace(ozi_dict *dict, ozi_shape *shape, uint32_t number, const oz_key *key,
                 uint64_t hash)
{
    ozi_entry *entry = ozi_dict_at(dict, shape, number);
    if (ozi_entry_is_live(entry)) {
        ozi_dict_index_remove(dict, shape, entry->hash, number);
        dict->live--;
    }
    memset(entry, 0, shape->stride);
    shape->moves++;
    OZ_TRY(ozi_dict_index_make_room(dict, shape, hash));
    OZ_TRY(ozi_key_own(shape->owner, key, &entry->key));
    entry->hash = hash;
    ozi_dict_index_put(dict, hash, number);
    dict->live++;
    return OZ_OK;
}

ozi_entry *
ozi_dict_next(const ozi_dict *dict, const ozi_shape *shape, uint32_t *at)
{
    uint32_t number = *at < dict->oldest ? dict->oldest : *at;
    while (number < dict->used) {
        ozi_entry *entry = ozi_dict_at(dict, shape, number++);
        if (ozi_entry_is_live(entry)) {
            *at = number;
            return entry;
        }
    }
    *at = number;
    return NULL;
}
