#include "connectors/sql_outbox.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

enum { CHUNK_BYTES = 256 * 1024, TABLE_ROWS = 0, TABLE_EPOCH = 1, TIMER_FLUSH = 0 };
static const int64_t flush_ns = 1000000000;
static const int64_t pause_min_ns = 20000000;
static const int64_t pause_max_ns = 1000000000;

/* The value of table 1. */
typedef struct epochs {
    int64_t pending; /* the last one with rows in table 0, or that had some */
    int64_t written; /* the last one that is in the database */
} epochs;

static epochs *
epochs_of(oz_context *context)
{
    return oz_table_single(oz_context_table(context, TABLE_EPOCH));
}

/* ---- the writer: what runs aside ------------------------------------------------------------- */

/* Between commit, which fills it, and the end of the errand only the errand touches it. */
typedef struct ozi_sql_writer {
    const ozi_database *database;
    ozi_sql_target target;
    char *strings; /* what the target points to */
    size_t strings_size;
    const oz_io *io;
    int64_t patience;
    void *connection; /* NULL: none */
    ozi_vec chunks;   /* oz_bytes: the rows of `epoch` */
    int64_t epoch;
    int64_t written;
    int64_t retries;
} ozi_sql_writer;

static void
free_chunks(ozi_vec *chunks)
{
    for (size_t i = 0; i < chunks->count; i++) {
        oz_bytes_free(ozi_vec_at(chunks, i));
    }
    ozi_vec_clear(chunks);
}

static oz_status
other_epoch(const ozi_sql_writer *writer, int64_t found, oz_error *error)
{
    return oz_error_set(error, OZ_REFUSED,
                        "%s, table '%s': the last epoch of this step in ouzel_epochs is %" PRId64
                        ", but this job had written %" PRId64
                        ": another job goes on from the same state, or the database or the state "
                        "folder was set back",
                        writer->database->name, writer->target.table, found, writer->written);
}

/* One transaction, or none when the epoch is there. */
static oz_status
write_once(ozi_sql_writer *writer, oz_error *error)
{
    const ozi_database *database = writer->database;
    bool has_epochs = writer->target.job[0] != '\0';
    int64_t last = 0;
    if (writer->connection == NULL) {
        OZ_TRY(database->open(&writer->target, &writer->connection, error));
    }
    if (writer->chunks.count == 0 && writer->epoch == 0) {
        return OZ_OK; /* a job that begins: there is nothing to write, or to compare */
    }
    OZ_TRY(database->begin(writer->connection, &last, error));
    if (has_epochs && last == writer->epoch) {
        return database->rollback(writer->connection, error);
    }
    if (has_epochs && (last != writer->written || writer->chunks.count == 0)) {
        return other_epoch(writer, last, error);
    }
    for (size_t i = 0; i < writer->chunks.count; i++) {
        const oz_bytes *bytes = ozi_vec_at(&writer->chunks, i);
        const ozi_cells rows = {bytes->data + bytes->begin, bytes->data + bytes->end};
        OZ_TRY(database->write(writer->connection, &rows, error));
    }
    return database->commit(writer->connection, writer->epoch, error);
}

static void
disconnect(ozi_sql_writer *writer)
{
    if (writer->connection != NULL) {
        writer->database->close(writer->connection);
        writer->connection = NULL;
    }
}

/* On a poller that nothing wakes: where there is none, it is tried again at once. */
static void
pause_for(const oz_io *io, int64_t duration_ns)
{
    oz_io_event event;
    int64_t poller = io->poller(io->self);
    if (poller >= 0) {
        (void)io->wait(io->self, poller, &event, 1, duration_ns);
        (void)io->unpoll(io->self, poller);
    }
}

/* The work of the errand: tries until it is written, fails for good, or patience is over. */
static oz_status
write_all(void *memory, oz_error *error)
{
    ozi_sql_writer *writer = memory;
    const oz_io *io = writer->io;
    int64_t begin_ns = io->now_ns(io->self);
    int64_t pause_ns = pause_min_ns;
    oz_status status;
    while ((status = write_once(writer, error)) != OZ_OK) {
        disconnect(writer);
        if (status != OZ_IO || io->now_ns(io->self) - begin_ns >= writer->patience) {
            return status;
        }
        writer->retries++;
        pause_for(io, pause_ns);
        pause_ns = pause_ns * 2 < pause_max_ns ? pause_ns * 2 : pause_max_ns;
    }
    writer->written = writer->epoch;
    return OZ_OK;
}

/* On the thread of the instance. */
static void
release(void *memory)
{
    free_chunks(&((ozi_sql_writer *)memory)->chunks);
}

typedef struct waiting {
    ozi_sql_writer *writer;
    oz_error *error;
    oz_status status;
} waiting;

static void
wait_for_it(void *memory)
{
    waiting *for_what = memory;
    for_what->status = write_all(for_what->writer, for_what->error);
}

/* The same on the thread of the instance, which waits; others of the host go on meanwhile. */
static oz_status
write_here(ozi_sql_writer *writer, const oz_object_class *objects, oz_error *error)
{
    waiting for_what = {.writer = writer, .error = error};
    if (objects != NULL && objects->unlocked != NULL) {
        objects->unlocked(wait_for_it, &for_what);
    } else {
        wait_for_it(&for_what);
    }
    release(writer);
    return for_what.status;
}

/* ---- the target ------------------------------------------------------------------------------ */

/* Names with commas between, cut in place. Their number, or -1: there is none, or too many. */
static int
split(char *names, const char **out)
{
    int count = 0;
    for (char *rest = NULL, *at = strtok_r(names, ",", &rest); at != NULL;
         at = strtok_r(NULL, ",", &rest)) {
        at += strspn(at, " ");
        size_t size = strlen(at);
        while (size > 0 && at[size - 1] == ' ') {
            at[--size] = '\0';
        }
        if (size == 0 || count == OZI_SQL_COLUMNS_MAX) {
            return -1;
        }
        out[count++] = at;
    }
    return count;
}

static bool
has(const ozi_sql_target *target, const char *name)
{
    for (uint32_t i = 0; i < target->column_count; i++) {
        if (strcmp(target->columns[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static oz_status
split_names(ozi_sql_target *target, char *columns, char *key, oz_error *error)
{
    int column_count = split(columns, target->columns);
    int key_count = split(key, target->key);
    if (column_count < 1 || key_count < 0) {
        return oz_error_set(error, OZ_INVALID,
                            "columns and key are names with commas between, at most %d: not '%s'",
                            OZI_SQL_COLUMNS_MAX, column_count < 1 ? columns : key);
    }
    target->column_count = (uint32_t)column_count;
    target->key_count = (uint32_t)key_count;
    for (uint32_t i = 0; i < target->key_count; i++) {
        if (!has(target, target->key[i])) {
            return oz_error_set(error, OZ_INVALID, "the key '%s' is none of the columns",
                                target->key[i]);
        }
    }
    return OZ_OK;
}

static char *
copy(char **to, const char *string)
{
    size_t size = strlen(string) + 1;
    char *copied = memcpy(*to, string, size);
    *to += size;
    return copied;
}

/* What the target points to is copied: options may be new ones while the step stays. */
static oz_status
make_target(ozi_sql_writer *writer, oz_context *context, oz_error *error)
{
    const ozi_sql_options *options = oz_options(context);
    ozi_sql_target *target = &writer->target;
    const char *step = oz_node_name(context);
    writer->strings_size = strlen(options->where) + strlen(options->table) +
                           strlen(options->create) + strlen(options->columns) +
                           strlen(options->key) + strlen(step) + 6;
    writer->strings = ozi_alloc_new(oz_context_alloc(context), writer->strings_size);
    if (writer->strings == NULL) {
        return oz_error_set(error, OZ_NO_MEMORY, "out of memory");
    }
    char *to = writer->strings;
    target->where = copy(&to, options->where);
    target->table = copy(&to, options->table);
    target->create = options->create[0] == '\0' ? NULL : copy(&to, options->create);
    target->step = copy(&to, step);
    if (oz_has_epochs(context)) {
        (void)snprintf(target->job, sizeof target->job, "%016" PRIx64, oz_context_seed(context));
    }
    char *columns = copy(&to, options->columns);
    return split_names(target, columns, copy(&to, options->key), error);
}

/* ---- opening --------------------------------------------------------------------------------- */

/* The names of the columns as objects, to find them in dicts. */
static oz_status
make_shape(ozi_sql_outbox *outbox, oz_context *context, oz_error *error)
{
    const ozi_sql_target *target = &outbox->writer->target;
    const oz_object_class *objects = oz_context_objects(context);
    outbox->shape = (ozi_sql_shape){.count = target->column_count,
                                    .names = target->columns,
                                    .objects = objects};
    if (objects == NULL) {
        return OZ_OK;
    }
    oz_object *keys =
        ozi_alloc_zero(oz_context_alloc(context), target->column_count * sizeof *keys);
    outbox->shape.keys = keys;
    if (keys == NULL) {
        return oz_error_set(error, OZ_NO_MEMORY, "out of memory");
    }
    for (uint32_t i = 0; i < target->column_count; i++) {
        const oz_scalar name = {.kind = OZ_SCALAR_STRING,
                                .size = (uint32_t)strlen(target->columns[i]),
                                .as.data = target->columns[i]};
        OZ_TRY(objects->box(&name, &keys[i]));
    }
    return OZ_OK;
}

static oz_status
add_chunk(ozi_vec *chunks, const oz_alloc *alloc, const char *data, size_t size)
{
    oz_bytes chunk = {.alloc = alloc};
    oz_status status = oz_bytes_reserve(&chunk, size);
    if (status == OZ_OK) {
        memcpy(chunk.data, data, size);
        chunk.end = size;
        status = ozi_vec_append(chunks, &chunk, 1);
    }
    if (status != OZ_OK) {
        oz_bytes_free(&chunk);
    }
    return status;
}

/* What waits in the tables of an epoch that held goes to the writer. */
static oz_status
take_restored(ozi_sql_writer *writer, oz_context *context)
{
    oz_table *rows = oz_context_table(context, TABLE_ROWS);
    int64_t count = oz_list_length(rows, &oz_key_single, OZ_HASH_SINGLE);
    for (int64_t i = 0; i < count; i++) {
        oz_scalar chunk;
        if (oz_list_at(rows, &oz_key_single, OZ_HASH_SINGLE, i, &chunk)) {
            OZ_TRY(
                add_chunk(&writer->chunks, oz_context_alloc(context), chunk.as.data, chunk.size));
        }
    }
    oz_list_pop(rows, &oz_key_single, OZ_HASH_SINGLE, count);
    epochs *of = epochs_of(context);
    writer->epoch = of->pending;
    writer->written = of->written;
    of->written = of->pending;
    return OZ_OK;
}

static oz_status
settle(ozi_sql_writer *writer, oz_context *context, oz_error *error)
{
    if (oz_has_epochs(context) && take_restored(writer, context) != OZ_OK) {
        return oz_error_set(error, OZ_NO_MEMORY, "out of memory");
    }
    const ozi_sql_options *options = oz_options(context);
    bool is_new = writer->epoch == 0; /* then whoever started the job hears at once what is wrong */
    writer->patience = is_new ? 0 : options->patience;
    oz_status status = write_here(writer, oz_context_objects(context), error);
    writer->patience = options->patience;
    return status;
}

oz_status
ozi_sql_open(ozi_sql_outbox *outbox, oz_context *context, const ozi_database *database,
             oz_error *error)
{
    const oz_alloc *alloc = oz_context_alloc(context);
    outbox->building.alloc = alloc;
    ozi_vec_init(&outbox->chunks, alloc, sizeof(oz_bytes));
    ozi_sql_writer *writer = ozi_alloc_zero(alloc, sizeof *writer);
    if (writer == NULL) {
        return oz_error_set(error, OZ_NO_MEMORY, "out of memory");
    }
    outbox->writer = writer;
    writer->database = database;
    writer->io = oz_context_io(context);
    ozi_vec_init(&writer->chunks, alloc, sizeof(oz_bytes));
    OZ_TRY(make_target(writer, context, error));
    OZ_TRY(make_shape(outbox, context, error));
    return settle(writer, context, error);
}

void
ozi_sql_close(void *memory, oz_context *context)
{
    ozi_sql_outbox *outbox = memory;
    ozi_sql_writer *writer = outbox->writer;
    const oz_alloc *alloc = oz_context_alloc(context);
    if (outbox->building.alloc == NULL) {
        return; /* it was never opened */
    }
    oz_bytes_free(&outbox->building);
    free_chunks(&outbox->chunks);
    ozi_vec_free(&outbox->chunks);
    oz_object *keys = (oz_object *)(uintptr_t)outbox->shape.keys;
    for (uint32_t i = 0; keys != NULL && i < outbox->shape.count; i++) {
        if (keys[i] != NULL) {
            outbox->shape.objects->release(keys[i]);
        }
    }
    ozi_alloc_free(alloc, keys, outbox->shape.count * sizeof *keys);
    if (writer != NULL) {
        disconnect(writer);
        free_chunks(&writer->chunks);
        ozi_vec_free(&writer->chunks);
        ozi_alloc_free(alloc, writer->strings, writer->strings_size);
        ozi_alloc_free(alloc, writer, sizeof *writer);
    }
}

/* ---- rows ------------------------------------------------------------------------------------ */

static oz_step
out_of_memory(oz_context *context)
{
    return oz_fail(context, OZ_NO_MEMORY, "out of memory");
}

/* The chunk that is being filled is full: it goes behind the others, and into the table. */
static oz_status
seal(ozi_sql_outbox *outbox, oz_context *context)
{
    const oz_bytes *building = &outbox->building;
    size_t size = oz_bytes_size(building);
    if (size == 0) {
        return OZ_OK;
    }
    if (oz_has_epochs(context)) {
        const oz_scalar chunk = {.kind = OZ_SCALAR_BYTES,
                                 .size = (uint32_t)size,
                                 .as.data = building->data + building->begin};
        OZ_TRY(oz_list_push(oz_context_table(context, TABLE_ROWS), &oz_key_single, OZ_HASH_SINGLE,
                            &chunk));
    }
    OZ_TRY(ozi_vec_append(&outbox->chunks, building, 1));
    outbox->pending += size;
    oz_count(context, OZI_SQL_ROWS, outbox->building_rows);
    outbox->building_rows = 0;
    outbox->building = (oz_bytes){.alloc = building->alloc};
    return OZ_OK;
}

/* The first `count` chunks go to the writer. */
static oz_status
hand_over(ozi_sql_outbox *outbox, size_t count)
{
    OZ_TRY(ozi_vec_append(&outbox->writer->chunks, outbox->chunks.items, count));
    const oz_bytes *chunks = outbox->chunks.items;
    for (size_t i = 0; i < count; i++) {
        outbox->pending -= oz_bytes_size(&chunks[i]);
    }
    for (size_t i = count; i > 0; i--) {
        ozi_vec_remove(&outbox->chunks, i - 1);
    }
    return OZ_OK;
}

/* Without epochs: what there is, now, in a transaction of its own. */
static oz_step
write_now(ozi_sql_outbox *outbox, oz_context *context)
{
    ozi_sql_writer *writer = outbox->writer;
    if (seal(outbox, context) != OZ_OK || hand_over(outbox, outbox->chunks.count) != OZ_OK) {
        return out_of_memory(context);
    }
    if (writer->chunks.count == 0) {
        return OZ_NEED;
    }
    oz_count(context, OZI_SQL_TRANSACTIONS, 1);
    oz_status status = write_here(writer, outbox->shape.objects, oz_context_error(context));
    return status == OZ_OK ? OZ_NEED : oz_failed(context, status);
}

static oz_step
after_rows(ozi_sql_outbox *outbox, oz_context *context)
{
    const ozi_sql_options *options = oz_options(context);
    bool is_full = oz_bytes_size(&outbox->building) >= CHUNK_BYTES;
    if (!oz_has_epochs(context)) {
        if (is_full) {
            return write_now(outbox, context);
        }
        if (outbox->is_timed || oz_bytes_size(&outbox->building) == 0) {
            return OZ_NEED;
        }
        outbox->is_timed = true;
        oz_status status = oz_timer_set(context, TIMER_FLUSH, oz_now_ns(context) + flush_ns);
        return status == OZ_OK ? OZ_NEED : oz_failed(context, status);
    }
    if (is_full && seal(outbox, context) != OZ_OK) {
        return out_of_memory(context);
    }
    size_t waiting = outbox->pending + oz_bytes_size(&outbox->building);
    if (waiting >= (size_t)options->pending_max && !outbox->has_asked) {
        outbox->has_asked = true;
        oz_ask_checkpoint(context);
    }
    return OZ_NEED;
}

oz_step
ozi_sql_on_batch(void *memory, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)input;
    ozi_sql_outbox *outbox = memory;
    oz_error *error = oz_context_error(context);
    for (int64_t row = 0; row < batch->row_count; row++) {
        oz_status status = ozi_cells_append(&outbox->shape, batch, row, &outbox->building, error);
        oz_step step = status == OZ_OK           ? OZ_NEED
                       : status == OZ_BAD_RECORD ? oz_bad_record(context, batch, row)
                                                 : oz_failed(context, status);
        if (step == OZ_FAILED) {
            return OZ_FAILED;
        }
        outbox->building_rows += status == OZ_OK;
    }
    return after_rows(outbox, context);
}

oz_step
ozi_sql_on_timer(void *memory, oz_context *context, int64_t id)
{
    (void)id;
    ((ozi_sql_outbox *)memory)->is_timed = false;
    return write_now(memory, context);
}

oz_step
ozi_sql_on_flush(void *memory, oz_context *context)
{
    return oz_has_epochs(context) ? OZ_NEED : write_now(memory, context);
}

oz_step
ozi_sql_on_end(void *memory, oz_context *context, uint32_t input, uint32_t open_inputs)
{
    (void)input;
    return open_inputs > 0 ? OZ_NEED : ozi_sql_on_flush(memory, context);
}

/* With epochs rows are in the tables, but for those of the chunk that is being filled. */
int64_t
ozi_sql_rows_held(const void *memory)
{
    return ((const ozi_sql_outbox *)memory)->building_rows;
}

/* ---- checkpoints ----------------------------------------------------------------------------- */

static oz_status
prepare(void *memory, oz_context *context, uint64_t epoch)
{
    ozi_sql_outbox *outbox = memory;
    if (seal(outbox, context) != OZ_OK) {
        return oz_error_set(oz_context_error(context), OZ_NO_MEMORY, "out of memory");
    }
    outbox->has_asked = false;
    outbox->prepared = outbox->chunks.count;
    if (outbox->prepared > 0) {
        epochs_of(context)->pending = (int64_t)epoch;
    }
    return OZ_OK;
}

static oz_status
commit(void *memory, oz_context *context, uint64_t epoch)
{
    (void)epoch;
    ozi_sql_outbox *outbox = memory;
    ozi_sql_writer *writer = outbox->writer;
    oz_count(context, OZI_SQL_RETRIES, writer->retries);
    writer->retries = 0;
    size_t count = outbox->prepared;
    if (count == 0) {
        return OZ_OK;
    }
    const oz_errand errand = {.run = write_all, .release = release, .work = writer};
    if (hand_over(outbox, count) != OZ_OK || oz_leave_errand(context, &errand) != OZ_OK) {
        return oz_error_set(oz_context_error(context), OZ_NO_MEMORY, "out of memory");
    }
    outbox->prepared = 0;
    oz_count(context, OZI_SQL_TRANSACTIONS, 1);
    oz_list_pop(oz_context_table(context, TABLE_ROWS), &oz_key_single, OZ_HASH_SINGLE,
                (int64_t)count);
    epochs *of = epochs_of(context);
    writer->epoch = of->pending;
    of->written = of->pending;
    return OZ_OK;
}

const oz_sink_verbs ozi_sql_verbs = {.prepare = prepare, .commit = commit};
