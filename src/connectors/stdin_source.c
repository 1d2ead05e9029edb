/*
 * stdin_source: reads records from the standard input.
 *
 * out      one row a record, STRING or BYTES, with its place: "line 3 of <stdin>"
 * dead     records that are too long, torn or not text, under the policy dead_letter
 * time     what is there is one batch, at once; nothing blocks while a terminal or pipe is silent
 * state    none that survives: the position counts bytes, but what was read cannot be read again
 * counts   bytes read
 *
 * Example: printf 'the cat\nsat\n' | stdin_source
 *     out  "the cat" "sat"
 */
#include "base/io_error.h"
#include "connectors/input.h"

typedef struct stdin_source_options {
    ozi_format format;
    int64_t chunk;
} stdin_source_options;

static const oz_option OPTIONS[] = {
    OZI_FORMAT_OPTIONS(stdin_source_options, "lines", "67108864"),
    {.name = "chunk",
     .kind = OZ_OPTION_INT64,
     .offset = offsetof(stdin_source_options, chunk),
     .by_default = "65536",
     .minimum = 1,
     .maximum = 1 << 26,
     .help = "bytes that are read at once"},
    {.name = NULL},
};

enum { COUNT_BYTES };
static const oz_counter COUNTERS[] = {
    {"bytes", "bytes", "read"},
    {NULL, NULL, NULL},
};

static const char NAME[] = "<stdin>";

typedef struct stdin_source_state {
    const oz_io *io;
    int64_t file;
    const oz_origin *origin; /* NULL: not open */
    bool draining;
    ozi_buffers pool;
    ozi_reader reader;
} stdin_source_state;

static oz_status
bind(const void *options, const oz_schema *inputs, uint32_t input_count, oz_schema *outputs,
     oz_error *error)
{
    (void)inputs;
    (void)input_count;
    return ozi_format_bind(&((const stdin_source_options *)options)->format, outputs, error);
}

static oz_status
open(void *memory, oz_context *context, oz_error *error)
{
    stdin_source_state *source = memory;
    const stdin_source_options *options = oz_options(context);
    const oz_codec *codec;
    oz_encoding encoding;
    OZ_TRY(ozi_format_find(&options->format, &codec, &encoding, error));
    source->io = oz_context_io(context);
    source->file = source->io->open(source->io->self, "/dev/stdin", OZ_IO_READ);
    if (source->file < 0) {
        return ozi_io_error(error, source->file, "read", NAME);
    }
    ozi_buffers_init(&source->pool, oz_context_alloc(context), (size_t)options->chunk);
    ozi_reader_init(&source->reader, codec, encoding, (size_t)options->format.record_max,
                    &source->pool);
    source->origin = ozi_origin_new(oz_context_alloc(context), NAME, ozi_format_unit(codec), 0, 0);
    if (source->origin == NULL) {
        (void)source->io->close(source->io->self, source->file);
        return OZ_NO_MEMORY;
    }
    return OZ_OK;
}

static const char *
partition_name(void *memory, uint32_t partition)
{
    (void)memory;
    (void)partition;
    return NAME;
}

static oz_status
open_partition(void *memory, oz_context *context, uint32_t partition, int64_t position)
{
    (void)memory;
    (void)partition;
    if (position > 0) {
        return oz_error_set(oz_context_error(context), OZ_UNSUPPORTED,
                            "%s cannot be read again from byte %lld on", NAME, (long long)position);
    }
    return OZ_OK;
}

/* NEED: something came, or the end; WAIT: not yet, and it is watched. */
static oz_step
read_more(stdin_source_state *source, oz_context *context)
{
    char *data;
    size_t size;
    if (ozi_reader_space(&source->reader, &data, &size) != OZ_OK) {
        return oz_failed(context, OZ_NO_MEMORY);
    }
    int64_t result = source->io->read(source->io->self, source->file, data, size);
    if (result == OZ_IO_AGAIN) {
        oz_status status = oz_watch(context, source->file, OZ_IO_READABLE, 0);
        return status == OZ_OK ? OZ_WAIT : oz_failed(context, status);
    }
    if (result < 0) {
        return oz_failed(context, ozi_io_error(oz_context_error(context), result, "read", NAME));
    }
    if (result == 0) {
        ozi_reader_finish(&source->reader);
    }
    ozi_reader_added(&source->reader, (size_t)result);
    oz_count(context, COUNT_BYTES, result);
    return OZ_NEED;
}

static oz_step
poll(void *memory, oz_context *context, int64_t rows)
{
    stdin_source_state *source = memory;
    oz_step step = OZ_NEED;
    while (step == OZ_NEED && rows > 0) {
        ozi_records records;
        switch (ozi_reader_next(&source->reader, rows, &records)) {
        case OZI_FOUND_ROWS:
            rows -= records.column->length;
            step = ozi_input_answer(ozi_input_emit(context, source->origin, &records));
            break;
        case OZI_FOUND_FAULT:
            rows -= 1;
            step = ozi_input_fault(context, source->origin, &source->reader, &records);
            break;
        case OZI_FOUND_STARVED:
            step = source->draining ? OZ_DONE : read_more(source, context);
            break;
        case OZI_FOUND_END:
            return OZ_DONE;
        default:
            return oz_failed(context, OZ_NO_MEMORY);
        }
    }
    return step == OZ_NEED ? OZ_MORE : step == OZ_WAIT ? OZ_NEED : step;
}

/* Ready until it is read: not to be told again before that. */
static oz_step
on_ready(void *memory, oz_context *context, uint64_t token, uint32_t ready)
{
    (void)ready;
    oz_status status = oz_watch(context, ((stdin_source_state *)memory)->file, OZ_IO_NONE, token);
    return status == OZ_OK ? OZ_NEED : oz_failed(context, status);
}

static oz_step
on_flush(void *memory, oz_context *context)
{
    ((stdin_source_state *)memory)->draining = true;
    oz_step step = poll(memory, context, oz_batch_rows(context));
    return step == OZ_DONE ? OZ_NEED : step;
}

static int64_t
position(void *memory, uint32_t partition)
{
    (void)partition;
    return ozi_reader_position(&((stdin_source_state *)memory)->reader);
}

static void
close_node(void *memory, oz_context *context)
{
    (void)context;
    stdin_source_state *source = memory;
    if (source->origin != NULL) {
        (void)source->io->close(source->io->self, source->file);
        ozi_reader_close(&source->reader);
        ozi_buffers_clear(&source->pool);
        ozi_origin_release(&source->origin);
    }
}

static const oz_port OUTPUTS[] = {
    {.name = "out", .help = "one row a record"},
    {.name = "dead"},
    {.name = NULL},
};

static const oz_source_verbs SOURCE = {
    .partition_name = partition_name,
    .open = open_partition,
    .poll = poll,
    .position = position,
};

const oz_operator ozi_op_stdin_source = {
    .name = "stdin_source",
    .summary = "Reads records from the standard input.",
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(stdin_source_options),
    .counters = COUNTERS,
    .state_size = sizeof(stdin_source_state),
    .bind = bind,
    .open = open,
    .on_ready = on_ready,
    .on_flush = on_flush,
    .close = close_node,
    .source = &SOURCE,
    .guarantee = OZ_AT_MOST_ONCE,
};
