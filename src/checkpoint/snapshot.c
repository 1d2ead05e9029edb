/* The state of an instance, written down and read again. Drawn in snapshot.h. */
#include "checkpoint/snapshot.h"

#include "op/exchange.h"
#include "op/positions.h"
#include "state/groups.h"
#include "state/table.h"

enum { STRING_MAX_BYTES = 1 << 20, NODES_MAX = 1 << 20 };

/* ---- saving ---------------------------------------------------------------------------------- */

/* What is saved, and how. */
typedef struct saver {
    const ozi_engine *engine;
    ozi_pack *pack;
    ozi_save what;
    ozi_later *later;
    const ozi_part *part; /* not NULL: what is of others; `what` and `later` are not used */
    int64_t *entries;
} saver;

static void
save_tables(const saver *save, const oz_context *node, const ozi_node *plan)
{
    bool is_passed = save->part != NULL && (!ozi_node_moves(plan) || node->absent);
    uint32_t count = is_passed ? 0 : node->table_count;
    ozi_pack_u32(save->pack, count);
    for (uint32_t i = 0; i < count; i++) {
        ozi_pack_string(save->pack, node->op->tables[i].name);
        if (save->part == NULL) {
            ozi_table_save(node->tables[i], save->pack, save->what, save->later);
        } else {
            ozi_table_save_others(node->tables[i], save->part, save->pack, save->entries);
        }
    }
}

static void
save_positions(oz_context *node, ozi_pack *pack)
{
    const oz_source_verbs *source = node->op->source;
    uint32_t count = 0;
    uint32_t mine = 0;
    if (source != NULL && !node->absent && source->position != NULL &&
        source->partition_name != NULL) {
        ozi_pack_fail(pack, ozi_partitions_of(node, &count));
    }
    for (uint32_t i = 0; i < count; i++) {
        mine += ozi_exchange_reads(node, i);
    }
    ozi_pack_u32(pack, mine);
    for (uint32_t i = 0; i < count; i++) {
        if (ozi_exchange_reads(node, i)) {
            ozi_pack_string(pack, source->partition_name(node->state, i));
            ozi_pack_i64(pack, source->position(node->state, i));
        }
    }
}

static void
save_node(const saver *save, oz_context *node, const ozi_node *plan)
{
    ozi_pack *pack = save->pack;
    ozi_pack_string(pack, plan->id);
    ozi_pack_string(pack, plan->op->name);
    ozi_pack_u32(pack, plan->op->state_version);
    ozi_pack_u8(pack, (uint8_t)((node->ended ? OZI_SAVED_ENDED : 0) |
                                (node->absent ? OZI_SAVED_ABSENT : 0) |
                                (plan->place == OZI_PLACE_ONE ? OZI_SAVED_ONE : 0)));
    ozi_pack_i64(pack, node->watermark);
    ozi_pack_u32(pack, node->edge_count);
    for (uint32_t i = 0; i < node->edge_count; i++) {
        ozi_pack_i64(pack, node->watermarks[i]);
    }
    save_tables(save, node, plan);
    save_positions(node, pack);
}

/* Connectors set their timers when they are opened: to try again, to write what waits. */
static bool
keeps_timers(const oz_context *node)
{
    return !ozi_is_connector(node->op);
}

/* A queue step with due rows that it could not let go waits for no timer: let it have one. */
static void
save_timers(const ozi_engine *engine, ozi_pack *pack)
{
    const ozi_timer *timers;
    size_t count = 0;
    ozi_vec list;
    ozi_vec_init(&list, engine->alloc, sizeof *timers);
    ozi_pack_fail(pack, ozi_timers_list(&engine->timers, &list));
    timers = list.items;
    for (size_t i = 0; i < list.count; i++) {
        count += keeps_timers(timers[i].node);
    }
    ozi_pack_u32(pack, (uint32_t)count + engine->stalled_count);
    for (uint32_t i = 0; i < engine->node_count; i++) {
        if ((engine->nodes[i]->attention & OZI_STALLED) != 0) {
            ozi_pack_u32(pack, i);
            ozi_pack_i64(pack, OZI_QUEUE_TIMER);
            ozi_pack_i64(pack, engine->now_ns);
        }
    }
    for (size_t i = 0; i < list.count; i++) {
        const oz_context *node = timers[i].node;
        if (keeps_timers(node)) {
            ozi_pack_u32(pack, node->id);
            ozi_pack_i64(pack, timers[i].id);
            ozi_pack_i64(pack, timers[i].at_ns);
        }
    }
    ozi_vec_free(&list);
}

static void
save_all(const saver *save, const oz_graph *graph, oz_context **failed)
{
    const ozi_engine *engine = save->engine;
    ozi_pack *pack = save->pack;
    *failed = NULL;
    ozi_pack_i64(pack, engine->now_ns);
    ozi_pack_i64(pack, engine->io->wall_ns(engine->io->self));
    ozi_pack_u32(pack, engine->exchange == NULL ? 1 : engine->exchange->owners.workers);
    ozi_pack_u32(pack, engine->node_count);
    for (uint32_t i = 0; i < engine->node_count && pack->status == OZ_OK; i++) {
        save_node(save, engine->nodes[i], &graph->nodes[i]);
        *failed = pack->status == OZ_OK ? NULL : engine->nodes[i];
    }
    save_timers(engine, pack);
}

void
ozi_snapshot_save(const ozi_engine *engine, const oz_graph *graph, ozi_save what, ozi_pack *pack,
                  ozi_later *later, oz_context **failed)
{
    const saver save = {.engine = engine, .pack = pack, .what = what, .later = later};
    save_all(&save, graph, failed);
}

void
ozi_snapshot_save_others(const ozi_engine *engine, const oz_graph *graph, const ozi_part *part,
                         ozi_pack *pack, int64_t *entries, oz_context **failed)
{
    const saver save = {.engine = engine, .pack = pack, .part = part, .entries = entries};
    save_all(&save, graph, failed);
    ozi_later_end(pack); /* no entries come later */
}

oz_context *
ozi_snapshot_failed(const ozi_engine *engine)
{
    for (uint32_t i = 0; i < engine->node_count; i++) {
        oz_context *node = engine->nodes[i];
        for (uint32_t j = 0; j < node->table_count; j++) {
            if (node->tables[j]->capture.has_failed) {
                return node;
            }
        }
    }
    return NULL;
}

/* ---- loading --------------------------------------------------------------------------------- */

/* A table whose entries come later, and what is then to be done with it. */
typedef struct postponed {
    oz_table *table;
    oz_table *into; /* gets its part of it; NULL: it is where it should be */
    bool is_passed; /* nobody has it: it is freed */
} postponed;

typedef struct loader {
    ozi_engine *engine;
    const oz_graph *graph;
    oz_context *const *nodes;
    const ozi_snapshot_options *options;
    ozi_part part;   /* what belongs to this worker */
    uint32_t owners; /* workers that shared the keys when it was saved */
    ozi_unpack *from;
    oz_error *error;
    oz_context **by_saved; /* saved number -> node; NULL: it is gone */
    uint32_t saved_count;
    ozi_later_groups later;
    ozi_groups groups[OZI_LATER_MAX];
    postponed postponed[OZI_LATER_MAX]; /* beside them */
} loader;

/* A node as it was saved, up to its tables. */
typedef struct saved_node {
    char *id;
    char *op;
    uint32_t state_version;
    bool ended;
    bool was_one;    /* it stood on worker 0 alone */
    bool is_foreign; /* nothing in this file is for the node */
    bool is_whole;   /* all of it is */
    int64_t watermark;
} saved_node;

static void
free_string(const loader *load, char *string)
{
    ozi_alloc_free(load->engine->alloc, string, string == NULL ? 0 : strlen(string) + 1);
}

static oz_context *
find_node(const loader *load, const saved_node *saved, const ozi_node **plan)
{
    for (uint32_t i = 0; i < load->graph->node_count; i++) {
        if (strcmp(load->graph->nodes[i].id, saved->id) == 0) {
            *plan = &load->graph->nodes[i];
            return load->nodes[i];
        }
    }
    return NULL;
}

/*
 * A worker of as many as before goes on with its own file; a step on worker 0 with that of 0. Of a
 * job that has just shrunk there are files of workers that had nothing left.
 */
static bool
is_alike(const loader *load)
{
    uint32_t workers = load->part.owners->workers;
    return load->part.files == workers && load->owners == workers;
}

/*
 * What a step had when it ended has been given on: with another number of workers, of which some
 * had not come so far, it does not begin again.
 */
static void
apportion(const loader *load, const oz_context *node, const ozi_node *plan, saved_node *saved)
{
    if (node == NULL) {
        return;
    }
    bool is_one =
        plan->place == OZI_PLACE_ONE || (saved->was_one && load->part.owners->workers == 1);
    saved->is_whole = is_one || is_alike(load);
    uint32_t file = is_one ? 0 : load->part.worker;
    saved->is_foreign |= node->absent || (saved->is_whole && load->part.file != file) ||
                         (!saved->is_whole && saved->ended);
}

/* ---- tables that are put together first ------------------------------------------------------ */

typedef struct twin {
    const oz_table *of;
    oz_table *table;
} twin;

void
ozi_twins_init(ozi_twins *twins, const oz_alloc *alloc)
{
    ozi_vec_init(&twins->list, alloc, sizeof(twin));
}

void
ozi_twins_free(ozi_twins *twins)
{
    twin *items = twins->list.items;
    for (size_t i = 0; i < twins->list.count; i++) {
        ozi_table_free(&items[i].table);
    }
    ozi_vec_free(&twins->list);
}

/* The twin of a table, made when there is none; NULL, and latched, without memory. */
static oz_table *
twin_of(const loader *load, const oz_table *table)
{
    ozi_vec *list = &load->options->twins->list;
    const twin *items = list->items;
    for (size_t i = 0; i < list->count; i++) {
        if (items[i].of == table) {
            return items[i].table;
        }
    }
    twin made = {.of = table};
    oz_status status = ozi_table_twin(table, &made.table);
    status = status == OZ_OK ? ozi_vec_append(list, &made, 1) : status;
    if (status != OZ_OK) {
        ozi_table_free(&made.table);
        ozi_unpack_fail(load->from, status);
    }
    return made.table;
}

static void
take_part(const loader *load, oz_table *table, oz_table *from)
{
    if (load->from->status == OZ_OK) {
        ozi_unpack_fail(load->from, ozi_table_take_part(table, from, &load->part));
    }
}

/* Reads a table; what is to be done with it then is done when its entries have come. */
static void
load_into(loader *load, oz_table *table, const ozi_part *part, oz_table *into)
{
    uint32_t before = load->later.count;
    ozi_table_load(table, load->from, part, &load->later);
    if (load->later.count > before) {
        load->postponed[before] = (postponed){.table = table, .into = into};
    } else if (into != NULL) {
        take_part(load, into, table);
    }
}

/*
 * The part of this worker, of what another number of workers had. Changes go into the whole of a
 * table: so it is put together aside.
 */
static void
load_part(loader *load, oz_table *table)
{
    if (load->options->twins == NULL) {
        load_into(load, table, &load->part, NULL);
        return;
    }
    oz_table *twin = twin_of(load, table);
    if (twin != NULL) {
        load_into(load, twin, NULL, load->options->is_last ? table : NULL);
    }
}

static void
load_own(loader *load, oz_table *table, bool is_whole)
{
    if (is_whole) {
        load_into(load, table, NULL, NULL);
    } else {
        load_part(load, table);
    }
}

/* A table for nobody; how many entries it has. */
static int64_t
skip_table(loader *load)
{
    int64_t count = 0;
    uint32_t before = load->later.count;
    oz_table *table = ozi_table_skip(load->engine->alloc, load->engine->objects, load->from, &count,
                                     &load->later);
    if (table != NULL) {
        load->postponed[before] = (postponed){.table = table, .is_passed = true};
    }
    return count;
}

/* The entries that come later. */
static void
load_later(loader *load)
{
    if (load->from->status == OZ_OK) {
        ozi_later_load(&load->later, load->from);
    }
    for (uint32_t i = 0; i < load->later.count; i++) {
        postponed *of = &load->postponed[i];
        if (of->into != NULL) {
            take_part(load, of->into, of->table);
        }
        if (of->is_passed) {
            ozi_table_free(&of->table);
        }
    }
}

/* Fills a table of the node, or drops what belonged to one that is gone. */
static oz_status
load_table(loader *load, oz_context *node, const saved_node *saved)
{
    char *name = ozi_unpack_string(load->from, STRING_MAX_BYTES, NULL);
    uint32_t at = 0;
    OZ_TRY(load->from->status);
    while (node != NULL && at < node->table_count && strcmp(node->op->tables[at].name, name) != 0) {
        at++;
    }
    int64_t dropped = 0;
    if (node != NULL && at < node->table_count && !saved->is_foreign) {
        load_own(load, node->tables[at], saved->is_whole);
    } else {
        dropped = skip_table(load);
        dropped = saved->is_foreign || !load->options->is_last ? 0 : dropped;
    }
    oz_status status = load->from->status;
    if (status == OZ_INVALID) {
        status = oz_error_set(load->error, OZ_REFUSED,
                              "table \"%s\" of step \"%s\" is another one now", name, saved->id);
    } else if (status == OZ_OK && dropped > 0 && !load->options->drops) {
        status = oz_error_set(load->error, OZ_REFUSED,
                              "the state has %lld entries of step \"%s\", table \"%s\", which "
                              "the program does not have any more; draw it as before, or allow "
                              "its state to be dropped (allow_dropped_state)",
                              (long long)dropped, saved->id, name);
    }
    free_string(load, name);
    return status;
}

static oz_status
load_positions(loader *load, oz_context *node, const saved_node *saved)
{
    uint32_t count = ozi_unpack_u32(load->from);
    for (uint32_t i = 0; i < count && load->from->status == OZ_OK; i++) {
        char *name = ozi_unpack_string(load->from, STRING_MAX_BYTES, NULL);
        int64_t position = ozi_unpack_i64(load->from);
        bool is_good = load->from->status == OZ_OK && load->options->is_last;
        if (is_good && node == NULL && !load->options->drops) {
            oz_status status = oz_error_set(
                load->error, OZ_REFUSED,
                "the state says how far step \"%s\" has read '%s', but the program does not have "
                "it "
                "any more; draw it as before, or allow its state to be dropped "
                "(allow_dropped_state)",
                saved->id, name);
            free_string(load, name);
            return status;
        }
        if (is_good && node != NULL && !node->absent && name != NULL) {
            ozi_unpack_fail(load->from, ozi_positions_add(node, name, position));
        }
        free_string(load, name);
    }
    return load->from->status;
}

/* Of several files the least; exchanges begin anew, but for how far event time has come. */
static void
load_marks(loader *load, oz_context *node, const saved_node *saved)
{
    bool is_first = node != NULL && !node->restored;
    bool is_used = load->options->is_last && node != NULL && !node->absent &&
                   !(saved->is_whole && saved->is_foreign);
    bool is_exchange = node != NULL && (node->op == &ozi_op_send || node->op == &ozi_op_receive);
    uint32_t count = ozi_unpack_u32(load->from);
    for (uint32_t i = 0; i < count && load->from->status == OZ_OK; i++) {
        int64_t watermark = ozi_unpack_i64(load->from);
        if (is_used && i < node->edge_count && (is_first || watermark < node->watermarks[i])) {
            node->watermarks[i] = watermark;
        }
    }
    if (is_used) {
        bool is_less = is_first || saved->watermark < node->watermark;
        node->watermark = is_less ? saved->watermark : node->watermark;
        node->ended = saved->ended && (is_first || node->ended) && !is_exchange;
        node->restored = true;
    }
}

static oz_status
check_operator(const loader *load, const oz_context *node, const saved_node *saved)
{
    if (node == NULL || (strcmp(node->op->name, saved->op) == 0 &&
                         node->op->state_version == saved->state_version)) {
        return OZ_OK;
    }
    return oz_error_set(load->error, OZ_REFUSED,
                        "step \"%s\" is \"%s\" (state version %u) in the state, and \"%s\" (%u) in "
                        "the program; name it otherwise, or begin anew",
                        saved->id, saved->op, saved->state_version, node->op->name,
                        node->op->state_version);
}

static oz_status
load_body(loader *load, oz_context *node, const saved_node *saved)
{
    OZ_TRY(check_operator(load, node, saved));
    load_marks(load, node, saved);
    uint32_t tables = ozi_unpack_u32(load->from);
    for (uint32_t i = 0; i < tables && load->from->status == OZ_OK; i++) {
        OZ_TRY(load_table(load, node, saved));
    }
    return load_positions(load, node, saved);
}

static oz_status
load_node(loader *load, uint32_t number)
{
    saved_node saved;
    saved.id = ozi_unpack_string(load->from, STRING_MAX_BYTES, NULL);
    saved.op = ozi_unpack_string(load->from, STRING_MAX_BYTES, NULL);
    saved.state_version = ozi_unpack_u32(load->from);
    saved.is_whole = false;
    uint8_t flags = ozi_unpack_u8(load->from);
    saved.ended = (flags & OZI_SAVED_ENDED) != 0;
    saved.was_one = (flags & OZI_SAVED_ONE) != 0;
    saved.is_foreign = (flags & OZI_SAVED_ABSENT) != 0;
    saved.watermark = ozi_unpack_i64(load->from);
    oz_status status = load->from->status;
    if (status == OZ_OK && (saved.id == NULL || saved.op == NULL)) {
        status = OZ_CORRUPT;
    }
    if (status == OZ_OK) {
        const ozi_node *plan = NULL;
        oz_context *node = find_node(load, &saved, &plan);
        if (load->options->is_move && node != NULL && !ozi_node_moves(plan)) {
            node = NULL; /* it has what it had: what is said of it is read past */
        }
        apportion(load, node, plan, &saved);
        load->by_saved[number] = saved.is_foreign ? NULL : node;
        status = load_body(load, node, &saved);
    }
    free_string(load, saved.id);
    free_string(load, saved.op);
    return status;
}

/* Of several files the earliest of each; a step that is called for nothing looks again. */
static oz_status
set_timer(const loader *load, oz_context *node, int64_t id, int64_t at_ns)
{
    ozi_timers *timers = &load->engine->timers;
    int64_t earlier_ns = ozi_timers_at(timers, node, id);
    return ozi_timers_set(timers, node, id, earlier_ns < at_ns ? earlier_ns : at_ns);
}

static oz_status
load_timers(loader *load)
{
    uint32_t count = ozi_unpack_u32(load->from);
    for (uint32_t i = 0; i < count && load->from->status == OZ_OK; i++) {
        uint32_t number = ozi_unpack_u32(load->from);
        int64_t id = ozi_unpack_i64(load->from);
        int64_t at_ns = ozi_unpack_i64(load->from);
        OZ_TRY(load->from->status);
        if (number >= load->saved_count) {
            return OZ_CORRUPT;
        }
        if (load->options->is_last && load->by_saved[number] != NULL) {
            OZ_TRY(set_timer(load, load->by_saved[number], id, at_ns));
        }
    }
    return load->from->status;
}

/* The clock goes on from the saved time; what has passed since then counts, but never backwards. */
static void
load_clock(loader *load)
{
    const oz_io *io = load->engine->io;
    int64_t now_ns = ozi_unpack_i64(load->from);
    int64_t wall_ns = ozi_unpack_i64(load->from);
    load->owners = ozi_unpack_u32(load->from);
    int64_t passed_ns = io->wall_ns(io->self) - wall_ns;
    uint32_t file = is_alike(load) ? load->part.worker : 0;
    bool is_used = load->options->is_last && !load->options->keeps_clock;
    if (load->from->status == OZ_OK && is_used && load->part.file == file) {
        load->engine->now_ns = now_ns + (passed_ns < 0 ? 0 : passed_ns);
        load->engine->clock_ahead_ns = load->engine->now_ns - io->now_ns(io->self);
    }
}

static oz_status
load_all(loader *load)
{
    for (uint32_t i = 0; i < load->saved_count; i++) {
        OZ_TRY(load_node(load, i));
    }
    return load_timers(load);
}

oz_status
ozi_snapshot_load(ozi_engine *engine, const oz_graph *graph, oz_context *const *nodes,
                  const ozi_snapshot_options *options, ozi_unpack *unpack, oz_error *error)
{
    loader load = {.engine = engine,
                   .graph = graph,
                   .nodes = nodes,
                   .options = options,
                   .part = options->part,
                   .from = unpack,
                   .error = error};
    load_clock(&load);
    load.saved_count = ozi_unpack_u32(unpack);
    if (load.saved_count > NODES_MAX) {
        ozi_unpack_fail(unpack, OZ_CORRUPT);
    }
    OZ_TRY(unpack->status);
    size_t bytes = ((size_t)load.saved_count + 1) * sizeof *load.by_saved;
    load.by_saved = ozi_alloc_zero(engine->alloc, bytes);
    load.later.items = load.groups;
    oz_status status = load.by_saved == NULL ? OZ_NO_MEMORY : load_all(&load);
    ozi_unpack_fail(unpack, status == OZ_REFUSED ? OZ_CLOSED : status);
    load_later(&load);
    status = status == OZ_OK ? unpack->status : status;
    ozi_alloc_free(engine->alloc, load.by_saved, bytes);
    if (status != OZ_REFUSED) {
        ozi_unpack_fail(unpack, status); /* the store says what is wrong with the file */
    }
    return status;
}
