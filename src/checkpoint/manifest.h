/*
 * The manifest: the one file that says what the state of a job is. Text, so that a person can read
 * it; it is replaced as a whole, and its last line is the checksum of all bytes before it:
 *
 *     ouzel manifest 2
 *     job 9f3c2a5e77b01d42
 *     generation 3
 *     epoch 12
 *     seed 51d2a7c900e41f38
 *     ended 0
 *     state 0 state.0.10.3 4711 1a2b3c4d
 *     state 0 state.0.12.3 88 9b0c4d5e
 *     crc32c 5e6f7a8b
 *
 * "generation" goes up by one with each start, before any work. "ended" is 1 when the input had an
 * end and the job has come to it. The lines "state" are the files of worker 0, then those of worker
 * 1, and so on: the number of the worker, the name of a file, its size and its CRC-32C (store.h).
 * The first file of a worker has all of its state, each one after that what has changed since the
 * one before. Epoch 0 has none: the job has just begun.
 */
#ifndef OUZEL_CHECKPOINT_MANIFEST_H
#define OUZEL_CHECKPOINT_MANIFEST_H

#include <stdbool.h>
#include <stdint.h>

#include "ouzel/status.h"

enum {
    OZI_WORKERS_MAX = 256, /* as many as there are key groups */
    OZI_STATE_NAME_MAX = 64,
    OZI_CHAIN_MAX = 8,                            /* files of a worker: restoring reads them all */
    OZI_STATE_LINE_MAX = OZI_STATE_NAME_MAX + 48, /* bytes */
    OZI_MANIFEST_MAX = 256 + OZI_WORKERS_MAX * OZI_CHAIN_MAX * OZI_STATE_LINE_MAX,
};

typedef struct ozi_state_file {
    char name[OZI_STATE_NAME_MAX]; /* "state.WORKER.EPOCH.GENERATION", in the folder */
    uint64_t size;
    uint32_t crc;
} ozi_state_file;

/* The files of a worker, in the order in which they are read. */
typedef struct ozi_chain {
    uint32_t count;
    ozi_state_file files[OZI_CHAIN_MAX];
} ozi_chain;

typedef struct ozi_manifest {
    uint64_t job;
    uint64_t generation;
    uint64_t epoch;
    uint64_t seed; /* of key hashes */
    bool ended;
    uint32_t workers; /* 0 in epoch 0 */
    ozi_chain chains[OZI_WORKERS_MAX];
} ozi_manifest;

/* Writes it into `buffer`, which has room for it; returns its size. */
size_t
ozi_manifest_print(const ozi_manifest *manifest, char *buffer, size_t room);

/* CORRUPT, with a reason in `error`, for anything that was not printed by this version. */
oz_status
ozi_manifest_parse(const char *text, size_t size, ozi_manifest *out, oz_error *error);

#endif
