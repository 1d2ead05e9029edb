/* The entries of a dict: found, put, removed, walked over. Drawn in dict.h. */
#include "state/dict.h"

#include "state/value.h"

enum { SHRINK_MIN = 16 }; /* less memory is not worth giving back */

void
ozi_dict_init(ozi_dict *dict, unsigned shift, unsigned load)
{
    *dict = (ozi_dict){.index = ozi_dict_no_index(),
                       .mask = OZI_DICT_BUCKET - 1,
                       .shift = (uint8_t)shift,
                       .load = (uint8_t)load};
}

oz_status
ozi_dict_append(ozi_dict *dict, ozi_shape *shape, const oz_key *key, uint64_t hash, ozi_entry **out)
{
    if (dict->used == dict->room || dict->live >= dict->limit || dict->used + 1 > dict->mask) {
        OZ_TRY(ozi_dict_make_room(dict, shape));
    }
    uint32_t number = dict->used++;
    ozi_entry *entry = ozi_dict_at(dict, shape, number);
    *entry = (ozi_entry){.hash = hash, .key = *key};
    memset(ozi_entry_value(entry), 0, shape->stride - sizeof *entry);
    ozi_dict_index_put(dict, hash, number);
    dict->live++;
    *out = entry;
    return OZ_OK;
}

oz_status
ozi_dict_insert(ozi_dict *dict, ozi_shape *shape, const oz_key *key, uint64_t hash, ozi_entry **out)
{
    oz_key owned;
    OZ_TRY(ozi_key_own(shape->pool, shape->objects, key, &owned));
    oz_status status = ozi_dict_append(dict, shape, &owned, hash, out);
    if (status != OZ_OK) {
        ozi_key_disown(shape->pool, shape->objects, &owned);
    }
    return status;
}

/* The dict loses its holes at both ends: a queue of keys, or a stack, never needs a squeeze. */
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

void
ozi_dict_remove(ozi_dict *dict, ozi_shape *shape, uint32_t number, ozi_entry *removed)
{
    ozi_entry *entry = ozi_dict_at(dict, shape, number);
    ozi_dict_index_remove(dict, shape, number);
    memcpy(removed, entry, shape->stride);
    entry->key = (oz_key){0, 0};
    dict->live--;
    trim(dict, shape);
    if (dict->room >= SHRINK_MIN && dict->live < dict->room / 8) {
        ozi_dict_shrink(dict, shape);
    }
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
