#include "connectors/committed.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/io_error.h"

/* The value of table 0. */
typedef struct committed {
    int64_t is_begun;
    int64_t length;
} committed;

static committed *
committed_of(oz_context *context)
{
    return oz_table_single(oz_context_table(context, 0));
}

/* `path` with `suffix`, in memory of the engine; free `*size` bytes. */
static char *
path_with(oz_context *context, const char *path, const char *suffix, size_t *size)
{
    *size = strlen(path) + strlen(suffix) + 1;
    char *made = ozi_alloc_new(oz_context_alloc(context), *size);
    if (made != NULL) {
        (void)snprintf(made, *size, "%s%s", path, suffix);
    }
    return made;
}

/* ---- opening --------------------------------------------------------------------------------- */

static oz_status
cut(ozi_outlet *outlet, const committed *so_far, const char *path, oz_error *error)
{
    const oz_io *io = outlet->io;
    int64_t size = io->size(io->self, outlet->file);
    if (size >= 0 && size < so_far->length) {
        return oz_error_set(error, OZ_REFUSED,
                            "'%s' has %" PRId64 " bytes, but %" PRId64
                            " were committed: it was changed by others",
                            path, size, so_far->length);
    }
    int64_t result = size < 0 ? size : io->truncate(io->self, outlet->file, so_far->length);
    return result < 0 ? ozi_io_error(error, result, "cut", path) : OZ_OK;
}

oz_status
ozi_committed_open(ozi_outlet *outlet, oz_context *context, const char *path, oz_error *error)
{
    const oz_io *io = outlet->io;
    const committed *so_far = oz_has_epochs(context) ? committed_of(context) : NULL;
    bool goes_on = so_far != NULL && so_far->is_begun != 0;
    int64_t file = io->open(io->self, path, goes_on ? OZ_IO_APPEND : OZ_IO_CREATE);
    if (file < 0) {
        return ozi_io_error(error, file, "write to", path);
    }
    outlet->file = file;
    if (!goes_on) {
        return OZ_OK;
    }
    outlet->written = so_far->length;
    OZ_TRY(cut(outlet, so_far, path, error));
    return ozi_committed_commit(context, path);
}

/* ---- prepare --------------------------------------------------------------------------------- */

oz_status
ozi_committed_prepare(ozi_outlet *outlet, oz_context *context, const char *path)
{
    const oz_io *io = outlet->io;
    committed *so_far = committed_of(context);
    if (io->size(io->self, outlet->file) < 0) {
        return OZ_OK; /* a pipe, a terminal */
    }
    const oz_errand errand = {
        .path = path,
        .file = outlet->file,
        .is_name_synced = so_far->is_begun == 0, /* it was made: its name must be safe, too */
    };
    if (oz_leave_errand(context, &errand) != OZ_OK) {
        return oz_error_set(oz_context_error(context), OZ_NO_MEMORY, "out of memory");
    }
    *so_far = (committed){.is_begun = true, .length = outlet->written};
    return OZ_OK;
}

/* ---- commit ---------------------------------------------------------------------------------- */

/* Writes the length to a file that is left open: once it is durable it gets its name. */
static int64_t
write_length(const oz_io *io, const char *path, int64_t length, int64_t *file)
{
    char text[24];
    int size = snprintf(text, sizeof text, "%" PRId64 "\n", length);
    *file = io->open(io->self, path, OZ_IO_CREATE);
    int64_t result = *file < 0 ? *file : 1;
    for (int64_t done = 0; done < size && result > 0; done += result) {
        result = io->write(io->self, *file, text + done, (size_t)(size - done));
    }
    return result == 0 ? -EIO : result;
}

static int64_t
show_length(oz_context *context, const char *next, const char *side)
{
    const oz_io *io = oz_context_io(context);
    int64_t file;
    int64_t result = write_length(io, next, committed_of(context)->length, &file);
    const oz_errand errand = {.path = next, .to = side, .file = file, .closes = true};
    if (result >= 0 && oz_leave_errand(context, &errand) != OZ_OK) {
        result = -ENOMEM;
    }
    if (result < 0 && file >= 0) {
        (void)io->close(io->self, file);
    }
    return result;
}

oz_status
ozi_committed_commit(oz_context *context, const char *path)
{
    if (committed_of(context)->is_begun == 0) {
        return OZ_OK;
    }
    size_t side_size = 0;
    size_t next_size = 0;
    char *side = path_with(context, path, ".committed", &side_size);
    char *next = path_with(context, path, ".committed.tmp", &next_size);
    int64_t result = side == NULL || next == NULL ? -ENOMEM : show_length(context, next, side);
    oz_status status =
        result < 0 ? ozi_io_error(oz_context_error(context), result, "show the length of", path)
                   : OZ_OK;
    ozi_alloc_free(oz_context_alloc(context), side, side_size);
    ozi_alloc_free(oz_context_alloc(context), next, next_size);
    return status;
}
