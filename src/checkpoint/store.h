/*
 * The state folder of a job: locked, and changed by one manifest after the other.
 *
 *     DIR/lock                    locked as long as the job runs
 *     DIR/manifest                what holds; see manifest.h
 *     DIR/manifest.tmp            the next one, as long as it is written
 *     DIR/state.WORKER.EPOCH.GENERATION
 *
 * No two attempts to make a checkpoint have the same epoch: after one that failed its number is
 * not used again, because it may be found to hold after all.
 *
 *     state file  | "ouzelst" 0 | u32 version | u32 worker | u64 job | u64 generation | u64 epoch |
 *                 | u32 CRC-32C of what is before | packed stream (base/pack.h) |
 *
 * The CRC-32C of a state file, in the manifest, is that of its head and of the checksums of its
 * blocks. It has all of a worker's state, or what has changed since the one before it: those that
 * belong together are a chain (manifest.h). A chain begins anew when its changes have become as
 * large as what they change, when it has no room, after a failure, and with each start.
 *
 * A checkpoint is written so: each state file, synced; the folder, synced; manifest.tmp, synced;
 * renamed to manifest; the folder, synced. Then it holds, and files that only the epoch before
 * needs are removed, by their names in its manifest. Whatever stops that on the way, the manifest
 * before it holds, and what was written for the next one is removed, at the latest when the folder
 * is opened again.
 *
 * All paths go through the io table. One thread, except for ozi_store_sync and ozi_store_commit:
 * they may run in another one, and then nothing else is called meanwhile.
 */
#ifndef OUZEL_CHECKPOINT_STORE_H
#define OUZEL_CHECKPOINT_STORE_H

#include "base/pack.h"
#include "checkpoint/manifest.h"
#include "ouzel/io.h"

/* A file of state that is being written or read. */
typedef struct ozi_state_stream {
    const oz_io *io;
    char *path;                   /* of the store's memory */
    int64_t file;                 /* -1: none */
    uint64_t size;                /* bytes so far */
    uint32_t crc;                 /* of the head */
    int64_t failure;              /* the first negated errno */
    const ozi_state_file *wanted; /* what the manifest says of a file that is read */
} ozi_state_stream;

typedef struct ozi_store {
    const oz_alloc *alloc;
    const oz_io *io;
    char *path;
    int64_t lock;
    ozi_manifest *manifest; /* the one that holds */
    ozi_manifest *next;     /* the one that is being prepared */
    uint64_t tried;         /* the highest epoch for which anything was written */
    bool is_doubtful;       /* the manifest of the last attempt may have come to hold */
    char *paths;            /* room for PATHS of them, of path_size bytes each */
    size_t path_size;
    char *text; /* room for the next manifest */
    size_t text_size;
    oz_error failure;      /* of ozi_store_commit; OK: it holds */
    uint32_t link_count;   /* files of the chain that this worker writes; 0: it begins anew */
    uint64_t all_size;     /* bytes of the first of them */
    uint64_t changes_size; /* of all others */
    bool is_whole;         /* the one that is being written is the first */
    ozi_state_stream stream;
} ozi_store;

typedef struct ozi_store_options {
    const oz_io *io;
    const char *path;
    bool is_fresh; /* what is there is forgotten */
    bool joins;    /* as a worker that does not lead: worker 0 has opened it, and has the lock */
} ozi_store_options;

/*
 * Makes the folder if it is not there, locks it, reads the manifest, raises the generation and
 * makes that durable; state files are verified as they are read. The message names the folder or
 * file. REFUSED: somebody else owns the folder, others may look into it, or another process runs a
 * job in it. Who joins only reads the manifest.
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
/* The same for a worker that has joined: `holds` and `next` are epochs. */
void
ozi_store_follow(ozi_store *store, uint64_t holds, uint64_t next, uint32_t workers);
/*
 * Begins the state file of a worker, the only one that this store writes; pack what it consists of.
 * `*is_whole` set before: it must be all; after: it is to be all, and not only what has changed.
 */
OZ_MUST_USE oz_status
ozi_store_write(ozi_store *store, uint32_t worker, bool *is_whole, ozi_pack *pack, oz_error *error);
/* A state file that has been written. */
typedef struct ozi_link {
    uint64_t size;
    uint32_t crc;
    bool is_whole; /* it has all state, else what has changed */
} ozi_link;

/* Brings the file to the disk, when the pack has been finished. */
void
ozi_store_sync(ozi_store *store);
/* Ends it: says what has come out. */
OZ_MUST_USE oz_status
ozi_store_written(ozi_store *store, const ozi_pack *pack, ozi_link *out, oz_error *error);
/* An epoch was lost: what changed since the one before it is not known any more. */
void
ozi_store_begin_anew(ozi_store *store);
/*
 * Puts what a worker has written into the next manifest, once: in place of the files that it had
 * when it is all, else behind them.
 */
void
ozi_store_add(ozi_store *store, uint32_t worker, const ozi_link *link);
/* Makes the epoch durable, when all have been added; `failure` says how that went. */
void
ozi_store_commit(ozi_store *store);
/* It was: now it is the one that holds, or, after a failure, the one before it. */
OZ_MUST_USE oz_status
ozi_store_committed(ozi_store *store, oz_error *error);

/* Opens a state file of a worker of the epoch that holds: number `link` of its chain. */
OZ_MUST_USE oz_status
ozi_store_read(ozi_store *store, uint32_t worker, uint32_t link, ozi_unpack *unpack,
               oz_error *error);
/* Ends it: CORRUPT unless all was read, and it is the file that the manifest means. */
OZ_MUST_USE oz_status
ozi_store_read_end(ozi_store *store, ozi_unpack *unpack, oz_error *error);

#endif
