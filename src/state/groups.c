#include "state/groups.h"

#include "state/table_inline.h"

enum { GROUP = OZI_CHANGES_GROUP, ENTRIES_MAX = 1 << 30 };

/* The numbers of a group whose bit is set in `left`, one after the other. */
static inline uint32_t
next_of_group(uint32_t group, uint64_t *left)
{
    uint32_t number = group * GROUP + (uint32_t)__builtin_ctzll(*left);
    *left &= *left - 1;
    return number;
}

static bool
is_plain(const oz_table *table)
{
    return table->public_kind == OZ_TABLE_VALUE && table->layout.scalar_count == 0;
}

/* ---- writing --------------------------------------------------------------------------------- */

static void
save_entry(oz_table *table, ozi_entry *entry, ozi_pack *pack)
{
    ozi_pack_key(pack, &entry->key);
    ozi_pack_u64(pack, entry->hash);
    table->kind->save(table, ozi_entry_value(entry), pack);
}

/* A chunk holds whole groups: its entries lie one behind the other. */
static const char *
first_of_group(const oz_table *table, uint32_t group)
{
    return (const char *)ozi_dict_at(&table->dict, &table->shape, group * GROUP);
}

/* The entries, or from `skipped` bytes of each on, gathered: there are many of them. */
static void
save_plain(const oz_table *table, uint32_t group, uint64_t which, size_t skipped, ozi_pack *pack)
{
    int64_t gathered[GROUP * (sizeof(ozi_entry) / sizeof(int64_t) + OZ_FIELDS_MAX)];
    size_t stride = table->shape.stride;
    size_t count = (stride - skipped) / sizeof *gathered;
    size_t used = 0;
    const char *first = first_of_group(table, group);
    if (which == UINT64_MAX && skipped == 0) {
        ozi_pack_bytes(pack, first, GROUP * stride);
        return;
    }
    if ((which & (which - 1)) == 0 && which != 0) {
        ozi_pack_bytes(pack, first + (size_t)__builtin_ctzll(which) * stride + skipped,
                       stride - skipped);
        return;
    }
    while (which != 0) {
        const int64_t *from =
            (const void *)(first + (size_t)__builtin_ctzll(which) * stride + skipped);
        for (size_t i = 0; i < count; i++) {
            gathered[used++] = from[i];
        }
        which &= which - 1;
    }
    ozi_pack_bytes(pack, gathered, used * sizeof *gathered);
}

/* Those of `placed` whose keys point to something. */
static uint64_t
find_pointing(const oz_table *table, uint32_t group, uint64_t placed)
{
    uint64_t found = 0;
    const char *first = first_of_group(table, group);
    for (uint64_t left = placed; left != 0; left &= left - 1) {
        unsigned at = (unsigned)__builtin_ctzll(left);
        const ozi_entry *entry = (const void *)(first + at * (size_t)table->shape.stride);
        found |= (uint64_t)ozi_key_points(&entry->key) << at;
    }
    return found;
}

/* At once: there are many groups of one entry. */
static void
save_head(uint32_t group, uint64_t touched, uint64_t placed, uint64_t packed, ozi_pack *pack)
{
    const uint64_t bits[3] = {touched, placed, packed};
    char head[sizeof group + sizeof bits];
    memcpy(head, &group, sizeof group);
    memcpy(head + sizeof group, bits, sizeof bits);
    ozi_pack_bytes(pack, head, sizeof head);
}

void
ozi_group_save(oz_table *table, uint32_t group, uint64_t touched, uint64_t placed, ozi_pack *pack)
{
    bool plain = is_plain(table);
    placed = plain ? placed : touched;
    uint64_t packed = plain ? find_pointing(table, group, placed) : placed;
    save_head(group, touched, placed, packed, pack);
    if (plain) {
        save_plain(table, group, touched & ~placed, sizeof(ozi_entry), pack);
        save_plain(table, group, placed & ~packed, 0, pack);
    }
    while (packed != 0) {
        uint32_t number = next_of_group(group, &packed);
        save_entry(table, ozi_dict_at(&table->dict, &table->shape, number), pack);
    }
}

/* ---- reading --------------------------------------------------------------------------------- */

void
ozi_groups_begin(const ozi_groups *groups, ozi_unpack *unpack)
{
    oz_table *table = groups->table;
    if (groups->entries > ENTRIES_MAX) {
        ozi_unpack_fail(unpack, OZ_CORRUPT);
    }
    if (unpack->status != OZ_OK || groups->part != NULL || groups->passes) {
        return;
    }
    while (table->dict.used > groups->entries) {
        ozi_table_take_out_number(table, table->dict.used - 1);
    }
    ozi_unpack_fail(unpack, ozi_dict_stretch(&table->dict, &table->shape, groups->entries));
}

void
ozi_groups_end(const ozi_groups *groups, ozi_unpack *unpack)
{
    bool is_whole = groups->part == NULL && !groups->passes;
    if (unpack->status == OZ_OK && is_whole && groups->table->dict.live != groups->entries) {
        ozi_unpack_fail(unpack, OZ_CORRUPT);
    }
}

/* Entry `number` gets that key, whatever it was, and a zeroed value; NULL, and latched: it cannot.
 */
static void *
place(oz_table *table, uint32_t number, const oz_key *key, uint64_t hash, ozi_unpack *from)
{
    ozi_entry *entry = ozi_dict_at(&table->dict, &table->shape, number);
    if (ozi_entry_is_live(entry)) {
        table->kind->release(table, ozi_entry_value(entry));
        ozi_key_disown(&table->owner, &entry->key);
    } else {
        table->count++;
    }
    oz_status status = ozi_dict_replace(&table->dict, &table->shape, number, key, hash);
    ozi_unpack_fail(from, status);
    return status == OZ_OK ? ozi_entry_value(entry) : NULL;
}

/* The value of a key that this worker gets; NULL, and latched, when it has it already. */
static void *
add(oz_table *table, const oz_key *key, uint64_t hash, ozi_unpack *from)
{
    void *value = NULL;
    bool is_new = false;
    oz_status status = ozi_table_put(table, key, hash, &value, &is_new);
    ozi_unpack_fail(from, status == OZ_OK && !is_new ? OZ_CORRUPT : status);
    return from->status == OZ_OK ? value : NULL;
}

static void
load_entry(const ozi_groups *groups, uint32_t number, ozi_load *load)
{
    oz_table *table = groups->table;
    oz_key key;
    ozi_unpack_key(load->from, &load->scratch, &key);
    load->hash = ozi_unpack_u64(load->from);
    if (load->from->status != OZ_OK) {
        return;
    }
    bool is_alien =
        groups->passes || (groups->part != NULL && !ozi_part_has(groups->part, load->hash));
    void *value = is_alien || groups->part != NULL
                      ? add(table, &key, load->hash, load->from)
                      : place(table, number, &key, load->hash, load->from);
    if (value != NULL) {
        table->kind->load(table, value, load);
    }
    if (is_alien && load->from->status == OZ_OK) {
        ozi_table_take_out(table, &key, load->hash); /* what it holds has been read past */
    }
}

/* Entries as they lie in memory, which begin with their hashes and keys. */
static void
load_placed(const ozi_groups *groups, uint32_t group, uint64_t which, ozi_unpack *from)
{
    int64_t read[GROUP * (sizeof(ozi_entry) / sizeof(int64_t) + OZ_FIELDS_MAX)];
    oz_table *table = groups->table;
    size_t stride = table->shape.stride;
    size_t count = (size_t)__builtin_popcountll(which);
    const char *at = (const char *)read;
    ozi_unpack_bytes(from, read, count * stride);
    if (from->status != OZ_OK || groups->passes) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        ozi_table_prefetch(table, ((const ozi_entry *)(const void *)(at + i * stride))->hash);
    }
    for (; which != 0 && from->status == OZ_OK; at += stride) {
        const ozi_entry *entry = (const ozi_entry *)(const void *)at;
        uint32_t number = next_of_group(group, &which);
        if (ozi_key_points(&entry->key) || !ozi_entry_is_live(entry)) {
            ozi_unpack_fail(from, OZ_CORRUPT);
            return;
        }
        if (groups->part != NULL && !ozi_part_has(groups->part, entry->hash)) {
            continue;
        }
        void *value = groups->part != NULL ? add(table, &entry->key, entry->hash, from)
                                           : place(table, number, &entry->key, entry->hash, from);
        if (value != NULL) {
            memcpy(value, entry + 1, table->layout.size);
        }
    }
}

static void
load_fields(const ozi_groups *groups, uint32_t group, uint64_t which, ozi_unpack *from)
{
    oz_table *table = groups->table;
    char ignored[OZ_FIELDS_MAX * sizeof(int64_t)];
    while (which != 0 && from->status == OZ_OK) {
        uint32_t number = next_of_group(group, &which);
        ozi_entry *entry = groups->passes ? NULL : ozi_dict_at(&table->dict, &table->shape, number);
        if (entry != NULL && !ozi_entry_is_live(entry)) {
            ozi_unpack_fail(from, OZ_CORRUPT);
            return;
        }
        ozi_unpack_bytes(from, entry == NULL ? ignored : ozi_entry_value(entry),
                         table->layout.size);
    }
}

void
ozi_group_load(const ozi_groups *groups, uint32_t group, ozi_load *load)
{
    ozi_unpack *from = load->from;
    uint64_t touched = ozi_unpack_u64(from);
    uint64_t placed = ozi_unpack_u64(from);
    uint64_t packed = ozi_unpack_u64(from);
    uint64_t before = (uint64_t)group * GROUP;
    uint64_t left = before < groups->entries ? groups->entries - before : 0;
    bool is_inside = left >= GROUP || (touched >> left) == 0;
    bool needs_packing = !is_plain(groups->table);
    if ((placed & ~touched) != 0 || (packed & ~placed) != 0 || !is_inside ||
        (needs_packing && packed != touched) || (groups->part != NULL && placed != touched)) {
        ozi_unpack_fail(from, OZ_CORRUPT);
    }
    if (from->status != OZ_OK) {
        return;
    }
    load_fields(groups, group, touched & ~placed, from);
    if ((placed & ~packed) != 0) {
        load_placed(groups, group, placed & ~packed, from);
    }
    while (packed != 0 && from->status == OZ_OK) {
        load_entry(groups, next_of_group(group, &packed), load);
    }
}
