/* The folder: its lock, its manifest, its files. The order of things is in store.h. */
#include "checkpoint/store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/crc.h"
#include "base/io_error.h"
#include "base/io_folder.h"
#include "base/text.h"
#include "checkpoint/parcel.h"

enum { VERSION = 6, NONE = -1, FIRST_TEXT = 4096 };
enum { FROM, TO, STATE, PATHS }; /* rooms for paths */
static const char magic[8] = "ouzelst";

typedef struct head {
    char magic[8];
    uint32_t version;
    uint32_t worker;
    uint64_t job;
    uint64_t generation;
    uint64_t epoch;
    uint32_t crc; /* of all before it */
    uint32_t zero;
} head;

_Static_assert(sizeof(head) == 48, "as it is drawn, without holes");

/* ---- paths ----------------------------------------------------------------------------------- */

/* The path of a file in the folder, in a room of the store. */
static char *
path_of(const ozi_store *store, int room, const char *name)
{
    char *path = store->paths + (size_t)room * store->path_size;
    (void)snprintf(path, store->path_size, "%s/%s", store->path, name);
    return path;
}

/* ---- the manifest ---------------------------------------------------------------------------- */

static oz_status
sync_folder(const ozi_store *store, oz_error *error)
{
    int64_t result = ozi_io_sync_folder(store->io, store->path);
    return result < 0 ? ozi_io_error(error, result, "sync", store->path) : OZ_OK;
}

/* Puts what has been printed in the place of the manifest. */
static oz_status
replace_manifest(ozi_store *store, size_t size, oz_error *error)
{
    const oz_io *io = store->io;
    const char *from = path_of(store, FROM, "manifest.tmp");
    const char *to = path_of(store, TO, "manifest");
    int64_t file = io->open(io->self, from, OZ_IO_CREATE);
    int64_t result = file < 0 ? file : ozi_io_write_all(io, file, store->text, size);
    if (file >= 0) {
        result = result < 0 ? result : io->sync(io->self, file);
        int64_t closed = io->close(io->self, file);
        result = result < 0 ? result : closed;
    }
    if (result < 0) {
        return ozi_io_error(error, result, "write", from);
    }
    store->is_doubtful = true;
    result = io->rename(io->self, from, to);
    OZ_TRY(result < 0 ? ozi_io_error(error, result, "replace", to) : sync_folder(store, error));
    store->is_doubtful = false;
    return OZ_OK;
}

/* Makes sure of the room in which the next manifest is printed. */
static void
make_room(ozi_store *store, uint32_t workers)
{
    size_t size = FIRST_TEXT + (size_t)workers * OZI_CHAIN_MAX * OZI_STATE_LINE_MAX;
    if (store->text_size < size) {
        ozi_alloc_free(store->alloc, store->text, store->text_size);
        store->text = ozi_alloc_new(store->alloc, size);
        store->text_size = store->text == NULL ? 0 : size;
    }
}

static oz_status
write_manifest(ozi_store *store, oz_error *error)
{
    return store->text == NULL
               ? oz_error_set(error, OZ_NO_MEMORY, "out of memory")
               : replace_manifest(store,
                                  ozi_manifest_print(store->next, store->text, store->text_size),
                                  error);
}

/* Reads the manifest; `*found` is false when there is none. */
static oz_status
load_manifest(const ozi_store *store, const char *path, char *text, bool *found, oz_error *error)
{
    const oz_io *io = store->io;
    size_t size;
    int64_t file = io->open(io->self, path, OZ_IO_READ);
    *found = file >= 0;
    if (file < 0) {
        return file == -ENOENT ? OZ_OK : ozi_io_error(error, file, "read", path);
    }
    int64_t result = ozi_io_read_all(io, file, text, OZI_MANIFEST_MAX, &size);
    (void)io->close(io->self, file);
    if (result < 0) {
        return ozi_io_error(error, result, "read", path);
    }
    OZ_TRY_CONTEXT(ozi_manifest_parse(text, size, store->manifest, error), error,
                   "'%s' cannot be used", path);
    return OZ_OK;
}

static oz_status
read_manifest(const ozi_store *store, bool *found, oz_error *error)
{
    char *text = ozi_alloc_new(store->alloc, OZI_MANIFEST_MAX);
    oz_status status =
        text == NULL ? oz_error_set(error, OZ_NO_MEMORY, "out of memory")
                     : load_manifest(store, path_of(store, FROM, "manifest"), text, found, error);
    ozi_alloc_free(store->alloc, text, OZI_MANIFEST_MAX);
    return status;
}

static bool
has_file(const ozi_chain *chain, const char *name)
{
    for (uint32_t i = 0; i < chain->count; i++) {
        if (strcmp(chain->files[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void
remove_file(const ozi_store *store, const char *name)
{
    (void)store->io->unlink(store->io->self, path_of(store, FROM, name));
}

/* Removes the state files of a manifest, as far as they are there and `kept` does not have them. */
static void
remove_files(const ozi_store *store, const ozi_manifest *of, const ozi_manifest *kept)
{
    for (uint32_t i = 0; i < of->workers; i++) {
        const ozi_chain *chain = &of->chains[i];
        for (uint32_t j = 0; j < chain->count; j++) {
            if (i >= kept->workers || !has_file(&kept->chains[i], chain->files[j].name)) {
                remove_file(store, chain->files[j].name);
            }
        }
    }
}

/* ---- opening --------------------------------------------------------------------------------- */

static oz_status
check_folder(const ozi_store *store, oz_error *error)
{
    int64_t result = store->io->folder(store->io->self, store->path);
    if (result == -EPERM) {
        return oz_error_set(error, OZ_REFUSED,
                            "the state folder '%s' belongs to somebody else, or others may look "
                            "into it: what it holds is run as code (chmod 700)",
                            store->path);
    }
    return result < 0 ? ozi_io_error(error, result, "use as state folder", store->path) : OZ_OK;
}

static oz_status
lock_folder(ozi_store *store, oz_error *error)
{
    const char *path = path_of(store, FROM, "lock");
    store->lock = store->io->lock(store->io->self, path);
    if (store->lock == OZ_IO_AGAIN) {
        return oz_error_set(error, OZ_REFUSED,
                            "another process runs a job in the state folder '%s'", store->path);
    }
    return store->lock < 0 ? ozi_io_error(error, store->lock, "lock", path) : OZ_OK;
}

/* A new job: its number and seed are drawn, its generation goes on from what was there. */
static void
begin_job(ozi_store *store, const ozi_manifest *before)
{
    const oz_io *io = store->io;
    memset(store->next, 0, sizeof *store->next);
    store->next->job = io->random(io->self);
    store->next->generation = before->generation + 1;
    store->next->seed = io->random(io->self);
}

/* ---- files that no manifest has -------------------------------------------------------------- */

/* Whether it is the name of a state file, "state." and three numbers, or of a parcel. */
static bool
is_state_name(const char *name)
{
    uint32_t worker;
    uint64_t epoch;
    uint64_t generation;
    int end = 0;
    int count = sscanf(name, "state.%" SCNu32 ".%" SCNu64 ".%" SCNu64 "%n", &worker, &epoch,
                       &generation, &end);
    return (count == 3 && name[end] == '\0') || ozi_parcel_is_name(name);
}

static oz_status
remove_unknown(void *context, const char *path)
{
    const ozi_store *store = context;
    const char *name = path + strlen(store->path) + 1;
    const ozi_manifest *now = store->manifest;
    bool is_known = false;
    for (uint32_t i = 0; i < now->workers && !is_known; i++) {
        is_known = has_file(&now->chains[i], name);
    }
    if (!is_known && is_state_name(name)) {
        remove_file(store, name);
    }
    return OZ_OK;
}

/* Removes what attempts left that came to nothing, and lives that ended in the middle of one. */
static oz_status
sweep(ozi_store *store, oz_error *error)
{
    const oz_io *io = store->io;
    size_t size = 2 * strlen(store->path) + sizeof "/state.*";
    char *pattern = ozi_alloc_new(store->alloc, size);
    if (pattern == NULL) {
        return oz_error_set(error, OZ_NO_MEMORY, "out of memory");
    }
    char *end = pattern;
    for (const char *at = store->path; *at != '\0'; at++) {
        if (strchr("*?[\\", *at) != NULL) {
            *end++ = '\\';
        }
        *end++ = *at;
    }
    memcpy(end, "/state.*", sizeof "/state.*");
    (void)io->glob(io->self, pattern, remove_unknown, store);
    ozi_alloc_free(store->alloc, pattern, size);
    return OZ_OK;
}

static oz_status
open_job(ozi_store *store, bool is_fresh, oz_error *error)
{
    bool found = false;
    oz_status status = read_manifest(store, &found, error);
    if (status == OZ_CORRUPT && is_fresh) {
        memset(store->manifest, 0, sizeof *store->manifest); /* its files are not known */
        found = false;
    } else {
        OZ_TRY(status);
    }
    if (found && !is_fresh) {
        *store->next = *store->manifest;
        store->next->generation++;
    } else {
        begin_job(store, store->manifest);
    }
    make_room(store, store->next->workers);
    OZ_TRY(write_manifest(store, error));
    *store->manifest = *store->next;
    return sweep(store, error);
}

/* A worker that does not lead: the lock is worker 0's, and so is what was verified. */
static oz_status
join_job(ozi_store *store, oz_error *error)
{
    bool found = false;
    OZ_TRY(read_manifest(store, &found, error));
    return found ? OZ_OK
                 : oz_error_set(error, OZ_CORRUPT, "the state folder '%s' has lost its manifest",
                                store->path);
}

static oz_status
open_folder(ozi_store *store, const ozi_store_options *options, oz_error *error)
{
    OZ_TRY(check_folder(store, error));
    if (options->joins) {
        return join_job(store, error);
    }
    OZ_TRY(lock_folder(store, error));
    return open_job(store, options->is_fresh, error);
}

oz_status
ozi_store_open(ozi_store *store, const oz_alloc *alloc, const ozi_store_options *options,
               oz_error *error)
{
    size_t size = strlen(options->path) + 1;
    *store = (ozi_store){.alloc = alloc, .io = options->io, .lock = NONE, .stream = {.file = NONE}};
    store->path = ozi_alloc_zero(alloc, size);
    store->path_size = size + 1 + OZI_STATE_NAME_MAX;
    store->paths = ozi_alloc_new(alloc, PATHS * store->path_size);
    store->manifest = ozi_alloc_zero(alloc, sizeof *store->manifest);
    store->next = ozi_alloc_zero(alloc, sizeof *store->next);
    oz_status status;
    if (store->path == NULL || store->paths == NULL || store->manifest == NULL ||
        store->next == NULL) {
        status = oz_error_set(error, OZ_NO_MEMORY, "out of memory");
    } else {
        memcpy(store->path, options->path, size);
        status = open_folder(store, options, error);
    }
    if (status != OZ_OK) {
        ozi_store_close(store);
    }
    return status;
}

static void
close_stream(ozi_store *store)
{
    ozi_state_stream *stream = &store->stream;
    if (stream->file >= 0) {
        (void)stream->io->close(stream->io->self, stream->file);
    }
    *stream = (ozi_state_stream){.file = NONE};
}

void
ozi_store_close(ozi_store *store)
{
    if (store->alloc == NULL) {
        return;
    }
    close_stream(store);
    if (store->lock >= 0) {
        (void)store->io->close(store->io->self, store->lock);
    }
    ozi_alloc_free(store->alloc, store->path, store->path == NULL ? 0 : strlen(store->path) + 1);
    ozi_alloc_free(store->alloc, store->paths, PATHS * store->path_size);
    ozi_alloc_free(store->alloc, store->text, store->text_size);
    ozi_alloc_free(store->alloc, store->manifest, sizeof *store->manifest);
    ozi_alloc_free(store->alloc, store->next, sizeof *store->next);
    *store = (ozi_store){.lock = NONE};
}

/* ---- writing --------------------------------------------------------------------------------- */

static oz_status
put(void *context, const void *block, size_t size)
{
    ozi_state_stream *stream = context;
    stream->failure = ozi_io_write_all(stream->io, stream->file, block, size);
    stream->size += size;
    return stream->failure < 0 ? OZ_IO : OZ_OK;
}

static void
name_file(char *name, uint32_t worker, uint64_t epoch, uint64_t generation)
{
    (void)snprintf(name, OZI_STATE_NAME_MAX, "state.%" PRIu32 ".%" PRIu64 ".%" PRIu64, worker,
                   epoch, generation);
}

/* Until they are added, the files of the next epoch are those that may be there of an attempt. */
static void
begin_epoch(ozi_store *store, uint64_t epoch, uint32_t workers)
{
    const ozi_manifest *now = store->manifest;
    ozi_manifest *next = store->next;
    next->job = now->job;
    next->generation = now->generation;
    next->epoch = epoch;
    next->seed = now->seed;
    next->ended = false;
    next->workers = workers;
    for (uint32_t i = 0; i < workers; i++) {
        next->chains[i].count = 1;
        name_file(next->chains[i].files[0].name, i, epoch, now->generation);
    }
    store->tried = epoch;
}

void
ozi_store_begin(ozi_store *store, uint32_t workers)
{
    uint64_t last = store->manifest->epoch;
    close_stream(store);
    if (!store->is_doubtful) {
        remove_files(store, store->next, store->manifest);
    }
    make_room(store, workers);
    begin_epoch(store, (store->tried > last ? store->tried : last) + 1, workers);
}

void
ozi_store_follow(ozi_store *store, uint64_t holds, uint64_t next, uint32_t workers)
{
    close_stream(store);
    store->manifest->epoch = holds;
    begin_epoch(store, next, workers);
}

void
ozi_store_begin_anew(ozi_store *store)
{
    store->link_count = 0;
}

void
ozi_store_add(ozi_store *store, uint32_t worker, const ozi_link *link)
{
    ozi_chain *chain = &store->next->chains[worker];
    ozi_state_file file = chain->files[0];
    file.size = link->size;
    file.crc = link->crc;
    const ozi_chain *before = &store->manifest->chains[worker]; /* none: it is empty */
    if (link->is_whole || before->count == OZI_CHAIN_MAX) {
        chain->count = 0;
    } else {
        *chain = *before;
    }
    chain->files[chain->count++] = file;
}

/* Whether changes alone would not do, or not pay. */
static bool
must_be_whole(const ozi_store *store)
{
    return store->link_count == 0 || store->link_count == OZI_CHAIN_MAX ||
           store->changes_size >= store->all_size;
}

oz_status
ozi_store_write(ozi_store *store, uint32_t worker, bool *is_whole, ozi_pack *pack, oz_error *error)
{
    const ozi_manifest *next = store->next;
    const ozi_state_file *file = next->chains[worker].files;
    ozi_state_stream *stream = &store->stream;
    *is_whole = *is_whole || must_be_whole(store);
    store->is_whole = *is_whole;
    head head = {.version = VERSION,
                 .worker = worker,
                 .job = next->job,
                 .generation = next->generation,
                 .epoch = next->epoch};
    memcpy(head.magic, magic, sizeof magic);
    head.crc = ozi_crc(0, &head, offsetof(struct head, crc));
    *stream = (ozi_state_stream){.io = store->io, .file = NONE};
    stream->path = path_of(store, STATE, file->name);
    if (ozi_pack_init(pack, store->alloc, put, stream) != OZ_OK) {
        close_stream(store);
        return oz_error_set(error, OZ_NO_MEMORY, "out of memory");
    }
    stream->file = store->io->open(store->io->self, stream->path, OZ_IO_CREATE);
    stream->failure = stream->file < 0 ? stream->file : 0;
    if (stream->file < 0) {
        ozi_pack_fail(pack, OZ_IO);
    } else {
        stream->crc = ozi_crc(0, &head, sizeof head);
        ozi_pack_fail(pack, put(stream, &head, sizeof head));
    }
    return OZ_OK;
}

/* How the chain of this worker goes on; after a failure it begins anew. */
static void
count_link(ozi_store *store, bool is_written)
{
    uint64_t size = store->stream.size;
    store->link_count = !is_written ? 0 : store->is_whole ? 1 : store->link_count + 1;
    store->all_size = store->is_whole ? size : store->all_size;
    store->changes_size = store->is_whole ? 0 : store->changes_size + size;
}

void
ozi_store_sync(ozi_store *store)
{
    ozi_state_stream *stream = &store->stream;
    const oz_io *io = stream->io;
    if (stream->file >= 0) {
        int64_t result = io->sync(io->self, stream->file);
        (void)io->close(io->self, stream->file);
        stream->file = NONE;
        stream->failure = stream->failure < 0 ? stream->failure : result;
    }
}

/* Of the head and of the blocks, each of which has one of its own. */
static uint32_t
crc_of_file(const ozi_state_stream *stream, uint32_t crc_of_blocks)
{
    return ozi_crc(stream->crc, &crc_of_blocks, sizeof crc_of_blocks);
}

oz_status
ozi_store_written(ozi_store *store, const ozi_pack *pack, ozi_link *out, oz_error *error)
{
    ozi_state_stream *stream = &store->stream;
    oz_status status = pack->status == OZ_OK && stream->failure < 0 ? OZ_IO : pack->status;
    *out = (ozi_link){.size = stream->size,
                      .crc = crc_of_file(stream, pack->crc),
                      .is_whole = store->is_whole};
    count_link(store, status == OZ_OK);
    if (status == OZ_IO) {
        (void)ozi_io_error(error, stream->failure, "write", stream->path);
    } else if (status != OZ_OK) {
        (void)oz_error_set(error, status, "cannot write '%s': %s", stream->path,
                           oz_status_name(status));
    }
    close_stream(store);
    return status;
}

void
ozi_store_commit(ozi_store *store)
{
    oz_error *error = &store->failure;
    *error = (oz_error){.status = OZ_OK};
    if (sync_folder(store, error) == OZ_OK && write_manifest(store, error) == OZ_OK) {
        remove_files(store, store->manifest, store->next);
    }
}

oz_status
ozi_store_committed(ozi_store *store, oz_error *error)
{
    if (store->failure.status != OZ_OK) {
        *error = store->failure;
        return error->status;
    }
    ozi_manifest *before = store->manifest;
    store->manifest = store->next;
    store->next = before;
    before->workers = 0; /* its files have been removed */
    return OZ_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

static oz_status
get(void *context, void *data, size_t size)
{
    ozi_state_stream *stream = context;
    size_t got;
    stream->failure = ozi_io_read_all(stream->io, stream->file, data, size, &got);
    stream->size += got;
    return stream->failure < 0 ? OZ_IO : got < size ? OZ_CORRUPT : OZ_OK;
}

static oz_status
refuse(const ozi_state_stream *stream, oz_error *error, const char *reason)
{
    return oz_error_set(error, OZ_CORRUPT, "'%s' cannot be used: %s", stream->path, reason);
}

/* Opens the file and checks its head. */
static oz_status
open_file(ozi_store *store, uint32_t worker, uint32_t link, oz_error *error)
{
    const ozi_manifest *now = store->manifest;
    const ozi_state_file *wanted = &now->chains[worker].files[link];
    ozi_state_stream *stream = &store->stream;
    char name[OZI_STATE_NAME_MAX];
    head head;
    *stream = (ozi_state_stream){.io = store->io, .file = NONE, .wanted = wanted};
    stream->path = path_of(store, STATE, wanted->name);
    stream->file = store->io->open(store->io->self, stream->path, OZ_IO_READ);
    if (stream->file < 0) {
        return ozi_io_error(error, stream->file, "read", stream->path);
    }
    oz_status status = get(stream, &head, sizeof head);
    if (status != OZ_OK) {
        return status == OZ_IO ? ozi_io_error(error, stream->failure, "read", stream->path)
                               : refuse(stream, error, "it is cut off");
    }
    if (memcmp(head.magic, magic, sizeof magic) != 0) {
        return refuse(stream, error, "it is no state of Ouzel");
    }
    if (head.version != VERSION) {
        return oz_error_set(error, OZ_CORRUPT,
                            "'%s' cannot be used: it is of another version; this build reads "
                            "version %d",
                            stream->path, VERSION);
    }
    if (head.crc != ozi_crc(0, &head, offsetof(struct head, crc))) {
        return refuse(stream, error, "the checksum of its head is wrong");
    }
    stream->crc = ozi_crc(0, &head, sizeof head);
    name_file(name, head.worker, head.epoch, head.generation);
    if (head.job != now->job || head.worker != worker || strcmp(name, wanted->name) != 0) {
        return refuse(stream, error, "it is of another job, epoch or worker");
    }
    return OZ_OK;
}

oz_status
ozi_store_read(ozi_store *store, uint32_t worker, uint32_t link, ozi_unpack *unpack,
               oz_error *error)
{
    oz_status status = open_file(store, worker, link, error);
    if (status == OZ_OK && ozi_unpack_init(unpack, store->alloc, get, &store->stream) != OZ_OK) {
        status = oz_error_set(error, OZ_NO_MEMORY, "out of memory");
    }
    if (status != OZ_OK) {
        close_stream(store);
    }
    return status;
}

/* Compares what was read with what the manifest says: blocks have been checked one by one. */
static oz_status
verify(ozi_store *store, uint32_t crc_of_blocks, oz_error *error)
{
    ozi_state_stream *stream = &store->stream;
    const ozi_state_file *file = stream->wanted;
    char more;
    size_t got;
    int64_t result = ozi_io_read_all(stream->io, stream->file, &more, sizeof more, &got);
    if (result < 0) {
        return ozi_io_error(error, result, "read", stream->path);
    }
    if (stream->size + got != file->size) {
        return oz_error_set(error, OZ_CORRUPT,
                            "'%s' cannot be used: it has %s than %" PRIu64 " bytes", stream->path,
                            stream->size + got > file->size ? "more" : "less", file->size);
    }
    return crc_of_file(stream, crc_of_blocks) == file->crc
               ? OZ_OK
               : refuse(stream, error, "its checksum is not that in the manifest");
}

oz_status
ozi_store_read_end(ozi_store *store, ozi_unpack *unpack, oz_error *error)
{
    ozi_state_stream *stream = &store->stream;
    oz_status status = ozi_unpack_finish(unpack);
    if (status == OZ_OK) {
        status = verify(store, unpack->crc, error);
    } else if (status == OZ_IO) {
        (void)ozi_io_error(error, stream->failure, "read", stream->path);
    } else if (status == OZ_CORRUPT) {
        (void)refuse(stream, error, "it does not end where it should, or is damaged");
    } else {
        (void)oz_error_set(error, status, "'%s' cannot be read: %s", stream->path,
                           oz_status_name(status));
    }
    close_stream(store);
    return status;
}
