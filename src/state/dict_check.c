/* The full walk over the invariants of a dict. Only tests call it. */
#include "state/dict_index.h"

/* The slot names a live entry, with its tag, and all buckets from its home on to it are full. */
static bool
check_slot(const ozi_dict *dict, const ozi_shape *shape, uint32_t at, uint32_t slot)
{
    const uint32_t *segment = dict->segments[at];
    uint32_t number = (segment[slot] & dict->number_mask) - 1;
    if (number >= dict->used) {
        return false;
    }
    const ozi_entry *entry = ozi_dict_at(dict, shape, number);
    uint32_t tag = (segment[slot] ^ ozi_dict_tag(entry->hash)) & ~dict->number_mask;
    uint32_t bucket = ozi_dict_home(entry->hash, dict->mask);
    while (bucket != (slot & dict->mask)) {
        if (!ozi_dict_is_full(segment + bucket)) {
            return false;
        }
        bucket = (bucket + OZI_BUCKET_SLOTS) & dict->mask;
    }
    return tag == 0 && ozi_entry_is_live(entry) && ozi_directory_first(dict, entry->hash) == at;
}

/* The filled slots of the segment at `at`; -1 when one is wrong. */
static int64_t
check_segment(const ozi_dict *dict, const ozi_shape *shape, uint32_t at)
{
    int64_t filled = 0;
    uint32_t slots = ozi_segment_slots(dict);
    for (uint32_t slot = 0; slot < slots; slot++) {
        if (dict->segments[at][slot] != 0) {
            filled++;
            if (!check_slot(dict, shape, at, slot)) {
                return -1;
            }
        }
    }
    return filled == ozi_directory_filled(dict)[at] && filled < slots ? filled : -1;
}

static bool
check_index(const ozi_dict *dict, const ozi_shape *shape)
{
    if (ozi_dict_index_is_none(dict)) {
        return dict->live == 0;
    }
    int64_t filled = 0;
    uint32_t count = ozi_directory_count(dict);
    for (uint32_t at = 0; at < count; at += ozi_directory_span(dict, at)) {
        for (uint32_t i = 1; i < ozi_directory_span(dict, at); i++) {
            if (dict->segments[at + i] != dict->segments[at] ||
                ozi_directory_depths(dict)[at + i] != ozi_directory_depths(dict)[at]) {
                return false;
            }
        }
        int64_t of_segment = check_segment(dict, shape, at);
        if (of_segment < 0) {
            return false;
        }
        filled += of_segment;
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
            if (ozi_dict_find(dict, shape, &entry->key, entry->hash, &status) != number) {
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
    bool counts = dict->live <= dict->used && dict->used <= dict->room &&
                  dict->used <= dict->number_mask && (dict->is_ordered || dict->live == dict->used);
    return counts && dict->index == dict->segments[0] && check_ends(dict, shape) &&
           check_index(dict, shape) && check_entries(dict, shape);
}
