/* The full walk over the invariants of a dict. Only tests call it. */
#include "state/dict.h"

/* Every slot names a live entry with its tag, and all buckets from its home on to it are full. */
static bool
check_slot(const ozi_dict *dict, const ozi_shape *shape, uint32_t slot)
{
    uint32_t number = (dict->index[slot] & dict->mask) - 1;
    if (number >= dict->used) {
        return false;
    }
    const ozi_entry *entry = ozi_dict_at(dict, shape, number);
    uint32_t tag = (dict->index[slot] ^ ozi_dict_tag(entry->hash)) & ~dict->mask;
    uint32_t bucket = ozi_dict_home(entry->hash, dict->mask);
    while (bucket != (slot & ~(uint32_t)(OZI_DICT_BUCKET - 1))) {
        if (!ozi_dict_is_full(dict->index + bucket)) {
            return false;
        }
        bucket = (bucket + OZI_DICT_BUCKET) & dict->mask;
    }
    return tag == 0 && ozi_entry_is_live(entry);
}

static bool
check_index(const ozi_dict *dict, const ozi_shape *shape)
{
    uint32_t filled = 0;
    for (uint64_t slot = 0; slot <= dict->mask; slot++) {
        if (dict->index[slot] != 0) {
            filled++;
            if (!check_slot(dict, shape, (uint32_t)slot)) {
                return false;
            }
        }
    }
    return filled == dict->live;
}

/* Every live entry is found by its own key: so no two are equal, and none is lost. */
static bool
check_entries(const ozi_dict *dict, const ozi_shape *shape)
{
    uint32_t live = 0;
    for (uint32_t number = 0; number < dict->used; number++) {
        const ozi_entry *entry = ozi_dict_at(dict, shape, number);
        if (ozi_entry_is_live(entry)) {
            oz_status status = OZ_OK;
            int64_t found = ozi_dict_find(dict, shape, &entry->key, entry->hash, &status);
            if (found != number || number < dict->oldest) {
                return false;
            }
            live++;
        }
    }
    return live == dict->live;
}

/* Both ends of the entries in use are live. */
static bool
check_ends(const ozi_dict *dict, const ozi_shape *shape)
{
    if (dict->used == 0) {
        return dict->oldest == 0;
    }
    return dict->oldest < dict->used && ozi_entry_is_live(ozi_dict_at(dict, shape, dict->oldest)) &&
           ozi_entry_is_live(ozi_dict_at(dict, shape, dict->used - 1));
}

bool
ozi_dict_check(const ozi_dict *dict, const ozi_shape *shape)
{
    bool counts = dict->live <= dict->limit && dict->live <= dict->used &&
                  dict->used <= dict->room && dict->used <= dict->mask &&
                  ((uint64_t)dict->mask & ((uint64_t)dict->mask + 1)) == 0;
    return counts && check_ends(dict, shape) && check_index(dict, shape) &&
           check_entries(dict, shape);
}
