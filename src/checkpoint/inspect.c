/* Looking into a state folder. The stream that is read here is drawn in snapshot.h. */
#include "ouzel/inspect.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/io_error.h"
#include "base/vec.h"
#include "checkpoint/snapshot.h"
#include "checkpoint/store.h"
#include "state/groups.h"

/*
 * A running job may replace what is being read: so often it is tried anew. Checkpoints are further
 * apart than it takes to open some files.
 */
enum { TRIES = 20 };
enum { STRING_MAX_BYTES = 1 << 20, STEPS_MAX = 1 << 20 };

typedef struct inspection {
    oz_inspection shown; /* the first: what is handed out */
    const oz_alloc *alloc;
    ozi_vec files; /* oz_inspected_file; their names lie in `store` */
    ozi_vec steps; /* oz_inspected_step */
    ozi_store store;
} inspection;

/* A file that is being read. */
typedef struct reading {
    inspection *into;
    const oz_object_class *objects;
    ozi_unpack *from;
    uint32_t worker;
    bool is_first; /* of its chain: what comes then has changed */
    size_t step;   /* the next of the steps that are there already */
    ozi_later_groups later;
    ozi_groups groups[OZI_LATER_MAX];
} reading;

/* ---- memory ---------------------------------------------------------------------------------- */

static void
free_text(const oz_alloc *alloc, char *text)
{
    ozi_alloc_free(alloc, text, text == NULL ? 0 : strlen(text) + 1);
}

static void
free_step(const oz_alloc *alloc, oz_inspected_step *step)
{
    for (uint32_t i = 0; i < step->table_count; i++) {
        free_text(alloc, step->tables[i].name);
        ozi_table_free(&step->tables[i].table);
    }
    for (uint32_t i = 0; i < step->position_count; i++) {
        free_text(alloc, step->positions[i].partition);
    }
    ozi_alloc_free(alloc, step->tables, step->table_count * sizeof *step->tables);
    ozi_alloc_free(alloc, step->positions, step->position_count * sizeof *step->positions);
    free_text(alloc, step->id);
    free_text(alloc, step->op);
}

static void
forget(inspection *made)
{
    oz_inspected_step *steps = made->steps.items;
    for (size_t i = 0; i < made->steps.count; i++) {
        free_step(made->alloc, &steps[i]);
    }
    ozi_vec_free(&made->steps);
    ozi_vec_free(&made->files);
    ozi_store_close(&made->store);
}

void
oz_inspection_free(oz_inspection **shown)
{
    inspection *made = (inspection *)*shown;
    if (made != NULL) {
        *shown = NULL;
        forget(made);
        ozi_alloc_free(made->alloc, made, sizeof *made);
    }
}

/* ---- a step ---------------------------------------------------------------------------------- */

static char *
read_text(reading *read)
{
    char *text = ozi_unpack_string(read->from, STRING_MAX_BYTES, NULL);
    if (text == NULL) {
        ozi_unpack_fail(read->from, OZ_CORRUPT);
    }
    return text;
}

/* How many there are; as they were in the file before, in one that is not the first. */
static uint32_t
read_count(reading *read, uint32_t before)
{
    uint32_t count = ozi_unpack_u32(read->from);
    bool is_good = count <= STEPS_MAX && (read->is_first || count == before);
    if (!is_good) {
        ozi_unpack_fail(read->from, OZ_CORRUPT);
    }
    return read->from->status == OZ_OK ? count : 0;
}

/* Room for `count` zeroed items; NULL, and latched, without memory. */
static void *
make_items(reading *read, uint32_t count, size_t size)
{
    void *items = count == 0 ? NULL : ozi_alloc_zero(read->into->alloc, count * size);
    if (items == NULL && count > 0) {
        ozi_unpack_fail(read->from, OZ_NO_MEMORY);
    }
    return items;
}

static void
read_tables(reading *read, oz_inspected_step *step)
{
    uint32_t count = read_count(read, step->table_count);
    if (read->is_first) {
        step->tables = make_items(read, count, sizeof *step->tables);
        step->table_count = step->tables == NULL ? 0 : count;
    }
    for (uint32_t i = 0; i < step->table_count && read->from->status == OZ_OK; i++) {
        oz_inspected_table *table = &step->tables[i];
        free_text(read->into->alloc, table->name);
        table->name = read_text(read);
        ozi_table_read(&table->table, read->into->alloc, read->objects, read->from, &read->later);
        if (table->table != NULL) {
            table->decl = ozi_table_decl(table->table, table->name);
        }
    }
}

static void
read_positions(reading *read, oz_inspected_step *step)
{
    uint32_t count = read_count(read, step->position_count);
    if (read->is_first) {
        step->positions = make_items(read, count, sizeof *step->positions);
        step->position_count = step->positions == NULL ? 0 : count;
    }
    for (uint32_t i = 0; i < step->position_count && read->from->status == OZ_OK; i++) {
        oz_inspected_position *position = &step->positions[i];
        free_text(read->into->alloc, position->partition);
        position->partition = read_text(read);
        position->position = ozi_unpack_i64(read->from);
    }
}

/* The step that is read next: a new one, or that of the file before. */
static oz_inspected_step *
next_step(reading *read)
{
    ozi_vec *steps = &read->into->steps;
    const oz_inspected_step none = {.worker = read->worker};
    if (read->is_first) {
        ozi_unpack_fail(read->from, ozi_vec_append(steps, &none, 1));
        return read->from->status == OZ_OK ? ozi_vec_last(steps) : NULL;
    }
    if (read->step == steps->count) {
        ozi_unpack_fail(read->from, OZ_CORRUPT);
        return NULL;
    }
    return ozi_vec_at(steps, read->step++);
}

static void
read_step(reading *read)
{
    const oz_alloc *alloc = read->into->alloc;
    oz_inspected_step *step = next_step(read);
    if (step == NULL) {
        return;
    }
    free_text(alloc, step->id);
    free_text(alloc, step->op);
    step->id = read_text(read);
    step->op = read_text(read);
    (void)ozi_unpack_u32(read->from); /* the version of its state */
    uint8_t flags = ozi_unpack_u8(read->from);
    step->has_ended = (flags & OZI_SAVED_ENDED) != 0;
    step->is_elsewhere = (flags & OZI_SAVED_ABSENT) != 0;
    step->watermark_ns = ozi_unpack_i64(read->from);
    uint32_t edges = ozi_unpack_u32(read->from);
    for (uint32_t i = 0; i < edges && read->from->status == OZ_OK; i++) {
        (void)ozi_unpack_i64(read->from);
    }
    read_tables(read, step);
    read_positions(read, step);
}

/* ---- a file ---------------------------------------------------------------------------------- */

static void
read_timers(reading *read)
{
    uint32_t timers = ozi_unpack_u32(read->from);
    for (uint32_t i = 0; i < timers && read->from->status == OZ_OK; i++) {
        (void)ozi_unpack_u32(read->from);
        (void)ozi_unpack_i64(read->from);
        (void)ozi_unpack_i64(read->from);
    }
}

static void
read_all(reading *read)
{
    read->later.items = read->groups;
    (void)ozi_unpack_i64(read->from); /* the clocks */
    (void)ozi_unpack_i64(read->from);
    (void)ozi_unpack_u32(read->from); /* who shared the keys */
    uint32_t steps = ozi_unpack_u32(read->from);
    if (steps > STEPS_MAX) {
        ozi_unpack_fail(read->from, OZ_CORRUPT);
    }
    for (uint32_t i = 0; i < steps && read->from->status == OZ_OK; i++) {
        read_step(read);
    }
    read_timers(read);
    if (read->from->status == OZ_OK) {
        ozi_later_load(&read->later, read->from);
    }
}

static oz_status
read_file(inspection *into, const oz_object_class *objects, uint32_t worker, uint32_t link,
          size_t first_step, oz_error *error)
{
    ozi_unpack unpack;
    OZ_TRY(ozi_store_read(&into->store, worker, link, &unpack, error));
    reading read = {.into = into,
                    .objects = objects,
                    .from = &unpack,
                    .worker = worker,
                    .is_first = link == 0,
                    .step = first_step};
    read_all(&read);
    return ozi_store_read_end(&into->store, &unpack, error);
}

/* ---- the folder ------------------------------------------------------------------------------ */

static oz_status
read_worker(inspection *into, const oz_object_class *objects, uint32_t worker, oz_error *error)
{
    const ozi_chain *chain = &into->store.manifest->chains[worker];
    size_t first_step = into->steps.count;
    for (uint32_t link = 0; link < chain->count; link++) {
        const ozi_state_file *file = &chain->files[link];
        const oz_inspected_file found = {.name = file->name, .worker = worker, .size = file->size};
        if (ozi_vec_append(&into->files, &found, 1) != OZ_OK) {
            return oz_error_set(error, OZ_NO_MEMORY, "out of memory");
        }
        OZ_TRY(read_file(into, objects, worker, link, first_step, error));
    }
    return OZ_OK;
}

static oz_status
read_folder(inspection *into, const char *path, const oz_inspect_options *options, const oz_io *io,
            oz_error *error)
{
    const ozi_store_options opening = {.io = io, .path = path, .joins = true};
    ozi_vec_init(&into->files, into->alloc, sizeof(oz_inspected_file));
    ozi_vec_init(&into->steps, into->alloc, sizeof(oz_inspected_step));
    OZ_TRY(ozi_store_open(&into->store, into->alloc, &opening, error));
    const ozi_manifest *manifest = into->store.manifest;
    for (uint32_t worker = 0; worker < manifest->workers; worker++) {
        OZ_TRY(read_worker(into, options->objects, worker, error));
    }
    into->shown = (oz_inspection){.job = manifest->job,
                                  .generation = manifest->generation,
                                  .epoch = manifest->epoch,
                                  .has_ended = manifest->ended,
                                  .workers = manifest->workers,
                                  .files = into->files.items,
                                  .file_count = (uint32_t)into->files.count,
                                  .steps = into->steps.items,
                                  .step_count = (uint32_t)into->steps.count};
    return OZ_OK;
}

/* The folder is there, and has been the home of a job: opening would make it. */
static oz_status
find_manifest(const oz_alloc *alloc, const oz_io *io, const char *path, oz_error *error)
{
    size_t size = strlen(path) + sizeof "/manifest";
    char *name = ozi_alloc_new(alloc, size);
    if (name == NULL) {
        return oz_error_set(error, OZ_NO_MEMORY, "out of memory");
    }
    (void)snprintf(name, size, "%s/manifest", path);
    int64_t file = io->open(io->self, name, OZ_IO_READ);
    oz_status status = OZ_OK;
    if (file == -ENOENT || file == -ENOTDIR) {
        status =
            oz_error_set(error, OZ_NOT_FOUND, "'%s' is no state folder: it has no manifest", path);
    } else if (file < 0) {
        status = ozi_io_error(error, file, "open", name);
    } else {
        (void)io->close(io->self, file);
    }
    ozi_alloc_free(alloc, name, size);
    return status;
}

/* Whether the folder has another manifest than the one that was read. */
static bool
has_moved_on(inspection *made, const char *path, const oz_io *io)
{
    const ozi_store_options opening = {.io = io, .path = path, .joins = true};
    ozi_store again;
    oz_error unread;
    uint64_t epoch = made->store.manifest == NULL ? 0 : made->store.manifest->epoch;
    if (ozi_store_open(&again, made->alloc, &opening, &unread) != OZ_OK) {
        return false;
    }
    bool has_moved = again.manifest->epoch != epoch;
    ozi_store_close(&again);
    return has_moved;
}

oz_status
oz_inspect(const char *path, const oz_inspect_options *options, oz_inspection **out,
           oz_error *error)
{
    static const oz_inspect_options DEFAULTS = {0};
    options = options == NULL ? &DEFAULTS : options;
    const oz_alloc *alloc = options->alloc == NULL ? oz_alloc_default() : options->alloc;
    const oz_io *io = options->io == NULL ? oz_io_system() : options->io;
    *out = NULL;
    OZ_TRY(find_manifest(alloc, io, path, error));
    inspection *made = ozi_alloc_zero(alloc, sizeof *made);
    if (made == NULL) {
        return oz_error_set(error, OZ_NO_MEMORY, "out of memory");
    }
    made->alloc = alloc;
    oz_status status = read_folder(made, path, options, io, error);
    for (int i = 1; i < TRIES && status != OZ_OK && has_moved_on(made, path, io); i++) {
        forget(made);
        status = read_folder(made, path, options, io, error);
    }
    *out = &made->shown;
    if (status != OZ_OK) {
        oz_inspection_free(out);
    }
    return status;
}
