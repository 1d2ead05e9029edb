/*
 * Tables written down and read again.
 *
 *     table    | u8 kind | u8 keyed | u32 bytes of fields | u32 scalars | u32 offset, ... |
 *              | u8 what | the single value, of kinds that have one | u64 entries |
 *              | all of them (what = 0): entry, ... | changes (what = 1): u32 groups | group, ... |
 *     entry    | key | u64 hash | value |
 *              of VALUE without SCALARs instead, for entries whose keys point to nothing:
 *              | u32 n, 1 to RUN | n times: u64 hash, key, fields |, and u32 0 before any other
 *     group    | u32 number | u64 touched | u64 placed | what has changed, ... |
 *              of 64 entries by their numbers in the table: bit i of "touched" is set when entry
 *              64 * number + i is not as it was saved before, of "placed" when its key is another
 *              one. Each is an entry as above; only the fields, of VALUE without SCALARs, when its
 *              key is the same. Entries from number "entries" on are there no longer.
 *     value    VALUE and MAP: the fields, a number as 8 bytes, a SCALAR as packed.h draws it
 *              LIST    | u32 length | scalar, ... |
 *              MAP     | u32 sub-keys | key, fields | ...
 *              QUEUE   | u32 items | u8 is a batch | i64 due, or watermark | batch | ...
 *
 * Hashes are stored, because the seed of the job is stored too: restoring computes none.
 */
#include "base/pack_memory.h"
#include "state/table.h"
#include "state/table_inline.h"

/* ---- fields ---------------------------------------------------------------------------------- */

/* Calls for each field in order: SCALARs are 16 bytes, all others 8. */
void
ozi_fields_save(oz_table *table, const void *value, ozi_pack *pack)
{
    const ozi_layout *layout = &table->layout;
    const char *bytes = value;
    uint32_t at = 0;
    for (uint32_t i = 0; i < layout->scalar_count; i++) {
        ozi_pack_bytes(pack, bytes + at, layout->offsets[i] - at);
        ozi_pack_scalar(pack, (const oz_scalar *)(const void *)(bytes + layout->offsets[i]),
                        table->owner.objects);
        at = layout->offsets[i] + (uint32_t)sizeof(oz_scalar);
    }
    ozi_pack_bytes(pack, bytes + at, layout->size - at);
}

static void
load_scalar(oz_table *table, oz_scalar *field, ozi_load *load)
{
    oz_scalar scalar;
    ozi_unpack_scalar(load->from, table->owner.objects, &load->text, &scalar);
    if (load->from->status == OZ_OK) {
        ozi_unpack_fail(load->from, oz_scalar_assign(table, field, &scalar));
    }
    if (scalar.kind == OZ_SCALAR_OBJECT) {
        table->owner.objects->release(scalar.as.object);
    }
}

void
ozi_fields_load(oz_table *table, void *value, ozi_load *load)
{
    const ozi_layout *layout = &table->layout;
    char *bytes = value;
    uint32_t at = 0;
    for (uint32_t i = 0; i < layout->scalar_count; i++) {
        ozi_unpack_bytes(load->from, bytes + at, layout->offsets[i] - at);
        load_scalar(table, (oz_scalar *)(void *)(bytes + layout->offsets[i]), load);
        at = layout->offsets[i] + (uint32_t)sizeof(oz_scalar);
    }
    ozi_unpack_bytes(load->from, bytes + at, layout->size - at);
}

/* ---- tables ---------------------------------------------------------------------------------- */

static void
save_head(const oz_table *table, ozi_pack *pack)
{
    ozi_pack_u8(pack, (uint8_t)table->public_kind);
    ozi_pack_u8(pack, table->is_keyed);
    ozi_pack_u32(pack, table->layout.size);
    ozi_pack_u32(pack, table->layout.scalar_count);
    for (uint32_t i = 0; i < table->layout.scalar_count; i++) {
        ozi_pack_u32(pack, table->layout.offsets[i]);
    }
}

static void
save_entry(oz_table *table, ozi_entry *entry, ozi_pack *pack)
{
    ozi_pack_key(pack, &entry->key);
    ozi_pack_u64(pack, entry->hash);
    table->kind->save(table, ozi_entry_value(entry), pack);
}

/* ---- runs of entries as they lie in memory --------------------------------------------------- */

enum { RUN = 256 };

static bool
has_runs(oz_table_kind kind, const ozi_layout *layout)
{
    return kind == OZ_TABLE_VALUE && layout->scalar_count == 0;
}

/* Entries that lie one behind the other. */
typedef struct run {
    const char *first;
    uint32_t count;
} run;

static void
save_run(const oz_table *table, run *of, ozi_pack *pack)
{
    if (of->count > 0) {
        ozi_pack_u32(pack, of->count);
        ozi_pack_bytes(pack, of->first, (size_t)of->count * table->shape.stride);
    }
    of->count = 0;
}

static void
save_runs(oz_table *table, ozi_pack *pack)
{
    uint32_t at = 0;
    run run = {.count = 0};
    for (ozi_entry *entry; (entry = ozi_dict_next(&table->dict, &table->shape, &at)) != NULL;) {
        const char *place = (const char *)entry;
        bool is_next = run.count > 0 && run.count < RUN &&
                       place == run.first + (size_t)run.count * table->shape.stride;
        if (!is_next || ozi_key_points(&entry->key)) {
            save_run(table, &run, pack);
            run.first = place;
        }
        if (!ozi_key_points(&entry->key)) {
            run.count++;
        } else {
            ozi_pack_u32(pack, 0);
            save_entry(table, entry, pack);
        }
    }
    save_run(table, &run, pack);
}

static void
save_all(oz_table *table, ozi_pack *pack)
{
    if (has_runs(table->public_kind, &table->layout)) {
        save_runs(table, pack);
        return;
    }
    uint32_t at = 0;
    for (ozi_entry *entry; (entry = ozi_dict_next(&table->dict, &table->shape, &at)) != NULL;) {
        save_entry(table, entry, pack);
    }
}

/* ---- changes --------------------------------------------------------------------------------- */

/* The numbers of a group whose bit is set in `left`, one after the other. */
static inline uint32_t
next_of_group(uint32_t group, uint64_t *left)
{
    uint32_t number = group * OZI_CHANGES_GROUP + (uint32_t)__builtin_ctzll(*left);
    *left &= *left - 1;
    return number;
}

static uint32_t
count_groups(const oz_table *table)
{
    uint32_t used = table->dict.used;
    uint32_t count = 0;
    for (uint32_t group = 0; group * OZI_CHANGES_GROUP < used; group++) {
        count += ozi_changes_of(table->changes.touched, group, used) != 0;
    }
    return count;
}

/* The fields of entries whose keys are the same, gathered: there are many of them. */
static void
save_fields(const oz_table *table, uint32_t group, uint64_t touched, ozi_pack *pack)
{
    int64_t fields[OZI_CHANGES_GROUP * OZ_FIELDS_MAX];
    size_t count = table->layout.size / sizeof *fields;
    size_t used = 0;
    if (touched == 0) {
        return;
    }
    /* A chunk holds whole groups. */
    const char *first =
        (const char *)ozi_dict_at(&table->dict, &table->shape, group * OZI_CHANGES_GROUP);
    while (touched != 0) {
        size_t within = (size_t)__builtin_ctzll(touched) * table->shape.stride;
        const int64_t *value = (const void *)(first + within + sizeof(ozi_entry));
        for (size_t i = 0; i < count; i++) {
            fields[used++] = value[i];
        }
        touched &= touched - 1;
    }
    ozi_pack_bytes(pack, fields, used * sizeof *fields);
}

static void
save_group(oz_table *table, uint32_t group, uint64_t touched, uint64_t placed, ozi_pack *pack)
{
    bool is_plain = has_runs(table->public_kind, &table->layout);
    uint64_t whole = is_plain ? placed : touched;
    ozi_pack_u32(pack, group);
    ozi_pack_u64(pack, touched);
    ozi_pack_u64(pack, whole);
    save_fields(table, group, touched & ~whole, pack);
    while (whole != 0) {
        uint32_t number = next_of_group(group, &whole);
        save_entry(table, ozi_dict_at(&table->dict, &table->shape, number), pack);
    }
}

static void
save_changes(oz_table *table, ozi_pack *pack)
{
    const ozi_changes *changes = &table->changes;
    uint32_t used = table->dict.used;
    ozi_pack_u32(pack, count_groups(table));
    for (uint32_t group = 0; group * OZI_CHANGES_GROUP < used; group++) {
        uint64_t touched = ozi_changes_of(changes->touched, group, used);
        if (touched != 0) {
            uint64_t placed = ozi_changes_of(changes->placed, group, used);
            save_group(table, group, touched, placed, pack);
        }
    }
}

void
ozi_table_save(oz_table *table, ozi_pack *pack, ozi_save what)
{
    what = table->changes.touched == NULL ? OZI_SAVE_ALL : what;
    save_head(table, pack);
    ozi_pack_u8(pack, what == OZI_SAVE_CHANGES);
    if (table->single != NULL) {
        table->kind->save(table, table->single, pack);
    }
    ozi_pack_u64(pack, table->dict.live);
    if (what == OZI_SAVE_CHANGES) {
        save_changes(table, pack);
    } else {
        save_all(table, pack);
    }
    ozi_changes_begin(&table->changes, table->alloc, table->dict.used);
}

/* ---- heads ----------------------------------------------------------------------------------- */

typedef struct table_head {
    oz_table_kind kind;
    bool is_keyed;
    bool is_changes;
    ozi_layout layout;
} table_head;

static table_head
load_head(ozi_unpack *from)
{
    table_head head = {.kind = (oz_table_kind)ozi_unpack_u8(from)};
    head.is_keyed = ozi_unpack_u8(from) != 0;
    head.layout.size = ozi_unpack_u32(from);
    head.layout.scalar_count = ozi_unpack_u32(from);
    if (head.layout.scalar_count > OZ_FIELDS_MAX) {
        ozi_unpack_fail(from, OZ_CORRUPT);
        head.layout.scalar_count = 0;
    }
    for (uint32_t i = 0; i < head.layout.scalar_count; i++) {
        head.layout.offsets[i] = ozi_unpack_u32(from);
    }
    head.is_changes = ozi_unpack_u8(from) != 0;
    return head;
}

/* Is it the head of a table that is declared as this one? */
static bool
head_fits(const oz_table *table, const table_head *head)
{
    const ozi_layout *layout = &table->layout;
    return head->kind == table->public_kind && head->is_keyed == table->is_keyed &&
           head->layout.size == layout->size && head->layout.scalar_count == layout->scalar_count &&
           memcmp(head->layout.offsets, layout->offsets,
                  layout->scalar_count * sizeof *layout->offsets) == 0;
}

static void
load_entry(oz_table *table, ozi_load *load, const ozi_part *part)
{
    oz_key key;
    void *value;
    bool is_new = false;
    ozi_unpack_key(load->from, &load->scratch, &key);
    load->hash = ozi_unpack_u64(load->from);
    if (load->from->status != OZ_OK) {
        return;
    }
    oz_status status = ozi_table_put(table, &key, load->hash, &value, &is_new);
    ozi_unpack_fail(load->from, status == OZ_OK && !is_new ? OZ_CORRUPT : status);
    if (load->from->status == OZ_OK) {
        table->kind->load(table, value, load);
    }
    if (load->from->status == OZ_OK && part != NULL && !ozi_part_has(part, load->hash)) {
        ozi_table_take_out(table, &key, load->hash);
    }
}

static void
put_run(oz_table *table, ozi_unpack *from, const char *entries, uint32_t count,
        const ozi_part *part)
{
    uint32_t stride = table->shape.stride;
    for (uint32_t i = 0; i < count; i++) {
        ozi_table_prefetch(table, ((const ozi_entry *)(const void *)(entries + i * stride))->hash);
    }
    for (uint32_t i = 0; i < count && from->status == OZ_OK; i++) {
        const ozi_entry *entry = (const ozi_entry *)(const void *)(entries + i * stride);
        bool is_new = true;
        void *value;
        if (part != NULL && !ozi_part_has(part, entry->hash)) {
            continue;
        }
        if (ozi_key_points(&entry->key) || !ozi_entry_is_live(entry)) {
            ozi_unpack_fail(from, OZ_CORRUPT);
            return;
        }
        oz_status status = ozi_table_put(table, &entry->key, entry->hash, &value, &is_new);
        ozi_unpack_fail(from, status == OZ_OK && !is_new ? OZ_CORRUPT : status);
        if (from->status == OZ_OK) {
            memcpy(value, entry + 1, table->layout.size);
        }
    }
}

/* As many entries as the table had. */
static void
load_runs(oz_table *table, ozi_load *load, uint64_t left, const ozi_part *part)
{
    size_t room = (size_t)RUN * table->shape.stride;
    char *entries = ozi_alloc_new(table->alloc, room);
    ozi_unpack_fail(load->from, entries == NULL ? OZ_NO_MEMORY : OZ_OK);
    while (left > 0 && load->from->status == OZ_OK) {
        uint32_t count = ozi_unpack_u32(load->from);
        if (count > RUN || count > left) {
            ozi_unpack_fail(load->from, OZ_CORRUPT);
        } else if (count == 0) {
            load_entry(table, load, part);
            left--;
        } else {
            ozi_unpack_bytes(load->from, entries, (size_t)count * table->shape.stride);
            if (load->from->status == OZ_OK) {
                put_run(table, load->from, entries, count, part);
            }
            left -= count;
        }
    }
    ozi_alloc_free(table->alloc, entries, room);
}

/* ---- changes, put in their places ------------------------------------------------------------ */

/* An entry of which the key is new too, in the place of the one of that number, or behind all. */
static void
put_entry(oz_table *table, uint32_t number, ozi_load *load)
{
    oz_key key;
    ozi_unpack_key(load->from, &load->scratch, &key);
    load->hash = ozi_unpack_u64(load->from);
    if (load->from->status != OZ_OK) {
        return;
    }
    ozi_entry *entry;
    oz_status status = OZ_CORRUPT; /* a hole before it */
    if (load->passes) {
        number = table->dict.used;
    }
    if (number < table->dict.used) {
        entry = ozi_dict_at(&table->dict, &table->shape, number);
        table->kind->release(table, ozi_entry_value(entry));
        ozi_key_disown(&table->owner, &entry->key);
        status = ozi_dict_replace(&table->dict, &table->shape, number, &key, load->hash);
    } else if (number == table->dict.used) {
        status = ozi_dict_insert(&table->dict, &table->shape, &key, load->hash, &entry);
        table->count += status == OZ_OK;
    }
    ozi_unpack_fail(load->from, status);
    if (status == OZ_OK) {
        table->kind->load(table, ozi_entry_value(entry), load);
    }
    if (load->passes && load->from->status == OZ_OK) {
        ozi_table_take_out_number(table, number);
    }
}

static void
load_group(oz_table *table, ozi_load *load, uint64_t entries)
{
    char ignored[OZ_FIELDS_MAX * sizeof(int64_t)];
    uint32_t group = ozi_unpack_u32(load->from);
    uint64_t touched = ozi_unpack_u64(load->from);
    uint64_t whole = ozi_unpack_u64(load->from);
    uint64_t fields = touched & ~whole;
    bool is_plain = has_runs(table->public_kind, &table->layout);
    if ((whole & ~touched) != 0 || (uint64_t)group * OZI_CHANGES_GROUP >= entries ||
        (!is_plain && fields != 0)) {
        ozi_unpack_fail(load->from, OZ_CORRUPT);
    }
    while (fields != 0 && load->from->status == OZ_OK) {
        uint32_t number = next_of_group(group, &fields);
        bool is_there = number < table->dict.used;
        ozi_unpack_fail(load->from, is_there || load->passes ? OZ_OK : OZ_CORRUPT);
        ozi_unpack_bytes(load->from,
                         is_there
                             ? ozi_entry_value(ozi_dict_at(&table->dict, &table->shape, number))
                             : ignored,
                         table->layout.size);
    }
    while (whole != 0 && load->from->status == OZ_OK) {
        put_entry(table, next_of_group(group, &whole), load);
    }
}

static void
load_changes(oz_table *table, ozi_load *load, uint64_t entries)
{
    uint32_t groups = ozi_unpack_u32(load->from);
    while (load->from->status == OZ_OK && table->dict.used > entries) {
        ozi_table_take_out_number(table, table->dict.used - 1);
    }
    for (uint32_t i = 0; i < groups && load->from->status == OZ_OK; i++) {
        load_group(table, load, entries);
    }
    if (table->dict.used != entries && !load->passes) {
        ozi_unpack_fail(load->from, OZ_CORRUPT);
    }
}

/* ---- tables of another form, or none --------------------------------------------------------- */

/* The declaration that leads to such a head: a SCALAR where it says so, else numbers. */
static oz_table_decl
decl_of(const table_head *head)
{
    oz_table_decl decl = {.name = "gone", .kind = head->kind, .keyed = head->is_keyed};
    uint32_t at = 0;
    for (uint32_t i = 0, next = 0; i < OZ_FIELDS_MAX && at < head->layout.size; i++) {
        bool is_scalar = next < head->layout.scalar_count && head->layout.offsets[next] == at;
        decl.fields[i] = is_scalar ? OZ_FIELD_SCALAR : OZ_FIELD_INT64;
        at += is_scalar ? (uint32_t)sizeof(oz_scalar) : (uint32_t)sizeof(int64_t);
        next += is_scalar;
    }
    return decl;
}

/* A table of the same form, for what is read to be looked through. */
static oz_table *
make_twin(const oz_alloc *alloc, const oz_object_class *objects, const table_head *head,
          ozi_unpack *unpack)
{
    oz_table_decl decl = decl_of(head);
    oz_table *table = NULL;
    if (unpack->status == OZ_OK) {
        oz_status status = ozi_table_new(alloc, objects, &decl, &table);
        ozi_unpack_fail(unpack, status == OZ_INVALID ? OZ_CORRUPT : status);
    }
    if (table != NULL && !head_fits(table, head)) {
        ozi_unpack_fail(unpack, OZ_CORRUPT);
        ozi_table_free(&table);
    }
    return table;
}

/* The single value, of which this worker gets its part. */
static void
load_single(oz_table *table, const table_head *head, ozi_load *load, const ozi_part *part)
{
    bool is_queue = table->public_kind == OZ_TABLE_QUEUE;
    bool is_own = !is_queue && table->merge == NULL && part != NULL && part->file == part->worker;
    if (part == NULL || is_own) {
        table->kind->load(table, table->single, load);
        return;
    }
    oz_table *twin = make_twin(table->alloc, table->owner.objects, head, load->from);
    if (twin != NULL) {
        twin->kind->load(twin, twin->single, load);
        if (load->from->status == OZ_OK && is_queue) {
            ozi_unpack_fail(load->from, ozi_queue_take_part(table, twin, part));
        } else if (load->from->status == OZ_OK && table->merge != NULL) {
            table->merge(table->single, twin->single, part->file == 0);
        }
    }
    ozi_table_free(&twin);
}

/* What follows the head. Returns the number of entries. */
static uint64_t
load_body(oz_table *table, const table_head *head, ozi_unpack *unpack, const ozi_part *part,
          bool passes)
{
    ozi_load load = {.from = unpack,
                     .passes = passes,
                     .scratch = {.alloc = table->alloc},
                     .text = {.alloc = table->alloc}};
    if (unpack->status == OZ_OK && table->single != NULL) {
        load_single(table, head, &load, part);
    }
    uint64_t count = ozi_unpack_u64(unpack);
    if (part == NULL && !head->is_changes && unpack->status == OZ_OK) {
        ozi_unpack_fail(unpack, ozi_dict_reserve(&table->dict, &table->shape, count));
    }
    if (head->is_changes) {
        load_changes(table, &load, count);
    } else if (has_runs(table->public_kind, &table->layout)) {
        load_runs(table, &load, count, part);
    } else {
        for (uint64_t i = 0; i < count && unpack->status == OZ_OK; i++) {
            load_entry(table, &load, part);
        }
    }
    if (unpack->status != OZ_OK) {
        ozi_table_clear(table);
    }
    ozi_scratch_free(&load.scratch);
    ozi_scratch_free(&load.text);
    return count;
}

/* What the table has goes, but for the entries that changes go into. */
static void
make_way(oz_table *table, bool keeps_entries)
{
    if (keeps_entries) {
        ozi_table_clear_single(table);
    } else {
        ozi_table_clear(table);
    }
    ozi_changes_end(&table->changes, table->alloc);
}

void
ozi_table_load(oz_table *table, ozi_unpack *unpack, const ozi_part *part)
{
    table_head head = load_head(unpack);
    if (unpack->status == OZ_OK && !head_fits(table, &head)) {
        ozi_unpack_fail(unpack, OZ_INVALID);
    }
    if (head.is_changes && part != NULL) {
        ozi_unpack_fail(unpack, OZ_CORRUPT);
    }
    if (part == NULL) {
        make_way(table, head.is_changes);
    }
    (void)load_body(table, &head, unpack, part, false);
}

/* ---- from one table to another --------------------------------------------------------------- */

oz_status
ozi_table_twin(const oz_table *like, oz_table **out)
{
    const table_head head = {.kind = like->public_kind,
                             .is_keyed = like->is_keyed,
                             .layout = like->layout};
    oz_table_decl decl = decl_of(&head);
    decl.merge = like->merge;
    return ozi_table_new(like->alloc, like->owner.objects, &decl, out);
}

static oz_status
write_to(ozi_pack_memory *memory, oz_table *from)
{
    ozi_pack pack;
    OZ_TRY(ozi_pack_to_memory(memory, from->alloc, &pack));
    pack.is_unchecked = true;
    ozi_table_save(from, &pack, OZI_SAVE_ALL);
    return ozi_pack_finish(&pack);
}

static oz_status
read_from(ozi_pack_memory *memory, oz_table *table, const ozi_part *part)
{
    ozi_unpack unpack;
    OZ_TRY(ozi_unpack_from_memory(memory, table->alloc, &unpack));
    unpack.is_unchecked = true;
    ozi_table_load(table, &unpack, part);
    return ozi_unpack_finish(&unpack);
}

oz_status
ozi_table_take_part(oz_table *table, oz_table *from, const ozi_part *part)
{
    ozi_pack_memory memory;
    oz_status status = write_to(&memory, from);
    if (status == OZ_OK) {
        status = read_from(&memory, table, part);
    }
    ozi_vec_free(&memory.bytes);
    return status;
}

/* ---- tables that are gone -------------------------------------------------------------------- */

/* A value that was never written is nothing to miss. */
static bool
has_single_value(const oz_table *table)
{
    const char *bytes = table->single;
    bool is_value = bytes != NULL && table->public_kind == OZ_TABLE_VALUE;
    for (uint32_t i = 0; is_value && i < table->layout.size; i++) {
        if (bytes[i] != 0) {
            return true;
        }
    }
    return false;
}

int64_t
ozi_table_skip(const oz_alloc *alloc, const oz_object_class *objects, ozi_unpack *unpack)
{
    table_head head = load_head(unpack);
    oz_table *table = make_twin(alloc, objects, &head, unpack);
    int64_t count = 0;
    if (table != NULL) {
        int64_t entries = (int64_t)load_body(table, &head, unpack, NULL, true);
        bool is_queue = table->public_kind == OZ_TABLE_QUEUE;
        count = (is_queue ? table->count : entries) + (has_single_value(table) ? 1 : 0);
    }
    ozi_table_free(&table);
    return count;
}
