/*
 * Tables written down and read again.
 *
 *     table    | u8 kind | u8 keyed | u8 fields | u8 field, ... | u8 what |
 *              | the single value, of kinds that have one | u64 entries |
 *              | unless they come later: group, ... | u32 OZI_GROUPS_END |
 *     later    | u32 number of the table | group |, ... | u32 OZI_GROUPS_END |
 *     what     0: all entries, 1: those that have changed; what was there and has no number among
 *              the entries any more is gone; 2 and 3: the same, but they come later
 *     group    drawn in groups.h
 *     value    VALUE and MAP: the fields, a number as 8 bytes, a SCALAR as packed.h draws it
 *              LIST    | u32 length | scalar, ... |
 *              MAP     | u32 sub-keys | key, fields | ...
 *              QUEUE   | u32 items | u8 is a batch | i64 due, or watermark | batch | ...
 *
 * Tables whose entries come later are numbered as they come: what is "later" in a state file stands
 * behind all else, because such a table is written while it changes (capture.h).
 *
 * Hashes are stored, because the seed of the job is stored too: restoring computes none.
 */
#include "base/pack_memory.h"
#include "state/groups.h"
#include "state/table.h"

enum { CHANGES = 1, LATER = 2 }; /* bits of "what" */

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
    uint32_t fields = 0;
    while (table->fields[fields] != OZ_FIELD_END) {
        fields++;
    }
    ozi_pack_u8(pack, (uint8_t)table->public_kind);
    ozi_pack_u8(pack, table->is_keyed);
    ozi_pack_u8(pack, (uint8_t)fields);
    for (uint32_t i = 0; i < fields; i++) {
        ozi_pack_u8(pack, (uint8_t)table->fields[i]);
    }
}

static void
save_groups(oz_table *table, bool is_all, ozi_pack *pack)
{
    const ozi_changes *changes = &table->changes;
    uint32_t used = table->dict.used;
    for (uint32_t group = 0; (uint64_t)group * OZI_CHANGES_GROUP < used; group++) {
        uint64_t placed = is_all ? ozi_changes_first(used - group * OZI_CHANGES_GROUP)
                                 : ozi_changes_of(changes->placed, group, used);
        uint64_t touched = is_all ? placed : ozi_changes_of(changes->touched, group, used);
        if (touched != 0) {
            ozi_group_save(table, group, touched, placed, pack);
        }
    }
    ozi_pack_u32(pack, (uint32_t)OZI_GROUPS_END);
}

void
ozi_table_save(oz_table *table, ozi_pack *pack, ozi_save what, ozi_later *later)
{
    bool is_all = what == OZI_SAVE_ALL || table->changes.touched == NULL;
    bool is_later = later != NULL && table->dict.used >= later->entries_min &&
                    later->count < OZI_LATER_MAX &&
                    ozi_capture_begin(table, is_all, pack, later->count);
    save_head(table, pack);
    ozi_pack_u8(pack, (uint8_t)((is_all ? 0 : CHANGES) | (is_later ? LATER : 0)));
    if (table->single != NULL) {
        table->kind->save(table, table->single, pack);
    }
    ozi_pack_u64(pack, table->dict.used);
    if (is_later) {
        later->tables[later->count++] = table;
    } else {
        save_groups(table, is_all, pack);
        ozi_changes_begin(&table->changes, table->alloc, table->dict.used);
    }
}

/* Whether an entry is to be written for others. */
static inline bool
is_of_others(const oz_table *table, const ozi_part *part, uint32_t number)
{
    const ozi_entry *entry = ozi_dict_at(&table->dict, &table->shape, number);
    return table->is_broadcast ? part->worker == 0 : !ozi_part_has(part, entry->hash);
}

void
ozi_table_save_others(oz_table *table, const ozi_part *part, ozi_pack *pack, int64_t *entries)
{
    uint32_t used = table->dict.used;
    save_head(table, pack);
    ozi_pack_u8(pack, 0);
    if (table->single != NULL) {
        table->kind->save(table, table->single, pack);
    }
    ozi_pack_u64(pack, used);
    for (uint32_t first = 0; first < used; first += OZI_CHANGES_GROUP) {
        uint64_t others = 0;
        for (uint32_t i = 0; i < OZI_CHANGES_GROUP && first + i < used; i++) {
            others |= (uint64_t)is_of_others(table, part, first + i) << i;
        }
        if (others != 0) {
            ozi_group_save(table, first / OZI_CHANGES_GROUP, others, others, pack);
            *entries += __builtin_popcountll(others);
        }
    }
    ozi_pack_u32(pack, (uint32_t)OZI_GROUPS_END);
}

void
ozi_table_drop_others(oz_table *table, const ozi_part *part)
{
    if (table->single != NULL) {
        ozi_table_clear_single(table);
    }
    for (uint32_t number = table->dict.used; number-- > 0;) {
        const ozi_entry *entry = ozi_dict_at(&table->dict, &table->shape, number);
        if (!ozi_part_has(part, entry->hash)) {
            ozi_table_take_out_number(table, number);
        }
    }
}

bool
ozi_later_slice(ozi_later *later, uint32_t groups)
{
    while (later->done < later->count && ozi_capture_slice(later->tables[later->done], groups)) {
        later->done++;
    }
    return later->done == later->count;
}

void
ozi_later_end(ozi_pack *pack)
{
    ozi_pack_u32(pack, (uint32_t)OZI_GROUPS_END);
}

/* ---- heads ----------------------------------------------------------------------------------- */

typedef struct table_head {
    oz_table_decl decl; /* kind, keyed and fields */
    bool is_changes;
    bool is_later;
} table_head;

static table_head
load_head(ozi_unpack *from)
{
    table_head head = {.decl = {.name = "saved"}};
    head.decl.kind = (oz_table_kind)ozi_unpack_u8(from);
    head.decl.keyed = ozi_unpack_u8(from) != 0;
    uint8_t fields = ozi_unpack_u8(from);
    if (fields > OZ_FIELDS_MAX) {
        ozi_unpack_fail(from, OZ_CORRUPT);
        fields = 0;
    }
    for (uint32_t i = 0; i < fields; i++) {
        head.decl.fields[i] = (oz_field)ozi_unpack_u8(from);
    }
    uint8_t what = ozi_unpack_u8(from);
    head.is_changes = (what & CHANGES) != 0;
    head.is_later = (what & LATER) != 0;
    return head;
}

/* Is it the head of a table that is declared as this one? */
static bool
head_fits(const oz_table *table, const table_head *head)
{
    return head->decl.kind == table->public_kind && head->decl.keyed == table->is_keyed &&
           memcmp(head->decl.fields, table->fields, sizeof table->fields) == 0;
}

/* ---- tables of another form, or none --------------------------------------------------------- */

oz_table_decl
ozi_table_decl(const oz_table *table, const char *name)
{
    oz_table_decl decl = {.name = name,
                          .kind = table->public_kind,
                          .keyed = table->is_keyed,
                          .merge = table->merge,
                          .broadcast = table->is_broadcast};
    memcpy(decl.fields, table->fields, sizeof decl.fields);
    return decl;
}

/* A table of the same form, for what is read to be looked through. */
static oz_table *
make_twin(const oz_alloc *alloc, const oz_object_class *objects, const table_head *head,
          ozi_unpack *unpack)
{
    oz_table *table = NULL;
    if (unpack->status == OZ_OK) {
        oz_status status = ozi_table_new(alloc, objects, &head->decl, &table);
        ozi_unpack_fail(unpack, status == OZ_INVALID ? OZ_CORRUPT : status);
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

static void
begin_load(ozi_load *load, const oz_table *table, ozi_unpack *unpack)
{
    *load = (ozi_load){.from = unpack,
                       .scratch = {.alloc = table->alloc},
                       .text = {.alloc = table->alloc}};
}

static void
end_load(ozi_load *load)
{
    ozi_scratch_free(&load->scratch);
    ozi_scratch_free(&load->text);
}

/* What follows the head, but for entries that come later. */
static void
load_body(const table_head *head, ozi_groups *groups, ozi_unpack *unpack)
{
    ozi_load load;
    oz_table *table = groups->table;
    begin_load(&load, table, unpack);
    if (unpack->status == OZ_OK && table->single != NULL) {
        load_single(table, head, &load, groups->part);
    }
    groups->entries = ozi_unpack_u64(unpack);
    ozi_groups_begin(groups, unpack);
    for (uint32_t group; !head->is_later && unpack->status == OZ_OK &&
                         (group = ozi_unpack_u32(unpack)) != (uint32_t)OZI_GROUPS_END;) {
        ozi_group_load(groups, group, &load);
    }
    if (!head->is_later) {
        ozi_groups_end(groups, unpack);
    }
    end_load(&load);
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

/* Those that come later are added to `later`; without one they may not. */
static void
note_later(const table_head *head, const ozi_groups *groups, ozi_unpack *unpack,
           ozi_later_groups *later)
{
    if (!head->is_later || unpack->status != OZ_OK) {
        return;
    }
    if (later == NULL || later->count == OZI_LATER_MAX) {
        ozi_unpack_fail(unpack, OZ_CORRUPT);
    } else {
        later->items[later->count++] = *groups;
    }
}

/* Of a broadcast table all of what worker 0 had, and nothing of the others. */
static const ozi_part *
part_of(const oz_table *table, const ozi_part *part)
{
    static const ozi_owners WORKER_0 = {.workers = 1};
    static const ozi_part ALL = {.files = 1, .owners = &WORKER_0};
    static const ozi_part NONE = {.files = 1, .worker = 1, .owners = &WORKER_0};
    return part == NULL || !table->is_broadcast ? part : part->file == 0 ? &ALL : &NONE;
}

/* What follows the head. */
static void
load_table(oz_table *table, const table_head *head, ozi_unpack *unpack, const ozi_part *part,
           ozi_later_groups *later)
{
    ozi_groups groups = {.table = table, .part = part_of(table, part)};
    if (head->is_changes && part != NULL) {
        ozi_unpack_fail(unpack, OZ_CORRUPT);
    }
    if (part == NULL) {
        make_way(table, head->is_changes);
    }
    load_body(head, &groups, unpack);
    note_later(head, &groups, unpack, later);
    if (unpack->status != OZ_OK) {
        ozi_table_clear(table);
    }
}

void
ozi_table_load(oz_table *table, ozi_unpack *unpack, const ozi_part *part, ozi_later_groups *later)
{
    table_head head = load_head(unpack);
    if (unpack->status == OZ_OK && !head_fits(table, &head)) {
        ozi_unpack_fail(unpack, OZ_INVALID);
    }
    load_table(table, &head, unpack, part, later);
}

void
ozi_table_read(oz_table **table, const oz_alloc *alloc, const oz_object_class *objects,
               ozi_unpack *unpack, ozi_later_groups *later)
{
    table_head head = load_head(unpack);
    if (*table == NULL && !head.is_changes) {
        *table = make_twin(alloc, objects, &head, unpack);
    }
    if (unpack->status == OZ_OK && (*table == NULL || !head_fits(*table, &head))) {
        ozi_unpack_fail(unpack, OZ_CORRUPT);
    }
    if (*table != NULL) {
        load_table(*table, &head, unpack, NULL, later);
    }
}

void
ozi_later_load(ozi_later_groups *later, ozi_unpack *unpack)
{
    ozi_load loads[OZI_LATER_MAX];
    for (uint32_t i = 0; i < later->count; i++) {
        begin_load(&loads[i], later->items[i].table, unpack);
    }
    while (unpack->status == OZ_OK) {
        uint32_t number = ozi_unpack_u32(unpack);
        if (number == (uint32_t)OZI_GROUPS_END || unpack->status != OZ_OK) {
            break;
        }
        uint32_t group = ozi_unpack_u32(unpack);
        if (number < later->count) {
            ozi_group_load(&later->items[number], group, &loads[number]);
        } else {
            ozi_unpack_fail(unpack, OZ_CORRUPT);
        }
    }
    for (uint32_t i = 0; i < later->count; i++) {
        ozi_groups_end(&later->items[i], unpack);
        end_load(&loads[i]);
    }
    for (uint32_t i = 0; i < later->count && unpack->status != OZ_OK; i++) {
        ozi_table_clear(later->items[i].table);
    }
}

/* ---- from one table to another --------------------------------------------------------------- */

oz_status
ozi_table_twin(const oz_table *like, oz_table **out)
{
    oz_table_decl decl = ozi_table_decl(like, "twin");
    decl.broadcast = false; /* it gets all of it */
    return ozi_table_new(like->alloc, like->owner.objects, &decl, out);
}

static oz_status
write_to(ozi_pack_memory *memory, oz_table *from)
{
    ozi_pack pack;
    OZ_TRY(ozi_pack_to_memory(memory, from->alloc, &pack));
    pack.is_unchecked = true;
    ozi_table_save(from, &pack, OZI_SAVE_ALL, NULL);
    return ozi_pack_finish(&pack);
}

static oz_status
read_from(ozi_pack_memory *memory, oz_table *table, const ozi_part *part)
{
    ozi_unpack unpack;
    OZ_TRY(ozi_unpack_from_memory(memory, table->alloc, &unpack));
    unpack.is_unchecked = true;
    ozi_table_load(table, &unpack, part, NULL);
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

oz_table *
ozi_table_skip(const oz_alloc *alloc, const oz_object_class *objects, ozi_unpack *unpack,
               int64_t *count, ozi_later_groups *later)
{
    table_head head = load_head(unpack);
    oz_table *table = make_twin(alloc, objects, &head, unpack);
    *count = 0;
    if (table != NULL) {
        ozi_groups groups = {.table = table, .passes = true};
        load_body(&head, &groups, unpack);
        note_later(&head, &groups, unpack, later);
        bool is_queue = table->public_kind == OZ_TABLE_QUEUE;
        *count =
            (is_queue ? table->count : (int64_t)groups.entries) + (has_single_value(table) ? 1 : 0);
    }
    if (!head.is_later || unpack->status != OZ_OK) {
        ozi_table_free(&table);
    }
    return table;
}
