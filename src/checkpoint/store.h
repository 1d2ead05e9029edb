/*
 * The state folder of a job: locked, and changed by one manifest after the other.
 *
 *     DIR/lock                    locked as long as the job runs
 *     DIR/manifest                what holds; see manifest.h
 *     DIR/manifest.tmp            the next one, as long as it is written
 *     DIR/state.WORKER.EPOCH.GENERATION
 *
 *     state file  | "ouzelst" 0 | u32 version | u32 worker | u64 job | u64 generation | u64 epoch |
 *                 | u32 CRC-32C of what is before | packed stream (base/pack.h) |
 *
 * A checkpoint is written so: each state file, synced; the folder, synced; manifest.tmp, synced;
 * renamed to manifest; the folder, synced. Then it holds, and the files of the epoch before are
 * removed, by their names in its manifest. Whatever stops that on the way, the manifest before it
 * holds, and what was written for the next one is written anew.
 *
 * All paths go through the io table. One thread.
 */
#ifndef OUZEL_CHECKPOINT_STORE_H
#define OUZEL_CHECKPOINT_STORE_H

#include "base/pack.h"
#include "checkpoint/manifest.h"
#include "ouzel/io.h"

/* A file of state that is being written or read. */
typedef struct ozi_state_stream {
    const oz_io *io;
    char *path; /* of the store's memory */
    size_t path_size;
    int64_t file;    /* -1: none */
    uint64_t size;   /* bytes so far */
    uint32_t crc;    /* of them */
    int64_t failure; /* the first negated errno */
} ozi_state_stream;

typedef struct ozi_store {
    const oz_alloc *alloc;
    const oz_io *io;
    char *path;
    int64_t lock;
    ozi_manifest *manifest; /* the one that holds */
    ozi_manifest *next;     /* the one that is being prepared */
    ozi_state_stream stream;
} ozi_store;

typedef struct ozi_store_options {
    const oz_io *io;
    const char *path;
    bool is_fresh; /* what is there is forgotten */
    bool joins;    /* as a worker that does not lead: worker 0 has opened it, and has the lock */
} ozi_store_options;

/*
 * Makes the folder if it is not there, locks it, reads the manifest and verifies each state file,
 * raises the generation and makes that durable. The message names the folder or file. REFUSED:
 * somebody else owns the folder, others may look into it, or another process runs a job in it. Who
 * joins only reads the manifest.
 */
OZ_MUST_USE oz_status
ozi_store_open(ozi_store *store, const oz_alloc *alloc, const ozi_store_options *options,
               oz_error *error);
/* Safe on a zeroed struct. */
void
ozi_store_close(ozi_store *store);

/*
 * Begins the next epoch, of so many workers: each writes its state file. Worker 0 begins it before
 * any of them does: what an attempt before it left is removed.
 */
void
ozi_store_begin(ozi_store *store, uint32_t workers);
/* The same for a worker that has joined: `epoch` is the one that holds. */
void
ozi_store_follow(ozi_store *store, uint64_t epoch, uint32_t workers);
/* Begins the state file of a worker; pack what it consists of. */
OZ_MUST_USE oz_status
ozi_store_write(ozi_store *store, uint32_t worker, ozi_pack *pack, oz_error *error);
/* Ends it: finishes the pack, syncs the file; its size and checksum are in `next`. */
OZ_MUST_USE oz_status
ozi_store_written(ozi_store *store, uint32_t worker, ozi_pack *pack, oz_error *error);
/* Makes the epoch durable. A failure leaves the epoch before it. */
OZ_MUST_USE oz_status
ozi_store_commit(ozi_store *store, bool has_ended, oz_error *error);

/* Opens the state file of a worker of the epoch that holds. */
OZ_MUST_USE oz_status
ozi_store_read(ozi_store *store, uint32_t worker, ozi_unpack *unpack, oz_error *error);
/* Ends it: CORRUPT unless all was read. */
OZ_MUST_USE oz_status
ozi_store_read_end(ozi_store *store, ozi_unpack *unpack, oz_error *error);

#endif
