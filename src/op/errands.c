#include "op/errands.h"

#include <stdio.h>

#include "base/io_error.h"
#include "base/io_folder.h"

/* An errand with memory of its own: | path | to | folder |, each with its NUL; none for work. */
typedef struct kept {
    oz_context *node;
    oz_errand errand;
    const char *folder; /* NULL: it is not synced */
    char *memory;
    size_t size;
} kept;

/* Bytes of the folder in `path`, without a slash at its end; 0: it is the present one. */
static size_t
folder_size(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
}

oz_status
oz_leave_errand(oz_context *node, const oz_errand *errand)
{
    ozi_engine *engine = node->engine;
    if (errand->path == NULL) {
        const kept work = {.node = node, .errand = *errand};
        return ozi_vec_append(&engine->errands.list, &work, 1);
    }
    size_t path_size = strlen(errand->path) + 1;
    size_t to_size = errand->to == NULL ? 0 : strlen(errand->to) + 1;
    size_t size = path_size + to_size + path_size + 1;
    kept made = {.node = node, .errand = *errand, .size = size};
    made.memory = ozi_alloc_new(engine->alloc, size);
    if (made.memory == NULL) {
        return OZ_NO_MEMORY;
    }
    memcpy(made.memory, errand->path, path_size);
    made.errand.path = made.memory;
    if (errand->to != NULL) {
        made.errand.to = memcpy(made.memory + path_size, errand->to, to_size);
    }
    if (errand->is_name_synced) {
        char *folder = made.memory + path_size + to_size;
        int length = (int)folder_size(errand->path);
        (void)snprintf(folder, path_size + 1, "%.*s", length == 0 ? 1 : length,
                       length == 0 ? "." : errand->path);
        made.folder = folder;
    }
    oz_status status = ozi_vec_append(&engine->errands.list, &made, 1);
    if (status != OZ_OK) {
        ozi_alloc_free(engine->alloc, made.memory, size);
    }
    return status;
}

static int64_t
run(const oz_io *io, kept *of)
{
    oz_errand *errand = &of->errand;
    int64_t result = errand->file < 0 ? 0 : io->sync(io->self, errand->file);
    if (errand->closes) {
        int64_t closed = io->close(io->self, errand->file);
        errand->closes = false;
        result = result < 0 ? result : closed;
    }
    if (result >= 0 && errand->to != NULL) {
        result = io->rename(io->self, errand->path, errand->to);
    }
    return result >= 0 && of->folder != NULL ? ozi_io_sync_folder(io, of->folder) : result;
}

void
ozi_errands_do(ozi_errands *errands, const oz_io *io)
{
    kept *items = errands->list.items;
    for (size_t i = 0; i < errands->list.count && errands->failure >= 0; i++) {
        const oz_errand *errand = &items[i].errand;
        errands->failed = i;
        if (errand->path != NULL) {
            errands->failure = run(io, &items[i]);
        } else if (errand->run(errand->work, &errands->error) != OZ_OK) {
            errands->failure = -1;
        }
    }
}

static oz_status
explain(const ozi_errands *errands, oz_context **node, oz_error *error)
{
    const kept *failed = ozi_vec_at(&errands->list, errands->failed);
    *node = failed->node;
    if (failed->errand.path == NULL) {
        return oz_error_set(error, errands->error.status, "%s", errands->error.text);
    }
    const char *what = failed->errand.to == NULL ? "make durable" : "make durable and name";
    return ozi_io_error(error, errands->failure, what, failed->errand.path);
}

oz_status
ozi_errands_now(ozi_engine *engine, oz_error *error)
{
    ozi_errands_do(&engine->errands, engine->io);
    oz_context *node = NULL;
    oz_status status = OZ_OK;
    if (engine->errands.failure < 0) {
        status = explain(&engine->errands, &node, error);
        (void)oz_error_context(error, "step \"%s\"", node->name);
    }
    ozi_errands_clear(engine);
    return status;
}

oz_step
ozi_errands_end(ozi_engine *engine)
{
    oz_context *node = NULL;
    oz_step step = OZ_NEED;
    if (engine->errands.failure < 0) {
        oz_error error;
        oz_status status = explain(&engine->errands, &node, &error);
        *oz_context_error(node) = error;
        step = oz_failed(node, status);
    }
    ozi_errands_clear(engine);
    return step;
}

void
ozi_errands_clear(ozi_engine *engine)
{
    ozi_errands *errands = &engine->errands;
    kept *items = errands->list.items;
    for (size_t i = 0; i < errands->list.count; i++) {
        if (items[i].errand.release != NULL) {
            items[i].errand.release(items[i].errand.work);
        }
        if (items[i].errand.closes) {
            (void)engine->io->close(engine->io->self, items[i].errand.file);
        }
        ozi_alloc_free(engine->alloc, items[i].memory, items[i].size);
    }
    ozi_vec_free(&errands->list);
    ozi_errands_init(errands, engine->alloc);
}

void
ozi_errands_init(ozi_errands *errands, const oz_alloc *alloc)
{
    *errands = (ozi_errands){.failure = 0};
    ozi_vec_init(&errands->list, alloc, sizeof(kept));
}
