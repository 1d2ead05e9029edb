#include "state/capture.h"

#include "state/groups.h"
#include "state/table_inline.h"

/* ---- writing --------------------------------------------------------------------------------- */

/* Writes the entries of a group whose bits are set in `which`. */
static void
write_entries(oz_table *table, uint32_t group, uint64_t which)
{
    ozi_capture *capture = &table->capture;
    ozi_pack *pack = capture->pack;
    bool was_good = pack->status == OZ_OK;
    capture->bits.touched[group] &= ~which;
    if (was_good) {
        ozi_pack_u32(pack, capture->number);
        ozi_group_save(table, group, which, capture->bits.placed[group] & which, pack);
        capture->has_failed |= pack->status != OZ_OK;
    }
}

bool
ozi_capture_begin(oz_table *table, bool is_all, ozi_pack *pack, uint32_t number)
{
    ozi_capture *capture = &table->capture;
    uint32_t used = table->dict.used;
    *capture = (ozi_capture){.number = number, .entries = used};
    if (is_all) {
        ozi_changes_begin(&capture->bits, table->alloc, used);
        ozi_changes_set_all(&capture->bits);
    } else {
        capture->bits = table->changes;
        table->changes = (ozi_changes){.room = 0};
    }
    if (capture->bits.touched == NULL) {
        return false;
    }
    capture->pack = pack;
    ozi_changes_begin(&table->changes, table->alloc, used);
    return true;
}

bool
ozi_capture_slice(oz_table *table, uint32_t groups)
{
    ozi_capture *capture = &table->capture;
    uint32_t used = capture->entries;
    while (capture->pack != NULL && groups > 0) {
        uint32_t group = capture->next++;
        if ((uint64_t)group * OZI_CHANGES_GROUP >= used) {
            ozi_capture_end(table);
            break;
        }
        uint64_t left = ozi_changes_of(capture->bits.touched, group, used);
        if (left != 0) {
            write_entries(table, group, left);
            groups--;
        }
    }
    return capture->pack == NULL;
}

void
ozi_capture_end(oz_table *table)
{
    ozi_changes_end(&table->capture.bits, table->alloc);
    table->capture.pack = NULL;
}

/* ---- keeping --------------------------------------------------------------------------------- */

void
ozi_capture_keep(oz_table *table, uint32_t number)
{
    const ozi_capture *capture = &table->capture;
    uint32_t group = number / OZI_CHANGES_GROUP;
    uint64_t bit = UINT64_C(1) << (number % OZI_CHANGES_GROUP);
    if (number < capture->entries && (capture->bits.touched[group] & bit) != 0) {
        write_entries(table, group, bit);
    }
}

/* The entries are fetched while others are looked at, as the loop that follows would. */
static void
keep_some(oz_table *table, const oz_key *keys, const uint64_t *hashes, int64_t count)
{
    ozi_view view = ozi_view_of(table);
    for (int64_t i = 0; i < count; i++) {
        ozi_guess guess = ozi_view_guess(&view, hashes[i]);
        __builtin_prefetch(guess.entry, 1);
        __builtin_prefetch(&table->capture.bits.touched[guess.number / OZI_CHANGES_GROUP], 1);
    }
    for (int64_t i = 0; i < count; i++) {
        oz_status ignored = OZ_OK;
        int64_t number = ozi_dict_find(&table->dict, &table->shape, &keys[i], hashes[i], &ignored);
        if (number != OZI_DICT_NONE) {
            ozi_capture_keep(table, (uint32_t)number);
        }
    }
}

void
ozi_capture_keep_many(oz_table *table, const oz_key *keys, const uint64_t *hashes, int64_t begin,
                      int64_t end)
{
    if (table->dict.used <= OZI_SMALL) {
        (void)ozi_capture_slice(table, UINT32_MAX); /* a small one counts as changed as a whole */
        return;
    }
    for (int64_t i = begin; i < end; i += OZI_AHEAD) {
        if (i + OZI_AHEAD < end) {
            ozi_view view = ozi_view_of(table);
            for (int64_t j = i + OZI_AHEAD; j < i + 2 * OZI_AHEAD && j < end; j++) {
                __builtin_prefetch(ozi_view_bucket(&view, hashes[j]));
            }
        }
        keep_some(table, keys + i, hashes + i, end - i < OZI_AHEAD ? end - i : OZI_AHEAD);
    }
}
