/*
 * What a worker hands to the others when keys move: a packed stream in a file of the state folder,
 * which is written, read by all, and removed, while nothing else goes on. It need not survive
 * anything: after a crash the epoch that holds is what counts.
 *
 *     DIR/state.WORKER.moved    | "ouzelpc" 0 | u64 attempt | packed stream (base/pack.h) |
 *
 * All paths go through the io table. One thread.
 */
#ifndef OUZEL_CHECKPOINT_PARCEL_H
#define OUZEL_CHECKPOINT_PARCEL_H

#include "base/pack.h"
#include "ouzel/io.h"

typedef struct ozi_parcel {
    const oz_io *io;
    const oz_alloc *alloc;
    char *path;
    size_t path_size;
    int64_t file;    /* -1: none */
    int64_t failure; /* the first negated errno */
} ozi_parcel;

/* Begins the parcel of a worker for the attempt of that number: pack what is in it. */
OZ_MUST_USE oz_status
ozi_parcel_write(ozi_parcel *parcel, const oz_alloc *alloc, const oz_io *io, const char *folder,
                 uint32_t worker, uint64_t attempt, ozi_pack *pack, oz_error *error);
/* Ends it: finishes the pack, closes the file; after a failure the file is removed. */
OZ_MUST_USE oz_status
ozi_parcel_written(ozi_parcel *parcel, ozi_pack *pack, oz_error *error);
/* Opens the parcel of a worker. CORRUPT: it is of another attempt. */
OZ_MUST_USE oz_status
ozi_parcel_read(ozi_parcel *parcel, const oz_alloc *alloc, const oz_io *io, const char *folder,
                uint32_t worker, uint64_t attempt, ozi_unpack *unpack, oz_error *error);
/* Ends that: CORRUPT unless all of it was unpacked. */
OZ_MUST_USE oz_status
ozi_parcel_read_end(ozi_parcel *parcel, ozi_unpack *unpack, oz_error *error);
/* Removes the parcel of a worker, if there is one. */
void
ozi_parcel_remove(const oz_alloc *alloc, const oz_io *io, const char *folder, uint32_t worker);
/* Whether a file in the folder is a parcel, by its name. */
bool
ozi_parcel_is_name(const char *name);

#endif
