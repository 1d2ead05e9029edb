#include "checkpoint/parcel.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/io_error.h"
#include "base/io_folder.h"

enum { NONE = -1, NAME_MAX_BYTES = 32 };
static const char magic[8] = "ouzelpc";

typedef struct head {
    char magic[8];
    uint64_t attempt;
} head;

static oz_status
begin(ozi_parcel *parcel, const oz_alloc *alloc, const oz_io *io, const char *folder,
      uint32_t worker)
{
    *parcel = (ozi_parcel){.io = io, .alloc = alloc, .file = NONE};
    parcel->path_size = strlen(folder) + NAME_MAX_BYTES;
    parcel->path = ozi_alloc_new(alloc, parcel->path_size);
    if (parcel->path == NULL) {
        return OZ_NO_MEMORY;
    }
    (void)snprintf(parcel->path, parcel->path_size, "%s/state.%" PRIu32 ".moved", folder, worker);
    return OZ_OK;
}

static void
end(ozi_parcel *parcel)
{
    if (parcel->file >= 0) {
        (void)parcel->io->close(parcel->io->self, parcel->file);
    }
    ozi_alloc_free(parcel->alloc, parcel->path, parcel->path_size);
    *parcel = (ozi_parcel){.file = NONE};
}

/* What went wrong, told; OK: nothing did. */
static oz_status
tell(const ozi_parcel *parcel, oz_status status, const char *what, oz_error *error)
{
    if (status == OZ_OK) {
        return OZ_OK;
    }
    if (status == OZ_IO) {
        return ozi_io_error(error, parcel->failure, what, parcel->path);
    }
    return oz_error_set(error, status, "cannot %s '%s': %s", what,
                        parcel->path == NULL ? "a parcel" : parcel->path, oz_status_name(status));
}

/* ---- writing --------------------------------------------------------------------------------- */

static oz_status
put(void *context, const void *block, size_t size)
{
    ozi_parcel *parcel = context;
    parcel->failure = ozi_io_write_all(parcel->io, parcel->file, block, size);
    return parcel->failure < 0 ? OZ_IO : OZ_OK;
}

static oz_status
open_to_write(ozi_parcel *parcel, uint64_t attempt)
{
    head head = {.attempt = attempt};
    memcpy(head.magic, magic, sizeof magic);
    parcel->file = parcel->io->open(parcel->io->self, parcel->path, OZ_IO_CREATE);
    parcel->failure = parcel->file < 0 ? parcel->file : 0;
    return parcel->file < 0 ? OZ_IO : put(parcel, &head, sizeof head);
}

oz_status
ozi_parcel_write(ozi_parcel *parcel, const oz_alloc *alloc, const oz_io *io, const char *folder,
                 uint32_t worker, uint64_t attempt, ozi_pack *pack, oz_error *error)
{
    oz_status status = begin(parcel, alloc, io, folder, worker);
    status = status == OZ_OK ? open_to_write(parcel, attempt) : status;
    status = status == OZ_OK ? ozi_pack_init(pack, alloc, put, parcel) : status;
    if (status != OZ_OK) {
        (void)tell(parcel, status, "write", error);
        end(parcel);
    }
    return status;
}

oz_status
ozi_parcel_written(ozi_parcel *parcel, ozi_pack *pack, oz_error *error)
{
    oz_status status = tell(parcel, ozi_pack_finish(pack), "write", error);
    if (status != OZ_OK) {
        (void)parcel->io->unlink(parcel->io->self, parcel->path);
    }
    end(parcel);
    return status;
}

/* ---- reading --------------------------------------------------------------------------------- */

static oz_status
get(void *context, void *data, size_t size)
{
    ozi_parcel *parcel = context;
    size_t got;
    parcel->failure = ozi_io_read_all(parcel->io, parcel->file, data, size, &got);
    return parcel->failure < 0 ? OZ_IO : got < size ? OZ_CORRUPT : OZ_OK;
}

static oz_status
open_to_read(ozi_parcel *parcel, uint64_t attempt)
{
    head head;
    parcel->file = parcel->io->open(parcel->io->self, parcel->path, OZ_IO_READ);
    parcel->failure = parcel->file < 0 ? parcel->file : 0;
    oz_status status = parcel->file < 0 ? OZ_IO : get(parcel, &head, sizeof head);
    bool is_it =
        status == OZ_OK && memcmp(head.magic, magic, sizeof magic) == 0 && head.attempt == attempt;
    return status == OZ_OK && !is_it ? OZ_CORRUPT : status;
}

oz_status
ozi_parcel_read(ozi_parcel *parcel, const oz_alloc *alloc, const oz_io *io, const char *folder,
                uint32_t worker, uint64_t attempt, ozi_unpack *unpack, oz_error *error)
{
    oz_status status = begin(parcel, alloc, io, folder, worker);
    status = status == OZ_OK ? open_to_read(parcel, attempt) : status;
    status = status == OZ_OK ? ozi_unpack_init(unpack, alloc, get, parcel) : status;
    if (status != OZ_OK) {
        (void)tell(parcel, status, "read", error);
        end(parcel);
    }
    return status;
}

oz_status
ozi_parcel_read_end(ozi_parcel *parcel, ozi_unpack *unpack, oz_error *error)
{
    oz_status status = tell(parcel, ozi_unpack_finish(unpack), "read", error);
    end(parcel);
    return status;
}

/* ---- names ----------------------------------------------------------------------------------- */

void
ozi_parcel_remove(const oz_alloc *alloc, const oz_io *io, const char *folder, uint32_t worker)
{
    ozi_parcel parcel;
    if (begin(&parcel, alloc, io, folder, worker) == OZ_OK) {
        (void)io->unlink(io->self, parcel.path);
    }
    end(&parcel);
}

bool
ozi_parcel_is_name(const char *name)
{
    uint32_t worker;
    int size = 0;
    return sscanf(name, "state.%" SCNu32 ".moved%n", &worker, &size) == 1 && size > 0 &&
           name[size] == '\0';
}
