/*
 * epoch_files: writes the rows of each epoch to a file of its own, which appears when it is final.
 *
 * in       one column of STRING, BYTES, or OBJECT that is text or bytes; text is written as UTF-8
 * dead     rows that cannot be written, under the policy dead_letter
 * time     rows are written 256 KiB at a time. Watermarks end here.
 * state    "pending": the files that are about to appear: one, and those of epochs before it that
 *          were lost. A file is written under a name that ends in ".tmp", which readers leave
 * alone; a checkpoint makes it durable, and once that holds it gets its name. After a crash it is
 *          made sure that it has, or is found out why not
 * counts   bytes written
 *
 * An epoch without rows has no file. It needs a state folder; the folder of the files must exist.
 *
 * Example: epoch_files(path="out/part-{epoch}.txt")
 *     in   "the cat" "sat"     (then a checkpoint, epoch 7)
 *     out/part-00000007.txt has "the cat\nsat\n"
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/crc.h"
#include "base/io_error.h"
#include "connectors/outlet.h"

typedef struct epoch_files_options {
    const char *path;
    const char *framing;
} epoch_files_options;

static const oz_option OPTIONS[] = {
    {.name = "path",
     .kind = OZ_OPTION_STRING,
     .offset = offsetof(epoch_files_options, path),
     .help = "of the files; {epoch} in it stands for the number of the epoch"},
    OZI_FRAMING_OPTION(epoch_files_options),
    {.name = NULL},
};

static const oz_table_decl TABLES[] = {
    {.name = "pending",
     .kind = OZ_TABLE_LIST,
     .help = "the files that are about to appear: of each its epoch, size and CRC-32C"},
    {.name = NULL},
};

enum { COUNT_BYTES };
static const oz_counter COUNTERS[] = {
    {"bytes", "bytes", "written to the files"},
    {NULL, NULL, NULL},
};

enum { FULL_BYTES = 256 * 1024, BLOCK_BYTES = 64 * 1024, EPOCH_CHARS = 24 };
static const char PLACE[] = "{epoch}";
static const char SUFFIX[] = ".tmp";

typedef struct epoch_files_state {
    ozi_outlet outlet; /* its file is -1 before the first row of an epoch */
    uint32_t crc;      /* of all bytes of the file */
    bool has_shown;    /* a file got its name, which is not yet durable */
    size_t room;       /* of each path */
    char *path;        /* what a file is called now, */
    char *other;       /* and what it was, or will be called */
} epoch_files_state;

/* ---- what is pending ------------------------------------------------------------------------- */

enum { PENDING_FIELDS = 3 };

/* A file that is about to appear. */
typedef struct pending {
    int64_t epoch;
    int64_t size;
    int64_t crc;
} pending;

static int64_t
field_of(oz_table *table, int64_t index)
{
    oz_scalar field = {.kind = OZ_SCALAR_NULL};
    (void)oz_list_at(table, &oz_key_single, OZ_HASH_SINGLE, index, &field);
    return field.kind == OZ_SCALAR_INT64 ? field.as.int64 : 0;
}

/* The first of them. False: there is none. */
static bool
first_pending(oz_context *context, pending *out)
{
    oz_table *table = oz_context_table(context, 0);
    *out = (pending){field_of(table, 0), field_of(table, 1), field_of(table, 2)};
    return oz_list_length(table, &oz_key_single, OZ_HASH_SINGLE) >= PENDING_FIELDS;
}

static void
drop_first(oz_context *context)
{
    oz_list_pop(oz_context_table(context, 0), &oz_key_single, OZ_HASH_SINGLE, PENDING_FIELDS);
}

static oz_status
add_pending(oz_context *context, const pending *file)
{
    const int64_t fields[PENDING_FIELDS] = {file->epoch, file->size, file->crc};
    for (int i = 0; i < PENDING_FIELDS; i++) {
        const oz_scalar field = {.kind = OZ_SCALAR_INT64, .as.int64 = fields[i]};
        OZ_TRY(oz_list_push(oz_context_table(context, 0), &oz_key_single, OZ_HASH_SINGLE, &field));
    }
    return OZ_OK;
}

/* ---- names ----------------------------------------------------------------------------------- */

/* The name of an epoch's file into `to`: eight digits, so that names sort as epochs do. */
static const char *
name(const epoch_files_state *files, oz_context *context, char *to, int64_t epoch,
     const char *suffix)
{
    const epoch_files_options *options = oz_options(context);
    const char *place = strstr(options->path, PLACE);
    char number[EPOCH_CHARS] = "next";
    if (epoch > 0) {
        (void)snprintf(number, sizeof number, "%08" PRId64, epoch);
    }
    (void)snprintf(to, files->room, "%.*s%s%s%s", (int)(place - options->path), options->path,
                   number, place + strlen(PLACE), suffix);
    return to;
}

/* ---- opening --------------------------------------------------------------------------------- */

static oz_status
bind(const void *memory, const oz_schema *inputs, uint32_t input_count, oz_schema *outputs,
     oz_error *error)
{
    (void)input_count;
    (void)outputs;
    const epoch_files_options *options = memory;
    const char *place = strstr(options->path, PLACE);
    if (place == NULL || strstr(place + 1, PLACE) != NULL) {
        return oz_error_set(error, OZ_INVALID,
                            "'%s' must have {epoch} in it once, where the number goes",
                            options->path);
    }
    return ozi_outlet_bind(options->framing, inputs, error);
}

/* The size and CRC of the first `most` bytes of a file that is open. */
static int64_t
sum_up(const oz_io *io, int64_t file, char *block, int64_t most, pending *found)
{
    int64_t got = 1;
    uint32_t crc = 0;
    while (got > 0 && found->size < most) {
        int64_t left = most - found->size;
        got = io->read(io->self, file, block, left < BLOCK_BYTES ? (size_t)left : BLOCK_BYTES);
        crc = got > 0 ? ozi_crc(crc, block, (size_t)got) : crc;
        found->size += got > 0 ? got : 0;
    }
    found->crc = crc;
    return got;
}

/* Whether the file at `path` is the one that was prepared. NOT_FOUND: it is not there. */
static oz_status
check(oz_context *context, const char *path, const pending *expected, oz_error *error)
{
    const oz_io *io = oz_context_io(context);
    int64_t file = io->open(io->self, path, OZ_IO_READ);
    if (file < 0) {
        return ozi_io_error(error, file, "open", path);
    }
    pending found = {.size = 0};
    int64_t size = io->size(io->self, file);
    char *block = ozi_alloc_new(oz_context_alloc(context), BLOCK_BYTES);
    int64_t result = block == NULL ? -ENOMEM : sum_up(io, file, block, expected->size, &found);
    (void)io->close(io->self, file);
    ozi_alloc_free(oz_context_alloc(context), block, BLOCK_BYTES);
    if (result < 0) {
        return ozi_io_error(error, result, "read", path);
    }
    bool is_same =
        found.size == expected->size && found.crc == expected->crc && size == expected->size;
    return is_same ? OZ_OK
                   : oz_error_set(error, OZ_REFUSED,
                                  "'%s' is not what epoch %" PRId64
                                  " had written: it was changed by others",
                                  path, expected->epoch);
}

/* The job has died when the epoch held, and its file may not have had its name yet. */
static oz_status
settle(epoch_files_state *files, oz_context *context, const pending *expected, oz_error *error)
{
    const oz_io *io = files->outlet.io;
    const char *from = name(files, context, files->path, expected->epoch, SUFFIX);
    const char *to = name(files, context, files->other, expected->epoch, "");
    oz_status status = check(context, from, expected, error);
    if (status == OZ_OK) {
        int64_t result = io->rename(io->self, from, to);
        status = result < 0 ? ozi_io_error(error, result, "give its name to", to) : OZ_OK;
        files->has_shown = true;
    } else if (status == OZ_NOT_FOUND) {
        status = check(context, to, expected, error);
    }
    if (status == OZ_NOT_FOUND) {
        status = oz_error_set(error, OZ_REFUSED,
                              "'%s', which holds epoch %" PRId64 ", is not there any more", to,
                              expected->epoch);
    }
    return status;
}

static oz_status
settle_all(epoch_files_state *files, oz_context *context, oz_error *error)
{
    for (pending first; first_pending(context, &first);) {
        OZ_TRY(settle(files, context, &first, error));
        drop_first(context);
    }
    return OZ_OK;
}

static oz_status
open(void *memory, oz_context *context, oz_error *error)
{
    epoch_files_state *files = memory;
    const oz_alloc *alloc = oz_context_alloc(context);
    const epoch_files_options *options = oz_options(context);
    OZ_TRY(ozi_outlet_init(&files->outlet, context, options->framing, error));
    if (!oz_has_epochs(context)) {
        return oz_error_set(error, OZ_INVALID,
                            "'%s' is a file for each epoch: that needs a state folder",
                            options->path);
    }
    files->room = strlen(options->path) + EPOCH_CHARS + sizeof SUFFIX;
    files->path = ozi_alloc_new(alloc, files->room);
    files->other = ozi_alloc_new(alloc, files->room);
    if (files->path == NULL || files->other == NULL) {
        return oz_error_set(error, OZ_NO_MEMORY, "out of memory");
    }
    const oz_io *io = files->outlet.io;
    (void)io->unlink(io->self, name(files, context, files->path, 0, SUFFIX));
    return settle_all(files, context, error);
}

/* ---- writing --------------------------------------------------------------------------------- */

static oz_step
begin_file(epoch_files_state *files, oz_context *context)
{
    const oz_io *io = files->outlet.io;
    int64_t file = io->open(io->self, name(files, context, files->path, 0, SUFFIX), OZ_IO_CREATE);
    if (file < 0) {
        oz_error *error = oz_context_error(context);
        return oz_failed(context, ozi_io_error(error, file, "write to", files->path));
    }
    files->outlet.file = file;
    files->outlet.written = 0;
    files->crc = 0;
    return OZ_NEED;
}

static oz_step
flush(epoch_files_state *files, oz_context *context)
{
    int64_t before = files->outlet.written;
    oz_step step = ozi_outlet_flush(&files->outlet, context, files->path);
    oz_count(context, COUNT_BYTES, files->outlet.written - before);
    return step;
}

static oz_step
on_batch(void *memory, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)input;
    epoch_files_state *files = memory;
    if (files->outlet.file < 0 && begin_file(files, context) == OZ_FAILED) {
        return OZ_FAILED;
    }
    const oz_bytes *bytes = &files->outlet.bytes;
    size_t before = oz_bytes_size(bytes);
    oz_step step = ozi_outlet_rows(&files->outlet, context, batch);
    size_t added = oz_bytes_size(bytes) - before;
    if (added > 0) {
        files->crc = ozi_crc(files->crc, bytes->data + bytes->begin + before, added);
    }
    bool is_full = oz_bytes_size(bytes) >= FULL_BYTES;
    return step == OZ_NEED && is_full ? flush(files, context) : step;
}

/* Rows that did not come to a checkpoint are read again: the file was for nobody. */
static void
close_node(void *memory, oz_context *context)
{
    epoch_files_state *files = memory;
    const oz_alloc *alloc = oz_context_alloc(context);
    const oz_io *io = files->outlet.io;
    if (files->outlet.file >= 0) {
        (void)io->unlink(io->self, name(files, context, files->path, 0, SUFFIX));
    }
    ozi_outlet_close(&files->outlet);
    ozi_alloc_free(alloc, files->path, files->room);
    ozi_alloc_free(alloc, files->other, files->room);
}

/* ---- checkpoints ----------------------------------------------------------------------------- */

/* The file, which has been written as a whole, gets the name under which settle() looks for it. */
static oz_status
end_file(epoch_files_state *files, oz_context *context, int64_t epoch)
{
    const oz_io *io = files->outlet.io;
    const char *from = name(files, context, files->path, 0, SUFFIX);
    const char *to = name(files, context, files->other, epoch, SUFFIX);
    int64_t result = io->rename(io->self, from, to);
    if (result < 0) {
        return ozi_io_error(oz_context_error(context), result, "make durable", from);
    }
    const oz_errand errand = {.path = to,
                              .file = files->outlet.file,
                              .closes = true,
                              .is_name_synced = true};
    OZ_TRY(oz_leave_errand(context, &errand));
    files->outlet.file = -1;
    files->has_shown = false;
    const pending file = {.epoch = epoch, .size = files->outlet.written, .crc = files->crc};
    return add_pending(context, &file);
}

/* A life before this one may have prepared an epoch of this number that did not come to hold. */
static oz_status
sweep(epoch_files_state *files, oz_context *context, int64_t epoch)
{
    const oz_io *io = files->outlet.io;
    const char *path = name(files, context, files->other, epoch, SUFFIX);
    (void)io->unlink(io->self, path);
    if (!files->has_shown) {
        return OZ_OK;
    }
    files->has_shown = false;
    const oz_errand errand = {.path = path, .file = -1, .is_name_synced = true};
    return oz_leave_errand(context, &errand);
}

static oz_status
prepare(void *memory, oz_context *context, uint64_t epoch)
{
    epoch_files_state *files = memory;
    if (files->outlet.file >= 0 && flush(files, context) == OZ_FAILED) {
        return OZ_IO; /* latched already */
    }
    bool has_rows = files->outlet.file >= 0 && files->outlet.written > 0; /* else all were bad */
    oz_status status =
        has_rows ? end_file(files, context, (int64_t)epoch) : sweep(files, context, (int64_t)epoch);
    return status == OZ_NO_MEMORY ? oz_error_set(oz_context_error(context), status, "out of memory")
                                  : status;
}

static oz_status
commit(void *memory, oz_context *context, uint64_t epoch)
{
    (void)epoch;
    epoch_files_state *files = memory;
    const oz_io *io = files->outlet.io;
    for (pending first; first_pending(context, &first);) {
        const char *from = name(files, context, files->path, first.epoch, SUFFIX);
        const char *to = name(files, context, files->other, first.epoch, "");
        int64_t result = io->rename(io->self, from, to);
        if (result < 0) {
            return ozi_io_error(oz_context_error(context), result, "give its name to", to);
        }
        files->has_shown = true;
        drop_first(context);
    }
    return OZ_OK;
}

static int64_t
rows_held(const void *memory)
{
    return ozi_outlet_rows_held(&((const epoch_files_state *)memory)->outlet);
}

static const oz_port INPUTS[] = {
    {.name = "in", .routing = OZ_ROUTE_SINGLE, .help = "rows of text"},
    {.name = NULL},
};
static const oz_port OUTPUTS[] = {{.name = "dead"}, {.name = NULL}};

static const oz_sink_verbs SINK = {.prepare = prepare, .commit = commit};

const oz_operator ozi_op_epoch_files = {
    .name = "epoch_files",
    .summary = "Writes the rows of each epoch to a file that appears when it is final.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(epoch_files_options),
    .tables = TABLES,
    .counters = COUNTERS,
    .state_version = 1,
    .state_size = sizeof(epoch_files_state),
    .bind = bind,
    .open = open,
    .on_batch = on_batch,
    .close = close_node,
    .rows_held = rows_held,
    .sink = &SINK,
    .guarantee = OZ_EXACTLY_ONCE,
};
