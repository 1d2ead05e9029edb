/*
 * files: reads records from files, one after another.
 *
 * out      one row a record, STRING or BYTES, with its place: "line 12 of book.txt"
 * dead     records that are too long, torn or not text, under the policy dead_letter
 * time     none
 * state    the position of each file, which is a partition: the offset of the first byte that was
 *          not emitted. After a start in the middle of a file, lines are counted from there.
 *          Memory: one buffer of `chunk` bytes, used again unless rows point into it; more only for
 *          a record that is longer.
 * counts   bytes read
 *
 * The path may be a pattern (*, ?, [a-z]), which stands for the files that match it, sorted by
 * their bytes, and it may be several paths or patterns, one a line. A name that exists is never
 * taken for a pattern. A file that is missing, unreadable or gone in the meantime fails the source,
 * and is named.
 *
 * Example: files(path="cats.txt")
 *     the file has "the cat\nsat\n"
 *     out  "the cat" "sat"
 */
#include "base/alloc.h"
#include "base/io_error.h"
#include "connectors/input.h"

typedef struct files_options {
    const char *path;
    ozi_format format;
    int64_t chunk;
} files_options;

static const oz_option OPTIONS[] = {
    {.name = "path",
     .kind = OZ_OPTION_STRING,
     .offset = offsetof(files_options, path),
     .help = "a path or a pattern; several of them one a line"},
    OZI_FORMAT_OPTIONS(files_options, "lines", "67108864"),
    {.name = "chunk",
     .kind = OZ_OPTION_INT64,
     .offset = offsetof(files_options, chunk),
     .by_default = "262144",
     .minimum = 1,
     .maximum = 1 << 26,
     .help = "bytes that are read at once"},
    {.name = NULL},
};

enum { COUNT_BYTES };
static const oz_counter COUNTERS[] = {
    {"bytes", "bytes", "read from the files"},
    {NULL, NULL, NULL},
};

/* Files that stay open from the check at the start until their turn; more are opened again. */
enum { OPEN_MAX = 64, CLOSED = -1 };

typedef struct part {
    char *path;
    int64_t position;
    int64_t file; /* or CLOSED */
    bool assigned;
} part;

typedef struct files_state {
    const oz_alloc *alloc;
    const oz_io *io;
    const oz_codec *codec;
    oz_encoding encoding;
    size_t record_max;
    part *parts;
    uint32_t part_count;
    uint32_t part_capacity;
    uint32_t open_count;
    uint32_t current;        /* partition; those before it are done */
    const oz_origin *origin; /* of the current one; NULL: it has not begun */
    bool draining;           /* read no more */
    ozi_buffers pool;
    ozi_reader reader;
} files_state;

static oz_status
bind(const void *options, const oz_schema *inputs, uint32_t input_count, oz_schema *outputs,
     oz_error *error)
{
    (void)inputs;
    (void)input_count;
    return ozi_format_bind(&((const files_options *)options)->format, outputs, error);
}

/* ---- which files ----------------------------------------------------------------------------- */

static oz_status
add_part(void *context, const char *path)
{
    files_state *files = context;
    if (files->part_count == files->part_capacity) {
        uint32_t capacity = files->part_capacity == 0 ? 8 : files->part_capacity * 2;
        part *grown =
            ozi_alloc_resize(files->alloc, files->parts, files->part_capacity * sizeof *grown,
                             capacity * sizeof *grown);
        if (grown == NULL) {
            return OZ_NO_MEMORY;
        }
        files->parts = grown;
        files->part_capacity = capacity;
    }
    char *copy = ozi_alloc_new(files->alloc, strlen(path) + 1);
    if (copy == NULL) {
        return OZ_NO_MEMORY;
    }
    files->parts[files->part_count++] =
        (part){.path = memcpy(copy, path, strlen(path) + 1), .file = CLOSED};
    return OZ_OK;
}

/* One line of the option: a path, or a pattern when no file has that very name. */
static oz_status
add_path(files_state *files, const char *path, oz_error *error)
{
    int64_t file = files->io->open(files->io->self, path, OZ_IO_READ);
    if (file >= 0 || strpbrk(path, "*?[") == NULL) {
        oz_status status =
            file < 0 ? ozi_io_error(error, file, "open", path) : add_part(files, path);
        if (status == OZ_OK) {
            files->parts[files->part_count - 1].file = file;
            files->open_count++;
        } else if (file >= 0) {
            (void)files->io->close(files->io->self, file);
        }
        return status;
    }
    int64_t found = files->io->glob(files->io->self, path, add_part, files);
    if (found < 0) {
        return ozi_io_error(error, found, "list", path);
    }
    if (found == 0) {
        return oz_error_set(error, OZ_NOT_FOUND, "no file matches '%s'", path);
    }
    return OZ_OK;
}

static void
close_part(files_state *files, part *closing)
{
    if (closing->file >= 0) {
        (void)files->io->close(files->io->self, closing->file);
        closing->file = CLOSED;
        files->open_count--;
    }
}

static oz_status
open(void *memory, oz_context *context, oz_error *error)
{
    files_state *files = memory;
    const files_options *options = oz_options(context);
    files->alloc = oz_context_alloc(context);
    files->io = oz_context_io(context);
    files->record_max = (size_t)options->format.record_max;
    OZ_TRY(ozi_format_find(&options->format, &files->codec, &files->encoding, error));
    ozi_buffers_init(&files->pool, files->alloc, (size_t)options->chunk);
    for (const char *line = options->path; line != NULL;) {
        const char *end = strchr(line, '\n');
        size_t size = end == NULL ? strlen(line) : (size_t)(end - line);
        char *path = ozi_alloc_zero(files->alloc, size + 1);
        if (path == NULL) {
            return OZ_NO_MEMORY;
        }
        oz_status status = add_path(files, memcpy(path, line, size), error);
        ozi_alloc_free(files->alloc, path, size + 1);
        OZ_TRY(status);
        line = end == NULL ? NULL : end + 1;
        if (files->open_count > OPEN_MAX) {
            close_part(files, &files->parts[files->part_count - 1]);
        }
    }
    return OZ_OK;
}

static oz_status
partitions(void *memory, oz_context *context, uint32_t *count)
{
    (void)context;
    *count = ((files_state *)memory)->part_count;
    return OZ_OK;
}

static const char *
partition_name(void *memory, uint32_t partition)
{
    return ((files_state *)memory)->parts[partition].path;
}

static oz_status
open_file(files_state *files, part *opening, oz_error *error)
{
    if (opening->file < 0) {
        int64_t file = files->io->open(files->io->self, opening->path, OZ_IO_READ);
        if (file < 0) {
            return ozi_io_error(error, file, "open", opening->path);
        }
        opening->file = file;
        files->open_count++;
    }
    return OZ_OK;
}

/* Says at the start, not hours later, that a file cannot be opened. */
static oz_status
open_partition(void *memory, oz_context *context, uint32_t partition, int64_t position)
{
    files_state *files = memory;
    part *opening = &files->parts[partition];
    opening->assigned = true;
    opening->position = position < 0 ? 0 : position;
    OZ_TRY(open_file(files, opening, oz_context_error(context)));
    int64_t size = files->io->size(files->io->self, opening->file);
    if (size >= 0 && size < opening->position) {
        return oz_error_set(oz_context_error(context), OZ_REFUSED,
                            "'%s' has %lld bytes, but %lld have been read: it was changed or "
                            "replaced",
                            opening->path, (long long)size, (long long)opening->position);
    }
    if (files->open_count > OPEN_MAX) {
        close_part(files, opening);
    }
    return OZ_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

static const oz_origin *
make_origin(const files_state *files, const part *reading)
{
    const char *unit = ozi_format_unit(files->codec);
    if (reading->position == 0) {
        return ozi_origin_new(files->alloc, reading->path, unit, files->current, 0);
    }
    oz_error name;
    (void)oz_error_set(&name, OZ_OK, "%s after byte %lld", reading->path,
                       (long long)reading->position);
    return ozi_origin_new(files->alloc, name.text, unit, files->current, 0);
}

/* Begins the current file at its position. */
static oz_status
begin_file(files_state *files, oz_error *error)
{
    part *reading = &files->parts[files->current];
    OZ_TRY(open_file(files, reading, error));
    if (reading->position > 0) {
        int64_t sought = files->io->seek(files->io->self, reading->file, reading->position);
        if (sought < 0) {
            return ozi_io_error(error, sought, "go on in the middle of", reading->path);
        }
    }
    files->origin = make_origin(files, reading);
    if (files->origin == NULL) {
        return OZ_NO_MEMORY;
    }
    ozi_reader_init(&files->reader, files->codec, files->encoding, files->record_max, &files->pool);
    files->reader.offset = reading->position;
    return OZ_OK;
}

/* The current file is done with: the next poll begins the next one. */
static void
end_file(files_state *files)
{
    part *reading = &files->parts[files->current];
    reading->position = ozi_reader_position(&files->reader);
    ozi_reader_close(&files->reader);
    ozi_origin_release(&files->origin);
    close_part(files, reading);
    files->current++;
}

/* Reads on. NEED: something came, or the end; WAIT: nothing is there yet (a pipe). */
static oz_step
read_more(files_state *files, oz_context *context)
{
    part *reading = &files->parts[files->current];
    char *data;
    size_t size;
    if (ozi_reader_space(&files->reader, &data, &size) != OZ_OK) {
        return oz_failed(context, OZ_NO_MEMORY);
    }
    int64_t result = files->io->read(files->io->self, reading->file, data, size);
    if (result == OZ_IO_AGAIN) {
        oz_status status = oz_watch(context, reading->file, OZ_IO_READABLE, files->current);
        return status == OZ_OK ? OZ_WAIT : oz_failed(context, status);
    }
    if (result < 0) {
        oz_status status = ozi_io_error(oz_context_error(context), result, "read", reading->path);
        return oz_failed(context, status);
    }
    if (result == 0) {
        ozi_reader_finish(&files->reader);
    }
    ozi_reader_added(&files->reader, (size_t)result);
    oz_count(context, COUNT_BYTES, result);
    return OZ_NEED;
}

/* Emits one batch, or reads on. NEED: call again; `*rows` is less what was emitted. */
static oz_step
advance(files_state *files, oz_context *context, int64_t *rows)
{
    ozi_records records;
    switch (ozi_reader_next(&files->reader, *rows, &records)) {
    case OZI_FOUND_ROWS:
        *rows -= records.column->length;
        return ozi_input_answer(ozi_input_emit(context, files->origin, &records));
    case OZI_FOUND_FAULT:
        *rows -= 1;
        return ozi_input_fault(context, files->origin, &files->reader, &records);
    case OZI_FOUND_STARVED:
        return files->draining ? OZ_DONE : read_more(files, context);
    case OZI_FOUND_END:
        end_file(files);
        return OZ_NEED;
    default:
        return oz_failed(context, OZ_NO_MEMORY);
    }
}

static oz_step
poll(void *memory, oz_context *context, int64_t rows)
{
    files_state *files = memory;
    while (rows > 0) {
        while (files->current < files->part_count && !files->parts[files->current].assigned) {
            files->current++;
        }
        if (files->current == files->part_count || (files->draining && files->origin == NULL)) {
            return OZ_DONE;
        }
        if (files->origin == NULL) {
            oz_status status = begin_file(files, oz_context_error(context));
            if (status != OZ_OK) {
                return oz_failed(context, status);
            }
        }
        oz_step step = advance(files, context, &rows);
        if (step != OZ_NEED) {
            return step == OZ_WAIT ? OZ_NEED : step;
        }
    }
    return OZ_MORE;
}

static oz_step
on_ready(void *memory, oz_context *context, uint64_t token, uint32_t ready)
{
    (void)ready;
    files_state *files = memory;
    oz_status status = oz_watch(context, files->parts[token].file, OZ_IO_NONE, token);
    return status == OZ_OK ? OZ_NEED : oz_failed(context, status);
}

/* A drain: what lies in the buffer is emitted, and no more is read. */
static oz_step
on_flush(void *memory, oz_context *context)
{
    ((files_state *)memory)->draining = true;
    oz_step step = poll(memory, context, oz_batch_rows(context));
    return step == OZ_DONE ? OZ_NEED : step;
}

static int64_t
position(void *memory, uint32_t partition)
{
    files_state *files = memory;
    bool reading = files->origin != NULL && partition == files->current;
    return reading ? ozi_reader_position(&files->reader) : files->parts[partition].position;
}

static void
close_node(void *memory, oz_context *context)
{
    (void)context;
    files_state *files = memory;
    ozi_origin_release(&files->origin);
    if (files->reader.pool != NULL) {
        ozi_reader_close(&files->reader);
    }
    for (uint32_t i = 0; i < files->part_count; i++) {
        close_part(files, &files->parts[i]);
        ozi_alloc_free(files->alloc, files->parts[i].path, strlen(files->parts[i].path) + 1);
    }
    ozi_alloc_free(files->alloc, files->parts, files->part_capacity * sizeof *files->parts);
    ozi_buffers_clear(&files->pool);
}

static const oz_port OUTPUTS[] = {
    {.name = "out", .help = "one row a record"},
    {.name = "dead"},
    {.name = NULL},
};

static const oz_source_verbs SOURCE = {
    .partitions = partitions,
    .partition_name = partition_name,
    .open = open_partition,
    .poll = poll,
    .position = position,
};

const oz_operator ozi_op_files = {
    .name = "files",
    .summary = "Reads records from files, sorted, one after another.",
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(files_options),
    .counters = COUNTERS,
    .state_size = sizeof(files_state),
    .bind = bind,
    .open = open,
    .on_ready = on_ready,
    .on_flush = on_flush,
    .close = close_node,
    .source = &SOURCE,
    .guarantee = OZ_EXACTLY_ONCE,
};
